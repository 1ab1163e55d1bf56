//! What a power loss may leave, by a pessimistic model: names and bytes that were not synced are kept, dropped or torn, each
//! by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use reseat::files::FileId;
use reseat::files::recording::Operation;
use sha2::{Digest as _, Sha256};

/// One step of a tape.
#[derive(Debug, Clone)]
pub enum Step {
    /// What the file layer recorded.
    Did(Operation),
    /// What SQLite did to a database and its side files: one opaque step, whose bytes it syncs itself, and whose names not.
    /// Where it commits a transaction, that is there or is not: its own journal sees to it.
    Sqlite { database: PathBuf, before: Snapshot, after: Snapshot, commits: bool },
}

/// The bytes of a database and its side files, by path; none where there is no file.
pub type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A file or a folder of a tree after a crash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    Folder,
    File { bytes: Vec<u8>, mode: u32, id: FileId },
}

/// Everything below the folders that the act works in.
pub type Tree = BTreeMap<PathBuf, Node>;

/// What does not differ between two equal trees.
pub fn key(tree: &Tree) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (path, node) in tree {
        digest.update(path.as_os_str().as_encoded_bytes());
        match node {
            Node::Folder => digest.update(b"/folder"),
            Node::File { bytes, mode, .. } => {
                digest.update(bytes.len().to_le_bytes());
                digest.update(mode.to_le_bytes());
                digest.update(bytes);
            }
        }
    }
    digest.finalize().into()
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
    Mode(u32),
    /// SQLite's: page after page.
    Become(Vec<u8>),
    /// SQLite's: all of it or nothing.
    Commit(Vec<u8>),
}

#[derive(Debug, Clone)]
struct Inode {
    id: FileId,
    bytes: Vec<u8>,
    mode: u32,
    unsynced: Vec<Change>,
}

/// Which part of the unsynced changes of a file is there after the crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Kept,
    Dropped,
    /// The length is right; the second half of what was written holds zeros, or what was there before.
    Torn,
}

const PARTS: [Part; 3] = [Part::Kept, Part::Dropped, Part::Torn];

impl Inode {
    fn apply(&mut self, change: &Change, torn: bool) {
        match change {
            Change::Mode(mode) => self.mode = *mode,
            Change::Length(length) => self.bytes.resize(usize::try_from(*length).unwrap(), 0),
            Change::Write(offset, bytes) => {
                let from = usize::try_from(*offset).unwrap();
                let end = from + bytes.len();
                if self.bytes.len() < end {
                    self.bytes.resize(end, 0);
                }
                let there = if torn { bytes.len() / 2 } else { bytes.len() };
                self.bytes[from..from + there].copy_from_slice(&bytes[..there]);
            }
            Change::Become(bytes) if torn => {
                self.bytes.resize(bytes.len().max(self.bytes.len()), 0);
                for (number, page) in bytes.chunks(4096).enumerate().filter(|(number, _)| number % 2 == 0) {
                    let from = number * 4096;
                    self.bytes[from..from + page.len()].copy_from_slice(page);
                }
            }
            Change::Become(bytes) | Change::Commit(bytes) => self.bytes.clone_from(bytes),
        }
    }

    fn after(&self, part: Part) -> Node {
        let mut inode = self.clone();
        if part != Part::Dropped {
            for change in &self.unsynced {
                inode.apply(change, part == Part::Torn);
            }
        }
        Node::File { bytes: inode.bytes, mode: inode.mode, id: inode.id }
    }

    fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            self.apply(&change, false);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

/// One operation on a folder: what these names stand for afterwards. All of it is there after a crash, or nothing.
type Naming = Vec<(PathBuf, Option<Entry>)>;

/// The disk: what is durable, and what is not yet.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    inodes: Vec<Inode>,
    /// The model's number of a file that is there now, by its real number.
    numbers: HashMap<FileId, usize>,
    durable: BTreeMap<PathBuf, Entry>,
    now: BTreeMap<PathBuf, Entry>,
    unsynced: BTreeMap<PathBuf, Vec<Naming>>,
}

impl Disk {
    /// Everything in this tree is durable.
    pub fn holding(tree: &Tree) -> Self {
        let mut disk = Self::default();
        for (path, node) in tree {
            let entry = match node {
                Node::Folder => Entry::Folder,
                Node::File { bytes, mode, id } => {
                    let inode = Inode { id: *id, bytes: bytes.clone(), mode: *mode, unsynced: Vec::new() };
                    Entry::File(disk.add(inode))
                }
            };
            disk.durable.insert(path.clone(), entry);
        }
        disk.now.clone_from(&disk.durable);
        disk
    }

    fn add(&mut self, inode: Inode) -> usize {
        self.numbers.insert(inode.id, self.inodes.len());
        self.inodes.push(inode);
        self.inodes.len() - 1
    }

    /// A file that did not go through the door: nobody asks for its number.
    fn add_made_by_sqlite(&mut self) -> usize {
        self.inodes.push(Inode {
            id: FileId { device: 0, inode: 0 },
            bytes: Vec::new(),
            mode: 0o600,
            unsynced: Vec::new(),
        });
        self.inodes.len() - 1
    }

    fn at(&self, path: &Path) -> Option<Entry> {
        self.now.get(path).copied()
    }

    fn inode_at(&mut self, path: &Path) -> &mut Inode {
        let Some(Entry::File(number)) = self.at(path) else { panic!("{} is no file", path.display()) };
        &mut self.inodes[number]
    }

    fn name(&mut self, naming: Naming) {
        for (path, entry) in &naming {
            match entry {
                Some(entry) => self.now.insert(path.clone(), *entry),
                None => self.now.remove(path),
            };
        }
        let folder = naming[0].0.parent().unwrap().to_owned();
        assert!(naming.iter().all(|(path, _)| path.parent() == Some(&folder)), "within one folder");
        self.unsynced.entry(folder).or_default().push(naming);
    }

    fn sync_folder(&mut self, folder: &Path) {
        for (path, entry) in self.unsynced.remove(folder).into_iter().flatten().flatten() {
            match entry {
                Some(entry) => self.durable.insert(path, entry),
                None => self.durable.remove(&path),
            };
        }
    }

    /// Carries out one step. SQLite's begins here; [`Disk::finish`] ends it.
    pub fn carry_out(&mut self, step: &Step) {
        match step {
            Step::Did(operation) => self.operate(operation),
            Step::Sqlite { database, before, after, commits: true } => {
                // A journal that goes and what is committed by that are one.
                self.now.retain(|path, _| after.get(path) != Some(&None));
                self.settle_side_files(database, after);
                for (path, bytes) in after.iter().filter(|(path, bytes)| before[*path] != **bytes) {
                    let Some(bytes) = bytes else { continue };
                    if !self.now.contains_key(path) {
                        let number = self.add_made_by_sqlite();
                        self.name(vec![(path.clone(), Some(Entry::File(number)))]);
                    }
                    self.inode_at(path).unsynced.push(Change::Commit(bytes.clone()));
                }
            }
            Step::Sqlite { database, before, after, .. } => {
                if let (true, Some(bytes)) = (before[database] != after[database], &after[database]) {
                    self.inode_at(database).unsynced.push(Change::Become(bytes.clone()));
                }
            }
        }
    }

    /// SQLite syncs the database before it removes a side file. That is not synced. What it committed is, with its journal
    /// or log.
    pub fn finish(&mut self, step: &Step) {
        let Step::Sqlite { database, before, after, commits } = step else { return };
        for (path, bytes) in after.iter().filter(|(path, bytes)| before[*path] != **bytes) {
            match bytes {
                Some(_) if *commits || path == database => self.inode_at(path).sync(),
                Some(_) => {}
                None if self.now.contains_key(path) => self.name(vec![(path.clone(), None)]),
                None => {}
            }
        }
        if *commits {
            self.settle_side_files(database, after);
        }
    }

    /// SQLite syncs the folder with the first sync of a journal or log that it made, so before it writes into the database;
    /// and, as `synchronous` is EXTRA, after it removed a journal to commit.
    fn settle_side_files(&mut self, database: &Path, files: &Snapshot) {
        for path in files.keys().filter(|path| *path != database) {
            for naming in self.unsynced.values_mut().flatten() {
                naming.retain(|(named, _)| named != path);
            }
            match self.now.get(path) {
                Some(entry) => self.durable.insert(path.clone(), *entry),
                None => self.durable.remove(path),
            };
        }
        self.unsynced.values_mut().for_each(|namings| namings.retain(|naming| !naming.is_empty()));
    }

    fn operate(&mut self, operation: &Operation) {
        match operation {
            Operation::Create { path, id } => {
                let inode = Inode { id: *id, bytes: Vec::new(), mode: 0o600, unsynced: Vec::new() };
                let number = self.add(inode);
                self.name(vec![(path.clone(), Some(Entry::File(number)))]);
            }
            Operation::Write { id, offset, bytes, .. } => self.change(*id, Change::Write(*offset, bytes.clone())),
            Operation::Truncate { id, length, .. } => self.change(*id, Change::Length(*length)),
            Operation::SetMode { path, mode } => self.inode_at(path).unsynced.push(Change::Mode(*mode)),
            Operation::Sync { id, .. } => {
                let number = self.numbers[id];
                self.inodes[number].sync();
            }
            Operation::SyncFolder { path } => self.sync_folder(path),
            Operation::MakeFolder { path } => self.name(vec![(path.clone(), Some(Entry::Folder))]),
            Operation::RemoveFolder { path } => self.name(vec![(path.clone(), None)]),
            Operation::Rename { from, to } | Operation::RenameNew { from, to } => {
                let entry = self.at(from);
                self.name(vec![(from.clone(), None), (to.clone(), entry)]);
            }
            Operation::Exchange { one, other } => {
                let (first, second) = (self.at(one), self.at(other));
                self.name(vec![(one.clone(), second), (other.clone(), first)]);
            }
            Operation::Link { from, to } => {
                let entry = self.at(from);
                self.name(vec![(to.clone(), entry)]);
            }
            Operation::Unlink { path } => {
                // SQLite made it, and it does not outlive the power: a -shm.
                if self.now.contains_key(path) {
                    self.name(vec![(path.clone(), None)]);
                }
            }
            Operation::SetOwner { .. }
            | Operation::SetAttribute { .. }
            | Operation::RemoveAttribute { .. }
            | Operation::LockFolder { .. }
            | Operation::BarSqlite { .. }
            | Operation::BySqlite { .. } => {}
        }
    }

    fn change(&mut self, id: FileId, change: Change) {
        let number = self.numbers[&id];
        self.inodes[number].unsynced.push(change);
    }

    /// The trees that a power loss may leave now, at most `limit`: everything kept, everything dropped, each choice by
    /// itself, then others spread over all combinations.
    pub fn trees(&self, limit: usize) -> Vec<Tree> {
        let namings: Vec<&Naming> = self.unsynced.values().flatten().collect();
        let open: Vec<usize> = (0..self.inodes.len()).filter(|at| !self.inodes[*at].unsynced.is_empty()).collect();
        let sizes: Vec<usize> = namings.iter().map(|_| 2).chain(open.iter().map(|_| PARTS.len())).collect();
        let mut choices: BTreeSet<Vec<usize>> = BTreeSet::new();
        let kept = vec![0; sizes.len()];
        let dropped = vec![1; sizes.len()];
        for base in [&kept, &dropped] {
            choices.insert(base.clone());
            for (at, size) in sizes.iter().enumerate() {
                for choice in 0..*size {
                    let mut single = base.clone();
                    single[at] = choice;
                    choices.insert(single);
                }
            }
        }
        let all = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)).unwrap_or(usize::MAX);
        let stride = (all / limit.max(1)).max(1);
        let mut number = 0;
        while choices.len() < limit.min(all) && number < all {
            let mut rest = number;
            choices.insert(
                sizes
                    .iter()
                    .map(|size| {
                        let choice = rest % size;
                        rest /= size;
                        choice
                    })
                    .collect(),
            );
            number += stride;
        }
        choices.iter().map(|choice| self.tree(&namings, &open, choice)).collect()
    }

    fn tree(&self, namings: &[&Naming], open: &[usize], choice: &[usize]) -> Tree {
        let mut names = self.durable.clone();
        for (naming, choice) in namings.iter().zip(choice) {
            for (path, entry) in naming.iter().filter(|_| *choice == 0) {
                match entry {
                    Some(entry) => names.insert(path.clone(), *entry),
                    None => names.remove(path),
                };
            }
        }
        let parts: HashMap<usize, Part> =
            open.iter().zip(&choice[namings.len()..]).map(|(at, choice)| (*at, PARTS[*choice])).collect();
        let node = |entry: &Entry| match entry {
            Entry::Folder => Node::Folder,
            Entry::File(at) => self.inodes[*at].after(parts.get(at).copied().unwrap_or(Part::Kept)),
        };
        let there = |path: &Path| {
            path.parent().is_none_or(|folder| {
                !self.now.contains_key(folder) && !names.contains_key(folder) || names.contains_key(folder)
            })
        };
        // What lies in a folder that is not there is not there either.
        names.iter().filter(|(path, _)| there(path)).map(|(path, entry)| (path.clone(), node(entry))).collect()
    }
}
