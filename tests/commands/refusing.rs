//! Bad input: each gets its finding and status 3, and everything stays as it was.

use std::fs;
use std::time::{Duration, Instant};

use reseat::database::sample::Sample;

use crate::desk::{Desk, HUB, NEW, OLD, OTHER_HUB, Ran, codes, hours_ago, key, sample};
use crate::support::bucket::{Ask, Bucket, Fault};

/// Runs a restore that must be refused with `code`, and compares everything before and after.
#[track_caller]
fn refused(desk: &Desk, words: &[&str], code: &str) -> Ran {
    let before = desk.tree();
    let mut all = vec!["restore"];
    all.extend(words);
    all.extend(["--yes", "--json"]);
    let ran = desk.reseat(&all).is(3);
    let found = codes(&ran.json());
    assert!(found.iter().any(|found| found == code), "{code} in {found:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(code), "{}", ran.stderr);
    assert!(desk.tree() == before, "something was changed");
    ran
}

fn usual(backup: &str) -> Vec<&str> {
    vec![backup, "--new-connector", NEW]
}

fn broken(change: impl FnOnce(&mut Vec<u8>)) -> Desk {
    let desk = Desk::new();
    let path = desk.backup_path();
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    desk
}

#[test]
fn what_is_no_sound_database() {
    let backup = key(OLD);
    refused(&broken(Vec::clear), &usual(&backup), "R201");
    refused(
        &broken(|bytes| *bytes = b"<!DOCTYPE html><html><body>403 Forbidden</body></html>".to_vec()),
        &usual(&backup),
        "R202",
    );
    refused(&broken(|bytes| bytes.truncate(bytes.len() - 4096)), &usual(&backup), "R203");
    // A page in the middle of the events is gone.
    let damaged = broken(|bytes| {
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0xaa);
    });
    refused(&damaged, &usual(&backup), "R204");
}

#[test]
fn another_database_and_wrong_json() {
    let backup = key(OLD);
    let sql = |statement: &str| {
        let desk = Desk::new();
        let connection = rusqlite::Connection::open(desk.backup_path()).unwrap();
        connection.execute_batch(statement).unwrap();
        desk
    };
    refused(&sql("pragma foreign_keys=off; drop table Events"), &usual(&backup), "R205");
    refused(&sql("update Integrations set sources='{}'"), &usual(&backup), "R302");
    refused(&sql("update Events set source='[]' where rowid=7"), &usual(&backup), "R302");
}

#[test]
fn ids_that_do_not_belong_together() {
    let desk = Desk::new();
    let backup = key(OLD);
    refused(&desk, &[&backup, "--new-hub", NEW, "--new-connector", HUB], "R402");
    refused(&desk, &[&backup, "--new-hub", HUB, "--new-connector", "7d0g"], "R401");
    // The same IDs: an ask, which needs a yes.
    desk.connector(&sample(HUB, OLD, 0));
    refused(&desk, &[&backup, "--new-hub", HUB, "--new-connector", OLD], "R410");
    // A backup that lies under another connector's key.
    let other = "c2b7e410-1111-4222-8333-9d5c00000000";
    let wrong = desk.folder.join(key(other));
    fs::create_dir_all(wrong.parent().unwrap()).unwrap();
    fs::copy(desk.backup_path(), &wrong).unwrap();
    refused(&desk, &usual(&key(other)), "R301");
    // Another type.
    desk.connector(&Sample { kind: "solace".to_owned(), ..sample(HUB, NEW, 0) });
    refused(&desk, &usual(&backup), "R404");
}

/// Trap R413: the new connector has a backup under another organisation.
#[test]
fn an_organisation_that_is_another_one() {
    let desk = Desk::new();
    let stranger = desk.folder.join(format!("acme/datahub/{OTHER_HUB}/connector/{NEW}/sqlite.db"));
    fs::create_dir_all(stranger.parent().unwrap()).unwrap();
    sample(OTHER_HUB, NEW, 0).create(&stranger).unwrap();
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    refused(&desk, &[&key(OLD), "--new-hub", OTHER_HUB, "--new-connector", NEW], "R413");
}

#[test]
fn a_target_that_is_missing() {
    let desk = Desk::new();
    fs::remove_dir_all(desk.root.join(NEW)).unwrap();
    refused(&desk, &usual(&key(OLD)), "R406");
    refused(&desk, &[&key(OLD), "--new-hub", HUB, "--new-connector", NEW], "R406");
}

#[test]
fn an_old_backup_needs_its_warning_accepted() {
    let desk = Desk::new();
    desk.backup(&Sample { newest: hours_ago(60), ..sample(HUB, OLD, 50) });
    let ran = refused(&desk, &usual(&key(OLD)), "R103");
    assert!(ran.stderr.contains("--accept R103"), "{}", ran.stderr);
    let plan = desk.reseat(&["plan", &key(OLD), "--new-connector", NEW, "--accept", "R103", "--json"]).is(0).json();
    let finding = plan["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "R103").unwrap();
    assert_eq!(finding["accepted"], true);
    assert_eq!(plan["verdict"], "warn");
}

fn in_bucket(prepare: impl FnOnce(&Bucket, &Desk)) -> (Desk, Bucket) {
    let bucket = Bucket::start();
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    prepare(&bucket, &desk);
    (desk, bucket)
}

fn with_backup(bucket: &Bucket, desk: &Desk) {
    bucket.put(&key(OLD), fs::read(desk.backup_path()).unwrap(), &hours_ago(3).to_string());
}

#[test]
fn a_source_that_does_not_give_it() {
    let (mut desk, bucket) = in_bucket(with_backup);
    bucket.deny_get();
    bucket.deny_list();
    refused(&desk, &usual(&key(OLD)), "R105");
    desk.source = "s3://another-bucket".to_owned();
    assert_eq!(codes(&desk.reseat(&["list", "--json"]).is(3).json()), ["R117"]);
    let (desk, bucket) = in_bucket(with_backup);
    bucket.expire(crate::support::bucket::KEY);
    refused(&desk, &usual(&key(OLD)), "R112");
    let (desk, bucket) = in_bucket(with_backup);
    bucket.change(&key(OLD), |stored| stored.storage_class = Some("GLACIER".to_owned()));
    refused(&desk, &usual(&key(OLD)), "R107");
    assert!(bucket.only_read());
}

#[test]
fn an_empty_bucket() {
    let (desk, _bucket) = in_bucket(|_, _| ());
    assert_eq!(codes(&desk.reseat(&["list", "--json"]).is(3).json()), ["R117"]);
    desk.reseat(&["inspect", &key(OLD), "--json"]).is(4);
}

#[test]
fn a_signal_stops_a_download_and_says_so() {
    let (desk, bucket) = in_bucket(with_backup);
    bucket.fail(Ask::Get, 100, Fault::Stall(1000));
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child =
            desk.command(&["inspect", &key(OLD), "--json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        while !bucket.log().iter().any(|request| request.method == "GET" && request.path.contains("sqlite.db")) {
            assert!(begun.elapsed() < Duration::from_secs(20), "no download began");
            std::thread::sleep(Duration::from_millis(20));
        }
        let killed = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{signal}");
        bucket.clear_log();
    }
}
