use rusqlite::Connection;

use super::*;

fn browser(sql: &str) -> (tempfile::TempDir, Browser) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let browser = Browser::open(&path, &Cancel::default()).unwrap();
    (folder, browser)
}

const TWENTY: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20)";

fn first_cells(rows: &Rows) -> Vec<&str> {
    rows.rows.iter().map(|row| row.cells[0].shown.as_str()).collect()
}

/// Pages forwards, then backwards, in every kind of table.
#[test]
fn pages_meet_in_both_directions() {
    for table in [
        "CREATE TABLE t (v, n INTEGER PRIMARY KEY)",
        "CREATE TABLE t (v, n INT)",
        "CREATE TABLE t (v, n INT, PRIMARY KEY (n % 3, n))",
        "CREATE TABLE t (v TEXT, n INT, k TEXT DEFAULT 'k', PRIMARY KEY (k, n)) WITHOUT ROWID",
        "CREATE TABLE t (v, n INT, rowid, _rowid_, oid)",
    ] {
        let table = table.replace("PRIMARY KEY (n % 3, n)", "UNIQUE (n)");
        let (_folder, browser) = browser(&format!("{table}; {TWENTY} INSERT INTO t (v, n) SELECT 'v' || x, x FROM n"));
        let mut page = browser.rows("t", &Page::First, 7, 20).unwrap();
        assert_eq!((page.more_before, page.more_after), (false, true), "{table}");
        let mut seen: Vec<String> = Vec::new();
        loop {
            seen.extend(first_cells(&page).into_iter().map(str::to_owned));
            if !page.more_after {
                break;
            }
            page = browser.rows("t", &Page::After(page.rows.last().unwrap().key.clone()), 7, 20).unwrap();
            assert!(page.more_before);
        }
        assert_eq!(seen, (1..=20).map(|n| format!("v{n}")).collect::<Vec<_>>(), "{table}");
        let last = browser.rows("t", &Page::Last, 7, 20).unwrap();
        assert_eq!(first_cells(&last), ["v14", "v15", "v16", "v17", "v18", "v19", "v20"], "{table}");
        assert_eq!((last.more_before, last.more_after), (true, false));
        let before = browser.rows("t", &Page::Before(last.rows[0].key.clone()), 20, 20).unwrap();
        assert_eq!(first_cells(&before).len(), 13, "{table}");
        assert_eq!((before.more_before, before.more_after), (false, true));
        let from = browser.rows("t", &Page::From(last.rows[3].key.clone()), 2, 20).unwrap();
        assert_eq!(first_cells(&from), ["v17", "v18"], "{table}");
        assert_eq!((from.more_before, from.more_after), (true, true));
        let whole = browser.cell("t", &last.rows[3].key, 0).unwrap();
        assert_eq!(whole.lines, ["v17"], "{table}");
    }
}

#[test]
fn cells_are_cut_and_printable() {
    let (_folder, browser) = browser(
        "CREATE TABLE \"a \"\"b\" (\"x y\", b); INSERT INTO \"a \"\"b\" VALUES ('实验室' || char(27) || printf('%.500c', 'x'), x'00ff'),
         (NULL, 1.5);",
    );
    let name = browser.tables()[0].name.raw().to_owned();
    let rows = browser.rows(&name, &Page::First, 10, 12).unwrap();
    let shown: Vec<&str> = rows.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.shown.as_str()).collect();
    assert_eq!(shown, ["实验室\\u{1b…", "2 bytes: 00…", "NULL", "1.5"]);
    assert_eq!(rows.rows[0].cells[0].size, 510);
    assert!(browser.rows("missing", &Page::First, 1, 1).is_err());
}

#[test]
fn a_filter_pages_in_both_directions() {
    for table in
        ["CREATE TABLE t (v, n INTEGER PRIMARY KEY)", "CREATE TABLE t (v TEXT, n INT PRIMARY KEY) WITHOUT ROWID"]
    {
        let (_folder, browser) =
            browser(&format!("{table}; {TWENTY} INSERT INTO t (v, n) SELECT 'Row ' || x, x FROM n"));
        let columns = browser.rows("t", &Page::First, 1, 20).unwrap().columns;
        let filter = RowFilter::of("V row 1", &columns).unwrap();
        assert_eq!(filter, RowFilter { column: Some(0), text: "row 1".into() });
        let page = |page: &Page| browser.fitting("t", page, Some(&filter), 4, 20).unwrap();
        let first = page(&Page::First);
        assert_eq!(first_cells(&first), ["Row 1", "Row 10", "Row 11", "Row 12"], "{table}");
        assert_eq!((first.more_before, first.more_after), (false, true));
        let next = page(&Page::After(first.rows[3].key.clone()));
        assert_eq!(first_cells(&next), ["Row 13", "Row 14", "Row 15", "Row 16"]);
        assert_eq!(first_cells(&page(&Page::Before(next.rows[0].key.clone()))), first_cells(&first));
        assert_eq!(first_cells(&page(&Page::Last)), ["Row 16", "Row 17", "Row 18", "Row 19"]);
        assert_eq!(first_cells(&page(&Page::Typed("15".into())))[0], "Row 15");
        // Any column: the number 7 stands in two texts and in two numbers.
        let any = RowFilter::of("7", &columns).unwrap();
        assert_eq!(any.column, None);
        assert_eq!(first_cells(&browser.fitting("t", &Page::First, Some(&any), 9, 20).unwrap()), ["Row 7", "Row 17"]);
        let none = RowFilter::of("%", &columns).unwrap();
        assert!(browser.fitting("t", &Page::First, Some(&none), 9, 20).unwrap().rows.is_empty());
        assert_eq!(RowFilter::of("  ", &columns), None);
    }
    let (_folder, browser) = browser("CREATE TABLE t (rowid, _rowid_, oid); INSERT INTO t VALUES (1, 2, 3)");
    let any = RowFilter { column: None, text: "1".into() };
    assert!(browser.fitting("t", &Page::First, Some(&any), 9, 20).is_err(), "its rows have no names");
}

#[test]
fn a_typed_key_is_gone_to() {
    for (table, key, typed, lands) in [
        ("CREATE TABLE t (v, n INTEGER PRIMARY KEY)", "x * 10", "70", "v7"),
        ("CREATE TABLE t (v, n INTEGER PRIMARY KEY)", "x * 10", "71", "v8"),
        ("CREATE TABLE t (v, n INTEGER PRIMARY KEY)", "x * 10", "999", "v19"),
        ("CREATE TABLE t (v, k TEXT PRIMARY KEY)", "printf('k%02d', x)", "k07", "v7"),
        ("CREATE TABLE t (v, k TEXT PRIMARY KEY)", "printf('k%02d', x)", "3", "v3"),
        ("CREATE TABLE t (v, k TEXT PRIMARY KEY) WITHOUT ROWID", "printf('k%02d', x)", "k07", "v7"),
        ("CREATE TABLE t (v, k TEXT, n DEFAULT 0, PRIMARY KEY (k, n)) WITHOUT ROWID", "printf('%02d', x)", "07", "v7"),
        ("CREATE TABLE t (v, n INT PRIMARY KEY) WITHOUT ROWID", "x", "7", "v7"),
        ("CREATE TABLE t (v, rowid, _rowid_, oid)", "x", "7", "v7"),
    ] {
        let name = table.rsplit("t (v, ").next().unwrap().split([' ', ',']).next().unwrap();
        let (_folder, browser) =
            browser(&format!("{table}; {TWENTY} INSERT INTO t (v, {name}) SELECT 'v' || x, {key} FROM n"));
        let page = browser.rows("t", &Page::Typed(typed.into()), 2, 20).unwrap();
        assert_eq!(first_cells(&page)[0], lands, "{table} {typed}");
        assert!(page.more_before, "{table} {typed}");
    }
    let (_folder, browser) = browser("CREATE TABLE t (v, k TEXT PRIMARY KEY); INSERT INTO t VALUES (1, 'a')");
    let missing = browser.rows("t", &Page::Typed("nowhere".into()), 2, 20).unwrap_err();
    assert!(missing.to_string().contains("no row has this key"), "{missing}");
}
