//! `--online`: the connector has its database open all the time, and nobody stops it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::desk::{Desk, EVENTS, NEW, OLD, codes, is_root, key};
use crate::support::visitors::{Visit, visit};

/// Through a process of its own: closing the file in this one would give up the locks that SQLite holds here.
fn events(path: &Path) -> u64 {
    let connection = Connection::open(path).unwrap();
    let events: i64 = connection.query_row("select count(*) from Events", [], |row| row.get(0)).unwrap();
    u64::try_from(events).unwrap()
}

fn set_mode(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn rewritten(desk: &Desk) -> PathBuf {
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    desk.reseat(&["rewrite", &key(OLD), "--new-connector", NEW, "--output", output.to_str().unwrap()]).is(0);
    output
}

fn severity<'a>(document: &'a Value, code: &str) -> &'a str {
    let found = document["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
    found.map_or("none", |finding| finding["severity"].as_str().unwrap())
}

/// Quiet R601: online mode was chosen: whoever has it open is not in the way.
/// Quiet R617: pages of the same size: only what online mode cannot promise is said.
#[test]
fn a_restore_into_a_live_database_and_back() {
    if !is_root() {
        return;
    }
    for mode in ["wal", "delete"] {
        let desk = Desk::new();
        let target = desk.target(NEW);
        set_mode(&target, &format!("pragma journal_mode = {mode}"));
        let connector = visit(Visit::Idle, &target);
        let file = fs::metadata(&target).unwrap();
        let words = ["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"];
        let refused = desk.reseat(&words).is(3).json();
        assert_eq!(codes(&refused), ["R601"], "{mode}");
        let mut words = words.to_vec();
        words.push("--online");
        let document = desk.reseat(&words).is(0).json();
        let place = &document["place"];
        assert_eq!((severity(place, "R617"), place["verified"].as_bool()), ("info", Some(true)), "{mode} {place}");
        assert_eq!(severity(place, "R601"), "none");
        let now = fs::metadata(&target).unwrap();
        assert_eq!((now.ino(), now.uid(), now.mode()), (file.ino(), file.uid(), file.mode()), "{mode}");
        assert_eq!(events(&target), EVENTS, "{mode}");
        let id = document["restore"].as_str().unwrap();
        // What was placed online goes back online, without being asked for again.
        let back = desk.reseat(&["rollback", id, "--yes", "--json"]).is(0).json();
        assert_eq!(back["state"], "rolled-back");
        assert_eq!(events(&target), 0, "{mode}");
        assert_eq!(fs::metadata(&target).unwrap().ino(), file.ino(), "{mode}");
        connector.leave();
        assert_eq!(events(&target), 0, "{mode}");
        let left = fs::read_dir(target.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| !name.to_string_lossy().starts_with("sqlite.db")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Trap R617: the live database is in WAL mode with small pages.
#[test]
fn a_limit_of_online_mode_is_said_before_anything_is_done() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, target) = (rewritten(&desk), desk.target(NEW));
    set_mode(&target, "pragma journal_mode = delete; pragma page_size = 1024; vacuum; pragma journal_mode = wal");
    let connector = visit(Visit::Idle, &target);
    let words = ["place", file.to_str().unwrap(), "--connector", NEW, "--online", "--yes", "--json"];
    let refused = desk.reseat(&words).is(3).json();
    assert_eq!((codes(&refused), severity(&refused, "R617")), (vec!["R617".to_owned()], "block"));
    let detail = refused["findings"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("1024") && detail.contains("4096"), "{detail}");
    assert_eq!(events(&target), 0);
    connector.leave();
    let listed = desk.reseat(&["restores", "--json"]).is(0).lines();
    let begun = listed.iter().find(|line| !line["restore"].as_str().unwrap().starts_with("download-"));
    assert_eq!(begun, None, "nothing was begun");
}

#[test]
fn an_unfinished_restore_goes_on_online() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let target = desk.target(NEW);
    let connector = visit(Visit::Idle, &target);
    desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes"]).is(3);
    desk.reseat(&["resume", "--yes"]).is(3);
    let line = desk.reseat(&["resume", "--yes", "--online", "--json"]).is(0).json();
    assert_eq!(line["state"], "placed");
    assert_eq!(events(&target), EVENTS);
    connector.leave();
    // Nobody has it open any more: the usual way back, byte for byte.
    let said = desk.reseat(&["rollback", line["restore"].as_str().unwrap(), "--yes"]).is(0).stdout;
    assert!(said.contains("byte for byte"), "{said}");
    assert_eq!(events(&target), 0);
}
