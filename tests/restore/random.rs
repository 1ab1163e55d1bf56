//! Random schemas and random JSON, each rewritten and held against the reference, row by row.

use std::path::Path;

use proptest::prelude::*;
use reseat::identity::Mapping;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::support::samples::{self, OLD_CONNECTOR, OLD_HUB, OTHER_CONNECTOR, OTHER_HUB};

/// A database, described.
#[derive(Debug, Clone)]
struct Shape {
    encoding: &'static str,
    page_size: u32,
    auto_vacuum: &'static str,
    wal: bool,
    /// How events are keyed; see [`Shape::key`].
    key: usize,
    strict: bool,
    /// Whether `integration` is a foreign key, and what follows an update.
    foreign: Option<&'static str>,
    generated: Option<&'static str>,
    integrations_without_rowid: bool,
    columns: Vec<(String, &'static str)>,
    indexes: Vec<(Vec<usize>, bool)>,
    rows: Vec<Vec<Value>>,
    /// Texts of sources in which `<H>` and `<C>` stand for the IDs, and whether they are stored as blobs.
    sources: Vec<(String, bool)>,
    other_hub: u8,
    child: bool,
    same_hub: bool,
}

impl Shape {
    /// The column `nr`, and what closes the table.
    fn key(&self) -> (&'static str, &'static str, bool) {
        match self.key {
            0 => ("nr INTEGER PRIMARY KEY", ")", false),
            1 => ("nr INT", ", PRIMARY KEY (integration, nr)) WITHOUT ROWID", true),
            2 => ("nr INT", ", PRIMARY KEY (nr, source)) WITHOUT ROWID", true),
            3 => ("nr INT UNIQUE", ")", false),
            4 => ("nr INT", ", PRIMARY KEY (source, integration, nr DESC)) WITHOUT ROWID", true),
            _ => ("nr INT", ", PRIMARY KEY (nr DESC)) WITHOUT ROWID", true),
        }
    }

    /// Whether another table can refer to `nr`.
    fn unique(&self) -> bool {
        matches!(self.key, 0 | 3 | 5)
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("NaN is NULL", |number| !number.is_nan()).prop_map(Value::Real),
        "[ -~äß実😀\u{0}]{0,40}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..60).prop_map(Value::Blob),
        Just(Value::Text(format!("see {OLD_HUB}"))),
        Just(Value::Blob(vec![7; 9_000])),
    ]
}

/// JSON that another library can read as values, too: no number beyond a double.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?",
        "[ !#-\\[\\]-~äß実😀]{0,12}".prop_map(|text| format!("\"{text}\"")),
        Just("\"\\u00e9\\ud83d\\ude00\\/\\b\\u0000\"".to_owned()),
        Just(format!("\"{OLD_HUB}\"")),
        Just(format!("{{\"id\":\"{OLD_CONNECTOR}\",\"integrationId\":\"{OLD_HUB}\"}}")),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,\t"))),
            proptest::collection::vec(("[a-zA-Zé]{0,6}", inner), 0..4).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\" :{value}")).collect();
                format!("{{{}}}", pairs.join(",\n"))
            }),
        ]
    })
}

prop_compose! {
    /// A source with any other keys around the two IDs.
    fn any_source()(
        others in proptest::collection::vec(("[a-hj-z][a-zA-Z]{0,5}", any_json()), 0..5),
        (id_at, hub_at) in (0_usize..6, 0_usize..6),
        id_key in prop_oneof![Just("id"), Just("\\u0069d"), Just("i\\u0064")],
        blanks in "[ \n\r\t]{0,3}",
        blob in proptest::bool::weighted(0.2),
    ) -> (String, bool) {
        let mut pairs: Vec<String> = others.iter().map(|(key, value)| format!("\"{key}\"{blanks}:{value}")).collect();
        pairs.insert(id_at.min(pairs.len()), format!("\"{id_key}\":{blanks}<C>"));
        pairs.insert(hub_at.min(pairs.len()), format!("\"integrationId\"{blanks}:<H>{blanks}"));
        (format!("{blanks}{{{}}}{blanks}", pairs.join(&format!("{blanks},"))), blob)
    }
}

prop_compose! {
    fn any_table()(
        encoding in prop_oneof![Just("UTF-8"), Just("UTF-16le"), Just("UTF-16be")],
        page_size in prop_oneof![Just(512), Just(1024), Just(4096), Just(65536)],
        auto_vacuum in prop_oneof![Just("NONE"), Just("FULL"), Just("INCREMENTAL")],
        (wal, strict, integrations_without_rowid, child, same_hub) in any::<(bool, bool, bool, bool, bool)>(),
        key in 0_usize..6,
        foreign in prop_oneof![Just(None), Just(Some("")), Just(Some("ON UPDATE CASCADE ON DELETE CASCADE")), Just(Some("ON UPDATE SET NULL"))],
        generated in prop_oneof![Just(None), Just(Some("STORED")), Just(Some("VIRTUAL"))],
        other_hub in 0_u8..4,
    ) -> Shape {
        Shape {
            encoding, page_size, auto_vacuum, wal, key, strict, foreign, generated, integrations_without_rowid, other_hub, child, same_hub,
            columns: Vec::new(), indexes: Vec::new(), rows: Vec::new(), sources: Vec::new(),
        }
    }
}

prop_compose! {
    fn any_shape()(
        shape in any_table(),
        columns in proptest::collection::vec(("[a-z \"é]{1,6}", prop_oneof![Just(""), Just("TEXT"), Just("INTEGER"), Just("BLOB"), Just("REAL"), Just("NUMERIC"), Just("TEXT COLLATE NOCASE")]), 1..5),
        indexes in proptest::collection::vec((proptest::collection::vec(0_usize..7, 1..3), any::<bool>()), 0..3),
        rows in proptest::collection::vec(proptest::collection::vec(any_value(), 5), 0..40),
        sources in proptest::collection::vec(any_source(), 1..5),
    ) -> Shape {
        // A number tells names apart that SQLite would take for equal.
        let columns = columns.into_iter().enumerate().map(|(at, (name, kind))| (format!("{name}{at}"), kind));
        let columns = columns.map(|(name, kind)| (name, if shape.strict { "ANY" } else { kind })).collect();
        Shape { columns, indexes, rows, sources, ..shape }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn schema(shape: &Shape) -> String {
    let foreign = shape.foreign.map_or_else(String::new, |action| format!(" REFERENCES Integrations(id) {action}"));
    let mut columns = vec![format!("integration TEXT{foreign}")];
    columns.extend(shape.columns.iter().map(|(name, kind)| format!("{} {kind}", quoted(name))));
    columns.push(if shape.strict { "source ANY" } else { "source" }.to_owned());
    let (number, tail, ends_without_rowid) = shape.key();
    columns.push(number.to_owned());
    columns.extend(shape.generated.map(|kind| format!("hub TEXT AS (upper(integration)) {kind}")));
    let strict = match (shape.strict, ends_without_rowid) {
        (false, _) => "",
        (true, true) => ", STRICT",
        (true, false) => " STRICT",
    };
    let without = if shape.integrations_without_rowid { " WITHOUT ROWID" } else { "" };
    format!(
        "CREATE TABLE Integrations (sources, note, id TEXT PRIMARY KEY){without};
         CREATE TABLE Events ({}{tail}{strict}; CREATE TABLE Aside (a, b, c PRIMARY KEY) WITHOUT ROWID",
        columns.join(", ")
    )
}

fn index(shape: &Shape, at: usize, parts: &[usize], unique: bool) -> Option<String> {
    let own = ["integration", "source", "nr"].into_iter();
    let names: Vec<&str> = own.chain(shape.columns.iter().map(|(name, _)| name.as_str())).collect();
    let mut parts: Vec<String> = parts.iter().filter_map(|part| names.get(*part)).map(|name| quoted(name)).collect();
    if unique {
        parts.push("nr".to_owned());
    }
    let unique = if unique { "UNIQUE" } else { "" };
    (!parts.is_empty()).then(|| format!("CREATE {unique} INDEX i{at} ON Events ({})", parts.join(", ")))
}

/// A text of the shape with IDs in it, and how it is stored.
fn source(shape: &Shape, number: usize, hub: &str, connector: &str) -> Value {
    let (template, blob) = &shape.sources[number % shape.sources.len()];
    let write = |id: &str| match number % 5 {
        3 => format!("\"{}\"", id.to_uppercase()),
        4 => format!("\"{}\"", id.replace('-', "\\u002d")),
        _ => format!("\"{id}\""),
    };
    let text = template.replace("<H>", &write(hub)).replace("<C>", &write(connector));
    if *blob { Value::Blob(text.into_bytes()) } else { Value::Text(text) }
}

fn build(path: &Path, shape: &Shape) {
    let connection = Connection::open(path).unwrap();
    let (encoding, page_size, auto_vacuum) = (shape.encoding, shape.page_size, shape.auto_vacuum);
    connection
        .execute_batch(&format!(
            "PRAGMA encoding='{encoding}'; PRAGMA page_size={page_size}; PRAGMA auto_vacuum={auto_vacuum}; PRAGMA foreign_keys=OFF;
             PRAGMA synchronous=OFF; BEGIN; {}",
            schema(shape)
        ))
        .unwrap();
    for (at, (parts, unique)) in shape.indexes.iter().enumerate() {
        if let Some(sql) = index(shape, at, parts, *unique) {
            connection.execute_batch(&sql).unwrap();
        }
    }
    for (hub, connector) in [(OLD_HUB, OLD_CONNECTOR), (OTHER_HUB, OTHER_CONNECTOR)] {
        let sources = match source(shape, 0, hub, connector) {
            Value::Text(text) => Value::Text(format!("[{text}]")),
            Value::Blob(text) => Value::Blob([b"[", text.as_slice(), b"]"].concat()),
            other => panic!("{other:?}"),
        };
        connection.execute("INSERT INTO Integrations VALUES (?1, 'n', ?2)", params![sources, hub]).unwrap();
    }
    for (number, row) in shape.rows.iter().enumerate() {
        let other = shape.other_hub > 0 && number % usize::from(shape.other_hub) == 0;
        let (hub, connector) = if other { (OTHER_HUB, OTHER_CONNECTOR) } else { (OLD_HUB, OLD_CONNECTOR) };
        let mut values = vec![Value::Text(hub.to_owned())];
        values.extend(row.iter().take(shape.columns.len()).cloned());
        values.extend([source(shape, number, hub, connector), Value::Integer(i64::try_from(number).unwrap())]);
        let places = vec!["?"; values.len()].join(", ");
        connection.execute(&format!("INSERT INTO Events VALUES ({places})"), params_from_iter(values)).unwrap();
        let aside = [row[3].clone(), row[4].clone(), Value::Integer(i64::try_from(number).unwrap())];
        connection.execute("INSERT INTO Aside VALUES (?, ?, ?)", params_from_iter(aside)).unwrap();
    }
    if shape.child && shape.unique() {
        connection
            .execute_batch(&format!(
                "CREATE TABLE Runs (event INT REFERENCES Events(nr) ON UPDATE CASCADE ON DELETE CASCADE,
                 hub TEXT REFERENCES Integrations(id) ON UPDATE CASCADE);
                 INSERT INTO Runs SELECT nr, '{OTHER_HUB}' FROM Events; INSERT INTO Runs VALUES (NULL, NULL), (-5, 'nobody')"
            ))
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    if shape.wal {
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    }
}

/// A few seconds' worth; more when asked for.
fn cases() -> u32 {
    std::env::var("RESEAT_CASES").map_or(48, |cases| cases.parse().unwrap())
}

fn mapping(shape: &Shape) -> Mapping {
    if shape.same_hub { samples::same_hub() } else { samples::mapping() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_schema_is_rewritten_as_the_reference_says(shape in any_shape()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.db");
        build(&path, &shape);
        crate::restored(&path, &mapping(&shape), &format!("{shape:?}"));
    }
}
