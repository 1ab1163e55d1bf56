//! Reading a download from its beginning, and comparing it with what the source says.

use std::io;
use std::os::unix::fs::FileExt;

use super::Verification;
use super::meter::Meter;
use super::partial::Partial;
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
    /// A checksum of the digests of the parts, which have these sizes.
    Parts(Algorithm, Vec<u8>, Vec<u64>),
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

/// What is computed beside the SHA-256: a digest of all bytes, or one of the digests of their parts.
struct Second {
    algorithm: Algorithm,
    /// Of the bytes, or of the present part's.
    bytes: Hasher,
    parts: Option<Parts>,
}

/// How far it is with the parts.
struct Parts {
    /// Sizes of the parts after the present one, the last one first.
    to_come: Vec<u64>,
    /// Bytes of the present part that are still to come.
    left: u64,
    digests: Hasher,
}

impl Second {
    fn whole(algorithm: Algorithm) -> Self {
        Self { algorithm, bytes: Hasher::new(algorithm), parts: None }
    }

    fn of_parts(algorithm: Algorithm, sizes: &[u64]) -> Self {
        let mut to_come: Vec<u64> = sizes.iter().rev().copied().collect();
        let left = to_come.pop().unwrap_or_default();
        let parts = Parts { to_come, left, digests: Hasher::new(algorithm) };
        Self { parts: Some(parts), ..Self::whole(algorithm) }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        let Some(parts) = &mut self.parts else { return self.bytes.update(bytes) };
        while !bytes.is_empty() {
            if parts.left == 0 {
                let Some(next) = parts.to_come.pop() else { return };
                let part = std::mem::replace(&mut self.bytes, Hasher::new(self.algorithm));
                parts.digests.update(&part.finish());
                parts.left = next;
                continue;
            }
            let take = usize::try_from(parts.left).unwrap_or(usize::MAX).min(bytes.len());
            let (now, later) = bytes.split_at(take);
            self.bytes.update(now);
            parts.left -= take as u64;
            bytes = later;
        }
    }

    fn finish(self) -> Vec<u8> {
        let last = self.bytes.finish();
        match self.parts {
            None => last,
            Some(mut parts) => {
                parts.digests.update(&last);
                parts.digests.finish()
            }
        }
    }
}

/// Reads the whole download once, from its beginning, as far as it is there, and waits for the rest: its SHA-256, after it was
/// compared with the witness. It runs beside the download, so that little is left to do after the last byte.
pub(super) fn compare(
    partial: &Partial,
    size: u64,
    witness: &Witness,
    meter: &Meter,
    cancel: &Cancel,
) -> Result<(String, Verification), CatalogError> {
    let failed = |error: io::Error| CatalogError::reading(partial.path(), error);
    let mut whole = Hasher::new(Algorithm::Sha256);
    // A SHA-256 of the source is computed anyway.
    let mut second = match witness {
        Witness::Digest(algorithm, _) if *algorithm != Algorithm::Sha256 => Some(Second::whole(*algorithm)),
        Witness::Parts(algorithm, _, sizes) => Some(Second::of_parts(*algorithm, sizes)),
        _ => None,
    };
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    let _reading = partial.arrived().begin_to_read();
    let mut digest = |bytes: &[u8]| {
        whole.update(bytes);
        if let Some(second) = &mut second {
            second.update(bytes);
        }
        meter.compared(bytes.len() as u64);
        bytes.len() as u64
    };
    while at < size {
        let here = partial.arrived().beyond(at, cancel)?;
        let end = match partial.fresh().take(at) {
            Ok(pieces) => {
                at += pieces.iter().map(|piece| digest(piece)).sum::<u64>();
                continue;
            }
            Err(next) => next.unwrap_or(here).min(here),
        };
        let most = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
        let read = match partial.data().read_at(&mut piece[..most], at) {
            Ok(0) => return Err(CatalogError::Length { announced: size, came: at }),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        at += digest(&piece[..read]);
    }
    let length = partial.data().metadata().map_err(failed)?.len();
    if length != size {
        return Err(CatalogError::Length { announced: size, came: length });
    }
    let sha256 = whole.finish();
    let verification = match witness {
        Witness::None(why) => Verification::LengthOnly { why: why.clone() },
        Witness::Digest(algorithm, expected) | Witness::Parts(algorithm, expected, _) => {
            let found = second.map_or_else(|| sha256.clone(), Second::finish);
            if found != *expected {
                let (by, expected, found) = (algorithm.name().to_owned(), hex(expected), hex(&found));
                return Err(CatalogError::Corrupt { by, expected, found });
            }
            match (witness, algorithm) {
                (Witness::Parts(..), _) => Verification::Parts(*algorithm),
                (_, Algorithm::Md5) => Verification::Md5Etag,
                _ => Verification::Checksum(*algorithm),
            }
        }
    };
    Ok((hex(&sha256), verification))
}
