//! What a restore would change in a file: a pure read.

mod pass;

use std::path::Path;

use serde::Serialize;

use crate::identity::Mapping;
use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::Untrusted;

use super::book::{Book, scan_tables, schema_table};
use super::browse::KeyPart;
use super::checks;
use super::digest;
use super::error::{DatabaseError, Refusal};
use super::facts::{ForeignKeys, Residue, WhichId};
use super::open::Db;
use super::residue::{Finder, Wanted};
use super::schema::{self, Table};
use super::walk::estimate;
use pass::Pass;

/// What a plan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStage {
    /// The digest, when the caller does not know it; units are bytes.
    Digest,
    /// `Integrations` and every event; units are rows.
    Events,
    /// All other tables; units are rows.
    Others,
}

/// What a restore changes, exactly. [`super::rewrite::rewrite`] does this and nothing else.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// SHA-256 of the file that it is about, in hex.
    pub sha256: String,
    /// The length of that file in bytes.
    pub size: u64,
    /// Old and new IDs.
    pub mapping: Mapping,
    /// Rows that change, by table: `Integrations`, then `Events`; a table is there with 0 rows, too.
    pub changes: Vec<Change>,
    /// Cells that change, by column.
    pub columns: Vec<ColumnChange>,
    /// One example of each kind of change.
    pub examples: Vec<Example>,
    /// Where IDs that change stay: the residue after the rewrite.
    #[serde(skip)]
    pub leftovers: Vec<Residue>,
    /// All tables with rows of their own, and how many.
    pub tables: Vec<TableRows>,
    /// Broken foreign keys in the file.
    #[serde(skip)]
    pub foreign_keys: ForeignKeys,
    /// The old hub's ID as it is stored, in each spelling: rows are matched by these, exactly.
    #[serde(skip)]
    pub spellings: Spellings,
}

impl Plan {
    /// Whether anything changes at all.
    pub fn changes_anything(&self) -> bool {
        self.changes.iter().any(|change| change.rows > 0)
    }

    /// Rows that change in one table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.changes.iter().find(|change| change.table == table).map_or(0, |change| change.rows)
    }
}

/// One ID in each way in which a file stores it.
#[derive(Debug, Clone, Default)]
pub struct Spellings(pub(super) Vec<KeyPart>);

/// Rows that change in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The table: `Integrations` or `Events`.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
}

/// Cells that change in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnChange {
    /// The table: `Integrations` or `Events`.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many cells.
    pub rows: u64,
}

/// One example of a kind of change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many rows have this kind of change.
    pub rows: u64,
    /// The row that the example is of, counted from 1.
    pub row_number: u64,
    /// How many rows the table has.
    pub table_rows: u64,
    /// How many different texts have this kind of change; 1: all rows hold the same.
    pub texts: u64,
    /// The cell as it is, whole up to 64 KiB.
    pub old: Untrusted,
    /// The cell as it will be.
    pub new: Untrusted,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub name: Untrusted,
    /// How many rows.
    pub rows: u64,
}

/// Works out what a restore with `mapping` changes in the file. `sha256` is the file's digest in hex, when the caller knows it.
/// Reads only. What stands against it is [`DatabaseError::Refused`].
pub fn plan(
    path: &Path,
    mapping: &Mapping,
    sha256: Option<&str>,
    cancel: &Cancel,
    on_progress: OnProgress<'_, PlanStage>,
) -> Result<Plan, DatabaseError> {
    let size = path.metadata().map_err(|source| DatabaseError::io("cannot read", path, source))?.len();
    let sha256 = match sha256 {
        Some(known) => known.to_owned(),
        None => digest::sha256(path, cancel, |done| {
            on_progress(Progress { stage: PlanStage::Digest, done, total: Some(size) });
        })?,
    };
    let db = Db::still(path, cancel)?;
    let tables = schema::tables(&db.connection).map_err(|error| DatabaseError::sqlite("read the schema", &error))?;
    let refusals = refusals_of_schema(&db, &tables);
    let [integrations, events] = ["Integrations", "Events"].map(|name| tables.iter().find(|table| table.is(name)));
    let (Some(integrations), Some(events), true) = (integrations, events, refusals.is_empty()) else {
        return Err(DatabaseError::Refused(refusals));
    };
    let finder = changing_ids(mapping);
    let mut book = Book::new(&finder);
    let mut pass = Pass::new(mapping);
    let counts = pass.integrations(&db, integrations, cancel, &mut book)?;
    let event_rows = pass.events(&db, events, cancel, &mut book, on_progress)?;
    pass.refusals.extend(pass.new_ids_present());
    if !pass.refusals.is_empty() {
        return Err(DatabaseError::Refused(pass.refusals));
    }

    let schema = schema_table();
    let others = || {
        let others = tables.iter().filter(|table| table.has_rows());
        others.filter(|table| !table.is("Integrations") && !table.is("Events")).chain([&schema])
    };
    let total = Some(others().map(|table| estimate(&db, table)).sum());
    let mut done = 0;
    let counted = scan_tables(&db, &mut book, others(), cancel, || {
        done += 1;
        if done % 10_000 == 1 {
            on_progress(Progress { stage: PlanStage::Others, done: done - 1, total });
        }
    })?;
    on_progress(Progress { stage: PlanStage::Others, done, total: Some(done) });
    let named = [(&integrations.name, counts), (&events.name, event_rows)];
    let others = others().map(|table| &table.name).zip(counted);
    let rows =
        named.into_iter().chain(others).map(|(name, rows)| TableRows { name: Untrusted::new(name.clone()), rows });
    Ok(Plan {
        sha256,
        size,
        mapping: *mapping,
        changes: pass.changes(),
        columns: pass.columns(),
        examples: pass.examples([counts, event_rows]),
        leftovers: book.finish(),
        tables: rows.collect(),
        foreign_keys: checks::foreign_keys(&db, &tables)?,
        spellings: Spellings(pass.spellings),
    })
}

fn refusals_of_schema(db: &Db, tables: &[Table]) -> Vec<Refusal> {
    let missing = super::inspect::missing(tables)
        .into_iter()
        .map(|one| Refusal::Missing { table: one.table.to_owned(), column: one.column.map(str::to_owned) });
    let needs =
        checks::needs(db, tables).into_iter().map(|need| Refusal::Needs { object: need.object, what: need.what });
    missing.chain(needs).collect()
}

/// The old IDs that are looked for afterwards: only those that change.
pub(super) fn changing_ids(mapping: &Mapping) -> Finder {
    let hub = Wanted { which: WhichId::Hub, id: mapping.hub.old.uuid() };
    let connector = Wanted { which: WhichId::Connector, id: mapping.connector.old.uuid() };
    let hub = mapping.hub.changes().then_some(hub);
    Finder::new(hub.into_iter().chain(mapping.connector.changes().then_some(connector)))
}
