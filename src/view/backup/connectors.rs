//! 5: which connector?

use super::super::body::{Body, Room};
use super::super::list;
use super::super::theme::{Role, Theme};
use super::{filter, heading, looks_like, rooms, stopped, with_details};
use crate::text::{self, Untrusted};
use crate::wizard::Shared;
use crate::wizard::backup::{Barred, Connector, Connectors, Line, Peek};

/// Draws it.
pub(in super::super) fn connectors(state: &Connectors, shared: &Shared, room: Room, theme: Theme) -> Body {
    let (hubs, listed) = state.listed();
    let hubs = text::counted(hubs as u64, "hub", "hubs");
    let count = text::counted(listed as u64, "connector", "connectors");
    let so_far = if state.listing().runs() { " so far" } else { "" };
    let right = if room.is_narrow() {
        format!("{count}{so_far}")
    } else {
        format!("{}: {hubs}, {count}{so_far}", state.org().printable())
    };
    let mut body = Body::asking_with("Which connector was lost, the OLD one?", &right, room, theme);
    let rows = state.rows();
    filter(&mut body, state.filter(), &matches(state, rows.len(), listed), room, theme);
    let (list_room, side_room) = rooms(room);
    let wide = list_room.columns() >= 76;
    body.gap();
    body.styled(
        &format!("  {}", columns(Err(("name", "type")), "newest", " ", "size", "connector", wide)),
        Role::Dim,
        theme,
    );
    let from = body.len();
    let (height, below) = Connectors::heights(shared.size);
    let (window, range) = state.window(height);
    let at = state.at();
    for line in &window {
        match line {
            Line::Hub(hub) => heading(&mut body, &format!("hub {}", hub.hub), theme),
            Line::Others => heading(&mut body, "not connector backups", theme),
            Line::Row(number, row) => {
                list::row(&mut body, *number == at, &content(state, row, shared, wide), list_room, theme);
            }
        }
    }
    list::position(&mut body, &range, rows.len(), list_room, theme);
    let mut side = Body::default();
    if let Some(finding) = state.failure() {
        stopped(&mut side, finding, side_room, theme);
    } else if let Some(row) = rows.get(at) {
        details(&mut side, state, row, shared, (room.is_narrow(), side_room), theme);
    }
    let lines = if state.failure().is_some() { room.rows() } else { below };
    with_details(&mut body, side, from, lines, room);
    body
}

/// `13 match; 3 of 41 names are still being read`.
fn matches(state: &Connectors, rows: usize, listed: usize) -> String {
    let (reading, unknown) = state.nameless();
    let fit = text::count(rows as u64);
    match (reading, unknown) {
        (0, 0) => format!("{fit} match"),
        (0, unknown) if state.hides_nameless() => {
            format!("{fit} match; {} without a name are left out", text::count(unknown as u64))
        }
        (0, unknown) => format!("{fit} match; {} of {} names are not known", text::count(unknown as u64), listed),
        (reading, _) => {
            format!("{fit} match; {} of {} names are still being read", text::count(reading as u64), listed)
        }
    }
}

/// One line of columns; without the type where it is narrow.
fn columns(named: Result<&str, (&str, &str)>, newest: &str, mark: &str, size: &str, id: &str, wide: bool) -> String {
    let named = match (named, wide) {
        (Err((name, kind)), true) => format!("{} {}", text::fit(name, 22), text::fit(kind, 15)),
        (Ok(why), true) => format!("{} ", text::fit(why, 37)),
        (Err((name, _)) | Ok(name), false) => text::fit(name, 20),
    };
    if wide {
        format!("{named}{newest:>8}  {mark}{size:>9}   {id}")
    } else {
        format!("{named} {newest:>8} {mark}{size:>9}  {id}")
    }
}

fn content(state: &Connectors, row: &Connector<'_>, shared: &Shared, wide: bool) -> String {
    let (folder, peek) = match row {
        Connector::Folder(folder, peek) => (folder, peek),
        Connector::Other(other) => return format!("{} · {}", text::fit(&other.key.printable(), 40), other.is),
    };
    let none = if state.is_reading(folder) { "…" } else { "-" };
    let words = |text: Option<&Untrusted>| text.map_or_else(|| none.to_owned(), Untrusted::printable);
    let name = words(peek.and_then(|peek| peek.name.as_ref()));
    let kind = words(peek.and_then(|peek| peek.kind.as_ref()));
    // What could not be read says why in the place of the name.
    let barred = peek.filter(|peek| peek.name.is_none()).and_then(|peek| peek.barred.as_ref()).map(Barred::instead);
    let newest = peek.and_then(|peek| peek.newest).map_or_else(|| none.to_owned(), |at| text::age(at, shared.now));
    let size = peek.and_then(|peek| peek.size).map_or_else(|| none.to_owned(), text::size);
    let mark = if peek.is_some_and(|peek| peek.far_smaller) { "·" } else { " " };
    let id = folder.connector.to_string();
    let id = format!("{}…{}", &id[..8], &id[32..]);
    columns(barred.as_deref().ok_or((&name, &kind)), &newest, mark, &size, &id, wide)
}

fn details(
    body: &mut Body,
    state: &Connectors,
    row: &Connector<'_>,
    shared: &Shared,
    (narrow, room): (bool, Room),
    theme: Theme,
) {
    let (folder, peek) = match row {
        Connector::Folder(folder, peek) => (folder, peek),
        Connector::Other(other) => {
            body.styled("This is no connector", Role::Title, theme);
            body.wrapped(&format!("{} is {} (R113).", other.key.printable(), other.is), 3, room);
            return;
        }
    };
    if !narrow {
        body.styled("This connector", Role::Title, theme);
    }
    let name = peek.and_then(|peek| peek.name.as_ref()).map(|name| format!("{}, ", name.printable()));
    body.text(format!("  {}{}", name.unwrap_or_default(), folder.connector));
    let Some(peek) = peek else { return };
    if let Some(name) = &peek.name {
        looks_like(body, name, state.alike(name), room);
    }
    body.wrapped(&format!("{}{}", versions(peek), newest_event(peek, shared)), 3, room);
    if let Some(barred) = &peek.barred {
        let code = barred.code.map_or_else(String::new, |code| format!("✗ {code}"));
        body.labelled(&code, &barred.why, 9, room);
    }
    if peek.far_smaller {
        let events = peek.events.map(|events| format!(": {}", text::counted(events, "event", "events")));
        let words = format!("The newest version is far smaller than the one before it{}.", events.unwrap_or_default());
        body.labelled("· R115", &words, 9, room);
    }
}

fn newest_event(peek: &Peek, shared: &Shared) -> String {
    peek.event.map_or_else(String::new, |at| format!("; newest event {} ago", text::age(at, shared.now)))
}

fn versions(peek: &Peek) -> String {
    match (peek.versions, peek.newest) {
        (0, _) => "nothing to restore: it is empty, or all was deleted".to_owned(),
        (1, Some(newest)) => format!("1 version, of {}", text::moment(newest)),
        (count, Some(newest)) => {
            format!("{} versions, the newest of {}", text::count(count), text::moment(newest))
        }
        (count, None) => text::counted(count, "version", "versions"),
    }
}
