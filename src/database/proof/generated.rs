//! Stored generated columns follow the mapped ones: what they must hold is computed anew, in memory.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::cell::{CellRef, Wide, as_utf8, expression};
use super::super::error::DatabaseError;
use super::super::open::{Db, harden_memory, quote};
use super::super::schema::{Generated, Table};
use super::super::walk::RowView;
use super::rows::must_be;

/// A table of the same shape that holds one row at a time.
pub(super) struct Recompute {
    memory: Connection,
    insert: String,
    select: String,
    inputs: Vec<usize>,
    stored: Vec<usize>,
    wide: Option<Wide>,
}

impl Recompute {
    /// None when the table has no stored generated column.
    pub(super) fn of(db: &Db, table: &Table) -> Result<Option<Self>, DatabaseError> {
        let columns = |wanted| -> Vec<usize> {
            (0..table.columns.len()).filter(|at| table.columns[*at].generated == wanted).collect()
        };
        let (inputs, stored) = (columns(Generated::No), columns(Generated::Stored));
        if stored.is_empty() {
            return Ok(None);
        }
        let name = quote(&table.name);
        let names: Vec<String> = inputs.iter().map(|at| quote(&table.columns[*at].name)).collect();
        let read: Vec<String> =
            stored.iter().map(|at| expression(&table.columns[*at].name, db.wide.is_some())).collect();
        let insert =
            format!("INSERT INTO {name} ({}) VALUES ({})", names.join(", "), vec!["?"; names.len()].join(", "));
        let select = format!("SELECT {} FROM {name}", read.join(", "));
        let make = || -> rusqlite::Result<Connection> {
            let sql: String = db.connection.query_row(
                "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                [&table.name],
                |row| row.get(0),
            )?;
            let memory = harden_memory(db.wide)?;
            memory.execute_batch(&sql)?;
            Ok(memory)
        };
        let memory = make().map_err(|error| DatabaseError::sqlite("compute a generated column", &error))?;
        Ok(Some(Self { memory, insert, select, inputs, stored, wide: db.wide }))
    }

    /// The stored columns of this row are what they must be.
    pub(super) fn check(&mut self, table: &Table, old: &RowView<'_>, new: &RowView<'_>) -> Result<(), DatabaseError> {
        let mut values = Vec::with_capacity(self.inputs.len());
        for at in &self.inputs {
            let Some(value) = value(new.cell(*at)?, self.wide) else {
                // A text that cannot be handed over exactly: then nothing may have changed.
                return self.stored.iter().try_for_each(|at| must_be(table, *at, old.cell(*at)?, new.cell(*at)?, new));
            };
            values.push(value);
        }
        let failed = |error: rusqlite::Error| DatabaseError::sqlite("compute a generated column", &error);
        self.memory.prepare_cached(&self.insert).map_err(failed)?.execute(params_from_iter(values)).map_err(failed)?;
        let mut select = self.memory.prepare_cached(&self.select).map_err(failed)?;
        let mut rows = select.query([]).map_err(failed)?;
        if let Some(row) = rows.next().map_err(failed)? {
            for (place, at) in self.stored.iter().enumerate() {
                let expected = CellRef::read(row, 0, place, self.wide.is_some()).map_err(failed)?;
                must_be(table, *at, expected, new.cell(*at)?, new)?;
            }
        }
        drop(rows);
        self.memory.execute_batch(&format!("DELETE FROM {}", quote(&table.name))).map_err(failed)
    }
}

fn value(cell: CellRef<'_>, wide: Option<Wide>) -> Option<Value> {
    Some(match cell {
        CellRef::Null => Value::Null,
        CellRef::Integer(number) => Value::Integer(number),
        CellRef::Real(number) => Value::Real(number),
        CellRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        CellRef::Text(_) => Value::Text(String::from_utf8(as_utf8(cell, wide)?.into_owned()).ok()?),
    })
}
