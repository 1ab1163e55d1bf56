//! Looks into databases that stay in the bucket: how many requests and bytes they take, and what stops them.

use std::path::Path;
use std::sync::Arc;

use crate::support::bucket::{Ask, Bucket, Fault};
use reseat::catalog::remote::Remote;
use reseat::catalog::{Backup, CatalogError};
use reseat::finding::Code;
use reseat::progress::Cancel;
use reseat::restore::assess::Clock;
use reseat::restore::peek::{self, Peek};
use rusqlite::{Connection, params};

pub const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
pub const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const NEWEST: &str = "2026-11-17T02:51:00.000Z";
const DAY: &str = "2026-11-17T02:54:00Z";

pub fn path() -> String {
    format!("acme/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db")
}

/// How a database lies in its file.
#[derive(Clone, Copy)]
pub struct Shape {
    pub page: u32,
    pub events: i64,
    /// `Integrations` is made after all events: its pages lie at the end.
    pub late: bool,
    pub vacuumed: bool,
    pub wal: bool,
}

pub const PLAIN: Shape = Shape { page: 4096, events: 24_000, late: false, vacuumed: false, wal: false };

fn make(path: &Path, shape: Shape) {
    let source = format!(
        r#"{{"id":"{CONNECTOR}","integrationId":"{HUB}","name":"Cellario Boston","type":"hrb-cellario","metadata":{{}},"tags":[]}}"#
    );
    let mut connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "page_size", shape.page).unwrap();
    connection.pragma_update(None, "journal_mode", "OFF").unwrap();
    connection.pragma_update(None, "synchronous", "OFF").unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let owners = |connection: &Connection| {
        connection
            .execute_batch("CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL)")
            .unwrap();
        let row = params![HUB, format!("[{source}]")];
        connection.execute("INSERT INTO Integrations VALUES (?1, ?2)", row).unwrap();
    };
    if !shape.late {
        owners(&connection);
    }
    let transaction = connection.transaction().unwrap();
    transaction
        .execute_batch(
            "CREATE TABLE Events (id INTEGER PRIMARY KEY AUTOINCREMENT, integration TEXT NOT NULL, source TEXT NOT NULL,
             payload TEXT, createdAt TEXT NOT NULL);
             CREATE INDEX events_integration ON Events(integration);
             CREATE INDEX events_created ON Events(createdAt);",
        )
        .unwrap();
    {
        let sql = "INSERT INTO Events (integration, source, payload, createdAt) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = transaction.prepare(sql).unwrap();
        let filler = "payload ".repeat(36);
        for number in 0..shape.events {
            // As a text of the same length as the last one, and before it.
            let at = match shape.events - 1 - number {
                0 => NEWEST.to_owned(),
                before => format!(
                    "2026-{:02}-{:02}T02:{:02}:{:02}.000Z",
                    9 - before / 86_400 % 9,
                    28 - before / 3600 % 24,
                    59 - before / 60 % 60,
                    59 - before % 60
                ),
            };
            let payload = format!("{number:08} {filler}");
            insert.execute(params![HUB, source, payload, at]).unwrap();
        }
    }
    transaction.commit().unwrap();
    if shape.late {
        owners(&connection);
    }
    if shape.vacuumed {
        connection.execute_batch("VACUUM").unwrap();
    }
    if shape.wal {
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    }
    connection.close().unwrap();
}

pub fn bytes(shape: Shape) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    make(&path, shape);
    std::fs::read(path).unwrap()
}

/// A bucket that holds these bytes.
pub fn holding(bytes: Vec<u8>) -> Bucket {
    let bucket = Bucket::start();
    bucket.put(&path(), bytes, DAY);
    bucket
}

fn look(bucket: &Bucket, backup: Option<Backup>) -> Result<Peek, CatalogError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let catalog = bucket.catalog();
    let backup = backup.unwrap_or_else(|| Backup::named(&catalog.describe(), "", &path()));
    let cancel = Cancel::default();
    let remote = Arc::new(Remote::new(catalog, backup, runtime.handle().clone(), cancel.clone()));
    peek::peek(&remote, Clock::at("2026-11-17T12:00:00Z".parse().unwrap()), &cancel)
}

fn code(error: &CatalogError) -> Option<Code> {
    error.finding(reseat::world::World::real().now()).map(|finding| finding.code)
}

fn codes(peek: &Peek) -> Vec<Code> {
    peek.findings.iter().map(|finding| finding.code).collect()
}

/// What the log of the server says: requests, and bytes that were asked for.
pub fn asked(bucket: &Bucket) -> (usize, u64) {
    let log = bucket.log();
    let bytes = log.iter().map(|request| {
        let range = request.range.as_ref().unwrap().trim_start_matches("bytes=");
        let (from, to) = range.split_once('-').unwrap();
        to.parse::<u64>().unwrap() + 1 - from.parse::<u64>().unwrap()
    });
    (log.len(), bytes.sum())
}

#[track_caller]
fn tells(seen: &Peek, events: i64) {
    assert_eq!(seen.name().unwrap().raw(), "Cellario Boston");
    assert_eq!(seen.kind().unwrap().raw(), "hrb-cellario");
    let old = seen.old.unwrap();
    assert_eq!((old.hub.to_string().as_str(), old.connector.to_string().as_str()), (HUB, CONNECTOR));
    assert_eq!(seen.newest(), Some(NEWEST.parse().unwrap()));
    assert_eq!(seen.seen.events_at_most, Some(u64::try_from(events).unwrap()));
    assert_eq!(seen.file().header.fields.as_ref().unwrap().user_version, 7);
    assert!(!seen.seen.spent && seen.block().is_none(), "{:?}", seen.findings);
    assert!(seen.file().integrity.is_none(), "it was not checked, and is not said to be");
}

#[test]
fn few_requests_tell_whose_it_is_whatever_its_shape() {
    let shapes = [
        ("plain", PLAIN),
        ("late", Shape { late: true, ..PLAIN }),
        ("vacuumed", Shape { vacuumed: true, ..PLAIN }),
        ("late and vacuumed", Shape { late: true, vacuumed: true, ..PLAIN }),
        ("wal", Shape { wal: true, ..PLAIN }),
        ("pages of 16 KiB", Shape { page: 16_384, ..PLAIN }),
        ("late pages of 16 KiB", Shape { page: 16_384, late: true, ..PLAIN }),
    ];
    for (name, shape) in shapes {
        let bucket = holding(bytes(shape));
        let seen = look(&bucket, None).unwrap();
        tells(&seen, shape.events);
        let (requests, bytes) = asked(&bucket);
        println!("{name}: {requests} requests, {} KiB, {} rounds", bytes / 1024, seen.seen.rounds);
        assert!(requests <= 6 && bytes <= 256 * 1024, "{name}: {requests} requests, {bytes} bytes");
        assert!(seen.seen.rounds <= 4, "{name}: {} rounds", seen.seen.rounds);
        assert_eq!(usize::try_from(seen.requests).unwrap(), requests, "{name}");
        assert!(seen.bytes <= bytes, "{name}");
        assert_eq!(seen.journal_mode(), Some(if shape.wal { "wal" } else { "delete" }));
        let log = bucket.log();
        assert!(log.iter().skip(1).all(|request| request.if_match.is_some()), "{name}: every read is pinned");
        assert!(bucket.only_read() && log.iter().all(|request| request.method == "GET"));
    }
}

#[test]
fn the_deepest_trees_and_the_largest_pages_take_a_few_more() {
    for (page, late) in [(512, false), (512, true), (65_536, false), (65_536, true)] {
        let shape = Shape { page, late, ..PLAIN };
        let bucket = holding(bytes(shape));
        let seen = look(&bucket, None).unwrap();
        tells(&seen, shape.events);
        let (requests, bytes) = asked(&bucket);
        println!("pages of {page} bytes: {requests} requests, {} KiB, {} rounds", bytes / 1024, seen.seen.rounds);
        assert!(requests <= 9 && bytes <= 320 * 1024, "{requests} requests, {bytes} bytes");
    }
}

#[test]
fn a_small_one_is_read_at_once() {
    let bucket = holding(bytes(Shape { events: 20, ..PLAIN }));
    let seen = look(&bucket, None).unwrap();
    tells(&seen, 20);
    assert_eq!((asked(&bucket).0, seen.seen.rounds), (1, 1));
}

#[test]
fn a_chosen_version_is_read_and_no_other() {
    let bucket = Bucket::start();
    bucket.versioned();
    let first = bucket.put(&path(), bytes(Shape { events: 20, ..PLAIN }), DAY).unwrap();
    bucket.put(&path(), bytes(Shape { events: 5, ..PLAIN }), "2026-11-18T02:54:00Z");
    let named = Backup::named("s3://backups", "", &path());
    let seen = look(&bucket, Some(Backup { version: Some(first.clone()), ..named })).unwrap();
    tells(&seen, 20);
    assert_eq!((seen.backup.version.as_deref(), seen.backup.modified), (Some(first.as_str()), DAY.parse().ok()));
    tells(&look(&bucket, None).unwrap(), 5);
}

#[test]
fn an_object_that_changes_is_not_mixed() {
    let bucket = holding(bytes(Shape { late: true, ..PLAIN }));
    let seen = look(&bucket, None).unwrap();
    // The listing saw this one; since then another one was put there.
    let other = bytes(Shape { late: true, events: 23_000, ..PLAIN });
    bucket.put(&path(), other, "2026-11-18T02:54:00Z");
    let error = look(&bucket, Some(seen.backup.clone())).unwrap_err();
    assert!(matches!(error, CatalogError::Replaced { .. }), "{error:?}");
    assert_eq!(code(&error), Some(Code::R108));
    // It goes away in the middle, too.
    bucket.fail_after(Ask::Get, 1, 1, Fault::Status(412, "PreconditionFailed"));
    assert_eq!(code(&look(&bucket, None).unwrap_err()), Some(Code::R108));
}

#[test]
fn a_server_without_ranges_is_read_only_as_far_as_is_worth_it() {
    // Short enough: all of it comes at once.
    let small = Shape { events: 3_000, late: true, ..PLAIN };
    let bucket = holding(bytes(small));
    bucket.fail(Ask::Get, 100, Fault::Whole);
    tells(&look(&bucket, None).unwrap(), small.events);
    assert_eq!(bucket.log().len(), 1);
    // Too long: the first bytes are taken, and no stream is read to its end for the next ones.
    let bucket = holding(bytes(Shape { late: true, ..PLAIN }));
    bucket.fail(Ask::Get, 100, Fault::Whole);
    let error = look(&bucket, None).unwrap_err();
    assert_eq!(code(&error), Some(Code::R116), "{error}");
    assert!(error.to_string().contains("the whole object"), "{error}");
    assert!(bucket.log().len() <= 4);
}

#[test]
fn a_source_that_fails_is_named_and_not_taken_for_damage() {
    let good = bytes(Shape { late: true, ..PLAIN });
    let bucket = holding(good.clone());
    bucket.fail_after(Ask::Get, 1, 100, Fault::Status(503, "SlowDown"));
    let error = look(&bucket, None).unwrap_err();
    assert_eq!(code(&error), Some(Code::R116), "{error}");
    bucket.heal();
    // Once is forgiven.
    bucket.fail_after(Ask::Get, 1, 1, Fault::Cut(1000));
    tells(&look(&bucket, None).unwrap(), PLAIN.events);
    bucket.heal();
    bucket.deny_get();
    assert_eq!(code(&look(&bucket, None).unwrap_err()), Some(Code::R105));
    let bucket = holding(good);
    bucket.change(&path(), |stored| stored.storage_class = Some("GLACIER".into()));
    assert_eq!(code(&look(&bucket, None).unwrap_err()), Some(Code::R107));
}

#[test]
fn what_is_no_whole_database_is_said_after_one_request() {
    let whole = bytes(PLAIN);
    let cut = whole[..whole.len() - 4096].to_vec();
    let cases: [(Vec<u8>, Code); 3] =
        [(Vec::new(), Code::R201), (b"<html><body>Not here".repeat(9000), Code::R202), (cut, Code::R203)];
    for (bytes, expected) in cases {
        let bucket = holding(bytes);
        let seen = look(&bucket, None).unwrap();
        assert_eq!(seen.block().unwrap().code, expected, "{:?}", seen.findings);
        assert_eq!((bucket.log().len(), seen.name()), (1, None));
    }
}

#[test]
fn another_database_is_known_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE Notes (x); CREATE TABLE Events (y)").unwrap();
    let seen = look(&holding(std::fs::read(&file).unwrap()), None).unwrap();
    assert_eq!(codes(&seen), [Code::R205, Code::R103]);
    let bucket = Bucket::start();
    let elsewhere = path().replace("7d0c88f1", "11111111");
    bucket.put(&elsewhere, bytes(Shape { events: 5, ..PLAIN }), DAY);
    let seen = look(&bucket, Some(Backup::named("s3://backups", "", &elsewhere))).unwrap();
    assert_eq!(seen.block().unwrap().code, Code::R301);
}

#[test]
fn bytes_behind_the_end_are_looked_at_only_a_little() {
    let mut padded = bytes(Shape { events: 5_000, ..PLAIN });
    padded.extend_from_slice(b"appended");
    let seen = look(&holding(padded.clone()), None).unwrap();
    let finding = |seen: &Peek| seen.findings.iter().find(|finding| finding.code == Code::R209).cloned().unwrap();
    assert!(finding(&seen).detail.contains("61 70 70 65") || finding(&seen).detail.contains("61707065"));
    padded.truncate(padded.len() - 8);
    padded.extend(vec![0; 4 << 20]);
    let bucket = holding(padded);
    let seen = look(&bucket, None).unwrap();
    assert!(finding(&seen).detail.contains("not all of them were read"), "{}", finding(&seen).detail);
    assert!(asked(&bucket).1 < 300 * 1024);
}

fn page_at(bytes: &mut [u8], number: usize) -> &mut [u8] {
    &mut bytes[(number - 1) * 4096..number * 4096]
}

fn root_of(bytes: &[u8], table: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(&path, bytes).unwrap();
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    usize::from(connection.query_row(sql, [table], |row| row.get::<_, u16>(0)).unwrap())
}

#[test]
fn a_tree_that_leads_in_a_circle_ends() {
    let mut circle = bytes(PLAIN);
    let root = root_of(&circle, "Events");
    let page = page_at(&mut circle, root);
    assert_eq!(page[0], 5, "an inner page of a table");
    let number = u32::try_from(root).unwrap().to_be_bytes();
    page[8..12].copy_from_slice(&number);
    let cells = usize::from(u16::from_be_bytes([page[3], page[4]]));
    for cell in 0..cells {
        let at = usize::from(u16::from_be_bytes([page[12 + cell * 2], page[13 + cell * 2]]));
        page[at..at + 4].copy_from_slice(&number);
    }
    let bucket = holding(circle);
    let seen = look(&bucket, None).unwrap();
    assert_eq!(seen.block().unwrap().code, Code::R204, "{:?}", seen.findings);
    assert_eq!(seen.name().unwrap().raw(), "Cellario Boston", "what could be read is told");
    assert!(bucket.log().len() <= 6);
}

#[test]
fn a_cell_that_goes_on_for_megabytes_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    make(&file, Shape { events: 5, ..PLAIN });
    let connection = Connection::open(&file).unwrap();
    let long = format!("[{}]", " ".repeat(3 << 20));
    for hub in 0..8 {
        connection.execute("INSERT INTO Integrations VALUES (?1, ?2)", params![format!("hub {hub}"), long]).unwrap();
    }
    drop(connection);
    let bucket = holding(std::fs::read(&file).unwrap());
    let seen = look(&bucket, None).unwrap();
    assert!(seen.seen.spent && seen.unknown().is_some(), "{:?}", seen.findings);
    let (requests, bytes) = asked(&bucket);
    assert!(requests <= 48 && bytes <= 8 << 20, "{requests} requests, {bytes} bytes");
    // Longer than all that may be read: not even begun.
    let connection = Connection::open(&file).unwrap();
    let long = format!("[{}]", " ".repeat(30 << 20));
    connection.execute_batch("DELETE FROM Integrations; VACUUM").unwrap();
    connection.execute("INSERT INTO Integrations VALUES (?1, ?2)", params![HUB, long]).unwrap();
    drop(connection);
    let bucket = holding(std::fs::read(&file).unwrap());
    let seen = look(&bucket, None).unwrap();
    assert!(seen.seen.spent && seen.block().is_none(), "long is not damaged: {:?}", seen.findings);
    assert_eq!(seen.newest(), Some(NEWEST.parse().unwrap()));
    assert!(asked(&bucket).1 < 512 * 1024, "{:?}", asked(&bucket));
}

#[test]
fn a_look_that_is_stopped_ends_at_once() {
    let bucket = holding(bytes(PLAIN));
    bucket.fail(Ask::Get, 1, Fault::Late(std::time::Duration::from_secs(20)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cancel = Cancel::default();
    let backup = Backup::named("s3://backups", "", &path());
    let remote = Arc::new(Remote::new(bucket.catalog(), backup, runtime.handle().clone(), cancel.clone()));
    let begun = std::time::Instant::now();
    let asked = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        asked.cancel();
    });
    let now = reseat::world::World::real().now();
    assert_eq!(peek::peek(&remote, Clock::at(now), &cancel).unwrap_err(), CatalogError::Cancelled);
    assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    runtime.shutdown_background();
}
