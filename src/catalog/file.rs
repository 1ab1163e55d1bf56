//! One backup file as a source, and what files and folders share.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;

use super::layout::parse_path;
use super::{Backup, Body, Catalog, CatalogError, Check, Head, Listing, OnCheck, Outcome, Page, Pinned, Seen, Token};
use crate::text::{printable, size};

/// Bytes that are read at once.
const CHUNK: u64 = 256 * 1024;

/// One file as a source: its only key is its path.
pub(super) struct File {
    path: PathBuf,
    source: String,
    key: String,
}

impl File {
    pub(super) fn new(path: &Path) -> Result<Self, CatalogError> {
        // A link is followed here, once: this path was typed by the person.
        let path = fs::canonicalize(path).map_err(|error| CatalogError::reading(path, error))?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let source = printable(&folder.display().to_string());
        let Some(key) = path.to_str().map(str::to_owned) else {
            return Err(CatalogError::Unreadable { why: "The path is not UTF-8.".to_owned() });
        };
        Ok(Self { path, source, key })
    }

    fn open(&self) -> Result<(fs::File, fs::Metadata), CatalogError> {
        let failed = |error| CatalogError::reading(&self.path, error);
        // A pipe in its place would block for ever: it is looked at before it is opened.
        if !fs::metadata(&self.path).map_err(failed)?.is_file() {
            return Err(CatalogError::Missing { what: format!("the file {}", printable(&self.key)) });
        }
        let file = fs::File::open(&self.path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        Ok((file, metadata))
    }

    fn backup(&self, metadata: &fs::Metadata) -> Backup {
        let named = Backup::named(&self.source, "", &self.key);
        Backup { place: parse_path(&self.path), size: metadata.len(), modified: modified(metadata), ..named }
    }

    fn is_mine(&self, key: &str) -> Result<(), CatalogError> {
        if key == self.key { Ok(()) } else { Err(CatalogError::Missing { what: printable(key) }) }
    }
}

#[async_trait]
impl Catalog for File {
    fn describe(&self) -> String {
        printable(&self.key)
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    fn checks(&self) -> &'static [Check] {
        &[Check::File]
    }

    async fn check(&self, now: Timestamp, report: OnCheck<'_>) {
        match self.open() {
            Ok((_, metadata)) => report(Check::File, Outcome::Good(format!("readable, {}", size(metadata.len())))),
            Err(error) => {
                if let Some(finding) = error.finding(now) {
                    report(Check::File, Outcome::Failed(Box::new(finding)));
                }
            }
        }
    }

    /// The one file; there is no layout around it, so nothing lies below any prefix.
    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        let (_, metadata) = self.open()?;
        if !listing.prefix.is_empty() {
            return Ok(Page::default());
        }
        Ok(Page { objects: vec![self.backup(&metadata)], ..Page::default() })
    }

    async fn versions(&self, _: &str, _: Option<&Token>) -> Result<Page, CatalogError> {
        Err(version_error("A file has no versions."))
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        self.is_mine(key)?;
        if version.is_some() {
            return Err(version_error("A file has no versions."));
        }
        let (_, metadata) = self.open()?;
        Ok(Head { backup: self.backup(&metadata), checksum: None, etag_is_md5: false, archived: None })
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>, _: &Pinned) -> Result<Body, CatalogError> {
        self.is_mine(key)?;
        body(self.open()?.0, self.path.clone(), range)
    }

    fn open_local(&self, key: &str) -> Option<Result<fs::File, CatalogError>> {
        Some(self.is_mine(key).and_then(|()| self.open()).map(|(file, _)| file))
    }
}

/// A source that keeps no versions was asked for them.
pub(super) fn version_error(why: &str) -> CatalogError {
    CatalogError::Refused { what: "the versions".to_owned(), said: why.to_owned() }
}

/// When a file was written.
pub(super) fn modified(metadata: &fs::Metadata) -> Option<Timestamp> {
    metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok())
}

/// The bytes of an open file, a chunk at a time.
pub(super) fn body(mut file: fs::File, path: PathBuf, range: Option<Range<u64>>) -> Result<Body, CatalogError> {
    let metadata = file.metadata().map_err(|error| CatalogError::reading(&path, error))?;
    let (total, seen) = (metadata.len(), Seen { modified: modified(&metadata), ..Seen::default() });
    let range = range.map_or(0..total, |range| range.start.min(total)..range.end.min(total));
    file.seek(SeekFrom::Start(range.start)).map_err(|error| CatalogError::reading(&path, error))?;
    let left = range.end.saturating_sub(range.start);
    let chunks = std::iter::successors(Some(left), |left| Some(left.saturating_sub(CHUNK)));
    let chunks = chunks.take_while(|left| *left > 0).map(move |left| {
        let mut chunk = Vec::new();
        let read = file.by_ref().take(left.min(CHUNK)).read_to_end(&mut chunk);
        read.map(|_| Bytes::from(chunk)).map_err(|error| CatalogError::reading(&path, error))
    });
    Ok(Body { range, total: Some(total), seen, bytes: futures::stream::iter(chunks).boxed() })
}
