//! The rows of any table, page by page.

mod whole;

use std::path::Path;

use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};
use serde::Serialize;

use crate::progress::Cancel;
use crate::text::{self, Untrusted};

use super::cell::CellRef;
use super::error::DatabaseError;
use super::facts::TableFacts;
use super::open::{Db, quote};
use super::schema::{self, Table};

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
    db: Db,
    schema: Vec<Table>,
    tables: Vec<TableFacts>,
}

impl Browser {
    /// Opens a file for reading. It may be damaged: what can be read is shown.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let db = Db::still(path, &Cancel::default())?;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
        let mut schema = schema::tables(&db.connection).map_err(failed)?;
        schema.retain(Table::has_rows);
        let tables = schema.iter().map(|table| table.facts(None)).collect();
        Ok(Self { db, schema, tables })
    }

    /// The tables with rows of their own, in the order of the schema. Rows are not counted.
    pub fn tables(&self) -> &[TableFacts] {
        &self.tables
    }

    /// One page of a table: at most `limit` rows, each cell cut to `width` columns of a screen.
    pub fn rows(&self, table: &str, page: &Page, limit: usize, width: usize) -> Result<Rows, DatabaseError> {
        let table = self.table(table)?;
        let mut rows = self.read(table, page, limit.saturating_add(1), width)?;
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
            Page::From(key) => !self.read(table, &Page::Before(key.clone()), 1, 1)?.is_empty(),
        };
        let (more_before, more_after) = if backwards { (more, other_end) } else { (other_end, more) };
        let columns = table.columns.iter().map(|column| Untrusted::new(column.name.clone())).collect();
        Ok(Rows { columns, rows, more_before, more_after })
    }

    /// One cell in full. Large ones are cut, and say so.
    pub fn cell(&self, table: &str, key: &RowKey, column: usize) -> Result<WholeCell, DatabaseError> {
        let table = self.table(table)?;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let nothing = || WholeCell { kind: CellKind::Null, size: 0, lines: Vec::new(), cut: false };
        let Some(name) = table.columns.get(column).map(|column| quote(&column.name)) else { return Ok(nothing()) };
        let (condition, values) = place(table, &Page::From(key.clone()));
        let sql = format!("SELECT {name} FROM {} {condition} LIMIT 1{}", quote(&table.name), offset(table, &values));
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let bound = if table.key().is_empty() { Vec::new() } else { values };
        let mut rows = statement.query(params_from_iter(bound)).map_err(failed)?;
        match rows.next().map_err(failed)? {
            Some(row) => Ok(whole::cell(row.get_ref(0).map_err(failed)?)),
            None => Ok(nothing()),
        }
    }

    fn table(&self, name: &str) -> Result<&Table, DatabaseError> {
        self.schema.iter().find(|table| table.name == name).ok_or_else(|| DatabaseError::Sqlite {
            what: "show rows".to_owned(),
            message: Untrusted::new(format!("no such table: {name}")),
        })
    }

    /// Rows in the direction of the page, nearest first.
    fn read(&self, table: &Table, page: &Page, limit: usize, width: usize) -> Result<Vec<Row>, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let keys = table.key();
        if keys.is_empty() {
            return self.read_by_number(table, page, limit, width);
        }
        let columns = table.columns.iter().map(|column| quote(&column.name));
        let selected: Vec<String> = keys.iter().cloned().chain(columns).collect();
        let backwards = matches!(page, Page::Last | Page::Before(_));
        let direction = if backwards { " DESC" } else { "" };
        let order: Vec<String> = keys.iter().map(|key| format!("{key}{direction}")).collect();
        let (condition, values) = place(table, page);
        let sql = format!(
            "SELECT {} FROM {} NOT INDEXED {condition} ORDER BY {} LIMIT {limit}",
            selected.join(", "),
            quote(&table.name),
            order.join(", ")
        );
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let mut found = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let key = (0..keys.len()).map(|at| row.get_ref(at).map(|value| CellRef::from(value).key_part()));
            let key = RowKey(key.collect::<Result<_, _>>().map_err(failed)?);
            rows.push(Row { key, cells: cells(row, keys.len(), table, width).map_err(failed)? });
        }
        Ok(rows)
    }

    /// A table in which nothing names a row: rows are counted off.
    fn read_by_number(
        &self,
        table: &Table,
        page: &Page,
        limit: usize,
        width: usize,
    ) -> Result<Vec<Row>, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let name = quote(&table.name);
        let end = || -> Result<i64, DatabaseError> {
            self.db.connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).map_err(failed)
        };
        let number = |key: &RowKey| match key.0.as_slice() {
            [KeyPart::Integer(number)] => *number,
            _ => 0,
        };
        let many = i64::try_from(limit).unwrap_or(i64::MAX);
        let (from, to) = match page {
            Page::First => (0, many),
            Page::From(key) => (number(key), number(key).saturating_add(many)),
            Page::After(key) => (number(key) + 1, (number(key) + 1).saturating_add(many)),
            Page::Before(key) => (number(key) - many, number(key)),
            Page::Last => {
                let end = end()?;
                (end - many, end)
            }
        };
        let from = from.max(0);
        let columns: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let sql =
            format!("SELECT {} FROM {name} NOT INDEXED LIMIT {} OFFSET {from}", columns.join(", "), (to - from).max(0));
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let mut found = statement.query([]).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let key = RowKey(vec![KeyPart::Integer(from + i64::try_from(rows.len()).unwrap_or_default())]);
            rows.push(Row { key, cells: cells(row, 0, table, width).map_err(failed)? });
        }
        if matches!(page, Page::Last | Page::Before(_)) {
            rows.reverse();
        }
        Ok(rows)
    }
}

/// The condition under which a page's rows lie, and its values.
fn place(table: &Table, page: &Page) -> (String, Vec<Value>) {
    let (comparison, key) = match page {
        Page::First | Page::Last => return (String::new(), Vec::new()),
        Page::From(key) => (">=", key),
        Page::After(key) => (">", key),
        Page::Before(key) => ("<", key),
    };
    let values = key.0.iter().map(KeyPart::value).collect();
    let keys = table.key();
    if keys.is_empty() {
        return (String::new(), values);
    }
    let places = vec!["?"; keys.len()].join(", ");
    (format!("WHERE ({}) {comparison} ({places})", keys.join(", ")), values)
}

fn offset(table: &Table, values: &[Value]) -> String {
    match values {
        [Value::Integer(number)] if table.key().is_empty() => format!(" OFFSET {number}"),
        _ => String::new(),
    }
}

fn cells(row: &rusqlite::Row<'_>, before: usize, table: &Table, width: usize) -> rusqlite::Result<Vec<Cell>> {
    (0..table.columns.len()).map(|at| Ok(cell(row.get_ref(before + at)?, width))).collect()
}

fn cell(value: ValueRef<'_>, width: usize) -> Cell {
    let kind = CellKind::of(value);
    let size = value.as_bytes().map_or(0, |bytes| bytes.len() as u64);
    // No character takes more than four bytes for a column; what is left out is marked by the cut.
    let shown = CellRef::from(value).shown(None, width.saturating_mul(4).saturating_add(4)).printable();
    Cell { kind, shown: text::cut(&shown, width), size }
}

impl CellKind {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(_) => Self::Integer,
            ValueRef::Real(_) => Self::Real,
            ValueRef::Text(_) => Self::Text,
            ValueRef::Blob(_) => Self::Blob,
        }
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
