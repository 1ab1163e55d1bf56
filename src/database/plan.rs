//! What a restore would change in a file: a pure read.

use std::path::Path;

use serde::Serialize;

use crate::identity::Mapping;
use crate::progress::{Cancel, OnProgress};
use crate::text::Untrusted;

use super::DatabaseError;
use super::facts::{ForeignKeys, Residue};

/// What a plan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStage {
    /// The digest, when the caller does not know it; units are bytes.
    Digest,
    /// `Integrations` and every event; units are rows.
    Events,
    /// All other tables; units are rows.
    Others,
}

/// What a restore changes, exactly. [`super::rewrite::rewrite`] does this and nothing else.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// SHA-256 of the file that it is about, in hex.
    pub sha256: String,
    /// The length of that file in bytes.
    pub size: u64,
    /// Old and new IDs.
    pub mapping: Mapping,
    /// Rows that change, by table: `Integrations`, then `Events`; a table is there with 0 rows, too.
    pub changes: Vec<Change>,
    /// Cells that change, by column.
    pub columns: Vec<ColumnChange>,
    /// One example of each kind of change.
    pub examples: Vec<Example>,
    /// Where IDs that change stay: the residue after the rewrite.
    #[serde(skip)]
    pub leftovers: Vec<Residue>,
    /// All tables with rows of their own, and how many.
    pub tables: Vec<TableRows>,
    /// Broken foreign keys in the file.
    #[serde(skip)]
    pub foreign_keys: ForeignKeys,
}

impl Plan {
    /// Whether anything changes at all.
    pub fn changes_anything(&self) -> bool {
        self.changes.iter().any(|change| change.rows > 0)
    }

    /// Rows that change in one table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.changes.iter().find(|change| change.table == table).map_or(0, |change| change.rows)
    }
}

/// Rows that change in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The table: `Integrations` or `Events`.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
}

/// Cells that change in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnChange {
    /// The table: `Integrations` or `Events`.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many cells.
    pub rows: u64,
}

/// One example of a kind of change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many rows have this kind of change.
    pub rows: u64,
    /// The row that the example is of, counted from 1.
    pub row_number: u64,
    /// How many rows the table has.
    pub table_rows: u64,
    /// How many different texts have this kind of change; 1: all rows hold the same.
    pub texts: u64,
    /// The cell as it is, whole up to 64 KiB.
    pub old: Untrusted,
    /// The cell as it will be.
    pub new: Untrusted,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub name: Untrusted,
    /// How many rows.
    pub rows: u64,
}

/// Works out what a restore with `mapping` changes in the file. `sha256` is the file's digest in hex, when the caller knows it.
/// Reads only. What stands against it is [`DatabaseError::Refused`].
pub fn plan(
    path: &Path,
    mapping: &Mapping,
    sha256: Option<&str>,
    cancel: &Cancel,
    on_progress: OnProgress<'_, PlanStage>,
) -> Result<Plan, DatabaseError> {
    let _ = (path, mapping, sha256, cancel, on_progress);
    todo!()
}
