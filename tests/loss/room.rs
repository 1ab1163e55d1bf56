//! No room, and a limit of file sizes, for the real binary: R501 before anything is written, R610 while it is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::desk::{Desk, NEW, OLD, codes, is_root, key};

/// A file system of its own, as root; unmounted when dropped.
struct Small(PathBuf);

impl Small {
    fn mounted(folder: &Path, kilobytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let size = format!("size={kilobytes}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "reseat-test"]).arg(folder).output();
        mount.is_ok_and(|mount| mount.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Trap R501: the hub's file system has 16 KiB left, less than the restored database needs.
/// Quiet R501: with room again the same restore goes on.
#[test]
fn without_room_beside_the_target_it_is_r501_before_anything_is_written() {
    let desk = Desk::new();
    let database = fs::read(desk.target(NEW)).unwrap();
    let (true, Some(_small)) = (is_root(), Small::mounted(&desk.root, 8192)) else {
        eprintln!("NOT TESTED: a full disk, because mounting is not permitted here");
        return;
    };
    fs::create_dir_all(desk.root.join(NEW)).unwrap();
    fs::write(desk.target(NEW), database).unwrap();
    let free = rustix::fs::statvfs(&desk.root).unwrap();
    let ballast = usize::try_from(free.f_bavail * free.f_frsize - 16_384).unwrap();
    fs::write(desk.root.join("ballast"), vec![1; ballast]).unwrap();
    let before = desk.tree();
    let refused = desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"]).is(3);
    assert!(codes(&refused.json()).contains(&"R501".to_owned()), "{}", refused.stdout);
    assert_eq!(desk.tree(), before);
    // With room it goes on from where it was.
    fs::remove_file(desk.root.join("ballast")).unwrap();
    assert_eq!(desk.reseat(&["resume", "--yes", "--json"]).is(0).json()["state"], "placed");
}

/// The binary under a limit of file sizes, in bytes.
fn limited(desk: &Desk, bytes: u64, words: &[&str]) -> (Option<i32>, String) {
    let plain = desk.command(words);
    let mut command = Command::new("prlimit");
    command.arg(format!("--fsize={bytes}")).arg(plain.get_program()).args(words).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let output = command.stdin(Stdio::null()).output().expect("prlimit is there");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Trap R610: a limit of file sizes strikes in the journal, the download, the copy or the report.
/// Quiet R610: a limit that is wide enough is none.
#[test]
fn a_limit_of_file_sizes_is_r610_wherever_it_strikes() {
    if !is_root() {
        return;
    }
    if Command::new("prlimit").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("NOT TESTED: a limit of file sizes, because prlimit is not there");
        return;
    }
    let (mut said, mut ended_well) = (BTreeSet::new(), 0);
    let size = fs::metadata(Desk::new().backup_path()).unwrap().len();
    for limit in [1, 600, 3000, size / 2, size - 1, size + (64 << 10)] {
        let desk = Desk::new();
        let before = desk.tree();
        let words = ["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"];
        let (status, text) = limited(&desk, limit, &words);
        let status = status.unwrap_or_else(|| panic!("a signal ended it at a limit of {limit}: {text}"));
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        eprintln!("limit {limit}: exit status {status}, {}", document["error"]);
        if status == 0 {
            assert_eq!(document["place"]["verified"], true, "{text}");
            ended_well += 1;
            continue;
        }
        said.extend(codes(&document));
        assert_eq!(desk.tree(), before, "at a limit of {limit}");
        // Without the limit it ends well.
        let again = desk.reseat(&words);
        assert_eq!(again.status, 0, "after a limit of {limit}: {} {}", again.stdout, again.stderr);
    }
    assert_eq!(Vec::from_iter(said), ["R610"]);
    assert_eq!(ended_well, 1, "only the last limit is wide enough");
}
