use super::*;
use crate::database::sample::{Sample, append_events};
use crate::identity::Renamed;
use rusqlite::Connection;
use std::path::PathBuf;

struct Two {
    folder: tempfile::TempDir,
}

impl Two {
    fn new(a: &str, b: &str) -> Self {
        let two = Self { folder: tempfile::tempdir().unwrap() };
        for (name, sql) in [("a", a), ("b", b)] {
            Connection::open(two.path(name)).unwrap().execute_batch(sql).unwrap();
        }
        two
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn compare(&self) -> Comparison {
        compare(&self.path("a"), &self.path("b"), None, &Cancel::default(), &mut |_| {}).unwrap()
    }
}

fn counts(table: &TableComparison) -> (u64, u64, u64, u64) {
    (table.only_a, table.only_b, table.different, table.same)
}

/// Both ways round: only A and only B change places.
#[track_caller]
fn both_ways(a: &str, b: &str, name: &str, expected: (u64, u64, u64, u64), by: PairedBy) {
    let told = Two::new(a, b).compare();
    let table = told.table(name).unwrap();
    assert_eq!((counts(table), table.by), (expected, by), "{a} / {b}");
    assert_eq!(told.same(), expected.0 + expected.1 + expected.2 == 0 && told.schema_differences == 0);
    let told = Two::new(b, a).compare();
    let expected = (expected.1, expected.0, expected.2, expected.3);
    assert_eq!(counts(told.table(name).unwrap()), expected, "{b} / {a}");
}

#[test]
fn rows_are_paired_by_what_names_them() {
    let rows = |create: &str, rows: &str| format!("{create}; INSERT INTO t VALUES {rows};");
    let rowid = |values| rows("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", values);
    both_ways(&rowid("(1,'a'),(2,'b'),(4,'d')"), &rowid("(1,'a'),(2,'B'),(3,'c')"), "t", (1, 1, 1, 1), PairedBy::RowId);
    let plain = |values| rows("CREATE TABLE t (x)", values);
    both_ways(&plain("('a'),('b')"), &plain("('a'),('c'),('d')"), "T", (0, 1, 1, 1), PairedBy::RowId);
    // A key of text: row IDs say nothing, as another order of the inserts shows.
    let text = |values| rows("CREATE TABLE t (k TEXT PRIMARY KEY, x)", values);
    both_ways(&text("('k2',2),('k1',1),('k3',3)"), &text("('k1',1),('k2',2)"), "t", (1, 0, 0, 2), PairedBy::Key);
    let several = |values| rows("CREATE TABLE t (a, b, x, PRIMARY KEY (b, a)) WITHOUT ROWID", values);
    both_ways(&several("(1,2,'x'),(2,1,'y')"), &several("(2,1,'y'),(1,2,'z')"), "t", (0, 0, 1, 1), PairedBy::Key);
    // Without letter case in the key: still the same order on both sides.
    let nocase = |values| rows("CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, x) WITHOUT ROWID", values);
    both_ways(&nocase("('b',1),('A',2),('_',3)"), &nocase("('B',1),('a',2),('_',3)"), "t", (2, 2, 0, 1), PairedBy::Key);
    // Nothing names a row: all of it does.
    let nameless = |values| rows("CREATE TABLE t (rowid, oid, _rowid_)", values);
    both_ways(&nameless("(1,2,3),(1,2,3),(3,2,1)"), &nameless("(3,2,1),(1,2,3)"), "t", (1, 0, 0, 2), PairedBy::Content);
    // A key with NULLs, and keys of several kinds in the order of SQLite.
    let mixed = "(NULL,1),(NULL,2),(3,3),(2.5,4),('x',5),(x'01',6),(9007199254740993,7),(9007199254740992.0,8)";
    let any = |values: &str| rows("CREATE TABLE t (k PRIMARY KEY, x)", values);
    both_ways(&any(mixed), &any(mixed), "t", (0, 0, 0, 8), PairedBy::Key);
    both_ways(&any(mixed), &any("('x',5),(x'01',6)"), "t", (6, 0, 0, 2), PairedBy::Key);
}

#[test]
fn cells_differ_by_class_and_bytes() {
    let table = |value: &str| format!("CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, {value});");
    for (a, b) in [
        ("1", "1.0"),
        ("'1'", "1"),
        ("'a'", "x'61'"),
        ("NULL", "''"),
        ("'a'", "'A'"),
        ("'a'", "'a '"),
        ("'a' || char(0)", "'a'"),
        ("CAST(x'ff' AS TEXT)", "char(0xfffd)"),
    ] {
        both_ways(&table(a), &table(b), "t", (0, 0, 1, 0), PairedBy::RowId);
    }
    let wide = |value: &str| format!("PRAGMA encoding='UTF-16le'; {}", table(value));
    both_ways(&wide("'Größe'"), &wide("'Größe'"), "t", (0, 0, 0, 1), PairedBy::RowId);
    both_ways(&wide("'Größe'"), &wide("'Grösse'"), "t", (0, 0, 1, 0), PairedBy::RowId);
    let two = Two::new(&table("1"), &wide("1"));
    let error = compare(&two.path("a"), &two.path("b"), None, &Cancel::default(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("UTF-16"), "{error}");
}

#[test]
fn the_schema_is_compared_part_by_part() {
    let a = "CREATE TABLE t (id INTEGER PRIMARY KEY, x, old); CREATE TABLE gone (y); INSERT INTO gone VALUES (1), (2);
             CREATE INDEX i ON t(x); INSERT INTO t VALUES (1, 'x', 'o'); PRAGMA user_version = 7";
    let b = "CREATE TABLE t (id INTEGER PRIMARY KEY, new, x); CREATE TABLE other (z); INSERT INTO other VALUES (1);
             CREATE INDEX i ON t(x); INSERT INTO t VALUES (1, 'n', 'x'); PRAGMA user_version = 8";
    let told = Two::new(a, b).compare();
    let parts: Vec<_> =
        told.schema.iter().map(|part| (part.kind.raw(), part.name.raw(), part.a.is_some(), part.b.is_some())).collect();
    assert_eq!(
        parts,
        [
            ("pragma", "user_version", true, true),
            ("table", "gone", true, false),
            ("table", "other", false, true),
            ("table", "t", true, true)
        ]
    );
    assert!(!told.same());
    // What both have is compared all the same.
    assert_eq!(counts(told.table("t").unwrap()), (0, 0, 0, 1));
    assert_eq!((counts(told.table("gone").unwrap()), told.table("gone").unwrap().in_b), ((2, 0, 0, 0), false));
    assert_eq!((counts(told.table("other").unwrap()), told.table("other").unwrap().in_a), ((0, 1, 0, 0), false));
}

fn sample(hub: &str, connector: &str) -> Sample {
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    Sample { events: 2_000, ..Sample::new(hub.parse().unwrap(), connector.parse().unwrap(), newest) }
}

const HUBS: [&str; 2] = ["3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d", "b7740e12-5c9a-4f36-8e21-6a4d90c701aa"];
const CONNECTORS: [&str; 2] = ["7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1", "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22"];

#[test]
fn newer_events_are_counted_and_their_newest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    sample(HUBS[0], CONNECTORS[0]).create(&a).unwrap();
    std::fs::copy(&a, &b).unwrap();
    let mut heard = Vec::new();
    let same = compare(&a, &b, None, &Cancel::default(), &mut |progress| heard.push(progress)).unwrap();
    assert!(same.same());
    let last = heard.last().unwrap();
    assert_eq!((last.done, last.total), (4_000 + 2 + 24 + 6 + 2, Some(last.done)), "every row of both sides");
    append_events(&b, 12, "2026-11-18T00:00:00Z".parse().unwrap()).unwrap();
    Connection::open(&b)
        .unwrap()
        .execute("UPDATE Events SET payload = '{\"password\":\"hunter2\"}' WHERE id = 17", [])
        .unwrap();
    let told = compare(&a, &b, None, &Cancel::default(), &mut |_| {}).unwrap();
    let events = told.table("Events").unwrap();
    assert_eq!(counts(events), (0, 12, 1, 1_999));
    assert_eq!(events.newest_only_b.as_ref().unwrap().at.to_string(), "2026-11-18T00:00:00Z");
    assert_eq!(events.newest_only_a, None);
    assert_eq!(events.columns, [(Untrusted::from("payload"), 1)]);
    let examples: Vec<_> = events.examples.iter().map(|example| (example.found, example.row.as_str())).collect();
    assert_eq!(examples, [(Where::Both, "id 17"), (Where::B, "id 2001"), (Where::B, "id 2002"), (Where::B, "id 2003")]);
    let all = format!("{:?}", events.examples);
    assert!(!all.contains("hunter2") && all.contains("••••••"), "{all}");
}

#[test]
fn with_the_ids_aside_a_restored_database_is_its_backup() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    sample(HUBS[0], CONNECTORS[0]).create(&a).unwrap();
    for (hub, connector) in [(0, 1), (1, 1), (1, 0)] {
        let _ = std::fs::remove_file(&b);
        sample(HUBS[hub], CONNECTORS[connector]).create(&b).unwrap();
        let mapping = Mapping {
            hub: Renamed { old: HUBS[hub].parse().unwrap(), new: HUBS[0].parse().unwrap() },
            connector: Renamed { old: CONNECTORS[connector].parse().unwrap(), new: CONNECTORS[0].parse().unwrap() },
        };
        let compared = |aside| compare(&a, &b, aside, &Cancel::default(), &mut |_| {}).unwrap();
        let plain = compared(None);
        assert_eq!(counts(plain.table("Events").unwrap()), (0, 0, 2_000, 0));
        assert!(compared(Some(&mapping)).same(), "{hub} {connector}");
        // One more space in one source is a difference still.
        Connection::open(&b).unwrap().execute("UPDATE Events SET source = ' ' || source WHERE id = 5", []).unwrap();
        let events = compared(Some(&mapping));
        assert_eq!(counts(events.table("Events").unwrap()), (0, 0, 1, 1_999));
    }
}

#[test]
fn it_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a");
    sample(HUBS[0], CONNECTORS[0]).create(&a).unwrap();
    let cancel = Cancel::default();
    let asked = cancel.clone();
    let error = compare(&a, &a, None, &cancel, &mut move |_| asked.cancel()).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
}

/// An index gives the order of a key: nothing is sorted first.
#[test]
fn a_key_is_read_without_sorting() {
    let two = Two::new("CREATE TABLE t (k TEXT PRIMARY KEY, x)", "CREATE TABLE t (k TEXT PRIMARY KEY, x)");
    let db = Db::copy(&two.path("a"), &Cancel::default()).unwrap();
    let tables = schema::tables(&db.connection).unwrap();
    let by = By::Key(vec![0]);
    let side = Side::new(&db, &tables[0], &by, None);
    let plan = format!("EXPLAIN QUERY PLAN {}", side.sql);
    let steps: Vec<String> =
        db.connection.prepare(&plan).unwrap().query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    assert!(steps.iter().all(|step| !step.contains("B-TREE")), "{steps:?}");
}
