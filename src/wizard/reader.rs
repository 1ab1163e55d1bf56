//! A text to read over a screen: help, the long text of a finding, a page without borders to select from.

use crate::finding::{Code, texts};
use crate::keys::{self, Action, Screen};
use crate::text;

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

    /// Scrolls, in a window of so many columns and rows. True when the action was one that scrolls.
    pub fn act(&mut self, action: Action, size: (u16, u16)) -> bool {
        let last = self.last_top(size);
        self.top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(10),
            Action::PageDown => self.top + 10,
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// The first line of the last page.
    fn last_top(&self, (columns, rows): (u16, u16)) -> usize {
        let columns = usize::from(columns);
        let lines = match &self.kind {
            // At the first size help is never scrolled. Below it, this is at least as much as it can be.
            Kind::Help(_) if columns >= 80 && rows >= 24 => 0,
            Kind::Help(screen) => keys::bindings(*screen).count() + 16,
            Kind::Explain(code) => texts::explained(*code, columns.saturating_sub(2)).lines().count(),
            Kind::Page(page) => page.lines().map(|line| text::wrap(line, columns).len()).sum(),
        };
        // Five rows belong to the frame, and one says which lines are on screen; a page is nothing but its text.
        let rows = usize::from(rows).saturating_sub(5);
        let said = usize::from(lines > rows && !matches!(self.kind, Kind::Page(_)));
        lines.saturating_sub(rows.saturating_sub(said))
    }

    /// The text that `y` copies; help has none.
    pub fn copied(&self) -> Option<String> {
        match &self.kind {
            Kind::Help(_) => None,
            Kind::Explain(code) => Some(texts::explained(*code, 80)),
            Kind::Page(page) => Some(page.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_is_the_end() {
        let mut reader = Reader::new(Kind::Page("a line\n".repeat(40)));
        for _ in 0..100 {
            reader.act(Action::Down, (80, 24));
        }
        assert_eq!(reader.top, 21);
        reader.act(Action::Up, (80, 24));
        assert_eq!(reader.top, 20);
        let mut short = Reader::new(Kind::Page("one line".to_owned()));
        assert!(short.act(Action::Last, (80, 24)));
        assert_eq!(short.top, 0);
        assert!(!short.act(Action::Copy, (80, 24)));
    }
}
