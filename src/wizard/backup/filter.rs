//! The filter of a list: a field that narrows it at each key.

use crossterm::event::KeyEvent;

use crate::keys::Action;
use crate::wizard::Field;

/// A filter, and whether it has the focus.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    field: Field,
    focus: bool,
}

impl Filter {
    /// The text as typed.
    pub fn text(&self) -> &str {
        self.field.text()
    }

    /// The cursor's place in it, when it has the focus.
    pub fn cursor(&self) -> Option<usize> {
        self.focus.then(|| self.field.cursor())
    }

    /// Whether letters go into it.
    pub const fn focused(&self) -> bool {
        self.focus
    }

    /// Whether there is something to show of it.
    pub fn shown(&self) -> bool {
        self.focus || !self.field.is_empty()
    }

    /// Takes `/` and Tab. True when it did.
    pub(super) fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Filter => self.focus = true,
            Action::Next | Action::Previous if self.shown() => self.focus = !self.focus,
            _ => return false,
        }
        true
    }

    /// Takes a key while it has the focus. True when the text changed.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        self.focus && self.field.key(key)
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.focus = true;
        self.field.paste(text.trim());
    }

    /// Whether all its words stand in `text`, letter case ignored.
    pub fn fits(&self, text: &str) -> bool {
        if self.text().is_empty() {
            return true;
        }
        let text = text.to_lowercase();
        self.text().to_lowercase().split_whitespace().all(|word| text.contains(word))
    }

    /// Whether it may be a piece of an ID: only hex digits and dashes, four or more.
    pub fn may_be_id(&self) -> bool {
        let text = self.text().trim();
        text.len() >= 4 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
    }
}
