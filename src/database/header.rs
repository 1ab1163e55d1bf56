//! The first bytes and the length of a file, read before SQLite sees it.

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

/// Reads the facts. Reads a few KiB, and what lies behind the stated length.
pub fn read(path: &Path) -> Result<HeaderFacts, DatabaseError> {
    let _ = path;
    todo!()
}
