//! All checks of a file, in few passes.

mod events;
pub(super) mod integrations;

use std::path::Path;

use serde::Serialize;

use crate::identity;
use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::Untrusted;

use super::book::{Book, scan_tables, schema_table};
use super::checks;
use super::error::DatabaseError;
use super::facts::{FileFacts, LooseId, Missing, TableFacts, TableKind, VirtualTable};
use super::header::{self, Length};
use super::open::Db;
use super::schema::{self, REQUIRED, Table};
use super::walk::estimate;
use super::watch::watched;

/// The checks, in the order in which they run. The first progress of a stage says that those before it have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InspectStage {
    /// The header and the length; units are bytes.
    Complete,
    /// SQLite's integrity check and foreign keys; units are steps, the total is an estimate.
    NotDamaged,
    /// Hub and connectors in `Integrations`; units are rows.
    RightIds,
    /// Every event; units are rows, the total is an estimate.
    Events,
    /// All other tables; units are rows, the total is an estimate.
    Leftovers,
}

/// Looks at everything in a file. It is opened read-only and never changed, and nothing is left beside it. Faults of the file
/// are facts; errors are what the machine answers, and [`DatabaseError::Cancelled`].
pub fn inspect(
    path: &Path,
    cancel: &Cancel,
    on_progress: OnProgress<'_, InspectStage>,
) -> Result<FileFacts, DatabaseError> {
    let header = header::read(path)?;
    let size = header.size;
    on_progress(Progress { stage: InspectStage::Complete, done: size, total: Some(size) });
    let mut facts = FileFacts::new(header);
    if !facts.header.is_sqlite() || matches!(facts.header.length, Length::Shorter { .. }) {
        return Ok(facts);
    }
    cancel.check()?;
    match Looking::start(path, cancel, &mut facts) {
        Ok(looking) => looking.look(&mut facts, on_progress)?,
        // What SQLite says about the file is a fact of the file.
        Err(DatabaseError::Sqlite { message, .. }) => facts.unreadable = Some(message),
        Err(other) => return Err(other),
    }
    Ok(facts)
}

/// The tables, and what the schema holds beside them.
pub(super) fn read_schema(db: &Db, facts: &mut FileFacts) -> Result<Vec<Table>, DatabaseError> {
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
    let tables = schema::tables(&db.connection).map_err(failed)?;
    let of = |table: &Table| {
        // A virtual table has none, and its module may not be here.
        let has = table.kind != TableKind::Virtual;
        let indexes = if has { schema::indexes(&db.connection, &table.name)? } else { Vec::new() };
        Ok(TableFacts { indexes, ..table.facts(None) })
    };
    facts.tables = tables.iter().map(of).collect::<rusqlite::Result<_>>().map_err(failed)?;
    facts.triggers =
        names(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid").map_err(failed)?;
    facts.views = names(db, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY rowid").map_err(failed)?;
    facts.virtual_tables = virtual_tables(db, &tables).map_err(failed)?;
    facts.missing = missing(&tables);
    Ok(tables)
}

struct Looking<'a> {
    path: &'a Path,
    cancel: &'a Cancel,
    db: Db,
    tables: Vec<Table>,
}

impl<'a> Looking<'a> {
    fn start(path: &'a Path, cancel: &'a Cancel, facts: &mut FileFacts) -> Result<Self, DatabaseError> {
        let db = Db::still(path, cancel)?;
        let tables = read_schema(&db, facts)?;
        Ok(Self { path, cancel, db, tables })
    }

    fn look(self, facts: &mut FileFacts, on_progress: OnProgress<'_, InspectStage>) -> Result<(), DatabaseError> {
        self.check(facts, on_progress)?;
        let damaged = facts.integrity.as_ref().is_none_or(|lines| !lines.is_empty());
        if damaged || !facts.needs.is_empty() || !facts.missing.is_empty() {
            return Ok(());
        }
        let [integrations, events] =
            ["Integrations", "Events"].map(|name| self.tables.iter().find(|table| table.is(name)));
        let (Some(integrations), Some(events)) = (integrations, events) else { return Ok(()) };

        on_progress(Progress { stage: InspectStage::RightIds, done: 0, total: None });
        integrations::read(&self.db, integrations, self.cancel, facts)?;
        let rows = facts.integration_rows;
        on_progress(Progress { stage: InspectStage::RightIds, done: rows, total: Some(rows) });

        let finder = integrations::own_ids(facts);
        let mut book = Book::new(&finder);
        integrations::residue(&self.db, integrations, self.cancel, &mut book)?;
        events::read(&self.db, events, self.cancel, facts, &mut book, on_progress)?;
        let events_rows = facts.events.as_ref().map(|events| events.rows);
        facts.loose_ids = loose_ids(facts);

        let schema = schema_table();
        let others = || {
            let others = self.tables.iter().filter(|table| table.has_rows());
            others.filter(|table| !table.is("Integrations") && !table.is("Events")).chain([&schema])
        };
        let total = Some(others().map(|table| estimate(&self.db, table)).sum());
        let mut done = 0;
        let counted = scan_tables(&self.db, &mut book, others(), self.cancel, || {
            done += 1;
            if done % 10_000 == 1 {
                on_progress(Progress { stage: InspectStage::Leftovers, done: done - 1, total });
            }
        })?;
        on_progress(Progress { stage: InspectStage::Leftovers, done, total: Some(done) });
        for (table, rows) in others().zip(counted) {
            set_rows(facts, &table.name, rows);
        }
        set_rows(facts, "Integrations", facts.integration_rows);
        set_rows(facts, "Events", events_rows.unwrap_or_default());
        facts.residue = Some(book.finish());
        Ok(())
    }

    /// Integrity, foreign keys, and what the schema needs, on a thread of their own and a connection of its own.
    fn check(&self, facts: &mut FileFacts, on_progress: OnProgress<'_, InspectStage>) -> Result<(), DatabaseError> {
        facts.needs = checks::needs(&self.db, &self.tables);
        let db = Db::still(self.path, self.cancel)?;
        let (steps, total) = (db.steps(), checks::steps(&self.db, &self.tables));
        let tables = &self.tables;
        let work = move || -> Result<_, DatabaseError> {
            let integrity = checks::integrity(&db)?;
            let keys = integrity.faults.is_empty().then(|| checks::foreign_keys(&db, tables)).transpose()?;
            Ok((integrity, keys))
        };
        let (integrity, keys) = watched(InspectStage::NotDamaged, Some(total), on_progress, || steps.count(), work)?;
        facts.needs.extend(integrity.needs);
        facts.integrity = Some(integrity.faults);
        facts.stale_full_text = integrity.full_text;
        facts.foreign_keys = keys;
        Ok(())
    }
}

fn set_rows(facts: &mut FileFacts, table: &str, rows: u64) {
    let named = |known: &&mut TableFacts| known.name.raw().eq_ignore_ascii_case(table);
    if let Some(known) = facts.tables.iter_mut().find(named) {
        known.rows = Some(rows);
    }
}

fn names(db: &Db, sql: &str) -> rusqlite::Result<Vec<Untrusted>> {
    Ok(db.lines(sql)?.into_iter().map(Untrusted::new).collect())
}

fn virtual_tables(db: &Db, tables: &[Table]) -> rusqlite::Result<Vec<VirtualTable>> {
    let virtual_ones = tables.iter().filter(|table| table.kind == TableKind::Virtual);
    virtual_ones
        .map(|table| {
            let sql: String = db.connection.query_row(
                "SELECT sql FROM sqlite_schema WHERE name = ?1 AND type = 'table'",
                [&table.name],
                |row| row.get(0),
            )?;
            // CREATE VIRTUAL TABLE name USING module(arguments)
            let lower = sql.to_ascii_lowercase();
            let module = lower.find(" using ").map(|at| sql[at + 7..].trim_start()).unwrap_or_default();
            let module: String = module.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let full_text = module.to_ascii_lowercase().starts_with("fts");
            Ok(VirtualTable { name: Untrusted::new(table.name.clone()), module: Untrusted::new(module), full_text })
        })
        .collect()
}

/// Tables and columns of a connector's database that are not there.
pub(super) fn missing(tables: &[Table]) -> Vec<Missing> {
    let mut found = Vec::new();
    for (name, columns) in REQUIRED {
        match tables.iter().find(|table| table.is(name) && table.kind == TableKind::Ordinary) {
            None => found.push(Missing { table: name, column: None }),
            Some(table) => {
                let absent = columns.into_iter().filter(|column| table.column(column).is_none());
                found.extend(absent.map(|column| Missing { table: name, column: Some(column) }));
            }
        }
    }
    found
}

/// IDs that are not stored as the platform writes them.
pub(super) fn loose_ids(facts: &FileFacts) -> Vec<LooseId> {
    let mut found: Vec<LooseId> = Vec::new();
    let mut look = |table, column, stored: &Untrusted, rows| {
        let Some(id) = identity::parse_loosely(stored.raw()).filter(|id| id.hyphenated().to_string() != stored.raw())
        else {
            return;
        };
        let same = |known: &&mut LooseId| known.table == table && known.column == column && known.stored == *stored;
        match found.iter_mut().find(same) {
            Some(known) => known.rows += rows,
            None => found.push(LooseId { table, column, stored: stored.clone(), id, rows }),
        }
    };
    for row in &facts.integrations {
        look("Integrations", "id", &row.stored, 1);
        for source in &row.sources {
            look("Integrations", "sources.id", &source.id, 1);
            look("Integrations", "sources.integrationId", &source.integration_id, 1);
        }
    }
    if let Some(events) = &facts.events {
        for hub in &events.hubs {
            look("Events", "integration", &hub.stored, hub.rows);
        }
        for group in &events.groups {
            look("Events", "source.id", &group.stored_connector, group.rows);
            look("Events", "source.integrationId", &group.stored_inner_hub, group.rows);
        }
    }
    found
}
