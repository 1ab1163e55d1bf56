//! Draws the screens of `wizard::backup`.

mod connectors;
mod organisations;
mod search;
mod versions;

use ratatui::text::{Line, Span};

pub(super) use connectors::connectors;
pub(super) use organisations::organisations;
pub(super) use search::search;
pub(super) use versions::versions;

use super::body::{Body, Room};
use super::findings;
use super::source::credentials_ways;
use super::theme::{Role, Theme};
use crate::finding::{Code, Finding};
use crate::text::{self, Untrusted, alike};
use crate::wizard::backup::Filter;

/// The filter's line: ` / bos_   13 match`. An empty line without one.
fn filter(body: &mut Body, filter: &Filter, right: &str, room: Room, theme: Theme) {
    if !filter.shown() {
        body.gap();
        return;
    }
    let typed = text::printable(filter.text());
    let used = 4 + text::width(&typed) + text::width(right) + 1;
    let gap = room.columns().saturating_sub(used);
    body.field("/ ", &typed, filter.cursor());
    if let Some(line) = body.lines.last_mut() {
        line.push_span(Span::raw(" ".repeat(gap + 1)));
        line.push_span(Span::styled(right.to_owned(), theme.style(Role::Dim)));
    }
}

/// Says that another name of the list looks like this one, and where they differ.
fn looks_like(body: &mut Body, name: &Untrusted, other: Option<&str>, room: Room) {
    if let Some(other) = other
        && let Some(apart) = alike::told_apart(name.raw(), other, "here", "there")
    {
        body.labelled("  !", &format!("It looks like {}: {apart}.", text::printable(other)), 5, room);
    }
}

/// Puts `details` below the list, or beside it where the window is wide. `list` begins at line `from` of the body.
fn with_details(body: &mut Body, details: Body, from: usize, lines: usize, room: Room) {
    if room.halves().is_some() {
        body.beside(details, from, room);
    } else {
        body.lines.extend(details.lines.into_iter().take(lines));
    }
}

/// The room of the list, and that of the details.
fn rooms(room: Room) -> (Room, Room) {
    room.halves().unwrap_or((room, room))
}

/// What stops a level: the three parts, where the details stand otherwise.
fn stopped(body: &mut Body, finding: &Finding, room: Room, theme: Theme) {
    findings::finding(body, finding, None, room, theme);
    body.labelled("Why", &finding.why, 17, room);
    if finding.code == Code::R112 {
        credentials_ways(body, finding, room);
    } else {
        body.labelled("What to do", &finding.remedy, 17, room);
    }
}

/// A heading inside a list.
fn heading(body: &mut Body, words: &str, theme: Theme) {
    body.lines.push(Line::from(vec![Span::raw(" "), Span::styled(words.to_owned(), theme.style(Role::Dim))]));
}
