//! Databases of connectors of many makes: each differs in one way that a rewrite must cope with.

use std::path::{Path, PathBuf};

use reseat::identity::{Mapping, Renamed};
use rusqlite::{Connection, params};

pub const OLD_HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
pub const NEW_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
pub const OLD_CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
pub const NEW_CONNECTOR: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";
/// A second connector under the same hub, in [`Make::TwoSources`].
pub const OTHER_CONNECTOR: &str = "1c9f4e68-d0a2-47b5-8ef3-2a6d95b7140c";
/// A second hub, in [`Make::OtherHub`].
pub const OTHER_HUB: &str = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410";

/// To another hub and a new connector.
pub fn mapping() -> Mapping {
    Mapping {
        hub: Renamed { old: OLD_HUB.parse().unwrap(), new: NEW_HUB.parse().unwrap() },
        connector: Renamed { old: OLD_CONNECTOR.parse().unwrap(), new: NEW_CONNECTOR.parse().unwrap() },
    }
}

/// The usual restore: a new connector on the same hub.
pub fn same_hub() -> Mapping {
    let mut mapping = mapping();
    mapping.hub.new = mapping.hub.old;
    mapping
}

macro_rules! makes {
    ($($(#[$doc:meta])* $make:ident,)+) => {
        /// In which way a sample is special.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Make { $($(#[$doc])* $make,)+ }
        impl Make {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$make,)+];
        }
    };
}

makes! {
    Plain,
    /// JSON with line breaks and blanks, keys in another order, numbers spelt oddly.
    Pretty,
    /// Names in other scripts, escapes.
    Unicode,
    Utf16le,
    Utf16be,
    Page512,
    Page65536,
    Wal,
    /// `Events` WITHOUT ROWID, its key beginning with the hub ID.
    WithoutRowid,
    Strict,
    /// IDs in NOCASE columns, some stored in upper case.
    NoCase,
    /// Generated columns, stored and virtual, that follow the IDs.
    Generated,
    /// Indexes on hub and payload, a unique one, a partial one and one on an expression.
    Indexed,
    /// Triggers that raise on every change.
    Triggers,
    /// Triggers that would copy each change elsewhere.
    CopyingTriggers,
    /// FTS5 over `Events`, with external content.
    Fts5,
    /// FTS4 over `Events`, with external content.
    Fts4,
    Views,
    /// More tables, with blobs, NUL in text, and invalid UTF-8.
    Extra,
    FreePages,
    /// Two sources in one array, events of both.
    TwoSources,
    /// Events of another hub, too.
    OtherHub,
    NoEvents,
    /// Many different source texts.
    Renamed,
    /// JSON stored as blobs.
    Blobs,
    /// `rowid`, `_rowid_` and `oid` are ordinary columns.
    RowidColumns,
    /// A table without a key whose rows repeat, all three names of the row ID taken.
    Repeating,
    AutoVacuum,
    /// Statistics of SQLite that hold the old IDs.
    Analyzed,
    /// 8 KiB of zeros behind the end.
    ZeroTail,
    /// The key of `Integrations` is referred to with ON UPDATE CASCADE, and broken references exist.
    BrokenKeys,
    /// IDs in other tables, in all spellings.
    Leftovers,
    /// Events 1, 3, 5, … deleted, so row IDs have gaps; negative row IDs.
    Gaps,
    /// Names that need quoting.
    Quoted,
}

/// Makes one sample in `folder` and returns its path.
pub fn make(folder: &Path, make: Make) -> PathBuf {
    with_events(folder, make, 200)
}

/// Makes one sample with this many events.
pub fn with_events(folder: &Path, make: Make, events: i64) -> PathBuf {
    let path = folder.join(format!("{make:?}.db").to_lowercase());
    let mut connection = Connection::open(&path).unwrap();
    connection.execute_batch(before(make)).unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF; PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;").unwrap();
    let transaction = connection.transaction().unwrap();
    transaction.execute_batch(&schema(make)).unwrap();
    fill(&transaction, make, if make == Make::NoEvents { 0 } else { events });
    transaction.execute_batch(&after(make)).unwrap();
    transaction.commit().unwrap();
    let mode = if make == Make::Wal { "WAL" } else { "DELETE" };
    connection.pragma_update(None, "journal_mode", mode).unwrap();
    connection.close().unwrap();
    if make == Make::ZeroTail {
        let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() + 8192).unwrap();
    }
    path
}

fn before(make: Make) -> &'static str {
    match make {
        Make::Utf16le => "PRAGMA encoding='UTF-16le'",
        Make::Utf16be => "PRAGMA encoding='UTF-16be'",
        Make::Page512 => "PRAGMA page_size=512",
        Make::Page65536 => "PRAGMA page_size=65536",
        Make::AutoVacuum => "PRAGMA auto_vacuum=FULL",
        _ => "",
    }
}

fn schema(make: Make) -> String {
    let integrations = match make {
        Make::Strict => "CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL) STRICT;",
        Make::NoCase => "CREATE TABLE Integrations (id TEXT PRIMARY KEY COLLATE NOCASE, sources TEXT);",
        Make::Generated => {
            "CREATE TABLE Integrations (id TEXT PRIMARY KEY, sources TEXT, first TEXT AS (json_extract(sources, '$[0].id')) STORED);"
        }
        Make::Quoted => "create table \"Integrations\" ( `id` TEXT PRIMARY KEY , [sources] TEXT, \"a \"\"b\" INT )",
        _ => "CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL);",
    };
    let events = match make {
        Make::WithoutRowid => {
            "CREATE TABLE Events (integration TEXT NOT NULL, nr INTEGER NOT NULL, source TEXT, payload TEXT, createdAt TEXT,
               PRIMARY KEY (integration, nr)) WITHOUT ROWID;"
        }
        Make::Strict => {
            "CREATE TABLE Events (nr INTEGER PRIMARY KEY, integration TEXT, source TEXT, payload ANY, createdAt INTEGER) STRICT;"
        }
        Make::NoCase => {
            "CREATE TABLE Events (nr INTEGER PRIMARY KEY, integration TEXT COLLATE NOCASE REFERENCES Integrations(id), source TEXT,
               payload, createdAt TEXT); CREATE INDEX by_hub ON Events(integration);"
        }
        Make::Generated => {
            "CREATE TABLE Events (nr INTEGER PRIMARY KEY, integration TEXT, source TEXT, payload TEXT, createdAt TEXT,
               who TEXT AS (json_extract(source, '$.id')) STORED, hub TEXT AS (upper(integration)) VIRTUAL,
               long INT AS (length(payload)) STORED, CHECK (length(integration) = 36)); CREATE INDEX by_who ON Events(who, hub);"
        }
        Make::RowidColumns => {
            "CREATE TABLE Events (rowid INTEGER, _rowid_ TEXT, oid TEXT, integration TEXT, source TEXT, payload TEXT, createdAt TEXT);"
        }
        Make::Repeating => {
            "CREATE TABLE Events (rowid TEXT, _rowid_ TEXT, oid TEXT, integration TEXT, source TEXT, payload TEXT, createdAt TEXT);"
        }
        Make::Quoted => {
            ";create table 'Events' ( \"nr\" INTEGER PRIMARY KEY,[integration] TEXT, `source` TEXT, payload , \"created at\" TEXT, 'select' )"
        }
        _ => {
            "CREATE TABLE Events (nr INTEGER PRIMARY KEY AUTOINCREMENT, integration TEXT NOT NULL REFERENCES Integrations(id)
               ON UPDATE CASCADE, source TEXT NOT NULL, payload, createdAt TEXT); CREATE INDEX by_hub ON Events(integration);"
        }
    };
    format!("{integrations}{events}; CREATE TABLE Settings (name TEXT PRIMARY KEY, value);")
}

/// The JSON of a source as this make writes it.
pub fn source(make: Make, hub: &str, connector: &str, number: i64) -> String {
    match make {
        Make::Pretty => format!(
            "{{\n  \"tags\" : [ ],\n  \"metadata\": {{ \"n\": 1.00, \"big\": 12345678901234567890123, \"e\": 1E+2 }},\r\n\t\"id\"  :  \
             \"{connector}\" ,\n  \"config\":{{\"sourceType\":\"hrb-cellario\"}},\n  \"integrationId\"\n:\n\"{hub}\",\
             \"type\":\"hrb-cellario\", \"name\":\"Pretty\"\n}}\n"
        ),
        Make::Unicode => format!(
            "{{\"name\":\"Größe 実験室 \\u00e9 \\ud83d\\ude00 😀 \\/\",\"integrationId\":\"{}\",\"\\u0069d\":\"{connector}\",\
             \"type\":\"hrb-cellario\",\"config\":{{\"sourceType\":\"hrb-cellario\"}},\"metadata\":{{\"id\":\"inner\"}},\"tags\":[\"ü\"]}}",
            hub.replace('-', "\\u002d")
        ),
        _ => {
            let name = if make == Make::Renamed { format!("Cellario {number}") } else { "Cellario Boston".to_owned() };
            format!(
                "{{\"id\":\"{connector}\",\"integrationId\":\"{hub}\",\"name\":\"{name}\",\"type\":\"hrb-cellario\",\
                 \"config\":{{\"sourceType\":\"hrb-cellario\"}},\"metadata\":{{\"site\":\"BOS-3\"}},\"tags\":[\"cellario\",\"boston\"]}}"
            )
        }
    }
}

fn fill(connection: &Connection, make: Make, events: i64) {
    let one = |number| source(make, OLD_HUB, OLD_CONNECTOR, number);
    let mut sources = vec![one(0)];
    if make == Make::TwoSources {
        sources.insert(0, source(make, OLD_HUB, OTHER_CONNECTOR, 0));
    }
    let sources = format!("[{}]", sources.join(" , "));
    let cast = if make == Make::Blobs { "CAST(?2 AS BLOB)" } else { "?2" };
    connection
        .execute(&format!("INSERT INTO Integrations (id, sources) VALUES (?1, {cast})"), params![OLD_HUB, sources])
        .unwrap();
    if make == Make::OtherHub {
        let sources = format!("[{}]", source(make, OTHER_HUB, OTHER_CONNECTOR, 0));
        connection
            .execute("INSERT INTO Integrations (id, sources) VALUES (?1, ?2)", params![OTHER_HUB, sources])
            .unwrap();
    }
    let (key, time) = match make {
        Make::RowidColumns => ("rowid", "createdAt"),
        Make::Repeating => ("oid", "createdAt"),
        Make::Quoted => ("nr", "\"created at\""),
        _ => ("nr", "createdAt"),
    };
    let mut insert = connection
        .prepare(&format!(
            "INSERT INTO Events ({key}, integration, source, payload, {time}) VALUES (?1, ?3, {cast}, ?4, ?5)"
        ))
        .unwrap();
    for number in 1..=events {
        let (mut hub, mut connector) = (OLD_HUB.to_owned(), OLD_CONNECTOR);
        match make {
            Make::TwoSources if number % 3 == 0 => connector = OTHER_CONNECTOR,
            Make::OtherHub if number % 4 == 0 => (hub, connector) = (OTHER_HUB.to_owned(), OTHER_CONNECTOR),
            Make::NoCase if number % 5 == 0 => hub = OLD_HUB.to_uppercase(),
            _ => {}
        }
        let payload =
            format!("{{\"n\":{number},\"data\":\"{}\"}}", "x".repeat(usize::try_from(number % 60).unwrap() * 11));
        let day = number / 1440 % 28 + 1;
        let text = format!("2026-10-{day:02}T{:02}:{:02}:00.000Z", number / 60 % 24, number % 60);
        let number = match make {
            Make::Repeating => number / 10,
            Make::Gaps => number * 2 - events,
            _ => number,
        };
        let source = source(make, &hub, connector, number);
        if make == Make::Strict {
            insert.execute(params![number, source, hub, payload, 1_760_000_000 + number * 60]).unwrap();
        } else {
            insert.execute(params![number, source, hub, payload, text]).unwrap();
        }
    }
    connection
        .execute_batch("INSERT INTO Settings VALUES ('interval', 60), ('name', 'x'), ('none', NULL), ('pi', 3.14)")
        .unwrap();
}

fn after(make: Make) -> String {
    let (undashed, upper) = (OLD_HUB.replace('-', ""), OLD_CONNECTOR.to_uppercase());
    match make {
        Make::Indexed => "CREATE INDEX both ON Events(integration, payload); CREATE UNIQUE INDEX only ON Events(nr, integration);
            CREATE INDEX part ON Events(source) WHERE nr % 2 = 0; CREATE INDEX lowered ON Events(lower(integration));
            CREATE INDEX aside ON Events(createdAt); CREATE TABLE Last (x)"
            .to_owned(),
        Make::Triggers => "CREATE TRIGGER no1 BEFORE UPDATE ON Events BEGIN SELECT RAISE(ABORT, 'no'); END;
            CREATE TRIGGER no2 BEFORE UPDATE ON Integrations BEGIN SELECT RAISE(FAIL, 'no'); END;"
            .to_owned(),
        Make::CopyingTriggers => "CREATE TABLE Log (t); CREATE TRIGGER log AFTER UPDATE ON Events BEGIN
            INSERT INTO Log VALUES (new.source); END;"
            .to_owned(),
        Make::Fts5 => "CREATE VIRTUAL TABLE find USING fts5(source, payload, content='Events', content_rowid='nr');
            INSERT INTO find(find) VALUES ('rebuild');"
            .to_owned(),
        Make::Fts4 => "CREATE VIRTUAL TABLE find USING fts4(content='Events', source, payload);
            INSERT INTO find(find) VALUES ('rebuild');"
            .to_owned(),
        Make::Views => "CREATE VIEW latest AS SELECT * FROM Events ORDER BY nr DESC; CREATE VIEW bad AS SELECT load_extension('x');
            CREATE TRIGGER instead INSTEAD OF UPDATE ON latest BEGIN SELECT 1; END;"
            .to_owned(),
        Make::Extra => "CREATE TABLE Files (a, b BLOB); INSERT INTO Files VALUES (x'00ff00', zeroblob(70000)),
            ('a' || char(0) || 'b', x''), (CAST(x'ff41fe' AS TEXT), ''), (1e308, -0.0), (9223372036854775807, 0.1);
            CREATE TABLE Keyed (a TEXT, b BLOB, c, PRIMARY KEY (b, a)) WITHOUT ROWID;
            INSERT INTO Keyed VALUES ('x', x'01', NULL), ('', x'', 2.5); CREATE TABLE Empty (x);"
            .to_owned(),
        Make::FreePages => "CREATE TABLE Gone (x); INSERT INTO Gone SELECT randomblob(500) FROM Events; DELETE FROM Gone;".to_owned(),
        Make::Analyzed => "ANALYZE;".to_owned(),
        Make::BrokenKeys => "INSERT INTO Events (integration, source, payload) SELECT 'nobody', source, payload FROM Events LIMIT 3;".to_owned(),
        Make::Leftovers => format!(
            "CREATE TABLE Cursors (k TEXT PRIMARY KEY, v); INSERT INTO Cursors VALUES ('page', '1'), ('hub', '{OLD_HUB}'),
             ('upper', 'see {upper}'), ('undashed', '{undashed}'), ('blob', x'00{undashed}00'), ('none', 'nothing'),
             ('wide', x'{}');",
            reseat::text::hex(&OLD_HUB.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        ),
        _ => String::new(),
    }
}
