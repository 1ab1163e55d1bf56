//! 4: which organisation?

use super::super::body::{Body, Room};
use super::super::list;
use super::super::theme::{Role, Theme};
use super::{filter, looks_like, rooms, stopped, with_details};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::backup::{Organisations, Row};

/// Draws it.
pub(in super::super) fn organisations(state: &Organisations, shared: &Shared, room: Room, theme: Theme) -> Body {
    let listed = text::counted(state.listed() as u64, "organisation", "organisations");
    let so_far = if state.listing().runs() { " so far" } else { "" };
    let name = &state.source().name;
    let right = if state.failure().is_some() { name.clone() } else { format!("{name}: {listed}{so_far}") };
    let mut body = Body::asking_with("Which organisation?", &right, room, theme);
    let rows = state.rows();
    let fit = text::count(rows.len() as u64);
    filter(&mut body, state.filter(), &format!("{fit} match"), room, theme);
    if let Some(field) = state.typed() {
        body.field("organisation: ", &text::printable(field.text()), Some(field.cursor()));
    }
    let (list_room, side_room) = rooms(room);
    let (height, below) = Organisations::heights(shared.size);
    if rows.is_empty() && state.failure().is_some() {
        body.gap();
    } else {
        body.styled("  organisation          hubs   connectors", Role::Dim, theme);
    }
    let from = body.len();
    let window = state.cursor().window(rows.len(), height);
    let at = state.cursor().at(rows.len());
    for (number, row) in rows.iter().enumerate().skip(window.start).take(window.len()) {
        list::row(&mut body, number == at, &content(state, row), list_room, theme);
    }
    list::position(&mut body, &window, rows.len(), list_room, theme);
    let mut side = Body::default();
    if let Some(finding) = state.failure() {
        stopped(&mut side, finding, side_room, theme);
    } else if let Some(row) = rows.get(at) {
        details(&mut side, state, row, below, side_room, theme);
    }
    let lines = if state.failure().is_some() { room.rows() } else { below };
    with_details(&mut body, side, from, lines, room);
    body
}

fn content(state: &Organisations, row: &Row<'_>) -> String {
    match row {
        Row::Organisation(name) => {
            let (hubs, connectors) = state.counts(name).map_or_else(
                || ("…".to_owned(), "…".to_owned()),
                |counts| (text::count(counts.0.len() as u64), text::count(counts.connectors())),
            );
            let mark = match () {
                () if state.is_home(name) => "   ✓ this machine's hub is here",
                () if state.is_counting(name) => "   is being read",
                () => "",
            };
            format!("{} {hubs:>5} {connectors:>12}{mark}", text::fit(&name.printable(), 20))
        }
        Row::Other(other) => format!("{} · {}", text::fit(&other.key.printable(), 39), other.is),
    }
}

/// The hubs of the organisation under the cursor.
fn details(body: &mut Body, state: &Organisations, row: &Row<'_>, lines: usize, room: Room, theme: Theme) {
    let name = match row {
        Row::Organisation(name) => name,
        Row::Other(other) => {
            body.styled(&other.key.printable(), Role::Title, theme);
            body.wrapped(&format!("It is {}: it cannot be restored here (R113).", other.is), 3, room);
            return;
        }
    };
    body.styled(&name.printable(), Role::Title, theme);
    let from = body.len();
    looks_like(body, name, state.alike(name), room);
    let lines = lines.saturating_sub(body.len() - from);
    let Some(counts) = state.counts(name) else {
        if state.is_counting(name) {
            body.text("  its hubs are being read");
        }
        return;
    };
    let fit = lines.saturating_sub(1).max(1);
    let more = counts.0.len().saturating_sub(fit);
    let shown = if more > 0 { fit.saturating_sub(1) } else { fit };
    for (hub, connectors) in counts.0.iter().take(shown) {
        let here = if state.hub() == Some(*hub) { "   ✓ this machine" } else { "" };
        let words = if *connectors == 1 { "connector" } else { "connectors" };
        body.text(format!("  hub {hub}  {:>3} {words}{here}", text::count(*connectors)));
    }
    if more > 0 {
        body.text(format!("  and {} more hubs", text::count((counts.0.len() - shown) as u64)));
    }
    if counts.0.is_empty() {
        body.text("  It has no hub with connectors.");
    }
}
