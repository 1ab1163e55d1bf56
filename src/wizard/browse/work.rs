//! What the browser asks the runtime for, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::{Backup, SourceSpec};
use crate::database::browse::{Page, RowFilter, RowKey, Rows, WholeCell};
use crate::database::far::{Allowance, CountedTable};
use crate::finding::Finding;
use crate::restore::far::Fetched;

/// The file that is browsed.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file on this machine.
    Here(PathBuf),
    /// A backup that stays in its source.
    Far {
        /// The source.
        spec: Arc<SourceSpec>,
        /// Which backup.
        backup: Box<Backup>,
    },
}

/// One read.
#[derive(Debug, Clone)]
pub struct Work {
    /// Of which file.
    pub place: Place,
    /// What is read.
    pub ask: Ask,
    /// How much may be fetched of a file that lies elsewhere, from its opening on.
    pub allowance: Allowance,
    /// It opens the file: what was fetched for another browser does not count.
    pub opens: bool,
}

/// What is read.
#[derive(Debug, Clone)]
pub enum Ask {
    /// The tables.
    Tables,
    /// The rows of a table are counted.
    Count {
        /// The table, as it is written.
        table: String,
    },
    /// One page of rows.
    Rows {
        /// The table, as it is written.
        table: String,
        /// Which page.
        page: Page,
        /// Only rows that fit.
        filter: Option<RowFilter>,
        /// At most this many rows.
        limit: usize,
    },
    /// One cell in full.
    Cell {
        /// The table, as it is written.
        table: String,
        /// The row.
        row: RowKey,
        /// The column, from 0.
        column: usize,
    },
}

/// What comes back. The last answer of a read is any but `Fetched`, and `Tables` with more to come.
#[derive(Debug)]
pub enum Answer {
    /// What was fetched so far of a file that lies elsewhere.
    Fetched(Fetched),
    /// The tables of the file; whether more will be said of their rows.
    Tables(Vec<CountedTable>, bool),
    /// So many rows the table has.
    Counted(u64),
    /// One page of rows.
    Rows(Box<Rows>),
    /// One cell in full.
    Cell(Box<WholeCell>),
    /// It would take more than is allowed.
    Spent,
    /// It could not be read: a sentence.
    NotRead(String),
    /// The source did not give it.
    Failed(Box<Finding>),
}
