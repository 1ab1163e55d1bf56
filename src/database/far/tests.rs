use std::io;
use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;
use rusqlite::Connection;

use super::*;
use crate::database::browse::{Page, RowFilter, Rows};
use crate::database::query;
use crate::ranges::Piece;

/// A file in memory that keeps what was asked of it.
struct Memory {
    bytes: Vec<u8>,
    asked: Mutex<Vec<Range<u64>>>,
}

impl ReadAt for Memory {
    fn read(&self, range: Range<u64>, _: u64) -> io::Result<Piece> {
        self.asked.lock().unwrap().push(range.clone());
        let total = self.bytes.len() as u64;
        let part = |at: u64| usize::try_from(at.min(total)).unwrap();
        let bytes = Bytes::copy_from_slice(&self.bytes[part(range.start)..part(range.end)]);
        Ok(Piece { from: range.start, bytes, total })
    }
}

impl Memory {
    fn of(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { bytes, asked: Mutex::default() })
    }

    /// Requests, and KiB.
    fn spent(&self) -> (usize, u64) {
        let asked = self.asked.lock().unwrap();
        (
            asked.len(),
            asked.iter().map(|range| range.end.min(self.bytes.len() as u64) - range.start).sum::<u64>() / 1024,
        )
    }
}

fn file(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
    std::fs::read(path).unwrap()
}

/// 100 000 rows, some 40 MB, and a table of three.
fn events() -> Vec<u8> {
    file(
        "CREATE TABLE Cursors (k TEXT PRIMARY KEY, v); INSERT INTO Cursors VALUES ('a', 1), ('b', 2), ('c', 3);
         CREATE TABLE Events (id INTEGER PRIMARY KEY, source TEXT, payload TEXT);
         CREATE INDEX by_source ON Events (source DESC) WHERE source IS NOT NULL;
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
         INSERT INTO Events SELECT x, 'connector ' || x % 7, printf('%0380d', x) FROM n",
    )
}

fn far(bytes: Vec<u8>) -> (Arc<Memory>, Far) {
    let memory = Memory::of(bytes);
    (Arc::clone(&memory), Far::new(memory as Arc<dyn ReadAt>))
}

fn page(far: &mut Far, allowance: Allowance, page: &Page, filter: Option<&RowFilter>) -> Result<Rows, FarError> {
    far.look(allowance, &Cancel::default(), |browser| browser.fitting("Events", page, filter, 12, 40))
}

fn first_cells(rows: &Rows) -> Vec<&str> {
    rows.rows.iter().map(|row| row.cells[0].shown.as_str()).collect()
}

const FIRST: Allowance = Allowance { requests: 200, bytes: 16 << 20 };

#[test]
fn pages_anywhere_take_a_few_requests() {
    let (memory, mut far) = far(events());
    let mut heard = Vec::new();
    let tables = far.tables(FIRST, &Cancel::default(), |first| heard = first.to_vec()).unwrap();
    let rows = |tables: &[CountedTable]| tables.iter().map(|(_, rows)| *rows).collect::<Vec<_>>();
    assert_eq!(rows(&heard), [Some(RowCount::Counted(3)), None], "what is here is counted, and nothing else");
    assert_eq!(rows(&tables), [Some(RowCount::Counted(3)), Some(RowCount::AtMost(100_000))]);
    let index = &tables[1].0.indexes[0];
    assert_eq!(
        (index.name.raw(), index.unique, index.partial, index.parts[0].descending),
        ("by_source", false, true, true)
    );
    let opened = memory.spent();
    assert!(opened.0 <= 6, "{opened:?}");

    let last = page(&mut far, FIRST, &Page::Last, None).unwrap();
    assert_eq!(first_cells(&last)[11], "100000");
    let jumped = page(&mut far, FIRST, &Page::Typed("54321".into()), None).unwrap();
    assert_eq!((first_cells(&jumped)[0], jumped.more_before, jumped.more_after), ("54321", true, true));
    let next = page(&mut far, FIRST, &Page::After(jumped.rows[11].key.clone()), None).unwrap();
    let back = page(&mut far, FIRST, &Page::Before(next.rows[0].key.clone()), None).unwrap();
    assert_eq!(back.rows, jumped.rows);
    let spent = memory.spent();
    println!("opened: {opened:?}; last, a jump, one forth and back: {spent:?} requests and KiB");
    assert!(spent.0 - opened.0 <= 5 && spent.1 < 512, "{spent:?}");
}

#[test]
fn the_allowance_asks_and_goes_on_where_it_stood() {
    let (memory, mut far) = far(events());
    let rare = RowFilter { column: Some(0), text: "99999".into() };
    let spent = page(&mut far, FIRST, &Page::First, Some(&rare)).unwrap_err();
    assert!(matches!(spent, FarError::Spent), "{spent}");
    let (requests, kib) = memory.spent();
    assert!(kib <= 16 << 10 && requests < 60, "{requests} {kib}");
    // What is here is read as before.
    assert_eq!(first_cells(&page(&mut far, FIRST, &Page::First, None).unwrap())[0], "1");
    assert_eq!(memory.spent().0, requests);
    let found = page(&mut far, FIRST.more(), &Page::First, Some(&rare)).unwrap();
    assert_eq!(first_cells(&found), ["99999"]);
    let (requests, kib) = memory.spent();
    println!("a filter over 40 MB: {requests} requests, {kib} KiB");
    assert!(requests < 100, "{requests}");
    assert!(kib < 42 << 10, "what was read before was not read again: {kib}");
    let counted = far.look(FIRST.more().more(), &Cancel::default(), |browser| browser.count("Events")).unwrap();
    assert_eq!(counted, 100_000);
    let (_, mut anew) = self::far(events());
    let few = Allowance { requests: 2, bytes: 1 << 30 };
    assert!(matches!(page(&mut anew, few, &Page::Typed("77777".into()), None), Err(FarError::Spent)));
}

#[test]
fn a_long_cell_is_measured_in_a_list_and_read_by_itself() {
    let (memory, mut far) = far(file(
        "CREATE TABLE Events (id INTEGER PRIMARY KEY, at TEXT, payload, password TEXT);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 12)
         INSERT INTO Events SELECT x, 'at ' || x, CASE x % 3 WHEN 0 THEN zeroblob(20 << 20) WHEN 1 THEN
         printf('%.*c', 3 << 20, 'y') END, 'behind it' FROM n",
    ));
    // What stands behind a long one is found by following its chain; here nothing does.
    let (_, mut short) = self::far(file(
        "CREATE TABLE Events (id INTEGER PRIMARY KEY, at TEXT, payload);
         INSERT INTO Events VALUES (1, 'a', zeroblob(20 << 20)), (2, 'b', printf('%.*c', 3 << 20, 'y')), (3, 'c', NULL)",
    ));
    let rows = page(&mut short, FIRST, &Page::First, None).unwrap();
    let cells: Vec<&str> = rows.rows.iter().map(|row| row.cells[2].shown.as_str()).collect();
    assert_eq!(cells, ["20.0 MiB, not read; Enter reads it", "3.0 MiB, not read; Enter reads it", "NULL"]);
    assert_eq!(rows.rows[1].cells[2].kind, crate::database::browse::CellKind::Text);
    let whole = short.look(FIRST, &Cancel::default(), |browser| browser.cell("Events", &rows.rows[1].key, 2)).unwrap();
    assert_eq!((whole.size, whole.cut), (3 << 20, true));
    let long = short.look(FIRST.more(), &Cancel::default(), |browser| browser.cell("Events", &rows.rows[0].key, 2));
    assert!(long.unwrap_err().to_string().contains("longer than 16 MiB; a download shows it"));
    // Twelve chains of megabytes are not followed beyond what is allowed.
    assert!(matches!(page(&mut far, FIRST, &Page::First, None), Err(FarError::Spent)));
    assert!(memory.spent().1 <= 16 << 10);
}

fn page_at(bytes: &mut [u8], number: usize) -> &mut [u8] {
    &mut bytes[(number - 1) * 4096..number * 4096]
}

/// The inner pages from the root of `Events` on, each of whose children is the next of them: a tree without an end to
/// count, out of a few pages.
fn repeats(mut bytes: Vec<u8>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(&path, &bytes).unwrap();
    let connection = Connection::open(path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'Events'";
    let root = usize::from(connection.query_row(root, [], |row| row.get::<_, u16>(0)).unwrap());
    let template = page_at(&mut bytes, root).to_vec();
    assert_eq!(template[0], 5, "an inner page of a table");
    let leaf = (1..bytes.len() / 4096).rfind(|number| page_at(&mut bytes, *number)[0] == 13).unwrap();
    let mut level = root;
    for depth in 0..12 {
        let child = if depth == 11 { leaf } else { bytes.len() / 4096 + 1 };
        let mut page = template.clone();
        let number = u32::try_from(child).unwrap().to_be_bytes();
        page[8..12].copy_from_slice(&number);
        let cells = usize::from(u16::from_be_bytes([page[3], page[4]]));
        for cell in 0..cells {
            let at = usize::from(u16::from_be_bytes([page[12 + cell * 2], page[13 + cell * 2]]));
            page[at..at + 4].copy_from_slice(&number);
        }
        page_at(&mut bytes, level).copy_from_slice(&page);
        if depth < 11 {
            bytes.extend(vec![0; 4096]);
            level = child;
        }
    }
    let pages = u32::try_from(bytes.len() / 4096).unwrap().to_be_bytes();
    bytes[28..32].copy_from_slice(&pages);
    bytes
}

#[test]
fn a_tree_that_leads_in_a_circle_ends_or_can_be_stopped() {
    let bytes = file(
        "CREATE TABLE Events (id INTEGER PRIMARY KEY, payload TEXT);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4000)
         INSERT INTO Events SELECT x, printf('%0200d', x) FROM n",
    );
    let (memory, mut hostile) = far(repeats(bytes.clone()));
    let little = Allowance { requests: 200, bytes: 1 << 20 };
    let none = RowFilter { column: None, text: "nowhere".into() };
    for ended in [
        hostile.look(little, &Cancel::default(), |browser| browser.count("Events")).map(drop),
        page(&mut hostile, little, &Page::First, Some(&none)).map(drop),
    ] {
        let why = ended.unwrap_err().to_string();
        assert!(why.contains("its pages lead in a circle"), "{why}");
    }
    assert!(memory.spent().0 < 30, "{:?}", memory.spent());
    // A page of it is a page, and takes no longer than another.
    assert!(!page(&mut hostile, little, &Page::First, None).unwrap().rows.is_empty());
    let cancel = Cancel::default();
    let asked = cancel.clone();
    let begun = std::time::Instant::now();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        asked.cancel();
    });
    let much = Allowance { requests: 200, bytes: 1 << 40 };
    let stopped = hostile.look(much, &cancel, |browser| browser.count("Events")).unwrap_err();
    assert!(matches!(stopped, FarError::Database(DatabaseError::Cancelled(_))), "{stopped}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    // A page whose children are itself.
    let mut circle = bytes;
    let root = page_at(&mut circle, 2);
    assert_eq!(root[0], 5);
    let cells = usize::from(u16::from_be_bytes([root[3], root[4]]));
    root[8..12].copy_from_slice(&2_u32.to_be_bytes());
    for cell in 0..cells {
        let at = usize::from(u16::from_be_bytes([root[12 + cell * 2], root[13 + cell * 2]]));
        root[at..at + 4].copy_from_slice(&2_u32.to_be_bytes());
    }
    let (_, mut hostile) = far(circle);
    let why = page(&mut hostile, little, &Page::First, None).unwrap_err().to_string();
    assert!(why.contains("malformed"), "{why}");
}

#[test]
fn what_is_kept_stays_within_bounds() {
    let (memory, mut far) = far(events());
    let all = Allowance { requests: 10_000, bytes: 1 << 30 };
    let none = RowFilter { column: None, text: "nowhere".into() };
    assert!(page(&mut far, all, &Page::First, Some(&none)).unwrap().rows.is_empty());
    let kept = far.blocks.as_ref().unwrap().kept();
    assert!((20 << 20..=24 << 20).contains(&kept), "{kept}");
    // What was let go is read again when it is wanted.
    let before = memory.spent().0;
    assert_eq!(first_cells(&page(&mut far, all, &Page::Typed("3".into()), None).unwrap())[0], "3");
    assert!(memory.spent().0 > before);
}

/// Takes rows, and keeps nothing.
#[derive(Default)]
struct Taken(u64);

impl query::Taker for Taken {
    fn columns(&mut self, _: &[crate::text::Untrusted]) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }

    fn row(&mut self, _: &[query::Field<'_>]) -> std::ops::ControlFlow<()> {
        self.0 += 1;
        std::ops::ControlFlow::Continue(())
    }
}

#[test]
fn a_query_reads_what_it_needs_and_ends() {
    let ask = |far: &mut Far, sql: &str, allowance| {
        let wanted = query::Query { sql, at_most: std::time::Duration::from_millis(300), revealed: false };
        let mut taken = Taken::default();
        query::query_far(far, allowance, &wanted, &Cancel::default(), &mut taken).map(|done| (done, taken.0))
    };
    let (memory, mut far) = far(events());
    let (done, rows) = ask(&mut far, "SELECT * FROM Events WHERE id BETWEEN 500 AND 520", FIRST).unwrap();
    assert_eq!((done.unwrap().rows, rows), (21, 21));
    assert!(memory.spent().0 <= 4, "{:?}", memory.spent());
    let little = Allowance { requests: 200, bytes: 1 << 20 };
    let spent = ask(&mut far, "SELECT count(*) FROM Events", little).map(drop).unwrap_err();
    assert!(matches!(spent, FarError::Spent), "{spent}");
    let (wrong, _) = ask(&mut far, "SELEC", FIRST).unwrap();
    assert!(matches!(wrong, Err(query::QueryError::Wrong(_))));
    // SQLite counts in one step; it is ended all the same.
    let bytes = file(
        "CREATE TABLE Events (id INTEGER PRIMARY KEY, payload TEXT);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4000)
         INSERT INTO Events SELECT x, printf('%0200d', x) FROM n",
    );
    let (_, mut hostile) = self::far(repeats(bytes));
    let (late, _) = ask(&mut hostile, "SELECT count(*) FROM Events", FIRST).unwrap();
    assert!(matches!(late, Err(query::QueryError::TooLong(_))), "{late:?}");
}
