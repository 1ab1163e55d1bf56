//! Rows in lockstep.

use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::types::Value;
use rusqlite::{Row, Statement, params_from_iter};

use crate::progress::Cancel;
use crate::text::{cut, printable, secret};

use super::super::book::Book;
use super::super::cell::{CellRef, as_utf8, expression};
use super::super::distinct::Distinct;
use super::super::error::DatabaseError;
use super::super::mapper::Mapper;
use super::super::open::{Db, quote};
use super::super::plan::Plan;
use super::super::schema::{Generated, Table};
use super::super::walk::{RowView, select};
use super::different;
use super::generated::Recompute;
use super::meaning::{MappedColumns, Meaning, with_bytes};

/// Whether a restore maps cells of this table.
pub(super) fn is_mapped(table: &Table) -> bool {
    MappedColumns::of(table).is_some()
}

/// Compares one table after the other.
pub(super) struct Tables<'a> {
    old: &'a Db,
    new: &'a Db,
    plan: &'a Plan,
    cancel: &'a Cancel,
    counter: &'a AtomicU64,
    mapper: Mapper,
    pub(super) compared: u64,
    pub(super) rows_seen: u64,
    /// Cells that changed: hub and source of `Integrations`, of `Events`.
    changed: Vec<(String, String, u64)>,
}

/// What one table needs while it is compared.
struct Current<'a, 'f> {
    table: &'a Table,
    mapped: Option<MappedColumns>,
    distinct: Distinct<Meaning>,
    recompute: Option<Recompute>,
    changed: [u64; 2],
    book: &'a mut Book<'f>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(old: &'a Db, new: &'a Db, plan: &'a Plan, cancel: &'a Cancel, counter: &'a AtomicU64) -> Self {
        let mapper = Mapper::new(&plan.mapping);
        Self { old, new, plan, cancel, counter, mapper, compared: 0, rows_seen: 0, changed: Vec::new() }
    }

    /// Compares one table.
    pub(super) fn table(&mut self, table: &Table, book: &mut Book<'_>) -> Result<(), DatabaseError> {
        let mapped = MappedColumns::of(table);
        let recompute = match mapped {
            Some(_) => Recompute::of(self.new, table)?,
            None => None,
        };
        let mut current = Current { table, mapped, distinct: Distinct::new(), recompute, changed: [0; 2], book };
        let moved = mapped.is_some_and(|columns| {
            let hub = self.plan.mapping.hub.changes() && table.columns[columns.hub].key > 0;
            table.without_rowid && (hub || table.columns[columns.source].key > 0)
        });
        let rows = if moved { self.by_key(&mut current)? } else { self.in_order(&mut current)? };
        current.book.end_table(rows);
        if let Some(columns) = mapped {
            for (column, changed) in [columns.hub, columns.source].into_iter().zip(current.changed) {
                self.changed.push((table.name.clone(), table.columns[column].name.clone(), changed));
            }
        }
        self.compared += 1;
        self.rows_seen += rows;
        Ok(())
    }

    /// Both tables in the order of their key; where nothing can name a row, in the order in which they lie.
    fn in_order(&self, current: &mut Current<'_, '_>) -> Result<u64, DatabaseError> {
        let table = current.table;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let sql = select(table, self.old.wide);
        let mut before = self.old.connection.prepare(&sql).map_err(failed)?;
        let mut after = self.new.connection.prepare(&sql).map_err(failed)?;
        let (mut before, mut after) = (before.query([]).map_err(failed)?, after.query([]).map_err(failed)?);
        let keys = table.key().len();
        let mut number: u64 = 0;
        loop {
            match (before.next().map_err(failed)?, after.next().map_err(failed)?) {
                (None, None) => return Ok(number),
                (Some(old), Some(new)) => {
                    number += 1;
                    self.tick(number)?;
                    for at in 0..if table.without_rowid { 0 } else { keys } {
                        if old.get_ref(at).map_err(failed)? != new.get_ref(at).map_err(failed)? {
                            let place = format!("{}, row {number}", table.shown());
                            return Err(different(place, "another row stands here"));
                        }
                    }
                    self.row(current, old, new, number)?;
                }
                (Some(_), None) => return Err(different(table.shown(), format!("it ends after {number} rows"))),
                (None, Some(_)) => return Err(different(table.shown(), format!("it has more than {number} rows"))),
            }
        }
    }

    /// A WITHOUT ROWID table whose key holds a mapped ID is in another order afterwards: each row is looked up.
    fn by_key(&self, current: &mut Current<'_, '_>) -> Result<u64, DatabaseError> {
        let table = current.table;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let sql = select(table, self.old.wide);
        let mut before = self.old.connection.prepare(&sql).map_err(failed)?;
        let keys: Vec<usize> = (0..table.columns.len()).filter(|at| table.columns[*at].key > 0).collect();
        let wanted: Vec<String> =
            keys.iter().map(|at| format!("{} COLLATE BINARY IS ?", quote(&table.columns[*at].name))).collect();
        let columns = table.columns.iter().map(|column| match column.generated {
            Generated::Virtual if self.new.wide.is_some() => "NULL, NULL".to_owned(),
            Generated::Virtual => "NULL".to_owned(),
            _ => expression(&column.name, self.new.wide.is_some()),
        });
        let selected: Vec<String> = table.key().into_iter().chain(columns).collect();
        let lookup =
            format!("SELECT {} FROM {} WHERE {}", selected.join(", "), quote(&table.name), wanted.join(" AND "));
        let mut lookup = self.new.connection.prepare(&lookup).map_err(failed)?;
        let mut rows = before.query([]).map_err(failed)?;
        let mut number = 0;
        while let Some(old) = rows.next().map_err(failed)? {
            number += 1;
            self.tick(number)?;
            let key = self.new_key(current, &keys, old, number)?;
            self.look_up(current, &mut lookup, key, old, number)?;
        }
        let count: i64 = self
            .new
            .connection
            .query_row(&format!("SELECT count(*) FROM {}", quote(&table.name)), [], |row| row.get(0))
            .map_err(failed)?;
        if u64::try_from(count) == Ok(number) {
            Ok(number)
        } else {
            Err(different(table.shown(), format!("it had {number} rows and has {count}")))
        }
    }

    fn look_up(
        &self,
        current: &mut Current<'_, '_>,
        lookup: &mut Statement<'_>,
        key: Vec<Value>,
        old: &Row<'_>,
        number: u64,
    ) -> Result<(), DatabaseError> {
        let table = current.table;
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let mut found = lookup.query(params_from_iter(key)).map_err(failed)?;
        match found.next().map_err(failed)? {
            Some(new) => self.row(current, old, new, number),
            None => Err(different(format!("{}, row {number}", table.shown()), "it is not there under its new key")),
        }
    }

    /// The key under which a row must be found afterwards.
    fn new_key(
        &self,
        current: &mut Current<'_, '_>,
        keys: &[usize],
        old: &Row<'_>,
        number: u64,
    ) -> Result<Vec<Value>, DatabaseError> {
        let view = RowView::new(old, current.table, self.old.wide, number);
        let Some(columns) = current.mapped else { return Ok(Vec::new()) };
        let cells = (view.cell(columns.hub)?, view.cell(columns.source)?);
        let meaning = self.meaning(current, cells, number)?;
        let mut parts = Vec::with_capacity(keys.len());
        for at in keys {
            let expected = match at {
                at if *at == columns.hub => with_bytes(cells.0, meaning.hub.as_deref()),
                at if *at == columns.source => with_bytes(cells.1, meaning.source.as_deref()),
                at => view.cell(*at)?,
            };
            parts.push(match expected {
                CellRef::Null => Value::Null,
                CellRef::Integer(number) => Value::Integer(number),
                CellRef::Real(number) => Value::Real(number),
                CellRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                CellRef::Text(_) => {
                    let text = as_utf8(expected, self.old.wide).unwrap_or_default();
                    Value::Text(String::from_utf8_lossy(&text).into_owned())
                }
            });
        }
        Ok(parts)
    }

    fn meaning<'c>(
        &self,
        current: &'c mut Current<'_, '_>,
        cells: (CellRef<'_>, CellRef<'_>),
        number: u64,
    ) -> Result<&'c Meaning, DatabaseError> {
        let place = || format!("{}, row {number}", current.table.shown());
        let Some(columns) = current.mapped else { return Err(different(place(), "it is no mapped table")) };
        let finder = current.book.finder;
        current.distinct.get(cells.0, cells.1, || {
            Meaning::of(&self.mapper, columns, cells, self.old.wide, finder)
                .map_err(|what| different(place(), printable(&what)))
        })
    }

    /// One row and the same row afterwards.
    fn row(
        &self,
        current: &mut Current<'_, '_>,
        old: &Row<'_>,
        new: &Row<'_>,
        number: u64,
    ) -> Result<(), DatabaseError> {
        let table = current.table;
        let before = RowView::new(old, table, self.old.wide, number);
        let after = RowView::new(new, table, self.new.wide, number);
        let mut changes = false;
        if let Some(columns) = current.mapped {
            let cells = (before.cell(columns.hub)?, before.cell(columns.source)?);
            let meaning = self.meaning(current, cells, number)?;
            changes = meaning.changes();
            let (residue, fields) = (meaning.residue, meaning.fields);
            let expected = [(columns.hub, cells.0, &meaning.hub), (columns.source, cells.1, &meaning.source)];
            let mut changed = [0; 2];
            for (count, (column, cell, bytes)) in changed.iter_mut().zip(expected) {
                must_be(table, column, with_bytes(cell, bytes.as_deref()), after.cell(column)?, &after)?;
                *count = u64::from(bytes.is_some());
            }
            current.changed[0] += changed[0];
            current.changed[1] += changed[1];
            for (at, column) in [columns.hub, columns.source].into_iter().enumerate() {
                if residue[at] != 0 {
                    current.book.record(table, column, residue[at], fields[at], &after);
                }
            }
        }
        for (at, column) in table.columns.iter().enumerate() {
            let own = current.mapped.is_some_and(|columns| at == columns.hub || at == columns.source);
            let follows = changes && column.generated == Generated::Stored;
            if own || follows || column.generated == Generated::Virtual {
                continue;
            }
            let cell = after.cell(at)?;
            must_be(table, at, before.cell(at)?, cell, &after)?;
            if let Some(bytes) = cell.bytes() {
                let mask = current.book.finder.find(bytes);
                if mask != 0 {
                    current.book.record(table, at, mask, 0, &after);
                }
            }
        }
        match &mut current.recompute {
            Some(recompute) if changes => recompute.check(table, &before, &after),
            _ => Ok(()),
        }
    }

    fn tick(&self, number: u64) -> Result<(), DatabaseError> {
        if number.is_multiple_of(1_024) {
            self.counter.fetch_add(1_024, Ordering::Relaxed);
            self.cancel.check()?;
        }
        Ok(())
    }

    /// As many cells changed as were planned, in each column.
    pub(super) fn counts_as_planned(&self) -> Result<(), DatabaseError> {
        for (table, column, changed) in &self.changed {
            let is = |known: &&super::super::plan::ColumnChange| {
                known.table.eq_ignore_ascii_case(table) && known.column.eq_ignore_ascii_case(column)
            };
            let planned = self.plan.columns.iter().find(is).map_or(0, |known| known.rows);
            if planned != *changed {
                let what = format!("{changed} cells changed, planned were {planned}");
                return Err(different(format!("{}.{}", printable(table), printable(column)), what));
            }
        }
        Ok(())
    }
}

/// The cell is exactly the expected one.
pub(super) fn must_be(
    table: &Table,
    column: usize,
    expected: CellRef<'_>,
    found: CellRef<'_>,
    row: &RowView<'_>,
) -> Result<(), DatabaseError> {
    if expected.same(found) {
        return Ok(());
    }
    let name = table.columns.get(column).map(|column| printable(&column.name)).unwrap_or_default();
    let secret = table.columns.get(column).is_some_and(|column| secret::names_a_secret(&column.name));
    let shown = |cell: CellRef<'_>| {
        if secret { secret::MASK.to_owned() } else { cut(&cell.shown(row.wide, 400).printable(), 100) }
    };
    let what = format!("it must be {} and is {}", shown(expected), shown(found));
    Err(different(format!("{}.{name}, {}", table.shown(), row.called()), what))
}
