//! Healthy backups of many makes: none meets a block, an ask or a warning, neither in `inspect` nor in `plan`.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::desk::{Desk, HUB, NEW, OLD, hours_ago};

/// One way in which a healthy database can be made.
struct Make {
    name: &'static str,
    /// Before the first table.
    before: &'static str,
    integrations: &'static str,
    events: &'static str,
    /// The key of an event, by its number `n`.
    id: &'static str,
    /// The time of an event, of its text `t`.
    time: &'static str,
    /// The source of an event, of its text `s`.
    source: &'static str,
    /// Statements at the end.
    after: &'static str,
    /// The name of the file in the bucket.
    file: &'static str,
    wal: bool,
    events_there: u32,
}

const USUAL: Make = Make {
    name: "usual",
    before: "",
    integrations: "CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL)",
    events: "CREATE TABLE Events (id INTEGER PRIMARY KEY AUTOINCREMENT, integration TEXT NOT NULL REFERENCES Integrations(id),
        source TEXT NOT NULL, payload TEXT, createdAt TEXT NOT NULL)",
    id: "n",
    time: "t",
    source: "s",
    after: "",
    file: "sqlite.db",
    wal: false,
    events_there: 120,
};

const fn before(name: &'static str, before: &'static str) -> Make {
    Make { name, before, ..USUAL }
}

const fn after(name: &'static str, after: &'static str) -> Make {
    Make { name, after, ..USUAL }
}

const fn events(name: &'static str, events: &'static str) -> Make {
    Make { name, events, ..USUAL }
}

const fn file(name: &'static str, file: &'static str) -> Make {
    Make { name, file, ..USUAL }
}

const MAKES: &[Make] = &[
    USUAL,
    before("pages of 512 bytes", "PRAGMA page_size=512"),
    before("pages of 1 KiB", "PRAGMA page_size=1024"),
    before("pages of 16 KiB", "PRAGMA page_size=16384"),
    before("pages of 64 KiB", "PRAGMA page_size=65536"),
    before("UTF-16, low byte first", "PRAGMA encoding='UTF-16le'"),
    before("UTF-16, high byte first", "PRAGMA encoding='UTF-16be'"),
    before("kept short at once", "PRAGMA auto_vacuum=FULL"),
    before("kept short when asked", "PRAGMA auto_vacuum=INCREMENTAL"),
    before("deleted rows are overwritten", "PRAGMA secure_delete=ON"),
    before("numbers of its own in the header", "PRAGMA user_version=2147483647; PRAGMA application_id=-7"),
    Make { name: "write-ahead log", wal: true, ..USUAL },
    events(
        "WITHOUT ROWID",
        "CREATE TABLE Events (id INTEGER NOT NULL, integration TEXT NOT NULL REFERENCES Integrations(id), source TEXT NOT NULL,
         payload TEXT, createdAt TEXT NOT NULL, PRIMARY KEY (integration, id)) WITHOUT ROWID",
    ),
    Make {
        name: "STRICT, times as numbers",
        integrations: "CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL) STRICT",
        events: "CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT NOT NULL REFERENCES Integrations(id), source TEXT,
            payload ANY, createdAt INTEGER) STRICT",
        time: "CAST(unixepoch(t) AS INTEGER) * 1000",
        ..USUAL
    },
    Make {
        name: "text keys of events",
        events: "CREATE TABLE Events (id TEXT PRIMARY KEY, integration TEXT REFERENCES Integrations(id), source TEXT, payload TEXT,
            createdAt TEXT)",
        id: "printf('%08x-84d7-4b1e-a6f2-0d5b7e3a9c1e', n)",
        ..USUAL
    },
    Make {
        name: "columns in another order",
        integrations: "CREATE TABLE Integrations (sources TEXT, name TEXT, id TEXT PRIMARY KEY)",
        events: "CREATE TABLE Events (createdAt TEXT, source TEXT, integration TEXT, payload TEXT, id INTEGER PRIMARY KEY)",
        ..USUAL
    },
    Make {
        name: "lower case, no types",
        integrations: "create table integrations (id primary key, sources)",
        events: "create table events (id, integration, source, payload, createdat)",
        ..USUAL
    },
    Make {
        name: "keys that cascade",
        events: "CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT NOT NULL REFERENCES Integrations(id)
            ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, source TEXT, payload TEXT, createdAt TEXT)",
        after: "CREATE TABLE Runs (event INT REFERENCES Events(id) ON DELETE SET NULL, n); INSERT INTO Runs SELECT id, 1 FROM Events",
        ..USUAL
    },
    events(
        "generated columns and checks",
        "CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT, source TEXT CHECK (json_valid(source)), payload TEXT, createdAt TEXT,
         who TEXT AS (json_extract(source, '$.id')) STORED, hub TEXT AS (upper(integration)) VIRTUAL, long INT AS (length(payload)) STORED)",
    ),
    after(
        "indexes of all kinds",
        "CREATE INDEX a ON Events(integration, createdAt DESC); CREATE UNIQUE INDEX b ON Events(id, source);
         CREATE INDEX c ON Events(payload) WHERE id % 2; CREATE INDEX d ON Events(json_extract(source, '$.name')); ANALYZE",
    ),
    after(
        "triggers",
        "CREATE TABLE Log (id INTEGER PRIMARY KEY, n); CREATE TRIGGER t1 AFTER INSERT ON Events BEGIN INSERT INTO Log (n) VALUES (new.id); END;
         CREATE TRIGGER t2 BEFORE UPDATE ON Events BEGIN SELECT RAISE(ABORT, 'no'); END",
    ),
    after("views", "CREATE VIEW latest AS SELECT * FROM Events ORDER BY id DESC; CREATE VIEW broken AS SELECT * FROM nobody"),
    after(
        "full-text search over payloads",
        "CREATE VIRTUAL TABLE search USING fts5(payload, content='Events', content_rowid='id');
         INSERT INTO search(search) VALUES ('rebuild'); CREATE VIRTUAL TABLE own USING fts4(x); INSERT INTO own VALUES ('words');
         CREATE VIRTUAL TABLE boxes USING rtree(id, a, b); INSERT INTO boxes VALUES (1, 0, 2)",
    ),
    after(
        "more tables and blobs",
        "CREATE TABLE Files (a, b BLOB); INSERT INTO Files VALUES (x'00ff', zeroblob(200000)), ('a' || char(0) || 'b', x''),
         (CAST(x'ff41fe' AS TEXT), NULL), (9e999, -0.0), (9223372036854775807, 0.1), (randomblob(5000), randomblob(16));
         CREATE TABLE Keyed (a TEXT, b BLOB, c, PRIMARY KEY (b DESC, a)) WITHOUT ROWID; INSERT INTO Keyed VALUES ('x', x'01', NULL);
         CREATE TABLE Empty (x)",
    ),
    after("unused pages", "CREATE TABLE Gone (x); INSERT INTO Gone SELECT randomblob(900) FROM Events; DROP TABLE Gone"),
    after(
        "names in other scripts",
        "CREATE TABLE \"Größe 実験 😀\" (\"a \"\"b\"\"\" TEXT, [select] INT, `x'y` BLOB, \"日付\" TEXT);
         INSERT INTO \"Größe 実験 😀\" VALUES ('ä', 1, x'01', '令和'); CREATE INDEX \"by 日付\" ON \"Größe 実験 😀\"(\"日付\")",
    ),
    after(
        "other times than the events'",
        "ALTER TABLE Events ADD COLUMN expiresAt TEXT; ALTER TABLE Events ADD COLUMN due DATE; ALTER TABLE Events ADD COLUMN updatedAt;
         UPDATE Events SET expiresAt = '2019-01-01T00:00:00Z', due = '2018-01-01', updatedAt = '2017-01-01 00:00:00';
         CREATE TABLE Plates (createdAt TEXT); INSERT INTO Plates VALUES ('2016-01-01T00:00:00Z')",
    ),
    Make {
        name: "no time at all",
        events: "CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT, source TEXT, payload TEXT, createdAt TEXT)",
        after: "ALTER TABLE Events DROP COLUMN createdAt",
        ..USUAL
    },
    Make { name: "a name that changed", source: "json_set(s, '$.name', 'Cellario ' || (n % 9))", ..USUAL },
    Make { name: "JSON over several lines", source: "json_pretty(s)", ..USUAL },
    Make { name: "JSON in blobs", source: "CAST(s AS BLOB)", ..USUAL },
    Make { name: "JSON with escapes", source: "replace(s, '-', '\\u002d')", ..USUAL },
    Make { name: "no event yet", events_there: 0, ..USUAL },
    file("a file name with blanks", "sqlite (2) of 1.db"),
    file("a file name with signs", "a+b&c=d;e,f@g!h'i~j.sqlite3"),
    file("a file name in other scripts", "sicherung-größe-実験.db"),
    file("a file name that looks like an address", "db%20x?y=7#z.db"),
    file("a file name without an end", "backup"),
];

const SOURCE: &str = r#"{"id":"<C>","integrationId":"<H>","name":"Cellario 0","type":"hrb-cellario","config":{"sourceType":"hrb-cellario"},
"metadata":{"site":"BOS-3","peers":["7d0c88f1-0000-4000-8000-000000000000"]},"tags":["a"]}"#;

fn build(path: &Path, make: &Make, connector: &str, events: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch(make.before).unwrap();
    connection.execute_batch(&format!("PRAGMA synchronous=OFF; {}; {}", make.integrations, make.events)).unwrap();
    let source = SOURCE.replace("<C>", connector).replace("<H>", HUB).replace('\n', "");
    let transaction = connection.transaction().unwrap();
    let sources = format!("[{source}]");
    transaction.execute("INSERT INTO Integrations (id, sources) VALUES (?1, ?2)", params![HUB, sources]).unwrap();
    let insert = format!(
        "WITH given(n, s, t) AS (SELECT ?1, ?2, ?3) INSERT INTO Events (id, integration, source, payload, createdAt)
         SELECT {}, ?4, {}, 'p' || n, {} FROM given",
        make.id, make.source, make.time
    );
    for n in 0..events {
        let at = Timestamp::from_second(hours_ago(2).as_second() - i64::from(60 * (events - n))).unwrap();
        transaction.execute(&insert, params![n, source, at.to_string(), HUB]).unwrap();
    }
    transaction.commit().unwrap();
    connection.execute_batch(make.after).unwrap();
    if make.wal {
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    }
    connection.close().unwrap();
}

/// A desk with the backup and a new connector of the same make.
fn desk(make: &Make) -> (Desk, PathBuf) {
    let desk = Desk::new();
    fs::remove_file(desk.backup_path()).unwrap();
    fs::remove_file(desk.target(NEW)).unwrap();
    let backup = desk.backup_path().with_file_name(make.file);
    build(&backup, make, OLD, make.events_there);
    build(&desk.target(NEW), make, NEW, 0);
    (desk, backup)
}

/// Quiet R202: every healthy make, by its key and by its path.
/// Quiet R203: every healthy make.
/// Quiet R204: every healthy make.
/// Quiet R208: every healthy make, with a new connector of the same make.
/// Quiet R302: every healthy make.
/// Quiet R305: every healthy make.
#[test]
fn no_healthy_make_meets_a_warning() {
    assert!(MAKES.len() > 20);
    for make in MAKES {
        let (desk, path) = desk(make);
        let key = path.strip_prefix(&desk.folder).unwrap().to_str().unwrap();
        for words in [
            vec!["inspect", key, "--json"],
            vec!["inspect", path.to_str().unwrap(), "--json"],
            vec!["plan", key, "--new-connector", NEW, "--json"],
        ] {
            let ran = desk.reseat(&words);
            assert_eq!(ran.status, 0, "{}: {words:?}: {}\n{}", make.name, ran.stderr, ran.stdout);
            let document = ran.json();
            assert_eq!(document["verdict"], "ok", "{}: {words:?}: {document:#}", make.name);
            let findings = document["findings"].as_array().unwrap();
            assert!(findings.iter().all(|finding| finding["severity"] == "info"), "{}: {document:#}", make.name);
        }
    }
}

/// What is silent about is also restored: each make is rewritten and proved.
#[test]
fn every_healthy_make_is_rewritten() {
    for make in MAKES {
        let (desk, path) = desk(make);
        let key = path.strip_prefix(&desk.folder).unwrap().to_str().unwrap();
        let output = desk.folder.parent().unwrap().join("rewritten.db");
        let words = ["rewrite", key, "--new-connector", NEW, "--output", output.to_str().unwrap(), "--json"];
        let ran = desk.reseat(&words);
        assert_eq!(ran.status, 0, "{}: {}\n{}", make.name, ran.stderr, ran.stdout);
        assert_eq!(ran.json()["verified"], true);
    }
}
