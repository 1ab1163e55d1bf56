//! A copy of a backup that lies on this machine. The original is only read.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::meter::Meter;
use super::partial::Partial;
use crate::catalog::checksum::Hasher;
use crate::catalog::{Algorithm, Backup, CatalogError};
use crate::progress::Cancel;

/// Bytes that are copied at once.
const PIECE: usize = 256 * 1024;

/// Copies all bytes, and answers the SHA-256 of what was read. A file that changes meanwhile is not a backup at rest.
pub(super) fn copy(
    original: &File,
    backup: &Backup,
    partial: &Partial,
    meter: &Meter,
    cancel: &Cancel,
) -> Result<Vec<u8>, CatalogError> {
    let failed = |error: io::Error| CatalogError::reading(backup.key.raw(), error);
    let before = original.metadata().map_err(failed)?;
    let mut digest = Hasher::new(Algorithm::Sha256);
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    loop {
        cancel.check()?;
        let read = match original.read_at(&mut piece, at) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let bytes = &piece[..read];
        partial.data().write_all_at(bytes, at).map_err(|error| CatalogError::writing(partial.path(), error))?;
        digest.update(bytes);
        at += read as u64;
        meter.more(read as u64);
        if at > backup.size {
            break;
        }
    }
    let after = original.metadata().map_err(failed)?;
    let state = |metadata: &Metadata| {
        (metadata.size(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
    };
    if at != backup.size || state(&before) != state(&after) {
        return Err(CatalogError::Replaced { key: backup.address() });
    }
    Ok(digest.finish())
}
