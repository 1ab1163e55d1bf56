//! The three lines below the body: the lower rule with the database's state, the notice line, the keys.

use ratatui::text::{Line, Span};

use super::body::Body;
use super::theme::{Role, Theme};
use crate::keys::{Action, Hint, Screen, bindings};
use crate::text;
use crate::wizard::{PlaceState, Wizard};

/// The lower rule; its beginning says whether secrets are masked, its end what has become of the new connector's database.
pub(super) fn rule(wizard: &Wizard, body: &Body, width: u16, theme: Theme) -> Line<'static> {
    let shared = &wizard.shared;
    let words = text::cut(&shared.rule(), usize::from(width).saturating_sub(6));
    let dashes = usize::from(width).saturating_sub(text::width(&words) + 4);
    let masked = masked(wizard, body, dashes.saturating_sub(3));
    let before = masked.as_ref().map_or(0, |masked| text::width(masked) + 2);
    let role = match shared.place {
        _ if shared.stopped.is_some() => Role::Caution,
        PlaceState::NotChanged | PlaceState::NotSeen => Role::Normal,
        PlaceState::Replacing => Role::Caution,
        PlaceState::Placed | PlaceState::PlacedByReceipt | PlaceState::RolledBack => Role::Good,
    };
    let mut spans = Vec::new();
    if let Some(masked) = masked {
        spans.push(Span::styled("──", theme.style(Role::Dim)));
        spans.push(Span::styled(masked, theme.style(Role::Caution)));
    }
    spans.extend([
        Span::styled("─".repeat(dashes - before), theme.style(Role::Dim)),
        Span::styled(format!(" {words} "), theme.style(role)),
        Span::styled("──", theme.style(Role::Dim)),
    ]);
    Line::from(spans)
}

/// Whether secrets are masked, or shown, in what is on screen, and which key changes that: in `room` columns.
fn masked(wizard: &Wizard, body: &Body, room: usize) -> Option<String> {
    let key = action_key(wizard.screen().step().id(), wizard.typing());
    let mut spans = body.lines.iter().flat_map(|line| &line.spans);
    let words = match (wizard.shared.revealed, key) {
        (true, Some(key)) => [format!("SECRETS SHOWN: {key} masks"), format!("SHOWN: {key} masks")],
        (false, _) if !spans.any(|span| text::secret::is_masked(&span.content)) => return None,
        (false, Some(key)) => [format!("secrets masked: {key} shows"), format!("masked: {key} shows")],
        (true, None) => ["SECRETS SHOWN".to_owned(), "SHOWN".to_owned()],
        (false, None) => ["secrets masked".to_owned(), "masked".to_owned()],
    };
    words.into_iter().map(|words| format!(" {words} ")).find(|words| text::width(words) <= room)
}

/// The key that shows secrets on a screen, if it has one.
fn action_key(screen: Screen, typing: bool) -> Option<String> {
    let binding = bindings(screen).find(|binding| binding.action == Action::Reveal)?;
    binding.keys.iter().find(|key| !typing || !key.is_text()).map(|key| key.name())
}

/// What the main key will do, or a message until the next key.
pub(super) fn notice(wizard: &Wizard, width: u16, theme: Theme) -> Line<'static> {
    let shared = &wizard.shared;
    let columns = usize::from(width).saturating_sub(1);
    if let Some(message) = &shared.notice {
        return Line::from(Span::styled(format!(" {}", text::cut(message, columns)), theme.style(Role::Caution)));
    }
    let main = match wizard.keys() {
        Screen::Help => "Esc or q closes the help. The work behind it goes on.".to_owned(),
        Screen::Reader => "Esc closes this. The work behind it goes on.".to_owned(),
        _ => wizard.screen().step().main(shared),
    };
    Line::from(format!(" {}", sentences(&main, columns)))
}

/// As many whole sentences as fit; where not even the first one does, it is cut.
fn sentences(words: &str, columns: usize) -> String {
    if text::width(words) <= columns {
        return words.to_owned();
    }
    let starts = words.match_indices(". ").map(|(at, _)| &words[..=at]);
    let whole = starts.take_while(|start| text::width(start) <= columns).last();
    whole.map_or_else(|| text::cut(words, columns), str::to_owned)
}

/// The footer: the screen's keys, then Esc, help, leave. Where it is too narrow, keys go from the middle.
pub(super) fn keys(wizard: &Wizard, width: u16, theme: Theme) -> Line<'static> {
    let hint = |key: &str, label: &str| Hint { key: key.to_owned(), label: label.to_owned() };
    let (mut own, fixed) = match wizard.keys() {
        Screen::Help => (vec![hint("Esc", "back"), hint("q", "close help")], vec![hint("Ctrl-C", "twice: leave")]),
        Screen::Reader => (vec![hint("Esc", "back"), hint("↑↓", "move")], vec![hint("Ctrl-C", "twice: leave")]),
        Screen::Question => {
            let fixed = vec![hint("Esc", "no"), hint("?", "help"), hint("Ctrl-C", "twice: leave")];
            (wizard.screen().step().hints(&wizard.shared), fixed)
        }
        _ => {
            let mut fixed = Vec::new();
            if wizard.has_behind() {
                fixed.push(hint("Esc", "back"));
            }
            if wizard.typing() {
                fixed.push(hint("F1", "help"));
                fixed.push(hint("Ctrl-C", "twice: leave"));
            } else {
                fixed.push(hint("?", "help"));
                fixed.push(hint("q", "leave"));
            }
            (wizard.screen().step().hints(&wizard.shared), fixed)
        }
    };
    let columns = usize::from(width);
    let wide = |hints: &[Hint]| -> usize {
        hints.iter().map(|hint| text::width(&hint.key) + text::width(&hint.label) + 4).sum::<usize>()
    };
    while own.len() > 1 && wide(&own) + wide(&fixed) > columns + 2 {
        own.pop();
    }
    let mut spans = vec![Span::raw(" ")];
    for (at, hint) in own.into_iter().chain(fixed).enumerate() {
        if at > 0 {
            spans.push(Span::raw("   "));
        }
        spans.push(Span::styled(hint.key, theme.style(Role::Key)));
        spans.push(Span::raw(format!(" {}", hint.label)));
    }
    Line::from(spans)
}
