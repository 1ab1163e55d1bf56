//! What the demo is made of, as `assets/demo/world.toml` describes it.

use serde::Deserialize;

use crate::catalog::CatalogError;
use crate::identity::{ConnectorId, HubId};

/// The description.
const WORLD: &str = include_str!("../../../assets/demo/world.toml");

/// Everything that is made up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The name of the bucket.
    pub bucket: String,
    /// The hub that this machine plays.
    pub hub: Hub,
    /// The connectors with backups.
    pub backup: Vec<Stored>,
    /// What else lies in the bucket.
    pub other: Vec<Other>,
}

/// The hub that this machine plays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    /// Its ID.
    pub id: HubId,
    /// The organisation under which its backups lie.
    pub organisation: String,
    /// The service that runs its connectors.
    pub service: String,
    /// The ID of the connector that appears for the first backup that is restored.
    pub appears: ConnectorId,
    /// The connectors that it has from the start.
    pub connector: Vec<Running>,
}

/// A connector of the made-up hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Running {
    /// Its ID.
    pub id: ConnectorId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its metadata, JSON text.
    #[serde(default = "no_metadata")]
    pub metadata: String,
    /// Its tags, JSON text.
    #[serde(default = "no_tags")]
    pub tags: String,
    /// How many events its database holds.
    pub events: u64,
    /// How old the newest of them is.
    pub hours: u32,
}

/// A connector with backups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The organisation in the key.
    pub organisation: String,
    /// The hub in the key, and in the file.
    pub hub: HubId,
    /// The connector in the key.
    pub connector: ConnectorId,
    /// The connector in the file, where it is another one.
    pub inside: Option<ConnectorId>,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its metadata, JSON text.
    #[serde(default = "no_metadata")]
    pub metadata: String,
    /// Its tags, JSON text.
    #[serde(default = "no_tags")]
    pub tags: String,
    /// Whether the hub's ID also stands in `Cursors`.
    #[serde(default)]
    pub hub_in_cursors: bool,
    /// The versions, newest first.
    pub versions: Vec<Version>,
}

/// One version of a backup.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// How old it is.
    pub hours: u32,
    /// How many events it holds.
    #[serde(default)]
    pub events: u64,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// What is wrong with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Its end is missing.
    Cut,
    /// A page in the middle is overwritten.
    Damaged,
    /// It is packed.
    Gzip,
    /// It has no bytes.
    Empty,
    /// It lies in an archive.
    Archived,
    /// It is a delete marker.
    Deleted,
}

/// Another object of the bucket.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Its key.
    pub key: String,
    /// How old it is.
    pub hours: u32,
    /// Its size in bytes.
    pub size: u64,
}

fn no_metadata() -> String {
    "{}".to_owned()
}

fn no_tags() -> String {
    "[]".to_owned()
}

impl Script {
    /// Reads the description that comes with the program.
    pub fn read() -> Result<Self, CatalogError> {
        toml::from_str(WORLD).map_err(|error| CatalogError::Unreadable { why: error.to_string() })
    }

    /// The connector in the bucket that has this ID.
    pub fn stored(&self, connector: ConnectorId) -> Option<&Stored> {
        self.backup.iter().find(|stored| stored.connector == connector)
    }
}
