//! Power loss: every tree that it may leave of a placing and of an undoing is built for real, judged, and brought to its
//! end. By default a part of the trees, the same in each run; `RESEAT_EXHAUSTIVE=1` takes all that the generator finds.

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
use crate::support::doors::{Hooked, LeftOut};
use crate::support::hubs::{Old, Place};

/// Trees at one moment; more are spread over all combinations.
const AT_ONE_MOMENT: usize = 150;

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Place,
    Undo,
    /// Undoing after somebody wrote to the new database; what they wrote lies in its log.
    UndoWritten,
}

impl What {
    fn act(self) -> Do {
        if self == Self::Place { Do::Place } else { Do::Undo }
    }
}

pub const EACH: [What; 3] = [What::Place, What::Undo, What::UndoWritten];

/// An act with what it did, and the tree before it.
pub struct Tape {
    pub place: Place,
    pub checker: Checker,
    pub what: What,
    pub begin: Tree,
    pub steps: Vec<Step>,
}

/// A tree that a power loss may leave, and whether it may be there after the end of the act.
pub struct After {
    pub tree: Tree,
    pub at_the_end: bool,
}

/// The clock stands still, and nobody else is there.
fn quiet_world(place: &Place) -> World {
    let proc = place.base.join("proc");
    fs::create_dir_all(&proc).unwrap();
    let now = "2026-11-19T14:20:00Z".parse().unwrap();
    World { proc, clock: Arc::new(move || now), ..World::real() }
}

/// The bytes of a database and its side files, read by another process: this one may hold locks on them.
fn snapshot(database: &Path) -> Snapshot {
    let read = |path: PathBuf| {
        let bytes = path.exists().then(|| Command::new("cat").arg(&path).output().unwrap().stdout);
        (path, bytes)
    };
    ["", "-wal", "-journal"].map(|suffix| read(format!("{}{suffix}", database.display()).into())).into()
}

/// Somebody writes a row, and is cut off: it lies in the log.
fn write_into(place: &Place) {
    let scratch = place.base.join("scratch.db");
    fs::copy(&place.target, &scratch).unwrap();
    let connection = Connection::open(&scratch).unwrap();
    connection.execute("insert into Settings values ('since', 1)", []).unwrap();
    let log = |path: &Path| format!("{}-wal", path.display());
    fs::copy(log(&scratch), log(&place.target)).unwrap();
}

/// A database that SQLite folded: before, and after.
type Fold = (PathBuf, Snapshot, Option<Snapshot>);

/// Records one act over one old state, with every step that it took; the sync of this number is left out.
pub fn record(old: Old, what: What, left_out: Option<usize>) -> Tape {
    let place = if what == What::UndoWritten { Place::quick_with_wal(old) } else { Place::quick(old) };
    let mut checker = place.checker();
    let world = quiet_world(&place);
    if what != What::Place {
        let actor = Actor { world: world.clone(), ..Actor::real() };
        assert_eq!(actor.act(&place, Do::Place), Ended::Placed);
    }
    if what == What::UndoWritten {
        write_into(&place);
        checker.somebody_wrote();
    }
    let begin = tree_of(&place);
    let folds: Arc<Mutex<Vec<Fold>>> = Arc::default();
    let seen = Arc::clone(&folds);
    let hooked = Hooked::new(move |at| {
        let mut seen = seen.lock().unwrap();
        if let Some((path, _, after @ None)) = seen.last_mut() {
            *after = Some(snapshot(path));
        }
        if at.operation == "by_sqlite" && at.done {
            seen.push((at.path.to_owned(), snapshot(at.path), None));
        }
        Ok(())
    });
    let mut syncs = 0;
    let door = Arc::new(Hooked::over(Recording::new(hooked), move |at| {
        let number = syncs;
        let sync = at.operation.starts_with("sync") && !at.done;
        syncs += usize::from(sync);
        if sync && left_out == Some(number) { Err(io::Error::other(LeftOut)) } else { Ok(()) }
    }));
    let files: Arc<dyn Files> = Arc::<Hooked<_>>::clone(&door);
    let ended = Actor { world, files }.act(&place, what.act());
    assert_eq!(ended, if what == What::Place { Ended::Placed } else { Ended::Undone });
    let mut folds = std::mem::take(&mut *folds.lock().unwrap()).into_iter();
    let step = |operation| match operation {
        Operation::BySqlite { path, .. } => {
            let (database, before, after) = folds.next().unwrap();
            assert_eq!(database, path);
            Step::Sqlite { database, before, after: after.unwrap() }
        }
        operation => Step::Did(operation),
    };
    let steps = door.inner().operations().into_iter().map(step).collect();
    Tape { place, checker, what, begin, steps }
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

    /// Builds a tree for real, where it was. Gives who acts in it: files have the numbers that they had.
    fn build(&self, tree: &Tree) -> Actor {
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
        Actor { world: quiet_world(&self.place), files: Arc::new(Hooked::renumbered(numbers)) }
    }

    /// What holds in a tree as it is: I1, I2, I4, I7.
    pub fn judge(&self, after: &After) -> Checked {
        self.build(&after.tree);
        self.checker.always()?;
        self.checker.i4_marked()?;
        if after.at_the_end {
            let said = if self.what == What::Place { Holds::New } else { Holds::Old };
            self.checker.i4_agrees(Some(said))?;
            self.checker.ended(said)?;
        }
        Ok(())
    }

    /// I5: the second run brings it to its clean end.
    pub fn recover(&self, after: &After, undoes: bool) -> Checked {
        let actor = self.build(&after.tree);
        let Ok(stages) = self.place.journaled() else {
            // The restore itself is not there: nothing was touched yet, and a new one begins.
            return self.checker.i5_back();
        };
        // Somebody's rows are in the new file: where it stands or is gone there is nothing to go on with, and placing once
        // more is for the other tapes.
        let ended = matches!(standing(&stages), Standing::Placed | Standing::Undone);
        if self.what == What::UndoWritten && ended && !undoes {
            return Ok(());
        }
        actor.second_run(&self.place, &self.checker, undoes)
    }
}

/// The old states of the recipe, side files of a missing database among them.
pub const OLDS: [Old; 8] =
    [Old::Clean, Old::Wal, Old::Hot, Old::Missing, Old::Strays, Old::Persist, Old::Garbage, Old::Ruined];

#[test]
fn power_may_fail_at_any_moment() {
    let exhaustive = std::env::var_os("RESEAT_EXHAUSTIVE").is_some();
    let olds: &[Old] = if exhaustive { &OLDS } else { &[Old::Wal, Old::Hot, Old::Garbage, Old::Strays] };
    let (mut all, mut recovered) = (0, 0);
    let mut violations = Vec::new();
    for (turn, (old, what)) in olds.iter().flat_map(|old| EACH.map(|what| (*old, what))).enumerate() {
        let tape = record(old, what, None);
        let trees = tape.trees(&tape.steps, if exhaustive { AT_ONE_MOMENT } else { 12 });
        all += trees.len();
        // Judging is quick, going on from there is not.
        let stride = if exhaustive { 1 } else { trees.len() / 6 };
        for (number, after) in trees.iter().enumerate() {
            let at = |then: &str| format!("{old:?} {what:?}, tree {number} of {}, {then}", trees.len());
            if let Err(violation) = tape.judge(after) {
                violations.push(format!("{}: {violation}", at("as it is")));
            }
            if (number + turn) % stride.max(1) != 0 {
                continue;
            }
            for undoes in [false, true] {
                if exhaustive || undoes == number.is_multiple_of(2) {
                    recovered += 1;
                    if let Err(violation) = tape.recover(after, undoes) {
                        violations.push(format!("{}: {violation}", at(if undoes { "undone" } else { "continued" })));
                    }
                }
            }
        }
    }
    eprintln!("power loss: {all} trees judged, {recovered} brought to their end, {} violations", violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(recovered > 30);
}
