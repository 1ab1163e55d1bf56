//! The change itself: one transaction on the private copy.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::progress::Cancel;
use crate::text::Untrusted;

use super::super::browse::KeyPart;
use super::super::cell::CellRef;
use super::super::distinct::{Distinct, Weigh};
use super::super::error::DatabaseError;
use super::super::header;
use super::super::mapper::{Fault, Mapped, Mapper};
use super::super::open::{Access, Db, quote};
use super::super::plan::Plan;
use super::super::schema::{self, Table};
use super::indexes;

/// Changes the copy as planned. `rows` counts events on the way.
pub(super) fn update(copy: &Path, plan: &Plan, cancel: &Cancel, rows: &Arc<AtomicU64>) -> Result<(), DatabaseError> {
    let wal = header::read(copy)?.is_wal();
    let db = Db::open(copy, Access::Rewrite, cancel)?;
    let failed = |error: &rusqlite::Error| DatabaseError::sqlite("rewrite the copy", error);
    let tables = schema::tables(&db.connection).map_err(|error| failed(&error))?;
    add_functions(&db.connection, plan, rows).map_err(|error| failed(&error))?;
    db.connection.execute_batch("BEGIN EXCLUSIVE").map_err(|error| failed(&error))?;
    for (name, columns) in schema::REQUIRED {
        let Some(table) = tables.iter().find(|table| table.is(name)) else { continue };
        let planned = plan.rows_of(name);
        let all = plan.tables.iter().find(|known| known.name.raw() == table.name).map_or(0, |known| known.rows);
        let changing: &[&str] = if plan.mapping.hub.changes() { &columns } else { &columns[1..] };
        let rebuild = name == "Events" && planned > 0 && planned * 4 >= all;
        let dropped = if rebuild { indexes::drop(&db.connection, table, changing) } else { Ok(Vec::new()) };
        let dropped = dropped.map_err(|error| failed(&error))?;
        let changed = change(&db.connection, table, columns, plan).map_err(|error| failed(&error))?;
        if changed != planned {
            let table = Untrusted::new(table.name.clone());
            return Err(DatabaseError::CountDiffers { table, planned, changed });
        }
        indexes::restore(&db.connection, &dropped).map_err(|error| failed(&error))?;
    }
    let finish = || -> rusqlite::Result<()> {
        db.connection.execute_batch("COMMIT")?;
        if wal {
            db.connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        db.connection.close().map_err(|(_, error)| error)
    };
    finish().map_err(|error| failed(&error))
}

/// Runs the update of one table; answers how many rows changed.
fn change(connection: &Connection, table: &Table, columns: [&str; 2], plan: &Plan) -> rusqlite::Result<u64> {
    if !plan.mapping.hub.changes() && !plan.mapping.connector.changes() {
        return Ok(0);
    }
    let name = quote(&table.name);
    let [hub, source] = columns.map(|column| table.quoted(column));
    let function = if table.is("Events") { "reseat_source" } else { "reseat_sources" };
    let places = vec!["?"; plan.spellings.0.len()].join(", ");
    // The spellings are matched byte by byte, whatever the column's own collation.
    let ours = format!("{hub} COLLATE BINARY IN ({places})");
    let sql = if plan.mapping.hub.changes() {
        format!("UPDATE {name} NOT INDEXED SET {hub} = reseat_hub({hub}), {source} = {function}({source}) WHERE {ours}")
    } else {
        // On the same hub only the entries of the one connector change; another one's stay untouched.
        format!(
            "UPDATE {name} NOT INDEXED SET {source} = {function}({source})
             WHERE {ours} AND {function}_changes({source})"
        )
    };
    let spellings = plan.spellings.0.iter().map(KeyPart::value);
    connection.execute(&sql, params_from_iter(spellings)).map(|changed| changed as u64)
}

/// What a function gives back: the argument itself, or a remembered text in the argument's storage class.
enum Answer {
    Same,
    Text(Arc<Vec<u8>>),
    Blob(Arc<Vec<u8>>),
}

impl ToSql for Answer {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Same => ToSqlOutput::Arg(0),
            Self::Text(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// What the two functions of a column remember together: they see the same texts one after the other.
type Known = Arc<Mutex<Distinct<New>>>;

/// The new text of a cell, remembered; none when it stays as it is.
struct New(Option<Arc<Vec<u8>>>);

impl Weigh for New {
    fn heap(&self) -> usize {
        self.0.as_ref().map_or(0, |text| text.capacity())
    }
}

fn add_functions(connection: &Connection, plan: &Plan, rows: &Arc<AtomicU64>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let mapper = Mapper::new(&plan.mapping);
    let hub = Arc::new(mapper.hub().unwrap_or_default().as_bytes().to_vec());
    connection.create_scalar_function("reseat_hub", 1, flags, move |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Text(_) => Answer::Text(Arc::clone(&hub)),
            ValueRef::Blob(_) => Answer::Blob(Arc::clone(&hub)),
            _ => Answer::Same,
        })
    })?;
    let json = |known: &Known, map: fn(&Mapper, &[u8]) -> Result<Mapped, Fault>, rows: &Arc<AtomicU64>| {
        let (known, mapper, rows) = (Arc::clone(known), mapper.clone(), Arc::clone(rows));
        move |context: &Context<'_>| {
            rows.fetch_add(1, Ordering::Relaxed);
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            new_text(&mut known, &mapper, map, context.get_raw(0))
        }
    };
    let [objects, arrays]: [Known; 2] = std::array::from_fn(|_| Arc::new(Mutex::new(Distinct::new())));
    let uncounted = Arc::new(AtomicU64::new(0));
    let changes = |answer: Answer| !matches!(answer, Answer::Same);
    connection.create_scalar_function("reseat_source", 1, flags, json(&objects, Mapper::object, rows))?;
    connection.create_scalar_function("reseat_sources", 1, flags, json(&arrays, Mapper::array, &uncounted))?;
    let object = json(&objects, Mapper::object, &uncounted);
    connection
        .create_scalar_function("reseat_source_changes", 1, flags, move |context| object(context).map(changes))?;
    let array = json(&arrays, Mapper::array, &uncounted);
    connection.create_scalar_function("reseat_sources_changes", 1, flags, move |context| array(context).map(changes))
}

fn new_text(
    known: &mut Distinct<New>,
    mapper: &Mapper,
    map: fn(&Mapper, &[u8]) -> Result<Mapped, Fault>,
    value: ValueRef<'_>,
) -> rusqlite::Result<Answer> {
    let cell = CellRef::from(value);
    let Some(bytes) = cell.bytes() else { return Err(not_planned("a source is no text")) };
    let new = known.get(CellRef::Null, cell, || match map(mapper, bytes) {
        Ok(mapped) => Ok(New(mapped.new.map(Arc::new))),
        Err(Fault::Json(what)) => Err(not_planned(&what)),
        Err(Fault::OtherHub(_)) => Err(not_planned("a source names another hub")),
    })?;
    Ok(match (&new.0, value) {
        (None, _) => Answer::Same,
        (Some(new), ValueRef::Blob(_)) => Answer::Blob(Arc::clone(new)),
        (Some(new), _) => Answer::Text(Arc::clone(new)),
    })
}

/// The plan read every text: this is met only where the file is another one.
fn not_planned(what: &str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(format!("this was not planned: {what}").into())
}
