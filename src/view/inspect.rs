//! Draws the screens of `wizard::inspect`: the rows that turn in place, and the answer.

mod answer;
mod rows;

use ratatui::text::Line;

use super::body::{Body, Room};
use super::list;
use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::inspect::{Inspect, Outcome};

/// 7 and 8: is this the right backup, and is it sound?
pub(super) fn inspect(state: &Inspect, shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking("Is this the right backup, and is it sound?", theme);
    let mut rest = Body::default();
    match state.outcome() {
        Outcome::Runs | Outcome::Stopped => {
            rest.gap();
            rows::all(&mut rest, state, shared, room, theme);
            rest.text(rows::now(state, shared, room));
            rest.gap();
            where_to(&mut rest, state, room);
        }
        Outcome::Failed(finding) => {
            rest.styled("✗ It could not be looked into.", Role::Bad, theme);
            rows::all(&mut rest, state, shared, room, theme);
            answer::failed(&mut rest, finding, room);
        }
        Outcome::Looked(looked) => answer::answer(&mut rest, state, looked, shared, room, theme),
    }
    scrolled(&mut body, rest, state, room, theme);
    body
}

/// From which version, and to where.
fn where_to(body: &mut Body, state: &Inspect, room: Room) {
    let backup = &state.chosen().backup;
    let from = backup.modified.map_or_else(|| backup.address(), |at| format!("version of {}", text::moment(at)));
    body.labelled("  from", &from, 17, room);
    if let Some(to) = state.to() {
        let to = text::printable(&to.display().to_string());
        body.labelled("  to", &format!("{to}\nIt stays there until you forget this restore."), 17, room);
    }
}

/// What does not fit scrolls, with the finding under the cursor or line by line; question and answer stay.
fn scrolled(body: &mut Body, rest: Body, state: &Inspect, room: Room, theme: Theme) {
    let height = room.rows().saturating_sub(body.len());
    if rest.lines.len() <= height {
        body.lines.extend(rest.lines);
        return;
    }
    let mut lines = rest.lines.into_iter();
    body.lines.extend(lines.next());
    let lines: Vec<Line<'static>> = lines.collect();
    let height = height.saturating_sub(2).max(1);
    let last = lines.len().saturating_sub(height);
    let marked = |line: &Line<'_>| line.spans.first().is_some_and(|span| span.content.starts_with('►'));
    let top = match lines.iter().rposition(marked) {
        Some(cursor) => {
            let more = lines.iter().skip(cursor + 1).take_while(|line| goes_on(line)).count();
            (cursor + more + 1).saturating_sub(height)
        }
        None => state.scroll(),
    };
    let top = top.min(last);
    let shown = top..top + height;
    let words = list::position_words("lines", &shown, lines.len());
    body.lines.extend(lines.into_iter().skip(top).take(height));
    let gap = room.columns().saturating_sub(text::width(&words) + 2);
    body.styled(&format!("{}{words}", " ".repeat(gap)), Role::Dim, theme);
}

/// Whether a line goes on with the finding above it.
fn goes_on(line: &Line<'_>) -> bool {
    let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    text.starts_with("         ")
}
