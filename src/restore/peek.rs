//! A look into a backup that stays where it is: whose it is, how new, how large. Of the findings of an inspection it makes
//! those that such a look can prove; whether the file is sound stays unknown, and is never said.

use std::sync::Arc;

use jiff::Timestamp;

use super::assess::{self, Clock, OldIds};
use super::facts::{BucketFacts, Fact, Facts, KeyFacts, Taken};
use crate::catalog::remote::Remote;
use crate::catalog::{Backup, CatalogError};
use crate::database::source_json::SourceJson;
use crate::database::{self, DatabaseError, FileFacts, Peeked};
use crate::finding::{Finding, Severity};
use crate::progress::Cancel;
use crate::ranges::ReadAt;
use crate::text::Untrusted;

/// What a look told.
#[derive(Debug, Clone)]
pub struct Peek {
    /// The backup as it was read.
    pub backup: Backup,
    /// What was seen of it.
    pub seen: Peeked,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The IDs that it is a backup of.
    pub old: Option<OldIds>,
    /// Requests that it took.
    pub requests: u32,
    /// Bytes that came.
    pub bytes: u64,
}

/// Looks into a backup. Blocks; called on a worker.
pub fn peek(remote: &Arc<Remote>, clock: Clock, cancel: &Cancel) -> Result<Peek, CatalogError> {
    peek_beside(remote, Fact::default(), Taken::Named, clock, cancel)
}

/// The same where it is known what lies beside the backup, and how it came to be the one.
pub fn peek_beside(
    remote: &Arc<Remote>,
    beside: Fact<BucketFacts>,
    taken: Taken,
    clock: Clock,
    cancel: &Cancel,
) -> Result<Peek, CatalogError> {
    let source: Arc<dyn ReadAt> = Arc::clone(remote) as Arc<dyn ReadAt>;
    let seen = database::peek(source, cancel).map_err(|error| of_source(error, remote))?;
    let backup = remote.backup();
    let place = backup.place.as_ref();
    let key = KeyFacts {
        org: place.map(|place| place.org.clone()),
        ids: place.map(|place| (place.hub, place.connector)),
        modified: backup.modified,
        size: seen.file.header.size,
        // Nothing was compared, and nothing is said of it: a download does that.
        unverified: None,
        taken,
        kept_at: None,
    };
    let file = Fact::Known(seen.file.clone());
    let facts = Facts { key: Fact::Known(key), file, bucket: beside, ..Facts::default() };
    let findings = assess::peek(&facts, seen.rows_seen, clock);
    let (requests, bytes) = remote.spent();
    Ok(Peek { old: assess::old_ids(&facts), backup, seen, findings, requests, bytes })
}

impl Peek {
    /// The entry of the connector that it is a backup of.
    pub fn source(&self) -> Option<&SourceJson> {
        self.old.and_then(|old| self.seen.file.source(old.hub, old.connector))
    }

    /// The connector's name.
    pub fn name(&self) -> Option<&Untrusted> {
        self.source().and_then(|source| source.name.as_ref())
    }

    /// The connector's type.
    pub fn kind(&self) -> Option<&Untrusted> {
        self.source().and_then(|source| source.kind.as_ref().or(source.source_type.as_ref()))
    }

    /// The newest event.
    pub fn newest(&self) -> Option<Timestamp> {
        self.seen.file.newest.as_ref().map(|newest| newest.at)
    }

    /// What keeps it from being restored, as far as was seen.
    pub fn block(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Block)
    }

    /// Why less was seen than was looked for, as a sentence.
    pub fn unknown(&self) -> Option<&'static str> {
        self.seen.spent.then_some("It would take too much to read without a download.")
    }

    /// Whether there is a journal beside it on its hub: the file is in WAL mode.
    pub fn journal_mode(&self) -> Option<&'static str> {
        let header = &self.seen.file.header;
        header.is_sqlite().then(|| if header.is_wal() { "wal" } else { "delete" })
    }

    /// The file.
    pub fn file(&self) -> &FileFacts {
        &self.seen.file
    }
}

/// The error of the source, as it was before it went through SQLite.
pub(super) fn of_source(error: DatabaseError, remote: &Remote) -> CatalogError {
    let other = |why: String| CatalogError::Unreadable { why: crate::text::printable(&why) };
    match error {
        DatabaseError::Cancelled(_) => CatalogError::Cancelled,
        DatabaseError::Remote(error) => {
            let why = error.to_string();
            let inner = error.into_inner().and_then(|inner| inner.downcast::<CatalogError>().ok());
            inner.map_or_else(|| other(format!("{}: {why}.", remote.backup().address())), |inner| *inner)
        }
        error => other(format!("{}: {error}.", remote.backup().address())),
    }
}
