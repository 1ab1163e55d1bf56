//! The connectors that a hub root holds, each with what its own database says.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::identity::{ConnectorId, HubId};
use crate::progress::{Cancel, Cancelled};
use crate::text::Untrusted;

/// A connector's folder under the hub root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubConnector {
    /// The ID that the folder is named by.
    pub connector: ConnectorId,
    /// Its folder.
    pub folder: PathBuf,
    /// When the folder was made, or else last changed: the newest connector is the new one.
    pub made: Option<Timestamp>,
    /// When its database, or a file beside it, was written last.
    pub written: Option<Timestamp>,
    /// Length of its database and the files beside it, in bytes.
    pub size: u64,
    /// What its database says.
    pub seen: Seen,
}

/// What is known of a connector's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Read from a safe copy.
    Known(Box<Glance>),
    /// There is no database in the folder.
    Missing,
    /// It could not be read (R411): why, as a sentence.
    Unknown(String),
}

/// What a short look at a connector's database tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance {
    /// The hub that the database belongs to, where it holds exactly one.
    pub hub: Option<HubId>,
    /// The connectors that its sources name.
    pub connectors: Vec<ConnectorId>,
    /// The name of the source that has the folder's ID, or else of the first.
    pub name: Option<Untrusted>,
    /// Its type.
    pub kind: Option<Untrusted>,
    /// Its metadata, as JSON text.
    pub metadata: Option<Untrusted>,
    /// Its tags, as JSON text.
    pub tags: Option<Untrusted>,
    /// How many events it holds.
    pub events: Option<u64>,
    /// The newest event, where a column tells.
    pub newest: Option<Timestamp>,
    /// The schema's version, as the database keeps it.
    pub user_version: i64,
}

/// Looks at a hub root again and again; a database that did not change is not read twice.
#[derive(Debug)]
pub struct Discovery {
    scratch: PathBuf,
}

impl Discovery {
    /// Private copies are made in `scratch`, a folder that only this user may enter, and removed at once.
    pub fn new(scratch: impl Into<PathBuf>) -> Self {
        Self { scratch: scratch.into() }
    }

    /// The connectors under `root`, newest first. A root that is missing has none; an error when it cannot be listed.
    pub fn look(&mut self, root: &Path, now: Timestamp, cancel: &Cancel) -> Result<Vec<HubConnector>, DiscoverError> {
        let _ = (root, now, cancel, &self.scratch);
        todo!()
    }
}

/// Why a hub root could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The folder cannot be read.
    #[error("the hub root could not be listed: {0}")]
    Io(#[from] std::io::Error),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The hub that this machine is, as most of its connectors' databases say; none when they do not say, or say equally often.
pub fn hub_of(connectors: &[HubConnector]) -> Option<HubId> {
    let _ = connectors;
    todo!()
}
