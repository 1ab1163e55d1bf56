//! Draws Place: the block, the confirmation, the act; then 16 and 17.

mod elsewhere;
mod placed;
#[cfg(test)]
mod tests;

use ratatui::text::Span;

use super::body::{Body, Room};
use super::findings;
use super::list;
use super::theme::{Role, Theme};
use crate::finding::{Code, Severity};
use crate::hub::place::{Left, Step as Act};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::ask::Ask;
use crate::wizard::place::{HolderLine, Look, Place};
use crate::wizard::shared::command;

pub(super) use elsewhere::elsewhere;
pub(super) use placed::{contents, placed};

/// Where values stand behind their labels.
pub(super) const VALUES: usize = 15;

/// The body of 15.
pub(super) fn place(state: &Place, shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking("Replace the new connector's database on this machine?", theme);
    if !room.is_narrow() {
        body.gap();
    }
    match &state.look {
        Some(look) => facts(&mut body, look, room),
        None => {
            body.text("● looks at the place, and who has the file open");
        }
    }
    if !room.is_narrow() {
        body.gap();
    }
    if let Some(ask) = &state.ask {
        question(&mut body, ask, room, theme);
    } else if let Some((act, stopping)) = state.act_now() {
        acts(&mut body, act, (stopping, state.online), theme);
    } else if let Some((finding, left)) = state.failed() {
        failure(&mut body, finding, left, room, theme);
    } else if state.confirms() {
        confirm(&mut body, state, shared, room, theme);
    } else if let Some(look) = &state.look {
        blocked(&mut body, state, look, room, theme);
    }
    body
}

/// What is there, what comes, and where the safety copy goes.
fn facts(body: &mut Body, look: &Look, room: Room) {
    let (free, needed) = look.room;
    if room.is_narrow() {
        let cut = |words: &str| text::cut(words, room.columns().saturating_sub(VALUES));
        body.labelled("there now", &cut(&look.now), VALUES, room);
        body.labelled("comes there", &cut(&look.comes), VALUES, room);
        return;
    }
    let place = format!("sqlite.db in the new connector's folder, in {}", hub_folder(&look.target()));
    body.labelled("place", &text::cut(&place, room.columns().saturating_sub(VALUES)), VALUES, room);
    body.labelled("there now", &look.now, VALUES, room);
    body.labelled("comes there", &look.comes, VALUES, room);
    body.labelled("safety copy", &look.safety, VALUES, room);
    body.labelled("free space", &format!("{}, {} needed", text::size(free), text::size(needed)), VALUES, room);
}

/// The folder of all connectors: the ID of the picked one is not on this screen, on purpose.
fn hub_folder(target: &str) -> String {
    let mut parts: Vec<&str> = target.rsplitn(3, '/').collect();
    parts.reverse();
    parts.first().map(|root| (*root).to_owned()).filter(|root| !root.is_empty()).unwrap_or_else(|| "/".to_owned())
}

/// Something is in the way: who has it open, or another block, or findings that are settled here.
fn blocked(body: &mut Body, state: &Place, look: &Look, room: Room, theme: Theme) {
    if let Some(block) = state.block() {
        if block.code == Code::R601 {
            open_by(body, look, room, theme);
        } else {
            findings::finding(body, block, None, room, theme);
            body.labelled("Why", &block.why, 13, room);
            body.labelled("What to do", &block.remedy, 13, room);
            body.text(format!("Last look {}; it looks again every 2 s.", text::clock(look.open.at)));
        }
        return;
    }
    let to_accept = state.to_accept();
    if to_accept.is_empty() {
        body.text("● Nobody has it open. One more look in 2 s, then the ID is asked for.");
        return;
    }
    let at = state.cursor.at(to_accept.len());
    for (index, finding) in to_accept.iter().enumerate() {
        let mark = if state.is_accepted(finding) { '»' } else { finding.severity.mark() };
        let content = format!("{mark} {}  {}", finding.code, finding.detail);
        let lines = text::wrap(&content, room.columns().saturating_sub(4));
        for (line, words) in lines.into_iter().enumerate() {
            let words = if line == 0 { words } else { format!("        {words}") };
            list::row(body, index == at && line == 0, &words, room, theme);
        }
    }
    if let Some(finding) = to_accept.get(at) {
        body.labelled("Why it matters", &finding.why, 17, room);
        body.labelled("What to do", &finding.remedy, 17, room);
    }
}

/// R601 as it is drawn: the processes, why it matters, the command that stops it and what stops with it.
pub(super) fn open_by(body: &mut Body, look: &Look, room: Room, theme: Theme) {
    let sentence = format!("The connector has this database open. Last look {}.", text::clock(look.open.at));
    for (at, words) in text::wrap(&sentence, room.columns().saturating_sub(9)).into_iter().enumerate() {
        let head = if at == 0 { "✗ R601  " } else { "        " };
        body.spans(vec![Span::styled(head, theme.style(Role::Bad)), Span::raw(words)]);
    }
    let shown = if room.is_narrow() { 1 } else { 3 };
    for holder in look.open.holders.iter().take(shown) {
        holder_lines(body, holder, room);
    }
    if look.open.holders.len() > shown {
        body.text(format!("  and {} more", look.open.holders.len() - shown));
    }
    body.labelled("Why", "It would go on writing to the old file: that data is lost.", 17, room);
    match &look.open.service {
        Some(service) => {
            body.labelled("What to do", &format!("o  stops it: {}", command(&service.stop_words())), 14, room);
            let also = match look.open.stops_also.as_slice() {
                [] => "No other connector of this hub stops with it.".to_owned(),
                [one] => format!("{one} stops, too."),
                names => format!("{} stop, too.", join(names)),
            };
            body.wrapped(&also, 17, room);
            if !room.is_narrow() {
                body.wrapped("In Finish one key starts it again.", 17, room);
            }
            body.wrapped("s  a shell, to stop it yourself; this looks again every 2 s", 14, room);
        }
        None => {
            body.labelled("What to do", "s  a shell, to stop it yourself; this looks again every 2 s", 14, room);
        }
    }
    body.wrapped("Cannot be stopped? e explains.", 17, room);
}

fn join(names: &[String]) -> String {
    match names {
        [head @ .., last] if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        names => names.concat(),
    }
}

fn holder_lines(body: &mut Body, holder: &HolderLine, room: Room) {
    let tail = format!("   user {}   {}", holder.user, holder.unit);
    let columns = room.columns().saturating_sub(18 + text::width(&tail));
    body.text(format!("  {}{}{}", text::fit(&holder.pid, 14), text::cut(&holder.command, columns), tail.trim_end()));
    if let Some(since) = holder.since
        && !room.is_narrow()
    {
        body.wrapped(&format!("the process runs since {}", text::moment(since)), 17, room);
    }
}

/// Nobody has it open: the one typed confirmation.
fn confirm(body: &mut Body, state: &Place, shared: &Shared, room: Room, theme: Theme) {
    if state.online {
        let words = " Online mode: who has the file open keeps it open.";
        body.spans(vec![Span::styled("»", theme.style(Role::Good)), Span::raw(words)]);
    } else {
        nobody(body, state.look.as_ref().and(state.looks.both()), theme);
    }
    stopped_line(body, shared, state.stopped_at, room);
    if !room.is_narrow() {
        body.gap();
    }
    let targeted = state.proved.targeted();
    let name = state.proved.inspected().name();
    let where_to = format!(
        "Which connector gets it? Its ID is not here, on purpose. In the browser open {name} on hub {}. \
         Paste its ID or its web address here, or type the first 8 characters of its ID.",
        targeted.new_hub()
    );
    body.wrapped(&where_to, 1, room);
    if !room.is_narrow() {
        body.gap();
    }
    let cursor = state.in_field.then(|| state.field.cursor());
    let columns = room.columns().saturating_sub(28);
    body.field("  ID from the platform   ", &text::cut(state.field.text(), columns), cursor.map(|at| at.min(columns)));
    match &state.refused {
        Some(sentence) => {
            body.spans(vec![Span::styled(format!("  ✗ {sentence}"), theme.style(Role::Bad))]);
        }
        None if !room.is_narrow() => {
            body.gap();
        }
        None => {}
    }
    let then = if state.online {
        "Then: safety copy, SQLite's lock, the pages in one transaction, read back. \
         Once it writes, it cannot be stopped, only rolled back."
    } else {
        "Then, in about 2 s: safety copy, last look that nobody has it open, replace, read back. \
         Once it replaces, it cannot be stopped, only rolled back."
    };
    body.wrapped(then, 1, room);
}

/// `✓ Nobody has it open: looked at 14:21:02 and 14:21:04 UTC.`
pub(super) fn nobody(body: &mut Body, looks: Option<(jiff::Timestamp, jiff::Timestamp)>, theme: Theme) {
    let Some((first, second)) = looks else { return };
    let first = first.strftime("%H:%M:%S");
    body.spans(vec![
        Span::styled("✓", theme.style(Role::Good)),
        Span::raw(format!(" Nobody has it open: looked at {first} and {}.", text::clock(second))),
    ]);
}

/// `stopped  datahub.service, by o, at 14:20:57. Give up? Tab, o starts it`
pub(super) fn stopped_line(body: &mut Body, shared: &Shared, at: Option<jiff::Timestamp>, room: Room) {
    if let Some(service) = &shared.stopped {
        let when = at.map(|at| format!(", by o, at {}", at.strftime("%H:%M:%S"))).unwrap_or_default();
        body.labelled("  stopped", &format!("{}{when}. Give up? Tab, o starts it", service.name), 17, room);
    }
}

/// A question in the body.
pub(super) fn question<T>(body: &mut Body, ask: &Ask<T>, room: Room, theme: Theme) {
    body.styled(&format!("? {}", ask.question), Role::Caution, theme);
    body.gap();
    for line in &ask.lines {
        body.wrapped(line, 3, room);
    }
    body.gap();
    body.text("  y    yes");
    body.text("  Esc  no");
}

/// The acts of placing, as they turn ✓.
fn acts(body: &mut Body, now: Act, (stopping, online): (bool, bool), theme: Theme) {
    let (copy, last) = if online {
        ((Act::Stage, "Checked", "the restored database, once more"), (Act::LastLook, "Locked", "by SQLite"))
    } else {
        let last = (Act::LastLook, "Not open", "last look that nobody has it open");
        ((Act::Stage, "Copy", "the restored database, beside its place"), last)
    };
    let rows = [
        copy,
        (Act::SafetyCopy, "Safety copy", "of what is there now"),
        last,
        (Act::Replace, "Replaced", "it cannot be stopped, only rolled back"),
        (Act::ReadBack, "Read back", "by a new process"),
        (Act::Finish, "Finished", "locks released, nothing left beside it"),
    ];
    act_rows(body, now, &rows, theme);
    if stopping {
        body.gap().text("It stops, and puts back what it touched.");
    } else if now >= Act::Replace {
        body.gap().text("Finishing, cannot be stopped.");
    }
}

/// Rows of an act: done, running, to come.
pub(super) fn act_rows(body: &mut Body, now: Act, rows: &[(Act, &str, &str)], theme: Theme) {
    for (act, name, words) in rows {
        let (mark, role) = match act.cmp(&now) {
            std::cmp::Ordering::Less => ("✓", Role::Good),
            std::cmp::Ordering::Equal => ("●", Role::Title),
            std::cmp::Ordering::Greater => ("○", Role::Dim),
        };
        let line = format!(" {}{words}", text::fit(name, 14));
        body.spans(vec![Span::styled(mark, theme.style(role)), Span::raw(line)]);
    }
}

/// It was not placed: the three parts, and what is there now.
pub(super) fn failure(body: &mut Body, finding: &crate::finding::Finding, left: Left, room: Room, theme: Theme) {
    let role = if finding.severity == Severity::Block { Role::Bad } else { Role::Caution };
    body.styled(&format!("{} {}  {}", finding.severity.mark(), finding.code, finding.code.title()), role, theme);
    findings::failure(body, finding, room);
    body.labelled("There now", left.sentence(), 17, room);
}
