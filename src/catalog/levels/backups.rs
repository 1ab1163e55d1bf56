//! Files, versions and delete markers of one connector.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ConnectorFolder, Kind, Pages};
use crate::catalog::{Backup, Catalog, CatalogError, NoAnswer};

/// What one connector has in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    /// Files, versions and delete markers, newest first.
    pub entries: Vec<Backup>,
    /// Whether older versions can be seen.
    pub versions: Versions,
    /// Whether there are more than were read.
    pub more: bool,
}

/// Whether a source shows older versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// All versions are listed; a bucket that keeps none shows one for each file.
    Listed,
    /// Listing them is not permitted, or the source has no such thing: only what is newest is listed.
    NotListed {
        /// Why, as a sentence.
        why: String,
    },
}

impl Backups {
    /// Whether the newest backup is far smaller than the one before it: an emptied connector has probably written over it (R115).
    pub fn newest_is_far_smaller(&self) -> bool {
        let mut there = self.entries.iter().filter(|entry| !entry.deleted);
        matches!((there.next(), there.next()), (Some(newest), Some(before)) if is_far_smaller(newest.size, before.size))
    }
}

/// The newest of these that is not newer than `at`; delete markers hide nothing.
pub fn as_of<'a>(entries: impl IntoIterator<Item = &'a Backup>, at: Timestamp) -> Option<&'a Backup> {
    let not_after = entries.into_iter().filter(|entry| !entry.deleted && entry.modified.is_some_and(|then| then <= at));
    // Of equal times the first: what is latest.
    not_after.reduce(|best, entry| if entry.modified > best.modified { entry } else { best })
}

/// Whether a backup of `size` bytes after one of `before` bytes looks emptied: less than a quarter.
pub fn is_far_smaller(size: u64, before: u64) -> bool {
    before >= 64 * 1024 && size < before / 4
}

/// Everything that one connector has in the source, newest first: files, their versions, delete markers. Where versions
/// cannot be listed, what is newest of each file.
pub async fn backups(catalog: &Arc<dyn Catalog>, connector: &ConnectorFolder) -> Result<Backups, CatalogError> {
    let prefix = connector.prefix(catalog.as_ref());
    match collect(Pages::new(catalog, prefix.clone(), Kind::Versions)).await {
        Ok((entries, more)) => Ok(Backups { entries, versions: Versions::Listed, more }),
        Err(error) if not_listed(&error) => {
            let (entries, more) = collect(Pages::new(catalog, prefix, Kind::Deep)).await?;
            Ok(Backups { entries, versions: Versions::NotListed { why: error.to_string() }, more })
        }
        Err(error) => Err(error),
    }
}

/// Whether the source answers, but not with versions: no permission, or it knows no such question.
pub fn not_listed(error: &CatalogError) -> bool {
    match error {
        CatalogError::Refused { .. } | CatalogError::Missing { .. } => true,
        CatalogError::NoAnswer { how: NoAnswer::Server(status, _), .. } => matches!(status, 400 | 405 | 501),
        _ => false,
    }
}

async fn collect(mut pages: Pages) -> Result<(Vec<Backup>, bool), CatalogError> {
    let mut entries = Vec::new();
    while let Some(page) = pages.next().await? {
        entries.extend(page.objects);
        if entries.len() >= MOST {
            break;
        }
    }
    newest_first(&mut entries);
    Ok((entries, !pages.done))
}

/// More than these are not read for one screen.
const MOST: usize = 10_000;

/// Puts the newest first; of equal times, what is latest, then the order of the source.
fn newest_first(entries: &mut [Backup]) {
    entries.sort_by(|a, b| b.modified.cmp(&a.modified).then(b.latest.cmp(&a.latest)));
}
