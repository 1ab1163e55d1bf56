//! Made-up databases of connectors, for the demo and for tests. The same description gives the same rows.

use std::path::Path;

use jiff::Timestamp;

use crate::identity::{ConnectorId, HubId};

use super::DatabaseError;

/// What a made-up database holds.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The hub.
    pub hub: HubId,
    /// The connector.
    pub connector: ConnectorId,
    /// The connector's name.
    pub name: String,
    /// The connector's type: `hrb-cellario`.
    pub kind: String,
    /// Its metadata, JSON text.
    pub metadata: String,
    /// Its tags, JSON text.
    pub tags: String,
    /// How many events.
    pub events: u64,
    /// When the newest event happened; the others lie one minute apart before it.
    pub newest: Timestamp,
    /// Bytes in the payload of each event.
    pub payload: usize,
    /// Whether the hub ID also stands in one row of `Cursors`.
    pub hub_in_cursors: bool,
    /// Whether the file is in WAL mode.
    pub wal: bool,
    /// The connector's own version of its schema.
    pub user_version: i32,
}

impl Sample {
    /// A usual connector without events: HRB Cellario, its version of the schema 7, a WAL database.
    pub fn new(hub: HubId, connector: ConnectorId, newest: Timestamp) -> Self {
        Self {
            hub,
            connector,
            name: "Cellario Boston".to_owned(),
            kind: "hrb-cellario".to_owned(),
            metadata: r#"{"site":"BOS-3"}"#.to_owned(),
            tags: r#"["cellario","boston"]"#.to_owned(),
            events: 0,
            newest,
            payload: 120,
            hub_in_cursors: false,
            wal: true,
            user_version: 7,
        }
    }

    /// Makes the file: `Integrations` 1 row, `Events`, `Settings` 12 rows, `Cursors` 3 rows. Nothing else is left beside it.
    pub fn create(&self, path: &Path) -> Result<(), DatabaseError> {
        let _ = path;
        todo!()
    }
}

/// Adds `count` events to a database made by [`Sample::create`], the newest at `newest`, as a running connector does.
pub fn append_events(path: &Path, count: u64, newest: Timestamp) -> Result<(), DatabaseError> {
    let _ = (path, count, newest);
    todo!()
}

/// Keeps a database open, as a running connector does, until it is dropped.
pub struct Held {}

/// Opens a database as a connector does, and keeps it open.
pub fn hold(path: &Path) -> Result<Held, DatabaseError> {
    let _ = path;
    todo!()
}
