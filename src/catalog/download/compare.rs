//! Reading a finished download back, and comparing it with what the source says.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Verification;
use super::meter::Meter;
use crate::catalog::checksum::Hasher;
use crate::catalog::{Algorithm, CatalogError, Head};
use crate::progress::Cancel;
use crate::text::hex;

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// What the source offers to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Witness {
    /// A checksum of the whole object.
    Digest(Algorithm, Vec<u8>),
    /// Nothing, for this reason.
    None(String),
}

impl Witness {
    /// The strongest that the head names.
    pub(super) fn of(head: &Head) -> Self {
        let md5 = || head.backup.etag.as_deref().filter(|_| head.etag_is_md5).and_then(unhex);
        match &head.checksum {
            Some(checksum) if !checksum.composite => Self::Digest(checksum.algorithm, checksum.digest.clone()),
            other => match (md5(), other) {
                (Some(digest), _) => Self::Digest(Algorithm::Md5, digest),
                (None, Some(_)) => {
                    Self::None("The object was uploaded in parts, and its checksum is one of the parts.".to_owned())
                }
                (None, None) if head.backup.etag.is_none() => Self::None("The source names no checksum.".to_owned()),
                (None, None) => {
                    Self::None("The object has no checksum; it was uploaded in parts, or encrypted by KMS.".to_owned())
                }
            },
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

/// Reads all of `file` once: its SHA-256, after it was compared with the witness.
pub(super) fn compare(
    file: &File,
    path: &Path,
    size: u64,
    witness: &Witness,
    meter: &Meter,
    cancel: &Cancel,
) -> Result<(String, Verification), CatalogError> {
    let failed = |error: io::Error| CatalogError::reading(path, error);
    let length = file.metadata().map_err(failed)?.len();
    if length != size {
        return Err(CatalogError::Length { announced: size, came: length });
    }
    let mut whole = Hasher::new(Algorithm::Sha256);
    // A SHA-256 of the source is computed anyway.
    let mut second = match witness {
        Witness::Digest(algorithm, _) if *algorithm != Algorithm::Sha256 => Some(Hasher::new(*algorithm)),
        _ => None,
    };
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < size {
        cancel.check()?;
        let read = match file.read_at(&mut piece, at) {
            Ok(0) => return Err(CatalogError::Length { announced: size, came: at }),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let bytes = &piece[..read];
        whole.update(bytes);
        if let Some(second) = &mut second {
            second.update(bytes);
        }
        at += read as u64;
        meter.more(read as u64);
    }
    let sha256 = whole.finish();
    let verification = match witness {
        Witness::None(why) => Verification::LengthOnly { why: why.clone() },
        Witness::Digest(algorithm, expected) => {
            let found = second.map_or_else(|| sha256.clone(), Hasher::finish);
            if found != *expected {
                let (by, expected, found) = (algorithm.name().to_owned(), hex(expected), hex(&found));
                return Err(CatalogError::Corrupt { by, expected, found });
            }
            if *algorithm == Algorithm::Md5 { Verification::Md5Etag } else { Verification::Checksum(*algorithm) }
        }
    };
    Ok((hex(&sha256), verification))
}
