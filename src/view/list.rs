//! Rows of a list, with the cursor in column 2 and in reverse video: neither carries the meaning alone.

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use crate::text;

/// Columns of a row that are in reverse video under the cursor: enough to see, and a step of the cursor costs few bytes on
/// a slow line.
const MARKED: usize = 26;

/// Pushes one row: blank, cursor mark, blank, `content`; under the cursor its beginning is in reverse video.
pub(crate) fn row(body: &mut Body, selected: bool, content: &str, room: Room, theme: Theme) {
    let columns = room.columns().saturating_sub(4);
    if selected {
        let line = format!("► {}", text::fit(content, columns));
        let (marked, rest) = split_at_column(&line, MARKED);
        let marked = Span::styled(marked.to_owned(), theme.style(Role::Selected));
        body.lines.push(Line::from(vec![Span::raw(" "), marked, Span::raw(rest.trim_end().to_owned())]));
    } else {
        body.lines.push(Line::from(format!("   {}", text::cut(content, columns))));
    }
}

/// The text up to a column, and the rest of it; a wide character is not cut.
fn split_at_column(line: &str, column: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in line.char_indices() {
        used += text::width(c.encode_utf8(&mut [0; 4]));
        if used > column {
            return line.split_at(at);
        }
    }
    (line, "")
}

/// Pushes the line that says which rows are on screen, at the right edge: `rows 3-10 of 214 ↑↓`. Empty when all are.
pub(crate) fn position(body: &mut Body, window: &std::ops::Range<usize>, rows: usize, room: Room, theme: Theme) {
    let words = position_words("rows", window, rows);
    let gap = room.columns().saturating_sub(text::width(&words) + 1);
    let style = theme.style(Role::Dim);
    body.lines.push(Line::from(vec![Span::raw(" ".repeat(gap)), Span::styled(words, style)]));
}

/// `rows 3-10 of 214 ↑↓`, or nothing when all are on screen.
pub(crate) fn position_words(what: &str, window: &std::ops::Range<usize>, rows: usize) -> String {
    if window.len() >= rows {
        return String::new();
    }
    let up = if window.start > 0 { "↑" } else { "" };
    let down = if window.end < rows { "↓" } else { "" };
    let (from, to, all) = (window.start + 1, window.end, text::count(rows as u64));
    format!("{what} {from}-{to} of {all} {up}{down}")
}
