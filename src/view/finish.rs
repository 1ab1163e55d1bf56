//! Draws Finish: the checklist with the watch, and the last screen.

mod done;
#[cfg(test)]
mod tests;

use ratatui::text::Span;

use super::body::{Body, Room};
use super::list;
use super::theme::{Role, Theme};
use super::{findings, place};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::after::{After, Step, StepState};
use crate::wizard::finish::{Finish, Watch};

pub(super) use done::done;

/// The body of 18.
pub(super) fn finish(state: &Finish, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let after = &state.after;
    let mut body = Body::asking_with("What is left to do?", &after.open_words(), room, theme);
    if let Some(ask) = &state.ask {
        body.gap();
        place::question(&mut body, ask, room, theme);
        return body;
    }
    if !room.is_narrow() {
        body.gap();
    }
    let selected = state.cursor.at(after.steps.len());
    for (at, step) in after.steps.iter().enumerate() {
        step_rows(&mut body, at, step, at == selected, room, theme);
    }
    if !room.is_narrow() {
        body.gap();
    }
    if let Some(at) = state.failed {
        error_help(&mut body, after, at, room);
    } else if state.quiet {
        body.styled("? No new event yet. Perhaps there is nothing new to load.", Role::Caution, theme);
        body.gap();
        body.text("  k  keeps watching, and asks again in 5 min");
        body.text("  l  leaves the step open; the result says so");
    } else {
        watch(&mut body, state, room, theme);
        two_connectors(&mut body, after, room);
    }
    body
}

/// One step: its title with the mark; below it what to look for, on narrow screens only for the selected one.
fn step_rows(body: &mut Body, at: usize, step: &Step, selected: bool, room: Room, theme: Theme) {
    let when = match &step.state {
        StepState::Open => String::new(),
        StepState::Said { at, .. } | StepState::Seen { at, .. } => at.strftime("%H:%M UTC").to_string(),
    };
    let mark = step.mark();
    let number = at + 1;
    let (title, line) = match &step.state {
        StepState::Seen { what, .. } => (format!("{}: {what}", step.done), None),
        // Where rows are dear, only the selected step says all.
        _ if room.is_narrow() && !selected => (step.title.clone(), None),
        StepState::Open => (step.action.clone(), Some(step.look.clone())),
        StepState::Said { .. } => (step.action.clone(), Some(step.done.clone())),
    };
    let title = format!("{mark} {number} {title}");
    let lines: Vec<String> = line.into_iter().collect();
    let columns = room.columns().saturating_sub(4);
    // The time stands at the right edge of the step's last line.
    let with_time = |line: &str| {
        let width = columns.saturating_sub(10);
        if when.is_empty() { line.to_owned() } else { format!("{} {when}", text::fit(line, width)) }
    };
    let shows_more = !room.is_narrow() || selected;
    let wrapped: Vec<String> = if shows_more {
        lines.iter().flat_map(|line| text::wrap(line, columns.saturating_sub(5))).collect()
    } else {
        Vec::new()
    };
    let single = wrapped.is_empty();
    let head = text::wrap(&title, columns.saturating_sub(if single && !when.is_empty() { 10 } else { 0 }));
    for (index, words) in head.iter().enumerate() {
        let words = if index == 0 { words.clone() } else { format!("    {words}") };
        let words = if single && index + 1 == head.len() { with_time(&words) } else { words };
        list::row(body, selected && index == 0, &words, room, theme);
    }
    for (index, words) in wrapped.iter().enumerate() {
        let words = format!("    {words}");
        let words = if index + 1 == wrapped.len() { with_time(&words) } else { words };
        list::row(body, false, &words, room, theme);
    }
}

/// The steps, one line each, for 16.
pub(super) fn short_steps(body: &mut Body, after: &After, room: Room) {
    for (at, step) in after.steps.iter().enumerate() {
        body.text(text::cut(&format!("{} {} {}", step.mark(), at + 1, step.title), room.columns().saturating_sub(2)));
    }
}

/// What to do when the platform shows an error at a step.
fn error_help(body: &mut Body, after: &After, at: usize, room: Room) {
    let Some(step) = after.steps.get(at) else { return };
    body.labelled("What happened", &format!("The platform showed an error at step {}.", at + 1), 17, room);
    for (line, trouble) in step.trouble.iter().enumerate() {
        body.labelled(if line == 0 { "What to do" } else { "" }, trouble, 17, room);
    }
    body.labelled("", &format!("b rolls back. Later: reseat rollback {}", after.restore), 17, room);
}

/// The newest look at the database.
fn watch(body: &mut Body, state: &Finish, room: Room, theme: Theme) {
    if state.after.by_receipt {
        body.text("The new connector's database is on the hub: not seen from here.");
        body.text("Look there: reseat check, with the connector's ID.");
        return;
    }
    let Some(watch) = &state.watch else {
        body.text("The new connector's database: the first look is under way.");
        return;
    };
    let head = format!("The new connector's database, last look {}, again every 30 s", text::clock(watch.at));
    body.text(text::cut(&head, room.columns().saturating_sub(2)));
    let row = |body: &mut Body, mark: &str, name: &str, words: &str, role: Role| {
        let spans = vec![
            Span::styled(mark.to_owned(), theme.style(role)),
            Span::raw(format!(" {}{}", text::fit(name, 10), text::cut(words, room.columns().saturating_sub(15)))),
        ];
        body.spans(spans);
    };
    for (mark, name, words, role) in watch_rows(state, watch) {
        row(body, mark, name, &words, role);
    }
    for finding in watch.troubles().take(2) {
        findings::finding(body, finding, None, room, theme);
    }
}

fn watch_rows(state: &Finish, watch: &Watch) -> Vec<(&'static str, &'static str, String, Role)> {
    let size = watch.size.map(text::size).unwrap_or_default();
    let file = match watch.same_file {
        Some(true) => ("✓", "file", format!("still the restored file, {size}"), Role::Good),
        Some(false) => ("!", "file", format!("another file than the restored one, {size}"), Role::Caution),
        None => ("○", "file", "could not be read this time".to_owned(), Role::Normal),
    };
    let ids = match watch.right_ids {
        Some(true) => ("✓", "IDs", "the new hub, the new connector".to_owned(), Role::Good),
        Some(false) => ("!", "IDs", "not the new ones (R703)".to_owned(), Role::Caution),
        None => ("○", "IDs", "could not be read this time".to_owned(), Role::Normal),
    };
    let since = state.after.placed.map(|at| at.strftime(" since %H:%M").to_string()).unwrap_or_default();
    let events = match (watch.events, state.new_events()) {
        (Some(all), Some(0)) => {
            let why = if state.events_at_sync.is_none() { ": normal before Sync" } else { " yet" };
            let words = format!("{}, none new{since}{why}", text::count(all));
            ("○", "events", words, Role::Normal)
        }
        (Some(all), Some(new)) => {
            let newest = watch.newest.map(|at| format!(", the newest of {}", text::moment(at))).unwrap_or_default();
            ("✓", "events", format!("{}: {} new{since}{newest}", text::count(all), text::count(new)), Role::Good)
        }
        (Some(all), None) => ("○", "events", text::count(all), Role::Normal),
        _ => ("○", "events", "could not be counted this time".to_owned(), Role::Normal),
    };
    vec![file, ids, events]
}

/// Two connectors have the name: which one stays.
fn two_connectors(body: &mut Body, after: &After, room: Room) {
    let mapping = &after.mapping;
    if !mapping.connector.changes() {
        return;
    }
    body.text(text::cut(
        &format!("Two connectors in the platform have the name {}", after.name),
        room.columns().saturating_sub(2),
    ));
    body.text(format!("KEEP    {}", mapping.connector.new));
    if !room.is_narrow() {
        body.text(format!("        on hub {}", mapping.hub.new));
    }
    let more = if room.is_narrow() { "" } else { "   too: the last screen says more" };
    body.text(format!("KEEP    {}{more}", mapping.connector.old));
    if !room.is_narrow() {
        body.text(format!("        on hub {}", mapping.hub.old));
    }
}
