//! The cursor of a list. It remembers by itself whether the person has moved it: only until then may it move by itself.

use crate::keys::Action;

/// A cursor over rows, and the first row on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    at: usize,
    moved: bool,
}

/// Rows that a page key moves by.
const PAGE: usize = 8;

impl Cursor {
    /// The row it stands on, below `rows`; 0 in an empty list.
    pub fn at(self, rows: usize) -> usize {
        self.at.min(rows.saturating_sub(1))
    }

    /// Whether the person has moved it.
    pub fn moved(self) -> bool {
        self.moved
    }

    /// Puts it on a row by the program's own wish; ignored once the person has moved it.
    pub fn suggest(&mut self, row: usize) {
        if !self.moved {
            self.at = row;
        }
    }

    /// Keeps it on the same thing when the rows around it changed.
    pub fn follow(&mut self, row: usize) {
        self.at = row;
    }

    /// Any key on its screen: from now on it does not move by itself.
    pub fn hold(&mut self) {
        self.moved = true;
    }

    /// Moves it when `action` is one of the list keys. True when it was.
    pub fn act(&mut self, action: Action, rows: usize) -> bool {
        let last = rows.saturating_sub(1);
        let at = self.at(rows);
        self.at = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => (at + 1).min(last),
            Action::PageUp => at.saturating_sub(PAGE),
            Action::PageDown => (at + PAGE).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        self.moved = true;
        true
    }

    /// The rows on screen when `height` of `rows` fit: the cursor's row is always among them.
    pub fn window(self, rows: usize, height: usize) -> std::ops::Range<usize> {
        let height = height.min(rows);
        let at = self.at(rows);
        // The list moves by as little as keeps a row of context, so that a step down costs few bytes on the line.
        let context = usize::from(height > 2);
        let page = height.saturating_sub(context).max(1);
        let start = (at / page * page).saturating_sub(usize::from(at >= page) * context).min(rows - height);
        start..start + height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_in_the_window() {
        for rows in 0..30 {
            for height in 1..12 {
                for at in 0..rows {
                    let mut cursor = Cursor::default();
                    cursor.suggest(at);
                    let window = cursor.window(rows, height);
                    assert!(window.contains(&at), "{rows} {height} {at} {window:?}");
                    assert!(window.end <= rows && window.len() == height.min(rows));
                }
            }
        }
    }

    #[test]
    fn it_moves_by_itself_only_until_the_first_key() {
        let mut cursor = Cursor::default();
        cursor.suggest(3);
        assert_eq!(cursor.at(5), 3);
        assert!(cursor.act(Action::Down, 5));
        cursor.suggest(0);
        assert_eq!(cursor.at(5), 4);
        assert_eq!(cursor.at(2), 1);
        assert!(!cursor.act(Action::Copy, 5));
    }
}
