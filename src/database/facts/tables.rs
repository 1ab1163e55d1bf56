//! Tables, their columns and their indexes, as plain data.

use serde::Serialize;

use crate::text::Untrusted;

/// What kind of table one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// An ordinary table.
    Ordinary,
    /// A table that a virtual table keeps its data in.
    Shadow,
    /// A virtual table: it has no rows of its own.
    Virtual,
    /// A table of SQLite's own, such as `sqlite_sequence`.
    Internal,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFacts {
    /// Its name as written.
    pub name: Untrusted,
    /// What kind of table.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<ColumnFacts>,
    /// Whether it is a WITHOUT ROWID table.
    pub without_rowid: bool,
    /// Whether it is a STRICT table.
    pub strict: bool,
    /// How many rows; `None` when it was not counted.
    pub rows: Option<u64>,
    /// Its indexes, those that a person made first; empty where nobody looked for them.
    pub indexes: Vec<IndexFacts>,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFacts {
    /// Its name.
    pub name: Untrusted,
    /// What it is over, in order.
    pub parts: Vec<IndexPart>,
    /// Whether no two rows may have the same.
    pub unique: bool,
    /// Whether it holds only some of the rows.
    pub partial: bool,
    /// Whether it was made by a statement of its own, not by a key or a UNIQUE of the table.
    pub made: bool,
    /// That statement.
    pub sql: Option<Untrusted>,
}

/// A part of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    /// The column; none where it is an expression.
    pub column: Option<Untrusted>,
    /// Whether it runs from the largest to the smallest.
    pub descending: bool,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFacts {
    /// Its name as written.
    pub name: Untrusted,
    /// Its declared type; may be empty.
    pub declared: Untrusted,
    /// Its place in the primary key, from 1; 0 when it is not part of it.
    pub key: u32,
    /// Whether its value is computed from other columns.
    pub generated: bool,
}
