//! How many rows a table has, and what of that is known without reading all of them.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::error::DatabaseError;
use super::super::open::quote;
use super::super::schema::Table;
use super::Browser;

/// How many rows a table has, as far as somebody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    /// They were counted.
    Counted(u64),
    /// Not more than this: the span of their row numbers.
    AtMost(u64),
}

impl Browser {
    /// Counts the rows of a table. All of them are read, or all entries of one of its indexes.
    pub fn count(&self, table: &str) -> Result<u64, DatabaseError> {
        self.count_rows(self.table(table)?)
    }

    /// What is known of a table's rows without counting them: the span of their numbers. `free`: nothing is asked for; a
    /// short table is counted then. None where nothing tells.
    pub(in crate::database) fn estimate(
        &self,
        table: &str,
        free: Option<&AtomicBool>,
    ) -> Result<Option<RowCount>, DatabaseError> {
        let table = self.table(table)?;
        if let Some(only_here) = free {
            only_here.store(true, Ordering::Relaxed);
            let counted = self.count_rows(table).map(RowCount::Counted);
            let known = counted.ok().or_else(|| self.span(table).ok().flatten());
            only_here.store(false, Ordering::Relaxed);
            return Ok(known);
        }
        self.span(table)
    }

    /// Not `count(*)`: that one is counted in one step, which nothing stops.
    pub(super) fn count_rows(&self, table: &Table) -> Result<u64, DatabaseError> {
        let sql = format!("SELECT coalesce(sum(1), 0) FROM {}", quote(&table.name));
        let failed = |error| DatabaseError::sqlite(format!("count the rows of {}", table.shown()), &error);
        let counted = self.db.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).map_err(failed)?;
        Ok(u64::try_from(counted).unwrap_or_default())
    }

    fn span(&self, table: &Table) -> Result<Option<RowCount>, DatabaseError> {
        let Some(rowid) = &table.rowid else { return Ok(None) };
        let name = quote(&table.name);
        let end = |which: &str| {
            let sql = format!("SELECT {which}({rowid}) FROM {name}");
            let failed = |error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
            self.db.connection.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0)).map_err(failed)
        };
        // The last one first: in a table without rows, that is all.
        let Some(last) = end("max")? else { return Ok(Some(RowCount::Counted(0))) };
        let Some(first) = end("min")? else { return Ok(Some(RowCount::Counted(0))) };
        Ok(u64::try_from(i128::from(last) - i128::from(first) + 1).ok().map(RowCount::AtMost))
    }
}
