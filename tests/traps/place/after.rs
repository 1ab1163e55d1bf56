//! R701 to R703, R705: after the restore.

use std::fs;

use super::{find, restore, run, said, stops};
use crate::desk::{Desk, EVENTS, HUB, NEW, OTHER_HUB, is_root, sample};

/// A desk after the usual restore, and its ID.
fn restored() -> Option<(Desk, String)> {
    if !is_root() {
        return None;
    }
    let desk = Desk::new();
    let words = restore(&[]);
    let document = run(&desk, &words.iter().map(String::as_str).collect::<Vec<_>>()).is(0).json();
    let id = document["restore"].as_str().unwrap().to_owned();
    Some((desk, id))
}

fn check(desk: &Desk) -> serde_json::Value {
    desk.reseat(&["check", NEW, "--json"]).json()
}

/// Trap R701: the connection settings are not said to be corrected.
/// Trap R702: Sync is ticked before Update config; and as long as one of them is open.
/// Quiet R701: the person said so.
/// Quiet R702: the steps were ticked in their order.
#[test]
fn open_steps() {
    let Some((desk, id)) = restored() else { return };
    let first = check(&desk);
    said(&first, "R701", "ask");
    said(&first, "R702", "ask");
    stops(&desk, &["tick", &id, "sync"], "R702", "ask");
    desk.reseat(&["tick", &id, "connection-settings"]).is(0);
    let document = check(&desk);
    assert!(find(&document, "R701").is_none());
    said(&document, "R702", "ask");
    for step in ["update-config", "sync"] {
        desk.reseat(&["tick", &id, step]).is(0);
    }
    assert!(find(&check(&desk), "R702").is_none());
}

/// Trap R703: the connector made a new database of its own; or it now names another hub.
/// Quiet R703: new events came.
#[test]
fn a_database_that_changed() {
    let Some((desk, _)) = restored() else { return };
    let connection = rusqlite::Connection::open(desk.target(NEW)).unwrap();
    let more = "insert into Events (integration, source, kind, payload, createdAt) \
                select integration, source, kind, payload, createdAt from Events limit 5";
    connection.execute(more, []).unwrap();
    drop(connection);
    let document = check(&desk);
    assert!(find(&document, "R703").is_none());
    assert_eq!(document["sinceRestore"]["newEvents"], 5);
    for sample in [sample(HUB, NEW, 3), sample(OTHER_HUB, NEW, EVENTS)] {
        fs::remove_file(desk.target(NEW)).unwrap();
        desk.connector(&sample);
        let document = desk.reseat(&["check", NEW, "--json"]).is(3).json();
        said(&document, "R703", "warn");
    }
}

/// Trap R705: after a restore it is said that the next restart uploads the database.
/// Quiet R705: a connector that was never restored.
#[test]
fn the_first_upload() {
    let Some((desk, _)) = restored() else { return };
    said(&check(&desk), "R705", "info");
    assert!(find(&Desk::new().reseat(&["check", NEW, "--json"]).is(0).json(), "R705").is_none());
}
