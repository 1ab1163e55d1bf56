//! SHA-256 of whole files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::progress::Cancel;
use crate::text;

use super::DatabaseError;

/// The digest of a file in hex; `on_bytes` hears how many bytes were read so far.
pub(super) fn sha256(path: &Path, cancel: &Cancel, mut on_bytes: impl FnMut(u64)) -> Result<String, DatabaseError> {
    let failed = |source| DatabaseError::io("cannot read", path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; 256 << 10];
    let (mut digest, mut done) = (Sha256::new(), 0);
    loop {
        cancel.check()?;
        let got = file.read(&mut buffer).map_err(failed)?;
        if got == 0 {
            return Ok(text::hex(&digest.finalize()));
        }
        digest.update(&buffer[..got]);
        done += got as u64;
        on_bytes(done);
    }
}
