//! The answer of Inspect: sound, or blocked with what to do.

use ratatui::text::{Line, Span};

use super::super::body::{Body, Room};
use super::super::findings;
use super::super::source::credentials_ways;
use super::super::theme::{Role, Theme};
use super::rows;
use crate::finding::{Code, Finding};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::inspect::{Inspect, Looked};

/// Draws the answer.
pub(super) fn answer(body: &mut Body, state: &Inspect, looked: &Looked, shared: &Shared, room: Room, theme: Theme) {
    let Some(inspected) = looked.inspected.as_deref() else {
        return blocked(body, state, looked, shared, room, theme);
    };
    let (warnings, questions) = state.to_answer();
    let mut verdict = "✓ It is sound: nothing stops the restore.".to_owned();
    if warnings > 0 {
        verdict.push_str(&format!(" {}.", text::counted(warnings as u64, "warning", "warnings")));
    }
    if questions > 0 {
        verdict.push_str(&format!(" {}.", text::counted(questions as u64, "question", "questions")));
    }
    verdict.push_str(" Is it the right one?");
    for (at, line) in text::wrap(&verdict, room.columns().saturating_sub(2)).into_iter().enumerate() {
        body.styled(&line, if at == 0 { Role::Good } else { Role::Normal }, theme);
    }
    rows::all(body, state, shared, room, theme);
    if room.height >= 19 {
        body.gap();
    }
    let mut row = |label: &str, words: &str| {
        body.labelled(&format!("  {label}"), words, 17, room);
    };
    row(
        "name",
        &[inspected.name(), inspected.kind()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
    );
    row("connector", &inspected.connector.to_string());
    row("hub", &inspected.hub.to_string());
    match &looked.file.newest {
        Some(newest) => {
            let age = text::age(newest.at, shared.now);
            let column = format!("{}.{}", newest.table.printable(), newest.column.printable());
            row("newest event", &format!("{}, {age} ago (column {column})", text::moment(newest.at)));
        }
        None => row("newest event", "no column tells"),
    }
    row("rows", &tables(looked));
    list(body, state, room, theme);
}

/// `Events 18 204, Settings 12, Cursors 3, Integrations 1`.
fn tables(looked: &Looked) -> String {
    use crate::database::facts::TableKind;
    let ordinary = looked.file.tables.iter().filter(|table| table.kind == TableKind::Ordinary);
    let mut counted: Vec<(u64, String)> =
        ordinary.filter_map(|table| Some((table.rows?, table.name.printable()))).collect();
    counted.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
    let more = counted.len().saturating_sub(6);
    let mut words: Vec<String> =
        counted.into_iter().take(6).map(|(rows, name)| format!("{name} {}", text::count(rows))).collect();
    if more > 0 {
        words.push(format!("and {}", text::counted(more as u64, "more table", "more tables")));
    }
    words.join(", ")
}

/// The findings, the one under the cursor with its mark.
fn list(body: &mut Body, state: &Inspect, room: Room, theme: Theme) {
    let (at, moved) = state.at();
    for (number, finding) in state.findings().iter().enumerate() {
        let from = body.len();
        findings::finding(body, finding, None, room, theme);
        if moved && number == at {
            mark(body, from, theme);
        }
    }
}

/// The cursor, in the margin of a finding.
fn mark(body: &mut Body, line: usize, theme: Theme) {
    if let Some(span) = body.lines.get_mut(line).and_then(|line| line.spans.first_mut()) {
        *span = Span::styled("►", theme.style(Role::Selected));
    }
}

/// 8: the three parts, with the ways on.
fn blocked(body: &mut Body, state: &Inspect, looked: &Looked, shared: &Shared, room: Room, theme: Theme) {
    body.styled("✗ No. This version cannot be restored.", Role::Bad, theme);
    rows::all(body, state, shared, room, theme);
    if room.height >= 19 {
        body.gap();
    }
    let Some(block) = state.block() else { return };
    body.labelled("What happened", findings::rest(&block.detail), 17, room);
    body.labelled("Why", &block.why, 17, room);
    body.labelled("What to do", &block.remedy, 17, room);
    let versions = match state.alternatives() {
        Some((1, newest)) => {
            format!("choose another version: there is one more, of {}", text::moment(newest))
        }
        Some((count, newest)) => {
            format!("choose another version: there are {count} more, the newest of {}", text::moment(newest))
        }
        None => "go back to the versions".to_owned(),
    };
    key(body, "Enter", &versions, room);
    if let Some((connector, name)) = state.inside() {
        let name = name.map(|name| format!("{name}, ")).unwrap_or_default();
        key(body, "n", &format!("go to the backups of the one inside: {name}{connector}"), room);
    }
    if !looked.file.tables.is_empty() {
        key(body, "t", "look at the rows that can still be read", room);
    }
    let others: Vec<&Finding> = state.findings().iter().filter(|finding| *finding != block).collect();
    for finding in others {
        findings::finding(body, finding, None, room, theme);
    }
    body.text("A copy stays here, for a look at the cause");
    let path = text::printable(&looked.path.display().to_string());
    body.wrapped(&path, 3, room);
}

/// A key and what it does, under "What to do".
fn key(body: &mut Body, name: &str, words: &str, room: Room) {
    const COLUMN: usize = 24;
    let columns = room.columns().saturating_sub(COLUMN + 1);
    for (at, line) in text::wrap(words, columns).into_iter().enumerate() {
        let head = if at == 0 { format!("{}{name}", " ".repeat(17)) } else { String::new() };
        body.lines.push(Line::from(format!("{}{line}", text::fit(&head, COLUMN))));
    }
}

/// The download, or the look inside, could not go on.
pub(super) fn failed(body: &mut Body, finding: &Finding, room: Room) {
    if room.height >= 19 {
        body.gap();
    }
    body.labelled("What happened", findings::rest(&finding.detail), 17, room);
    body.labelled("Why", &finding.why, 17, room);
    if finding.code == Code::R112 {
        credentials_ways(body, finding, room);
        body.labelled(&format!("{}r", " ".repeat(13)), "go on at its byte", 17, room);
        return;
    }
    body.labelled("What to do", &finding.remedy, 17, room);
    match finding.code {
        Code::R107 => key(body, "Enter", "back to the versions", room),
        _ => key(body, "r", "try again: the bytes that came are kept", room),
    }
}
