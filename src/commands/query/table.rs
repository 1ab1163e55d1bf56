//! Rows as a table that is as wide as the terminal. The first rows say how wide each column is; later ones are cut to that.

use std::io;
use std::ops::ControlFlow;

use super::{Out, Writer, arrived};
use crate::database::query::{Field, Taker};
use crate::text::{self, Untrusted, secret, visible};

/// Rows that are looked at before the first line is written.
const FIRST: usize = 200;
/// Bytes of a cell that a line could show.
const LONG: usize = 4_096;
/// Columns of the terminal that a column of the table has at least, where it needs them.
const LEAST: usize = 6;
/// Between two columns.
const GAP: usize = 2;

/// Writes a table.
pub(super) struct Table<W, F> {
    out: W,
    wide: usize,
    /// A line as this terminal can show it.
    fitted: F,
    names: Vec<String>,
    waiting: Vec<Vec<Cell>>,
    widths: Option<Vec<usize>>,
}

struct Cell {
    text: String,
    number: bool,
}

impl<W: Out, F: Fn(&str) -> String> Table<W, F> {
    pub(super) fn new(out: W, wide: usize, fitted: F) -> Self {
        Self { out, wide, fitted, names: Vec::new(), waiting: Vec::new(), widths: None }
    }

    /// Writes the head and the rows that waited.
    fn begin(&mut self) -> io::Result<()> {
        if self.widths.is_some() || self.names.is_empty() {
            return Ok(());
        }
        let mut needed: Vec<usize> = self.names.iter().map(|name| text::width(name)).collect();
        for row in &self.waiting {
            for (needed, cell) in needed.iter_mut().zip(row) {
                *needed = (*needed).max(text::width(&cell.text));
            }
        }
        let widths = shares(&needed, self.wide);
        let head: Vec<Cell> = self.names.iter().map(|name| Cell { text: name.clone(), number: false }).collect();
        self.line(&head, &widths)?;
        let rule: Vec<Cell> = widths.iter().map(|width| Cell { text: "─".repeat(*width), number: false }).collect();
        self.line(&rule, &widths)?;
        for row in std::mem::take(&mut self.waiting) {
            self.line(&row, &widths)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn line(&mut self, cells: &[Cell], widths: &[usize]) -> io::Result<()> {
        let mut line = String::new();
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            if at > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let shown = text::fit(&cell.text, *width);
            // Numbers stand to the right, where they have room.
            if cell.number && text::width(&cell.text) < *width {
                line.push_str(&" ".repeat(width - text::width(&cell.text)));
                line.push_str(&cell.text);
            } else {
                line.push_str(&shown);
            }
        }
        writeln!(self.out, "{}", (self.fitted)(line.trim_end()))
    }
}

impl<W: Out, F: Fn(&str) -> String> Taker for Table<W, F> {
    fn columns(&mut self, names: &[Untrusted]) -> ControlFlow<()> {
        self.names = names.iter().map(|name| text::cut(&name.revealed(), 200)).collect();
        ControlFlow::Continue(())
    }

    fn row(&mut self, fields: &[Field<'_>]) -> ControlFlow<()> {
        let cells: Vec<Cell> = fields.iter().map(|field| cell(field, self.wide)).collect();
        if let Some(widths) = self.widths.take() {
            let written = self.line(&cells, &widths);
            self.widths = Some(widths);
            return arrived(written);
        }
        self.waiting.push(cells);
        if self.waiting.len() < FIRST { ControlFlow::Continue(()) } else { arrived(self.begin()) }
    }
}

impl<W: Out, F: Fn(&str) -> String> Writer for Table<W, F> {
    fn end(&mut self, _fault: Option<&str>) -> io::Result<()> {
        self.begin()?;
        if let Some(widths) = self.widths.as_ref().filter(|widths| widths.len() < self.names.len()) {
            let more = (self.names.len() - widths.len()) as u64;
            let more = text::counted(more, "more column has no room", "more columns have no room");
            writeln!(self.out, "{}", (self.fitted)(&format!("… {more}; --csv prints all")))?;
        }
        self.out.flush()
    }

    fn is_begun(&self) -> bool {
        !self.names.is_empty()
    }
}

fn cell(field: &Field<'_>, wide: usize) -> Cell {
    let (text, number) = match field {
        Field::Null => ("NULL".to_owned(), false),
        Field::Integer(number) => (number.to_string(), true),
        Field::Real(number) => (format!("{number:?}"), true),
        Field::Text(text) => {
            let end = (0..=LONG.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            let left_out = if end < text.len() { "…" } else { "" };
            (visible(&text[..end]) + left_out, false)
        }
        Field::Blob(bytes) => {
            let left_out = if bytes.len() > LONG { "…" } else { "" };
            (format!("x'{}{left_out}'", text::hex(&bytes[..bytes.len().min(LONG)])), false)
        }
        Field::Covered => (secret::MASK.to_owned(), false),
    };
    Cell { text: text::cut(&text, wide), number }
}

/// How wide each column is, so that all fit: the widest give first. Columns that find no room are left out at the end.
fn shares(needed: &[usize], wide: usize) -> Vec<usize> {
    let least: Vec<usize> = needed.iter().map(|needed| (*needed).clamp(1, LEAST)).collect();
    let mut shown: usize = 0;
    let mut used = 0;
    for least in &least {
        let more = least + if shown > 0 { GAP } else { 0 };
        if shown > 0 && used + more > wide {
            break;
        }
        used += more;
        shown += 1;
    }
    let room = wide.saturating_sub(GAP * shown.saturating_sub(1)).max(1);
    let needed: Vec<usize> = needed[..shown].iter().map(|needed| (*needed).max(1)).collect();
    // The greatest width to which all wider ones are cut.
    let (mut low, mut high) = (1, needed.iter().copied().max().unwrap_or(1));
    while low < high {
        let middle = (low + high).div_ceil(2);
        let sum: usize = needed.iter().map(|needed| (*needed).min(middle)).sum();
        if sum <= room { low = middle } else { high = middle - 1 }
    }
    let mut widths: Vec<usize> = needed.iter().map(|needed| (*needed).min(low)).collect();
    // What is left over goes to the first that was cut.
    let left = room.saturating_sub(widths.iter().sum());
    if let Some(at) = (0..shown).find(|at| widths[*at] < needed[*at]) {
        widths[at] = needed[at].min(widths[at] + left);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(wide: usize, names: &[&str], rows: &[Vec<Field<'_>>]) -> Vec<String> {
        let mut table = Table::new(Vec::new(), wide, str::to_owned);
        let names: Vec<Untrusted> = names.iter().map(|name| Untrusted::from(*name)).collect();
        assert!(table.columns(&names).is_continue());
        for row in rows {
            assert!(table.row(row).is_continue());
        }
        table.end(None).unwrap();
        String::from_utf8(table.out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_table_is_as_wide_as_the_terminal_and_shows_nothing_raw() {
        let long = "a \u{1b}[2J long payload ".repeat(20);
        let rows = [
            vec![Field::Integer(7), Field::Text(long.into()), Field::Null],
            vec![Field::Integer(1234), Field::Text("実験室".into()), Field::Covered],
        ];
        let lines = drawn(40, &["id", "payload", "k"], &rows);
        assert_eq!(lines[0], "id    payload                     k");
        assert_eq!(lines[1], "────  ──────────────────────────  ──────");
        assert_eq!(lines[2], "   7  a \\u{1b}[2J long payload …  NULL");
        assert_eq!(lines[3], "1234  実験室                      ••••••");
        for wide in [1, 5, 10, 20, 40, 100] {
            for line in drawn(wide, &["id", "payload", "k"], &rows).iter().filter(|line| !line.starts_with('…')) {
                assert!(text::width(line) <= wide, "{wide}: {line}");
            }
        }
    }

    #[test]
    fn later_rows_keep_the_widths_and_columns_without_room_are_counted() {
        let rows: Vec<Vec<Field<'_>>> = (0..205).map(|n| vec![Field::Integer(n * n * n * n)]).collect();
        let lines = drawn(80, &["n"], &rows);
        assert_eq!((FIRST, lines.len()), (200, 207));
        let widest = lines[2..FIRST + 2].iter().map(|line| text::width(line)).max();
        assert!(lines.iter().map(|line| text::width(line)).max() == widest);
        let names = vec!["column"; 30];
        let lines = drawn(40, &names, &[vec![Field::Null; 30]]);
        assert!(lines.last().unwrap().starts_with("… 25 more columns have no room"), "{lines:?}");
        assert_eq!(drawn(40, &["a"], &[]).len(), 2, "no rows");
    }
}
