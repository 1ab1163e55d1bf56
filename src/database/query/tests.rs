use super::*;
use rusqlite::Connection;

/// Keeps what it is given as text.
#[derive(Default)]
struct Kept {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    at_most: Option<usize>,
}

impl Taker for Kept {
    fn columns(&mut self, names: &[Untrusted]) -> ControlFlow<()> {
        self.columns = names.iter().map(|name| name.raw().to_owned()).collect();
        ControlFlow::Continue(())
    }

    fn row(&mut self, fields: &[Field<'_>]) -> ControlFlow<()> {
        let shown = |field: &Field<'_>| match field {
            Field::Text(text) => text.clone().into_owned(),
            Field::Covered => "COVERED".to_owned(),
            other => format!("{other:?}"),
        };
        self.rows.push(fields.iter().map(shown).collect());
        let full = self.at_most.is_some_and(|most| self.rows.len() >= most);
        if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

struct File {
    folder: tempfile::TempDir,
}

impl File {
    fn new(schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("a.db")).unwrap();
        connection.execute_batch(schema).unwrap();
        Self { folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("a.db")
    }

    fn ask(&self, sql: &str) -> Result<(Kept, Answered), QueryError> {
        self.ask_for(sql, Duration::from_secs(60), false)
    }

    fn ask_for(&self, sql: &str, at_most: Duration, revealed: bool) -> Result<(Kept, Answered), QueryError> {
        let mut kept = Kept::default();
        let asked = Query { sql, at_most, revealed };
        let answered = query(&self.path(), &asked, &Cancel::default(), &mut kept)?;
        Ok((kept, answered))
    }

    #[track_caller]
    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}")).0.rows
    }

    /// All that lies in the folder, byte for byte.
    fn bytes(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let paths = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }
}

const SCHEMA: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, data BLOB);
    INSERT INTO t VALUES (1, 'one', x'00ff'), (2, NULL, 2.5);
    CREATE TABLE Settings (name TEXT PRIMARY KEY, value TEXT);
    INSERT INTO Settings VALUES ('db_password', 'hunter2'), ('page', '1');
    CREATE TABLE Users (id INTEGER PRIMARY KEY, login TEXT, password TEXT);
    INSERT INTO Users VALUES (7, 'svc', 'hunter2');
    CREATE VIEW v AS SELECT id, upper(name) AS big FROM t;
    CREATE VIEW bad AS SELECT load_extension('/tmp/x.so') AS x;
    CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; END;
    CREATE VIRTUAL TABLE words USING fts5(body);
    INSERT INTO words VALUES ('plate moved'), ('order finished');
";

#[test]
fn what_reads_is_answered() {
    let file = File::new(SCHEMA);
    let before = file.bytes();
    assert_eq!(
        file.rows("SELECT * FROM t -- all"),
        [["Integer(1)", "one", "Blob([0, 255])"], ["Integer(2)", "Null", "Real(2.5)"]]
    );
    for (sql, rows) in [
        ("SELECT 1;", 1),
        ("  ; -- nothing\n SELECT 1 ; ; /* end */ ", 1),
        ("VALUES (1), (2)", 2),
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT x FROM n", 9),
        ("SELECT big FROM v WHERE big IS NOT NULL", 1),
        ("SELECT body, bm25(words) AS rank, highlight(words, 0, '[', ']') FROM words WHERE words MATCH 'plate'", 1),
        ("SELECT name FROM pragma_table_info('t')", 3),
        ("PRAGMA table_info(t)", 3),
        ("PRAGMA user_version", 1),
        ("PRAGMA integrity_check", 1),
        ("EXPLAIN QUERY PLAN SELECT * FROM t", 1),
        ("SELECT j.value FROM json_each('[1,2]') AS j", 2),
        ("SELECT count(*), total(id), row_number() OVER (ORDER BY id) FROM t GROUP BY id", 2),
        ("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = 't'", 1),
        ("SELECT datetime(0, 'unixepoch'), printf('%d', 3), quote(x'00'), instr('ab', 'b')", 1),
    ] {
        assert_eq!(file.rows(sql).len(), rows, "{sql}");
    }
    assert_eq!(file.bytes(), before);
}

#[test]
fn what_does_anything_else_is_refused_and_nothing_happens() {
    let file = File::new(SCHEMA);
    let before = file.bytes();
    let elsewhere = file.folder.path().join("elsewhere.db").display().to_string();
    for sql in [
        "DELETE FROM t",
        "INSERT INTO t VALUES (3, 'x', 'y') RETURNING id",
        "UPDATE t SET name = 'x' RETURNING name",
        "REPLACE INTO words(words) VALUES ('rebuild')",
        "DROP TABLE t",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "CREATE VIRTUAL TABLE temp.x USING fts5vocab('main', 'words', 'row')",
        "ALTER TABLE t RENAME TO u",
        &format!("ATTACH '{elsewhere}' AS e"),
        "DETACH main",
        "VACUUM",
        &format!("VACUUM INTO '{elsewhere}'"),
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "SAVEPOINT s",
        "PRAGMA user_version = 3",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA trusted_schema = ON",
        "PRAGMA temp_store_directory = '/tmp'",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA wal_checkpoint",
        "PRAGMA optimize",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT readfile('/etc/passwd')",
        &format!("SELECT writefile('{elsewhere}', 'x')"),
        "SELECT edit('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT sqlite_log(1, 'x')",
        "SELECT * FROM bad",
        "SELECT * FROM pragma_database_list",
        "EXPLAIN DELETE FROM t",
    ] {
        let error = file.ask(sql).err().unwrap_or_else(|| panic!("{sql} was answered"));
        assert!(matches!(error, QueryError::NotReading(_) | QueryError::Wrong(_)), "{sql}: {error:?}");
    }
    for sql in
        ["", "  -- nothing", ";", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "SELECT 1; nonsense", "SELECT 1;;x"]
    {
        assert!(matches!(file.ask(sql), Err(QueryError::NotOne)), "{sql}");
    }
    for sql in [
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT \"one\"",
        "SELECT json('{')",
        "SELECT zeroblob(100000000)",
        "SELECT ?1 WHERE",
    ] {
        assert!(matches!(file.ask(sql), Err(QueryError::Wrong(_))), "{sql}: {:?}", file.ask(sql).err());
    }
    assert_eq!(file.bytes(), before);
}

#[test]
fn a_secret_is_covered_under_any_name_that_it_is_given() {
    let file = File::new(SCHEMA);
    for sql in [
        "SELECT * FROM Users",
        "SELECT password AS p FROM Users",
        "SELECT login || ':' || password FROM Users",
        "SELECT substr(password, 1, 20) AS x FROM Users",
        "SELECT (SELECT password FROM Users) AS x",
        "SELECT max(password) FROM Users",
        "SELECT p FROM (SELECT password AS p FROM Users)",
        "WITH u(a, b) AS (SELECT id, password FROM Users) SELECT b FROM u",
        "SELECT group_concat(password) AS all_of FROM Users",
        "SELECT hex(password) AS h, quote(password) AS q FROM Users",
        "SELECT CAST(password AS BLOB) AS b FROM Users",
        "SELECT * FROM Settings",
        "SELECT value FROM Settings",
        "SELECT value AS v FROM Settings WHERE name = 'db_password'",
        "SELECT name || '=' || value FROM Settings",
        "SELECT json_object('k', name, 'w', value) AS j FROM Settings",
        "SELECT 'Server=x;Password=hunter2;' AS text",
        "SELECT x'00' || CAST('password=hunter2' AS BLOB) AS b",
    ] {
        let (kept, _) = file.ask(sql).unwrap();
        let all = format!("{:?}", kept.rows);
        assert!(!all.contains("hunter2") && !all.contains("68756E746572"), "{sql}: {all}");
        assert!(all.contains("COVERED") || all.contains(secret::MASK), "{sql}: {all}");
        let (kept, answered) = file.ask_for(sql, Duration::from_secs(60), true).unwrap();
        let all = format!("{:?}", kept.rows);
        assert!(!all.contains("COVERED") && !all.contains(secret::MASK), "{sql}: {all}");
        assert!(answered.covered.is_empty());
    }
}

#[test]
fn what_is_no_secret_stays_in_sight() {
    let file = File::new(SCHEMA);
    for (sql, expected) in [
        ("SELECT id, login FROM Users WHERE password IS NOT NULL", "Integer(7)|svc"),
        ("SELECT count(*) FROM Users WHERE password LIKE 'h%'", "Integer(1)"),
        ("SELECT name, value FROM Settings WHERE name = 'page'", "page|1"),
        ("SELECT id AS number, name AS word FROM t WHERE id = 1", "Integer(1)|one"),
    ] {
        assert_eq!(file.rows(sql)[0].join("|"), expected, "{sql}");
    }
    let (_, answered) = file.ask("SELECT value FROM Settings").unwrap();
    assert_eq!(answered.covered, [Untrusted::from("value")]);
}

const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

#[test]
fn a_query_ends_in_time_and_when_it_is_asked_to() {
    let file = File::new(SCHEMA);
    let start = Instant::now();
    let error = file.ask_for(ENDLESS, Duration::from_millis(200), false).err().unwrap();
    assert!(matches!(error, QueryError::TooLong(_)), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(20));
    let cancel = Cancel::default();
    let late = cancel.clone();
    let path = file.path();
    let asked = thread::spawn(move || {
        let asked = Query { sql: ENDLESS, at_most: Duration::from_secs(600), revealed: false };
        query(&path, &asked, &late, &mut Kept::default())
    });
    thread::sleep(Duration::from_millis(100));
    cancel.cancel();
    let error = asked.join().unwrap().err().unwrap();
    assert!(matches!(error, QueryError::Database(ref error) if error.is_cancelled()), "{error:?}");
}

/// A slow reader is not what the time is for.
#[test]
fn the_time_of_the_reader_does_not_count() {
    struct Slow(u32);
    impl Taker for Slow {
        fn columns(&mut self, _: &[Untrusted]) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn row(&mut self, _: &[Field<'_>]) -> ControlFlow<()> {
            self.0 += 1;
            thread::sleep(Duration::from_millis(30));
            ControlFlow::Continue(())
        }
    }
    let file = File::new(SCHEMA);
    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50000) SELECT x FROM n WHERE x % 1000 = 0";
    let mut slow = Slow(0);
    let asked = Query { sql, at_most: Duration::from_secs(1), revealed: false };
    query(&file.path(), &asked, &Cancel::default(), &mut slow).unwrap();
    assert_eq!(slow.0, 50, "50 rows of 30 ms are longer than a second");
}

#[test]
fn nobody_reads_on() {
    let file = File::new(SCHEMA);
    let mut kept = Kept { at_most: Some(3), ..Kept::default() };
    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let asked = Query { sql, at_most: Duration::from_secs(60), revealed: false };
    let answered = query(&file.path(), &asked, &Cancel::default(), &mut kept).unwrap();
    assert_eq!((answered.rows, kept.rows.len()), (3, 3));
}

#[test]
fn a_damaged_file_is_told_from_wrong_sql() {
    let file = File::new(SCHEMA);
    let mut bytes = std::fs::read(file.path()).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(file.path(), &bytes).unwrap();
    assert!(matches!(file.ask("SELECT * FROM t"), Err(QueryError::Unreadable(_))));
    std::fs::write(file.path(), "no database at all, but long enough to be taken for one".repeat(100)).unwrap();
    assert!(matches!(file.ask("SELECT 1"), Err(QueryError::Unreadable(_) | QueryError::Database(_))));
}
