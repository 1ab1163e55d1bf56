use rusqlite::Connection;

use super::*;

fn browser(sql: &str) -> (tempfile::TempDir, Browser) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let browser = Browser::open(&path).unwrap();
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
