//! Texts that lie over a screen: help made from the table of keys, the long text of a finding, a page to select from.

use ratatui::text::Line;

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use crate::keys::{self, Action, Screen};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::reader::{Kind, Reader};

/// The body of a reader.
pub(super) fn body(reader: &Reader, shared: &Shared, room: Room, theme: Theme) -> Body {
    let all = match &reader.kind {
        Kind::Help(screen) => help(*screen, shared, room, theme),
        Kind::Explain(code) => {
            let mut body = Body::default();
            body.styled(&format!("{code}  {}", code.title()), Role::Title, theme);
            body
        }
        Kind::Page(page) => {
            let mut body = Body::default();
            // Without the left margin: what is selected by mouse is exactly the text.
            body.lines.extend(page.lines().flat_map(|line| text::wrap(line, room.columns())).map(Line::from));
            body
        }
    };
    let last_page = all.len().saturating_sub(room.rows());
    let top = reader.top.min(last_page);
    Body { lines: all.lines.into_iter().skip(top).take(room.rows()).collect(), cursor: None }
}

/// Help for one screen, from the table of keys.
fn help(screen: Screen, shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::default();
    body.styled("Help: the keys of this screen", Role::Title, theme);
    body.gap();
    let row = |body: &mut Body, names: &str, sentence: &str| {
        body.labelled(&format!("  {names}"), sentence, 12, room);
    };
    let common = [Action::Back, Action::Help, Action::Leave, Action::Stop, Action::Shell];
    body.text("On this screen");
    for binding in keys::bindings(screen) {
        if !common.contains(&binding.action) && !is_list_key(binding.action) {
            let names: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
            row(&mut body, &names.join(" "), binding.help);
        }
    }
    body.text("On every screen");
    row(&mut body, "↑↓ or j k", "move; PgUp PgDn a page, Home End the first and the last row");
    for binding in keys::bindings(screen).filter(|binding| common.contains(&binding.action)) {
        let names: Vec<String> = binding.keys.iter().map(|key| key.name()).collect();
        row(&mut body, &names.join(" "), binding.help);
    }
    body.labelled("Marks", "✓ seen by reseat   » said by a person   · to know   ! to accept   ? to decide   ✗ stops   ● now   ○ later   ► cursor", 15, room);
    body.text("Words");
    body.labelled("  safety copy", "what lay in the place before; kept until you forget the restore", 17, room);
    body.labelled("  finding", "something to know, with a code: reseat explain R601", 17, room);
    let restore = shared.restore.as_ref().map(|id| format!("   Restore {id}")).unwrap_or_default();
    body.text(format!("Start reseat again: it goes on here.{restore}"));
    body
}

const fn is_list_key(action: Action) -> bool {
    matches!(action, Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last)
}
