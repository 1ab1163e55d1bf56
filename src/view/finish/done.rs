//! Draws 19: the restore is done, or left with something open.

use crate::text;
use crate::view::body::{Body, Room};
use crate::view::theme::{Role, Theme};
use crate::wizard::Shared;
use crate::wizard::after::{After, StepState};
use crate::wizard::finish::Done;

/// The body of 19.
pub(in crate::view) fn done(state: &Done, shared: &Shared, room: Room, theme: Theme) -> Body {
    let after = &state.after;
    let mut body = Body::default();
    if after.open() == 0 {
        let hub = if after.mapping.hub.changes() { "the new hub" } else { "its hub" };
        let words = if after.by_receipt {
            format!("✓ {} is restored, by receipt: its events are not seen from here.", after.name)
        } else {
            format!("✓ {} runs on {hub}.", after.name)
        };
        body.styled(&text::cut(&words, room.columns().saturating_sub(2)), Role::Good, theme);
    } else {
        body.styled(&format!("! Placed; {}", after.open_words()), Role::Caution, theme);
        for (at, step) in after.steps.iter().enumerate().filter(|(_, step)| step.is_open()) {
            body.text(text::cut(&format!("○ {} {}", at + 1, step.title), room.columns().saturating_sub(2)));
        }
    }
    if !room.is_narrow() {
        body.gap();
    }
    facts(&mut body, state, room);
    if !room.is_narrow() {
        body.gap();
    }
    kept(&mut body, after, room);
    if !room.is_narrow() {
        body.gap();
    }
    old_and_new(&mut body, after, room);
    if let Some(service) = &shared.stopped {
        body.styled(&format!("! {} is STOPPED: o starts it.", service.name), Role::Caution, theme);
    }
    body
}

fn facts(body: &mut Body, state: &Done, room: Room) {
    let after = &state.after;
    let mut row = |label: &str, words: &str| {
        body.labelled(&format!("  {label}"), words, 17, room);
    };
    if let Some((events, new)) = state.watch.as_ref().and_then(|watch| watch.events).zip(state.new_events) {
        let newest = state.watch.as_ref().and_then(|watch| watch.newest);
        let newest = newest.map(|at| format!(", the newest of {}", at.strftime("%H:%M UTC"))).unwrap_or_default();
        let words = match new {
            0 => format!("{}: none is new since the restore", text::count(events)),
            1 => format!("{}: 1 is new since Sync{newest}", text::count(events)),
            new => format!("{}: {} are new since Sync{newest}", text::count(events), text::count(new)),
        };
        row("events", &words);
    }
    if let Some(version) = after.version {
        row("restored", &format!("version of {}", text::moment(version)));
    }
    if let Some(newest) = after.restored.newest {
        let missing = after.placed.map(|at| format!(", {}", text::age(newest, at))).unwrap_or_default();
        row(
            "NOT in it",
            &format!(
                "all after {}{missing}. Sync may bring them: look in the platform for later events.",
                text::moment(newest)
            ),
        );
    }
    if !after.accepted.is_empty() {
        let codes: Vec<&str> = after.accepted.iter().map(|code| code.as_str()).collect();
        let hint = if room.is_narrow() { "" } else { ": look for events that are twice or missing" };
        row("accepted", &format!("{}{hint}", codes.join(", ")));
    }
    row("steps", &said_and_seen(after));
}

/// `✓ 1 and 4, seen by reseat   » 2 and 3, said by mk`.
fn said_and_seen(after: &After) -> String {
    let mut seen = Vec::new();
    let mut said = Vec::new();
    let mut person = "";
    for (at, step) in after.steps.iter().enumerate() {
        match &step.state {
            StepState::Seen { .. } => seen.push((at + 1).to_string()),
            StepState::Said { by, .. } => {
                said.push((at + 1).to_string());
                person = by;
            }
            StepState::Open => {}
        }
    }
    let list = |numbers: &[String]| match numbers {
        [head @ .., last] if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        numbers => numbers.concat(),
    };
    let mut words = Vec::new();
    if !seen.is_empty() {
        words.push(format!("✓ {}, seen by reseat", list(&seen)));
    }
    if !said.is_empty() {
        words.push(format!("» {}, said by {person}", list(&said)));
    }
    if words.is_empty() { "none is ticked".to_owned() } else { words.join("   ") }
}

fn kept(body: &mut Body, after: &After, room: Room) {
    body.text(text::cut(&format!("Kept on this machine, in {}/", after.folder), room.columns().saturating_sub(2)));
    let shown = if room.is_narrow() { 1 } else { after.kept.len() };
    for (name, size, what) in after.kept.iter().take(shown) {
        let size = size.map(|size| format!("{}, ", text::size(size))).unwrap_or_default();
        body.text(text::cut(&format!("  {}{size}{what}", text::fit(name, 14)), room.columns().saturating_sub(2)));
    }
}

fn old_and_new(body: &mut Body, after: &After, room: Room) {
    let mapping = &after.mapping;
    let name = if room.is_narrow() { String::new() } else { format!("   the new {}", after.name) };
    body.text(text::cut(&format!("KEEP    {}{name}", mapping.connector.new), room.columns().saturating_sub(2)));
    if !room.is_narrow() {
        body.text(format!("        on hub {}", mapping.hub.new));
    }
    if !mapping.connector.changes() {
        return;
    }
    let (first, second) = if after.open() > 0 {
        ("   keep it until then", "")
    } else {
        ("   delete it only if the customer", "   agrees: it cannot return")
    };
    let fit = |words: &str| if room.is_narrow() { "" } else { words }.to_owned();
    body.text(format!("OLD     {}{}", mapping.connector.old, fit(first)));
    body.text(format!("        on hub {}{}", mapping.hub.old, fit(second)));
}
