//! Somebody opens the database while it is replaced or put back: nothing of theirs is lost, nothing is damaged.

use std::fs;
use std::sync::{Arc, Mutex};

use reseat::files::Real;
use reseat::finding::Code;
use reseat::hub::place::{Left, Stopped};

use crate::support::doors::{At, Hooked};
use crate::support::hubs::{Old, Place, contents, keep, set_at};
use crate::support::visitors::{Visit, visit};
use rusqlite::Connection;

#[test]
fn whoever_has_it_open_is_named_and_nothing_is_touched() {
    for (old, what) in [
        (Old::Clean, Visit::Idle),
        (Old::Clean, Visit::Reader),
        (Old::Wal, Visit::Idle),
        (Old::Wal, Visit::Reader),
        (Old::Persist, Visit::Idle),
    ] {
        let place = Place::new(old);
        let visitor = visit(what, &place.target);
        let there = contents(&place.live());
        let Stopped { finding, left } = place.place(&Real).unwrap_err();
        let finding = finding.unwrap();
        assert_eq!((finding.code, left), (Code::R601, Left::Untouched), "{old:?} {what:?}");
        assert!(finding.detail.contains(&format!("pid {}", visitor.pid())), "{}", finding.detail);
        assert_eq!(contents(&place.live()), there);
        assert!(place.names().iter().all(|name| name.starts_with("sqlite.db")), "{:?}", place.names());
        visitor.leave();
        place.place(&Real).unwrap();
        place.assert_placed();
    }
}

/// A gap: lets a visitor in when the hook sees `here`, once.
fn with_visitor(
    place: &Place,
    what: Visit,
    here: impl Fn(At<'_>) -> bool + Send + 'static,
) -> (&'static Hooked, Arc<Mutex<Vec<crate::support::visitors::Visitor>>>) {
    let visitors = Arc::new(Mutex::new(Vec::new()));
    let (inside, target) = (Arc::clone(&visitors), place.target.clone());
    let door = keep(Hooked::new(move |at| {
        let mut inside = inside.lock().unwrap();
        if inside.is_empty() && here(at) {
            inside.push(visit(what, &target));
        }
        Ok(())
    }));
    (door, visitors)
}

/// Whether a database, or a safety copy, holds the visitor's row.
fn has_row(path: &std::path::Path) -> bool {
    let copy = tempfile::tempdir().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    for (file, bytes) in set_at(path) {
        fs::write(copy.path().join(file.replace(name, "sqlite.db")), bytes).unwrap();
    }
    let Ok(connection) = Connection::open(copy.path().join("sqlite.db")) else { return false };
    let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok", "{}", path.display());
    let rows: i64 =
        connection.query_row("select count(*) from Settings where name = 'visitor'", [], |row| row.get(0)).unwrap();
    rows > 0
}

/// The row that a visitor was told to be written is in the target, or in a safety copy of what was taken away.
fn assert_nothing_lost(place: &Place, wrote: bool, at: &str) {
    let kept = ["before/folded.db", "after/folded.db", "after-2/folded.db"].map(|name| place.order.folder.join(name));
    let found = has_row(&place.target) || kept.iter().any(|copy| copy.exists() && has_row(copy));
    assert_eq!(found, wrote, "{at}: the visitor's row");
}

type Gap = (&'static str, fn(At<'_>) -> bool);

const GAPS_OF_PLACE: [Gap; 6] = [
    ("before the safety copy", |at| at.is("make_folder", "before") && !at.done),
    ("before the fold", |at| at.is("by_sqlite", "sqlite.db") && !at.done),
    ("between fold and exchange", |at| at.is("bar_sqlite", ".swap") && !at.done),
    ("just before the exchange", |at| at.is("exchange", ".swap") && !at.done),
    ("right after the exchange", |at| at.is("exchange", ".swap") && at.done),
    ("after the release", |at| at.is("unlink", ".swap") && !at.done),
];

#[test]
fn a_visitor_in_any_gap_of_placing_loses_nothing() {
    for old in [Old::Clean, Old::Wal] {
        for (name, gap) in GAPS_OF_PLACE {
            for what in [Visit::Idle, Visit::Writer, Visit::Waiter] {
                // An idle one cannot get in while the database is held: its reading is refused.
                if what == Visit::Idle
                    && !matches!(name, "before the safety copy" | "before the fold" | "after the release")
                {
                    continue;
                }
                let at = format!("{old:?} {name} {what:?}");
                let place = Place::quick(old);
                let (door, visitors) = with_visitor(&place, what, gap);
                let done = place.place(door);
                let mut wrote = false;
                for visitor in visitors.lock().unwrap().drain(..) {
                    wrote |= visitor.leave();
                }
                assert_nothing_lost(&place, wrote, &at);
                match done {
                    Ok(_) => assert_eq!(set_at(&place.target).len(), 1, "{at}"),
                    Err(stopped) => {
                        assert_eq!(stopped.finding.as_ref().unwrap().code, Code::R601, "{at}: {stopped}");
                        assert!(matches!(stopped.left, Left::Untouched | Left::Old), "{at}: {:?}", stopped.left);
                        assert_eq!(place.names(), ["sqlite.db"], "{at}");
                        // The second try replaces it, and undoing that brings the visitor's row back.
                        place.place(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
                        place.assert_placed();
                        place.undo(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
                        assert_eq!(has_row(&place.target), wrote, "{at}");
                    }
                }
            }
        }
    }
}

const GAPS_OF_UNDO: [Gap; 7] = [
    ("before the fold", |at| at.is("by_sqlite", "sqlite.db") && !at.done),
    ("between fold and exchange", |at| at.is("bar_sqlite", ".F") && !at.done),
    ("right after the first exchange", |at| at.is("exchange", ".F") && at.done),
    ("after the side files", |at| at.is("rename", ".W") && at.done),
    ("just before the second exchange", |at| at.is("exchange", ".R") && !at.done),
    ("right after the second exchange", |at| at.is("exchange", ".R") && at.done),
    ("after the release", |at| at.is("unlink", ".R") && !at.done),
];

#[test]
fn a_visitor_in_any_gap_of_undoing_loses_nothing() {
    for (name, gap) in GAPS_OF_UNDO {
        for what in [Visit::Writer, Visit::Waiter] {
            let at = format!("{name} {what:?}");
            let place = Place::quick(Old::Wal);
            place.place(&Real).unwrap();
            let (door, visitors) = with_visitor(&place, what, gap);
            let done = place.undo(door);
            let mut wrote = false;
            for visitor in visitors.lock().unwrap().drain(..) {
                wrote |= visitor.leave();
            }
            assert_nothing_lost(&place, wrote, &at);
            if let Err(stopped) = done {
                assert_eq!(stopped.finding.as_ref().unwrap().code, Code::R601, "{at}: {stopped}");
                place.undo(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
                place.assert_as_before();
                assert_nothing_lost(&place, wrote, &at);
            }
        }
    }
}

#[test]
fn what_was_written_after_placing_is_kept_when_it_is_undone() {
    for with_log in [false, true] {
        let place = if with_log { Place::with_wal(Old::Wal) } else { Place::new(Old::Hot) };
        place.place(&Real).unwrap();
        assert!(visit(Visit::Writer, &place.target).leave());
        let undone = place.undo(&Real).unwrap();
        place.assert_as_before();
        let after = undone.after.expect("a copy of what was taken away");
        assert!(has_row(&after.path("folded.db")));
    }
}
