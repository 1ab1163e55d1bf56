//! Help for one screen, made from the table of keys: it cannot differ from what the keys do.

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use crate::keys::{self, Action, Binding, Key, Screen};
use crate::text;
use crate::wizard::Shared;

/// Column at which the sentence of a key begins.
const SENTENCE: usize = 10;

/// The lines of the help. At the first size they fit without scrolling.
pub(super) fn body(screen: Screen, shared: &Shared, room: Room, theme: Theme) -> Body {
    let tail = tail(shared, room);
    let mut body = Body::asking(&format!("Help for {}", name(screen)), theme);
    let space = room.rows().saturating_sub(body.len() + tail.len() + 1);
    let own = own(screen, shared.stopped.is_some(), space, room);
    if own.len() < space {
        body.gap();
    }
    if !own.is_empty() {
        body.styled("On this screen", Role::Title, theme);
        body.lines.extend(own.lines);
    }
    body.lines.extend(tail.lines);
    body
}

/// The keys of this screen: each on its own line as far as they fit; the rest, by their short words, share lines.
fn own(screen: Screen, stopped: bool, space: usize, room: Room) -> Body {
    // The key that starts a service acts everywhere, but only while one stands still.
    let needless = |binding: &Binding| !stopped && binding.help == keys::START_SERVICE;
    let all: Vec<&Binding> =
        keys::bindings(screen).filter(|binding| !is_common(binding) && !needless(binding)).collect();
    let mut best = Body::default();
    for packed in 0..=all.len() {
        let (long, short) = all.split_at(all.len() - packed);
        best = Body::default();
        for binding in long {
            best.labelled(&format!("  {}", binding.keys[0].name()), binding.help, SENTENCE, room);
        }
        pack(&mut best, short, room);
        if best.len() < space {
            break;
        }
    }
    best
}

/// Several keys on a line, each with its short word.
fn pack(body: &mut Body, short: &[&Binding], room: Room) {
    let mut line = String::new();
    for binding in short {
        let entry = format!("{} {}", binding.keys[0].name(), binding.label);
        if !line.is_empty() && text::width(&line) + text::width(&entry) + 7 > room.columns() {
            body.text(format!("  {line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("   ");
        }
        line.push_str(&entry);
    }
    if !line.is_empty() {
        body.text(format!("  {line}"));
    }
}

/// What is the same for every screen.
fn tail(shared: &Shared, room: Room) -> Body {
    let mut body = Body::default();
    let narrow = room.columns() < 80;
    body.text("On every screen");
    let rows: &[(&str, &str)] = if narrow {
        &[
            ("↑↓ or j k", "move; PgUp PgDn a page"),
            ("Tab", "the next part; / filter; s shell; F1 help"),
            ("Esc", "back; running work is stopped first"),
            ("q", "leave; everything is kept"),
        ]
    } else {
        &[
            ("↑↓ or j k", "move     PgUp PgDn   page     Tab    next part     /   filter"),
            ("Esc", "back; running work is stopped first    s      shell"),
            ("q", "leave; everything is kept              ? F1   help"),
        ]
    };
    let ends = if narrow {
        ("Ctrl-C", "stop the work; twice: leave. Ctrl-Z suspends")
    } else {
        ("Ctrl-C", "stop the running work; twice: leave    Ctrl-Z suspend; fg")
    };
    for (key, words) in rows.iter().chain(&[ends]) {
        body.labelled(&format!("  {key}"), words, 15, room);
    }
    let first = "✓ seen by reseat   » said by a person   · to know   ! to accept";
    let second = "? to decide   ✗ stops   ● now   ○ later   ► cursor";
    if narrow {
        body.labelled("Marks", &format!("{first}   {second}"), 9, room);
    } else {
        body.labelled("Marks", first, 15, room);
        body.labelled("", second, 15, room);
    }
    body.text("Words");
    let words = [
        ("  safety copy", "what lay in the place before; kept until you forget the restore"),
        ("  finding", "something to know, with a code: reseat explain R601"),
    ];
    for (word, meaning) in words {
        if narrow {
            body.labelled(word, meaning, 17, room);
        } else {
            body.text(format!("{}{meaning}", text::fit(word, 16)));
        }
    }
    let restore = shared.restore.as_ref().map(|id| format!("Restore {id}")).unwrap_or_default();
    let again = "Start reseat again: it goes on here.";
    let gap = room.columns().saturating_sub(text::width(again) + text::width(&restore) + 12).max(3);
    body.text(text::cut(format!("{again}{}{restore}", " ".repeat(gap)).trim_end(), room.columns() - 1));
    body
}

/// Whether a key stands in the part for every screen.
fn is_common(binding: &Binding) -> bool {
    if binding.action == Action::Next && binding.keys[0] == Key::Tab {
        return binding.label == "next part";
    }
    matches!(
        binding.action,
        Action::Back
            | Action::Help
            | Action::Leave
            | Action::Stop
            | Action::Shell
            | Action::Suspend
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Previous
    )
}

/// What a screen is called.
const fn name(screen: Screen) -> &'static str {
    match screen {
        Screen::Start => "the first screen",
        Screen::Past => "a past restore",
        Screen::Source => "Source",
        Screen::Credentials => "new credentials",
        Screen::Organisations | Screen::Connectors | Screen::Versions => "Backup",
        Screen::Search => "Search of all levels",
        Screen::Inspecting | Screen::Inspected => "Inspect",
        Screen::Tables | Screen::Limit | Screen::Rows | Screen::Cell => "the rows of the backup",
        Screen::Pick | Screen::PasteIds => "Target",
        Screen::Preview => "Preview",
        Screen::Changes => "the changes",
        Screen::Witnesses => "the witnesses",
        Screen::Rewriting | Screen::Proof => "Rewrite",
        Screen::Blocked | Screen::Confirm | Screen::Placing | Screen::Placed => "Place",
        Screen::Elsewhere | Screen::Receipt => "Place, on another machine",
        Screen::Finish | Screen::Quiet | Screen::Done => "Finish",
        Screen::RollBack | Screen::RolledBack => "Rollback",
        Screen::Question => "a question",
        Screen::Help | Screen::Reader | Screen::TooSmall => "reseat",
    }
}

#[cfg(test)]
mod tests;
