//! The first bytes and the length of a file, read before SQLite sees it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;

use super::DatabaseError;

/// What the bytes of a file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFacts {
    /// The length of the file in bytes.
    pub size: u64,
    /// What it looks like.
    pub looks_like: LooksLike,
    /// The fields of the header, when it is an SQLite database.
    pub fields: Option<HeaderFields>,
    /// Fixed bytes that are not as they should be, each a short sentence; empty when all are right.
    pub faults: Vec<String>,
    /// The length compared with what the header says.
    pub length: Length,
}

impl HeaderFacts {
    /// Whether SQLite may see the file: the magic and all fixed bytes are right.
    pub fn is_sqlite(&self) -> bool {
        self.looks_like == LooksLike::Sqlite && self.fields.is_some() && self.faults.is_empty()
    }

    /// Whether the file was in WAL mode: the last transactions may lie in a `-wal` that is not here.
    pub fn is_wal(&self) -> bool {
        self.fields.as_ref().is_some_and(|fields| fields.read_version == 2 || fields.write_version == 2)
    }
}

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LooksLike {
    /// No bytes at all.
    Empty,
    /// An SQLite database.
    Sqlite,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by zstd.
    Zstd,
    /// A zip archive.
    Zip,
    /// A web page.
    Html,
    /// An XML document, such as an error of S3.
    Xml,
    /// A JSON text.
    Json,
    /// Evenly spread bytes in whole pages, as an encrypted database has them (SQLCipher).
    Encrypted,
    /// Only zeros.
    Zeros,
    /// Text of another kind.
    Text,
    /// Something else.
    Unknown,
}

/// How text is stored in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "UTF-16le")]
    Utf16le,
    /// UTF-16, high byte first.
    #[serde(rename = "UTF-16be")]
    Utf16be,
}

/// The fields of the 100-byte header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderFields {
    /// Bytes in a page.
    pub page_size: u32,
    /// Bytes at the end of each page that SQLite leaves alone.
    pub reserved: u8,
    /// 1, or 2 for WAL.
    pub write_version: u8,
    /// 1, or 2 for WAL.
    pub read_version: u8,
    /// Counts changes.
    pub change_counter: u32,
    /// The change counter when `page_count` was written.
    pub version_valid_for: u32,
    /// Pages in the file.
    pub page_count: u32,
    /// Unused pages in the file.
    pub free_pages: u32,
    /// Whether the file is kept short by itself.
    pub auto_vacuum: bool,
    /// How text is stored; `None` in a database that never held anything.
    pub encoding: Option<Encoding>,
    /// The connector's own version of its schema.
    pub user_version: i32,
    /// What kind of file it is, to programs that set it.
    pub application_id: i32,
}

/// The length of a file against what its header says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Length {
    /// The header does not say: its counters disagree, or it is no header.
    NotStated {
        /// Whether the file ends on a page's end, where the page size is known.
        #[serde(rename = "wholePages")]
        whole_pages: bool,
    },
    /// As long as the header says.
    Exact,
    /// Shorter.
    Shorter {
        /// What the header says, in bytes.
        expected: u64,
        /// Bytes that are missing.
        missing: u64,
    },
    /// Longer.
    Longer {
        /// What the header says, in bytes.
        expected: u64,
        /// Bytes behind it.
        extra: u64,
        /// Whether all of them are zero.
        zeros: bool,
        /// The first bytes behind it that are not zero, at most 32.
        starts: Vec<u8>,
    },
}

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Bytes at the beginning of a file that [`of`] looks at.
pub const START: u64 = 4096;

/// Reads the facts. Reads a few KiB, and what lies behind the stated length.
pub fn read(path: &Path) -> Result<HeaderFacts, DatabaseError> {
    let failed = |source| DatabaseError::io("cannot read", path, source);
    let mut file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(START).read_to_end(&mut start).map_err(failed)?;
    let mut facts = of(&start, size);
    if let Length::Longer { expected, zeros, starts, .. } = &mut facts.length {
        *starts = behind(&mut file, *expected).map_err(failed)?;
        *zeros = starts.is_empty();
    }
    Ok(facts)
}

/// The facts of a file of `size` bytes that begins with `start`. What lies behind the stated length is not looked at: it
/// stands there as neither zeros nor anything else.
pub fn of(start: &[u8], size: u64) -> HeaderFacts {
    let looks_like = look(start, size);
    let length = Length::NotStated { whole_pages: false };
    let mut facts = HeaderFacts { size, looks_like, fields: None, faults: Vec::new(), length };
    if looks_like != LooksLike::Sqlite {
        return facts;
    }
    let Some(header) = start.first_chunk::<100>() else {
        facts.faults.push(format!("the header has {} of 100 bytes", start.len()));
        return facts;
    };
    facts.fields = fields(header, &mut facts.faults);
    if let Some(fields) = &facts.fields {
        facts.length = length_of(size, fields);
    }
    facts
}

/// What the first bytes look like.
fn look(start: &[u8], size: u64) -> LooksLike {
    let is = |magic: &[u8]| start.starts_with(magic);
    if size == 0 {
        return LooksLike::Empty;
    }
    // A database that is cut within its magic is still one that ends too early.
    if is(MAGIC) || (start.len() < MAGIC.len() && MAGIC.starts_with(start)) {
        return LooksLike::Sqlite;
    }
    if is(&[0x1f, 0x8b]) {
        return LooksLike::Gzip;
    }
    if is(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return LooksLike::Zstd;
    }
    if is(b"PK\x03\x04") || is(b"PK\x05\x06") {
        return LooksLike::Zip;
    }
    if start.iter().all(|byte| *byte == 0) {
        return LooksLike::Zeros;
    }
    look_at_text(start).unwrap_or(if is_encrypted(start, size) { LooksLike::Encrypted } else { LooksLike::Unknown })
}

/// Text of a known kind, when the first bytes are text at all.
fn look_at_text(start: &[u8]) -> Option<LooksLike> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The end may lie within a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&start[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if valid.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let begin = valid.trim_start().chars().take(64).collect::<String>().to_ascii_lowercase();
    Some(match begin.as_str() {
        text if text.starts_with("<!doctype html") || text.starts_with("<html") => LooksLike::Html,
        text if text.starts_with('<') => LooksLike::Xml,
        text if text.starts_with('{') || text.starts_with('[') => LooksLike::Json,
        _ => LooksLike::Text,
    })
}

/// Whole pages of evenly spread bytes: what SQLCipher writes has no magic and no structure.
fn is_encrypted(start: &[u8], size: u64) -> bool {
    if start.len() < 1024 || !size.is_multiple_of(512) {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in start {
        counts[usize::from(*byte)] += 1;
    }
    let total = start.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum();
    // 1 024 random bytes reach 7.8 bits a byte, text and SQLite pages stay under 7.
    entropy > 7.6
}

fn number(header: &[u8; 100], at: usize) -> u32 {
    header[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn fields(header: &[u8; 100], faults: &mut Vec<String>) -> Option<HeaderFields> {
    let page_size = match u32::from(header[16]) << 8 | u32::from(header[17]) {
        1 => 65_536,
        size => size,
    };
    if !page_size.is_power_of_two() || page_size < 512 {
        faults.push(format!("the page size is {page_size}"));
        return None;
    }
    if header[21..24] != [64, 32, 32] {
        faults.push(format!("bytes 21 to 23 are {:?}, not 64, 32, 32", &header[21..24]));
    }
    for (at, name) in [(18, "write"), (19, "read")] {
        if !matches!(header[at], 1 | 2) {
            faults.push(format!("the {name} version is {}, not 1 or 2", header[at]));
        }
    }
    if page_size - u32::from(header[20]) < 480 {
        faults.push(format!("{} bytes of each page are reserved", header[20]));
    }
    let encoding = match number(header, 56) {
        0 => None,
        1 => Some(Encoding::Utf8),
        2 => Some(Encoding::Utf16le),
        3 => Some(Encoding::Utf16be),
        other => {
            faults.push(format!("the text encoding is {other}, not 1, 2 or 3"));
            None
        }
    };
    Some(HeaderFields {
        page_size,
        reserved: header[20],
        write_version: header[18],
        read_version: header[19],
        change_counter: number(header, 24),
        version_valid_for: number(header, 92),
        page_count: number(header, 28),
        free_pages: number(header, 36),
        auto_vacuum: number(header, 52) != 0,
        encoding,
        user_version: number(header, 60).cast_signed(),
        application_id: number(header, 68).cast_signed(),
    })
}

fn length_of(size: u64, fields: &HeaderFields) -> Length {
    if fields.change_counter != fields.version_valid_for || fields.page_count == 0 {
        return Length::NotStated { whole_pages: size.is_multiple_of(u64::from(fields.page_size)) };
    }
    let expected = u64::from(fields.page_size) * u64::from(fields.page_count);
    match size.checked_sub(expected) {
        None => Length::Shorter { expected, missing: expected - size },
        Some(0) => Length::Exact,
        Some(extra) => Length::Longer { expected, extra, zeros: false, starts: Vec::new() },
    }
}

/// The first bytes from `at` on that are not zero, at most 32.
fn behind(file: &mut File, at: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let got = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..got).filter(|chunk| !chunk.is_empty()) else { return Ok(Vec::new()) };
        let starts = not_zero(chunk);
        if !starts.is_empty() {
            return Ok(starts);
        }
    }
}

/// What begins with the first byte that is not zero, at most 32 bytes.
pub(super) fn not_zero(chunk: &[u8]) -> Vec<u8> {
    chunk.iter().skip_while(|byte| **byte == 0).take(32).copied().collect()
}

#[cfg(test)]
mod tests;
