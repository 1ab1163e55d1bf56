//! Each invariant is violated on purpose: the checker finds it, and names it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reseat::files::{Files, Real};

use crate::support::again::{Actor, Do, Ended};
use crate::support::checker::{Checked, Checker, Holds};
use crate::support::hubs::{Old, Place};

#[track_caller]
fn violates<T: std::fmt::Debug>(invariant: &str, checked: Checked<T>) {
    assert_eq!(checked.expect_err("the checker finds nothing").invariant, invariant);
}

fn beside(place: &Place, name: &str) -> PathBuf {
    place.folder().join(name)
}

/// A placing that came to its end, with everything as it must be.
fn placed(old: Old) -> (Place, Checker) {
    let place = Place::quick(old);
    let checker = place.checker();
    assert_eq!(Actor::real().act(&place, Do::Place), Ended::Placed);
    checker.ended(Holds::New).unwrap();
    (place, checker)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn i1_a_mix_or_nothing() {
    let (place, checker) = placed(Old::Wal);
    fs::write(beside(&place, "sqlite.db-wal"), &place.before["sqlite.db-wal"]).unwrap();
    violates("I1", checker.i1_whole());
    violates("I1", checker.always());
    fs::remove_file(beside(&place, "sqlite.db-wal")).unwrap();
    checker.i1_whole().unwrap();
    fs::remove_file(&place.target).unwrap();
    violates("I1", checker.i1_whole());
    fs::write(&place.target, b"").unwrap();
    violates("I1", checker.i1_whole());
    // The old database without its log lacks a commit.
    fs::write(&place.target, &place.before["sqlite.db"]).unwrap();
    violates("I1", checker.i1_whole());
}

#[test]
fn i2_a_safety_copy_that_is_not_what_it_was() {
    for name in ["raw.db", "raw.wal", "folded.db"] {
        let (place, checker) = placed(Old::Wal);
        let copy = place.order.folder.join("before").join(name);
        flip(&copy, 40);
        violates("I2", checker.i2_safety_copies());
        flip(&copy, 40);
        checker.i2_safety_copies().unwrap();
        fs::remove_file(&copy).unwrap();
        violates("I2", checker.always());
    }
    // A copy whose digests are right, but of other contents.
    let (place, _) = placed(Old::Wal);
    let other = Place::quick(Old::Clean);
    let checker = Checker::new(&other.target, &place.order.source, &place.journal(), &place.order.folder);
    violates("I2", checker.i2_safety_copies());
}

#[test]
fn i2_what_was_written_since_is_kept_nowhere() {
    let (place, mut checker) = placed(Old::Clean);
    let connection = rusqlite::Connection::open(&place.target).unwrap();
    connection.execute("insert into Settings values ('since', 1)", []).unwrap();
    drop(connection);
    checker.somebody_wrote();
    assert_eq!(Actor::real().act(&place, Do::Undo), Ended::Undone);
    checker.ended(Holds::Old).unwrap();
    let text = fs::read_to_string(place.journal()).unwrap();
    let without: Vec<&str> = text.lines().filter(|line| !line.contains("\"stage\":\"after\"")).collect();
    assert!(without.len() < text.lines().count());
    fs::write(place.journal(), without.join("\n") + "\n").unwrap();
    violates("I2", checker.i2_safety_copies());
}

#[test]
fn i3_something_but_reading() {
    Checker::i3_only_read(["GET", "HEAD", "LIST"]).unwrap();
    for method in ["PUT", "POST", "DELETE"] {
        violates("I3", Checker::i3_only_read(["GET", method]));
    }
}

#[test]
fn i4_something_said_that_is_not_so() {
    let (place, checker) = placed(Old::Clean);
    violates("I4", checker.i4_agrees(Some(Holds::Old)));
    // The old database is there, and the journal says "placed".
    fs::write(&place.target, &place.before["sqlite.db"]).unwrap();
    violates("I4", checker.i4_agrees(None));
    violates("I4", checker.always());
    fs::write(&place.target, place.new_bytes()).unwrap();
    checker.always().unwrap();
    // It said "placed", and the journal does not.
    let text = fs::read_to_string(place.journal()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(place.journal(), lines[..lines.len() - 1].join("\n") + "\n").unwrap();
    violates("I4", checker.i4_agrees(Some(Holds::New)));
    checker.i4_marked().unwrap();
    fs::write(beside(&place, ".reseat-2026-11-19-1-k3vq8z2m.swap"), b"").unwrap();
    violates("I4", checker.i4_marked());
}

#[test]
fn i5_an_end_that_is_not_the_end() {
    let (place, checker) = placed(Old::Wal);
    violates("I5", checker.i5_back());
    flip(&place.target, 30);
    violates("I5", checker.i5_placed());
    flip(&place.target, 30);
    assert_eq!(Actor::real().act(&place, Do::Undo), Ended::Undone);
    checker.ended(Holds::Old).unwrap();
    violates("I5", checker.i5_placed());
    // The same rows in other bytes: the log is folded in.
    drop(rusqlite::Connection::open(&place.target).unwrap().query_row("pragma wal_checkpoint", [], |_| Ok(())));
    let _ = fs::remove_file(beside(&place, "sqlite.db-shm"));
    checker.i1_whole().unwrap();
    violates("I5", checker.i5_back());
    violates("I5", checker.ended(Holds::Old));
    // A second run that cannot go on.
    fs::write(place.journal(), "no journal\n").unwrap();
    violates("I5", Actor::real().second_run(&place, &checker, true));
}

#[test]
fn i6_something_is_left() {
    let (place, checker) = placed(Old::Clean);
    for name in [".reseat-2026-11-19-1-k3vq8z2m.swap", "sqlite.db-shm", "sqlite.db-journal"] {
        fs::write(beside(&place, name), b"").unwrap();
        violates("I6", checker.i6_clean());
        fs::remove_file(beside(&place, name)).unwrap();
    }
    let left = place.order.folder.join("before/folded.db-wal");
    fs::write(&left, b"").unwrap();
    violates("I6", checker.i6_clean());
    fs::remove_file(left).unwrap();
    checker.i6_clean().unwrap();

    let lock = Real.lock_folder(place.folder()).unwrap();
    violates("I6", checker.i6_clean());
    drop(lock);
    let lock = Real.open_write(&place.target).unwrap();
    Real.bar_sqlite(&lock).unwrap();
    violates("I6", checker.i6_clean());
    drop(lock);
    checker.i6_clean().unwrap();

    // A process whose words are those of a fresh process.
    let words = ["-c", "read wait", "__helper", place.target.to_str().unwrap()];
    let mut child = Command::new("sh").args(words).stdin(Stdio::piped()).spawn().unwrap();
    // Its words come a moment after it began.
    while fs::read(format!("/proc/{}/cmdline", child.id())).unwrap().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    violates("I6", checker.i6_clean());
    drop(child.stdin.take());
    child.wait().unwrap();
    checker.i6_clean().unwrap();
}

#[test]
fn i7_another_mode() {
    let (place, checker) = placed(Old::Clean);
    let mode = fs::metadata(&place.target).unwrap().permissions().mode();
    fs::set_permissions(&place.target, fs::Permissions::from_mode(mode ^ 0o020)).unwrap();
    violates("I7", checker.i7_looks());
    violates("I7", checker.always());
    fs::set_permissions(&place.target, fs::Permissions::from_mode(mode)).unwrap();
    checker.i7_looks().unwrap();
    if rustix::fs::setxattr(&place.target, "user.note", b"x", rustix::fs::XattrFlags::empty()).is_ok() {
        violates("I7", checker.i7_looks());
    } else {
        eprintln!("NOT TESTED: attributes, because this file system has none");
    }
}

#[test]
fn i8_a_secret_or_too_much() {
    let (place, _) = placed(Old::Clean);
    let folder: &Path = &place.order.folder;
    Checker::i8_no_secret("hunter2", &["nothing"], &[folder]).unwrap();
    violates("I8", Checker::i8_no_secret("hunter2", &["key=hunter2"], &[]));
    fs::write(folder.join("before/log"), b"\xffhunter2").unwrap();
    violates("I8", Checker::i8_no_secret("hunter2", &[], &[folder]));
    Checker::i8_bounded("bytes", 10, 10).unwrap();
    violates("I8", Checker::i8_bounded("bytes", 11, 10));
}
