//! A placing or a rollback that was cut: listed as such, not forgotten, and brought to its end by one command.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::desk::{Desk, NEW, OLD, is_root, key};

/// The restore that was begun last.
fn restore(desk: &Desk) -> Value {
    let listed = desk.reseat(&["restores", "--json"]).is(0).stdout;
    serde_json::from_str(listed.lines().last().unwrap()).unwrap()
}

/// The journal as it is when the power fails right after this stage was recorded.
fn cut_after(desk: &Desk, id: &str, stage: &str) -> PathBuf {
    let journal = desk.state.join(id).join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let begins = text.rfind(&format!("\"stage\":\"{stage}\"")).unwrap();
    let ends = begins + text[begins..].find('\n').unwrap() + 1;
    fs::write(&journal, &text[..ends]).unwrap();
    journal
}

fn placed() -> (Desk, String) {
    let desk = Desk::new();
    desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(0);
    let id = restore(&desk)["restore"].as_str().unwrap().to_owned();
    (desk, id)
}

#[test]
fn a_placing_that_was_cut_is_not_forgotten_and_goes_on() {
    if !is_root() {
        return;
    }
    let (desk, id) = placed();
    let new = fs::read(desk.target(NEW)).unwrap();
    let journal = cut_after(&desk, &id, "swapped");
    let refused = desk.reseat(&["restores", "--forget", &id, "--yes"]);
    assert_ne!(refused.status, 0);
    assert!(refused.stderr.contains("its safety copy is needed"), "{}", refused.stderr);
    assert!(journal.exists());
    let asked = desk.reseat(&["resume", &id]);
    assert_eq!(asked.status, 2);
    assert!(asked.stderr.contains(&format!("reseat rollback {id}")), "{}", asked.stderr);
    assert_eq!(desk.reseat(&["resume", &id, "--yes", "--json"]).is(0).json()["state"], "placed");
    assert_eq!(fs::read(desk.target(NEW)).unwrap(), new);
}

#[test]
fn a_rollback_that_was_cut_goes_on_and_nothing_else_does() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let before = fs::read(desk.target(NEW)).unwrap();
    desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(0);
    let id = restore(&desk)["restore"].as_str().unwrap().to_owned();
    let new = fs::read(desk.target(NEW)).unwrap();
    for command in ["resume", "rollback"] {
        desk.reseat(&["rollback", &id, "--yes", "--json"]).is(0);
        assert_eq!(fs::read(desk.target(NEW)).unwrap(), before);
        cut_after(&desk, &id, "undo");
        fs::write(desk.target(NEW), &new).unwrap();
        assert_eq!(restore(&desk)["state"], "undoing", "{command}");
        assert_ne!(desk.reseat(&["restores", "--forget", &id, "--yes"]).status, 0);
        desk.reseat(&[command, &id, "--yes", "--json"]).is(0);
        assert_eq!(fs::read(desk.target(NEW)).unwrap(), before, "{command}");
        assert_eq!(restore(&desk)["state"], "rolled-back", "{command}");
        // Once more, with the other command.
        cut_after(&desk, &id, "placed");
        fs::write(desk.target(NEW), &new).unwrap();
    }
}
