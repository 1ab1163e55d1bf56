//! The commands that replace, and that take back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, OTHER_HUB, codes, hours_ago, is_root, key, sample, walk};
use crate::support::bucket::Bucket;

fn rewritten(desk: &Desk) -> (PathBuf, Value) {
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let path = output.to_str().unwrap();
    let words = ["rewrite", &key(OLD), "--new-connector", NEW, "--output", path, "--json"];
    let document = desk.reseat(&words).is(0).json();
    (output, document)
}

fn events_in(path: &std::path::Path) -> (u64, String) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let events: i64 = connection.query_row("select count(*) from Events", [], |row| row.get(0)).unwrap();
    let source = connection.query_row("select sources from Integrations", [], |row| row.get(0)).unwrap();
    (u64::try_from(events).unwrap(), source)
}

fn files(folder: &std::path::Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut tree = BTreeMap::new();
    walk(folder, &mut tree);
    tree
}

#[test]
fn rewrite_writes_exactly_the_plan() {
    let desk = Desk::new();
    let before = desk.tree();
    let (output, document) = rewritten(&desk);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["output"], output.to_str().unwrap());
    assert_eq!(document["verified"], true);
    assert_eq!(document["changes"], json!([{"table": "Integrations", "rows": 1}, {"table": "Events", "rows": EVENTS}]));
    assert!(document["seconds"].is_number() && document["sha256"].as_str().unwrap().len() == 64);
    let (events, source) = events_in(&output);
    assert_eq!(events, EVENTS);
    assert!(source.contains(NEW) && !source.contains(OLD));
    assert_eq!(desk.tree(), before);
    // A file that is there is never overwritten.
    let words = ["rewrite", &key(OLD), "--new-connector", NEW, "--output", output.to_str().unwrap()];
    desk.reseat(&words).is(2);
}

#[test]
fn place_replaces_and_ends_with_the_receipt() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (output, rewrite) = rewritten(&desk);
    let (file, sha256) = (output.to_str().unwrap(), rewrite["sha256"].as_str().unwrap());
    let before = desk.tree();
    let dry = desk.reseat(&["place", file, "--connector", NEW, "--dry-run", "--json"]).is(0).json();
    assert_eq!(dry["restore"], Value::Null);
    let other = "0".repeat(64);
    let wrong = desk.reseat(&["place", file, "--connector", NEW, "--sha256", &other, "--yes", "--json"]).is(3).json();
    assert_eq!(codes(&wrong), ["R615"]);
    let wrong = desk.reseat(&["place", file, "--connector", OLD, "--yes", "--json"]).is(3).json();
    assert_eq!(codes(&wrong), ["R301"]);
    assert_eq!(desk.tree(), before);
    let text = desk.reseat(&["place", file, "--connector", NEW, "--sha256", sha256, "--yes"]).is(0).stdout;
    assert_eq!(text.lines().last().unwrap(), format!("placed {NEW} {sha256}"));
    assert_eq!(fs::read(desk.target(NEW)).unwrap(), fs::read(&output).unwrap());
    assert_eq!(files(&desk.root).len(), 1, "nothing is left beside it");
}

#[test]
fn a_whole_restore_and_back() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let before = desk.tree();
    let document =
        desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json", "--ticket", "T-7"]).is(0).json();
    let id = document["restore"].as_str().unwrap();
    assert_eq!(document["plan"]["verdict"], "ok");
    assert_eq!(document["rewrite"]["verified"], true);
    assert_eq!(document["place"]["verified"], true);
    assert_eq!(document["place"]["target"], desk.target(NEW).to_str().unwrap());
    let sha256 = document["place"]["sha256"].as_str().unwrap();
    assert_eq!(document["place"]["receipt"], format!("placed {NEW} {sha256}"));
    assert!(PathBuf::from(document["place"]["safetyCopy"].as_str().unwrap()).is_dir());
    let steps: Vec<&str> =
        document["followUps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["connection-settings", "update-config", "sync"]);
    assert_eq!(events_in(&desk.target(NEW)).0, EVENTS);

    let listed = desk.reseat(&["restores", "--json"]).is(0).lines();
    assert_eq!(listed.last().unwrap()["state"], "placed");
    assert_eq!(listed.last().unwrap()["stage"], "finish");
    let check = desk.reseat(&["check", NEW, "--json"]).is(0).json();
    assert_eq!(check["events"], EVENTS);
    assert_eq!(check["sinceRestore"], json!({"restore": id, "newEvents": 0}));
    assert_eq!(check["identity"]["connector"], NEW);

    // Out of order is asked about.
    let early = desk.reseat(&["tick", id, "sync", "--json"]).is(3).json();
    assert_eq!(codes(&early), ["R702"]);
    for step in steps {
        desk.reseat(&["tick", id, step, "--json"]).is(0);
    }
    let done = desk.reseat(&["restores", "--json"]).is(0).lines();
    assert_eq!(done.last().unwrap()["state"], "done");
    let report = fs::read_to_string(desk.state.join(id).join("report.md")).unwrap();
    assert!(report.contains("T-7") && report.contains(NEW), "{report}");

    let back = desk.reseat(&["rollback", &id[..11], "--yes", "--json"]).is(0).json();
    assert_eq!(back["state"], "rolled-back");
    assert_eq!(back["verified"], true);
    assert_eq!(desk.tree(), before);
    desk.reseat(&["restores", "--forget", id, "--yes", "--json"]).is(0);
    assert!(!desk.state.join(id).join("before").exists());
}

/// Quiet R413: the new hub has backups under the organisation of the backup.
#[test]
fn a_restore_from_the_bucket_to_another_hub_of_the_same_organisation() {
    if !is_root() {
        return;
    }
    let bucket = Bucket::start();
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    bucket.versioned();
    bucket.put(&key(OLD), fs::read(desk.backup_path()).unwrap(), &hours_ago(3).to_string());
    // The new hub belongs to the same organisation: another of its connectors has a backup there.
    let sibling = "c2b7e410-1111-4222-8333-9d5c00000000";
    bucket.put(&format!("acme-bio/datahub/{OTHER_HUB}/connector/{sibling}/sqlite.db"), "x", &hours_ago(30).to_string());
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    let document = desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(0).json();
    assert_eq!(document["plan"]["mapping"]["hub"], json!({"old": HUB, "new": OTHER_HUB}));
    assert_eq!(document["plan"]["verdict"], "ok", "{document}");
    assert!(events_in(&desk.target(NEW)).1.contains(OTHER_HUB));
    assert!(bucket.only_read());
    let report =
        fs::read_to_string(desk.state.join(document["restore"].as_str().unwrap()).join("report.json")).unwrap();
    assert!(!report.contains(crate::support::bucket::SECRET), "no secret in the report");
}

#[test]
fn a_connector_that_lost_its_data_afterwards_is_r703() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(0);
    fs::remove_file(desk.target(NEW)).unwrap();
    desk.connector(&sample(HUB, NEW, 3));
    assert!(codes(&desk.reseat(&["check", NEW, "--json"]).is(3).json()).contains(&"R703".to_owned()));
}

/// Trap R601: somebody reads the target while the restore comes to its last step; it goes on when nobody does.
#[test]
fn a_file_in_use_is_refused_and_the_restore_goes_on_later() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let before = desk.tree();
    let held = fs::File::open(desk.target(NEW)).unwrap();
    let refused = desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(3);
    assert!(codes(&refused.json()).contains(&"R601".to_owned()), "{}", refused.stdout);
    assert_eq!(desk.tree(), before);
    drop(held);
    let line = desk.reseat(&["resume", "--yes", "--json"]).is(0).json();
    assert_eq!(line["state"], "placed");
    assert_eq!(events_in(&desk.target(NEW)).0, EVENTS);
}

/// Trap R607: a restore by somebody who is not root, on root's hub.
#[test]
fn what_needs_root_names_the_line_that_goes_on() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    // A copy that nobody may not enter, and a person who is nobody special.
    let base = desk.folder.parent().unwrap().to_path_buf();
    let program = base.join("reseat");
    fs::copy(assert_cmd::cargo::cargo_bin!("reseat"), &program).unwrap();
    fs::create_dir_all(&desk.state).unwrap();
    open_to_all(&base);
    let before = desk.tree();
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
    command.args(["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &base)
        .env("RESEAT_STATE_DIR", &desk.state);
    command.env("RESEAT_HUB_ROOT", &desk.root).env("RESEAT_SOURCE", &desk.source);
    let Ok(output) = command.output() else {
        eprintln!("NOT TRIED: setpriv is not here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_str(&said).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "R607").unwrap();
    let line = finding["remedy"].as_str().unwrap();
    assert!(line.starts_with("sudo ") && line.contains("resume") && line.contains("--state-dir"), "{line}");
    assert_eq!(desk.tree(), before);
}

fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in ["state", "reseat"] {
        fs::set_permissions(folder.join(entry), fs::Permissions::from_mode(0o777)).unwrap();
    }
}
