//! The search of all levels.

use super::super::body::{Body, Room};
use super::super::list;
use super::super::theme::{Role, Theme};
use super::{filter, rooms, stopped, with_details};
use crate::catalog::levels::Hit;
use crate::text::{self, Untrusted};
use crate::wizard::Shared;
use crate::wizard::backup::{KEPT, Reach, Search};

/// Draws it.
pub(in super::super) fn search(state: &Search, shared: &Shared, room: Room, theme: Theme) -> Body {
    let looked = text::counted(state.found().looked, "object", "objects");
    let so_far = if state.listing().runs() { " so far" } else { "" };
    let question = format!("What is searched in {}?", state.source().name);
    let mut body = Body::asking_with(&question, &format!("{looked}{so_far}"), room, theme);
    filter(&mut body, state.filter(), &fits(state), room, theme);
    let (list_room, side_room) = rooms(room);
    let wide = list_room.columns() >= 76;
    match state.reach() {
        None => body.gap(),
        Some(reach) => body.text(text::cut(&reaches(reach), room.columns().saturating_sub(1))),
    };
    let head = columns(["organisation", "hub", "connector", "file", "size", "age"], wide);
    body.styled(&format!("  {head}"), Role::Dim, theme);
    let from = body.len();
    let hits = &state.found().hits;
    let (height, below) = Search::heights(shared.size);
    let window = state.cursor().window(hits.len(), height);
    let at = state.cursor().at(hits.len());
    for (number, hit) in hits.iter().enumerate().skip(window.start).take(window.len()) {
        list::row(&mut body, number == at, &content(hit, shared, wide), list_room, theme);
    }
    list::position(&mut body, &window, hits.len(), list_room, theme);
    let mut side = Body::default();
    if let Some(finding) = state.failure() {
        stopped(&mut side, finding, side_room, theme);
    } else if let Some(hit) = state.under() {
        details(&mut side, hit, side_room, theme);
    }
    let lines = if state.failure().is_some() { room.rows() } else { below };
    with_details(&mut body, side, from, lines, room);
    body
}

/// Where the root may not be listed: what is searched all the same.
fn reaches(reach: &Reach) -> String {
    match reach {
        Reach::Nothing => "! The root may not be listed: type an organisation first.".to_owned(),
        Reach::Below(prefix) => format!("! The root may not be listed: searched below {}", prefix.printable()),
    }
}

/// `18 204 fit, the first 1 000 are shown`.
fn fits(state: &Search) -> String {
    let fit = state.found().fit;
    match fit {
        _ if !state.asks() => String::new(),
        fit if fit > KEPT as u64 => {
            format!("{} fit, the first {} are shown", text::count(fit), text::count(KEPT as u64))
        }
        fit => format!("{} fit", text::count(fit)),
    }
}

fn columns([org, hub, connector, file, size, age]: [&str; 6], wide: bool) -> String {
    if wide {
        let named = format!("{} {} {}", text::fit(org, 15), text::fit(hub, 9), text::fit(connector, 18));
        format!("{named} {} {size:>9} {age:>8}", text::fit(file, 10))
    } else {
        format!("{} {} {size:>9} {age:>8}", text::fit(org, 15), text::fit(connector, 19))
    }
}

/// A row: the connector by its name, where that is known.
fn content(hit: &Hit, shared: &Shared, wide: bool) -> String {
    let id = hit.folder.connector.to_string();
    let short = format!("{}…{}", &id[..8], &id[32..]);
    let connector = hit.name.as_ref().map_or(short, Untrusted::printable);
    let age = hit.modified.map_or_else(|| "-".to_owned(), |at| text::age(at, shared.now));
    let (org, file) = (hit.folder.org.printable(), hit.file.printable());
    let size = if hit.deleted { "deleted".to_owned() } else { text::size(hit.size) };
    let hub = hit.folder.hub.hub.short();
    columns([&org, &hub, &connector, &file, &size, &age], wide)
}

fn details(body: &mut Body, hit: &Hit, room: Room, theme: Theme) {
    let name = hit.name.as_ref().map_or_else(|| "This backup".to_owned(), Untrusted::printable);
    body.styled(&name, Role::Title, theme);
    let mut row = |label: &str, words: &str| {
        body.labelled(&format!("  {label}"), words, 17, room);
    };
    row("organisation", &hit.folder.org.printable());
    row("hub", &hit.folder.hub.hub.to_string());
    row("connector", &hit.folder.connector.to_string());
    let at = |verb: &str| hit.modified.map_or_else(String::new, |at| format!("{verb} {}", text::moment(at)));
    if hit.deleted {
        row("deleted", &format!("{}; older versions may still be there", at("at")));
    } else {
        row("size", &format!("{} bytes{}", text::count(hit.size), at(", written")));
    }
    row("file", &hit.file.printable());
}
