//! Who a connector's database belongs to, and how full it is: a quick look at a private copy.

use std::path::Path;

use crate::identity::{self, ConnectorId, HubId};
use crate::progress::Cancel;
use crate::text::Untrusted;

use super::cell::as_utf8;
use super::error::DatabaseError;
use super::facts::{NewestEvent, TableFacts};
use super::header;
use super::newest::Newest;
use super::open::{Db, quote};
use super::schema::{self, Table};
use super::source_json::{self, SourceJson};
use super::walk::walk_last;

/// What a quick look tells.
#[derive(Debug, Clone)]
pub struct Glance {
    /// The hub, when `Integrations` has exactly one row that can be read.
    pub hub: Option<HubId>,
    /// All sources of all hubs in the file.
    pub sources: Vec<SourceJson>,
    /// How many events.
    pub events: u64,
    /// The newest event, where a column tells.
    pub newest: Option<NewestEvent>,
    /// The connector's own version of its schema.
    pub user_version: i32,
    /// All tables with their columns; rows are not counted.
    pub tables: Vec<TableFacts>,
}

impl Glance {
    /// The source of one connector.
    pub fn source(&self, connector: ConnectorId) -> Option<&SourceJson> {
        self.sources.iter().find(|source| source.connector() == Some(connector))
    }

    /// The connector, when there is exactly one source.
    pub fn connector(&self) -> Option<ConnectorId> {
        match self.sources.as_slice() {
            [source] => source.connector(),
            _ => None,
        }
    }
}

/// Rows at the end of `Events` in which the newest one is looked for.
const LAST: u64 = 200;

/// Looks at a private copy of a connector's database. A `-wal` or `-journal` that was copied beside it is applied to the copy:
/// never give it a live database.
pub fn glance(copy: &Path, cancel: &Cancel) -> Result<Glance, DatabaseError> {
    if !header::read(copy)?.is_sqlite() {
        let message = Untrusted::from("it is not a database");
        return Err(DatabaseError::Sqlite { what: "open the file".to_owned(), message });
    }
    let db = Db::copy(copy, cancel)?;
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
    let tables = schema::tables(&db.connection).map_err(failed)?;
    let find = |name: &str| tables.iter().find(|table| table.is(name) && table.has_rows());
    let mut seen = Glance {
        hub: None,
        sources: Vec::new(),
        events: 0,
        newest: None,
        user_version: i32::try_from(db.pragma("user_version")?).unwrap_or_default(),
        tables: tables.iter().map(|table| table.facts(None)).collect(),
    };
    if let Some(table) = find("Integrations") {
        seen.integrations(&db, table, cancel)?;
    }
    if let Some(table) = find("Events") {
        let sql = format!("SELECT count(*) FROM {}", quote(&table.name));
        let failed = |error: rusqlite::Error| DatabaseError::sqlite("count the events", &error);
        let events: i64 = db.connection.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
        seen.events = u64::try_from(events).unwrap_or_default();
        let mut newest = Newest::of(table);
        walk_last(&db, table, LAST, cancel, |row| newest.see(row))?;
        seen.newest = newest.found(table);
    }
    Ok(seen)
}

impl Glance {
    fn integrations(&mut self, db: &Db, table: &Table, cancel: &Cancel) -> Result<(), DatabaseError> {
        let (Some(id), Some(sources)) = (table.column("id"), table.column("sources")) else { return Ok(()) };
        let mut hubs = Vec::new();
        walk_last(db, table, LAST, cancel, |row| {
            let stored = as_utf8(row.cell(id)?, row.wide).unwrap_or_default();
            hubs.push(identity::parse_loosely(&String::from_utf8_lossy(&stored)).map(HubId::from));
            let text = as_utf8(row.cell(sources)?, row.wide).unwrap_or_default();
            let found = source_json::array(&text).unwrap_or_default();
            self.sources.extend(found.iter().map(|tokens| source_json::details(&text, tokens)));
            Ok(())
        })?;
        if let [hub] = hubs.as_slice() {
            self.hub = *hub;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::sample::{Sample, append_events, hold};

    #[test]
    fn a_copy_of_a_running_connector_is_read_with_its_wal() {
        let folder = tempfile::tempdir().unwrap();
        let (live, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
        let mut sample = Sample::new(
            "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d".parse().unwrap(),
            "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".parse().unwrap(),
            "2026-11-17T02:51:00Z".parse().unwrap(),
        );
        sample.events = 300;
        sample.create(&live).unwrap();
        let still = glance(&live, &Cancel::default()).unwrap();
        assert_eq!((still.events, still.hub, still.connector()), (300, Some(sample.hub), Some(sample.connector)));
        assert_eq!(still.newest.unwrap().at, sample.newest);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let held = hold(&live).unwrap();
        append_events(&live, 5, "2026-11-18T00:00:00Z".parse().unwrap()).unwrap();
        std::fs::copy(&live, &copy).unwrap();
        std::fs::copy(folder.path().join("live.db-wal"), folder.path().join("copy.db-wal")).unwrap();
        drop(held);
        let seen = glance(&copy, &Cancel::default()).unwrap();
        assert_eq!(seen.events, 305);
        assert_eq!(seen.newest.as_ref().unwrap().at.to_string(), "2026-11-18T00:00:00Z");
        assert_eq!(seen.source(sample.connector).unwrap().name.as_ref().unwrap().raw(), "Cellario Boston");
        assert_eq!(seen.user_version, 7);
        assert_eq!(seen.tables.len(), 5);
    }
}
