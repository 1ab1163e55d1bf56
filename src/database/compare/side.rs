//! How one side of a comparison is read: which columns, and in which order.

use std::cmp::Ordering;

use rusqlite::Row;

use super::super::cell::expression_of;
use super::super::error::DatabaseError;
use super::super::open::{Db, quote};
use super::super::schema::{Column, Generated, Table};
use super::super::walk::RowView;
use super::PairedBy;
use super::aside::Mapped;

/// What rows are paired by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// The row ID.
    RowId,
    /// These columns: the primary key.
    Key(Vec<usize>),
    /// All columns.
    Content,
}

/// One table on both sides, with the columns that both have, in the order of A.
pub(super) struct Pair {
    pub(super) a: Table,
    pub(super) b: Table,
    pub(super) by: By,
}

/// One side, ready to be read.
pub(super) struct Side<'a> {
    pub(super) db: &'a Db,
    pub(super) table: &'a Table,
    pub(super) sql: String,
}

/// The columns that both sides have, and what pairs their rows; none when they have no column in common.
pub(super) fn pair(a: &Table, b: &Table, aside: bool) -> Option<Pair> {
    // What is computed from a mapped cell would differ with it.
    let follows = aside && Mapped::of(b).is_some();
    let counts = |column: &Column| match column.generated {
        Generated::No => true,
        Generated::Stored => !follows,
        Generated::Virtual => false,
    };
    let both: Vec<(Column, Column)> = a
        .columns
        .iter()
        .filter(|column| counts(column))
        .filter_map(|column| Some((column.clone(), b.columns[b.column(&column.name)?].clone())))
        .filter(|(_, column)| counts(column))
        .collect();
    if both.is_empty() {
        return None;
    }
    let by = by(a, b, &both);
    let (in_a, in_b) = both.into_iter().unzip();
    Some(Pair { a: Table { columns: in_a, ..a.clone() }, b: Table { columns: in_b, ..b.clone() }, by })
}

/// The primary key, where both have the same; else the row ID; else all that a row holds.
fn by(a: &Table, b: &Table, both: &[(Column, Column)]) -> By {
    let parts = |table: &Table| table.columns.iter().filter(|column| column.key > 0).count();
    let mut key: Vec<(u32, usize)> = both
        .iter()
        .enumerate()
        .filter(|(_, (a, b))| a.key > 0 && a.key == b.key)
        .map(|(at, (a, _))| (a.key, at))
        .collect();
    key.sort_unstable();
    let whole = !key.is_empty() && key.len() == parts(a) && key.len() == parts(b);
    if let [(_, at)] = key.as_slice()
        && whole
        && a.rowid.is_some()
        && b.rowid.is_some()
        && [&both[*at].0, &both[*at].1].iter().all(|column| column.declared.eq_ignore_ascii_case("INTEGER"))
    {
        // The row ID itself.
        return By::RowId;
    }
    if whole {
        return By::Key(key.into_iter().map(|(_, at)| at).collect());
    }
    // Where one of them has a key, row IDs mean nothing.
    let none = parts(a) == 0 && parts(b) == 0;
    if none && a.rowid.is_some() && b.rowid.is_some() { By::RowId } else { By::Content }
}

impl By {
    pub(super) fn told(&self) -> PairedBy {
        match self {
            Self::RowId => PairedBy::RowId,
            Self::Key(_) => PairedBy::Key,
            Self::Content => PairedBy::Content,
        }
    }

    /// Which of two rows comes first.
    pub(super) fn order(&self, a: &RowView<'_>, b: &RowView<'_>) -> Result<Ordering, DatabaseError> {
        let all: Vec<usize>;
        let columns = match self {
            Self::RowId => return Ok(a.row_id().cmp(&b.row_id())),
            Self::Key(columns) => columns,
            Self::Content => {
                all = (0..a.columns()).collect();
                &all
            }
        };
        for at in columns {
            match a.cell(*at)?.order(b.cell(*at)?) {
                Ordering::Equal => {}
                order => return Ok(order),
            }
        }
        Ok(Ordering::Equal)
    }
}

impl<'a> Side<'a> {
    /// Rows are read as [`RowView`] wants them: first what names them, then the columns.
    pub(super) fn new(db: &'a Db, table: &'a Table, by: &By, mapped: Option<Mapped>) -> Self {
        let value = |at: usize| {
            let column = quote(&table.columns[at].name);
            mapped.as_ref().and_then(|mapped| mapped.value(table, at)).unwrap_or(column)
        };
        let order: Vec<String> = match by {
            By::RowId => table.key(),
            // Keys that are NULL, or the same, keep the order in which their rows came.
            By::Key(columns) => {
                let key = columns.iter().map(|at| value(*at) + " COLLATE BINARY");
                key.chain(table.rowid.clone()).collect()
            }
            By::Content => (0..table.columns.len()).map(|at| value(at) + " COLLATE BINARY").collect(),
        };
        let columns = (0..table.columns.len()).map(|at| expression_of(value(at), db.wide.is_some()));
        let selected: Vec<String> = table.key().into_iter().chain(columns).collect();
        // An index may give the order of a key without sorting.
        let indexed = if matches!(by, By::Key(_)) { "" } else { " NOT INDEXED" };
        let name = quote(&table.name);
        let sql = format!("SELECT {} FROM {name}{indexed} ORDER BY {}", selected.join(", "), order.join(", "));
        Self { db, table, sql }
    }

    pub(super) fn row<'r>(&'r self, row: &'r Row<'r>, number: u64) -> RowView<'r> {
        RowView::new(row, self.table, self.db.wide, number)
    }
}
