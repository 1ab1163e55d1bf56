//! A live database is read from a private copy: whole, or not at all, and the live one stays as it is.

use std::fs;

use reseat::hub::safe_copy::{CopyError, safe_copy};
use reseat::progress::Cancel;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::hubs::{Old, Place, contents, set_at};
use crate::support::visitors::{Visit, visit};

#[test]
fn a_copy_holds_what_the_live_one_holds() {
    for old in [Old::Clean, Old::Wal, Old::Hot, Old::Persist, Old::Empty] {
        let place = Place::new(old);
        let folder = TempDir::new().unwrap();
        let copy = safe_copy(&place.target, folder.path(), &Cancel::default()).unwrap();
        assert_eq!(contents(&set_at(&copy)), contents(&place.before), "{old:?}");
        place.assert_as_before();
    }
    let place = Place::new(Old::Missing);
    let folder = TempDir::new().unwrap();
    assert!(matches!(safe_copy(&place.target, folder.path(), &Cancel::default()), Err(CopyError::Missing(_))));
}

/// Pairs of rows are written in one transaction each: a copy that holds half a pair is torn.
fn assert_whole(copy: &std::path::Path) {
    let connection = Connection::open(copy).unwrap();
    let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let count = |what: &str| -> i64 {
        connection.query_row("select count(*) from Cursors where v = ?1", [what], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("one"), count("two"));
}

#[test]
fn a_copy_of_a_busy_database_is_whole_or_refused() {
    for old in [Old::Clean, Old::Wal] {
        let place = Place::new(old);
        let visitor = visit(Visit::Busy, &place.target);
        let (mut taken, mut refused) = (0, 0);
        for _ in 0..12 {
            let folder = TempDir::new().unwrap();
            match safe_copy(&place.target, folder.path(), &Cancel::default()) {
                Ok(copy) => {
                    assert_whole(&copy);
                    taken += 1;
                }
                Err(CopyError::NeverStill) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        visitor.leave();
        eprintln!("{old:?}: {taken} copies taken, {refused} refused");
        let folder = TempDir::new().unwrap();
        assert_whole(&safe_copy(&place.target, folder.path(), &Cancel::default()).unwrap());
    }
}

#[test]
fn copying_stops_when_asked() {
    let place = Place::new(Old::Clean);
    let (folder, cancel) = (TempDir::new().unwrap(), Cancel::default());
    cancel.cancel();
    assert!(matches!(safe_copy(&place.target, folder.path(), &cancel), Err(CopyError::Cancelled(_))));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}
