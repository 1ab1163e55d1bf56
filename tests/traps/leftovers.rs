//! Every spelling of an old ID is found wherever it stays, and its example shows it.

use reseat::database;
use reseat::identity::{Mapping, Renamed};
use reseat::progress::Cancel;
use serde_json::json;

use crate::desk::{Desk, HUB, NEW, OLD, OTHER_HUB};
use crate::said::{is_silent, plan, plan_to_another_hub, says, sql, with_sql};

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    reseat::text::hex(&bytes.into_iter().collect::<Vec<u8>>())
}

/// Each spelling of an ID, as an SQL value.
fn spellings(id: &str) -> Vec<(&'static str, String)> {
    let undashed = id.replace('-', "");
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| format!("x'{}'", hex(text.encode_utf16().flat_map(unit)));
    vec![
        ("lower", format!("'{id}'")),
        ("upper", format!("'{}'", id.to_uppercase())),
        ("within a text", format!("'a{id}b'")),
        ("within JSON", format!("'{{\"k\":[\"{id}\"]}}'")),
        ("undashed", format!("'{undashed}'")),
        ("undashed, upper", format!("'{}'", undashed.to_uppercase())),
        ("16 bytes", format!("x'{undashed}'")),
        ("16 bytes within a blob", format!("x'00{undashed}ff'")),
        ("text in a blob", format!("CAST('{id}' AS BLOB)")),
        ("UTF-16le", wide(id, u16::to_le_bytes)),
        ("UTF-16be", wide(id, u16::to_be_bytes)),
        ("UTF-16le, upper", wide(&id.to_uppercase(), u16::to_le_bytes)),
        ("UTF-16be, upper", wide(&id.to_uppercase(), u16::to_be_bytes)),
        ("UTF-16le, undashed", wide(&undashed, u16::to_le_bytes)),
        ("UTF-16be, undashed, upper", wide(&undashed.to_uppercase(), u16::to_be_bytes)),
        ("behind a NUL", format!("'a' || char(0) || '{id}'")),
        ("across overflow pages", format!("CAST(zeroblob(9000) || '{id}' AS BLOB)")),
    ]
}

/// A desk with one table for each spelling of both IDs; and what a plan must name, in order.
fn desk_of_spellings(encoding: &str) -> (Desk, Vec<serde_json::Value>) {
    let desk = Desk::new();
    let mut statements = String::new();
    let mut expected = Vec::new();
    for (which, id) in [("hub", HUB), ("connector", OLD)] {
        for (at, (_, value)) in spellings(id).into_iter().enumerate() {
            let name = format!("{which}_{at}");
            statements += &format!(
                "CREATE TABLE {name} (n INTEGER PRIMARY KEY, \"a b\"); INSERT INTO {name} VALUES (1, 'x'), (2, {value}), (3, {value});"
            );
            expected.push(json!({"table": name, "column": "a b", "rows": 2}));
        }
    }
    let path = desk.backup_path();
    if encoding != "UTF-8" {
        // The encoding is set before the first table.
        let old = desk.folder.parent().unwrap().join("utf8.db");
        std::fs::rename(&path, &old).unwrap();
        sql(
            &path,
            &format!(
                "PRAGMA encoding='{encoding}'; PRAGMA user_version=7;
                 CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL);
                 CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT, source TEXT, kind TEXT, payload TEXT, createdAt TEXT)"
            ),
        );
        let from = rusqlite::Connection::open(&old).unwrap();
        let to = rusqlite::Connection::open(&path).unwrap();
        let one = |sql: &str| from.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        to.execute("INSERT INTO Integrations VALUES (?1, ?2)", [HUB, &one("SELECT sources FROM Integrations")])
            .unwrap();
        let source = one("SELECT source FROM Events");
        to.execute(
            "INSERT INTO Events VALUES (1, ?1, ?2, 'k', 'p', ?3)",
            [HUB, &source, &one("SELECT max(createdAt) FROM Events")],
        )
        .unwrap();
    }
    sql(&path, &statements);
    (desk, expected)
}

#[test]
fn every_spelling_is_named_with_its_table_and_column() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let (desk, expected) = desk_of_spellings(encoding);
        // On the same hub only the connector's stay.
        let document = plan(&desk);
        assert_eq!(document["leftovers"].as_array().unwrap().len(), expected.len() / 2, "{encoding}");
        let document = plan_to_another_hub(&desk);
        let found = document["leftovers"].as_array().unwrap();
        for one in &expected {
            assert!(found.contains(one), "{encoding}: {one} in {found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{encoding}");
        says(&document, "R309", "warn", &["hub_0.a b, in 2 rows (hub)", "and 30 more"]);
    }
}

#[test]
fn the_example_is_the_first_such_row_cut_around_the_id() {
    let desk = with_sql(&format!(
        "CREATE TABLE Log (line TEXT, raw BLOB);
         INSERT INTO Log VALUES ('nothing', x'00');
         INSERT INTO Log VALUES (printf('%.60000c', 'x') || 'ööö😀' || '{OLD}' || printf('%.60000c', 'ß'), CAST(zeroblob(50000) || x'{}' AS BLOB));
         INSERT INTO Log VALUES ('{OLD}', NULL)",
        OLD.replace('-', "")
    ));
    let mapping = Mapping {
        hub: Renamed { old: HUB.parse().unwrap(), new: HUB.parse().unwrap() },
        connector: Renamed { old: OLD.parse().unwrap(), new: NEW.parse().unwrap() },
    };
    let plan = database::plan(&desk.backup_path(), &mapping, None, &Cancel::default(), &mut |_| {}).unwrap();
    let [line, raw] = plan.leftovers.as_slice() else { panic!("{:#?}", plan.leftovers) };
    assert_eq!((line.rows, line.row_number, line.table_rows), (2, 2, 3));
    let shown = line.example[0].1.raw();
    assert!(shown.contains(OLD) && shown.starts_with('…') && shown.len() < 450, "{shown}");
    assert!(!shown.contains(char::REPLACEMENT_CHARACTER), "cut between characters: {shown}");
    let shown = raw.example[1].1.raw();
    assert!(shown.contains(&OLD.replace('-', "")) && shown.len() < 300, "{shown}");
}

#[test]
fn shadow_tables_of_full_text_indexes_are_looked_through() {
    let desk = with_sql(&format!(
        "CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('moved from {OLD}'), ('nothing');
         CREATE VIRTUAL TABLE old_notes USING fts4(body); INSERT INTO old_notes VALUES ('{HUB} was here');
         CREATE VIRTUAL TABLE words USING fts5(body, content='', tokenize=\"unicode61 tokenchars '-'\"); INSERT INTO words(rowid, body) VALUES (1, '{OLD}')"
    ));
    let document = plan_to_another_hub(&desk);
    let found = document["leftovers"].as_array().unwrap();
    for (table, column) in [("notes_content", "c0"), ("old_notes_content", "c0body"), ("words_data", "block")] {
        let expected = json!({"table": table, "column": column, "rows": 1});
        assert!(found.contains(&expected), "{expected} in {found:#?}");
    }
    says(&document, "R207", "info", &["3 virtual tables", "notes, old_notes and words may keep old text"]);
}

/// What only looks like a leftover is none.
#[test]
fn values_near_an_id_are_no_leftovers() {
    let desk = with_sql(&format!(
        "CREATE TABLE Near (v); INSERT INTO Near VALUES ('{}'), (x'{}'), ('{OTHER_HUB}'), ('7d0c88f1'), (NULL), (7)",
        &OLD[..35],
        &OLD.replace('-', "")[..30]
    ));
    let document = plan(&desk);
    assert_eq!(document["leftovers"], json!([]));
    is_silent(&document, "R309");
}
