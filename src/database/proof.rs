//! The proof: backup and rewritten copy read in lockstep, cell by cell. Only the mapped cells differ, and they hold exactly the
//! mapped values; everything else is the same in value, type and order. The residue scan runs in the same pass.

mod generated;
mod meaning;
mod rows;

use std::path::Path;
use std::sync::atomic::AtomicU64;

use crate::progress::Cancel;
use crate::text;

use super::book::{Book, scan_tables, schema_table};
use super::error::DatabaseError;
use super::facts::Residue;
use super::header;
use super::open::Db;
use super::plan::{Plan, changing_ids};
use super::schema::{self, Table};
use rows::Tables;

/// What the proof read.
pub(super) struct Proof {
    pub(super) tables: u64,
    pub(super) rows: u64,
    pub(super) leftovers: Vec<Residue>,
}

/// Compares the two files. `rows` counts on the way.
pub(super) fn compare(
    source: &Path,
    copy: &Path,
    plan: &Plan,
    cancel: &Cancel,
    rows: &AtomicU64,
) -> Result<Proof, DatabaseError> {
    compare_headers(source, copy)?;
    let (old, new) = (Db::still(source, cancel)?, Db::still(copy, cancel)?);
    compare_schema(&old, &new)?;
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
    let tables = schema::tables(&old.connection).map_err(failed)?;
    let finder = changing_ids(&plan.mapping);
    let mut book = Book::new(&finder);
    let mut compared = Tables::new(&old, &new, plan, cancel, rows);
    // In the order of the plan, so that both tell leftovers in the same order.
    let (mapped, others): (Vec<&Table>, Vec<&Table>) =
        tables.iter().filter(|table| table.has_rows()).partition(|table| rows::is_mapped(table));
    for table in mapped.into_iter().chain(others) {
        compared.table(table, &mut book)?;
    }
    compared.counts_as_planned()?;
    let (count, all) = (compared.compared, compared.rows_seen);
    scan_tables(&new, &mut book, [&schema_table()].into_iter(), cancel, || {})?;
    Ok(Proof { tables: count, rows: all, leftovers: book.finish() })
}

pub(super) fn different(place: impl Into<String>, what: impl Into<String>) -> DatabaseError {
    DatabaseError::Different { place: place.into(), what: what.into() }
}

/// What the first 100 bytes say of the database as a whole.
fn compare_headers(source: &Path, copy: &Path) -> Result<(), DatabaseError> {
    let (Some(old), Some(new)) = (header::read(source)?.fields, header::read(copy)?.fields) else {
        return Err(different("header", "it is not that of a database"));
    };
    for (name, before, after) in [
        ("user_version", i64::from(old.user_version), i64::from(new.user_version)),
        ("application_id", i64::from(old.application_id), i64::from(new.application_id)),
        ("page size", i64::from(old.page_size), i64::from(new.page_size)),
        ("reserved bytes", i64::from(old.reserved), i64::from(new.reserved)),
        ("write version", i64::from(old.write_version), i64::from(new.write_version)),
        ("read version", i64::from(old.read_version), i64::from(new.read_version)),
        ("auto_vacuum", i64::from(old.auto_vacuum), i64::from(new.auto_vacuum)),
    ] {
        if before != after {
            return Err(different(name, format!("it was {before} and is {after}")));
        }
    }
    if old.encoding != new.encoding {
        return Err(different("encoding", format!("it was {:?} and is {:?}", old.encoding, new.encoding)));
    }
    Ok(())
}

/// Tables, indexes, triggers and views: the same, in the same order, with the same text.
fn compare_schema(old: &Db, new: &Db) -> Result<(), DatabaseError> {
    let sql = "SELECT quote(type) || ' ' || quote(name) || ' ' || quote(tbl_name) || ' ' || quote(sql)
               FROM sqlite_schema ORDER BY rowid";
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
    let (before, after) = (old.lines(sql).map_err(failed)?, new.lines(sql).map_err(failed)?);
    let shown = |line: Option<&String>| {
        line.map_or_else(|| "nothing".to_owned(), |line| text::cut(&text::printable(line), 200))
    };
    let at = (0..before.len().max(after.len())).find(|at| before.get(*at) != after.get(*at));
    match at {
        None => Ok(()),
        Some(at) => {
            Err(different("schema", format!("it held {} and holds {}", shown(before.get(at)), shown(after.get(at)))))
        }
    }
}
