//! Every row of a table, in the order of its key, with its cells as they lie in the file.

use rusqlite::Row;

use crate::progress::Cancel;
use crate::text::Untrusted;

use super::DatabaseError;
use super::browse::RowKey;
use super::cell::{CellRef, Wide, expression};
use super::open::{Db, quote};
use super::schema::{Generated, Table};

/// Rows between two looks at the cancel flag.
const ROWS: u64 = 1_024;

/// One row of a walk.
pub(super) struct RowView<'a> {
    row: &'a Row<'a>,
    table: &'a Table,
    keys: usize,
    pub(super) wide: Option<Wide>,
    /// Its place in the table, from 1.
    pub(super) number: u64,
}

impl<'a> RowView<'a> {
    /// A row of the statement that [`select`] gives for `table`.
    pub(super) fn new(row: &'a Row<'a>, table: &'a Table, wide: Option<Wide>, number: u64) -> Self {
        Self { row, table, keys: table.key().len(), wide, number }
    }

    /// A cell, by the column's place in the table.
    pub(super) fn cell(&self, column: usize) -> Result<CellRef<'a>, DatabaseError> {
        CellRef::read(self.row, self.keys, column, self.wide.is_some())
            .map_err(|error| DatabaseError::sqlite(format!("read {}", self.table.shown()), &error))
    }

    /// What `browse` finds this row by; none where the table has no key that can be read.
    pub(super) fn key(&self) -> Option<RowKey> {
        let parts: Option<Vec<_>> =
            (0..self.keys).map(|at| self.row.get_ref(at).ok().map(|value| CellRef::from(value).key_part())).collect();
        parts.filter(|parts| !parts.is_empty()).map(RowKey)
    }

    /// Its row ID; none in a table without one.
    pub(super) fn row_id(&self) -> Option<i64> {
        self.table.rowid.as_ref().and_then(|_| self.row.get(0).ok())
    }

    /// How many columns it has.
    pub(super) fn columns(&self) -> usize {
        self.table.columns.len()
    }

    /// What the row is called in a sentence: `row 17`.
    pub(super) fn called(&self) -> String {
        format!("row {}", self.number)
    }

    /// The whole row for a person, each cell cut; what stands at byte `hit` of the cell `column` is in sight.
    pub(super) fn shown_around(&self, column: usize, hit: usize) -> Vec<(Untrusted, Untrusted)> {
        let from = |at| if at == column && hit > 300 { hit - 40 } else { 0 };
        let cell = |at| self.cell(at).map_or_else(|_| Untrusted::from("?"), |cell| cell.part(self.wide, from(at), 400));
        self.table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| (Untrusted::new(column.name.clone()), cell(at)))
            .collect()
    }
}

/// The statement that reads a whole table in the order of its key: first the key, then all columns.
pub(super) fn select(table: &Table, wide: Option<Wide>) -> String {
    let keys = table.key();
    let columns = table.columns.iter().map(|column| match column.generated {
        // Not stored: nothing of it lies in the file.
        Generated::Virtual if wide.is_some() => "NULL, NULL".to_owned(),
        Generated::Virtual => "NULL".to_owned(),
        _ => expression(&column.name, wide.is_some()),
    });
    let order = if keys.is_empty() { String::new() } else { format!(" ORDER BY {}", keys.join(", ")) };
    let selected: Vec<String> = keys.iter().cloned().chain(columns).collect();
    format!("SELECT {} FROM {} NOT INDEXED{order}", selected.join(", "), quote(&table.name))
}

/// Visits every row; answers how many there are.
pub(super) fn walk(
    db: &Db,
    table: &Table,
    cancel: &Cancel,
    each: impl FnMut(&RowView<'_>) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    visit(db, table, &select(table, db.wide), cancel, each)
}

/// Visits the last rows, the very last one first; all rows where the key has several parts, or none.
pub(super) fn walk_last(
    db: &Db,
    table: &Table,
    rows: u64,
    cancel: &Cancel,
    each: impl FnMut(&RowView<'_>) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    let all = select(table, db.wide);
    let sql = if table.key().len() == 1 { format!("{all} DESC LIMIT {rows}") } else { all };
    visit(db, table, &sql, cancel, each)
}

/// Visits the first rows.
pub(super) fn walk_first(
    db: &Db,
    table: &Table,
    rows: u64,
    cancel: &Cancel,
    each: impl FnMut(&RowView<'_>) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    visit(db, table, &format!("{} LIMIT {rows}", select(table, db.wide)), cancel, each)
}

fn visit(
    db: &Db,
    table: &Table,
    sql: &str,
    cancel: &Cancel,
    mut each: impl FnMut(&RowView<'_>) -> Result<(), DatabaseError>,
) -> Result<u64, DatabaseError> {
    let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
    let mut statement = db.connection.prepare(sql).map_err(failed)?;
    let keys = table.key().len();
    let mut rows = statement.query([]).map_err(failed)?;
    let mut number: u64 = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        number += 1;
        if number.is_multiple_of(ROWS) {
            cancel.check()?;
        }
        each(&RowView { row, table, keys, wide: db.wide, number })?;
    }
    Ok(number)
}

/// About how many rows a table has, without reading it.
pub(super) fn estimate(db: &Db, table: &Table) -> u64 {
    let Some(rowid) = &table.rowid else { return 0 };
    let name = quote(&table.name);
    // min() and max() in one query would read the whole table.
    let ends = format!("SELECT (SELECT max({rowid}) FROM {name}) - (SELECT min({rowid}) FROM {name}) + 1");
    let rows: Option<i64> = db.connection.query_row(&ends, [], |row| row.get(0)).ok().flatten();
    rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or_default()
}
