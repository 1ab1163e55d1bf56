//! The connectors that a hub root holds, each with what its own database says.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{AtFlags, CWD, StatxFlags};

use super::safe_copy::{CopyError, safe_copy, side_file};
use crate::database::DatabaseError;
use crate::database::glance::{Glance, glance};
use crate::identity::{ConnectorId, HubId};
use crate::progress::{Cancel, Cancelled};

/// A busy database is not copied again before this has passed, or twenty times what the last copy took.
const REST: Duration = Duration::from_secs(10);

/// A connector's folder under the hub root.
#[derive(Debug, Clone)]
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

impl HubConnector {
    /// Its database, whether it is there or not.
    pub fn database(&self) -> PathBuf {
        self.folder.join(super::DATABASE)
    }
}

/// What is known of a connector's database.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Read from a safe copy.
    Known(Arc<Glance>),
    /// There is no database in the folder.
    Missing,
    /// It could not be read (R411): why, as a sentence.
    Unknown(String),
}

impl Seen {
    /// What the database says, where it could be read.
    pub fn glance(&self) -> Option<&Glance> {
        match self {
            Self::Known(glance) => Some(glance),
            Self::Missing | Self::Unknown(_) => None,
        }
    }
}

/// Device, inode, length and time of a database and the files beside it: equal means that nothing was written.
type Print = Vec<Option<(u64, u64, u64, i64, i64)>>;

#[derive(Debug, Clone)]
struct Remembered {
    print: Print,
    seen: Seen,
    again: Timestamp,
}

/// Looks at a hub root again and again; a database that did not change is not read twice.
#[derive(Debug)]
pub struct Discovery {
    scratch: PathBuf,
    remembered: BTreeMap<PathBuf, Remembered>,
}

impl Discovery {
    /// Private copies are made in `scratch`, a folder that only this user may enter, and removed at once.
    pub fn new(scratch: impl Into<PathBuf>) -> Self {
        Self { scratch: scratch.into(), remembered: BTreeMap::new() }
    }

    /// The connectors under `root`, newest first. A root that is missing has none; an error when it cannot be listed.
    pub fn look(&mut self, root: &Path, now: Timestamp, cancel: &Cancel) -> Result<Vec<HubConnector>, DiscoverError> {
        let entries = match std::fs::read_dir(root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            cancel.check()?;
            let entry = entry?;
            let Some(connector) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let folder = entry.path();
            if folder.is_dir() {
                found.push(self.connector(connector, folder, now, cancel)?);
            }
        }
        found.sort_by(|one: &HubConnector, other| other.made.cmp(&one.made).then(one.connector.cmp(&other.connector)));
        let there: Vec<PathBuf> = found.iter().map(HubConnector::database).collect();
        self.remembered.retain(|path, _| there.contains(path));
        Ok(found)
    }

    fn connector(
        &mut self,
        connector: ConnectorId,
        folder: PathBuf,
        now: Timestamp,
        cancel: &Cancel,
    ) -> Result<HubConnector, Cancelled> {
        let path = folder.join(super::DATABASE);
        let print = print(&path);
        let known = self.remembered.get(&path).filter(|known| known.print == print || now < known.again);
        let seen = if let Some(known) = known {
            known.seen.clone()
        } else {
            let begun = std::time::Instant::now();
            let seen = read(&path, &self.scratch, cancel)?;
            let rest = SignedDuration::try_from(REST.max(begun.elapsed() * 20)).unwrap_or(SignedDuration::MAX);
            // A database that was never still is tried again at the next look.
            let print = if matches!(seen, Seen::Unknown(_)) { Print::new() } else { print.clone() };
            let again = if matches!(seen, Seen::Known(_)) { now.saturating_add(rest).unwrap_or(now) } else { now };
            self.remembered.insert(path.clone(), Remembered { print, seen: seen.clone(), again });
            seen
        };
        let files = print.iter().flatten();
        let written = files.clone().filter_map(|file| Timestamp::new(file.3, i32::try_from(file.4).ok()?).ok()).max();
        let size = files.map(|file| file.2).sum();
        Ok(HubConnector { connector, made: made(&folder), folder, written, size, seen })
    }
}

fn print(path: &Path) -> Print {
    let paths = [path.to_owned(), side_file(path, "-wal"), side_file(path, "-journal")];
    let look = |path: &PathBuf| {
        let status = std::fs::metadata(path).ok()?;
        Some((status.dev(), status.ino(), status.size(), status.mtime(), status.mtime_nsec()))
    };
    paths.iter().map(look).collect()
}

/// When a folder was made, where the file system tells, else when it last changed.
fn made(folder: &Path) -> Option<Timestamp> {
    let status = rustix::fs::statx(CWD, folder, AtFlags::empty(), StatxFlags::BTIME | StatxFlags::MTIME).ok()?;
    let told = status.stx_mask & StatxFlags::BTIME.bits() != 0;
    let time = if told { status.stx_btime } else { status.stx_mtime };
    Timestamp::new(time.tv_sec, i32::try_from(time.tv_nsec).ok()?).ok()
}

/// Looks at one connector's database once, from a safe copy that is made in `scratch` and gone afterwards.
pub fn read(path: &Path, scratch: &Path, cancel: &Cancel) -> Result<Seen, Cancelled> {
    let unknown = |error: &dyn std::fmt::Display| Seen::Unknown(crate::text::printable(&error.to_string()));
    let folder = match tempfile::Builder::new().prefix("look-").tempdir_in(scratch) {
        Ok(folder) => folder,
        Err(error) => return Ok(unknown(&error)),
    };
    let copy = match safe_copy(path, folder.path(), cancel) {
        Ok(copy) => copy,
        Err(CopyError::Missing(_)) => return Ok(Seen::Missing),
        Err(CopyError::Cancelled(cancelled)) => return Err(cancelled),
        Err(error) => return Ok(unknown(&error)),
    };
    match glance(&copy, cancel) {
        Ok(glance) => Ok(Seen::Known(Arc::new(glance))),
        Err(DatabaseError::Cancelled(cancelled)) => Err(cancelled),
        Err(error) => Ok(unknown(&error)),
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
    let mut votes: BTreeMap<HubId, usize> = BTreeMap::new();
    for hub in connectors.iter().filter_map(|connector| connector.seen.glance()?.hub) {
        *votes.entry(hub).or_default() += 1;
    }
    let most = votes.values().max()?;
    let mut first = votes.iter().filter(|(_, count)| *count == most).map(|(hub, _)| *hub);
    first.next().filter(|_| first.next().is_none())
}
