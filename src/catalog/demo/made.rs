//! The files of the made-up bucket: made when they are asked for first, then kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::script::{Fault, Stored, Version};
use crate::catalog::CatalogError;
use crate::database::sample::Sample;
use crate::text::hex;

/// Bytes that a cut file lacks.
const CUT: u64 = 112 * 1024;

/// One object, or one version of it.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Its key.
    pub(super) key: String,
    /// Its version.
    pub(super) version: String,
    /// When it was written.
    pub(super) written: Timestamp,
    /// What is wrong with it.
    pub(super) fault: Option<Fault>,
    recipe: Recipe,
    made: Arc<OnceLock<Result<Made, CatalogError>>>,
}

/// How a file is made.
#[derive(Debug, Clone)]
enum Recipe {
    Database(Box<Sample>),
    Bytes(u64),
}

/// A file that was made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Its length in bytes.
    pub(super) size: u64,
    /// Its digest.
    pub(super) sha256: Vec<u8>,
}

impl Object {
    /// One version of a connector's backup.
    pub(super) fn of(stored: &Stored, version: Version, key: &str, start: Timestamp) -> Self {
        let written = before(start, version.hours);
        let connector = stored.inside.unwrap_or(stored.connector);
        let newest = |version: &Version| before(start, version.hours) - SignedDuration::from_mins(3);
        let older = stored.versions.iter().filter(|other| other.hours > version.hours);
        let sample = Sample {
            name: stored.name.clone(),
            kind: stored.kind.clone(),
            metadata: stored.metadata.clone(),
            tags: stored.tags.clone(),
            events: version.events,
            hub_in_cursors: stored.hub_in_cursors,
            earlier: older.map(|version| (version.events, newest(version))).collect(),
            ..Sample::new(stored.hub, connector, newest(&version))
        };
        Self::new(key, written, version.fault, Recipe::Database(Box::new(sample)))
    }

    /// Something that is no backup.
    pub(super) fn other(key: &str, size: u64, hours: u32, start: Timestamp) -> Self {
        Self::new(key, before(start, hours), None, Recipe::Bytes(size))
    }

    fn new(key: &str, written: Timestamp, fault: Option<Fault>, recipe: Recipe) -> Self {
        let digest = Sha256::digest(format!("{key} {written}"));
        let version = hex(&digest)[..32].to_owned();
        Self { key: key.to_owned(), version, written, fault, recipe, made: Arc::default() }
    }

    /// The file, made in `folder` when nobody asked before. Blocks meanwhile.
    pub(super) fn made(&self, folder: &Path) -> Result<Made, CatalogError> {
        let make = || {
            let path = folder.join(&self.version);
            self.make(&path).map_err(|error| CatalogError::reading(&path, error))
        };
        self.made.get_or_init(make).clone()
    }

    /// An ETag: as for an object that was uploaded in parts, it is no digest of the bytes.
    pub(super) fn etag(&self) -> String {
        format!("{}-1", self.version)
    }

    fn make(&self, path: &Path) -> io::Result<Made> {
        match &self.recipe {
            Recipe::Database(sample) => sample.create(path).map_err(io::Error::other)?,
            Recipe::Bytes(size) => fs::write(path, vec![b'.'; usize::try_from(*size).unwrap_or_default()])?,
        }
        match self.fault {
            Some(Fault::Cut) => {
                let file = OpenOptions::new().write(true).open(path)?;
                file.set_len(file.metadata()?.len().saturating_sub(CUT))?;
            }
            Some(Fault::Damaged) => {
                let mut file = OpenOptions::new().write(true).open(path)?;
                let middle = file.metadata()?.len() / 2 / 4096 * 4096;
                file.seek(SeekFrom::Start(middle))?;
                file.write_all(&[0xa5; 4096])?;
            }
            Some(Fault::Gzip) => fs::write(path, b"\x1f\x8b\x08\0\0\0\0\0\0\x03packed by hand, and not a database")?,
            Some(Fault::Empty) => fs::write(path, b"")?,
            Some(Fault::Archived | Fault::Deleted) | None => {}
        }
        let mut digest = Sha256::new();
        let size = copy(&mut File::open(path)?, &mut digest)?;
        Ok(Made { path: path.to_owned(), size, sha256: digest.finalize().to_vec() })
    }
}

/// Some hours before the demo began.
pub(super) fn before(start: Timestamp, hours: u32) -> Timestamp {
    start.checked_sub(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn copy(from: &mut File, digest: &mut Sha256) -> io::Result<u64> {
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(size);
        }
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}
