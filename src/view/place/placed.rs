//! Draws 16: the restored database is in its place.

use crate::text;
use crate::view::body::{Body, Room};
use crate::view::theme::Theme;
use crate::view::{findings, finish};
use crate::wizard::Shared;
use crate::wizard::after::{After, Contents};
use crate::wizard::place::Placed;

/// The body of 16.
pub(in crate::view) fn placed(state: &Placed, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let after = &state.after;
    let mut body = Body::asking("The restored database is in its place.", theme);
    if !room.is_narrow() {
        body.gap();
    }
    done_rows(&mut body, after, room);
    for note in after.notes.iter().take(2) {
        findings::finding(&mut body, note, None, room, theme);
    }
    if !room.is_narrow() {
        body.gap();
        body.labelled("  place", &after.target, 17, room);
        body.labelled("  there now", &contents(&after.restored), 17, room);
        body.gap();
    }
    body.text(after.open_words());
    finish::short_steps(&mut body, after, room);
    if !room.is_narrow() {
        body.gap();
    }
    let id = &after.restore;
    body.labelled("b", &roll_back_words(after), 4, room);
    body.labelled("", &format!("Possible until the end, and later: reseat rollback {id}"), 4, room);
    body.lines.truncate(room.rows());
    body
}

fn done_rows(body: &mut Body, after: &After, room: Room) {
    let before = after.before.map_or_else(|| "nothing was there".to_owned(), |before| text::size(before.size));
    if room.is_narrow() {
        body.labelled("✓ Safety copy", &format!("{before}, in the restore's folder"), 18, room);
    } else {
        body.labelled("✓ Safety copy", &format!("{before} in {}/before/", after.folder), 18, room);
    }
    let look = after.last_look.map(|at| format!(", last look {}", text::clock(at))).unwrap_or_default();
    if after.online {
        body.labelled("✓ Same file", "SQLite wrote into it; the connector may have it open", 18, room);
    } else if !room.is_narrow() {
        body.labelled("✓ Not open", &format!("nobody had it open{look}"), 18, room);
    }
    if let Some(at) = after.placed {
        body.labelled("✓ Replaced", &format!("at {}", text::clock(at)), 18, room);
    }
    let read_back = if after.online {
        "page for page, the new IDs"
    } else if room.is_narrow() {
        "same bytes, sound, the new IDs"
    } else {
        "by a new process: same bytes, sound, the new IDs"
    };
    body.labelled("✓ Read back", read_back, 18, room);
    if !after.looks.is_empty() && !room.is_narrow() {
        let beside = if after.online { "" } else { "; no -wal, -shm, -journal" };
        body.labelled("✓ As before", &format!("owner {}{beside}", after.looks), 18, room);
    }
}

/// What a rollback does, for this restore.
fn roll_back_words(after: &After) -> String {
    match after.before {
        None => "rolls back: the place is EMPTY again, without a database. Nothing old returns.".to_owned(),
        Some(before) => match before.events {
            Some(0) => "rolls back: the new connector is EMPTY again, 0 events. Nothing old returns.".to_owned(),
            Some(events) => format!("rolls back: the old database returns, {} events.", text::count(events)),
            None => "rolls back: what was there before returns, byte for byte.".to_owned(),
        },
    }
}

/// `61.4 MiB, 18 204 events, newest 2026-11-17 02:51 UTC`.
pub(in crate::view) fn contents(contents: &Contents) -> String {
    let events = contents.events.map(|events| format!(", {}", text::counted(events, "event", "events")));
    let newest = contents.newest.map(|at| format!(", newest {}", text::moment(at)));
    format!("{}{}{}", text::size(contents.size), events.unwrap_or_default(), newest.unwrap_or_default())
}
