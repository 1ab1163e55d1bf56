//! Lines of a difference: `-` and `+` carry the meaning, colour only helps.

use ratatui::text::{Line, Span};

use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::preview::changes::{ChangeLine, Kind};

/// The lines of one part of a difference, wrapped and hanging under themselves.
pub(super) fn lines(change: &ChangeLine, columns: usize, revealed: bool, theme: Theme) -> Vec<Line<'static>> {
    let role = match change.kind {
        Kind::Old => Role::Removed,
        Kind::New => Role::Added,
        Kind::Stays => Role::Caution,
        Kind::Heading => Role::Title,
        Kind::Same | Kind::Column | Kind::Gap => Role::Normal,
    };
    let marked = change.marked(revealed);
    // Wrapping drops leading blanks: the indent is put before each line again.
    let indent: String = marked.chars().take_while(|c| *c == ' ').collect();
    let room = columns.saturating_sub(indent.len());
    if text::width(&marked) <= columns {
        return vec![Line::from(Span::styled(format!(" {marked}"), theme.style(role)))];
    }
    let wrapped = text::wrap(marked.trim_start(), room);
    wrapped.into_iter().map(|line| Line::from(Span::styled(format!(" {indent}{line}"), theme.style(role)))).collect()
}
