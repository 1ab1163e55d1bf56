//! The rows of any table, page by page.

mod wanted;
mod whole;

use std::path::Path;

use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};
use serde::Serialize;

use crate::progress::Cancel;
use crate::text::{self, Untrusted, secret};

use super::cell::CellRef;
use super::error::DatabaseError;
use super::facts::TableFacts;
use super::open::{Db, quote};
use super::schema::{self, Table};

pub use wanted::RowFilter;

/// Bytes of a cell in which secrets are looked for, in a list of rows.
const LOOKED_AT: usize = 64 << 10;

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
    /// The value in one line, printable, its secrets masked, cut to the width asked for; of a blob size and first bytes.
    pub shown: String,
    /// The same with its secrets; none when it has none.
    pub plain: Option<String>,
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
    /// Lines, printable, secrets masked: JSON indented, text as it is, of a blob the first bytes in hex. At most 4 000.
    pub lines: Vec<String>,
    /// The same with the secrets; none when it has none.
    pub plain: Option<Vec<String>>,
    /// Whether something was left out.
    pub cut: bool,
}

impl Cell {
    /// The value as it is shown: with its secrets only when a person asked for them.
    pub fn text(&self, revealed: bool) -> &str {
        self.plain.as_deref().filter(|_| revealed).unwrap_or(&self.shown)
    }

    /// Its length in bytes, where that tells nothing of a secret.
    pub fn told_size(&self, revealed: bool) -> Option<u64> {
        (revealed || self.plain.is_none()).then_some(self.size)
    }
}

impl WholeCell {
    /// The lines as they are shown: with their secrets only when a person asked for them.
    pub fn text(&self, revealed: bool) -> &[String] {
        self.plain.as_deref().filter(|_| revealed).unwrap_or(&self.lines)
    }

    /// Its length in bytes, where that tells nothing of a secret.
    pub fn told_size(&self, revealed: bool) -> Option<u64> {
        (revealed || self.plain.is_none()).then_some(self.size)
    }
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
        let db = Db::still(path, cancel)?;
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
            Page::From(key) => !self.read(table, &Page::Before(key.clone()), filter, 1, 1)?.is_empty(),
            Page::Typed(_) => true,
        };
        let (more_before, more_after) = if backwards { (more, other_end) } else { (other_end, more) };
        let columns = table.columns.iter().map(|column| Untrusted::new(column.name.clone())).collect();
        Ok(Rows { columns, rows, more_before, more_after })
    }

    /// One cell in full. Large ones are cut, and say so.
    pub fn cell(&self, table: &str, key: &RowKey, column: usize) -> Result<WholeCell, DatabaseError> {
        let table = self.table(table)?;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let nothing = || WholeCell { kind: CellKind::Null, size: 0, lines: Vec::new(), plain: None, cut: false };
        if column >= table.columns.len() {
            return Ok(nothing());
        }
        // The whole row: a neighbour may say that this cell is a secret.
        let names: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let (condition, values) = place(table, &Page::From(key.clone()));
        let sql = format!(
            "SELECT {} FROM {} {condition} LIMIT 1{}",
            names.join(", "),
            quote(&table.name),
            offset(table, &values)
        );
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let no_filter = [Value::Null];
        let bound = if table.key().is_empty() { Vec::new() } else { [&no_filter[..], &values[..]].concat() };
        let mut rows = statement.query(params_from_iter(bound)).map_err(failed)?;
        match rows.next().map_err(failed)? {
            Some(row) => {
                let secret = secrets(row, 0, table).get(column).copied().unwrap_or_default();
                Ok(whole::cell(row.get_ref(column).map_err(failed)?, secret))
            }
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
    fn read(
        &self,
        table: &Table,
        page: &Page,
        filter: Option<&RowFilter>,
        limit: usize,
        width: usize,
    ) -> Result<Vec<Row>, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let keys = table.key();
        if keys.is_empty() && filter.is_some() {
            // Rows are told apart by their number only, which a filter would change.
            let message = "its rows have no names".into();
            return Err(DatabaseError::Sqlite { what: format!("filter {}", table.shown()), message });
        }
        if keys.is_empty() {
            return self.read_by_number(table, page, limit, width);
        }
        let columns = table.columns.iter().map(|column| quote(&column.name));
        let selected: Vec<String> = keys.iter().cloned().chain(columns).collect();
        let backwards = matches!(page, Page::Last | Page::Before(_));
        let direction = if backwards { " DESC" } else { "" };
        let order: Vec<String> = keys.iter().map(|key| format!("{key}{direction}")).collect();
        let (mut condition, mut values) = place(table, page);
        if let Some((holds, text)) = filter.map(|filter| filter.condition(table)) {
            // The text is the first value: each column names it again.
            condition =
                if condition.is_empty() { format!("WHERE {holds}") } else { format!("{condition} AND {holds}") };
            values.insert(0, text);
        } else if !values.is_empty() {
            values.insert(0, Value::Null);
        }
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
            Page::First | Page::Typed(_) => (0, many),
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
        Page::First | Page::Last | Page::Typed(_) => return (String::new(), Vec::new()),
        Page::From(key) => (">=", key),
        Page::After(key) => (">", key),
        Page::Before(key) => ("<", key),
    };
    let values: Vec<Value> = key.0.iter().map(KeyPart::value).collect();
    let mut keys = table.key();
    if keys.is_empty() {
        return (String::new(), values);
    }
    // A typed key may be only the first part of a longer one. The number 1 is that of a filter's text.
    keys.truncate(values.len());
    let places = (0..keys.len()).map(|at| format!("?{}", at + 2)).collect::<Vec<_>>().join(", ");
    (format!("WHERE ({}) {comparison} ({places})", keys.join(", ")), values)
}

fn offset(table: &Table, values: &[Value]) -> String {
    match values {
        [Value::Integer(number)] if table.key().is_empty() => format!(" OFFSET {number}"),
        _ => String::new(),
    }
}

fn cells(row: &rusqlite::Row<'_>, before: usize, table: &Table, width: usize) -> rusqlite::Result<Vec<Cell>> {
    let secrets = secrets(row, before, table);
    let cells = secrets.into_iter().enumerate();
    cells.map(|(at, secret)| Ok(cell(row.get_ref(before + at)?, secret, width))).collect()
}

/// Which columns of a row are secrets as a whole.
fn secrets(row: &rusqlite::Row<'_>, before: usize, table: &Table) -> Vec<bool> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    secret::columns(&names, |at| row.get_ref(before + at).ok().and_then(|value| value.as_str().ok()))
}

fn cell(value: ValueRef<'_>, secret: bool, width: usize) -> Cell {
    let kind = CellKind::of(value);
    let size = value.as_bytes().map_or(0, |bytes| bytes.len() as u64);
    // No character takes more than four bytes for a column; what is left out is marked by the cut.
    let beginning = CellRef::from(value).shown(None, width.saturating_mul(4).saturating_add(4));
    let plain = text::cut(&beginning.revealed(), width);
    let masked = match value {
        ValueRef::Null => None,
        _ if secret => Some(secret::MASK.to_owned()),
        // More than is shown: a secret that the cut would part is known by its end.
        ValueRef::Text(bytes) => {
            let more = CellRef::Text(bytes).shown(None, LOOKED_AT);
            let masked = secret::mask(more.raw());
            secret::is_masked(&masked).then(|| text::cut(&text::visible(&masked), width))
        }
        ValueRef::Blob(bytes) => holds_a_secret(bytes).then(|| secret::MASK.to_owned()),
        ValueRef::Integer(_) | ValueRef::Real(_) => None,
    };
    match masked {
        Some(shown) => Cell { kind, shown, plain: Some(plain), size },
        None => Cell { kind, shown: plain, plain: None, size },
    }
}

/// Whether text in a blob is, or holds, a secret.
pub(super) fn holds_a_secret(bytes: &[u8]) -> bool {
    secret::is_masked(&secret::mask(&String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)])))
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
