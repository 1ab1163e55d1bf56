//! The reference of a rewrite: naive, row by row, with another JSON library's view of the texts. It shares no code with the product.

use std::collections::BTreeMap;
use std::path::Path;

use reseat::identity::Mapping;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::Value as Json;

/// Every row of every table with rows of its own, by table, in no particular order; generated columns left out.
pub type Contents = BTreeMap<String, Vec<Vec<(String, Value)>>>;

/// Reads a whole file, cells as bytes.
pub fn contents(path: &Path) -> Contents {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow') AND schema = 'main'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut contents = Contents::new();
    for table in tables {
        let columns: Vec<String> = connection
            .prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0")
            .unwrap()
            .query_map([&table], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .filter(|column: &String| !(table == "sqlite_schema" && column == "rootpage"))
            .collect();
        // Text is read as a blob with its type beside it: nothing is converted.
        let selected: Vec<String> = columns
            .iter()
            .map(|name| name.replace('"', "\"\""))
            .map(|name| format!("typeof(\"{name}\"), CASE typeof(\"{name}\") WHEN 'text' THEN CAST(\"{name}\" AS BLOB) ELSE \"{name}\" END"))
            .collect();
        let mut statement = connection.prepare(&format!("SELECT {} FROM \"{table}\"", selected.join(", "))).unwrap();
        let mut rows = statement.query([]).unwrap();
        let all = contents.entry(table).or_default();
        while let Some(row) = rows.next().unwrap() {
            let cell = |at: usize| (row.get::<_, String>(2 * at).unwrap(), row.get::<_, Value>(2 * at + 1).unwrap());
            all.push(
                (0..columns.len())
                    .map(cell)
                    .zip(&columns)
                    .map(|((kind, value), name)| (format!("{name}:{kind}"), value))
                    .collect(),
            );
        }
    }
    contents
}

fn utf8(encoding: &str, kind: &str, bytes: &[u8]) -> String {
    let unit: fn([u8; 2]) -> u16 = if encoding == "UTF-16be" { u16::from_be_bytes } else { u16::from_le_bytes };
    if encoding == "UTF-8" || kind.ends_with("blob") {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    String::from_utf16(&bytes.chunks(2).map(|pair| unit([pair[0], pair[1]])).collect::<Vec<_>>()).unwrap()
}

/// What must stand in the file after a restore: old contents with the two leaves changed, JSON parsed.
pub fn expected(path: &Path, mapping: &Mapping) -> BTreeMap<String, Vec<String>> {
    canonical(path, contents(path), |table, hub, json| {
        if !hub.eq_ignore_ascii_case(&mapping.hub.old.to_string()) {
            return (hub.to_owned(), json);
        }
        let mut json = json;
        let each: Vec<&mut Json> = match &mut json {
            Json::Array(all) if table == "Integrations" => all.iter_mut().collect(),
            one => vec![one],
        };
        for one in each {
            if one["id"].as_str().unwrap().eq_ignore_ascii_case(&mapping.connector.old.to_string()) {
                one["id"] = mapping.connector.new.to_string().into();
            }
            if mapping.hub.old != mapping.hub.new {
                one["integrationId"] = mapping.hub.new.to_string().into();
            }
        }
        let hub = if mapping.hub.old == mapping.hub.new { hub.to_owned() } else { mapping.hub.new.to_string() };
        (hub, json)
    })
}

/// What stands in a file, in the same form.
pub fn found(path: &Path) -> BTreeMap<String, Vec<String>> {
    canonical(path, contents(path), |_, hub, json| (hub.to_owned(), json))
}

fn canonical(
    path: &Path,
    contents: Contents,
    change: impl Fn(&str, &str, Json) -> (String, Json),
) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0)).unwrap();
    contents
        .into_iter()
        .map(|(table, rows)| {
            let mut rows: Vec<String> = rows
                .into_iter()
                .map(|row| {
                    let find = |name: &str| row.iter().position(|(column, _)| column.starts_with(&format!("{name}:")));
                    let places = match table.as_str() {
                        "Integrations" => (find("id"), find("sources")),
                        "Events" => (find("integration"), find("source")),
                        _ => (None, None),
                    };
                    let mut shown: Vec<String> = row.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                    if let (Some(hub), Some(source)) = places {
                        let text = |at: usize| match &row[at].1 {
                            Value::Blob(bytes) => utf8(&encoding, &row[at].0, bytes),
                            other => panic!("{other:?}"),
                        };
                        let json = serde_json::from_str(&text(source)).unwrap();
                        let (new_hub, new_json) = change(&table, &text(hub), json);
                        shown[hub] = format!("{}={new_hub}", row[hub].0);
                        shown[source] = format!("{}={new_json}", row[source].0);
                    }
                    shown.join(" | ")
                })
                .collect();
            rows.sort();
            (table, rows)
        })
        .collect()
}
