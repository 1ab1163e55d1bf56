//! What stays as it was: owner, mode, attributes. And where they come from when there was nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use reseat::files::{Attribute, Files, Real};

use crate::support::hubs::{Old, Place};

fn looks(path: &Path) -> (u32, u32, u32, Vec<Attribute>) {
    let status = fs::metadata(path).unwrap();
    let attributes = Real.attributes(&Real.open_read(path).unwrap()).unwrap();
    (status.uid(), status.gid(), status.mode() & 0o7777, attributes)
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// An ACL as the kernel keeps it: user 4242 may read.
fn acl() -> Attribute {
    let mut value = vec![2, 0, 0, 0];
    for (tag, rights, id) in
        [(1_u16, 6_u16, u32::MAX), (2, 4, 4242), (4, 4, u32::MAX), (0x10, 6, u32::MAX), (0x20, 0, u32::MAX)]
    {
        value.extend(tag.to_le_bytes());
        value.extend(rights.to_le_bytes());
        value.extend(id.to_le_bytes());
    }
    Attribute { name: "system.posix_acl_access".to_owned(), value }
}

#[test]
fn owner_mode_and_attributes_stay() {
    let place = Place::new(Old::Wal);
    let log = format!("{}-wal", place.target.display());
    for path in [place.target.as_path(), Path::new(&log)] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        if is_root() {
            chown(path, Some(4711), Some(4712)).unwrap();
        } else {
            eprintln!("NOT TESTED: another owner, because this is not root");
        }
        let handle = Real.open_read(path).unwrap();
        for attribute in [Attribute { name: "user.note".to_owned(), value: b"of the connector".to_vec() }, acl()] {
            if let Err(error) = Real.set_attribute(&handle, &attribute) {
                eprintln!("NOT TESTED: {}, because of: {error}", attribute.name);
            }
        }
    }
    let (before, log_before) = (looks(&place.target), looks(Path::new(&log)));
    let placed = place.place(&Real).unwrap();
    place.assert_placed();
    assert_eq!(looks(&place.target), before);
    assert_eq!(placed.safety.database.as_ref().unwrap().looks.mode, before.2);
    place.undo(&Real).unwrap();
    place.assert_as_before();
    assert_eq!((looks(&place.target), looks(Path::new(&log))), (before, log_before));
}

#[test]
fn a_missing_database_gets_the_looks_of_the_folder_or_of_a_neighbour() {
    let place = Place::new(Old::Missing);
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o750)).unwrap();
    place.place(&Real).unwrap();
    assert_eq!(looks(&place.target).2, 0o640);
    place.undo(&Real).unwrap();
    let neighbour = place.root.join("5e22b0c7-19f4-4a83-b6d1-c07f3e58a410");
    fs::create_dir(&neighbour).unwrap();
    fs::write(neighbour.join("sqlite.db"), b"").unwrap();
    fs::set_permissions(neighbour.join("sqlite.db"), fs::Permissions::from_mode(0o660)).unwrap();
    if is_root() {
        chown(neighbour.join("sqlite.db"), Some(4711), Some(4712)).unwrap();
    }
    place.place(&Real).unwrap();
    let (uid, gid, mode, _) = looks(&place.target);
    assert_eq!(mode, 0o660);
    if is_root() {
        assert_eq!((uid, gid), (4711, 4712));
    }
}
