//! Keeps where IDs were found that no restore changes.

use std::collections::HashMap;

use crate::progress::Cancel;
use crate::text::Untrusted;

use super::DatabaseError;
use super::cell::CellRef;
use super::facts::{Residue, TableKind};
use super::open::Db;
use super::residue::{Finder, Mask};
use super::schema::{Column, Generated, Table};
use super::walk::{RowView, walk};

/// Kinds of residue that are kept apart: table, column and ID.
const MOST: usize = 1_000;

/// Residue by table, column and ID.
pub(super) struct Book<'f> {
    pub(super) finder: &'f Finder,
    found: Vec<Residue>,
    places: HashMap<(String, usize, usize), usize>,
    first_of_table: usize,
}

impl<'f> Book<'f> {
    pub(super) fn new(finder: &'f Finder) -> Self {
        Self { finder, found: Vec::new(), places: HashMap::new(), first_of_table: 0 }
    }

    /// The IDs of `mask` stand in this column of this row, those of `fields` in a field that a restore maps.
    pub(super) fn record(&mut self, table: &Table, column: usize, mask: Mask, fields: Mask, row: &RowView<'_>) {
        for (at, wanted) in self.finder.wanted().iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1) {
            let in_mapped_field = fields >> at & 1 == 1;
            let place = (table.name.clone(), column, at);
            if let Some(known) = self.places.get(&place) {
                self.found[*known].rows += 1;
                self.found[*known].in_mapped_field |= in_mapped_field;
                continue;
            }
            if self.found.len() >= MOST {
                continue;
            }
            let bytes = row.cell(column).ok().and_then(CellRef::bytes);
            let hit = bytes.and_then(|bytes| self.finder.place(bytes, 1 << at)).map_or(0, |hit| hit.start);
            self.places.insert(place, self.found.len());
            self.found.push(Residue {
                table: Untrusted::new(table.name.clone()),
                column: table.columns.get(column).map(|column| Untrusted::new(column.name.clone())).unwrap_or_default(),
                which: wanted.which,
                id: wanted.id,
                rows: 1,
                row_number: row.number,
                table_rows: 0,
                example: row.shown_around(column, hit),
                key: row.key(),
                in_mapped_field,
                statistics: table.name.starts_with("sqlite_stat"),
            });
        }
    }

    /// Looks at all cells of a row but those of `except`.
    pub(super) fn scan(&mut self, table: &Table, row: &RowView<'_>, except: &[usize]) -> Result<(), DatabaseError> {
        for at in 0..table.columns.len() {
            if except.contains(&at) {
                continue;
            }
            let Some(bytes) = row.cell(at)?.bytes() else { continue };
            let mask = self.finder.find(bytes);
            if mask != 0 {
                self.record(table, at, mask, 0, row);
            }
        }
        Ok(())
    }

    /// A table was read to its end and has this many rows.
    pub(super) fn end_table(&mut self, rows: u64) {
        for entry in &mut self.found[self.first_of_table..] {
            entry.table_rows = rows;
        }
        self.first_of_table = self.found.len();
    }

    pub(super) fn finish(self) -> Vec<Residue> {
        self.found
    }
}

/// Columns whose values follow the mapped ones by themselves, and that are therefore no residue.
pub(super) fn generated(table: &Table) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    columns.filter(|(_, column)| column.generated != Generated::No).map(|(at, _)| at).collect()
}

/// The table of the schema itself: an ID may stand in a view, a trigger, a default.
pub(super) fn schema_table() -> Table {
    let column =
        |name: &str| Column { name: name.to_owned(), declared: "TEXT".to_owned(), key: 0, generated: Generated::No };
    Table {
        name: "sqlite_schema".to_owned(),
        kind: TableKind::Internal,
        without_rowid: false,
        strict: false,
        columns: ["type", "name", "tbl_name", "sql"].map(column).to_vec(),
        rowid: Some("rowid".to_owned()),
    }
}

/// Looks through whole tables; answers how many rows each has, in their order.
pub(super) fn scan_tables<'t>(
    db: &Db,
    book: &mut Book<'_>,
    tables: impl Iterator<Item = &'t Table>,
    cancel: &Cancel,
    mut on_row: impl FnMut(),
) -> Result<Vec<u64>, DatabaseError> {
    tables
        .map(|table| {
            let rows = walk(db, table, cancel, |row| {
                on_row();
                book.scan(table, row, &[])
            })?;
            book.end_table(rows);
            Ok(rows)
        })
        .collect()
}
