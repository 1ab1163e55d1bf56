//! The traps of the target, the rewrite, the place and what comes after.

#[path = "place/accepting.rs"]
mod accepting;
#[path = "place/after.rs"]
mod after;
#[path = "place/cut.rs"]
mod cut;
#[path = "place/folder.rs"]
mod folder;
#[path = "place/ids.rs"]
mod ids;
#[path = "place/in_the_way.rs"]
mod in_the_way;
#[path = "place/machine.rs"]
mod machine;
#[path = "place/target.rs"]
mod target;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::desk::{Desk, NEW, OLD, Ran, codes, key};

/// Nobody's number, on every Linux.
const NOBODY: u32 = 65534;

/// A third connector.
const SIBLING: &str = "c2b7e410-1111-4222-8333-9d5c00000000";

/// The finding of this code in a document, the worst of several.
fn find(document: &Value, code: &str) -> Option<Value> {
    let at = codes(document).iter().position(|found| found == code)?;
    Some(document["findings"][at].clone())
}

/// The finding of this code and severity; there must be one.
#[track_caller]
fn said(document: &Value, code: &str, severity: &str) -> Value {
    let all = document["findings"].as_array().unwrap();
    let wanted = |finding: &&Value| finding["code"] == code && finding["severity"] == severity;
    all.iter().find(wanted).unwrap_or_else(|| panic!("no {code} that is {severity} in {document:#}")).clone()
}

/// Nothing of this code asks for anything.
#[track_caller]
fn quiet(document: &Value, code: &str) {
    let loud = |finding: &&Value| finding["code"] == code && finding["severity"] != "info";
    let found = document["findings"].as_array().unwrap().iter().find(loud);
    assert!(found.is_none(), "{found:#?}");
}

/// Runs a command that must stop at this finding with status 3, and change nothing.
#[track_caller]
fn stops(desk: &Desk, words: &[&str], code: &str, severity: &str) -> Value {
    let before = desk.tree();
    let ran = run(desk, words).is(3);
    assert!(ran.stderr.contains(code), "{code} is not named: {}", ran.stderr);
    let finding = said(&ran.json(), code, severity);
    for field in ["detail", "why", "remedy"] {
        assert!(finding[field].as_str().is_some_and(|text| !text.is_empty()), "{code} says no {field}");
    }
    assert!(desk.tree() == before, "something was changed");
    finding
}

fn run(desk: &Desk, words: &[&str]) -> Ran {
    let mut all = words.to_vec();
    all.extend(["--yes", "--json"]);
    desk.reseat(&all)
}

/// The usual restore.
fn restore(more: &[&str]) -> Vec<String> {
    let mut words = vec!["restore".to_owned(), key(OLD), "--new-connector".to_owned(), NEW.to_owned()];
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

/// The usual restore stops at this.
#[track_caller]
fn restore_stops(desk: &Desk, more: &[&str], code: &str, severity: &str) -> Value {
    let words = restore(more);
    stops(desk, &words.iter().map(String::as_str).collect::<Vec<_>>(), code, severity)
}

/// What the usual plan finds.
fn planned(desk: &Desk, more: &[&str]) -> Value {
    let backup = key(OLD);
    let mut words = vec!["plan", &backup, "--new-connector", NEW, "--json"];
    words.extend(more);
    desk.reseat(&words).json()
}

/// The backup, rewritten for the new connector.
fn rewritten(desk: &Desk) -> PathBuf {
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let words = ["rewrite", &key(OLD), "--new-connector", NEW, "--output", output.to_str().unwrap(), "--json"];
    desk.reseat(&words).is(0);
    output
}

/// Placing this file stops at this.
#[track_caller]
fn place_stops(desk: &Desk, file: &Path, more: &[&str], code: &str, severity: &str) -> Value {
    let mut words = vec!["place", file.to_str().unwrap(), "--connector", NEW];
    words.extend(more);
    stops(desk, &words, code, severity)
}

/// What placing this file would find; nothing stops it.
#[track_caller]
fn dry(desk: &Desk, file: &Path, more: &[&str]) -> Value {
    let mut words = vec!["place", file.to_str().unwrap(), "--connector", NEW, "--dry-run", "--json"];
    words.extend(more);
    desk.reseat(&words).is(0).json()
}

/// Runs a tool of the system; says loudly when it cannot.
fn tool(program: &str, words: &[&str]) -> bool {
    let ran = Command::new(program).args(words).output();
    let done = ran.as_ref().is_ok_and(|ran| ran.status.success());
    if !done {
        eprintln!("NOT TRIED: {program} {} does not work here: {ran:?}", words.join(" "));
    }
    done
}
