//! A verified private copy of one backup: ranged, resumable, pinned to what was chosen.

use std::path::{Path, PathBuf};

use crate::finding::Finding;
use crate::progress::{Cancel, OnProgress};

use super::{Algorithm, Backup, Catalog, CatalogError};

/// What a download does, as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadStage {
    /// Asks for size and checksum, and whether there is room.
    Asks,
    /// Bytes arrive. `done` and `total` are bytes.
    Receives,
    /// No byte came for this long; after a while it asks again by itself. `done` and `total` are bytes.
    Waits {
        /// Seconds without a byte.
        seconds: u64,
    },
    /// The object was replaced meanwhile: all begins again.
    Restarts,
    /// All bytes are here; they are read back and compared. `done` and `total` are bytes.
    Compares,
}

/// How the bytes were compared with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// By the checksum of the whole object.
    Checksum(Algorithm),
    /// By the ETag, which is the MD5 of this object.
    Md5Etag,
    /// Copied on this machine, and read back from both sides.
    Copied,
    /// By their length only, for this reason (R111).
    LengthOnly {
        /// Why, as a sentence.
        why: String,
    },
}

/// A finished download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// The file, mode 0600, in the folder that was given.
    pub path: PathBuf,
    /// The SHA-256 of the whole file, 64 hex digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// How it was compared with the source.
    pub verification: Verification,
    /// The backup as it was read: size, ETag and version are those of the bytes.
    pub backup: Backup,
    /// Whether the object was replaced meanwhile and all began again (R108).
    pub began_again: bool,
}

impl Downloaded {
    /// What is worth saying about the download: R108, R111.
    pub fn findings(&self) -> Vec<Finding> {
        todo!()
    }
}

/// Downloads `backup` into `folder` (made 0700 where it is missing). What an earlier call left there of the same object is
/// used again, after its CRCs were compared; Esc, a lost line or expired credentials therefore cost nothing. The file stays
/// where it is: the caller moves it away.
pub async fn fetch(
    catalog: &dyn Catalog,
    backup: &Backup,
    folder: &Path,
    progress: OnProgress<'_, DownloadStage>,
    cancel: &Cancel,
) -> Result<Downloaded, CatalogError> {
    std::future::ready(()).await;
    let _ = (catalog, backup, folder, progress, cancel);
    todo!()
}
