//! Looks into one backup, by a few ranged requests or by all of its bytes, and makes its line.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::{Candidate, Line};
use crate::catalog::download::{self, Verification};
use crate::catalog::levels::is_far_smaller;
use crate::catalog::remote::Remote;
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::database;
use crate::finding::Severity::{Block, Warn};
use crate::finding::{self, Code, Finding, Verdict};
use crate::progress::Cancel;
use crate::restore::assess::{self, Clock};
use crate::restore::documents::{BackupDocument, IdentityDocument, SCHEMA, findings};
use crate::restore::facts::{Fact, Facts, KeyFacts};
use crate::restore::peek::{self, Peek};
use crate::text;

/// What all looks share.
pub struct Looker {
    /// The source.
    pub catalog: Arc<dyn Catalog>,
    /// Stops all looks.
    pub cancel: Cancel,
    /// Tells the time, and what is old.
    pub clock: Box<dyn Fn() -> Clock + Send + Sync>,
    /// Where backups are downloaded to, one at a time and not to stay; none to peek only.
    pub scratch: Option<PathBuf>,
    /// Codes that somebody accepted.
    pub accepted: Vec<Code>,
}

/// What one look told.
struct Told {
    backup: Backup,
    sha256: Option<String>,
    identity: IdentityDocument,
    newest: Option<jiff::Timestamp>,
    unknown: Option<&'static str>,
    findings: Vec<Finding>,
}

/// Looks into a backup.
///
/// # Errors
/// What keeps every other backup from being looked into, too; what is about this one is a finding in its line.
pub async fn look(looker: &Arc<Looker>, candidate: Candidate, versions_seen: bool) -> Result<Line, CatalogError> {
    let id = candidate.id(looker.scratch.is_some());
    let now = (looker.clock)();
    let (told, looked) = if candidate.backup.deleted {
        (only_deleted(&candidate), true)
    } else {
        match of_newest(looker, &candidate).await {
            Ok(told) => (told, true),
            Err(error) => match error.finding(now.now) {
                Some(finding) if !is_of_all(&error) => (unread(&candidate, finding), false),
                _ => return Err(error),
            },
        }
    };
    let mut found = told.findings;
    found.extend(shrunk_before(&candidate, &found));
    finding::sort(&mut found);
    let mut not_checked = match (&looker.scratch, looked) {
        (Some(_), true) => Vec::new(),
        _ => vec!["checksum".into(), "integrity".into(), "events".into()],
    };
    if !versions_seen {
        not_checked.push("versions".into());
    }
    Ok(Line {
        schema: SCHEMA,
        id,
        at: now.now,
        backup: BackupDocument::new(&told.backup, told.sha256.as_deref()),
        identity: told.identity,
        newest_event: told.newest,
        looked,
        unknown: told.unknown.map(Into::into),
        not_checked,
        verdict: Verdict::of(&found),
        findings: findings(&found, |finding| looker.accepted.contains(&finding.code)),
    })
}

/// Whether the next backup would meet the same error: then nobody asks on.
fn is_of_all(error: &CatalogError) -> bool {
    match error {
        CatalogError::Cancelled | CatalogError::NoSource { .. } | CatalogError::Region { .. } => true,
        error => error.needs_credentials(),
    }
}

/// What is newest when it is looked into: a connector may upload meanwhile.
async fn of_newest(looker: &Arc<Looker>, candidate: &Candidate) -> Result<Told, CatalogError> {
    match once(looker, candidate.clone()).await {
        Err(CatalogError::Replaced { .. }) if !candidate.backup.is_fixed() => {
            let named = Backup { etag: None, modified: None, ..candidate.backup.clone() };
            once(looker, Candidate { backup: named, ..candidate.clone() }).await
        }
        other => other,
    }
}

async fn once(looker: &Arc<Looker>, candidate: Candidate) -> Result<Told, CatalogError> {
    match looker.scratch.clone() {
        Some(scratch) => downloaded(looker, candidate, scratch).await,
        None => peeked(looker, candidate).await,
    }
}

async fn peeked(looker: &Arc<Looker>, candidate: Candidate) -> Result<Told, CatalogError> {
    let looker = Arc::clone(looker);
    let handle = tokio::runtime::Handle::current();
    let peek = blocking(move || {
        let (catalog, cancel) = (Arc::clone(&looker.catalog), looker.cancel.clone());
        let remote = Arc::new(Remote::new(catalog, candidate.backup.clone(), handle, cancel));
        peek::peek_beside(&remote, Fact::Known(candidate.beside()), candidate.taken(), (looker.clock)(), &looker.cancel)
    });
    let peek: Peek = peek.await?;
    Ok(Told {
        identity: IdentityDocument::of_file(peek.file(), peek.old.map(|old| (old.hub, old.connector))),
        newest: peek.newest(),
        unknown: peek.unknown(),
        sha256: None,
        backup: peek.backup,
        findings: peek.findings,
    })
}

/// All of it is read: the download is compared with the bucket, inspected, and deleted.
async fn downloaded(looker: &Arc<Looker>, candidate: Candidate, scratch: PathBuf) -> Result<Told, CatalogError> {
    let folder = tempfile::tempdir_in(&scratch).map_err(|error| CatalogError::writing(scratch, error))?;
    let mut unheard = |_| {};
    let (catalog, cancel) = (looker.catalog.as_ref(), &looker.cancel);
    let fetched = download::fetch(catalog, &candidate.backup, folder.path(), &mut unheard, cancel).await?;
    let looker = Arc::clone(looker);
    blocking(move || {
        // It goes when this ends.
        let _folder = folder;
        let file = database::inspect(&fetched.path, &looker.cancel, &mut |_| {}).map_err(|error| {
            if error.is_cancelled() {
                return CatalogError::Cancelled;
            }
            CatalogError::reading(fetched.path.clone(), std::io::Error::other(text::printable(&error.to_string())))
        })?;
        let backup = fetched.backup.clone();
        let place = backup.place.as_ref();
        let key = KeyFacts {
            org: place.map(|place| place.org.clone()),
            ids: place.map(|place| (place.hub, place.connector)),
            modified: backup.modified,
            size: fetched.size,
            unverified: match &fetched.verification {
                Verification::LengthOnly { why } => Some(why.clone()),
                _ => None,
            },
            taken: candidate.taken(),
            kept_at: None,
        };
        let facts = Facts {
            key: Fact::Known(key),
            file: Fact::Known(file),
            bucket: Fact::Known(candidate.beside()),
            ..Facts::default()
        };
        let file = facts.file.known();
        let old = assess::old_ids(&facts).map(|old| (old.hub, old.connector));
        Ok(Told {
            identity: file.map(|file| IdentityDocument::of_file(file, old)).unwrap_or_default(),
            newest: file.and_then(|file| file.newest.as_ref()).map(|newest| newest.at),
            unknown: None,
            findings: assess::inspect(&facts, (looker.clock)()),
            sha256: Some(fetched.sha256),
            backup,
        })
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CatalogError> + Send + 'static,
) -> Result<T, CatalogError> {
    let ended = spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(CatalogError::reading("a backup", std::io::Error::other(error))))
}

/// A file of which nothing but a delete marker is left.
fn only_deleted(candidate: &Candidate) -> Told {
    let at = candidate.deleted.map_or_else(String::new, |at| format!(" on {}", text::moment(at)));
    let detail = format!("The backup was deleted{at}, and no older version is left.");
    let finding = Finding::new(Code::R117, Block, detail)
        .why("There is nothing to restore.")
        .remedy("Look for a copy elsewhere. Restart the connector, if it still runs: it uploads a new backup.");
    unread(candidate, finding)
}

fn unread(candidate: &Candidate, finding: Finding) -> Told {
    let place = candidate.backup.place.as_ref();
    let identity = IdentityDocument {
        hub: place.map(|place| place.hub),
        connector: place.map(|place| place.connector),
        ..IdentityDocument::default()
    };
    let backup = candidate.backup.clone();
    Told { backup, sha256: None, identity, newest: None, unknown: None, findings: vec![finding] }
}

/// R115 where the emptied connector has uploaded more than once: the version before is as small.
fn shrunk_before(candidate: &Candidate, found: &[Finding]) -> Option<Finding> {
    let largest = candidate.largest.as_ref()?;
    let size = candidate.backup.size;
    let said = candidate.backup.deleted || found.iter().any(|finding| finding.code == Code::R115);
    (!said && is_far_smaller(size, largest.size)).then(|| {
        let of = largest.modified.map_or_else(String::new, |at| format!(", of {},", text::moment(at)));
        let (now, then) = (text::size(size), text::size(largest.size));
        Finding::new(Code::R115, Warn, format!("This version has {now}; an older one{of} has {then}."))
            .why("An emptied connector has probably written over the backup.")
            .remedy("Look at the older version; accept only if the data was deleted on purpose.")
    })
}
