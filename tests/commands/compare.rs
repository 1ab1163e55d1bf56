//! `reseat compare`: two backups, two versions, a backup and a database.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reseat::database::sample::{Sample, append_events, hold};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, OTHER_HUB, hours_ago, key, sample, with_bucket};

fn table<'d>(document: &'d Value, name: &str) -> &'d Value {
    document["tables"].as_array().unwrap().iter().find(|table| table["name"] == name).unwrap()
}

fn rows(table: &Value) -> [u64; 4] {
    ["onlyA", "onlyB", "different", "same"].map(|field| table[field].as_u64().unwrap())
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// A second file beside the backup: the same, and 12 events more, the newest an hour ago.
fn newer(desk: &Desk) -> String {
    let path = desk.folder.join("newer.db");
    std::fs::copy(desk.backup_path(), &path).unwrap();
    append_events(&path, 12, hours_ago(1)).unwrap();
    path.display().to_string()
}

#[test]
fn the_same_is_0() {
    let desk = Desk::new();
    let before = desk.tree();
    let document = desk.reseat(&["compare", &key(OLD), &key(OLD), "--json"]).is(0).json();
    assert_eq!(
        (&document["schema"], &document["same"], &document["schemaDiffers"]),
        (&json!(1), &json!(true), &json!(false))
    );
    assert_eq!(document["identity"]["a"], document["identity"]["b"]);
    assert_eq!(document["identity"]["a"]["connector"], OLD);
    assert_eq!(document["identity"]["a"]["name"], "Cellario Boston");
    assert_eq!(document["newestEvent"]["a"], document["newestEvent"]["b"]);
    assert_eq!(rows(table(&document, "Events")), [0, 0, 0, EVENTS]);
    let ran = desk.reseat(&["compare", &key(OLD), &key(OLD)]).is(0);
    assert!(ran.stdout.contains("✓ A and B hold the same."), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    assert_eq!(desk.tree(), before);
}

/// What lies on this machine is read where it is: no copy, no digest, nothing beside it.
#[test]
fn files_that_lie_still_are_not_copied() {
    let desk = Desk::new();
    let (one, other) = (desk.backup_path().display().to_string(), newer(&desk));
    let before = desk.tree();
    let document = desk.reseat(&["compare", &one, &other, "--json"]).is(1).json();
    assert_eq!(rows(table(&document, "Events")), [0, 12, 0, EVENTS]);
    assert_eq!(desk.tree(), before);
    let kept = std::fs::read_dir(desk.state.join("backups")).map_or(0, Iterator::count);
    assert_eq!(kept, 0);
    // What SQLite cannot read is told by its finding, as ever.
    std::fs::write(&other, "no database").unwrap();
    desk.reseat(&["compare", &one, &other, "--json"]).is(2);
}

#[test]
fn what_differs_is_1_with_counts_and_examples() {
    let desk = Desk::new();
    let b = newer(&desk);
    sql(
        Path::new(&b),
        "UPDATE Events SET payload = '{\"password\":\"Zq7hunter2Zq\",\"x\":\"\u{1b}[2J\"}' WHERE id IN (3, 5, 9);
         DELETE FROM Events WHERE id = 4; INSERT INTO Settings VALUES ('api_token', 'Zq7hunter2Zq'); PRAGMA user_version = 8;
         CREATE INDEX events_kind ON Events(kind);",
    );
    let ran = desk.reseat(&["compare", &key(OLD), &b, "--json"]).is(1);
    let document = ran.json();
    assert_eq!((&document["same"], &document["schemaDiffers"]), (&json!(false), &json!(true)));
    let events = table(&document, "Events");
    assert_eq!(rows(events), [1, 12, 3, EVENTS - 4]);
    assert_eq!(events["columns"], json!([{"name": "payload", "rows": 3}]));
    assert_eq!(events["pairedBy"], "row-id");
    assert_eq!(events["newestOnlyB"], document["newestEvent"]["b"]);
    assert_eq!(rows(table(&document, "Settings")), [0, 1, 0, 12]);
    let parts: Vec<_> = document["schemaDifferences"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
    assert_eq!(parts, [&json!("user_version"), &json!("events_kind")]);
    let examples = events["examples"].as_array().unwrap();
    assert!(
        examples
            .iter()
            .any(|one| one["in"] == "both" && one["row"] == "id 3" && one["cells"][0]["column"] == "payload")
    );
    assert!(examples.iter().any(|one| one["in"] == "a" && one["row"] == "id 4"));
    let text = desk.reseat(&["compare", &key(OLD), &b]).is(1).stdout;
    for all in [&text, &ran.stdout] {
        assert!(!all.contains("hunter2") && !all.contains('\u{1b}') && all.contains("••••••"), "{all}");
    }
    assert!(text.contains("B has 12 events that A has not, the newest of "), "{text}");
    assert!(text.contains("A has 1 event that B has not"), "{text}");
    assert!(text.contains("3 events differ.") && text.contains("The schema differs in 2 parts."), "{text}");
    // Worst first.
    assert!(text.find("   Events ").unwrap() < text.find("   Settings ").unwrap(), "{text}");
}

#[test]
fn two_versions_of_one_backup_are_compared() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    let b = newer(&desk);
    let old = bucket.put(&key(OLD), std::fs::read(desk.backup_path()).unwrap(), &hours_ago(30).to_string()).unwrap();
    bucket.put(&key(OLD), std::fs::read(b).unwrap(), &hours_ago(1).to_string());
    let address = format!("{}/{}?versionId={old}", bucket.source(), key(OLD));
    let document = desk.reseat(&["compare", &address, &key(OLD), "--json"]).is(1).json();
    assert_eq!(rows(table(&document, "Events")), [0, 12, 0, EVENTS]);
    assert!(bucket.only_read());
}

#[test]
fn a_running_connector_is_compared_by_a_copy() {
    let desk = Desk::new();
    let live = desk.connector(&Sample { wal: true, ..sample(HUB, OLD, EVENTS) });
    std::fs::copy(desk.backup_path(), &live).unwrap();
    sql(&live, "PRAGMA journal_mode = WAL");
    let held = hold(&live).unwrap();
    append_events(&live, 7, hours_ago(0)).unwrap();
    assert!(live.with_file_name("sqlite.db-wal").metadata().unwrap().len() > 0, "the events lie in the log");
    let before = desk.tree();
    let folder = live.parent().unwrap().to_str().unwrap();
    let path = live.to_str().unwrap();
    for words in [
        vec!["compare", &key(OLD), "--with-target", OLD, "--json"],
        vec!["compare", &key(OLD), "--with-target", path, "--json"],
        vec!["compare", &key(OLD), "--with-target", folder, "--json"],
        vec!["compare", &key(OLD), path, "--json"],
    ] {
        let document = desk.reseat(&words).is(1).json();
        assert_eq!(rows(table(&document, "Events")), [0, 7, 0, EVENTS], "{words:?}");
    }
    assert_eq!(desk.tree(), before, "nothing is left beside it");
    drop(held);
    let left: Vec<_> = std::fs::read_dir(&desk.state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!format!("{left:?}").contains("scratch-"), "{left:?}");
}

#[test]
fn with_the_ids_aside_a_restored_database_is_its_backup() {
    let desk = Desk::new();
    let restored = desk.folder.join("restored.db");
    let output = restored.to_str().unwrap();
    let new = ["--new-hub", OTHER_HUB, "--new-connector", NEW, "--accept", "R413,R408", "--output", output];
    desk.reseat(&[["rewrite", &key(OLD)].as_slice(), &new].concat()).is(0);
    let plain = desk.reseat(&["compare", &key(OLD), output, "--json"]).is(1).json();
    assert_eq!(rows(table(&plain, "Events")), [0, 0, EVENTS, 0]);
    assert_eq!(rows(table(&plain, "Integrations")), [1, 1, 0, 0]);
    let aside = desk.reseat(&["compare", &key(OLD), output, "--ids-aside", "--json"]).is(0).json();
    assert_eq!((&aside["same"], &aside["idsAside"]), (&json!(true), &json!(true)));
    assert_eq!(aside["identity"]["b"]["connector"], NEW, "each keeps its own name");
    let text = desk.reseat(&["compare", &key(OLD), output]).is(1).stdout;
    assert!(text.contains("The IDs differ; --ids-aside compares as if B had those of A."), "{text}");
    append_events(&restored, 2, hours_ago(1)).unwrap();
    let later = desk.reseat(&["compare", &key(OLD), output, "--ids-aside", "--json"]).is(1).json();
    assert_eq!(rows(table(&later, "Events")), [0, 2, 0, EVENTS]);
}

#[test]
fn trouble_is_2_whatever_it_is() {
    let desk = Desk::new();
    let path = desk.backup_path();
    let backup = path.to_str().unwrap();
    let cut = desk.folder.join("cut.db");
    std::fs::write(&cut, &std::fs::read(backup).unwrap()[..10_000]).unwrap();
    let other = desk.folder.join("other.db");
    sql(&other, "CREATE TABLE x (y)");
    let (cut, other) = (cut.to_str().unwrap(), other.to_str().unwrap());
    for words in [
        vec!["compare", backup],
        vec!["compare", backup, "/no/such/file"],
        vec!["compare", "acme-bio/nothing/here", backup],
        vec!["compare", backup, cut],
        vec!["compare", cut, backup],
        vec!["compare", backup, "--with-target", OTHER_HUB],
        vec!["compare", backup, "--with-target", "not-an-id"],
        vec!["compare", backup, other, "--ids-aside"],
    ] {
        let ran = desk.reseat(&words).is(2);
        assert!(ran.stderr.len() > 10 && ran.stdout.is_empty(), "{words:?}: {}", ran.stderr);
        let words = [words.as_slice(), &["--json"]].concat();
        let document = desk.reseat(&words).is(2).json();
        assert!(document["error"].is_string(), "{words:?}: {document}");
    }
    // Any database can be compared.
    let document = desk.reseat(&["compare", backup, other, "--json"]).is(1).json();
    assert_eq!(table(&document, "x")["inA"], false);
    assert_eq!(document["identity"]["b"]["hub"], Value::Null);
}

#[test]
fn damage_in_the_middle_is_trouble_and_no_difference() {
    let desk = Desk::new();
    let path = desk.backup_path();
    let torn = desk.folder.join("torn.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let from = bytes.len() / 2 / 4096 * 4096;
    bytes[from..from + 8192].fill(0x5a);
    std::fs::write(&torn, bytes).unwrap();
    let ran = desk.reseat(&["compare", path.to_str().unwrap(), torn.to_str().unwrap()]).is(2);
    assert!(ran.stderr.contains("malformed"), "{}", ran.stderr);
}

#[test]
fn many_rows_stay_in_bounded_memory_and_can_be_stopped() {
    let desk = Desk::new();
    let a = desk.backup(&sample(HUB, OLD, 100_000)).display().to_string();
    let b = newer(&desk);
    // A table that must be sorted first, as nothing names its rows.
    for path in [&a, &b] {
        sql(
            Path::new(path),
            "PRAGMA synchronous = OFF; CREATE TABLE Nameless (rowid, oid, _rowid_);
             INSERT INTO Nameless SELECT payload, kind, id FROM Events ORDER BY kind, id DESC;",
        );
    }
    let peak = desk.peak(&["compare", &a, &b, "--json"]);
    println!("compare of 100 000 rows: {peak} KiB");
    assert!(peak < 64 << 10, "{peak} KiB");
    let document = desk.reseat(&["compare", &a, &b, "--json"]).is(1).json();
    assert_eq!(rows(table(&document, "Nameless")), [0, 12, 0, 100_000]);
    assert_eq!(table(&document, "Nameless")["pairedBy"], "content");
    let mut child = desk.command(&["compare", &a, &b]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let asked = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(10));
}
