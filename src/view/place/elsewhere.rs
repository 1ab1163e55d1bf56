//! Draws 17: two commands for another machine, and the receipt.

use ratatui::text::{Line, Span};

use crate::text;
use crate::view::body::{Body, Room};
use crate::view::theme::{Role, Theme};
use crate::wizard::Shared;
use crate::wizard::place::elsewhere::{Elsewhere, Part};

/// The body of 17. Commands begin at the margin, so that a mouse selects exactly them.
pub(in crate::view) fn elsewhere(state: &Elsewhere, shared: &Shared, room: Room, theme: Theme) -> Body {
    let machine = &shared.who.machine;
    let mut body =
        Body::asking(&format!("The hub is another machine. Run 1 and 2 in a SECOND window on {machine}."), theme);
    if let Some(ask) = &state.ask {
        body.gap();
        super::question(&mut body, ask, room, theme);
        return body;
    }
    let login_cursor = (state.part == Part::Login).then(|| state.login.cursor());
    let hint = if state.part == Part::Login { "" } else { "   (c changes it)" };
    body.field("  SSH login of the hub   ", &format!("{}{hint}", state.login.text()), login_cursor);
    if !room.is_narrow() {
        body.gap();
    }
    let Some(commands) = &state.commands else {
        body.text("  The commands are being made.");
        return body;
    };
    let (program, file) = commands.sizes;
    let head = |part: Part, words: String| {
        let mark = if state.part == part { '►' } else { ' ' };
        let style = if state.part == part { theme.style(Role::Selected) } else { theme.style(Role::Normal) };
        Line::from(vec![Span::raw(" "), Span::styled(format!("{mark} {words}"), style)])
    };
    let copy =
        format!("1 Copy reseat, {}, and the restored database, {}, to it", text::size(program), text::size(file));
    body.lines.push(head(Part::Copy, copy));
    body.lines.extend(commands.copy.lines().map(|line| Line::from(line.to_owned())));
    if !room.is_narrow() {
        body.gap();
    }
    body.lines.push(head(
        Part::Place,
        "2 Place it there. It shows who has the database open, makes a safety copy,".to_owned(),
    ));
    if !room.is_narrow() {
        body.text("    asks you, replaces, reads back; once placed, the copied file is deleted.");
    }
    body.lines.extend(commands.place.lines().map(|line| Line::from(line.to_owned())));
    if !room.is_narrow() {
        body.gap();
    }
    body.lines
        .push(head(Part::Receipt, "3 Paste here the last line that it prints; it begins with \"placed\"".to_owned()));
    let cursor = (state.part == Part::Receipt).then(|| state.receipt.cursor());
    let columns = room.columns().saturating_sub(8);
    let shown = if state.receipt.is_empty() && cursor.is_none() { "(nothing yet)" } else { state.receipt.text() };
    body.field("    ", &text::cut(shown, columns), cursor.map(|at| at.min(columns)));
    if let Some(refused) = &state.refused {
        body.spans(vec![Span::styled(format!("  ✗ {refused}"), theme.style(Role::Bad))]);
    }
    body
}
