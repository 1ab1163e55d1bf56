//! The traps of the file itself, walked into with the real binary.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, HUB, NEW, OLD, sample};
use crate::said::{inspect, is_silent, plan, says, sql, with_bytes, with_sql};

/// Trap R201: an object of 0 bytes lies under the key.
/// Quiet R201: the smallest database of a connector, without any event.
#[test]
fn an_empty_object() {
    let desk = with_bytes(Vec::clear);
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R201", "block", &["0 bytes"]);
        is_silent(&document, "R202");
    }
    desk.backup(&sample(HUB, OLD, 0));
    assert_eq!(inspect(&desk)["verdict"], "ok");
}

/// Trap R202: the object is compressed, encrypted, an error page, a text, or zeros.
/// Quiet R202: a database that is cut, or damaged behind its first bytes, is still one.
#[test]
fn another_kind_of_file() {
    let noise: Vec<u8> = (0..8192_u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let blanks = format!("{}<!DOCTYPE html><title>{}</title>", " \n".repeat(9), "Größe ".repeat(20));
    let kinds: [(&[u8], &str); 9] = [
        (&[0x1f, 0x8b, 8, 0, 0, 0], "compressed with gzip"),
        (&[0x28, 0xb5, 0x2f, 0xfd, 4], "compressed with zstd"),
        (b"PK\x03\x04\x14", "a zip archive"),
        (blanks.as_bytes(), "a web page"),
        ("\u{feff}<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>".as_bytes(), "an XML document"),
        (b"{\"message\":\"Forbidden\"}", "a JSON text"),
        (&noise, "looks encrypted"),
        (&[0; 4096], "nothing but zeros"),
        (b"id;name\n1;a\n", "a text"),
    ];
    for (bytes, words) in kinds {
        let desk = with_bytes(|file| *file = bytes.to_vec());
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R202", "block", &["not an SQLite database", words]);
        }
    }
    for length in [10, 50, 4096] {
        is_silent(&inspect(&with_bytes(|bytes| bytes.truncate(length))), "R202");
    }
}

/// Trap R203: the object lost its last page, or its last 100 bytes, before it was uploaded.
/// Quiet R203: a writer that does not keep the number of pages; and a file that is longer.
#[test]
fn a_file_that_ends_too_early() {
    for lost in [4096, 100] {
        let desk = with_bytes(|bytes| bytes.truncate(bytes.len() - lost));
        let size = fs::metadata(desk.backup_path()).unwrap().len();
        let (has, wants) = (reseat::text::count(size), reseat::text::count(size + lost as u64));
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R203", "block", &["ends too early", &has, &wants]);
        }
    }
    // Byte 92 on: the change counter that the number of pages was written for.
    let desk = with_bytes(|bytes| bytes[92..96].copy_from_slice(&[0, 0, 0, 0]));
    let document = inspect(&desk);
    is_silent(&document, "R203");
    is_silent(&document, "R209");
    is_silent(&inspect(&with_bytes(|bytes| bytes.extend([0; 4096]))), "R203");
}

/// Trap R204: a page of events was overwritten, and a header that no database has.
/// Quiet R204: free pages, and a database of any page size.
#[test]
fn damage() {
    let overwritten = with_bytes(|bytes| {
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0xaa);
    });
    let header = with_bytes(|bytes| bytes[16..18].copy_from_slice(&[0, 3]));
    for (desk, words) in [(overwritten, "integrity check finds"), (header, "the page size is 3")] {
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R204", "block", &[words]);
        }
    }
    let desk = with_sql("PRAGMA page_size=1024; VACUUM; CREATE TABLE Gone AS SELECT * FROM Events; DROP TABLE Gone");
    is_silent(&inspect(&desk), "R204");
}

/// Trap R205: a table, or a column, of a connector's database is not there.
/// Quiet R205: names in other letter case, quoted, and with further columns.
#[test]
fn a_database_of_something_else() {
    let cases = [
        ("DROP TABLE Events", "the table Events is missing"),
        ("ALTER TABLE Integrations RENAME COLUMN sources TO source_list", "the column Integrations.sources is missing"),
        ("ALTER TABLE Events RENAME TO E; CREATE VIEW Events AS SELECT * FROM E", "the table Events is missing"),
    ];
    for (statements, words) in cases {
        let desk = with_sql(statements);
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R205", "block", &[words]);
        }
    }
    let desk = with_sql(
        "ALTER TABLE Events RENAME TO E; ALTER TABLE E RENAME TO \"EVENTS\"; ALTER TABLE EVENTS RENAME COLUMN source TO \"Source\";
         ALTER TABLE Integrations ADD COLUMN \"sources 2\" TEXT",
    );
    is_silent(&inspect(&desk), "R205");
}

/// Trap R206: events refer to a row of `Integrations` that is not there.
/// Quiet R206: a reference that is NULL is not broken.
#[test]
fn broken_foreign_keys() {
    let desk = with_sql(
        "CREATE TABLE Runs (event INTEGER REFERENCES Events(id)); INSERT INTO Runs VALUES (7), (9999), (NULL), (8888)",
    );
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R206", "warn", &["2 rows refer", "2 rows of Runs to Events"]);
    }
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    crate::said::rewrite(&desk, &output, HUB, &["R206", "R208"]).is(0);
    let broken: i64 = rusqlite::Connection::open(&output)
        .unwrap()
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(broken, 2, "the same as before");
    sql(&desk.backup_path(), "DELETE FROM Runs WHERE event > 8000");
    is_silent(&inspect(&desk), "R206");
}

/// Trap R207: a trigger, a view and a full-text index are in the schema.
/// Quiet R207: a schema of tables and indexes only.
#[test]
fn more_than_tables() {
    let desk = with_sql(
        "CREATE TRIGGER t AFTER UPDATE ON Events BEGIN SELECT RAISE(ABORT, 'no'); END;
         CREATE VIEW latest AS SELECT max(id) FROM Events;
         CREATE VIRTUAL TABLE find USING fts5(payload, content='Events', content_rowid='id')",
    );
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R207", "info", &["1 trigger, 1 view and 1 virtual table", "find may keep old text"]);
    }
    is_silent(&inspect(&with_sql("CREATE INDEX i ON Events(kind) WHERE id > 5")), "R207");
}

/// Trap R208: the new connector's program has other tables, or an older version of them than the backup.
/// Quiet R208: the same tables in another order, names in another letter case, SQLite's own tables.
#[test]
fn another_schema_than_the_new_connector_s() {
    let desk = with_sql("CREATE TABLE Batches (id); ALTER TABLE Cursors ADD COLUMN seen");
    says(&plan(&desk), "R208", "warn", &["only the backup has the table Batches", "Cursors has other columns"]);
    says(&plan(&with_sql("PRAGMA user_version=6")), "R208", "warn", &["version 6 in the backup, 7 in the new one"]);
    says(&plan(&with_sql("PRAGMA user_version=8")), "R208", "block", &["version 8", "7"]);
    let desk = with_sql(
        "DROP TABLE Cursors; DROP TABLE Settings; CREATE TABLE cursors (v, k); CREATE TABLE SETTINGS (value, name); ANALYZE",
    );
    is_silent(&plan(&desk), "R208");
}

/// Trap R209: something was appended to the file; and zeros, as a file system that reserves room leaves them.
/// Quiet R209: a file exactly as long as its header says.
#[test]
fn a_file_that_is_too_long() {
    let appended = with_bytes(|bytes| bytes.extend(b"\0\0trailer of a proxy"));
    for document in [inspect(&appended), plan(&appended)] {
        says(&document, "R209", "warn", &["20 bytes", &reseat::text::hex(b"trailer ")]);
    }
    let zeros = with_bytes(|bytes| bytes.extend([0; 12_288]));
    says(&inspect(&zeros), "R209", "info", &["of zeros"]);
    assert_eq!(plan(&zeros)["verdict"], "ok");
    is_silent(&inspect(&Desk::new()), "R209");
}

/// Trap R210: an index has a collation, another a function, that only the connector's program registers.
/// Quiet R210: collations and functions that SQLite has, and a column's collation that nothing is ordered by.
#[test]
fn what_only_the_connector_s_program_has() {
    let collation = with_sql(
        "CREATE INDEX by_payload ON Events(payload COLLATE NOCASE); PRAGMA writable_schema=ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'LIMS') WHERE name = 'by_payload'",
    );
    let function = with_sql(
        "CREATE INDEX by_kind ON Events(lower(kind)); PRAGMA writable_schema=ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'lower', 'lims_key') WHERE name = 'by_kind'",
    );
    for (desk, words) in [(collation, "LIMS"), (function, "lims_key")] {
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R210", "block", &[words]);
            is_silent(&document, "R204");
        }
    }
    let own = "CREATE TABLE Names (n TEXT COLLATE NOCASE, m TEXT COLLATE RTRIM); CREATE INDEX i ON Events(json_extract(payload, '$.plate'), upper(kind))";
    is_silent(&inspect(&with_sql(own)), "R210");
    let unused = "PRAGMA writable_schema=ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'payload TEXT', 'payload TEXT COLLATE LIMS') WHERE name = 'Events'";
    let desk = with_sql(unused);
    assert_eq!((inspect(&desk)["verdict"].as_str(), plan(&desk)["verdict"].as_str()), (Some("ok"), Some("ok")));
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    crate::said::rewrite(&desk, &output, HUB, &[]).is(0);
}

/// Puts the healthy backup under another key.
fn under(hub: &str, connector: &str) -> (Desk, String) {
    let desk = Desk::new();
    let key = format!("acme-bio/datahub/{hub}/connector/{connector}/sqlite.db");
    let path = desk.folder.join(&key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(desk.backup_path(), path).unwrap();
    (desk, key)
}

/// Trap R301: the key names another hub, another connector, or both; the sources name another hub inside.
/// Quiet R301: the same IDs in another form.
#[test]
fn a_key_and_a_file_that_disagree() {
    let other = "c2b7e410-1111-4222-8333-9d5c00000000";
    for (hub, connector, words) in [
        (other, OLD, format!("different hubs. The key names {other}; the file names {HUB}")),
        (HUB, other, format!("different connectors. The key names {other}; the file names {OLD}")),
        (other, other, format!("hub {other} and connector {other}; the file names hub {HUB} and connector {OLD}")),
    ] {
        let (desk, key) = under(hub, connector);
        for words_of in
            [vec!["inspect", &key, "--json"], vec!["plan", &key, "--new-hub", hub, "--new-connector", NEW, "--json"]]
        {
            says(&desk.reseat(&words_of).is(3).json(), "R301", "block", &[&words]);
        }
    }
    let inside = |table: &str, column: &str, path: &str, id: &str| {
        with_sql(&format!("UPDATE {table} SET {column} = json_set({column}, '{path}', '{id}')"))
    };
    for (desk, words) in [
        (inside("Integrations", "sources", "$[0].integrationId", other), "Integrations.sources names c2b7e410"),
        (inside("Integrations", "sources", "$[0].integrationId", "hub-1"), "names hub-1 inside"),
        (
            inside("Events", "source", "$.integrationId", other),
            "200 events name another hub inside than their own. Inside stands c2b7e410",
        ),
        (inside("Events", "source", "$.integrationId", ""), "200 events name another hub inside"),
        (with_sql("UPDATE Integrations SET id = 'hub 1'"), "the file names hub 1"),
        (with_sql("UPDATE Integrations SET sources = '[]'"), "the file names none"),
        (inside("Integrations", "sources", "$[0].id", "Cellario"), "the file names Cellario"),
    ] {
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R301", "block", &[words]);
        }
    }
    let desk =
        with_sql("UPDATE Integrations SET id = '{' || upper(id) || '}', sources = replace(sources, '-', '\\u002D')");
    is_silent(&inspect(&desk), "R301");
    is_silent(&plan(&desk), "R301");
}

/// Trap R301: a file without a key that names no hub, and one that names no connector.
#[test]
fn a_file_that_names_nobody() {
    for (statement, words) in [
        ("UPDATE Integrations SET id = 'main'", "Integrations.id is main, which is no ID"),
        ("UPDATE Integrations SET sources = '[]'", "names no connector"),
    ] {
        let desk = with_sql(statement);
        let loose = desk.folder.parent().unwrap().join("loose.db");
        fs::rename(desk.backup_path(), &loose).unwrap();
        says(&desk.reseat(&["inspect", loose.to_str().unwrap(), "--json"]).is(3).json(), "R301", "block", &[words]);
    }
}

/// Trap R302: `sources` is an object, `source` an array; `forms.rs` has every other kind of wrong JSON.
/// Quiet R302: wrong JSON in an event of another hub, which is not touched.
#[test]
fn json_that_is_not_what_it_should_be() {
    for (statement, words) in [
        (
            "UPDATE Integrations SET sources = sources -> '$[0]'",
            "Integrations.sources in row 1 is an object, not a JSON array",
        ),
        (
            "UPDATE Events SET source = '[' || source || ']' WHERE id > 7",
            "Events.source in row 8 is an array, not a JSON object (and in 192 rows more)",
        ),
    ] {
        let desk = with_sql(statement);
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R302", "block", &[words]);
        }
    }
    let other = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
    let desk = with_sql(&format!("UPDATE Events SET integration = '{other}', source = 'none' WHERE id = 7"));
    for document in [inspect(&desk), plan(&desk)] {
        is_silent(&document, "R302");
    }
}

const SECOND: &str = "INSERT INTO Integrations SELECT 'b7740e12-5c9a-4f36-8e21-6a4d90c701aa', replace(sources,
    '3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d', 'b7740e12-5c9a-4f36-8e21-6a4d90c701aa') FROM Integrations";

/// Trap R303: `Integrations` has no row; several, with no key that says which; the same hub twice.
/// Quiet R303: several rows, and the key says which.
#[test]
fn integrations_with_no_row_or_several() {
    says(&inspect(&with_sql("DELETE FROM Integrations")), "R303", "block", &["has no row"]);
    let twice = with_sql("INSERT INTO Integrations SELECT upper(id), sources FROM Integrations");
    for document in [inspect(&twice), plan(&twice)] {
        says(&document, "R303", "block", &["2 rows, 2 of them with the same hub ID"]);
    }
    let desk = with_sql(SECOND);
    is_silent(&inspect(&desk), "R303");
    let loose = desk.folder.parent().unwrap().join("loose.db");
    fs::copy(desk.backup_path(), &loose).unwrap();
    let document = desk.reseat(&["inspect", loose.to_str().unwrap(), "--json"]).is(0).json();
    says(&document, "R303", "ask", &["2 rows: several hubs", &format!("Hub {HUB} is meant")]);
}

const NEIGHBOUR: &str = "1c9f4e68-d0a2-47b5-8ef3-2a6d95b7140c";

fn with_neighbour(more: &str) -> Desk {
    with_sql(&format!(
        "UPDATE Integrations SET sources = json_insert(sources, '$[#]', json_set(sources -> '$[0]', '$.id', '{NEIGHBOUR}', '$.name', 'Solace'));
         {more}"
    ))
}

/// Trap R304: a second connector in the array, with events of its own.
/// Quiet R304: one connector whose settings hold IDs, too.
#[test]
fn several_connectors_in_one_array() {
    let desk =
        with_neighbour(&format!("UPDATE Events SET source = json_set(source, '$.id', '{NEIGHBOUR}') WHERE id <= 12"));
    for document in [inspect(&desk), plan(&desk)] {
        says(
            &document,
            "R304",
            "warn",
            &["Another connector moves along and keeps its ID", OLD, NEIGHBOUR, "Solace (12 events)"],
        );
    }
    assert_eq!(plan(&desk)["changes"][1]["rows"], 188, "the other one's events stay on the same hub");
    let desk = with_sql(&format!(
        "UPDATE Integrations SET sources = json_set(sources, '$[0].metadata.peers', json('[{{\"id\":\"{NEIGHBOUR}\"}}]'))"
    ));
    is_silent(&inspect(&desk), "R304");
}

/// Trap R305: three events name a connector that `sources` does not hold.
/// Quiet R305: events of a second connector that it does hold.
#[test]
fn events_of_a_connector_that_nobody_lists() {
    let events = format!("UPDATE Events SET source = json_set(source, '$.id', '{NEIGHBOUR}') WHERE id <= 3");
    let desk = with_sql(&events);
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R305", "block", &["3 events name a connector", NEIGHBOUR]);
    }
    let desk = with_neighbour(&events);
    for document in [inspect(&desk), plan(&desk)] {
        is_silent(&document, "R305");
    }
}

fn sources_of(path: &std::path::Path, where_: &str) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut rows =
        connection.prepare(&format!("SELECT integration, source FROM Events WHERE {where_} ORDER BY id")).unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Trap R306: four events of another hub, which stay as they are.
/// Quiet R306: another hub in `Integrations` that no event names.
#[test]
fn events_of_other_hubs() {
    let other = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410";
    let desk = with_sql(&format!(
        "UPDATE Events SET integration = '{other}', source = json_set(source, '$.integrationId', '{other}', '$.id', '{NEIGHBOUR}') WHERE id <= 4"
    ));
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R306", "warn", &["4 events belong to other hubs", &format!("{other} (4)")]);
    }
    let before = sources_of(&desk.backup_path(), "id <= 4");
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    crate::said::rewrite(&desk, &output, HUB, &["R306", "R206"]).is(0);
    assert_eq!(sources_of(&output, "id <= 4"), before);
    is_silent(&inspect(&with_sql(SECOND)), "R306");
}

/// Trap R307: the connector was renamed after its first 50 events.
/// Quiet R307: the same JSON with other blanks and another order of keys.
#[test]
fn sources_that_changed_over_time() {
    let desk =
        with_sql("UPDATE Events SET source = json_set(source, '$.name', 'Cellario ' || (id % 7)) WHERE id <= 50");
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R307", "info", &["50 events carry another name"]);
        assert_eq!(document["verdict"], "ok");
    }
    let before = sources_of(&desk.backup_path(), "id <= 60");
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    crate::said::rewrite(&desk, &output, HUB, &[]).is(0);
    let expected: Vec<_> = before.into_iter().map(|(hub, source)| (hub, source.replace(OLD, NEW))).collect();
    assert_eq!(sources_of(&output, "id <= 60"), expected, "each text on its own, nothing is flattened");
    is_silent(
        &inspect(&with_sql("UPDATE Events SET source = json_pretty(json_remove(json_set(source, '$.z', 1), '$.z'))")),
        "R307",
    );
    // A number that no double holds cannot be compared: that is said, never taken for the same.
    let desk = with_sql(
        "UPDATE Integrations SET sources = replace(sources, '\"site\"', '\"n\":1e999,\"site\"');
         UPDATE Events SET source = replace(source, '\"site\"', '\"n\":2e999,\"site\"')",
    );
    says(&inspect(&desk), "R307", "info", &["200 events carry another"]);
}

/// Trap R308: the connector's ID is stored in upper case, the hub's in braces.
/// Quiet R308: escapes in the JSON are the same ID; a hub that keeps its ID keeps its form.
#[test]
fn ids_in_another_form() {
    let desk = with_sql(&format!("UPDATE Events SET source = replace(source, '{OLD}', upper('{OLD}')) WHERE id <= 5"));
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R308", "warn", &["Events.source.id", &OLD.to_uppercase(), "5 rows"]);
    }
    let desk = with_sql("UPDATE Events SET integration = '{' || integration || '}' WHERE id <= 5");
    says(&inspect(&desk), "R308", "warn", &["Events.integration", "{3f2a51c0"]);
    is_silent(&plan(&desk), "R308");
    let desk = with_sql("UPDATE Events SET source = replace(source, '-', '\\u002d')");
    for document in [inspect(&desk), plan(&desk)] {
        is_silent(&document, "R308");
    }
}

fn leftovers(document: &Value) -> Vec<String> {
    let all = document["leftovers"].as_array().unwrap();
    all.iter().map(|one| format!("{}.{} {}", one["table"], one["column"], one["rows"]).replace('"', "")).collect()
}

/// Trap R309: the old connector's ID also stands in a cursor: said early, a warning before the rewrite.
/// Quiet R309: the ID of a hub that stays; and an ID that differs in one digit.
#[test]
fn an_old_id_that_also_stands_elsewhere() {
    let desk = with_sql(&format!("UPDATE Cursors SET v = 'last of {OLD}' WHERE k <> 'page'"));
    says(&inspect(&desk), "R309", "info", &["Cursors.v, in 2 rows"]);
    let document = plan(&desk);
    says(&document, "R309", "warn", &["old connector ID", "Cursors.v, in 2 rows"]);
    assert_eq!(leftovers(&document), ["Cursors.v 2"]);
    let near = OLD.replace("b1", "b2");
    is_silent(
        &plan(&with_sql(&format!("UPDATE Cursors SET v = '{HUB}'; UPDATE Settings SET value = '{near}'"))),
        "R309",
    );
}

/// Trap R309: after the rewrite the old ID would stay in a field that a restore maps, of rows that it does not map.
#[test]
fn an_old_id_that_would_stay_in_a_field() {
    let other = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410";
    let desk = with_sql(&format!(
        "UPDATE Events SET integration = '{other}', source = json_set(source, '$.integrationId', '{other}') WHERE id <= 2"
    ));
    says(&inspect(&desk), "R306", "warn", &["2 events"]);
    says(&plan(&desk), "R309", "block", &["old connector ID in Events.source, in 2 rows"]);
    // A hub's ID as 16 bytes is none that a restore maps.
    let bytes = HUB.replace('-', "");
    let desk = with_sql(&format!("UPDATE Events SET integration = x'{bytes}' WHERE id <= 3"));
    let document = crate::said::plan_to_another_hub(&desk);
    says(&document, "R309", "block", &["old hub ID in Events.integration, in 3 rows"]);
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let refused = crate::said::rewrite(&desk, &output, crate::desk::OTHER_HUB, &["R306", "R413", "R206", "R309"]);
    assert_eq!((refused.status, output.exists()), (3, false));
}

/// Trap R309: SQLite's own statistics hold the old ID, which is harmless.
#[test]
fn an_old_id_in_statistics() {
    let desk = with_sql(&format!("ANALYZE; INSERT INTO sqlite_stat1 VALUES ('Events', 'x', '{OLD}')"));
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R309", "info", &["sqlite_stat1.stat, in 1 row"]);
    }
}
