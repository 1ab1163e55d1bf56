//! Made-up databases of connectors, for the demo and for tests. The same description gives the same rows.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

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
    /// Earlier states of the same connector, the newest first: how many events it had, and when the newest of them
    /// happened. What came since lies evenly in between.
    pub earlier: Vec<(u64, Timestamp)>,
    /// Bytes in the payload of each event.
    pub payload: usize,
    /// Whether the hub ID also stands in one row of `Cursors`.
    pub hub_in_cursors: bool,
    /// Whether the file is in WAL mode.
    pub wal: bool,
    /// The connector's own version of its schema.
    pub user_version: i32,
}

const SCHEMA: &str = "
    CREATE TABLE Integrations (id TEXT PRIMARY KEY NOT NULL, sources TEXT NOT NULL);
    CREATE TABLE Events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        integration TEXT NOT NULL REFERENCES Integrations(id) ON UPDATE CASCADE,
        source TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT,
        createdAt TEXT NOT NULL
    );
    CREATE INDEX events_integration ON Events(integration);
    CREATE TABLE Settings (name TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE Cursors (k TEXT PRIMARY KEY, v TEXT);
";

const KINDS: [&str; 4] = ["order-started", "plate-moved", "read-finished", "order-finished"];

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
            earlier: Vec::new(),
            payload: 120,
            hub_in_cursors: false,
            wal: true,
            user_version: 7,
        }
    }

    /// The JSON of the source: what `Events.source` holds, and, between brackets, `Integrations.sources`.
    pub fn source(&self) -> String {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        format!(
            r#"{{"id":"{}","integrationId":"{}","name":{},"type":{},"config":{{"sourceType":{}}},"metadata":{},"tags":{}}}"#,
            self.connector,
            self.hub,
            text(&self.name),
            text(&self.kind),
            text(&self.kind),
            self.metadata,
            self.tags
        )
    }

    /// Makes the file: `Integrations` 1 row, `Events`, `Settings` 12 rows, `Cursors` 3 rows. Nothing else is left beside it.
    pub fn create(&self, path: &Path) -> Result<(), DatabaseError> {
        self.fill(path).map_err(|error| DatabaseError::sqlite("make a sample", &error))
    }

    fn fill(&self, path: &Path) -> rusqlite::Result<()> {
        let mut connection = Connection::open(path)?;
        // Made in one go and thrown away when that fails: nothing has to survive a crash.
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "user_version", self.user_version)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        let (hub, source) = (self.hub.to_string(), self.source());
        transaction.execute("INSERT INTO Integrations VALUES (?1, ?2)", params![hub, format!("[{source}]")])?;
        let times = Times::new(self.events, self.newest, &self.earlier);
        insert_events(&transaction, &hub, &source, self.events, &times, self.payload)?;
        for number in 1..=12 {
            transaction
                .execute("INSERT INTO Settings VALUES (?1, ?2)", params![format!("option{number}"), number * 10])?;
        }
        let cursor = if self.hub_in_cursors { hub } else { "none".to_owned() };
        transaction.execute(
            "INSERT INTO Cursors VALUES ('last', ?1), ('hub', ?2), ('page', '1')",
            params![self.newest.to_string(), cursor],
        )?;
        transaction.commit()?;
        if self.wal {
            connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        connection.close().map_err(|(_, error)| error)
    }
}

/// Adds `count` events to a database made by [`Sample::create`], the newest at `newest`, as a running connector does.
pub fn append_events(path: &Path, count: u64, newest: Timestamp) -> Result<(), DatabaseError> {
    let append = || {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        let transaction = connection.transaction()?;
        let (hub, source): (String, String) = transaction.query_row(
            "SELECT i.id, json_extract(i.sources, '$[0]') FROM Integrations AS i",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        insert_events(&transaction, &hub, &source, count, &Times::new(count, newest, &[]), 120)?;
        transaction.commit()
    };
    append().map_err(|error| DatabaseError::sqlite("add events to a sample", &error))
}

/// When each event happened.
struct Times {
    /// How many events there were at a time, the newest first.
    states: Vec<(u64, Timestamp)>,
}

impl Times {
    fn new(count: u64, newest: Timestamp, earlier: &[(u64, Timestamp)]) -> Self {
        let mut states = vec![(count, newest)];
        for (count, at) in earlier {
            // A connector that was emptied begins anew.
            if states.last().is_some_and(|(after, _)| (1..*after).contains(count)) {
                states.push((*count, *at));
            }
        }
        Self { states }
    }

    /// The time of the event with this number, counted from 1.
    fn of(&self, number: u64) -> Timestamp {
        let at = self.states.iter().rposition(|(count, _)| *count >= number).unwrap_or_default();
        let (count, newest) = self.states[at];
        let back = i64::try_from(count.saturating_sub(number)).unwrap_or_default();
        let seconds = match self.states.get(at + 1) {
            Some((fewer, before)) => {
                let since = newest.as_second() - before.as_second();
                since.saturating_mul(back) / i64::try_from(count - fewer).unwrap_or(1)
            }
            None => back.saturating_mul(60),
        };
        newest.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(newest)
    }
}

fn insert_events(
    connection: &Connection,
    hub: &str,
    source: &str,
    count: u64,
    times: &Times,
    payload: usize,
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare("INSERT INTO Events (integration, source, kind, payload, createdAt) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..count {
        let at = times.of(number + 1);
        let kind = KINDS[usize::try_from(number % 4).unwrap_or_default()];
        let text = filler(payload, number, &mut noise);
        insert.execute(params![hub, source, kind, text, at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()])?;
    }
    Ok(())
}

/// A JSON text of about `length` bytes that no two events share.
fn filler(length: usize, number: u64, noise: &mut u64) -> String {
    let mut text = format!(r#"{{"plate":"P{number:07}","data":""#);
    while text.len() + 2 < length {
        *noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{:08x}", *noise >> 32));
    }
    text.truncate(length.saturating_sub(2).max(30).min(text.len()));
    text.push_str("\"}");
    text
}

/// Keeps a database open, as a running connector does, until it is dropped.
pub struct Held {
    _connection: Connection,
}

/// Opens a database as a connector does, and keeps it open.
pub fn hold(path: &Path) -> Result<Held, DatabaseError> {
    let open = || {
        let connection = Connection::open(path)?;
        // SQLite opens the file only when it is first read.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Held { _connection: connection })
    };
    open().map_err(|error| DatabaseError::sqlite("open a sample", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_description_gives_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let mut sample = Sample::new(
            "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d".parse().unwrap(),
            "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".parse().unwrap(),
            "2026-11-17T02:51:00Z".parse().unwrap(),
        );
        sample.events = 50;
        let (one, two) = (folder.path().join("one.db"), folder.path().join("two.db"));
        sample.create(&one).unwrap();
        sample.create(&two).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        append_events(&one, 3, "2026-11-18T00:00:00Z".parse().unwrap()).unwrap();
        let held = hold(&one).unwrap();
        let (count, newest): (i64, String) = Connection::open(&one)
            .unwrap()
            .query_row("SELECT count(*), max(createdAt) FROM Events", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        drop(held);
        assert_eq!((count, newest.as_str()), (53, "2026-11-18T00:00:00.000Z"));
    }

    /// A newer state of a connector holds all events of an older one as they were, and some more.
    #[test]
    fn a_newer_state_holds_the_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let hub = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d".parse().unwrap();
        let connector = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let old = Sample { events: 40, ..Sample::new(hub, connector, at("2026-11-15T00:00:00Z")) };
        let earlier = vec![(40, old.newest)];
        let new = Sample { events: 50, earlier, ..Sample::new(hub, connector, at("2026-11-17T00:00:00Z")) };
        let events = |sample: &Sample, name: &str| -> Vec<(i64, String, String)> {
            let path = folder.path().join(name);
            sample.create(&path).unwrap();
            let connection = Connection::open(&path).unwrap();
            let mut all = connection.prepare("SELECT id, payload, createdAt FROM Events ORDER BY id").unwrap();
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let (old, new) = (events(&old, "old"), events(&new, "new"));
        assert_eq!(new[..40], old[..]);
        assert!(new.windows(2).all(|pair| pair[0].2 < pair[1].2));
        assert_eq!(new[49].2, "2026-11-17T00:00:00.000Z");
    }
}
