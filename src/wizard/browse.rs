//! Tables, rows and cells of a backup, to read: of the downloaded file, or of one that stays in its source. Three levels in
//! one screen: Esc goes up one at a time.

mod reading;
pub mod schema;
mod step;
#[cfg(test)]
mod tests;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

pub use work::{Answer, Ask, Place, Work};

use super::field::Field;
use super::job::JobId;
use super::list::Cursor;
use crate::catalog::{Backup, SourceSpec};
use crate::database::browse::{RowCount, RowKey, Rows, WholeCell};
use crate::database::facts::TableFacts;
use crate::database::far::Allowance;
use crate::finding::Finding;
use crate::restore::far::Fetched;
use crate::text::Untrusted;

/// Where the browser opens: a table, a row, and a column from 0.
pub type Spot = (Untrusted, RowKey, usize);

/// State of the screen.
#[derive(Debug)]
pub struct Browse {
    place: Place,
    tables: Vec<Table>,
    table: Cursor,
    rows: Option<RowsView>,
    cell: Option<CellView>,
    spot: Option<Spot>,
    /// What is being read, and by which job.
    job: Option<(JobId, Wanted)>,
    /// The field that is open.
    field: Option<(Typed, Field)>,
    /// The filter of the rows on screen, as it was typed.
    filter: String,
    /// Why the last read gave nothing.
    trouble: Option<Trouble>,
    allowance: Allowance,
    fetched: Fetched,
    /// What would take more than is allowed: it waits for an answer.
    asks: Option<Wanted>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is.
    pub facts: TableFacts,
    /// How many rows it has, as far as that is known.
    pub rows: Option<RowCount>,
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

/// Why a read gave nothing.
#[derive(Debug)]
pub enum Trouble {
    /// A sentence.
    Said(String),
    /// What the source answered.
    Finding(Box<Finding>),
}

/// A read, and what its answer is for.
#[derive(Debug, Clone)]
struct Wanted {
    ask: Ask,
    turn: Turn,
    /// The filter, as it was typed.
    filter: String,
}

impl Browse {
    /// The tables of the file at `path`; with a spot, its row is opened at once.
    pub fn new(path: PathBuf, tables: Vec<TableFacts>, spot: Option<Spot>) -> Self {
        let mut browse = Self::at(Place::Here(path));
        browse.tables =
            tables.into_iter().map(|facts| Table { rows: facts.rows.map(RowCount::Counted), facts }).collect();
        let name = spot.as_ref().map(|(name, ..)| name);
        if let Some(at) = name.and_then(|name| browse.tables.iter().position(|table| table.facts.name == *name)) {
            browse.table.follow(at);
        }
        browse.spot = spot;
        browse
    }

    /// The tables of a backup that stays in its source.
    pub fn far(spec: Arc<SourceSpec>, backup: Backup) -> Self {
        Self::at(Place::Far { spec, backup: Box::new(backup) })
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            tables: Vec::new(),
            table: Cursor::default(),
            rows: None,
            cell: None,
            spot: None,
            job: None,
            field: None,
            filter: String::new(),
            trouble: None,
            allowance: Allowance::default(),
            fetched: Fetched::default(),
            asks: None,
        }
    }

    /// The tables, in the order of the schema.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The cursor over the tables.
    pub fn cursor(&self) -> Cursor {
        self.table
    }

    /// The table under the cursor.
    pub fn table(&self) -> Option<&Table> {
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

    /// The filter of the rows, as it was typed: of those that are read now, or of those on screen. Empty without one.
    pub fn filter(&self) -> &str {
        let reads = self.job.as_ref().map(|(_, wanted)| wanted).or(self.asks.as_ref());
        let read = reads.filter(|wanted| matches!(wanted.ask, Ask::Rows { .. }));
        read.map_or(&self.filter, |wanted| &wanted.filter)
    }

    /// Whether something is being read.
    pub fn reads(&self) -> bool {
        self.job.is_some()
    }

    /// Whether the tables are being read.
    pub fn reads_tables(&self) -> bool {
        self.job.as_ref().is_some_and(|(_, wanted)| matches!(wanted.ask, Ask::Tables))
    }

    /// The table whose rows are being counted.
    pub fn counts(&self) -> Option<&str> {
        self.job.as_ref().and_then(|(_, wanted)| match &wanted.ask {
            Ask::Count { table } => Some(table.as_str()),
            _ => None,
        })
    }

    /// Why the last read gave nothing.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// What was fetched so far, where the file lies elsewhere.
    pub fn fetched(&self) -> Option<Fetched> {
        self.source().map(|_| self.fetched)
    }

    /// What may be fetched, and what may be after a yes, while that is asked.
    pub fn asks(&self) -> Option<(Allowance, Allowance)> {
        self.asks.as_ref().map(|_| (self.allowance, self.allowance.more()))
    }

    /// Where the file lies, when it is not here.
    pub fn source(&self) -> Option<(&Arc<SourceSpec>, &Backup)> {
        match &self.place {
            Place::Here(_) => None,
            Place::Far { spec, backup } => Some((spec, backup)),
        }
    }

    /// Rows of the table on one screen.
    pub fn height(size: (u16, u16)) -> usize {
        usize::from(size.1).saturating_sub(5 + 7).max(1)
    }

    /// Rows of the list of tables, and lines of what is told of one of them.
    pub fn heights(size: (u16, u16)) -> (usize, usize) {
        super::backup::list_rows(size, 4, 8)
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
