//! The connectors of a hub, and the place of one, looked at without touching anything.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use jiff::Timestamp;
use reseat::hub::discover::{Discovery, HubConnector, Seen, hub_of};
use reseat::hub::look::{LooksFrom, PlaceFacts, look};
use reseat::progress::Cancel;
use reseat::world::World;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::hubs::{CONNECTOR, HUB, Old, Place, sample};

const OTHER: &str = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410";
const THIRD: &str = "e03d7a95-62bb-4c1f-9d40-8b17a2f6c3de";

fn neighbour(root: &Path, id: &str, events: u64) {
    fs::create_dir(root.join(id)).unwrap();
    sample(id, events, true).create(&root.join(id).join("sqlite.db")).unwrap();
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

fn find<'a>(found: &'a [HubConnector], id: &str) -> &'a HubConnector {
    found.iter().find(|one| one.connector.to_string() == id).unwrap()
}

#[test]
fn connectors_are_found_newest_first_and_read_once() {
    let place = Place::new(Old::Wal);
    std::thread::sleep(std::time::Duration::from_millis(20));
    neighbour(&place.root, OTHER, 5);
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::create_dir(place.root.join(THIRD)).unwrap();
    fs::create_dir(place.root.join("lost+found")).unwrap();
    let scratch = TempDir::new().unwrap();
    let mut discovery = Discovery::new(scratch.path());
    let found = discovery.look(&place.root, at(0), &Cancel::default()).unwrap();
    let ids: Vec<String> = found.iter().map(|one| one.connector.to_string()).collect();
    assert_eq!(ids, [THIRD, OTHER, CONNECTOR]);
    assert!(matches!(find(&found, THIRD).seen, Seen::Missing));
    let glance = find(&found, CONNECTOR).seen.glance().unwrap();
    assert_eq!((glance.hub, glance.events), (Some(HUB.parse().unwrap()), 40));
    assert_eq!(
        glance.source(CONNECTOR.parse().unwrap()).unwrap().name.as_ref().unwrap().printable(),
        "Cellario Boston"
    );
    assert_eq!(hub_of(&found), Some(HUB.parse().unwrap()));
    // Nothing changed in the live folders, nothing is left of the copies.
    place.assert_as_before();
    assert!(fs::read_dir(scratch.path()).unwrap().next().is_none());
    // Seen before: the same answer, not read again, even where reading would fail now.
    fs::set_permissions(place.root.join(OTHER).join("sqlite.db"), fs::Permissions::from_mode(0o000)).unwrap();
    drop(scratch);
    let again = discovery.look(&place.root, at(2), &Cancel::default()).unwrap();
    assert_eq!(find(&again, OTHER).seen.glance().unwrap().events, 5);
}

#[test]
fn a_change_is_seen_after_a_rest() {
    let place = Place::new(Old::Clean);
    let scratch = TempDir::new().unwrap();
    let mut discovery = Discovery::new(scratch.path());
    let mut events = |seconds| {
        let found = discovery.look(&place.root, at(seconds), &Cancel::default()).unwrap();
        find(&found, CONNECTOR).seen.glance().unwrap().events
    };
    assert_eq!(events(0), 40);
    Connection::open(&place.target).unwrap().execute("delete from Events where id > 30", []).unwrap();
    assert_eq!(events(1), 40, "a busy database is not copied at each look");
    assert_eq!(events(100), 30);
}

#[test]
fn what_cannot_be_read_is_said_so() {
    let place = Place::new(Old::Garbage);
    let scratch = TempDir::new().unwrap();
    let found = Discovery::new(scratch.path()).look(&place.root, at(0), &Cancel::default()).unwrap();
    assert!(matches!(&found[0].seen, Seen::Unknown(why) if !why.is_empty()), "{found:?}");
    assert_eq!(hub_of(&found), None);
    let missing = place.base.join("no such root");
    assert!(Discovery::new(scratch.path()).look(&missing, at(0), &Cancel::default()).unwrap().is_empty());
}

fn facts(path: &Path) -> PlaceFacts {
    let scratch = TempDir::new().unwrap();
    let facts = look(&World::real(), path, scratch.path(), &Cancel::default()).unwrap();
    assert!(fs::read_dir(scratch.path()).unwrap().next().is_none());
    facts
}

#[test]
fn the_facts_of_a_place() {
    let place = Place::new(Old::Wal);
    fs::set_permissions(&place.target, fs::Permissions::from_mode(0o640)).unwrap();
    let seen = facts(&place.target);
    assert_eq!(seen.target, place.target);
    assert_eq!(seen.folder_names.unwrap().to_string(), CONNECTOR);
    assert_eq!(seen.side_files.len(), 1);
    assert_eq!((seen.looks.as_ref().unwrap().0.mode, seen.looks.as_ref().unwrap().1), (0o640, LooksFrom::OldFile));
    assert!(seen.permitted.is_ok() && !seen.immutable && !seen.through_link && seen.folder_there);
    assert_eq!((seen.owner_writes, seen.other_names), (Some(true), 0));
    let room = seen.file_system.as_ref().unwrap();
    assert!(room.free > 0 && !room.read_only && !room.network && !room.kind.is_empty());
    assert!(seen.busy.is_none() && seen.leftovers.is_empty());
    let now = seen.now.as_ref().unwrap();
    assert_eq!(now.readable, Some(Ok(())));
    assert_eq!(now.seen.glance().unwrap().events, 40);
    assert!(seen.needed_there(1000) > now.size + 1000);
    place.assert_as_before();
}

#[test]
fn odd_places_are_told_apart() {
    let place = Place::new(Old::Garbage);
    fs::hard_link(&place.target, place.base.join("second name")).unwrap();
    let link = place.base.join("link");
    symlink(place.folder(), &link).unwrap();
    let seen = facts(&link.join("sqlite.db"));
    assert_eq!(seen.target, place.target);
    assert!(seen.through_link);
    assert_eq!((seen.other_names, seen.folder_names), (1, None));
    assert!(matches!(seen.now.unwrap().readable, Some(Err(why)) if !why.is_empty()));
    let missing = Place::new(Old::Missing);
    let seen = facts(&missing.target);
    assert!(seen.now.is_none() && seen.folder_there);
    assert_eq!(seen.looks.unwrap().1, LooksFrom::Folder);
    let nowhere = facts(&missing.root.join(OTHER).join("sqlite.db"));
    assert!(!nowhere.folder_there && nowhere.file_system.is_some());
    // No other connector has a database: the hub folder is the example.
    assert_eq!(nowhere.makes_folder.unwrap().1, LooksFrom::Folder);
    assert_eq!(nowhere.looks.unwrap().1, LooksFrom::Folder);
    let beside = Place::new(Old::Clean);
    let sibling = LooksFrom::Sibling(CONNECTOR.parse().unwrap());
    let nowhere = facts(&beside.root.join(OTHER).join("sqlite.db"));
    assert_eq!((nowhere.makes_folder.unwrap().1, nowhere.looks.unwrap().1), (sibling, sibling));
    let no_hub = facts(&missing.base.join("no hub").join(OTHER).join("sqlite.db"));
    assert!(no_hub.looks.is_none() && no_hub.makes_folder.is_none() && no_hub.file_system.is_none());
}

#[test]
fn a_cut_placing_is_seen_by_others() {
    let place = Place::new(Old::Clean);
    let marker =
        r#"{"restore":"2026-11-18-2","token":"abc","person":"jo","since":"2026-11-18T10:00:00Z","journal":"/x"}"#;
    fs::write(place.folder().join(".reseat-2026-11-18-2-abc.json"), marker).unwrap();
    fs::write(place.folder().join(".reseat-2026-11-18-2-abc.swap"), b"").unwrap();
    fs::write(place.folder().join(".reseat-2026-11-17-1-xyz.R"), b"").unwrap();
    let seen = facts(&place.target);
    let names: Vec<&str> = seen.leftovers.iter().map(|left| left.restore.as_str()).collect();
    assert_eq!(names, ["2026-11-17-1", "2026-11-18-2"]);
    assert_eq!(seen.leftovers[1].line(), "restore 2026-11-18-2 of jo, since 2026-11-18 10:00 UTC");
}
