//! Acts that do not fit what is there or what the journal says: refused with a reason, and nothing is touched.

use std::fs;
use std::io;

use reseat::files::Real;
use reseat::finding::{Code, Severity};
use reseat::hub::helper::Helper;
use reseat::hub::look::resolve;
use reseat::hub::place::{self, Kit, Left, Stopped};
use reseat::hub::stage::{Safety, Stage, StageLog};
use reseat::hub::undo;
use reseat::progress::Cancel;
use reseat::world::World;

use crate::support::doors::Hooked;
use crate::support::hubs::{Old, Place, keep};
use crate::support::visitors::{Visit, visit};

#[track_caller]
fn is(stopped: Stopped, code: Code, left: Left, says: &str) {
    let finding = stopped.finding.unwrap();
    assert_eq!((finding.code, stopped.left), (code, left), "{}", finding.detail);
    assert!(finding.detail.contains(says), "{}", finding.detail);
}

/// The stages that the journal would hold after a cut.
fn records(place: &Place, stages: &[Stage]) {
    for stage in stages {
        place.log(&Real).record(stage).unwrap();
    }
}

#[test]
fn an_act_that_the_journal_does_not_allow_is_refused() {
    let place = Place::new(Old::Wal);
    let nothing = "no placing to";
    is(place.proceed(&Real).unwrap_err(), Code::R609, Left::Untouched, nothing);
    is(place.undo(&Real).unwrap_err(), Code::R609, Left::Untouched, nothing);
    place.assert_as_before();
    place.place(&Real).unwrap();
    is(place.place(&Real).unwrap_err(), Code::R609, Left::Untouched, "placed already");
    place.assert_placed();
    records(&place, &[Stage::Undo]);
    is(place.proceed(&Real).unwrap_err(), Code::R609, Left::Unfinished, "only undoing goes on");
    is(place.place(&Real).unwrap_err(), Code::R609, Left::Untouched, "was cut");
    place.assert_placed();
    place.undo(&Real).unwrap();
    place.assert_as_before();
    is(place.proceed(&Real).unwrap_err(), Code::R609, Left::Untouched, nothing);
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let place = Place::new(Old::Missing);
    fs::create_dir(&place.target).unwrap();
    is(place.place(&Real).unwrap_err(), Code::R605, Left::Untouched, "is not a file");
    assert!(place.target.is_dir());
    assert_eq!(place.names(), ["sqlite.db"]);
}

#[test]
fn a_link_leads_to_what_it_names_and_in_a_circle_to_nothing() {
    let place = Place::new(Old::Missing);
    let named = place.base.join("elsewhere.db");
    std::os::unix::fs::symlink("../../elsewhere.db", &place.target).unwrap();
    assert_eq!(resolve(&place.target), named);
    place.place(&Real).unwrap();
    assert!(fs::read(&named).unwrap() == place.new_bytes());
    assert!(place.target.is_symlink(), "the link stays");
    place.undo(&Real).unwrap();
    assert!(!named.exists() && place.target.is_symlink());

    let place = Place::new(Old::Missing);
    std::os::unix::fs::symlink("other.db", &place.target).unwrap();
    std::os::unix::fs::symlink("sqlite.db", place.folder().join("other.db")).unwrap();
    is(place.place(&Real).unwrap_err(), Code::R605, Left::Untouched, "is not a file");
    assert_eq!(place.names(), ["other.db", "sqlite.db"]);
}

#[test]
fn odd_names_of_folders_change_nothing() {
    for old in [Old::Wal, Old::Garbage] {
        let temp = tempfile::Builder::new().prefix("100 %41? #&;'\u{e9}").tempdir().unwrap();
        let place = Place::within(old, temp, false);
        place.place(&Real).unwrap();
        place.assert_placed();
        place.undo(&Real).unwrap();
        place.assert_as_before();
    }
}

#[test]
fn without_a_fresh_process_nothing_is_touched() {
    for online in [false, true] {
        let mut place = Place::new(Old::Clean);
        place.order.online = online;
        let mut log = place.log(&Real);
        let stopped = place::place(
            &place.order,
            &mut Kit {
                world: &World::real(),
                files: &Real,
                helper: &Helper::at("/nowhere"),
                log: &mut log,
                cancel: &Cancel::default(),
                progress: &mut |_| (),
            },
        )
        .unwrap_err();
        is(stopped, Code::R610, Left::Untouched, "a fresh process could not be started");
        place.assert_as_before();
    }
}

/// Trap R616: somebody changed the safety copy. What was placed stays until that is settled by hand.
#[test]
fn a_safety_copy_that_was_changed_is_never_put_back() {
    for (file, old) in [("raw.db", Old::Wal), ("raw.wal", Old::Wal), ("folded.db", Old::Wal), ("raw.db", Old::Garbage)]
    {
        let place = Place::new(old);
        let before = place.place(&Real).unwrap().safety.path(file);
        let kept = fs::read(&before).unwrap();
        let mut bytes = kept.clone();
        bytes[40] ^= 1;
        fs::write(&before, bytes).unwrap();
        let stopped = place.undo(&Real).unwrap_err();
        assert_eq!(stopped.finding.as_ref().unwrap().severity, Severity::Block);
        is(stopped, Code::R616, Left::Unfinished, "not what the journal says");
        assert!(fs::read(&place.target).unwrap() == place.new_bytes(), "{file}: what was placed stays");
        fs::write(&before, kept).unwrap();
        place.undo(&Real).unwrap();
        place.assert_as_before();
    }
}

#[test]
fn a_folder_that_went_meanwhile_comes_back_only_with_its_owner() {
    let place = Place::new(Old::Clean);
    place.place(&Real).unwrap();
    fs::remove_dir_all(place.folder()).unwrap();
    is(place.undo(&Real).unwrap_err(), Code::R406, Left::Untouched, "is not there");
    fs::create_dir(place.folder()).unwrap();
    place.undo(&Real).unwrap();
    place.assert_as_before();
    // Where nothing was before, its going is the undoing.
    let place = Place::new(Old::NoFolder);
    place.place(&Real).unwrap();
    fs::remove_dir_all(place.folder()).unwrap();
    place.undo(&Real).unwrap();
    place.assert_as_before();
}

#[test]
fn a_folder_that_somebody_makes_at_the_same_moment_is_theirs() {
    let place = Place::new(Old::NoFolder);
    let (folder, notes) = (place.folder().to_owned(), place.folder().join("notes"));
    let door = keep(Hooked::new(move |at| {
        if !at.done && at.operation == "rename_new" && at.path.extension().is_some_and(|end| end == "folder") {
            fs::create_dir(&folder)?;
            fs::write(&notes, "somebody's")?;
        }
        Ok(())
    }));
    place.place(door).unwrap();
    assert_eq!(place.names(), ["notes", "sqlite.db"]);
    place.undo(&Real).unwrap();
    assert_eq!(place.names(), ["notes"], "undoing leaves it");
    // And one that goes again at once is asked about.
    let place = Place::new(Old::NoFolder);
    let door = keep(Hooked::new(move |at| {
        let making = at.path.extension().is_some_and(|end| end == "folder");
        let taken = !at.done && at.operation == "rename_new" && making;
        if taken { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
    }));
    is(place.place(door).unwrap_err(), Code::R406, Left::Untouched, "is not there");
    place.assert_as_before();
}

#[test]
fn whoever_opens_what_undoing_takes_away_gets_it_back() {
    let place = Place::new(Old::Missing);
    place.place(&Real).unwrap();
    let target = place.target.clone();
    let visitors = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let inside = std::sync::Arc::clone(&visitors);
    let door = keep(Hooked::new(move |at| {
        let mut inside = inside.lock().unwrap();
        if !at.done && at.operation == "rename" && at.is("rename", "sqlite.db") && inside.is_empty() {
            // By the file's name, without SQLite: its locks would not let anybody in.
            inside.push(std::process::Command::new("sleep").arg("60").stdin(fs::File::open(&target)?).spawn()?);
        }
        Ok(())
    }));
    let stopped = place.undo(door).unwrap_err();
    is(stopped, Code::R601, Left::Unfinished, "pid");
    assert!(fs::read(&place.target).unwrap() == place.new_bytes());
    let mut visitor = visitors.lock().unwrap().pop().unwrap();
    visitor.kill().unwrap();
    visitor.wait().unwrap();
    place.undo(&Real).unwrap();
    place.assert_as_before();
}

#[test]
fn what_sqlite_cannot_read_does_not_come_back_while_somebody_has_it_open() {
    let place = Place::new(Old::Garbage);
    place.place(&Real).unwrap();
    let visitor = visit(Visit::Idle, &place.target);
    is(place.with(&Real, undo::undo_online).unwrap_err(), Code::R601, Left::Unfinished, "pid");
    visitor.leave();
    place.with(&Real, undo::undo_online).unwrap();
    place.assert_as_before();
}

#[test]
fn going_on_with_what_was_placed_clears_away_what_a_cut_left() {
    let place = Place::new(Old::Wal);
    let placed = place.place(&Real).unwrap();
    let Safety { folder, .. } = placed.safety;
    let own = place.folder().join(".reseat-2026-11-19-1-k3vq8z2m.json");
    fs::write(&own, "{").unwrap();
    assert!(place::left_behind(&Real, &place.order));
    let again = place.proceed(&Real).unwrap();
    assert_eq!(again.safety.folder, folder);
    assert!(!place::left_behind(&Real, &place.order));
    place.assert_placed();
}
