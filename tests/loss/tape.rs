//! What an act did, step by step, and every tree that a power loss may leave of it: built for real, judged, and brought to
//! its end.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use reseat::files::recording::{Operation, Recording};
use reseat::files::{FileId, Files};
use reseat::hub::stage::{Standing, standing};
use reseat::world::World;
use rusqlite::Connection;

use crate::model::{Disk, Node, Snapshot, Step, Tree, key};
use crate::support::again::{Actor, Do, Ended};
use crate::support::checker::{Checked, Checker, Holds};
use crate::support::doors::{At, Hooked, LeftOut};
use crate::support::hubs::{Old, Place};

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Place,
    Undo,
    /// Undoing after somebody wrote to the new database; what they wrote lies in its log.
    UndoWritten,
    /// The same, and what they wrote lies in the database itself: SQLite has nothing to fold, so it syncs nothing.
    UndoChanged,
    /// Placing into the live file.
    Online,
    /// Putting the old contents back into the live file, which somebody has open.
    UndoOnline,
}

impl What {
    fn act(self) -> Do {
        if matches!(self, Self::Place | Self::Online) { Do::Place } else { Do::Undo }
    }

    /// Somebody wrote to the new database before.
    fn is_written(self) -> bool {
        matches!(self, Self::UndoWritten | Self::UndoChanged)
    }

    fn is_online(self) -> bool {
        matches!(self, Self::Online | Self::UndoOnline)
    }

    /// Before the act.
    fn place(self, old: Old) -> Place {
        match self {
            Self::UndoWritten => Place::quick_with_wal(old),
            Self::UndoChanged => Place::quick_without_wal(old),
            _ => {
                let mut place = Place::quick(old);
                place.order.online = self.is_online();
                place
            }
        }
    }

    /// The clock stands still, and nobody else is there but the one who has the live file open.
    fn world(self, place: &Place) -> World {
        let proc = place.base.join("proc");
        if self == Self::UndoOnline {
            fs::create_dir_all(proc.join("4242/fd")).unwrap();
            fs::write(proc.join("4242/cmdline"), "connector\0").unwrap();
            let open = proc.join("4242/fd/3");
            if !open.is_symlink() {
                std::os::unix::fs::symlink(&place.target, open).unwrap();
            }
        }
        fs::create_dir_all(&proc).unwrap();
        let now = "2026-11-19T14:20:00Z".parse().unwrap();
        World { proc, clock: Arc::new(move || now), ..World::real() }
    }
}

/// What the recipe of placing and undoing does.
pub const EACH: [What; 4] = [What::Place, What::Undo, What::UndoWritten, What::UndoChanged];

/// An act with what it did, and the tree before it.
pub struct Tape {
    pub place: Place,
    pub checker: Checker,
    pub what: What,
    /// What is there when it has ended.
    pub ends: Holds,
    pub begin: Tree,
    pub steps: Vec<Step>,
}

/// A tree that a power loss may leave, and whether it may be there after the end of the act.
pub struct After {
    pub tree: Tree,
    pub at_the_end: bool,
}

/// The bytes of a database and its side files, read by another process: this one may hold locks on them.
fn snapshot(database: &Path) -> Snapshot {
    let read = |path: PathBuf| {
        let bytes = path.exists().then(|| Command::new("cat").arg(&path).output().unwrap().stdout);
        (path, bytes)
    };
    ["", "-wal", "-journal"].map(|suffix| read(format!("{}{suffix}", database.display()).into())).into()
}

/// Somebody writes a row. Into a log it is cut off there.
fn write_into(place: &Place, into_log: bool) {
    let row = "insert into Settings values ('since', 1)";
    if !into_log {
        Connection::open(&place.target).unwrap().execute(row, []).unwrap();
        return;
    }
    let scratch = place.base.join("scratch.db");
    fs::copy(&place.target, &scratch).unwrap();
    let connection = Connection::open(&scratch).unwrap();
    connection.execute(row, []).unwrap();
    let log = |path: &Path| format!("{}-wal", path.display());
    fs::copy(log(&scratch), log(&place.target)).unwrap();
}

/// A database that SQLite worked on: what for, before, and after.
type Fold = (PathBuf, Snapshot, Option<Snapshot>);

/// Records what this act does to what is there, with every step that it takes; the sync of this number is left out.
fn tape(
    world: World,
    place: &Place,
    act: Do,
    numbers: HashMap<FileId, FileId>,
    left_out: Option<usize>,
) -> (Ended, Vec<Step>) {
    let folds: Arc<Mutex<Vec<Fold>>> = Arc::default();
    let seen = Arc::clone(&folds);
    let see = move |at: At<'_>| {
        let mut seen = seen.lock().unwrap();
        if let Some((path, _, after @ None)) = seen.last_mut() {
            *after = Some(snapshot(path));
        }
        if at.operation == "by_sqlite" && at.done {
            seen.push((at.path.to_owned(), snapshot(at.path), None));
        }
        Ok(())
    };
    let mut syncs = 0;
    let door = Arc::new(Hooked::over(Recording::new(Hooked::new(see).numbering(numbers)), move |at| {
        let number = syncs;
        let sync = at.operation.starts_with("sync") && !at.done;
        syncs += usize::from(sync);
        if sync && left_out == Some(number) { Err(io::Error::other(LeftOut)) } else { Ok(()) }
    }));
    let files: Arc<dyn Files> = Arc::<Hooked<_>>::clone(&door);
    let ended = Actor { world, files }.act(place, act);
    let mut folds = std::mem::take(&mut *folds.lock().unwrap()).into_iter();
    let step = |operation| match operation {
        Operation::BySqlite { path, what } => {
            let (database, before, after) = folds.next().unwrap();
            assert_eq!(database, path);
            let after = after.unwrap_or_else(|| snapshot(&path));
            Step::Sqlite { database, before, after, commits: what == "write pages into" }
        }
        operation => Step::Did(operation),
    };
    let steps = door.inner().operations().into_iter().map(step).collect();
    (ended, steps)
}

/// Records one act over one old state.
pub fn record(old: Old, what: What, left_out: Option<usize>) -> Tape {
    let place = what.place(old);
    let mut checker = place.checker();
    if what.is_online() {
        checker.in_place();
    }
    if what.act() == Do::Undo {
        let world = if what.is_online() { What::Online.world(&place) } else { what.world(&place) };
        let actor = Actor { world, ..Actor::real() };
        assert_eq!(actor.act(&place, Do::Place), Ended::Placed);
    }
    if what.is_written() {
        write_into(&place, what == What::UndoWritten);
        checker.somebody_wrote();
    }
    let begin = tree_of(&place);
    let (ended, steps) = tape(what.world(&place), &place, what.act(), HashMap::new(), left_out);
    let (expected, ends) =
        if what.act() == Do::Place { (Ended::Placed, Holds::New) } else { (Ended::Undone, Holds::Old) };
    assert_eq!(ended, expected);
    Tape { place, checker, what, ends, begin, steps }
}

fn id(path: &Path) -> FileId {
    let status = fs::metadata(path).unwrap();
    FileId { device: status.dev(), inode: status.ino() }
}

/// Where the act works: the connector's folder and the restore's.
fn roots(place: &Place) -> [PathBuf; 2] {
    [place.folder().to_owned(), place.order.folder.clone()]
}

fn tree_of(place: &Place) -> Tree {
    fn walk(folder: &Path, tree: &mut Tree) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                tree.insert(path.clone(), Node::Folder);
                walk(&path, tree);
            } else {
                let mode = fs::metadata(&path).unwrap().mode() & 0o7777;
                let node = Node::File { bytes: fs::read(&path).unwrap(), mode, id: id(&path) };
                tree.insert(path, node);
            }
        }
    }
    let mut tree = Tree::new();
    for root in roots(place) {
        walk(&root, &mut tree);
    }
    tree
}

impl Tape {
    /// Every different tree that a power loss may leave, at any moment of these steps.
    pub fn trees(&self, steps: &[Step], limit: usize) -> Vec<After> {
        let mut disk = Disk::holding(&self.begin);
        let mut known = HashSet::new();
        let mut found: Vec<After> = Vec::new();
        let mut take = |disk: &Disk, at_the_end| {
            for tree in disk.trees(limit) {
                // After the end more must hold, so such a tree counts by itself.
                if known.insert((key(&tree), at_the_end)) {
                    found.push(After { tree, at_the_end });
                }
            }
        };
        for step in steps {
            take(&disk, false);
            disk.carry_out(step);
            if matches!(step, Step::Sqlite { .. }) {
                take(&disk, false);
                disk.finish(step);
            }
        }
        take(&disk, true);
        found
    }

    /// Builds a tree for real, where it was. Gives the numbers that its files had.
    fn build(&self, tree: &Tree) -> HashMap<FileId, FileId> {
        for root in roots(&self.place) {
            fs::remove_dir_all(&root).unwrap();
            fs::create_dir_all(&root).unwrap();
            fs::set_permissions(&root, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let mut numbers = HashMap::new();
        for (path, node) in tree {
            match node {
                Node::Folder => fs::create_dir(path).unwrap(),
                Node::File { bytes, mode, id: number } => {
                    fs::write(path, bytes).unwrap();
                    fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
                    numbers.insert(id(path), *number);
                }
            }
        }
        numbers
    }

    /// What a second run does in a tree that is built, step by step, once more with every tree that it may leave. None where
    /// there is nothing to go on with.
    pub fn again(&self, after: &After, undoes: bool) -> Option<Self> {
        let numbers = self.build(&after.tree);
        let act = match standing(&self.place.journaled().ok()?) {
            Standing::Unfinished if !undoes => Do::GoOn,
            Standing::Unfinished | Standing::Undoing => Do::Undo,
            Standing::Placed | Standing::Nothing | Standing::Refused | Standing::Undone => return None,
        };
        let (ended, steps) = tape(self.what.world(&self.place), &self.place, act, numbers, None);
        let ends = if act == Do::Undo { Holds::Old } else { Holds::New };
        assert_eq!(ended, if act == Do::Undo { Ended::Undone } else { Ended::Placed });
        let (place, checker) = (Place::load(&self.place.save()), self.checker.clone());
        Some(Self { place, checker, what: self.what, ends, begin: after.tree.clone(), steps })
    }

    /// What holds in a tree as it is: I1, I2, I4, I7.
    pub fn judge(&self, after: &After) -> Checked {
        self.build(&after.tree);
        self.checker.always()?;
        self.checker.i4_marked()?;
        if after.at_the_end {
            self.checker.i4_agrees(Some(self.ends))?;
            self.checker.ended(self.ends)?;
        }
        Ok(())
    }

    /// I5: the second run brings it to its clean end.
    pub fn recover(&self, after: &After, undoes: bool) -> Checked {
        let numbers = self.build(&after.tree);
        let Ok(stages) = self.place.journaled() else {
            // The restore itself is not there: nothing was touched yet, and a new one begins.
            return self.checker.i5_back();
        };
        // Somebody's rows are in the new file: where it stands or is gone there is nothing to go on with, and placing once
        // more is for the other tapes.
        let ended = matches!(standing(&stages), Standing::Placed | Standing::Undone);
        if self.what.is_written() && ended && !undoes {
            return Ok(());
        }
        let files = Arc::new(Hooked::renumbered(numbers));
        let actor = Actor { world: self.what.world(&self.place), files };
        actor.second_run(&self.place, &self.checker, undoes)
    }
}
