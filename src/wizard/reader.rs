//! A text to read over a screen: help, the long text of a finding, a page without borders to select from.

use crate::finding::Code;
use crate::keys::{Action, Screen};

/// What lies over the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// What it shows.
    pub kind: Kind,
    /// The first line on screen.
    pub top: usize,
}

/// The kinds of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Help for a screen, made from the table of keys.
    Help(Screen),
    /// What a finding means.
    Explain(Code),
    /// A text that was copied: shown without borders, so that a mouse can select it.
    Page(String),
}

impl Reader {
    /// A reader at its first line.
    pub fn new(kind: Kind) -> Self {
        Self { kind, top: 0 }
    }

    /// Scrolls; the view keeps the last page in sight. True when the action was one that scrolls.
    pub fn act(&mut self, action: Action, lines: usize) -> bool {
        let last = lines.saturating_sub(1);
        self.top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => (self.top + 1).min(last),
            Action::PageUp => self.top.saturating_sub(10),
            Action::PageDown => (self.top + 10).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        true
    }
}
