//! A body: the lines between the rail and the lower rule, built from top to bottom.

use ratatui::text::{Line, Span};

use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::backup::WIDE;

/// The room for a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Room {
    /// Whether tables fold to one line and the like: narrower or lower than the first size.
    pub const fn is_narrow(self) -> bool {
        self.width < 80 || self.height < 19
    }

    /// Where the window is wide, the room of a list, and that of the details beside it.
    pub fn halves(self) -> Option<(Self, Self)> {
        if self.width < WIDE {
            return None;
        }
        let left = if self.width >= 160 { 90 } else { 78.min(self.width - 42) };
        Some((Self { width: left, ..self }, Self { width: self.width - left - 2, ..self }))
    }

    /// Columns, as the cutting functions count them.
    pub const fn columns(self) -> usize {
        self.width as usize
    }

    /// Rows, for slicing.
    pub const fn rows(self) -> usize {
        self.height as usize
    }
}

/// The lines of a screen's body, and where the terminal's cursor stands in them.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// From top to bottom; more than fit are not drawn.
    pub lines: Vec<Line<'static>>,
    /// Column and row of the terminal's cursor, when a field has the focus.
    pub cursor: Option<(u16, u16)>,
}

impl Body {
    /// A body that begins with the screen's one question.
    pub fn asking(question: &str, theme: Theme) -> Self {
        let mut body = Self::default();
        body.styled(question, Role::Title, theme);
        body
    }

    /// A body whose first line has the question at the left and a figure at the right.
    pub fn asking_with(question: &str, right: &str, room: Room, theme: Theme) -> Self {
        let mut body = Self::default();
        let left = text::cut(question, room.columns().saturating_sub(text::width(right) + 3));
        let gap = room.columns().saturating_sub(text::width(&left) + text::width(right) + 2);
        body.lines.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(left, theme.style(Role::Title)),
            Span::raw(" ".repeat(gap)),
            Span::styled(right.to_owned(), theme.style(Role::Dim)),
        ]));
        body
    }

    /// An empty line.
    pub fn gap(&mut self) -> &mut Self {
        self.lines.push(Line::default());
        self
    }

    /// A line of plain text, one column from the left edge.
    pub fn text(&mut self, line: impl AsRef<str>) -> &mut Self {
        self.lines.push(Line::from(format!(" {}", line.as_ref())));
        self
    }

    /// A line in one role.
    pub fn styled(&mut self, line: &str, role: Role, theme: Theme) -> &mut Self {
        self.lines.push(Line::from(vec![Span::raw(" "), Span::styled(line.to_owned(), theme.style(role))]));
        self
    }

    /// A line of spans; the first column stays blank.
    pub fn spans(&mut self, spans: Vec<Span<'static>>) -> &mut Self {
        let mut all = vec![Span::raw(" ")];
        all.extend(spans);
        self.lines.push(Line::from(all));
        self
    }

    /// Whole sentences, wrapped to the room, `indent` columns from the left edge.
    pub fn wrapped(&mut self, sentences: &str, indent: usize, room: Room) -> &mut Self {
        let columns = room.columns().saturating_sub(indent + 1);
        for line in text::wrap(sentences, columns) {
            self.lines.push(Line::from(format!("{}{line}", " ".repeat(indent))));
        }
        self
    }

    /// A label at column 1 and sentences behind it, wrapped and hanging at `column`: `What to do   …`.
    pub fn labelled(&mut self, label: &str, sentences: &str, column: usize, room: Room) -> &mut Self {
        let columns = room.columns().saturating_sub(column);
        for (at, line) in text::wrap(sentences, columns).into_iter().enumerate() {
            let head = if at == 0 { format!(" {label}") } else { String::new() };
            self.lines.push(Line::from(format!("{}{line}", text::fit(&head, column))));
        }
        self
    }

    /// Puts `details` beside the lines from number `from` on, which keep to the left of [`Room::halves`].
    pub fn beside(&mut self, details: Self, from: usize, room: Room) {
        let Some((left, _)) = room.halves() else { return };
        for (at, line) in details.lines.into_iter().enumerate().take(room.rows().saturating_sub(from)) {
            while self.lines.len() <= from + at {
                self.gap();
            }
            let row = &mut self.lines[from + at];
            let used = row.width();
            row.push_span(Span::raw(" ".repeat((left.columns() + 2).saturating_sub(used))));
            row.spans.extend(line.spans);
        }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Puts a field's text at the end of a line, with the terminal's cursor in it. `cursor` counts characters of the text.
    pub fn field(&mut self, label: &str, content: &str, cursor: Option<usize>) -> &mut Self {
        if let Some(at) = cursor {
            let before: String = content.chars().take(at).collect();
            let x = text::width(label) + 1 + text::width(&before);
            let place = (u16::try_from(x), u16::try_from(self.lines.len()));
            if let (Ok(x), Ok(y)) = place {
                self.cursor = Some((x, y));
            }
        }
        self.text(format!("{label}{content}"))
    }
}
