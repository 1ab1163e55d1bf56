//! Bytes that lie elsewhere and are read range by range: a database in a bucket, seen from where SQLite stands.

use std::io;
use std::ops::Range;

use bytes::Bytes;

/// What one read brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where its first byte lies. It is before the range that was asked for where the source knows no ranges.
    pub from: u64,
    /// The bytes, as many as were asked for unless the whole ends before.
    pub bytes: Bytes,
    /// The size of the whole.
    pub total: u64,
}

/// Something of which ranges can be read. The size comes with each piece, so that nothing has to be asked before.
///
/// A read blocks. It may be called from several threads at once. Its errors hold what really happened: the reader on top,
/// which may only know "cannot be read", hands them back unchanged.
pub trait ReadAt: Send + Sync {
    /// Reads `range`, or what of it there is. A source without ranges may bring all that lies before, too, as long as that
    /// is not more than `most` bytes.
    fn read(&self, range: Range<u64>, most: u64) -> io::Result<Piece>;
}
