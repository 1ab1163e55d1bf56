//! Online mode where something goes wrong: what is there, what is written, who is there at the wrong moment.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use reseat::files::{Files, Real};
use reseat::finding::Code;
use reseat::hub::place::{self, Kit, Left, Stopped};
use reseat::hub::stage::{Standing, standing};
use reseat::hub::undo;
use reseat::progress::Cancel;
use reseat::world::World;
use rusqlite::Connection;

use crate::support::doors::{At, Hooked};
use crate::support::hubs::{Old, Place, contents, helper, keep, sha256};
use crate::support::visitors::{Visit, visit};

fn online(old: Old) -> Place {
    let mut place = Place::quick_without_wal(old);
    place.order.online = true;
    place
}

#[track_caller]
fn is(stopped: Stopped, code: Code, left: Left, says: &str) {
    let finding = stopped.finding.unwrap();
    assert_eq!((finding.code, stopped.left), (code, left), "{}", finding.detail);
    assert!(finding.detail.contains(says), "{}", finding.detail);
}

/// A door that does something once, before or after an operation.
fn at_once(
    here: impl Fn(At<'_>) -> bool + Send + 'static,
    mut act: impl FnMut() -> io::Result<()> + Send + 'static,
) -> &'static dyn Files {
    let mut is_done = false;
    keep(Hooked::new(move |at| {
        if is_done || !here(at) {
            return Ok(());
        }
        is_done = true;
        act()
    }))
}

fn before_reading_back(at: At<'_>) -> bool {
    at.is("create_new", "read-out.db") && at.done
}

#[track_caller]
fn holds_new(place: &Place) {
    assert_eq!(contents(&place.live()), contents(&[("sqlite.db".to_owned(), place.new_bytes())].into()));
}

#[track_caller]
fn holds_old(place: &Place) {
    assert_eq!(contents(&place.live()), contents(&place.before));
}

/// Trap R617: there is nothing to write into, or nothing that SQLite could write into.
#[test]
fn what_sqlite_cannot_write_into_is_refused() {
    let place = online(Old::Missing);
    is(place.place(&Real).unwrap_err(), Code::R617, Left::Untouched, "no database");
    place.assert_as_before();
    for old in [Old::Garbage, Old::Ruined] {
        let place = online(old);
        is(place.place(&Real).unwrap_err(), Code::R617, Left::Untouched, "cannot open the database that is there");
        place.assert_as_before();
    }
}

/// Trap R617: SQLite cannot change how a database keeps its texts.
#[test]
fn another_encoding_is_refused() {
    for (encoding, named) in [("UTF-16be", "UTF-16be"), ("UTF-16le", "UTF-16le")] {
        let place = online(Old::Missing);
        let make = format!("pragma encoding = '{encoding}'; create table Settings (name, value)");
        Connection::open(&place.target).unwrap().execute_batch(&make).unwrap();
        let there = fs::read(&place.target).unwrap();
        is(place.place(&Real).unwrap_err(), Code::R617, Left::Untouched, named);
        assert_eq!(fs::read(&place.target).unwrap(), there);
    }
}

/// Trap R504: the file that is to be written is not what was rewritten.
#[test]
fn a_file_that_is_not_what_was_rewritten_is_not_written() {
    let place = online(Old::Clean);
    fs::File::options().write(true).open(&place.order.source).unwrap().write_all_at(b"x", 5000).unwrap();
    is(place.place(&Real).unwrap_err(), Code::R504, Left::Untouched, "other bytes than before");
    place.assert_as_before();
    let mut place = online(Old::Clean);
    fs::write(&place.order.source, "short").unwrap();
    place.order.sha256 = sha256(b"short");
    is(place.place(&Real).unwrap_err(), Code::R504, Left::Untouched, "not a whole database");
    holds_old(&place);
}

#[test]
fn stopping_under_the_lock_leaves_what_was_there() {
    let place = online(Old::Clean);
    let (cancel, log) = (Cancel::default(), place.base.join("journal.jsonl"));
    let asked = cancel.clone();
    let announced = move |at: At<'_>| {
        at.is("sync", "journal.jsonl") && at.done && fs::read_to_string(&log).unwrap().contains("overwrite")
    };
    let door = at_once(announced, move || {
        asked.cancel();
        Ok(())
    });
    let mut log = place.log(door);
    let stopped = place::place(
        &place.order,
        &mut Kit {
            world: &World::real(),
            files: door,
            helper: &helper(),
            log: &mut log,
            cancel: &cancel,
            progress: &mut |_| (),
        },
    )
    .unwrap_err();
    assert!(stopped.finding.is_none());
    assert_eq!(stopped.left, Left::Old);
    place.assert_as_before();
    place.place(&Real).unwrap();
    holds_new(&place);
}

/// Trap R611: somebody puts another connector's rows there before they are read back.
#[test]
fn other_ids_when_read_back_are_put_back() {
    let place = online(Old::Clean);
    let target = place.target.clone();
    let door = at_once(before_reading_back, move || {
        Connection::open(&target)
            .unwrap()
            .execute_batch("pragma foreign_keys = off; delete from Integrations")
            .map_err(io::Error::other)
    });
    is(place.place(door).unwrap_err(), Code::R611, Left::Old, "other IDs");
    holds_old(&place);
    assert_eq!(standing(&place.stages()), Standing::Undone);
    // And where that cannot be done either, it is said that it is unfinished.
    let place = online(Old::Clean);
    let target = place.target.clone();
    let mut is_wrong = false;
    let door = keep(Hooked::new(move |at| {
        if !is_wrong && before_reading_back(at) {
            is_wrong = true;
            Connection::open(&target)
                .unwrap()
                .execute_batch("pragma foreign_keys = off; delete from Integrations")
                .unwrap();
        }
        if is_wrong && !at.done && at.is("write", "journal.jsonl") {
            return Err(io::Error::from_raw_os_error(nix::libc::EIO));
        }
        Ok(())
    }));
    is(place.place(door).unwrap_err(), Code::R611, Left::Unfinished, "other IDs");
    place.undo(&Real).unwrap();
    holds_old(&place);
}

#[test]
fn a_lock_at_the_reading_back_is_said() {
    let place = online(Old::Clean);
    let target = place.target.clone();
    let kept = Arc::new(Mutex::new(None));
    let held = Arc::clone(&kept);
    let door = at_once(before_reading_back, move || {
        let connection = Connection::open(&target).unwrap();
        connection.execute_batch("begin exclusive").map_err(io::Error::other)?;
        *held.lock().unwrap() = Some(connection);
        Ok(())
    });
    let placed = place.place(door).unwrap();
    assert!(placed.read_back.is_none());
    let [note] = &placed.notes[..] else { panic!("{:?}", placed.notes) };
    assert!(note.detail.contains("could not be read back"), "{}", note.detail);
    drop(kept.lock().unwrap().take());
    holds_new(&place);
    place.undo(&Real).unwrap();
    holds_old(&place);
}

#[test]
fn a_failure_after_the_writing_goes_on_from_there() {
    let place = online(Old::Clean);
    // The third that SQLite does: opening, writing, closing.
    let mut by_sqlite = 0;
    let door = keep(Hooked::new(move |at| {
        by_sqlite += usize::from(at.operation == "by_sqlite" && !at.done && at.path.ends_with("sqlite.db"));
        let fails = by_sqlite == 3 && at.operation == "by_sqlite" && !at.done;
        if fails { Err(io::Error::from_raw_os_error(nix::libc::EIO)) } else { Ok(()) }
    }));
    let stopped = place.place(door).unwrap_err();
    assert_eq!((stopped.finding.unwrap().code, stopped.left), (Code::R610, Left::Unfinished));
    holds_new(&place);
    place.proceed(&Real).unwrap();
    assert_eq!(standing(&place.stages()), Standing::Placed);
    holds_new(&place);
}

/// Trap R611: a disk that gives back other bytes than it was given, while the old contents are put back.
#[test]
fn a_page_that_goes_wrong_while_the_old_contents_are_put_back_is_said_and_undone_again() {
    let place = Place::quick_without_wal(Old::Clean);
    place.place(&Real).unwrap();
    let visitor = visit(Visit::Idle, &place.target);
    let target = place.target.clone();
    let mut reads = 0;
    let door = keep(Hooked::new(move |at| {
        reads += usize::from(before_reading_back(at));
        if reads == 2 && before_reading_back(at) {
            let file = fs::File::options().write(true).open(&target)?;
            for page in 2..8 {
                file.write_all_at(&[0xff; 8], page * 4096)?;
            }
            // Closing it here would give back the locks of SQLite in this process.
            std::mem::forget(file);
        }
        Ok(())
    }));
    is(place.with(door, undo::undo_online).unwrap_err(), Code::R611, Left::Unfinished, "read back");
    visitor.leave();
    place.undo(&Real).unwrap();
    place.assert_as_before();
}
