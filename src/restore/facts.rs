//! What is known before a finding is made: plain data, each part known, or unknown with the reason. `super::assess` turns
//! it into findings; what could not be checked can therefore not be taken for "nothing found".

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::database::FileFacts;
use crate::database::glance::Glance;
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::text::Untrusted;

/// Something that was looked at, or the reason why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was seen.
    Known(T),
    /// It was not seen; the reason is a whole sentence for a person, already printable.
    Unknown(String),
}

impl<T> Fact<T> {
    /// What was seen.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(seen) => Some(seen),
            Self::Unknown(_) => None,
        }
    }

    /// Why it was not seen.
    pub fn why_unknown(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(why) => Some(why),
        }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown("It was not looked at yet.".to_owned())
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Fact<T> {
    /// An error becomes the reason, made printable.
    fn from(seen: Result<T, E>) -> Self {
        seen.map_or_else(|error| Self::Unknown(crate::text::printable(&error.to_string())), Self::Known)
    }
}

/// All witnesses of one restore. Each is filled when its step was done.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What the source says of the chosen backup: its key, age and size.
    pub key: Fact<KeyFacts>,
    /// What is inside the file.
    pub file: Fact<FileFacts>,
    /// What lies beside it in the bucket: other versions, the new hub's own backups.
    pub bucket: Fact<BucketFacts>,
    /// The hub folder of this machine; unknown where there is none.
    pub folder: Fact<FolderFacts>,
    /// The place of the new connector's database, and what is in it now; unknown on another machine than the hub.
    pub target: Fact<TargetFacts>,
    /// The old and new IDs, once a person gave the new ones.
    pub mapping: Option<Mapping>,
}

/// What the source says of the chosen backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The organisation in the key, where the key has the layout.
    pub org: Option<Untrusted>,
    /// Hub and connector in the key, where the key has the layout; a single file has none.
    pub ids: Option<(HubId, ConnectorId)>,
    /// When it was uploaded.
    pub modified: Option<Timestamp>,
    /// Its length in bytes.
    pub size: u64,
    /// Why the bytes could not be compared with the bucket; none when they were.
    pub unverified: Option<String>,
    /// How this version came to be the one.
    pub taken: Taken,
    /// Where the verified download lies on this machine.
    pub kept_at: Option<PathBuf>,
}

/// How one of several versions came to be the chosen one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Taken {
    /// A person named it.
    #[default]
    Named,
    /// Nobody named one: it is the newest.
    Newest,
    /// It is the newest that is not after this.
    AsOf(Timestamp),
}

/// What lies beside the chosen backup in the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketFacts {
    /// The other versions and files of this connector, newest first; delete markers included.
    pub others: Vec<OtherVersion>,
    /// Whether the bucket keeps versions of this file.
    pub versioned: bool,
    /// The newest upload under the *old* connector's key.
    pub old_upload: Option<Timestamp>,
    /// The organisations under which backups of the new hub lie.
    pub new_hub_orgs: Fact<Vec<Untrusted>>,
    /// The organisations under which backups of the new connector lie.
    pub new_connector_orgs: Fact<Vec<Untrusted>>,
    /// The ID that was given for the new connector is that of a hub: backups of its connectors lie in the bucket.
    pub new_connector_is_hub: bool,
}

/// Another version, or another file, of the chosen backup's connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherVersion {
    /// When it was uploaded.
    pub modified: Option<Timestamp>,
    /// Its length in bytes; 0 for a delete marker.
    pub size: u64,
    /// It is a delete marker.
    pub deleted: bool,
    /// It is a version of the same file; otherwise another file of the connector.
    pub same_file: bool,
    /// How many events it holds, where it was looked into.
    pub events: Option<u64>,
}

/// The hub folder of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderFacts {
    /// The folder, `/var/datahub`.
    pub root: PathBuf,
    /// The connectors that have a folder there, with the hub that each one's own database names.
    pub connectors: Vec<(ConnectorId, Fact<HubId>)>,
    /// The old connector's database, where this machine has it.
    pub old: Option<OldConnector>,
}

/// The old connector's database on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OldConnector {
    /// Who has it open, as a person reads it (`pid 2114 node …`); none when nobody was seen.
    pub open_by: Option<String>,
    /// When it was written last.
    pub written: Option<Timestamp>,
}

/// The place of the new connector's database.
#[derive(Debug, Clone)]
pub struct TargetFacts {
    /// `<hub root>/<connector>/sqlite.db`.
    pub path: PathBuf,
    /// What lies there.
    pub there: There,
}

/// What lies at the target.
#[derive(Debug, Clone)]
pub enum There {
    /// A database, and what a safe copy of it tells.
    Database(Arc<Glance>),
    /// Not even the connector's folder.
    NoFolder,
    /// The folder, without a database.
    NoDatabase,
    /// A database that could not be read; why, as a whole sentence.
    Unreadable(String),
}

/// From which age on a backup is a warning; the configuration can change it.
pub const STALE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
