//! A look into a backup that stays in the bucket, beside a download of it: requests, bytes, round trips, time. The bucket is a
//! server in this process; each of its answers comes after the time that a distant one takes. Run it with
//! `cargo bench --bench peek`.
//!
//! `RESEAT_BENCH_EVENTS` (1 700 000, about 1 GiB), `RESEAT_BENCH_DELAY` (30, in milliseconds), `RESEAT_BENCH_FOLDER` (the
//! target folder).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reseat::catalog::remote::Remote;
use reseat::catalog::{Backup, download};
use reseat::database::sample::Sample;
use reseat::progress::Cancel;
use reseat::restore::assess::Clock;
use reseat::restore::peek;
use reseat::text;
use support::bucket::{Ask, Bucket, Fault};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --benches` only wants to know that it compiles.
    if arguments.iter().any(|argument| argument == "--bench") && !arguments.iter().any(|argument| argument == "--test")
    {
        compare();
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn compare() {
    let folder = std::env::var_os("RESEAT_BENCH_FOLDER")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let file = folder.path().join("backup.db");
    let events = number("RESEAT_BENCH_EVENTS", 1_700_000);
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    let sample =
        Sample { events, payload: 200, ..Sample::new(HUB.parse().unwrap(), CONNECTOR.parse().unwrap(), newest) };
    sample.create(&file).unwrap();
    one("as a connector writes it", &file, folder.path());
    let rows = "CREATE TABLE Later AS SELECT * FROM Integrations; DROP TABLE Integrations;
                CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL);
                INSERT INTO Integrations SELECT * FROM Later; DROP TABLE Later;";
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(&format!("PRAGMA foreign_keys=OFF; PRAGMA journal_mode=OFF; {rows}")).unwrap();
    drop(connection);
    one("with Integrations made last", &file, folder.path());
    let vacuum = format!("VACUUM INTO '{}'", folder.path().join("vacuumed.db").display());
    rusqlite::Connection::open(&file).unwrap().execute_batch(&vacuum).unwrap();
    one("the same, vacuumed", &folder.path().join("vacuumed.db"), folder.path());
}

fn one(what: &str, file: &Path, folder: &Path) {
    let key = format!("acme/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db");
    let bucket = Bucket::start();
    bucket.put(&key, std::fs::read(file).unwrap(), "2026-11-17T02:54:00Z");
    let delay = Duration::from_millis(number("RESEAT_BENCH_DELAY", 30));
    bucket.fail(Ask::Any, usize::MAX, Fault::Late(delay));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (catalog, cancel) = (bucket.catalog(), Cancel::default());
    let backup = Backup::named(&catalog.describe(), "", &key);
    // The first request of a source also connects.
    runtime.block_on(catalog.head(&key, None)).unwrap();
    let start = Instant::now();
    let remote = Arc::new(Remote::new(Arc::clone(&catalog), backup.clone(), runtime.handle().clone(), cancel.clone()));
    let seen = peek::peek(&remote, Clock::at("2026-11-17T12:00:00Z".parse().unwrap()), &cancel).unwrap();
    let looked = start.elapsed();
    assert_eq!(seen.name().unwrap().raw(), "Cellario Boston");
    assert!(seen.newest().is_some() && seen.seen.events_at_most.is_some());
    let start = Instant::now();
    let into = folder.join("download");
    std::fs::create_dir_all(&into).unwrap();
    let fetched = runtime.block_on(download::fetch(catalog.as_ref(), &backup, &into, &mut |_| {}, &cancel)).unwrap();
    let downloaded = start.elapsed();
    println!(
        "{what}, {}: {} requests, {}, {} round trips, {} ms; a download takes {} ms",
        text::size(fetched.size),
        seen.requests,
        text::size(seen.bytes),
        seen.seen.rounds,
        looked.as_millis(),
        downloaded.as_millis()
    );
    std::fs::remove_dir_all(&into).unwrap();
}
