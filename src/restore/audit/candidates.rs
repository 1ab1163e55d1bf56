//! Which backups there are: one candidate a file, with what lies beside it, as the listing goes on. Of a connector that is
//! listed wholly nothing is kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::line::Id;
use crate::catalog::levels::{self, Narrow, Walk};
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::restore::facts::{BucketFacts, OtherVersion, Taken};

/// More than these versions of a file, or files of a connector, are not kept at once.
const MOST: usize = 1_000;

/// One file of a connector, to be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its newest version; where all that is left is a delete marker, that.
    pub backup: Backup,
    /// When it was deleted: a delete marker lies on top.
    pub deleted: Option<Timestamp>,
    /// Its other versions, newest first, then the connector's other files.
    pub others: Vec<OtherVersion>,
    /// The largest of its older versions.
    pub largest: Option<OtherVersion>,
}

impl Candidate {
    /// What names it, and the state that it is in.
    pub fn id(&self, deep: bool) -> Id {
        let files = self.others.iter().filter(|other| !other.same_file).count();
        Id::of(&self.backup, self.deleted.is_some(), files, deep)
    }

    /// When something happened to it last, where the source says so.
    pub fn touched(&self) -> Option<Timestamp> {
        self.deleted.max(self.backup.modified)
    }

    /// What lies beside it.
    pub fn beside(&self) -> BucketFacts {
        BucketFacts { others: self.others.clone(), ..BucketFacts::default() }
    }

    /// Whether a person would want to know that there are several: versions are usual, files and markers are not.
    pub fn is_one_of_several(&self) -> bool {
        self.deleted.is_some() || self.others.iter().any(|other| !other.same_file)
    }

    /// How it came to be the one: nobody names one in an audit.
    pub fn taken(&self) -> Taken {
        if self.is_one_of_several() { Taken::Newest } else { Taken::Named }
    }
}

/// One file while its versions come.
#[derive(Default)]
struct File {
    newest: Option<Backup>,
    marker: Option<Backup>,
    /// What is on top is a marker.
    deleted: bool,
    versions: Vec<OtherVersion>,
    largest: Option<OtherVersion>,
}

impl File {
    fn add(&mut self, entry: Backup) {
        self.deleted |= entry.latest && entry.deleted;
        let newer = |than: &Option<Backup>| {
            than.as_ref().is_none_or(|than| (entry.latest, entry.modified) > (than.latest, than.modified))
        };
        if entry.deleted {
            self.keep(version(&entry, true));
            if newer(&self.marker) {
                self.marker = Some(entry);
            }
        } else if newer(&self.newest) {
            if let Some(older) = self.newest.replace(entry) {
                self.keep(version(&older, true));
            }
        } else {
            self.keep(version(&entry, true));
        }
    }

    fn keep(&mut self, version: OtherVersion) {
        if !version.deleted && self.largest.as_ref().is_none_or(|largest| largest.size < version.size) {
            self.largest = Some(version.clone());
        }
        if self.versions.len() < MOST {
            self.versions.push(version);
        }
    }
}

fn version(entry: &Backup, same_file: bool) -> OtherVersion {
    let size = if entry.deleted { 0 } else { entry.size };
    OtherVersion { modified: entry.modified, size, deleted: entry.deleted, same_file, events: None }
}

/// The files of the connector that is being listed.
#[derive(Default)]
pub(super) struct Gather {
    folder: Option<String>,
    files: BTreeMap<String, File>,
}

impl Gather {
    /// Takes one entry of a listing that is sorted by key; gives what is complete with that.
    pub(super) fn add(&mut self, entry: Backup) -> Vec<Candidate> {
        let folder = entry.key.raw().rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
        let begins = !self.files.contains_key(entry.key.raw());
        let full = begins && self.files.len() >= MOST;
        let ready = if full || self.folder.as_ref() != Some(&folder) { self.finish() } else { Vec::new() };
        self.folder = Some(folder);
        self.files.entry(entry.key.raw().to_owned()).or_default().add(entry);
        ready
    }

    /// What is complete when nothing comes any more.
    pub(super) fn finish(&mut self) -> Vec<Candidate> {
        let files = std::mem::take(&mut self.files);
        let tops: Vec<(String, OtherVersion)> = files
            .iter()
            .filter_map(|(key, file)| {
                Some((key.clone(), version(file.newest.as_ref().filter(|_| !file.deleted)?, false)))
            })
            .collect();
        let complete = |(key, file): (String, File)| {
            let deleted = file.deleted.then(|| file.marker.as_ref().and_then(|marker| marker.modified));
            let deleted = deleted.map(|at| at.unwrap_or(Timestamp::UNIX_EPOCH));
            let backup = file.newest.or(file.marker)?;
            let mut others = file.versions;
            others.sort_by_key(|other| std::cmp::Reverse(other.modified));
            others.extend(tops.iter().filter(|(other, _)| *other != key).map(|(_, top)| top.clone()));
            Some(Candidate { backup, deleted, others, largest: file.largest })
        };
        files.into_iter().filter_map(complete).collect()
    }
}

/// A walk through a source, candidate by candidate.
pub struct Candidates {
    catalog: Arc<dyn Catalog>,
    narrow: Narrow,
    walk: Walk,
    gather: Gather,
    ready: VecDeque<Candidate>,
    begun: bool,
    ended: bool,
    /// Why versions and delete markers are not seen, as a sentence.
    pub unlisted: Option<String>,
    /// What lies there and is no connector's backup: how many.
    pub others: u64,
}

/// Begins a walk. Where versions cannot be listed, it goes on without them and says so.
pub fn candidates(catalog: &Arc<dyn Catalog>, narrow: Narrow) -> Candidates {
    Candidates {
        walk: levels::walk(catalog, narrow.clone(), true),
        catalog: Arc::clone(catalog),
        narrow,
        gather: Gather::default(),
        ready: VecDeque::new(),
        begun: false,
        ended: false,
        unlisted: None,
        others: 0,
    }
}

impl Candidates {
    /// The next one; none after the last one.
    pub async fn next(&mut self) -> Result<Option<Candidate>, CatalogError> {
        loop {
            if let Some(candidate) = self.ready.pop_front() {
                return Ok(Some(candidate));
            }
            if self.ended {
                return Ok(None);
            }
            let page = match self.walk.next().await {
                Err(error) if !self.begun && levels::not_listed(&error) => {
                    self.unlisted = Some(error.to_string());
                    self.walk = levels::walk(&self.catalog, self.narrow.clone(), false);
                    self.walk.next().await?
                }
                other => other?,
            };
            self.begun = true;
            let Some(mut page) = page else {
                self.ended = true;
                self.ready.extend(self.gather.finish());
                continue;
            };
            self.others += page.others.len() as u64;
            // Delete markers come apart from the versions of the same page.
            page.backups.sort_by(|a, b| a.key.cmp(&b.key));
            for backup in page.backups {
                self.ready.extend(self.gather.add(backup));
            }
        }
    }
}
