//! Draws Target: the values for the platform, the connectors of this hub, and the two fields for pasted IDs.

mod paste;
#[cfg(test)]
mod tests;

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::findings;
use super::list;
use super::theme::{Role, Theme};
use crate::finding::Code;
use crate::hub::discover::{HubConnector, Seen};
use crate::text::{self, Untrusted};
use crate::wizard::target::{Answered, Candidate, Fit, Pick, Value};
use crate::wizard::{Ask, Shared};

pub(super) use paste::paste;

/// Column at which a value begins.
const VALUE: usize = 13;

/// 9: create the connector in the platform, then pick it here.
pub(super) fn pick(state: &Pick, shared: &Shared, room: Room, theme: Theme) -> Body {
    if let Some(ask) = &state.gate.ask {
        return question(ask, room, theme);
    }
    let narrow = room.columns() < 80;
    let mut details = Body::default();
    if let Some(candidate) = state.candidate() {
        describe(&mut details, candidate, state, shared, room, theme);
    }
    let rows = state.candidates.len().max(1);
    // Question, gap, two headings, the head of the list; the values with their note.
    let whole = 5 + state.values.len() + 1;
    let folded = state.candidate().is_some() && whole + rows.min(2) + details.len() > room.rows();
    let question = if narrow {
        "Where shall it live? Create it there, then pick it here."
    } else {
        "Where shall it live? Create the connector in the platform, then pick it here."
    };
    let mut body = Body::asking(question, theme);
    let spare = room.rows().saturating_sub(whole + rows + details.len());
    if !folded && (spare > 0 || room.rows() >= 19) {
        body.gap();
    }
    let add = format!("1  In the platform, add to {}", state.hub_words());
    let exactly = if narrow { "" } else { " exactly this connector" };
    body.text(text::cut(&format!("{add}{exactly}"), room.columns().saturating_sub(1)));
    if folded {
        body.text(if narrow {
            "   ↑ shows name, type, metadata, tags"
        } else {
            "   ↑ shows its name, type, metadata and tags"
        });
    } else {
        values(&mut body, &state.values, state.value().map(|value| value.label), shared.revealed, room, theme);
    }
    heading(&mut body, state, narrow, room);
    candidates(&mut body, state, room.rows().saturating_sub(details.len()), room, theme);
    body.lines.extend(details.lines);
    body
}

/// The values to enter in the platform, one a line, and the reminder of the true connection.
pub(super) fn values(
    body: &mut Body,
    values: &[Value],
    selected: Option<&str>,
    revealed: bool,
    room: Room,
    theme: Theme,
) {
    for value in values {
        let content = format!("   {}{}", text::fit(value.label, VALUE), value.shown(revealed));
        // Up to the edge: the longest of them has 80 columns.
        let columns = room.columns().saturating_sub(3);
        if selected == Some(value.label) {
            let line = Span::styled(format!("► {}", text::fit(&content, columns)), theme.style(Role::Selected));
            body.lines.push(Line::from(vec![Span::raw(" "), line]));
        } else {
            body.lines.push(Line::from(format!("   {}", text::cut(&content, columns))));
        }
    }
    let note = "The true ones stand in the old connector: note them now.";
    let indent = if room.columns() < 80 { 5 } else { 6 + VALUE };
    body.text(text::cut(&format!("{}{note}", " ".repeat(indent - 1)), room.columns().saturating_sub(1)));
}

fn heading(body: &mut Body, state: &Pick, narrow: bool, room: Room) {
    let hub = state.here.as_ref().and_then(crate::wizard::target::Here::hub);
    let words = match (hub, narrow) {
        (Some(hub), false) => format!("2  Pick it. Hub {hub}, on this machine, has:"),
        (Some(hub), true) => format!("2  Pick it. Hub {}, here, has:", hub.short()),
        (None, _) => {
            format!("2  Pick it. {} holds:", text::printable(&state.root.to_string_lossy()))
        }
    };
    body.text(text::cut(&words, room.columns().saturating_sub(2)));
}

/// Width of the names and of the types in the list.
fn columns(room: Room) -> (usize, usize) {
    let extra = room.columns().saturating_sub(80);
    if room.columns() < 80 { (room.columns().saturating_sub(43), 0) } else { (16 + extra / 2, 12 + extra / 4) }
}

fn candidates(body: &mut Body, state: &Pick, height: usize, room: Room, theme: Theme) {
    if let Some(why) = &state.trouble {
        body.labelled(" ✗", &format!("The hub folder was not looked at. {why}"), 5, room);
        return;
    }
    let Some(here) = &state.here else {
        body.text("  ● looks at its connectors");
        return;
    };
    if here.connectors.is_empty() {
        body.text("  ○ no connector yet: a new one appears here by itself");
        return;
    }
    let (name, kind) = columns(room);
    let head = format!("    {} {}", text::fit("name", name), text::fit("connector", 36));
    body.styled(&if kind > 0 { format!("{head} type") } else { head }, Role::Dim, theme);
    let first = state.values.len();
    let rows = state.candidates.len();
    let room_here = height.saturating_sub(body.len()).max(1);
    let at = state.cursor.at(state.rows()).saturating_sub(first);
    let mut cursor = crate::wizard::Cursor::default();
    cursor.suggest(at);
    let window = cursor.window(rows, room_here.min(rows));
    for (index, candidate) in state.candidates.iter().enumerate().take(window.end).skip(window.start) {
        let selected = state.candidate().is_some() && index == at;
        list::row(body, selected, &row(candidate, name, kind), room, theme);
    }
    if window.len() < rows {
        if body.len() < height {
            list::position(body, &window, rows, room, theme);
        }
    } else if body.len() < height {
        let hint = if room.columns() < 80 {
            "  Not here after a minute? p pastes its ID."
        } else {
            "  If it is not in the list after a minute: p pastes its ID from the platform."
        };
        body.text(hint);
    }
}

fn row(candidate: &Candidate, name: usize, kind: usize) -> String {
    let there = &candidate.there;
    let mark = match candidate.fit() {
        Fit::Fits => '✓',
        Fit::Asks => '?',
        Fit::Stops => '✗',
    };
    let line = format!("{mark} {} {}", text::fit(&shown_name(there), name), there.connector);
    if kind == 0 { line } else { format!("{line} {} {}", text::fit(&shown_kind(there), kind), load(there)) }
}

fn shown_name(there: &HubConnector) -> String {
    let source =
        there.seen.glance().and_then(|glance| glance.source(there.connector).or_else(|| glance.sources.first()));
    match (source.and_then(|source| source.name.as_ref()), &there.seen) {
        (Some(name), _) => name.printable(),
        (None, Seen::Missing) => "no database yet".to_owned(),
        (None, Seen::Unknown(_)) => "not readable".to_owned(),
        (None, Seen::Known(_)) => "…".to_owned(),
    }
}

fn shown_kind(there: &HubConnector) -> String {
    let source =
        there.seen.glance().and_then(|glance| glance.source(there.connector).or_else(|| glance.sources.first()));
    let kind = source.and_then(|source| source.kind.as_ref().or(source.source_type.as_ref()));
    kind.map(Untrusted::printable).unwrap_or_default()
}

fn load(there: &HubConnector) -> &'static str {
    match there.seen.glance().map(|glance| glance.events) {
        Some(0) => "empty",
        Some(_) => "data",
        None => "?",
    }
}

/// What is known of the connector under the cursor.
fn describe(body: &mut Body, candidate: &Candidate, state: &Pick, shared: &Shared, room: Room, theme: Theme) {
    let there = &candidate.there;
    let line = |body: &mut Body, mark: &str, words: &str| {
        body.labelled(mark, words, 3, room);
    };
    let Some(judged) = &candidate.judged else {
        return line(body, "?", "Its hub is not known: its database was not read, and no other one here says it.");
    };
    if let Some(glance) = there.seen.glance() {
        let mut words = Vec::new();
        if let Some(made) = there.made {
            words.push(format!("{} old.", text::age(made, shared.now)));
        }
        let differs = judged.findings.iter().any(|finding| matches!(finding.code, Code::R404 | Code::R405));
        if !differs && glance.source(there.connector).is_some() {
            words.push("Name, type, metadata and tags as in the backup.".to_owned());
        }
        if room.columns() < 80 && differs {
            words.push(format!("{}.", shown_kind(there)));
        }
        words.push(format!("{}.", text::counted(glance.events, "event", "events")));
        line(body, if candidate.fit() == Fit::Fits { "✓" } else { "·" }, &words.join(" "));
    }
    if let Some(block) = judged.block() {
        return findings::finding(body, block, None, room, theme);
    }
    if judged.pending {
        line(body, "●", &format!("The organisation of hub {} is looked up.", judged.mapping.hub.new.short()));
    } else if let Some(same) = judged.same_organisation(&state.inspected) {
        line(body, "✓", &same);
    }
    for finding in &judged.findings {
        findings::finding(body, finding, None, room, theme);
    }
}

/// A question about the target, in place of the body.
fn question(ask: &Ask<Answered>, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking(&ask.question, theme);
    for line in &ask.lines {
        body.gap();
        let mark: String = line.chars().take(1).filter(|mark| "?·".contains(*mark)).collect();
        body.labelled(&mark, line[mark.len()..].trim_start(), 3, room);
    }
    body
}
