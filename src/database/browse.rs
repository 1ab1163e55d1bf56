//! The rows of any table, page by page.

mod cells;
mod count;
mod read;
mod wanted;
mod whole;

use std::path::Path;

use rusqlite::types::Value;

use crate::progress::Cancel;
use crate::text::Untrusted;

use super::error::DatabaseError;
use super::facts::TableFacts;
use super::open::{Access, Db};
use super::schema::{self, Table};

pub(super) use cells::holds_a_secret;
pub use cells::{Cell, CellKind, WholeCell};
pub use count::RowCount;
pub use wanted::RowFilter;

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
    /// From the row with this key on, as a person typed it; where there is none, from where it would stand.
    Typed(String),
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

/// Reads rows of one file.
pub struct Browser {
    db: Db,
    schema: Vec<Table>,
    tables: Vec<TableFacts>,
}

impl Browser {
    /// Opens a file for reading. It may be damaged: what can be read is shown.
    pub fn open(path: &Path, cancel: &Cancel) -> Result<Self, DatabaseError> {
        Self::over(Db::still(path, cancel)?)
    }

    /// The same of an open connection.
    pub(super) fn over(db: Db) -> Result<Self, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
        let mut schema = schema::tables(&db.connection).map_err(failed)?;
        schema.retain(Table::has_rows);
        let facts = |table: &Table| {
            Ok(TableFacts { indexes: schema::indexes(&db.connection, &table.name)?, ..table.facts(None) })
        };
        let tables = schema.iter().map(facts).collect::<rusqlite::Result<_>>().map_err(failed)?;
        Ok(Self { db, schema, tables })
    }

    /// The tables with rows of their own, in the order of the schema. Rows are not counted.
    pub fn tables(&self) -> &[TableFacts] {
        &self.tables
    }

    /// One page of a table: at most `limit` rows, each cell cut to `width` columns of a screen.
    pub fn rows(&self, table: &str, page: &Page, limit: usize, width: usize) -> Result<Rows, DatabaseError> {
        self.fitting(table, page, None, limit, width)
    }

    /// The same, of the rows that fit a filter.
    pub fn fitting(
        &self,
        table: &str,
        page: &Page,
        filter: Option<&RowFilter>,
        limit: usize,
        width: usize,
    ) -> Result<Rows, DatabaseError> {
        if let Page::Typed(typed) = page {
            let from = Page::From(self.typed(self.table(table)?, typed)?);
            let rows = self.fitting(table, &from, filter, limit, width)?;
            // Behind the last row there is nothing to stand on.
            let beyond = rows.rows.is_empty();
            return if beyond { self.fitting(table, &Page::Last, filter, limit, width) } else { Ok(rows) };
        }
        let table = self.table(table)?;
        let mut rows = self.read(table, page, filter, limit.saturating_add(1), width)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backwards = matches!(page, Page::Last | Page::Before(_));
        if backwards {
            rows.reverse();
        }
        let other_end = match page {
            Page::First | Page::Last => false,
            // Whatever lies on the other side of the row that one came from, and that row itself.
            Page::After(_) | Page::Before(_) => true,
            // Whether one of those before it fits a filter could take reading all of them.
            Page::From(key) => !self.read(table, &Page::Before(key.clone()), None, 1, 1)?.is_empty(),
            Page::Typed(_) => true,
        };
        let (more_before, more_after) = if backwards { (more, other_end) } else { (other_end, more) };
        let columns = table.columns.iter().map(|column| Untrusted::new(column.name.clone())).collect();
        Ok(Rows { columns, rows, more_before, more_after })
    }

    /// One cell in full. Large ones are cut, and say so.
    pub fn cell(&self, table: &str, key: &RowKey, column: usize) -> Result<WholeCell, DatabaseError> {
        let table = self.table(table)?;
        self.read_cell(table, key, column)
    }

    fn table(&self, name: &str) -> Result<&Table, DatabaseError> {
        self.schema.iter().find(|table| table.name == name).ok_or_else(|| DatabaseError::Sqlite {
            what: "show rows".to_owned(),
            message: Untrusted::new(format!("no such table: {name}")),
        })
    }

    /// Whether the file lies elsewhere: what is not shown is not read then.
    fn is_far(&self) -> bool {
        self.db.access == Access::Remote
    }
}

impl KeyPart {
    /// As SQLite takes it.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            Self::Blob(bytes) => Value::Blob(bytes.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
