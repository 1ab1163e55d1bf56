//! Every form that the data of a connector can have: what can be rewritten exactly is; the rest is refused with table, row
//! and reason, and never guessed.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::desk::{Desk, HUB, NEW, OLD, OTHER_HUB, codes};
use crate::said::{inspect, plan, plan_to_another_hub, rewrite, says, sql, with_sql};

/// Lets `Events.source` hold anything.
const ANYTHING: &str = "PRAGMA writable_schema=ON;
    UPDATE sqlite_schema SET sql = replace(sql, 'source TEXT NOT NULL', 'source') WHERE name = 'Events';
    PRAGMA writable_schema=RESET";

/// An ID in another form, for the template of a source.
fn escaped(id: &str) -> String {
    id.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect::<Vec<_>>().concat()
}

/// Texts in which `<C>` and `<H>` stand for the two IDs with their quotes.
fn templates() -> Vec<(&'static str, String)> {
    let more = |more: &str| format!("{{\"id\":<C>,\"integrationId\":<H>,{more}}}");
    vec![
        ("usual", more("\"name\":\"a\"")),
        ("line breaks and tabs", "\r\n{\t\"integrationId\" : <H> ,\n\"x\":[ ],\"id\":\t<C>\r\n}\n\n".to_owned()),
        ("keys with escapes", "{\"\\u0069\\u0064\":<C>,\"\\u0069ntegrationId\":<H>}".to_owned()),
        (
            "numbers that no double holds",
            more("\"n\":[1e999,-1E-999,-0.0,1.000000000000000000001,12345678901234567890123]"),
        ),
        ("half of a pair as an escape", more("\"name\":\"\\ud800 \\udc00\\ud83d\"")),
        ("NUL as an escape", more("\"name\":\"\\u0000\"")),
        ("doubled keys elsewhere", more("\"name\":1,\"name\":2,\"m\":{\"id\":1,\"id\":2,\"integrationId\":[]}")),
        ("keys that differ in case", more("\"ID\":\"x\",\"Id\":7,\"integrationid\":null")),
        ("nested deeply", more(&format!("\"d\":{}{}", "[".repeat(20_000), "]".repeat(20_000)))),
        ("other scripts", more("\"name\":\"Größe 実験室 😀 \u{7f}\u{85}\u{2028}\u{feff}\"")),
        ("renamed", more("\"name\":\"b\",\"config\":{}")),
        ("long", more(&format!("\"x\":\"{}\"", "y".repeat(300_000)))),
    ]
}

/// What it is called, and how it writes an ID.
type Form = (&'static str, fn(&str) -> String);

/// Ways to write an ID between its quotes.
fn forms() -> Vec<Form> {
    vec![
        ("as it is", str::to_owned),
        ("upper case", str::to_uppercase),
        ("braces", |id| format!("{{{id}}}")),
        ("blanks", |id| format!(" {id}\u{a0} ")),
        ("no dashes", |id| id.replace('-', "")),
        ("escapes", escaped),
        ("a line break as an escape", |id| format!("{id}\\n")),
    ]
}

fn filled(template: &str, connector: &str, hub: &str) -> String {
    template.replace("<C>", &format!("\"{connector}\"")).replace("<H>", &format!("\"{hub}\""))
}

fn cells(path: &std::path::Path) -> Vec<(i64, Value, Value)> {
    let connection = Connection::open(path).unwrap();
    // Text as bytes, its type beside it: nothing is converted.
    let mut rows = connection.prepare("SELECT id, typeof(source) || '/' || typeof(integration) || '/' || integration, CAST(source AS BLOB) FROM Events ORDER BY id").unwrap();
    let found = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    found.map(Result::unwrap).collect()
}

#[test]
fn what_can_be_rewritten_exactly_is() {
    let desk = with_sql(&format!("DELETE FROM Events; {ANYTHING}"));
    let connection = Connection::open(desk.backup_path()).unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
    let newest = crate::desk::hours_ago(2).to_string();
    let mut expected = Vec::new();
    for (what, template) in templates() {
        for (form, write) in forms() {
            for kind in ["text", "blob"] {
                let old = filled(&template, &write(OLD), &write(HUB));
                let value = if kind == "text" { Value::Text(old) } else { Value::Blob(old.into_bytes()) };
                let insert = "INSERT INTO Events (integration, source, kind, createdAt) VALUES (?1, ?2, ?3, ?4)";
                connection.execute(insert, params![HUB, value, format!("{what}, {form}, {kind}"), newest]).unwrap();
                let (class, new) = (format!("{kind}/text/{OTHER_HUB}"), filled(&template, NEW, OTHER_HUB).into_bytes());
                expected.push((connection.last_insert_rowid(), Value::Text(class), Value::Blob(new)));
            }
        }
    }
    // Events of another hub stay, whatever they hold.
    let other = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410";
    for source in [Value::Null, Value::Integer(7), Value::Text("not JSON".into()), Value::Blob(vec![0x0c, 0xff])] {
        connection
            .execute(
                "INSERT INTO Events (integration, source, kind, createdAt) VALUES (?1, ?2, 'k', ?3)",
                params![other, source, newest],
            )
            .unwrap();
    }
    drop(connection);
    let others = cells(&desk.backup_path()).split_off(expected.len());
    expected.extend(others);
    assert_ne!(plan_to_another_hub(&desk)["verdict"], "block");
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    rewrite(&desk, &output, OTHER_HUB, &["R206", "R306", "R308", "R413"]).is(0);
    let found = cells(&output);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found == expected, "{found:?} is not {expected:?}");
    }
}

/// Sources that no rewrite may touch, and the reason that is given.
fn refused() -> Vec<(Value, &'static str)> {
    let source = filled("{\"id\":<C>,\"integrationId\":<H>}", OLD, HUB);
    let text = |text: &str| Value::Text(text.to_owned());
    let with = |old: &str, new: &str| Value::Text(source.replace(old, new));
    let wide: Vec<u8> = source.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        (Value::Null, "is NULL, not a JSON object"),
        (Value::Integer(7), "is a number, not a JSON object"),
        (Value::Real(0.5), "is a number, not a JSON object"),
        (text(""), "is no JSON: EOF"),
        (text("null"), "is null, not a JSON object"),
        (text("\"x\""), "is a string, not a JSON object"),
        (Value::Text(format!("[{source}]")), "is an array, not a JSON object"),
        (Value::Text(format!("\u{feff}{source}")), "begins with a byte order mark"),
        (Value::Blob(wide), "is no JSON"),
        (Value::Blob([source.as_bytes(), b"\xff"].concat()), "is no JSON"),
        (Value::Text(format!("{source}\0")), "is no JSON: trailing characters"),
        (Value::Text(format!("{source}{source}")), "is no JSON: trailing characters"),
        // JSON5
        (with("\"id\"", "id"), "is no JSON: key must be a string"),
        (with("\"", "'"), "is no JSON: key must be a string"),
        (with("}", ",}"), "is no JSON"),
        (with("}", "/* x */}"), "is no JSON"),
        (with("}", ",\"n\":NaN}"), "is no JSON"),
        (with("}", ",\"n\":+1}"), "is no JSON"),
        (with("}", ",\"n\":.5}"), "is no JSON"),
        (with("}", ",\"n\":\"\t\"}"), "is no JSON: control character"),
        // The two fields
        (with("\"id\"", "\"Id\""), "has no id"),
        (with("integrationId", "hub"), "has no integrationId"),
        (with("}", ",\"id\":\"x\"}"), "holds id twice"),
        (with("}", ",\"\\u0069d\":\"x\"}"), "holds id twice"),
        (
            Value::Text(source.replace('}', &format!(",\"\\u0069ntegrationId\":\"{HUB}\"}}"))),
            "holds integrationId twice",
        ),
        (Value::Text(source.replace(&format!("\"{OLD}\""), "7")), "has a number as id, not a string"),
        (Value::Text(source.replace(&format!("\"{HUB}\""), "[]")), "has an array as integrationId, not a string"),
        (Value::Text(source.replace(&OLD[..1], "\\ud800")), "is no JSON"),
    ]
}

#[test]
fn the_rest_is_refused_with_table_row_and_reason() {
    let desk = with_sql(ANYTHING);
    let connection = Connection::open(desk.backup_path()).unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
    let usual: String = connection.query_row("SELECT source FROM Events", [], |row| row.get(0)).unwrap();
    for (value, reason) in refused() {
        connection.execute("UPDATE Events SET source = ?1 WHERE id = 17", [&value]).unwrap();
        let document = plan(&desk);
        says(&document, "R302", "block", &["Events.source in row 17 ", reason]);
        assert_eq!(document["changes"], serde_json::json!([]), "no plan is made");
    }
    connection.execute("UPDATE Events SET source = jsonb(?1) WHERE id = 17", [&usual]).unwrap();
    for document in [inspect(&desk), plan(&desk)] {
        says(&document, "R302", "block", &["Events.source in row 17 is JSONB, the binary form of SQLite"]);
    }
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    assert_eq!(codes(&rewrite(&desk, &output, HUB, &[]).is(3).json())[0], "R302");
    assert!(!output.exists());
    connection.execute("UPDATE Events SET source = ?1 WHERE id = 17", [&usual]).unwrap();
    assert_eq!(plan(&desk)["verdict"], "ok");
}

#[test]
fn the_same_holds_for_sources() {
    let array = "Integrations.sources in row 1 ";
    for (statement, reason) in [
        ("sources = jsonb(sources)", "is JSONB"),
        ("sources = char(0xfeff) || sources", "begins with a byte order mark"),
        ("sources = '7'", "is a number, not a JSON array"),
        ("sources = replace(sources, ']', ',{}]')", "entry 2: has no id"),
        ("sources = replace(sources, ']', ',[]]')", "entry 2: is an array, not a JSON object"),
        ("sources = replace(sources, '\"name\"', '\"id\":\"x\",\"name\"')", "entry 1: holds id twice"),
        ("sources = replace(sources, '}]', '},]')", "is no JSON"),
    ] {
        let desk = with_sql(&format!("UPDATE Integrations SET {statement}"));
        for document in [inspect(&desk), plan(&desk)] {
            says(&document, "R302", "block", &[array, reason]);
        }
    }
}

/// A hub ID in very many forms is refused: each would have to be matched on its own.
#[test]
fn forms_without_end_are_refused() {
    let desk = Desk::new();
    sql(
        &desk.backup_path(),
        &format!(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1500)
             INSERT INTO Events (integration, source, kind, createdAt)
             SELECT printf('%*s', x + 36, '{HUB}'), (SELECT source FROM Events), 'k', (SELECT max(createdAt) FROM Events) FROM n"
        ),
    );
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let ran = rewrite(&desk, &output, HUB, &["R206", "R308"]);
    let said = ran.is(3).stdout;
    assert!(said.contains("more than 1,000 ways") && !output.exists(), "{said}");
}
