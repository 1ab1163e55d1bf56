//! Owner, mode, ACL and attributes: the new file has what the old one had, whatever the folder gives to new files.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use reseat::files::Real;

use crate::support::hubs::{CONNECTOR, Old, Place};
use crate::support::looks::{ACCESS, DEFAULT, acl, get, give};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn an_acl_and_attributes_stay_and_come_back() {
    for old in [Old::Wal, Old::Clean, Old::Garbage] {
        let place = Place::new(old);
        if !give(&place.target, "user.note", b"of the lab") || !give(&place.target, ACCESS, &acl()) {
            eprintln!("NOT TESTED: attributes, because this file system has none");
            return;
        }
        let checker = place.checker();
        let has = |at: &str| {
            assert_eq!(get(&place.target, "user.note").unwrap(), b"of the lab", "{old:?} {at}");
            assert_eq!(get(&place.target, ACCESS).unwrap(), acl(), "{old:?} {at}");
            checker.i7_looks().unwrap();
        };
        has("before");
        place.place(&Real).unwrap();
        place.assert_placed();
        has("placed");
        place.undo(&Real).unwrap();
        place.assert_as_before();
        has("undone");
    }
}

#[test]
fn what_the_folder_gives_to_new_files_is_not_on_the_new_database() {
    let place = Place::new(Old::Wal);
    fs::set_permissions(&place.target, fs::Permissions::from_mode(0o640)).unwrap();
    if !give(place.folder(), DEFAULT, &acl()) {
        eprintln!("NOT TESTED: the default ACL of a folder, because this file system has none");
        return;
    }
    fs::write(place.folder().join("probe"), "").unwrap();
    assert!(get(&place.folder().join("probe"), ACCESS).is_some(), "new files get it");
    fs::remove_file(place.folder().join("probe")).unwrap();
    let checker = place.checker();
    place.place(&Real).unwrap();
    assert_eq!((get(&place.target, ACCESS), mode(&place.target)), (None, 0o640));
    checker.i7_looks().unwrap();
    place.undo(&Real).unwrap();
    assert_eq!((get(&place.target, ACCESS), mode(&place.target)), (None, 0o640));
    place.assert_as_before();
}

#[test]
fn where_nothing_was_the_folder_gives_its_acl_as_to_any_new_file() {
    let place = Place::new(Old::Missing);
    if !give(place.folder(), DEFAULT, &acl()) {
        eprintln!("NOT TESTED: the default ACL of a folder, because this file system has none");
        return;
    }
    place.place(&Real).unwrap();
    let probe = place.base.join("datahub").join(CONNECTOR).join("probe");
    fs::OpenOptions::new().create_new(true).write(true).mode(mode(&place.target)).open(&probe).unwrap();
    assert_eq!(get(&place.target, ACCESS), get(&probe, ACCESS));
    assert!(get(&probe, ACCESS).is_some());
    assert_eq!(mode(&place.target), mode(&probe));
    fs::remove_file(&probe).unwrap();
    place.undo(&Real).unwrap();
    place.assert_as_before();
}

#[test]
fn a_folder_that_is_made_has_the_acl_of_its_neighbours() {
    let place = Place::new(Old::NoFolder);
    let neighbour = place.root.join("11111111-2222-4333-8444-555555555555");
    fs::create_dir(&neighbour).unwrap();
    fs::write(neighbour.join("sqlite.db"), "").unwrap();
    fs::set_permissions(&neighbour, fs::Permissions::from_mode(0o750)).unwrap();
    if !give(&neighbour, DEFAULT, &acl()) {
        eprintln!("NOT TESTED: the default ACL of a folder, because this file system has none");
        return;
    }
    place.place(&Real).unwrap();
    assert_eq!(get(place.folder(), DEFAULT), Some(acl()));
    assert_eq!(mode(place.folder()), 0o750);
    place.undo(&Real).unwrap();
    place.assert_as_before();
}
