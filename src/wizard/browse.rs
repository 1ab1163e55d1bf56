//! Tables, rows and cells of the downloaded file, to read. Three levels in one screen: Esc goes up one at a time.

mod step;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use super::effect;
use super::field::Field;
use super::inspect::Work;
use super::job::{JobId, Slot};
use super::list::Cursor;
use super::step::Cx;
use crate::database::browse::{Page, RowFilter, RowKey, Rows, WholeCell};
use crate::database::facts::TableFacts;
use crate::text::Untrusted;

/// Where the browser opens: a table, a row, and a column from 0.
pub type Spot = (Untrusted, RowKey, usize);

/// State of the screen.
#[derive(Debug)]
pub struct Browse {
    path: PathBuf,
    tables: Vec<TableFacts>,
    table: Cursor,
    rows: Option<RowsView>,
    cell: Option<CellView>,
    spot: Option<Spot>,
    job: Option<JobId>,
    turn: Turn,
    /// The field that is open.
    field: Option<(Typed, Field)>,
    /// The filter of the rows, as it was typed.
    filter: String,
    /// Why the last read gave nothing.
    trouble: Option<String>,
}

/// The rows of one table.
#[derive(Debug)]
pub struct RowsView {
    /// The page.
    pub page: Rows,
    /// The row under the cursor.
    pub row: usize,
    /// The column under the cursor.
    pub column: usize,
    /// How many rows lie before the page, where it is known.
    pub before: Option<u64>,
}

/// One cell in full.
#[derive(Debug)]
pub struct CellView {
    /// The cell.
    pub cell: WholeCell,
    /// The first line on screen.
    pub top: usize,
}

impl Browse {
    /// The tables of the file at `path`; with a spot, its row is opened at once.
    pub fn new(path: PathBuf, tables: Vec<TableFacts>, spot: Option<Spot>) -> Self {
        let mut table = Cursor::default();
        let name = spot.as_ref().map(|(name, ..)| name);
        if let Some(at) = name.and_then(|name| tables.iter().position(|table| table.name == *name)) {
            table.follow(at);
        }
        Self {
            path,
            tables,
            table,
            rows: None,
            cell: None,
            spot,
            job: None,
            turn: Turn::Here,
            field: None,
            filter: String::new(),
            trouble: None,
        }
    }

    /// The tables, in the order of the schema.
    pub fn tables(&self) -> &[TableFacts] {
        &self.tables
    }

    /// The cursor over the tables.
    pub fn cursor(&self) -> Cursor {
        self.table
    }

    /// The table under the cursor.
    pub fn table(&self) -> Option<&TableFacts> {
        self.tables.get(self.table.at(self.tables.len()))
    }

    /// The rows, when a table is open.
    pub fn rows(&self) -> Option<&RowsView> {
        self.rows.as_ref()
    }

    /// The cell, when one is open.
    pub fn cell(&self) -> Option<&CellView> {
        self.cell.as_ref()
    }

    /// The field that is open, and what it is for.
    pub fn field(&self) -> Option<(Typed, &Field)> {
        self.field.as_ref().map(|(typed, field)| (*typed, field))
    }

    /// The filter of the rows, as it was typed; empty without one.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Whether something is being read.
    pub fn reads(&self) -> bool {
        self.job.is_some()
    }

    /// Why the last read gave nothing.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Rows of the table on one screen.
    pub fn height(size: (u16, u16)) -> usize {
        usize::from(size.1).saturating_sub(5 + 7).max(1)
    }

    /// Reads a page of the table under the cursor.
    fn read(&mut self, page: Page, cx: &mut Cx<'_>) {
        let Some(table) = self.table() else { return };
        // A filter is typed over rows: their columns are known.
        let columns = self.rows.as_ref().map_or(&[][..], |rows| &rows.page.columns[..]);
        let filter = RowFilter::of(&self.filter, columns);
        let table = table.name.raw().to_owned();
        let limit = Self::height(cx.shared.size);
        self.turn = match page {
            Page::After(_) => Turn::Down,
            Page::Before(_) => Turn::Up,
            Page::Last => Turn::Last,
            Page::First | Page::From(_) | Page::Typed(_) => Turn::Here,
        };
        let work = Work::Rows { path: self.path.clone(), table, page, filter, limit };
        self.job = Some(cx.start(Slot::Rows, effect::Work::Inspect(work)));
    }

    /// Reads the next page, or the one before. A page is on its way at most once.
    fn turn(&mut self, down: bool, cx: &mut Cx<'_>) {
        let Some(rows) = self.rows.as_ref().filter(|_| self.job.is_none()) else { return };
        let page = &rows.page;
        let key = if down { page.rows.last() } else { page.rows.first() }.map(|row| row.key.clone());
        match key {
            Some(key) if down && page.more_after => self.read(Page::After(key), cx),
            Some(key) if !down && page.more_before => self.read(Page::Before(key), cx),
            _ => {}
        }
    }

    /// A page has come; the cursor enters it from the side that it was turned from.
    fn show(&mut self, page: Rows) {
        let last = page.rows.len().saturating_sub(1);
        let shown = page.rows.len() as u64;
        // How many rows fit a filter nobody has counted.
        let all = self.table().and_then(|table| table.rows).filter(|_| self.filter.is_empty());
        let (column, known) = self.rows.as_ref().map_or((0, None), |rows| {
            let before = rows.before;
            let counted = match self.turn {
                Turn::Down => before.map(|before| before + rows.page.rows.len() as u64),
                Turn::Up => before.map(|before| before.saturating_sub(shown)),
                Turn::Last => all.map(|all| all.saturating_sub(shown)),
                Turn::Here => None,
            };
            (rows.column, counted)
        });
        let before = if page.more_before { known } else { Some(0) };
        let row = if matches!(self.turn, Turn::Up | Turn::Last) { last } else { 0 };
        let column = self.spot.take().map_or(column, |(.., column)| column);
        self.rows = Some(RowsView { page, row, column, before });
    }

    fn open_cell(&mut self, cx: &mut Cx<'_>) {
        let (Some(rows), Some(table)) = (&self.rows, self.table()) else { return };
        let Some(row) = rows.page.rows.get(rows.row) else { return };
        let work = Work::Cell {
            path: self.path.clone(),
            table: table.name.raw().to_owned(),
            row: row.key.clone(),
            column: rows.column,
        };
        self.job = Some(cx.start(Slot::Rows, effect::Work::Inspect(work)));
    }
}

/// What is typed into the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// A filter of the rows.
    Filter,
    /// The key of a row.
    Key,
}

/// From which side a page is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// From its first row.
    Here,
    /// From above.
    Down,
    /// From below.
    Up,
    /// From the end of the table.
    Last,
}
