//! Draws what each witness says.

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::list;
use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::witnesses::{Kind, Witnesses};

/// The page, from its first line on screen.
pub(super) fn witnesses(state: &Witnesses, shared: &Shared, room: Room, theme: Theme) -> Body {
    let lines = state.lines(room.columns().saturating_sub(2), shared.revealed);
    let height = room.rows().saturating_sub(2);
    let top = state.top.min(lines.len().saturating_sub(height));
    let window = top..(top + height).min(lines.len());
    let right = list::position_words("lines", &window, lines.len());
    let question = match state.disagreements() {
        0 if state.unheard() => "Do they agree? Those that are seen do.".to_owned(),
        0 => "Do they agree? Yes, all four.".to_owned(),
        n => format!("Do they agree? {}.", text::counted(n as u64, "disagreement", "disagreements")),
    };
    let mut body = Body::asking_with(&question, &right, room, theme);
    body.gap();
    for line in &lines[window] {
        let role = match line.kind {
            Kind::Heading => Role::Title,
            Kind::Said | Kind::Gap => Role::Normal,
            Kind::Unknown => Role::Dim,
            Kind::Stops => Role::Bad,
            Kind::Disagrees => Role::Caution,
        };
        body.lines.push(Line::from(Span::styled(format!(" {}", line.text), theme.style(role))));
    }
    body
}

#[cfg(test)]
mod tests;
