//! Placing and undoing are killed between any two operations, then continued or undone. By default a slice of all points;
//! `RESEAT_EXHAUSTIVE=1` runs them all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "crash/sweep.rs"]
mod sweep;

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use reseat::files::{Files, Real};
use reseat::hub::place::left_behind;
use reseat::hub::stage::{Folded, Safety, Stage, Standing, standing};
use serde::{Deserialize, Serialize};

use support::doors::Hooked;
use support::hubs::{ALL, Old, Place, keep, sha256};

const CHILD: &str = "RESEAT_TEST_CRASH";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Act {
    Place,
    Undo,
    /// Placing where names cannot be exchanged.
    PlaceLinked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Continue,
    Undo,
}

/// Runs in a process of its own: acts, and dies before an operation.
#[test]
fn child() {
    let Ok(asked) = std::env::var(CHILD) else { return };
    let (act, number, path): (Act, usize, std::path::PathBuf) = serde_json::from_str(&asked).unwrap();
    let place = Place::load(&path);
    let done = match act {
        Act::Place => place.place(keep(Hooked::killing(number))).map(drop),
        Act::PlaceLinked => place
            .place(keep(Hooked::new(move |at| {
                if at.number == number && !at.done {
                    nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL).unwrap();
                }
                without_exchange(at.operation)
            })))
            .map(drop),
        Act::Undo => place.undo(keep(Hooked::killing(number))).map(drop),
    };
    done.unwrap();
}

fn without_exchange(operation: &str) -> std::io::Result<()> {
    if operation == "exchange" { Err(std::io::Error::from_raw_os_error(nix::libc::EINVAL)) } else { Ok(()) }
}

/// Whether the child was killed; false means that it came to its end.
fn killed(act: Act, number: usize, place: &Path) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--test-threads=1"])
        .env(CHILD, serde_json::to_string(&(act, number, place)).unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success() || status.signal() == Some(9), "{act:?} {number}: {status}");
    status.signal() == Some(9)
}

/// One point: true when there was something left to kill.
fn point(old: Old, act: Act, number: usize, then: Then) -> bool {
    let place = Place::quick(old);
    let saved = place.save();
    if act == Act::Undo {
        place.place(&Real).unwrap();
    }
    let was_killed = killed(act, number, &saved);
    settle(&place, act, then, &format!("{old:?} {act:?} killed before operation {number}, then {then:?}"));
    if then == Then::Continue && act != Act::Undo && number.is_multiple_of(5) {
        // And the way back is still open.
        place.undo(door(act)).unwrap_or_else(|stopped| panic!("{number}: {stopped}"));
        place.assert_as_before();
    }
    was_killed
}

fn door(act: Act) -> &'static dyn Files {
    if act == Act::PlaceLinked { keep(Hooked::new(|at| without_exchange(at.operation))) } else { &Real }
}

/// After a cut: all is wholly old or wholly new, and either way it comes to its end.
fn settle(place: &Place, act: Act, then: Then, at: &str) {
    let new = place.assert_whole();
    let stages = place.stages();
    for stage in &stages {
        if let Stage::Safe { safety } | Stage::After { safety } = stage {
            assert_kept(safety, place.old);
        }
    }
    let files = door(act);
    assert!(!new || act == Act::Undo || stages.iter().any(|stage| matches!(stage, Stage::Swap { .. })), "{at}");
    let continues = then == Then::Continue && act != Act::Undo;
    let done = match standing(&stages) {
        Standing::Nothing | Standing::Refused | Standing::Undone if continues => place.place(files).map(drop),
        Standing::Unfinished if continues => place.proceed(files).map(drop),
        Standing::Placed if continues && left_behind(files, &place.order) => place.proceed(files).map(drop),
        Standing::Placed if continues => Ok(()),
        // Once undoing was begun, only that goes on.
        Standing::Undoing if continues => {
            place.undo(files).unwrap();
            place.place(files).map(drop)
        }
        Standing::Placed | Standing::Unfinished | Standing::Undoing => place.undo(files).map(drop),
        Standing::Nothing | Standing::Refused | Standing::Undone => Ok(()),
    };
    done.unwrap_or_else(|stopped| panic!("{at}: {stopped} {:?}", stopped.finding));
    if continues {
        assert_eq!(standing(&place.stages()), Standing::Placed, "{at}");
        place.assert_placed();
    } else {
        place.assert_as_before();
    }
}

/// What the record calls safe has the digests that it names.
fn assert_kept(safety: &Safety, old: Old) {
    for (name, saved) in [("raw.db", &safety.database), ("raw.wal", &safety.wal), ("raw.journal", &safety.journal)] {
        if let Some(saved) = saved {
            assert_eq!(sha256(&std::fs::read(safety.path(name)).unwrap()), saved.sha256, "{old:?} {name}");
        }
    }
    if let Folded::Yes { sha256: digest } = &safety.folded {
        assert_eq!(&sha256(&std::fs::read(safety.path("folded.db")).unwrap()), digest, "{old:?} folded.db");
    }
}

/// Every point of one act over one old state, or a slice that is another one for each state.
fn sweep(act: Act, olds: &[Old]) {
    let exhaustive = std::env::var_os("RESEAT_EXHAUSTIVE").is_some();
    let stride = if exhaustive { 1 } else { 19 };
    let points = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (shift, old) in olds.iter().enumerate() {
            let points = &points;
            scope.spawn(move || {
                for then in [Then::Continue, Then::Undo] {
                    if act == Act::Undo && then == Then::Continue {
                        continue;
                    }
                    let mut number =
                        if exhaustive { 0 } else { (shift * 3 + usize::from(then == Then::Undo) * 5) % stride };
                    while point(*old, act, number, then) {
                        number += stride;
                        points.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    eprintln!("{act:?}: killed at {} points", points.into_inner());
}

#[test]
fn placing_is_killed_anywhere() {
    sweep(Act::Place, &ALL);
}

#[test]
fn placing_by_links_is_killed_anywhere() {
    sweep(Act::PlaceLinked, &[Old::Wal, Old::Missing, Old::NoFolder, Old::Garbage]);
}

#[test]
fn undoing_is_killed_anywhere() {
    sweep(Act::Undo, &ALL);
}
