//! A backup in a bucket is browsed where it lies: by keys, in a pseudo-terminal, against a server that keeps its requests.

use std::time::{Duration, Instant};

use crate::support::bucket::{Ask, Bucket, Fault};
use crate::support::terminal::{Starter, Terminal};
use reseat::database::sample::Sample;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

fn key() -> String {
    format!("acme-bio/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db")
}

fn bytes(events: u64) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    let sample = Sample::new(HUB.parse().unwrap(), CONNECTOR.parse().unwrap(), newest);
    Sample { events, ..sample }.create(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// The wizard over a bucket, on the list of versions.
fn versions(bucket: &Bucket, home: &tempfile::TempDir) -> Terminal {
    let source = bucket.source();
    let mut starter = Starter::new(&["--source", &source], home.path()).env("RESEAT_ENDPOINT_URL", &bucket.endpoint());
    for (name, value) in bucket.environment() {
        starter = starter.env(name, &value);
    }
    let mut terminal = starter.start();
    terminal.wait_for("Where are the backups?");
    terminal.send("\r");
    terminal.wait("the checks end", |screen| screen.contains("✓ Bucket"));
    terminal.send("\r");
    terminal.wait("an organisation", |screen| screen.contains("► acme-bio "));
    terminal.send("\r");
    terminal.wait("a name", |screen| screen.contains("► Cellario Boston"));
    terminal.send("\r");
    terminal.wait("the version is read", |screen| screen.contains("events at most") && screen.contains("60 000"));
    terminal
}

#[test]
fn rows_are_seen_over_a_few_pinned_requests() {
    let home = tempfile::tempdir().unwrap();
    let bucket = Bucket::start();
    bucket.put(&key(), bytes(60_000), "2026-11-17T02:54:00Z");
    let mut terminal = versions(&bucket, &home);
    bucket.clear_log();
    terminal.send("t");
    terminal.wait("the tables", |screen| screen.contains("Events ") && screen.contains("at most 60 000"));
    terminal.wait("all is told", |screen| !screen.contains("Esc stops that"));
    terminal.send("jv");
    terminal.wait_for("events_integration  integration");
    terminal.send("\x1b");
    terminal.wait_for("Which table?");
    terminal.send("\r");
    terminal.wait_for("rows 1-12 of at most 60 000");
    terminal.send("i41234\r");
    terminal.wait("the row", |screen| screen.contains("► 41234"));
    let log = bucket.log();
    let requests = format!("in {} requests", log.len());
    assert!(terminal.screen().contains(&requests), "{requests}\n{}", terminal.screen());
    assert!(log.len() <= 9, "{}", log.len());
    for request in &log {
        assert!(request.method == "GET" && request.range.is_some() && request.if_match.is_some(), "{request:?}");
    }
    // A filter that nothing fits meets the limit; no is no.
    terminal.send("/kind nowhere\r");
    terminal.wait_for("This would fetch more than 16.0 MiB. Go on to 64.0 MiB?");
    let asked = bucket.log().len();
    terminal.send("\x1b");
    terminal.wait("the rows before", |screen| screen.contains("► 41234") && !screen.contains("Go on"));
    assert_eq!(bucket.log().len(), asked);
    terminal.send("/kind nowhere\r");
    terminal.wait_for("Go on to 64.0 MiB?");
    terminal.send("\r");
    terminal.wait_for("No row fits.");
    // Leaving cancels a request that is on its way.
    terminal.send("\x1b");
    terminal.wait_for("Which table?");
    terminal.send("\r");
    terminal.wait_for("rows 1-12 of at most 60 000");
    bucket.fail(Ask::Get, 100, Fault::Stall(0));
    terminal.send("i5000\r");
    terminal.wait_for("It is being read from the source.");
    terminal.send("q");
    let left = Instant::now();
    assert_eq!(terminal.status_within(Duration::from_secs(3)), 0);
    assert!(left.elapsed() < Duration::from_secs(2), "{:?}", left.elapsed());
    assert!(bucket.only_read());
}

#[test]
fn an_object_that_is_replaced_underneath_is_said() {
    let home = tempfile::tempdir().unwrap();
    let bucket = Bucket::start();
    bucket.put(&key(), bytes(60_000), "2026-11-17T02:54:00Z");
    let mut terminal = versions(&bucket, &home);
    terminal.send("t");
    terminal.wait_for("at most 60 000");
    terminal.send("j\r");
    terminal.wait_for("rows 1-12 of at most 60 000");
    bucket.put(&key(), bytes(50), "2026-11-18T02:54:00Z");
    terminal.send("i41234\r");
    terminal.wait_for("! R108  s3://backups");
    // Back at the versions, the list is read anew.
    terminal.send("\x1b");
    terminal.wait_for("Which table?");
    terminal.send("\x1b");
    terminal.wait("the new one", |screen| screen.contains("Which version") && screen.contains("2026-11-18 02:54"));
    terminal.send("t");
    terminal.wait("its rows", |screen| screen.contains("Which table?") && screen.contains(" 50 "));
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
}
