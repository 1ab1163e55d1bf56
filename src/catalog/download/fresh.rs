//! What was just written stays in memory for a moment: who reads the download from its beginning need not ask the disk for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Bytes that are held at most; what comes beyond is read from the file.
const MOST: u64 = 16 * 1024 * 1024;

/// Pieces that were written, and not read yet.
#[derive(Default)]
pub(super) struct Fresh(Mutex<Held>);

#[derive(Default)]
struct Held {
    /// Somebody reads, so that holding is of use.
    read: bool,
    /// By where they begin.
    pieces: BTreeMap<u64, Vec<Bytes>>,
    bytes: u64,
}

fn length(pieces: &[Bytes]) -> u64 {
    pieces.iter().map(|piece| piece.len() as u64).sum()
}

impl Fresh {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on somebody reads, from the beginning on.
    pub(super) fn is_read(&self) {
        self.held().read = true;
    }

    /// These pieces were written from `at` on.
    pub(super) fn written(&self, at: u64, pieces: Vec<Bytes>) {
        let (mut held, length) = (self.held(), length(&pieces));
        if held.read && held.bytes + length <= MOST {
            held.bytes += length;
            held.pieces.insert(at, pieces);
        }
    }

    /// The pieces that begin at `at`; or else where the next ones begin. What lies before is not held any longer.
    pub(super) fn take(&self, at: u64) -> Result<Vec<Bytes>, Option<u64>> {
        let mut held = self.held();
        while let Some(first) = held.pieces.first_entry().filter(|first| *first.key() <= at) {
            let (from, pieces) = first.remove_entry();
            held.bytes -= length(&pieces);
            if from == at {
                return Ok(pieces);
            }
        }
        Err(held.pieces.first_key_value().map(|(from, _)| *from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_held_while_there_is_room_and_somebody_reads() {
        let fresh = Fresh::default();
        let piece = || vec![Bytes::from(vec![1; 1024 * 1024])];
        fresh.written(0, piece());
        assert_eq!(fresh.take(0), Err(None), "nobody reads");
        fresh.is_read();
        for at in (0..20).rev() {
            fresh.written(at * 1024 * 1024, piece());
        }
        assert_eq!(fresh.held().bytes, MOST);
        let first = 4 * 1024 * 1024;
        assert_eq!(fresh.take(0), Err(Some(first)));
        assert_eq!(fresh.take(first), Ok(piece()));
        // Whoever read past the beginning of a piece needs it no more.
        assert_eq!(fresh.take(2 * first + 1), Err(Some(2 * first + 1024 * 1024)));
        assert_eq!(fresh.held().bytes, 11 * 1024 * 1024);
    }
}
