//! Two roles of one person: who may only download and rewrite, and the same person as root. What each makes is theirs, and
//! nobody else's to read.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::desk::{Desk, EVENTS, NEW, OLD, is_root, key};

const NOBODY: u32 = 65534;

/// Every file and folder below this one.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Nobody but the owner may do anything with what lies here, and the owner is this one.
#[track_caller]
fn is_private(folder: &Path, owner: u32) {
    for path in below(folder) {
        let data = fs::symlink_metadata(&path).unwrap();
        assert_eq!(data.mode() & 0o077, 0, "{} has mode {:o}", path.display(), data.mode());
        assert_eq!(data.uid(), owner, "{}", path.display());
    }
}

/// Quiet R607: the line that the person was told is run with sudo, and goes on where they were.
#[test]
fn a_person_downloads_and_rewrites_and_sudo_goes_on_with_it() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let base = desk.folder.parent().unwrap().to_path_buf();
    let program = base.join("reseat");
    fs::copy(assert_cmd::cargo::cargo_bin!("reseat"), &program).unwrap();
    // What sudo does, as far as it counts here.
    let sudo = base.join("bin/sudo");
    fs::create_dir(base.join("bin")).unwrap();
    fs::write(&sudo, "#!/bin/sh\nSUDO_USER=nobody exec \"$@\"\n").unwrap();
    for path in [&base, &program, &base.join("bin"), &sudo] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::create_dir(&desk.state).unwrap();
    fs::set_permissions(&desk.state, fs::Permissions::from_mode(0o700)).unwrap();
    chown(&desk.state, Some(NOBODY), Some(NOBODY)).unwrap();
    let environment = |command: &mut Command| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = format!("{}:{}", base.join("bin").display(), path.to_string_lossy());
        command.env_clear().env("PATH", path).env("HOME", &base).env("RESEAT_STATE_DIR", &desk.state);
        command.env("RESEAT_HUB_ROOT", &desk.root).env("RESEAT_SOURCE", &desk.source).current_dir(&base);
    };
    let as_nobody = |words: &[&str]| -> Option<Output> {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", "umask 000; exec \"$@\"", "sh"]);
        command.arg(&program).args(words);
        environment(&mut command);
        command.output().ok()
    };
    let Some(refused) = as_nobody(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]) else {
        eprintln!("NOT TRIED: setpriv is not here");
        return;
    };
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    is_private(&desk.state, NOBODY);
    let document: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "R607").unwrap();
    // Word for word, as a shell reads it; the state folder is in the line, so sudo may clear the environment.
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask 000; {}", finding["remedy"].as_str().unwrap())]);
    environment(&mut command);
    command.env_remove("RESEAT_STATE_DIR");
    let placed = command.output().unwrap();
    assert_eq!(placed.status.code(), Some(0), "{}", String::from_utf8_lossy(&placed.stderr));
    let connection = rusqlite::Connection::open(desk.target(NEW)).unwrap();
    let events: i64 = connection.query_row("select count(*) from Events", [], |row| row.get(0)).unwrap();
    assert_eq!(u64::try_from(events).unwrap(), EVENTS);
    is_private(&desk.state, NOBODY);
    // And the person sees it, and can tick its steps.
    let seen = as_nobody(&["restores", "--json"]).unwrap();
    let line: Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!(line["state"], "placed", "{line}");
    let id = line["restore"].as_str().unwrap();
    let ticked = as_nobody(&["tick", id, "connection-settings"]).unwrap();
    assert_eq!(ticked.status.code(), Some(0), "{}", String::from_utf8_lossy(&ticked.stderr));
}

#[test]
fn whatever_the_umask_nobody_else_reads_what_is_made() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let target = desk.target(NEW);
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let backup = key(OLD);
    let run = |words: &[&str]| {
        let plain = desk.command(words);
        let mut command = Command::new("sh");
        command.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(plain.get_program()).args(words).env_clear();
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["rewrite", &backup, "--new-connector", NEW, "--output", output.to_str().unwrap()]);
    assert_eq!(fs::metadata(&output).unwrap().mode() & 0o077, 0);
    let document: Value =
        serde_json::from_str(&run(&["restore", &backup, "--new-connector", NEW, "--online", "--yes", "--json"]))
            .unwrap();
    is_private(&desk.state, 0);
    run(&["rollback", document["restore"].as_str().unwrap(), "--yes"]);
    is_private(&desk.state, 0);
    let mode = fs::metadata(&target).unwrap().mode();
    assert_eq!(mode & 0o777, 0o640, "that of the old database stays");
}
