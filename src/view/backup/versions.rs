//! 6: which version?

use super::super::body::{Body, Room};
use super::super::list;
use super::super::theme::{Role, Theme};
use super::{rooms, stopped, with_details};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::backup::{Entry, Versions};

/// Draws it.
pub(in super::super) fn versions(state: &Versions, shared: &Shared, room: Room, theme: Theme) -> Body {
    let files = state.files();
    let entries = state.entries();
    let question = format!("Which version of {}?", state.called());
    let short = || text::counted(entries.len() as u64, "version", "versions");
    let how_many = if room.is_narrow() && !entries.is_empty() { short() } else { how_many(state, &files) };
    let mut body = Body::asking_with(&question, &how_many, room, theme);
    match state.as_of() {
        Some(field) => body.field("as of ", &text::printable(field.text()), Some(field.cursor())),
        None => body.gap(),
    };
    let (list_room, side_room) = rooms(room);
    let wide = list_room.columns() >= 76;
    let head = if list_room.columns() >= ROOMY {
        "  written (UTC)     age             size      change    events newest event"
    } else if wide {
        "  written (UTC)       age             size   events at most"
    } else {
        "  written (UTC)      age            size   events"
    };
    body.styled(head, Role::Dim, theme);
    let from = body.len();
    let (height, below) = Versions::heights(shared.size);
    let window = state.cursor().window(entries.len(), height);
    let at = state.cursor().at(entries.len());
    for (number, entry) in entries.iter().enumerate().skip(window.start).take(window.len()) {
        let content = content(state, entry, files.len() > 1, shared, list_room.columns());
        list::row(&mut body, number == at, &content, list_room, theme);
    }
    list::position(&mut body, &window, entries.len(), list_room, theme);
    let mut side = Body::default();
    if let Some(finding) = state.failure() {
        stopped(&mut side, finding, side_room, theme);
    } else if let Some(entry) = state.under() {
        details(&mut side, state, entry, shared, side_room, theme);
    }
    if state.failure().is_none() && room.halves().is_some() {
        growth(&mut side, state, from, side_room, theme);
    }
    let lines = if state.failure().is_some() { room.rows() } else { below };
    with_details(&mut body, side, from, lines, room);
    body
}

/// From so many columns on, a row has room for what changed against the version before it.
const ROOMY: usize = 88;

/// How size and events grew, below the details where there is room for it.
fn growth(body: &mut Body, state: &Versions, from: usize, room: Room, theme: Theme) {
    let lines = room.rows().saturating_sub(from + body.len() + 2);
    let chart = state.growth(room.columns().saturating_sub(2), lines);
    if lines < 4 || chart.len() < 3 {
        return;
    }
    body.gap();
    let mut chart = chart.into_iter();
    if let Some(head) = chart.next() {
        body.styled(&head, Role::Dim, theme);
    }
    chart.for_each(|line| {
        body.text(line);
    });
}

/// `1 file, sqlite.db, in 14 versions`.
fn how_many(state: &Versions, files: &[String]) -> String {
    let entries = text::counted(state.entries().len() as u64, "version", "versions");
    let more = if state.more() { " and more" } else { "" };
    match files {
        [] => {
            if state.listing().runs() {
                "is being listed".to_owned()
            } else {
                "nothing is there".to_owned()
            }
        }
        [file] if state.versions_hidden().is_some() => format!("1 file, {file}, its newest version"),
        [file] => format!("1 file, {file}, in {entries}{more}"),
        files => format!("{} files, {entries}{more}", files.len()),
    }
}

fn content(state: &Versions, entry: &Entry, with_file: bool, shared: &Shared, columns: usize) -> String {
    // Where the changes stand, remarks are as short as in a narrow window.
    let wide = (76..ROOMY).contains(&columns);
    let backup = &entry.backup;
    let written = backup.modified.map_or_else(|| "not known".to_owned(), text::minute);
    let age = backup.modified.map_or_else(String::new, |at| text::age(at, shared.now));
    let events = state.events(entry);
    let mut remarks = Vec::new();
    let marked = state.is_marked(entry);
    if marked {
        remarks.push(if wide { "« marked" } else { "« c" }.to_owned());
    }
    if with_file {
        remarks.push(crate::wizard::backup::file_of(backup));
    }
    if backup.deleted {
        remarks.push("deleted here".to_owned());
    }
    if let Some(code) = entry.barred() {
        let why = if code == crate::finding::Code::R107 { "archived" } else { "not a connector backup" };
        remarks.push(if wide { format!("✗ {code}  {why}") } else { format!("✗ {code}") });
    }
    if entry.far_smaller {
        remarks.push("· R115".to_owned());
    }
    match entry.earlier.as_ref().and_then(|earlier| earlier.result) {
        // Where the mark stands there is no room for more.
        Some(_) if marked => {}
        Some(Ok(())) => remarks.push(if wide { "✓ inspected" } else { "✓ seen" }.to_owned()),
        Some(Err(code)) => remarks.push(format!("✗ {code}")),
        None => remarks.extend(looked(state, entry, wide)),
    }
    let size = if backup.deleted { String::new() } else { text::size(backup.size) };
    let none = if state.is_reading(entry) { "…" } else { "" };
    let events = events.map_or_else(|| none.to_owned(), text::count);
    let remarks = remarks.join("  ");
    if columns >= ROOMY {
        let change = state.change(entry).unwrap_or_default();
        let newest = state.newest(entry).map_or_else(String::new, |at| state.newest_change(entry, at));
        let written = format!("{} {}", text::fit(&written, 17), text::fit(&age, 9));
        format!("{written}{size:>10} {change:>11} {events:>9} {newest:>12}  {remarks}")
    } else if wide {
        format!("{}{}{size:>10}{events:>16}   {remarks}", text::fit(&written, 20), text::fit(&age, 11))
    } else {
        format!("{} {} {size:>9} {events:>8}  {remarks}", text::fit(&written, 18), text::fit(&age, 9))
    }
}

/// What a look into the version says beside the number of its events.
fn looked(state: &Versions, entry: &Entry, wide: bool) -> Option<String> {
    match state.barred(entry) {
        Some(barred) if wide => Some(barred.short()),
        Some(barred) => barred.code.map(|code| format!("✗ {code}")),
        None => (wide && state.events(entry).is_none() && state.is_reading(entry)).then(|| "is being read".to_owned()),
    }
}

fn details(body: &mut Body, state: &Versions, entry: &Entry, shared: &Shared, room: Room, theme: Theme) {
    let backup = &entry.backup;
    // Where few lines fit, what warns comes first.
    let low = room.rows() < 19;
    if low {
        far_smaller(body, state, entry, room);
    } else {
        body.styled("This version", Role::Title, theme);
    }
    let mut row = |label: &str, words: &str| {
        body.labelled(&format!("  {label}"), words, 18, room);
    };
    row("hub", &state.folder().hub.hub.to_string());
    row("connector", &state.folder().connector.to_string());
    if let Some(barred) = state.barred(entry) {
        row(&barred.code.map_or_else(String::new, |code| format!("✗ {code}")), &barred.why);
    }
    if let Some(newest) = state.newest(entry) {
        let missing = text::age(newest, shared.now);
        row("newest event", &format!("{}: {missing} are NOT in this version", text::moment(newest)));
    }
    match (&backup.version, state.versions_hidden()) {
        (Some(version), _) => row("version", &text::printable(version)),
        (None, Some(why)) => row("version", &format!("the newest; older ones are not seen: {why}")),
        (None, None) => {}
    }
    if !backup.deleted {
        let class = backup.storage_class.as_deref().filter(|class| *class != "STANDARD");
        let class = class.map(|class| format!("; {}", text::printable(class))).unwrap_or_default();
        let checksum = if backup.has_checksum { "; the bucket holds a checksum to compare with" } else { "" };
        row("size", &format!("{} bytes{class}{checksum}", text::count(backup.size)));
    }
    if !low {
        far_smaller(body, state, entry, room);
    }
    // Last: where there is no room, it is the chart that tells it.
    if let Some(grown) = state.grown(entry) {
        body.labelled("  growth", &grown, 18, room);
    }
}

/// R115, where the newest version is the far smaller one.
fn far_smaller(body: &mut Body, state: &Versions, entry: &Entry, room: Room) {
    let words = match (state.newest_is_far_smaller(), entry.far_smaller) {
        (_, true) => {
            "This version is far smaller than the one before it: an emptied connector has probably written over the backup."
        }
        (true, false) => {
            "The newest version is far smaller: an emptied connector has probably written over the backup. The cursor \
             begins on the version before it."
        }
        (false, false) => return,
    };
    body.labelled("· R115", words, 9, room);
}
