//! The first rows that differ, for a person: printable, secrets masked, each cell cut.

use crate::text::{self, Untrusted, secret};

use super::super::cell::CellRef;
use super::super::error::DatabaseError;
use super::super::schema::Table;
use super::super::walk::RowView;
use super::{CellExample, RowExample, Where};

/// Examples of each kind.
const EACH: usize = 3;
/// Cells of one row.
const CELLS: usize = 12;
/// Columns of a screen that a cell takes at most.
const WIDE: usize = 120;
/// Bytes of a cell that are looked at, so that no secret is parted by the cut.
const LOOKED_AT: usize = 64 << 10;

/// Collects them for one table.
pub(super) struct Examples<'t> {
    table: &'t Table,
    pub(super) all: Vec<RowExample>,
}

impl<'t> Examples<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self { table, all: Vec::new() }
    }

    fn has_room(&self, found: Where) -> bool {
        self.all.iter().filter(|known| known.found == found).count() < EACH
    }

    /// A row that one side has alone.
    pub(super) fn one_side(&mut self, row: &RowView<'_>, found: Where) -> Result<(), DatabaseError> {
        if !self.has_room(found) {
            return Ok(());
        }
        let secrets = self.secrets(row)?;
        let mut cells = Vec::new();
        for (at, column) in self.table.columns.iter().enumerate().take(CELLS) {
            let shown = Some(text::cut(&shown(row.cell(at)?, row, secrets[at]), WIDE));
            let (a, b) = if found == Where::A { (shown, None) } else { (None, shown) };
            cells.push(CellExample { column: Untrusted::new(column.name.clone()), a, b });
        }
        self.all.push(RowExample { found, row: self.named(row, &secrets)?, cells });
        Ok(())
    }

    /// A row that both have, and that differs.
    pub(super) fn both(&mut self, a: &RowView<'_>, b: &RowView<'_>) -> Result<(), DatabaseError> {
        if !self.has_room(Where::Both) {
            return Ok(());
        }
        let (in_a, in_b) = (self.secrets(a)?, self.secrets(b)?);
        let mut cells = Vec::new();
        for (at, column) in self.table.columns.iter().enumerate() {
            let (one, other) = (a.cell(at)?, b.cell(at)?);
            if one.same(other) || cells.len() >= CELLS {
                continue;
            }
            let secret = in_a[at] || in_b[at];
            let (old, new) = text::around_difference(&shown(one, a, secret), &shown(other, b, secret), WIDE);
            cells.push(CellExample { column: Untrusted::new(column.name.clone()), a: Some(old), b: Some(new) });
        }
        self.all.push(RowExample { found: Where::Both, row: self.named(a, &in_a)?, cells });
        Ok(())
    }

    /// Which cells are secrets as a whole: by their column, or by the name beside them.
    fn secrets(&self, row: &RowView<'_>) -> Result<Vec<bool>, DatabaseError> {
        let names: Vec<&str> = self.table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut texts = Vec::with_capacity(names.len());
        for at in 0..names.len() {
            let cell = row.cell(at)?;
            let text = matches!(cell, CellRef::Text(_)).then(|| cell.shown(row.wide, 300));
            texts.push(text);
        }
        Ok(secret::columns(&names, |at| texts[at].as_ref().map(Untrusted::raw)))
    }

    /// What names a row: its key, or its row ID.
    fn named(&self, row: &RowView<'_>, secrets: &[bool]) -> Result<String, DatabaseError> {
        let mut parts = Vec::new();
        for (at, column) in self.table.columns.iter().enumerate().filter(|(_, column)| column.key > 0) {
            let value = text::cut(&shown(row.cell(at)?, row, secrets[at]), 60);
            parts.push(format!("{} {value}", text::printable(&column.name)));
        }
        if !parts.is_empty() {
            return Ok(parts.join(", "));
        }
        Ok(row.row_id().map_or_else(|| "a row".to_owned(), |id| format!("row {id}")))
    }
}

fn shown(cell: CellRef<'_>, row: &RowView<'_>, secret: bool) -> String {
    match cell {
        CellRef::Null => "NULL".to_owned(),
        _ if secret => secret::MASK.to_owned(),
        cell => cell.shown(row.wide, LOOKED_AT).printable(),
    }
}
