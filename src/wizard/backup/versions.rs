//! 6: which version?

mod compare;
mod growth;
mod step;

use std::collections::HashMap;
use std::sync::Arc;

pub use compare::Part;

use compare::Comparing;

use super::queue::Queue;
use super::{Barred, Earlier, Listing, Seen, Work, list_rows};
use jiff::Timestamp;

use crate::catalog::levels::{Backups, ConnectorFolder, Versions as Kept, is_far_smaller};
use crate::catalog::{Backup, levels};
use crate::finding::{Code, Finding};
use crate::restore::facts::{BucketFacts, Fact, OtherVersion};
use crate::text::{self, Untrusted};
use crate::wizard::browse::Browse;
use crate::wizard::inspect::Inspect;
use crate::wizard::job::Slot;
use crate::wizard::list::Cursor;
use crate::wizard::source::SourceRef;
use crate::wizard::step::{Cx, Flow};
use crate::wizard::{Field, effect};

/// State of the screen.
#[derive(Debug)]
pub struct Versions {
    source: SourceRef,
    folder: ConnectorFolder,
    /// The connector's name, where it is known. Printable.
    name: Option<String>,
    /// The version that gets the cursor.
    wanted: Option<Wanted>,
    entries: Vec<Entry>,
    kept: Kept,
    more: bool,
    cursor: Cursor,
    listing: Listing,
    /// What looks into versions told.
    seen: HashMap<Version, Seen>,
    queue: Queue<Version>,
    trouble: Option<Box<Finding>>,
    /// The date or time as of which a version is looked for.
    as_of: Option<Field>,
    /// A version that is marked to be compared, or the comparison.
    comparing: Option<Comparing>,
}

/// One version of one file, as it was listed: its key, version and ETag.
type Version = (Untrusted, Option<String>, Option<String>);

fn version(backup: &Backup) -> Version {
    (backup.key.clone(), backup.version.clone(), backup.etag.clone())
}

/// A version that somebody asked for by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its key.
    pub key: Untrusted,
    /// Its version; the newest without one.
    pub version: Option<String>,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The version.
    pub backup: Backup,
    /// What an earlier inspection found.
    pub earlier: Option<Earlier>,
    /// Whether it is far smaller than the one before it of the same file (R115).
    pub far_smaller: bool,
}

impl Entry {
    /// Why it cannot be taken: archived, or no backup at all.
    pub fn barred(&self) -> Option<Code> {
        if self.backup.looks_archived() {
            Some(Code::R107)
        } else if self.backup.place.is_none() {
            Some(Code::R113)
        } else {
            None
        }
    }
}

impl Versions {
    /// The versions of this connector, with the cursor on the one that is wanted.
    pub fn new(source: SourceRef, folder: ConnectorFolder, name: Option<String>, wanted: Option<Wanted>) -> Self {
        Self {
            source,
            folder,
            name,
            wanted,
            entries: Vec::new(),
            kept: Kept::Listed,
            more: false,
            cursor: Cursor::default(),
            listing: Listing::None,
            seen: HashMap::new(),
            queue: Queue::default(),
            trouble: None,
            as_of: None,
            comparing: None,
        }
    }

    /// The field for a date or a time, while it is open.
    pub fn as_of(&self) -> Option<&Field> {
        self.as_of.as_ref()
    }

    /// Puts the cursor on the newest version not after what is typed. Says why where there is none.
    fn go_as_of(&mut self) -> Result<(), String> {
        let typed = self.as_of.as_ref().map_or("", Field::text);
        let at = text::as_of(typed).ok_or_else(|| format!("This is no time. Type {}.", text::TIME_FORMS))?;
        let all = self.entries.iter().map(|entry| &entry.backup);
        let found = levels::as_of(all, at).and_then(|found| self.entries.iter().position(|it| it.backup == *found));
        let Some(row) = found else {
            let hidden = self.versions_hidden().is_some();
            let why = if hidden { "Older versions are not seen here." } else { "All versions are newer." };
            return Err(format!("Nothing is as old as {}. {why}", text::moment(at)));
        };
        self.cursor.follow(row);
        Ok(())
    }

    /// What the connector is called on screen: its name, or its short ID.
    pub fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.folder.connector.short())
    }

    /// The connector.
    pub fn folder(&self) -> &ConnectorFolder {
        &self.folder
    }

    /// The rows, newest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The cursor of the list.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The row under the cursor.
    pub fn under(&self) -> Option<&Entry> {
        self.entries.get(self.cursor.at(self.entries.len()))
    }

    /// Why older versions cannot be seen.
    pub fn versions_hidden(&self) -> Option<&str> {
        match &self.kept {
            Kept::Listed => None,
            Kept::NotListed { why } => Some(why),
        }
    }

    /// Whether there are more than are listed.
    pub const fn more(&self) -> bool {
        self.more
    }

    /// How the listing stands.
    pub const fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The names of the files, each once, in the order of the rows.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        for entry in &self.entries {
            let file = file_of(&entry.backup);
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }

    /// Rows of the list and lines of details in a window of this size.
    pub fn heights(size: (u16, u16)) -> (usize, usize) {
        list_rows(size, 4, 8)
    }

    /// Whether the newest of all is the far smaller one: then the cursor begins on the one before it.
    pub fn newest_is_far_smaller(&self) -> bool {
        self.entries.iter().find(|entry| !entry.backup.deleted).is_some_and(|entry| entry.far_smaller)
    }

    /// What a look into a version told.
    pub fn seen(&self, entry: &Entry) -> Option<&Seen> {
        self.seen.get(&version(&entry.backup))
    }

    /// How many events a version holds, or holds at most.
    pub fn events(&self, entry: &Entry) -> Option<u64> {
        let earlier = entry.earlier.as_ref().and_then(|earlier| earlier.events);
        earlier.or_else(|| self.seen(entry)?.events)
    }

    /// The newest event of a version.
    pub fn newest(&self, entry: &Entry) -> Option<Timestamp> {
        let earlier = entry.earlier.as_ref().and_then(|earlier| earlier.newest);
        earlier.or_else(|| self.seen(entry)?.newest)
    }

    /// Why nobody could look into a version.
    pub fn barred(&self, entry: &Entry) -> Option<&Barred> {
        self.seen(entry)?.barred.as_ref()
    }

    /// Whether a version is being looked into, or will be.
    pub fn is_reading(&self, entry: &Entry) -> bool {
        self.wants(entry) && self.queue.reads(&version(&entry.backup))
    }

    /// Whether there is more to know of a version.
    fn wants(&self, entry: &Entry) -> bool {
        let inspected = entry.earlier.as_ref().is_some_and(|earlier| earlier.result.is_some());
        !entry.backup.deleted && entry.barred().is_none() && !inspected && self.seen(entry).is_none()
    }

    /// Looks into the versions on screen, the one under the cursor first.
    fn look(&mut self, cx: &mut Cx<'_>) {
        let (height, _) = Self::heights(cx.shared.size);
        let window = self.cursor.window(self.entries.len(), height);
        let shown = self.under().into_iter().chain(&self.entries[window]).filter(|entry| self.wants(entry));
        let on_screen: Vec<Version> = shown.map(|entry| version(&entry.backup)).collect();
        let (spec, entries) = (self.source.spec.clone(), &self.entries);
        let work = |wanted: &Version| {
            let backup = entries.iter().map(|entry| &entry.backup).find(|backup| version(backup) == *wanted);
            let backup = backup.cloned().unwrap_or_else(|| Backup::named("", "", wanted.0.raw()));
            effect::Work::Backup(Work::Look(spec.clone(), Box::new(backup)))
        };
        self.queue.fill(&on_screen, &[], work, cx);
    }

    fn list(&mut self, cx: &mut Cx<'_>) {
        self.trouble = None;
        let work = Work::Backups(self.source.spec.clone(), self.folder.clone());
        self.listing = Listing::Runs(cx.start(Slot::Listing, effect::Work::Backup(work)));
    }

    fn fill(&mut self, backups: Backups, earlier: Vec<Option<Earlier>>) {
        let under = self.under().map(|entry| (entry.backup.key.clone(), entry.backup.version.clone()));
        let mut earlier = earlier.into_iter();
        let before = |at: usize| {
            let this = &backups.entries[at];
            let mut older = backups.entries[at + 1..].iter();
            older.find(|entry| !entry.deleted && entry.key == this.key).map(|entry| entry.size)
        };
        let far_smaller: Vec<bool> = (0..backups.entries.len())
            .map(|at| {
                let this = &backups.entries[at];
                !this.deleted && before(at).is_some_and(|before| is_far_smaller(this.size, before))
            })
            .collect();
        (self.kept, self.more) = (backups.versions, backups.more);
        self.entries = backups
            .entries
            .into_iter()
            .zip(far_smaller)
            .map(|(backup, far_smaller)| Entry { backup, earlier: earlier.next().flatten(), far_smaller })
            .collect();
        self.place_cursor(under);
    }

    fn place_cursor(&mut self, under: Option<(Untrusted, Option<String>)>) {
        let find = |key: &Untrusted, version: Option<&String>| {
            let mut of_key = self.entries.iter().enumerate().filter(|(_, entry)| entry.backup.key == *key);
            of_key.find(|(_, entry)| version.is_none_or(|version| entry.backup.version.as_ref() == Some(version)))
        };
        let at = |found: Option<(usize, &Entry)>| found.map(|(at, _)| at);
        if self.cursor.moved() {
            let same = under.and_then(|(key, version)| at(find(&key, version.as_ref())));
            return self.cursor.follow(same.unwrap_or_default());
        }
        // Of a file that was deleted, what can be restored is wanted.
        let there = |key: &Untrusted| {
            let of_key = |entry: &Entry| entry.backup.key == *key && !entry.backup.deleted;
            self.entries.iter().position(of_key)
        };
        let wanted = self.wanted.as_ref().and_then(|wanted| {
            let newest = there(&wanted.key).filter(|_| wanted.version.is_none());
            newest.or_else(|| at(find(&wanted.key, wanted.version.as_ref())))
        });
        let first = self.entries.iter().position(|entry| !entry.backup.deleted).unwrap_or_default();
        let begin = if self.newest_is_far_smaller() {
            let mut behind = self.entries.iter().enumerate().skip(first + 1);
            at(behind.find(|(_, entry)| !entry.backup.deleted)).unwrap_or(first)
        } else {
            first
        };
        self.cursor.suggest(wanted.unwrap_or(begin));
    }

    /// What lies beside the chosen row in the bucket.
    fn neighbours(&self, chosen: &Backup) -> BucketFacts {
        let others = self.entries.iter().filter(|entry| {
            let other = &entry.backup;
            (&other.key, &other.version, other.modified) != (&chosen.key, &chosen.version, chosen.modified)
        });
        BucketFacts {
            others: others.map(|entry| other_version(entry, chosen)).collect(),
            versioned: self.versions_hidden().is_none() && chosen.version.as_deref().is_some_and(|id| id != "null"),
            old_upload: self
                .entries
                .iter()
                .filter(|entry| !entry.backup.deleted)
                .filter_map(|e| e.backup.modified)
                .max(),
            ..BucketFacts::default()
        }
    }

    /// The row under the cursor, when there is something to read; else says why not.
    fn readable(&self, cx: &mut Cx<'_>) -> Option<&Entry> {
        let entry = self.under()?;
        if entry.backup.deleted {
            cx.say("Here the file was deleted: there is nothing to read. Older rows may still be there.");
            return None;
        }
        if let Some(code) = entry.barred() {
            cx.explain(code);
            return None;
        }
        Some(entry)
    }

    /// Its tables and rows, without a download.
    fn browse(&self, cx: &mut Cx<'_>) -> Flow {
        let Some(entry) = self.readable(cx) else { return Flow::Stay };
        Flow::Push(Browse::far(Arc::clone(&self.source.spec), entry.backup.clone()).into())
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        let Some(entry) = self.readable(cx) else { return Flow::Stay };
        let chosen = self.source.choose(entry.backup.clone());
        let bucket = self.neighbours(&entry.backup);
        Flow::Push(Inspect::new(chosen, Fact::Known(bucket)).into())
    }

    /// The finding that stands in the details of a row: a mark in lists.
    pub fn failure(&self) -> Option<&Finding> {
        self.listing.failure().or(self.trouble.as_deref())
    }
}

fn other_version(entry: &Entry, chosen: &Backup) -> OtherVersion {
    let backup = &entry.backup;
    OtherVersion {
        modified: backup.modified,
        size: backup.size,
        deleted: backup.deleted,
        same_file: backup.key == chosen.key,
        events: entry.earlier.as_ref().and_then(|earlier| earlier.events),
    }
}

/// The name of a backup's file. Printable.
pub fn file_of(backup: &Backup) -> String {
    let name = backup.place.as_ref().map_or_else(|| backup.key.raw(), |place| place.file.raw());
    text::printable(name)
}
