//! Draws the rollback: the question, the act, the result.

#[cfg(test)]
mod tests;

use ratatui::text::Span;

use super::body::{Body, Room};
use super::place;
use super::theme::{Role, Theme};
use super::{findings, list};
use crate::finding::Code;
use crate::hub::place::Step as Act;
use crate::text;
use crate::wizard::Shared;
use crate::wizard::after::StepState;
use crate::wizard::rollback::{Rollback, RolledBack, WORD};

/// The body of 22, the question.
pub(super) fn question(state: &Rollback, shared: &Shared, room: Room, theme: Theme) -> Body {
    let after = &state.after;
    let mut body = Body::asking(&format!("Put back what was there before restore {}?", after.restore), theme);
    if !room.is_narrow() {
        body.gap();
    }
    facts(&mut body, state, room);
    if !room.is_narrow() {
        body.gap();
    }
    if let Some(ask) = &state.ask {
        place::question(&mut body, ask, room, theme);
    } else if let Some(act) = state.act_now() {
        let (copy, look) = if state.into_live() {
            ((Act::Stage, "Checked", "the safety copy, once more"), (Act::LastLook, "Locked", "by SQLite"))
        } else {
            let look = (Act::LastLook, "Not open", "last look that nobody has it open");
            ((Act::Stage, "Copy", "the old set, beside its place"), look)
        };
        let rows = [
            copy,
            (Act::SafetyCopy, "Kept", "a copy of what goes away"),
            look,
            (Act::Replace, "Put back", "cannot be stopped"),
            (Act::ReadBack, "Read back", "by a new process"),
            (Act::Finish, "Finished", "locks released, nothing left beside it"),
        ];
        place::act_rows(&mut body, act, &rows, theme);
    } else if let Some((finding, left)) = state.failed() {
        place::failure(&mut body, finding, left, room, theme);
    } else if state.confirms() {
        confirm(&mut body, state, shared, room, theme);
    } else {
        blocked(&mut body, state, room, theme);
    }
    body
}

fn facts(body: &mut Body, state: &Rollback, room: Room) {
    let after = &state.after;
    let mut row = |label: &str, words: &str| {
        body.labelled(&format!("  {label}"), words, 17, room);
    };
    // Where rows are dear, what goes away is what matters.
    let brief = room.is_narrow() && !state.confirms();
    if !brief {
        row("place", &after.target);
    }
    if state.look.is_some() {
        row("there now", &place::contents(&state.now));
    }
    let placed = after.placed.map(|at| format!(", as at {}", at.strftime("%H:%M UTC"))).unwrap_or_default();
    match after.before {
        _ if brief => {}
        Some(before) => {
            let events = before.events.map(|events| format!(", {}", text::counted(events, "event", "events")));
            let events = events.unwrap_or_default();
            let how = if state.into_live() { "into the live file" } else { "byte for byte" };
            row("comes back", &format!("{}{events}{placed}, {how}", text::size(before.size)));
        }
        None => row("comes back", "nothing: there was no database before"),
    }
    if let Some(all) = state.now.events {
        let restored = after.restored.events.unwrap_or(all).min(all);
        let new = all - restored;
        let words = format!(
            "ALL {}: {} restored, {} new",
            text::counted(all, "event", "events"),
            text::count(restored),
            text::count(new)
        );
        row("goes away", &words);
    }
    if !brief {
        row("kept", &format!("a copy of what goes away: {}/after/", after.folder));
    }
}

fn blocked(body: &mut Body, state: &Rollback, room: Room, theme: Theme) {
    let Some(look) = &state.look else {
        body.text("● looks at the place, and who has the file open");
        return;
    };
    match state.block() {
        Some(block) if block.code == Code::R601 => place::open_by(body, look, room, theme),
        Some(block) => {
            findings::finding(body, block, None, room, theme);
            body.labelled("Why", &block.why, 13, room);
            body.labelled("What to do", &block.remedy, 13, room);
        }
        None => {
            body.text("● Nobody has it open. One more look in 2 s, then the word is asked for.");
        }
    }
}

fn confirm(body: &mut Body, state: &Rollback, shared: &Shared, room: Room, theme: Theme) {
    if state.into_live() {
        body.spans(vec![
            Span::styled("»", theme.style(Role::Good)),
            Span::raw(" As it was placed: who has the file open keeps it open."),
        ]);
    } else {
        place::nobody(body, state.looks.both(), theme);
    }
    place::stopped_line(body, shared, state.stopped_at, room);
    if !room.is_narrow() {
        body.gap();
        body.gap();
        body.text("The platform is not rolled back: what to change there comes after this.");
        body.gap();
    }
    let cursor = state.in_field.then(|| state.field.cursor());
    let label = format!("Type  {WORD}  to put it back:   ");
    let columns = room.columns().saturating_sub(text::width(&label) + 3);
    body.field(&label, &text::cut(state.field.text(), columns), cursor.map(|at| at.min(columns)));
    if !room.is_narrow() {
        body.gap();
    }
    let then = if state.into_live() {
        "Then: a copy of what is there, SQLite's lock, the pages in one transaction, read back. \
         Once it puts back, it cannot be stopped."
    } else {
        "Then, in about 2 s: last look that nobody has it open, put back, read back. Once it puts back, it cannot be stopped."
    };
    body.wrapped(then, 1, room);
}

/// The body of 22, the result.
pub(super) fn result(state: &RolledBack, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let (after, undone) = (&state.after, &state.undone);
    let question = if room.is_narrow() {
        "Rolled back: the database is what it was before."
    } else {
        "Rolled back: the database is what it was before the restore."
    };
    let mut body = Body::asking(question, theme);
    if let Some(ask) = &state.ask {
        body.gap();
        place::question(&mut body, ask, room, theme);
        return body;
    }
    if !room.is_narrow() {
        body.gap();
    }
    let looks = if after.looks.is_empty() { String::new() } else { format!(", owner {}", after.looks) };
    // Where the room is small, the steps come first: both paths stand in the report.
    if !room.is_narrow() {
        body.labelled("  place", &after.target, 17, room);
    }
    body.labelled("  there now", &format!("{}{looks}", place::contents(&undone.now)), 17, room);
    let sides = if undone.side_files.is_empty() {
        "no -wal, -shm, -journal".to_owned()
    } else {
        format!("with {}", undone.side_files.join(", "))
    };
    let put_back = if undone.into_live {
        format!("at {}, the same contents, into the live file", text::clock(undone.at))
    } else {
        format!("at {}, byte for byte; {sides}", text::clock(undone.at))
    };
    body.labelled("✓ put back", &put_back, 17, room);
    if let Some(copy) = undone.after.as_ref().filter(|_| !room.is_narrow()) {
        body.labelled("  kept", &format!("a copy of what went away in {copy}"), 17, room);
    }
    if !room.is_narrow() {
        body.gap();
    }
    let read_back = if undone.into_live {
        " Read back: the same pages as the safety copy."
    } else if room.is_narrow() {
        " Read back by a new process: the old bytes."
    } else {
        " Read back by a new process: the same bytes as the safety copy."
    };
    body.spans(vec![Span::styled("✓", theme.style(Role::Good)), Span::raw(read_back)]);
    if !room.is_narrow() {
        body.gap();
    }
    steps(&mut body, state, room, theme);
    if !room.is_narrow() && after.mapping.connector.changes() {
        body.gap();
        let mapping = &after.mapping;
        let keep = format!(
            "KEEP both connectors with the name {}, {} on {} and {} on {}, until a restore is done.",
            after.name,
            mapping.connector.old.short(),
            mapping.hub.old.short(),
            mapping.connector.new.short(),
            mapping.hub.new.short()
        );
        body.wrapped(&keep, 1, room);
    }
    body
}

fn steps(body: &mut Body, state: &RolledBack, room: Room, theme: Theme) {
    let steps = &state.undone.steps;
    let open = steps.iter().filter(|step| step.is_open()).count();
    body.text(text::steps_open(open, steps.len()));
    let at = state.cursor.at(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let when = match &step.state {
            StepState::Open => String::new(),
            StepState::Said { at, .. } | StepState::Seen { at, .. } => format!("  {}", at.strftime("%H:%M UTC")),
        };
        let title = match &step.state {
            StepState::Open => step.action.clone(),
            _ => step.done.clone(),
        };
        let words = format!("{} {} {title}{when}", step.mark(), index + 1);
        for (line, words) in text::wrap(&words, room.columns().saturating_sub(8)).into_iter().enumerate() {
            let words = if line == 0 { words } else { format!("    {words}") };
            list::row(body, index == at && line == 0, &words, room, theme);
        }
        if step.is_open() && !room.is_narrow() {
            for words in text::wrap(&step.look, room.columns().saturating_sub(8)) {
                list::row(body, false, &format!("    {words}"), room, theme);
            }
        }
    }
    if let Some(at) = state.failed {
        let trouble = steps.get(at).map(|step| step.trouble.join(" ")).unwrap_or_default();
        body.wrapped(&format!("Step {} stays open. {trouble}", at + 1), 1, room);
    }
}
