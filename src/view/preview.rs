//! Draws Preview: the IDs, the rows that change, the findings to accept; and the changes themselves.

#[cfg(test)]
mod tests;

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use super::{diff, list, progress};
use crate::database::{Plan, PlanStage, TableRows};
use crate::finding::{Finding, Severity};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::preview::{Changes, Preview};
use crate::wizard::running::Running;

/// 11, and 21 where the window is small.
pub(super) fn preview(state: &Preview, shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking("Is this what you want?", theme);
    let folded = room.is_narrow();
    if !folded {
        body.gap();
    }
    ids(&mut body, state, folded);
    if !folded {
        body.gap();
    }
    if let Some(running) = &state.running {
        stages(&mut body, running, room);
        return body;
    }
    if let Some(what) = &state.trouble {
        body.labelled("What happened", what, 17, room);
        body.labelled("Why", "The machine did not let reseat read the download. Nothing is written.", 17, room);
        body.labelled("What to do", "Enter tries again; s opens a shell to look for the cause.", 17, room);
        return body;
    }
    if let Some(plan) = &state.plan {
        if folded { rows_folded(&mut body, plan, room) } else { rows(&mut body, plan, room) }
    }
    if !folded {
        body.gap();
    }
    found(&mut body, state, shared, room, theme);
    body
}

fn ids(body: &mut Body, state: &Preview, folded: bool) {
    let mapping = &state.targeted.mapping;
    let (indent, column) = if folded { ("", 11) } else { ("  ", 12) };
    let pairs = [
        ("hub", mapping.hub.old.to_string(), mapping.hub.new.to_string()),
        ("connector", mapping.connector.old.to_string(), mapping.connector.new.to_string()),
    ];
    for (label, old, new) in pairs {
        let same = if old == new { "   the same" } else { "" };
        body.text(format!("{indent}{}old  {old}", text::fit(label, column)));
        body.text(format!("{indent}{}new  {new}{same}", text::fit("", column)));
    }
}

/// What changes in a table, in a few words.
fn words(table: &str, plan: &Plan) -> &'static str {
    let mapping = &plan.mapping;
    match (table, mapping.hub.changes(), mapping.connector.changes()) {
        (_, false, false) => "nothing changes",
        ("Integrations", true, true) => "the hub ID, and both IDs in its 1 entry",
        ("Integrations", true, false) => "the hub ID, there and in each entry",
        ("Integrations", false, true) => "the connector ID in its 1 entry",
        (_, true, true) => "the hub ID, and both IDs in each entry",
        (_, true, false) => "the hub ID, there and in each entry",
        (_, false, true) => "the connector ID in each entry",
    }
}

fn rows(body: &mut Body, plan: &Plan, room: Room) {
    let cut = |line: String| text::cut(&line, room.columns().saturating_sub(2));
    for change in &plan.changes {
        let unit = if change.rows == 1 { "row " } else { "rows" };
        let count = text::count(change.rows);
        let words = words(change.table, plan);
        body.text(cut(format!("  {}{count:>8} {unit}   {words}", text::fit(change.table, 14))));
    }
    let others: Vec<String> = plan
        .tables
        .iter()
        .filter(|table| !plan.changes.iter().any(|change| table.name.raw().eq_ignore_ascii_case(change.table)))
        .filter(|table| !is_internal(table))
        .map(|table| table.name.printable())
        .collect();
    let stay = match others.as_slice() {
        [] => "there are none".to_owned(),
        [one] => format!("{one} stays as it is"),
        [one, two] => format!("{one} and {two} stay as they are"),
        [first, .., last] => format!("{first} to {last}, {} in all, stay as they are", others.len()),
    };
    body.text(cut(format!("  {}{:>8} rows   {stay}", text::fit("other tables", 14), "0")));
}

/// Whether a table is one of SQLite's own: they are compared, too, but no connector has put anything there.
pub(super) fn is_internal(table: &TableRows) -> bool {
    table.name.raw().to_ascii_lowercase().starts_with("sqlite_")
}

fn rows_folded(body: &mut Body, plan: &Plan, room: Room) {
    let all: Vec<String> =
        plan.changes.iter().map(|change| format!("{} of {}", text::count(change.rows), change.table)).collect();
    body.labelled("rows", &all.join(", "), 12, room);
}

/// The findings, with the selected one's why and what-to-do: below the list where both fit, else in one scroll with it.
fn found(body: &mut Body, state: &Preview, shared: &Shared, room: Room, theme: Theme) {
    let height = room.rows().saturating_sub(body.len() + 1);
    if let (Some((left, right)), Some(finding)) = (room.halves(), state.selected()) {
        return found_beside(body, state, shared, finding, (room, left, right), theme);
    }
    let mut below = Body::default();
    if let Some(finding) = state.selected().filter(|_| !room.is_narrow()) {
        why_and_what(&mut below, finding, room);
    }
    let (mut all, mut selected) = lines(state, shared, false, room, theme);
    // Below the list as long as the selected finding stays whole; the rest of the list scrolls.
    let apart = !room.is_narrow() && selected.len() + below.len() <= height;
    if !apart {
        (all, selected) = lines(state, shared, true, room, theme);
        below = Body::default();
    }
    let space = height - below.len();
    let top = top_line(all.len(), space, &selected, if apart { 0 } else { state.scroll });
    let window = top..(top + space).min(all.len());
    head(body, state, shared, &list::position_words("lines", &window, all.len()), room);
    let roomy = all.len() < space;
    body.lines.extend(all.into_iter().skip(top).take(space));
    if roomy && !below.is_empty() {
        body.gap();
    }
    body.lines.extend(below.lines);
}

/// The same in a wide window: the selected finding's why and what-to-do stand beside the list.
fn found_beside(
    body: &mut Body,
    state: &Preview,
    shared: &Shared,
    finding: &Finding,
    (room, left, right): (Room, Room, Room),
    theme: Theme,
) {
    let height = room.rows().saturating_sub(body.len() + 1);
    let (all, selected) = lines(state, shared, false, left, theme);
    let top = top_line(all.len(), height, &selected, state.scroll);
    let window = top..(top + height).min(all.len());
    head(body, state, shared, &list::position_words("lines", &window, all.len()), left);
    let from = body.len();
    body.lines.extend(all.into_iter().skip(top).take(height));
    let mut details = Body::default();
    for (label, words) in [("Why it matters", &finding.why), ("What to do", &finding.remedy)] {
        details.styled(label, Role::Title, theme);
        details.wrapped(words, 3, right);
    }
    body.beside(details, from, room);
}

/// How many findings there are to accept, how many are accepted, and which lines are on screen.
fn head(body: &mut Body, state: &Preview, shared: &Shared, scrolled: &str, room: Room) {
    let (needed, accepted) = state.counts(&shared.kept);
    let left = match (state.block().is_some(), needed) {
        (true, _) => "The restore cannot go on".to_owned(),
        (false, 0) if state.findings.is_empty() => "Nothing to accept".to_owned(),
        (false, 0) => "Nothing to accept; to know:".to_owned(),
        (false, needed) => text::counted(needed as u64, "finding to accept", "findings to accept"),
    };
    let are = match accepted {
        _ if needed == 0 => String::new(),
        0 => "none is accepted".to_owned(),
        1 => "1 is accepted".to_owned(),
        some => format!("{some} are accepted"),
    };
    let (left, right) = if scrolled.is_empty() || are.is_empty() {
        (left, format!("{are}{scrolled}"))
    } else {
        (format!("{left}, {are}"), scrolled.to_owned())
    };
    let gap = room.columns().saturating_sub(text::width(&left) + text::width(&right) + 2);
    body.text(format!("{left}{}{right}", " ".repeat(gap)).trim_end());
}

/// The first line on screen: the selected finding is in sight, then what the person scrolled.
fn top_line(lines: usize, space: usize, selected: &std::ops::Range<usize>, scroll: usize) -> usize {
    let last = lines.saturating_sub(space);
    let end = selected.end.min(selected.start + space);
    (end.saturating_sub(space) + scroll).min(last)
}

/// The lines of all findings, and which of them are the selected one's own sentence.
fn lines(
    state: &Preview,
    shared: &Shared,
    whole: bool,
    room: Room,
    theme: Theme,
) -> (Vec<Line<'static>>, std::ops::Range<usize>) {
    let at = state.cursor.at(state.findings.len());
    let mut out = Vec::new();
    let mut own = 0..0;
    for (index, finding) in state.findings.iter().enumerate() {
        let selected = index == at;
        let begin = out.len();
        let sentence = if whole || selected { finding.detail.as_str() } else { first_sentence(&finding.detail) };
        let mark = if shared.kept.accepts(finding) { '»' } else { finding.severity.mark() };
        let columns = room.columns().saturating_sub(12);
        for (line, words) in text::wrap(sentence, columns).into_iter().enumerate() {
            let head = match (line, selected) {
                (0, true) => format!("► {mark} {}  ", finding.code),
                (0, false) => format!("  {mark} {}  ", finding.code),
                _ => " ".repeat(10),
            };
            let role = match (line, selected) {
                (_, true) => Role::Selected,
                (0, false) => Theme::severity(finding.severity),
                _ => Role::Normal,
            };
            let words = if selected { text::fit(&words, columns) } else { words };
            let plain = if selected { Role::Selected } else { Role::Normal };
            out.push(Line::from(vec![
                Span::raw(" "),
                Span::styled(head, theme.style(role)),
                Span::styled(words, theme.style(plain)),
            ]));
        }
        if selected {
            own = begin..out.len();
            if whole {
                let mut body = Body::default();
                for (label, words) in [("Why: ", &finding.why), ("What to do: ", &finding.remedy)] {
                    if !words.is_empty() && !finding.detail.contains(words.as_str()) {
                        body.wrapped(&format!("{label}{words}"), 11, room);
                    }
                }
                out.extend(body.lines);
            }
        }
    }
    (out, own)
}

fn first_sentence(detail: &str) -> &str {
    detail.split_inclusive(". ").next().map_or(detail, str::trim_end)
}

fn why_and_what(body: &mut Body, finding: &Finding, room: Room) {
    let why = if finding.severity == Severity::Block { "Why" } else { "Why it matters" };
    // A sentence that the finding itself says is not said twice.
    if !finding.detail.contains(&finding.why) {
        body.labelled(why, &finding.why, 18, room);
    }
    body.labelled("What to do", &finding.remedy, 18, room);
}

/// The rows of planning, while it works.
fn stages(body: &mut Body, running: &Running<PlanStage>, room: Room) {
    let rows = [
        (PlanStage::Digest, "Same bytes", "the download is unchanged"),
        (PlanStage::Events, "Changes", "Integrations and each event, only read"),
        (PlanStage::Others, "Leftovers", "where else the old IDs stand"),
    ];
    for (stage, label, words) in rows {
        progress::stage(body, running, stage, label, words, room);
    }
    let now = match running.stage {
        None => return,
        Some(PlanStage::Digest) => progress::now_bytes(running.done, running.total, running.elapsed()),
        Some(PlanStage::Events) => progress::now_rows(running.done, running.total, "events", running.elapsed()),
        Some(PlanStage::Others) => progress::now_rows(running.done, running.total, "rows", running.elapsed()),
    };
    body.labelled("  now", &now, 17, room);
}

/// 12: one example of each change, and what stays.
pub(super) fn changes(state: &Changes, shared: &Shared, room: Room, theme: Theme) -> Body {
    let height = room.rows().saturating_sub(2);
    let columns = room.columns().saturating_sub(2);
    let top = state.top.min(state.last_top(columns, height, shared.revealed));
    let mut shown = Vec::new();
    let mut end = top;
    for change in state.lines.iter().skip(top) {
        let lines = diff::lines(change, columns, shared.revealed, theme);
        if shown.len() + lines.len() > height {
            break;
        }
        shown.extend(lines);
        end += 1;
    }
    let right = list::position_words("lines", &(top..end), state.lines.len());
    let question = "One example of each change; every old ID that stays";
    let question = if room.columns() < 80 { "The changes; what stays" } else { question };
    let mut body = Body::asking_with(question, &right, room, theme);
    body.gap();
    body.lines.extend(shown);
    body
}
