//! A made-up bucket behind the same trait as the real ones, for `reseat demo`: nothing of it is on a network.
//!
//! What lies in it is described in `assets/demo/world.toml`. Its files are made when they are asked for first, and are the
//! same for the same start.

mod made;
pub mod script;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;

use self::made::{Made, Object};
use self::script::{Fault, Script};
use super::error::Archived;
use super::{
    Algorithm, Backup, Body, Catalog, CatalogError, Check, Checksum, Head, Listing, OnCheck, Outcome, Page, Pinned,
    Seen, Token, layout,
};

/// How much is sent at once, and how long that takes: so that a download is seen.
const CHUNK: u64 = 64 * 1024;
const PACE: Duration = Duration::from_millis(15);

/// The storage class of what is archived.
const ARCHIVE: &str = "DEEP_ARCHIVE";

/// How long each check takes, so that rows are seen to end one by one.
const CHECK: Duration = Duration::from_millis(250);

/// The made-up bucket.
#[derive(Clone)]
pub struct Demo {
    folder: PathBuf,
    source: String,
    /// By key, newest version first.
    objects: Arc<Vec<Object>>,
}

impl Demo {
    /// The bucket as it is at `start`. Its files are made in `folder`, which must be there.
    pub fn new(script: &Script, folder: &Path, start: Timestamp) -> Self {
        let mut objects = Vec::new();
        for stored in &script.backup {
            let (hub, connector) = (stored.hub.to_string(), stored.connector.to_string());
            let key = format!("{}sqlite.db", layout::folder_of("", &stored.organisation, &hub, &connector));
            objects.extend(stored.versions.iter().map(|version| Object::of(stored, *version, &key, start)));
        }
        objects.extend(script.other.iter().map(|other| Object::other(&other.key, other.size, other.hours, start)));
        // Stable: the versions of a key stay in their order.
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        let source = format!("s3://{}", script.bucket);
        Self { folder: folder.to_owned(), source, objects: Arc::new(objects) }
    }

    /// Makes all files, so that nobody has to wait for one later. Stops as soon as `go_on` says no.
    pub fn prepare(&self, go_on: &dyn Fn() -> bool) {
        for object in self.objects.iter().filter(|_| go_on()) {
            // Whoever asks for it again is told what went wrong.
            let _ = object.made(&self.folder);
        }
    }

    async fn made(&self, object: &Object) -> Result<Made, CatalogError> {
        let (object, folder) = (object.clone(), self.folder.clone());
        let lost = |_| CatalogError::Missing { what: "the made-up file".to_owned() };
        tokio::task::spawn_blocking(move || object.made(&folder)).await.map_err(lost)?
    }

    /// The objects of a key, newest version first.
    fn versions_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(move |object| object.key == key)
    }

    /// What a read gets: the version that is named, or the newest.
    fn find<'a>(&'a self, key: &'a str, version: Option<&str>) -> Result<&'a Object, CatalogError> {
        let found = match version {
            Some(version) => self.versions_of(key).find(|object| object.version == version),
            None => self.versions_of(key).next(),
        };
        let missing = || CatalogError::Missing { what: format!("the object {}", crate::text::printable(key)) };
        found.filter(|object| object.fault != Some(Fault::Deleted)).ok_or_else(missing)
    }

    fn archived(&self, object: &Object) -> Archived {
        Archived {
            bucket: self.source.trim_start_matches("s3://").to_owned(),
            key: object.key.clone(),
            version: Some(object.version.clone()),
            class: ARCHIVE.to_owned(),
            on_its_way: false,
            options: Vec::new(),
        }
    }

    async fn backup(&self, object: &Object) -> Result<Backup, CatalogError> {
        let deleted = object.fault == Some(Fault::Deleted);
        let newest = self.versions_of(&object.key).next().is_some_and(|newest| newest.version == object.version);
        let size = if deleted { 0 } else { self.made(object).await?.size };
        Ok(Backup {
            size,
            modified: Some(object.written),
            etag: (!deleted).then(|| object.etag()),
            version: Some(object.version.clone()),
            latest: newest,
            deleted,
            storage_class: (object.fault == Some(Fault::Archived)).then(|| ARCHIVE.to_owned()),
            has_checksum: !deleted,
            ..Backup::named(&self.source, "", &object.key)
        })
    }
}

#[async_trait]
impl Catalog for Demo {
    fn describe(&self) -> String {
        self.source.clone()
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    fn checks(&self) -> &'static [Check] {
        &[Check::Credentials, Check::Clock, Check::Bucket]
    }

    async fn check(&self, _now: Timestamp, report: OnCheck<'_>) {
        let said = [
            (Check::Credentials, "none are needed: this bucket is made up"),
            (Check::Clock, "the clock of this machine"),
            (Check::Bucket, "made up: it answers, and it keeps versions"),
        ];
        for (check, _) in &said[1..] {
            report(*check, Outcome::Waits("waits for the credentials".to_owned()));
        }
        for (check, said) in said {
            report(check, Outcome::Runs("looks".to_owned()));
            tokio::time::sleep(CHECK).await;
            report(check, Outcome::Good(said.to_owned()));
        }
    }

    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        let limit = listing.limit.map_or(1000, usize::from);
        let after = listing.from.map(|token| token.key.as_str());
        let mut seen = BTreeSet::new();
        let mut page = Page::default();
        let fits = |object: &&Object| object.key.starts_with(listing.prefix);
        for object in self.objects.iter().filter(fits) {
            let rest = &object.key[listing.prefix.len()..];
            let folded = rest.find('/').filter(|_| listing.delimiter);
            let entry = folded.map_or(object.key.as_str(), |at| &object.key[..=listing.prefix.len() + at]);
            if !seen.insert(entry) || after.is_some_and(|after| entry <= after) {
                continue;
            }
            if folded.is_none() && object.fault == Some(Fault::Deleted) {
                // A listing does not show what is deleted, nor what is behind the marker.
                continue;
            }
            if page.prefixes.len() + page.objects.len() == limit {
                let last = seen.iter().rev().nth(1).map_or_else(String::new, |last| (*last).to_owned());
                page.next = Some(Token { key: last, version: None });
                break;
            }
            match folded {
                Some(_) => page.prefixes.push(entry.into()),
                None => page.objects.push(Backup { version: None, ..self.backup(object).await? }),
            }
        }
        Ok(page)
    }

    async fn versions(&self, prefix: &str, from: Option<&Token>) -> Result<Page, CatalogError> {
        let mut page = Page::default();
        // All of them fit on the first page.
        for object in self.objects.iter().filter(|object| from.is_none() && object.key.starts_with(prefix)) {
            page.objects.push(self.backup(object).await?);
        }
        Ok(page)
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        let object = self.find(key, version)?;
        let made = self.made(object).await?;
        let checksum = Checksum { algorithm: Algorithm::Sha256, digest: made.sha256, composite: false };
        let archived = object.fault == Some(Fault::Archived);
        Ok(Head {
            backup: self.backup(object).await?,
            checksum: Some(checksum),
            etag_is_md5: false,
            archived: archived.then(|| self.archived(object)),
        })
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>, pinned: &Pinned) -> Result<Body, CatalogError> {
        let object = self.find(key, pinned.version.as_deref())?;
        if pinned.etag.as_ref().is_some_and(|etag| *etag != object.etag()) {
            return Err(CatalogError::Replaced { key: crate::text::printable(key) });
        }
        if object.fault == Some(Fault::Archived) {
            return Err(CatalogError::Archived { what: Box::new(self.archived(object)) });
        }
        let made = self.made(object).await?;
        let range = range.unwrap_or(0..made.size);
        let range = range.start.min(made.size)..range.end.min(made.size);
        let bytes = futures::stream::unfold((made.path, range.clone(), true), |(path, left, first)| async move {
            if left.is_empty() {
                return None;
            }
            if !first {
                tokio::time::sleep(PACE).await;
            }
            let end = left.end.min(left.start + CHUNK);
            let chunk = read(&path, left.start..end).map_err(|error| CatalogError::reading(&path, error));
            Some((chunk, (path, end..left.end, false)))
        });
        let seen =
            Seen { etag: Some(object.etag()), version: Some(object.version.clone()), modified: Some(object.written) };
        Ok(Body { range, total: Some(made.size), seen, bytes: bytes.boxed() })
    }
}

fn read(path: &Path, range: Range<u64>) -> std::io::Result<Bytes> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.read_exact(&mut bytes)?;
    Ok(Bytes::from(bytes))
}

#[cfg(test)]
mod tests;
