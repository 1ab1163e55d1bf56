//! Something fails, or somebody asks to stop: the target is untouched, or undone, and it is said.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reseat::files::{Files, Real};
use reseat::finding::{Code, Severity};
use reseat::hub::place::{self, Kit, Left};
use reseat::hub::stage::{Standing, standing};
use reseat::progress::Cancel;
use reseat::world::World;

use crate::support::doors::{At, Hooked};
use crate::support::hubs::{Old, Place, helper, keep};

/// A door at which one operation fails once, or every one from there on.
fn failing(number: usize, errno: i32, for_ever: bool) -> &'static Hooked {
    keep(Hooked::new(move |at| {
        let hit = !at.done && (at.number == number || (for_ever && at.number > number));
        if hit { Err(io::Error::from_raw_os_error(errno)) } else { Ok(()) }
    }))
}

#[test]
fn an_error_anywhere_leaves_the_old_or_undoes() {
    let errors = [nix::libc::ENOSPC, nix::libc::EIO, nix::libc::EPERM];
    for old in [Old::Wal, Old::Garbage, Old::Missing, Old::NoFolder] {
        let counting = keep(Hooked::new(|_| Ok(())));
        Place::quick(old).place(counting).unwrap();
        for number in 0..counting.count() {
            // Not every error at every operation: in turn.
            let errno = errors[number % errors.len()];
            for for_ever in [false, true] {
                if for_ever && !number.is_multiple_of(4) {
                    continue;
                }
                let at = format!("{old:?}: error {errno} at operation {number}, for ever: {for_ever}");
                let place = Place::quick(old);
                let Err(stopped) = place.place(failing(number, errno, for_ever)) else { continue };
                let finding = stopped.finding.expect("a finding");
                assert!(matches!(finding.code, Code::R610 | Code::R607), "{at}: {finding:?}");
                let new = place.assert_whole();
                match stopped.left {
                    Left::Untouched | Left::Undone => place.assert_as_before(),
                    Left::Old => assert!(!new, "{at}"),
                    Left::New => assert!(new, "{at}"),
                    Left::Unfinished => {}
                }
                // The next start finds what is left, and goes on either way.
                match standing(&place.stages()) {
                    Standing::Unfinished | Standing::Undoing | Standing::Placed => {
                        place.undo(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
                        place.assert_as_before();
                    }
                    Standing::Nothing | Standing::Refused | Standing::Undone => {
                        place.place(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
                        place.assert_placed();
                    }
                }
            }
        }
    }
}

/// Trap R611: the file is written to between the exchange and the reading back.
#[test]
fn other_bytes_when_read_back_take_the_exchange_back() {
    for old in [Old::Wal, Old::Missing, Old::Garbage] {
        let place = Place::new(old);
        let target = place.target.clone();
        let names = ["exchange", "rename_new"];
        let door = keep(Hooked::new(move |at| {
            if at.done && names.contains(&at.operation) && at.path.to_string_lossy().ends_with(".swap") {
                use std::os::unix::fs::FileExt;
                fs::File::options().write(true).open(&target)?.write_all_at(b"flipped", 5000)?;
            }
            Ok(())
        }));
        let stopped = place.place(door).unwrap_err();
        assert_eq!(stopped.finding.as_ref().unwrap().code, Code::R611, "{old:?}: {stopped}");
        assert_eq!(stopped.left, Left::Undone, "{old:?}");
        place.assert_as_before();
    }
}

/// The same where names cannot be exchanged: a link brings the old file back, or else the safety copy does.
#[test]
fn what_is_wrong_is_taken_back_on_every_file_system() {
    use nix::libc::{EINVAL, EIO, EMLINK, EPERM};
    for (old, link) in [Old::Wal, Old::Garbage]
        .into_iter()
        .flat_map(|old| [None, Some(EINVAL), Some(EMLINK), Some(EPERM), Some(EIO)].map(|link| (old, link)))
    {
        let mut place = Place::new(old);
        place.order.accepts_plain_rename = true;
        let target = place.target.clone();
        let mut is_wrong = false;
        let door = keep(Hooked::new(move |at| {
            if !at.done && at.operation == "exchange" {
                return Err(io::Error::from_raw_os_error(EINVAL));
            }
            if let (false, "link", Some(errno)) = (at.done, at.operation, link) {
                return Err(io::Error::from_raw_os_error(errno));
            }
            if at.done && !is_wrong && at.is("rename", ".swap") {
                use std::os::unix::fs::FileExt;
                is_wrong = true;
                fs::File::options().write(true).open(&target)?.write_all_at(b"flipped", 5000)?;
            }
            Ok(())
        }));
        let stopped = place.place(door).unwrap_err();
        // A disk that fails there fails the undo, too: that is for the next start.
        let (code, left) = if link == Some(EIO) { (Code::R610, Left::Unfinished) } else { (Code::R611, Left::Undone) };
        assert_eq!(stopped.finding.as_ref().unwrap().code, code, "{old:?}, {link:?}: {stopped}");
        assert_eq!(stopped.left, left, "{old:?}, {link:?}");
        if left == Left::Unfinished {
            place.undo(&Real).unwrap();
        }
        place.assert_as_before();
    }
}

/// Trap R606: a file system on which names can be neither exchanged nor linked asks first.
/// Quiet R606: one that cannot exchange, and can link.
#[test]
fn a_file_system_without_exchange_is_told_apart() {
    for old in [Old::Wal, Old::Clean, Old::Missing, Old::NoFolder] {
        let without = |errno: i32, names: &'static [&'static str]| -> &'static dyn Files {
            keep(Hooked::new(move |at| {
                let hit = !at.done && names.contains(&at.operation);
                if hit { Err(io::Error::from_raw_os_error(errno)) } else { Ok(()) }
            }))
        };
        let linked = Place::new(old);
        let door = without(nix::libc::EINVAL, &["exchange", "rename_new"]);
        linked.place(door).unwrap();
        linked.assert_placed();
        linked.undo(door).unwrap();
        linked.assert_as_before();
        if matches!(old, Old::Missing | Old::NoFolder) {
            continue;
        }
        let mut plain = Place::new(old);
        let door = without(nix::libc::EOPNOTSUPP, &["exchange", "link"]);
        let stopped = plain.place(door).unwrap_err();
        let finding = stopped.finding.unwrap();
        assert_eq!((finding.code, finding.severity, stopped.left), (Code::R606, Severity::Ask, Left::Undone));
        plain.assert_as_before();
        plain.order.accepts_plain_rename = true;
        plain.place(door).unwrap();
        plain.assert_placed();
        plain.undo(door).unwrap();
        plain.assert_as_before();
    }
}

type Gap = fn(At<'_>) -> bool;

#[test]
fn stopping_before_the_exchange_undoes_and_later_it_goes_on() {
    let gaps: [(Gap, Option<Left>); 4] = [
        (|at| at.is("write", ".swap"), Some(Left::Untouched)),
        (|at| at.is("write", "raw.db"), Some(Left::Untouched)),
        (|at| at.is("by_sqlite", "sqlite.db"), Some(Left::Undone)),
        (|at| at.is("exchange", ".swap"), None),
    ];
    for (gap, left) in gaps {
        let place = Place::new(Old::Wal);
        let cancel = Cancel::default();
        let asked = cancel.clone();
        let door = keep(Hooked::new(move |at| {
            if gap(at) {
                asked.cancel();
            }
            Ok(())
        }));
        let mut log = place.log(door);
        let done = place::place(
            &place.order,
            &mut Kit {
                world: &World::real(),
                files: door,
                helper: &helper(),
                log: &mut log,
                cancel: &cancel,
                progress: &mut |_| (),
            },
        );
        match (done, left) {
            (Ok(_), None) => place.assert_placed(),
            (Err(stopped), Some(left)) => {
                assert!(stopped.finding.is_none());
                assert_eq!(stopped.left, left);
                place.assert_as_before();
            }
            (done, left) => panic!("{left:?}: {done:?}"),
        }
    }
}

#[test]
fn the_question_about_an_old_file_comes_before_anything_is_touched() {
    let mut place = Place::new(Old::Garbage);
    place.order.accepts_unreadable = false;
    let stopped = place.place(&Real).unwrap_err();
    let finding = stopped.finding.unwrap();
    assert_eq!((finding.code, finding.severity, stopped.left), (Code::R602, Severity::Ask, Left::Untouched));
    place.assert_as_before();
    place.order.accepts_unreadable = true;
    place.place(&Real).unwrap();
    place.assert_placed();
}

#[test]
fn two_at_once_are_refused() {
    let place = Place::new(Old::Clean);
    let hits = Arc::new(AtomicUsize::new(0));
    let (target, other) = (place.target.clone(), Arc::clone(&hits));
    let door = keep(Hooked::new(move |at| {
        if at.is("create_new", ".swap") && at.done {
            // The same folder, by another restore of the same process: the lock is per open folder.
            let mut second = Place::new(Old::Clean);
            second.order.target.clone_from(&target);
            let stopped = second.place(&Real).unwrap_err();
            assert_eq!((stopped.finding.unwrap().code, stopped.left), (Code::R608, Left::Untouched));
            other.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }));
    place.place(door).unwrap();
    assert_eq!(hits.load(Ordering::Relaxed), 1);
    place.assert_placed();
}

#[test]
fn a_changed_file_is_refused() {
    let place = Place::new(Old::Clean);
    fs::OpenOptions::new().append(true).open(&place.order.source).unwrap().set_len(9000).unwrap();
    let stopped = place.place(&Real).unwrap_err();
    assert_eq!((stopped.finding.unwrap().code, stopped.left), (Code::R504, Left::Untouched));
    place.assert_as_before();
}
