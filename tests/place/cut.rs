//! Placing is cut behind the exchange, its locks are gone, and somebody is there before the next start.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use reseat::files::Real;
use reseat::finding::Code;
use reseat::hub::place::Left;
use reseat::hub::stage::{Standing, standing};
use rusqlite::Connection;

use crate::support::doors::{At, Hooked};
use crate::support::hubs::{CONNECTOR, Old, Place, contents, keep, sample};
use crate::support::visitors::{Visit, visit};

/// Ends the act there, as a crash would: nothing after it runs but what the system does by itself.
fn cut(place: &Place, here: fn(At<'_>) -> bool) {
    let door = keep(Hooked::new(move |at| {
        if here(at) {
            resume_unwind(Box::new("cut"));
        }
        Ok(())
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| place.place(door))).is_err());
    assert_eq!(standing(&place.stages()), Standing::Unfinished);
}

fn behind_the_exchange(at: At<'_>) -> bool {
    at.is("exchange", ".swap") && at.done
}

#[test]
fn what_a_connector_has_written_since_is_right() {
    let place = Place::with_wal(Old::Clean);
    cut(&place, behind_the_exchange);
    Connection::open(&place.target).unwrap().execute("insert into Settings values ('since', 1)", []).unwrap();
    let there = contents(&place.live());
    let placed = place.proceed(&Real).unwrap();
    assert!(placed.read_back.is_none());
    assert_eq!(standing(&place.stages()), Standing::Placed);
    assert_eq!(contents(&place.live()), there);
    assert!(place.names().iter().all(|name| name.starts_with("sqlite.db")), "{:?}", place.names());
    let undone = place.undo(&Real).unwrap();
    place.assert_as_before();
    let kept = Connection::open(undone.after.unwrap().path("folded.db")).unwrap();
    let rows: i64 = kept.query_row("select count(*) from Settings where name = 'since'", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "what was written since is in the safety copy");
}

#[test]
fn a_connector_that_holds_its_lock_is_not_waited_for() {
    let place = Place::with_wal(Old::Clean);
    cut(&place, behind_the_exchange);
    let visitor = visit(Visit::Reader, &place.target);
    let placed = place.proceed(&Real).unwrap();
    assert!(placed.read_back.is_none());
    assert_eq!(standing(&place.stages()), Standing::Placed);
    visitor.leave();
    assert_eq!(contents(&place.live()), contents(&[("sqlite.db".to_owned(), place.new_bytes())].into()));
}

/// Trap R704: whoever has the old file open writes to it in vain.
#[test]
fn whoever_still_has_the_old_file_open_is_named() {
    let place = Place::new(Old::Clean);
    cut(&place, behind_the_exchange);
    let outgoing = place.folder().join(".reseat-2026-11-19-1-k3vq8z2m.swap");
    let visitor = visit(Visit::Idle, &outgoing);
    let placed = place.proceed(&Real).unwrap();
    let [note] = &placed.notes[..] else { panic!("{:?}", placed.notes) };
    assert_eq!(note.code, Code::R704);
    assert!(note.detail.contains(&format!("pid {}", visitor.pid())), "{}", note.detail);
    visitor.leave();
}

/// Trap R611: what is there after the cut is neither of the two.
#[test]
fn a_database_of_somebody_else_is_not_taken_for_the_new_one() {
    let place = Place::new(Old::Wal);
    cut(&place, behind_the_exchange);
    let other = place.base.join("other.db");
    sample(CONNECTOR, 10, false).create(&other).unwrap();
    Connection::open(&other).unwrap().execute_batch("pragma foreign_keys = off; delete from Integrations").unwrap();
    // Into the same file.
    fs::write(&place.target, fs::read(&other).unwrap()).unwrap();
    let stopped = place.proceed(&Real).unwrap_err();
    let finding = stopped.finding.unwrap();
    assert_eq!((finding.code, stopped.left), (Code::R611, Left::New), "{}", finding.detail);
    assert!(finding.remedy.contains("reseat rollback"), "{finding:?}");
    assert_eq!(standing(&place.stages()), Standing::Unfinished);
    let undone = place.undo(&Real).unwrap();
    place.assert_as_before();
    let kept = undone.after.unwrap();
    assert!(fs::read(kept.path("raw.db")).unwrap() == fs::read(&other).unwrap(), "and it is kept");
}
