//! The rows of any table, page by page.

use std::path::Path;

use serde::Serialize;

use crate::text::Untrusted;

use super::DatabaseError;
use super::facts::TableFacts;

/// Names one row of a table: by its row ID or its primary key.
#[derive(Debug, Clone, PartialEq)]
pub struct RowKey(pub(crate) Vec<KeyPart>);

/// One value of a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KeyPart {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

// A real in a key comes out of the file: never compared but with itself.
impl Eq for RowKey {}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The first.
    First,
    /// The last.
    Last,
    /// From this row on.
    From(RowKey),
    /// Behind this row.
    After(RowKey),
    /// Before this row.
    Before(RowKey),
}

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// NULL.
    Null,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

/// One cell of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The kind of its value.
    pub kind: CellKind,
    /// The value in one line, printable, cut to the width asked for; of a blob size and first bytes.
    pub shown: String,
    /// Its length in bytes (text and blobs).
    pub size: u64,
}

/// One row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name, to page on from here.
    pub key: RowKey,
    /// Its cells, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<Untrusted>,
    /// The rows, in the order of the table's key.
    pub rows: Vec<Row>,
    /// Whether rows lie before these.
    pub more_before: bool,
    /// Whether rows lie behind these.
    pub more_after: bool,
}

/// A cell in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeCell {
    /// The kind of its value.
    pub kind: CellKind,
    /// Its length in bytes.
    pub size: u64,
    /// Lines, printable: JSON indented, text as it is, of a blob the first bytes in hex. At most 4 000.
    pub lines: Vec<String>,
    /// Whether something was left out.
    pub cut: bool,
}

/// Reads rows of one file.
pub struct Browser {
    tables: Vec<TableFacts>,
}

impl Browser {
    /// Opens a file for reading. It may be damaged: what can be read is shown.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let _ = path;
        todo!()
    }

    /// The tables, in the order of the schema. Rows are not counted.
    pub fn tables(&self) -> &[TableFacts] {
        &self.tables
    }

    /// One page of a table: at most `limit` rows, each cell cut to `width` columns of a screen.
    pub fn rows(&self, table: &str, page: &Page, limit: usize, width: usize) -> Result<Rows, DatabaseError> {
        let _ = (table, page, limit, width);
        todo!()
    }

    /// One cell in full.
    pub fn cell(&self, table: &str, key: &RowKey, column: usize) -> Result<WholeCell, DatabaseError> {
        let _ = (table, key, column);
        todo!()
    }
}
