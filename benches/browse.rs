//! Pages of rows from anywhere in a large table: of a file on this machine, opened anew for each page as the wizard does, and
//! of the same file in a bucket, over ranged requests. The bucket is a server in this process; each of its answers comes after
//! the time that a distant one takes. Run it with `cargo bench --bench browse`.
//!
//! `RESEAT_BENCH_EVENTS` (1 000 000), `RESEAT_BENCH_DELAY` (30, in milliseconds), `RESEAT_BENCH_FOLDER` (the target folder).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reseat::catalog::Backup;
use reseat::database::browse::{Browser, Page, RowFilter, Rows};
use reseat::database::far::Allowance;
use reseat::database::sample::Sample;
use reseat::progress::Cancel;
use reseat::restore::far::FarBackup;
use reseat::text;
use support::bucket::{Ask, Bucket, Fault};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
/// Rows of a page in a window of 80×24, and columns of one cell, as the wizard asks for them.
const PAGE: usize = 12;
const CELL: usize = 240;

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
    let events = number("RESEAT_BENCH_EVENTS", 1_000_000);
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    let sample = Sample::new(HUB.parse().unwrap(), CONNECTOR.parse().unwrap(), newest);
    Sample { events, ..sample }.create(&file).unwrap();
    println!("{} rows, {}", text::count(events), text::size(std::fs::metadata(&file).unwrap().len()));
    here(&file, events);
    far(&file, events);
}

/// The median, what 95 of 100 stay under, and the most.
fn told(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (middle, few, most) = (times[times.len() / 2], times[times.len() * 95 / 100], times[times.len() - 1]);
    println!("  {what}: median {middle:.1?}, 95 % under {few:.1?}, at most {most:.1?} ({} times)", times.len());
}

fn here(file: &Path, events: u64) {
    println!("here");
    let cancel = Cancel::default();
    let mut times: [Vec<Duration>; 5] = std::array::from_fn(|_| Vec::new());
    for round in 0..200_u64 {
        let mut timed = |at: usize, page: &Page| -> Rows {
            let begun = Instant::now();
            let rows = Browser::open(file, &cancel).unwrap().rows("Events", page, PAGE, CELL).unwrap();
            times[at].push(begun.elapsed());
            rows
        };
        timed(0, &Page::First);
        timed(1, &Page::Last);
        let anywhere = timed(2, &Page::Typed(somewhere(round, events).to_string()));
        let next = timed(3, &Page::After(anywhere.rows.last().unwrap().key.clone()));
        timed(4, &Page::Before(next.rows[0].key.clone()));
    }
    let names = ["the first page", "the last page", "a page from anywhere", "the page behind it", "and back"];
    for (name, times) in names.into_iter().zip(times) {
        told(name, times);
    }
    let filter = RowFilter { column: None, text: "nowhere".into() };
    let begun = Instant::now();
    let browser = Browser::open(file, &cancel).unwrap();
    browser.fitting("Events", &Page::First, Some(&filter), PAGE, CELL).unwrap();
    println!("  a filter that nothing fits, over all columns: {:.1?}", begun.elapsed());
}

fn somewhere(round: u64, events: u64) -> u64 {
    (round * 2_654_435_761) % events.max(1) + 1
}

fn far(file: &Path, events: u64) {
    let delay = number("RESEAT_BENCH_DELAY", 30);
    println!("in a bucket, each answer after {delay} ms");
    let key = format!("acme/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db");
    let bucket = Bucket::start();
    bucket.put(&key, std::fs::read(file).unwrap(), "2026-11-17T02:54:00Z");
    bucket.fail(Ask::Get, usize::MAX, Fault::Late(Duration::from_millis(delay)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let backup = Backup::named("s3://backups", "", &key);
    let mut far = FarBackup::new(bucket.catalog(), backup, runtime.handle().clone());
    let allowance = Allowance { requests: u32::MAX, bytes: u64::MAX / 64 };
    let cancel = Cancel::default();
    let mut last = far.fetched();
    let mut begun = Instant::now();
    let mut step = |what: &str, far: &FarBackup| {
        let now = far.fetched();
        let (requests, bytes) = (now.requests - last.requests, now.bytes - last.bytes);
        println!("  {what}: {requests} requests, {}, {:.0?}", text::size(bytes), begun.elapsed());
        (last, begun) = (now, Instant::now());
    };
    far.tables(allowance, &cancel, Arc::new(|_, _| {}), |_| {}).unwrap();
    step("the tables", &far);
    for (what, page) in [
        ("the first page".to_owned(), Page::First),
        ("the last page".to_owned(), Page::Last),
        ("a page from the middle".to_owned(), Page::Typed((events / 2).to_string())),
        ("another page".to_owned(), Page::Typed((events / 3).to_string())),
    ] {
        let look = |browser: &Browser| browser.rows("Events", &page, PAGE, CELL);
        let rows = far.look(allowance, &cancel, Arc::new(|_, _| {}), look).unwrap();
        step(&what, &far);
        let mut key = rows.rows.last().unwrap().key.clone();
        for _ in 0..10 {
            let look = |browser: &Browser| browser.rows("Events", &Page::After(key.clone()), PAGE, CELL);
            let rows = far.look(allowance, &cancel, Arc::new(|_, _| {}), look).unwrap();
            let Some(row) = rows.rows.last() else { break };
            key = row.key.clone();
        }
        step("  and ten pages on", &far);
    }
    let filter = RowFilter { column: None, text: "nowhere".into() };
    let little = Allowance::default();
    let mut anew = FarBackup::new(bucket.catalog(), Backup::named("s3://backups", "", &key), runtime.handle().clone());
    let begun = Instant::now();
    let look = |browser: &Browser| browser.fitting("Events", &Page::First, Some(&filter), PAGE, CELL);
    anew.look(little, &cancel, Arc::new(|_, _| {}), look).unwrap_err();
    let fetched = anew.fetched();
    println!(
        "  a filter that nothing fits, until it asks: {} requests, {}, {:.1?}",
        fetched.requests,
        text::size(fetched.bytes),
        begun.elapsed()
    );
}
