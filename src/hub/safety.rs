//! The safety copy of a database and its side files: raw, byte for byte, and folded into one file.

use std::path::{Path, PathBuf};

use super::fold::{FoldError, fold};
use super::helper::Digest;
use super::place::Step;
use super::safe_copy::side_file;
use super::stage::{Folded, Safety, Saved, Stage};
use super::work::{Doing, Halt, MAKE_ROOM, Work, shown};
use crate::files::{Handle, unlink_if_there};
use crate::finding::{Code, Finding, Severity};

/// Tries before a database counts as in use.
const TRIES: u32 = 3;

/// Names that SQLite does not pair up.
const RAW: [(&str, &str); 3] = [("", "raw.db"), ("-wal", "raw.wal"), ("-journal", "raw.journal")];

/// The live database, while SQLite holds it for writing online.
#[derive(Debug)]
pub(crate) struct Held {
    /// It is in WAL mode. Otherwise the journal beside it is our own.
    pub(crate) wal: bool,
    /// Files of the set that were read: closing one would give SQLite's locks back.
    pub(crate) kept: Vec<Handle>,
}

impl Held {
    /// Whether this file beside the database is part of what it holds.
    fn counts(&self, suffix: &str) -> bool {
        suffix.is_empty() || (self.wal && suffix == "-wal")
    }
}

/// What lies at the target: database, `-wal`, `-journal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live([Option<Digest>; 3]);

impl Live {
    /// Whether these are exactly the files of a safety copy.
    pub(crate) fn is(&self, safety: &Safety) -> bool {
        let saved = [&safety.database, &safety.wal, &safety.journal];
        self.0.iter().zip(saved).all(|(live, saved)| sha(live.as_ref()) == saved.as_ref().map(|saved| &*saved.sha256))
    }

    /// The digest of the database, when nothing lies beside it.
    pub(crate) fn alone(&self) -> Option<&str> {
        let [database, None, None] = &self.0 else { return None };
        sha(database.as_ref())
    }

    /// The digests of the database and of its log; none for a log that holds nothing.
    pub(crate) fn database_and_log(&self) -> (Option<&str>, Option<&str>) {
        let log = self.0[1].as_ref().filter(|log| log.size > 0);
        (sha(self.0[0].as_ref()), sha(log))
    }

    /// Whether the database is there.
    pub(crate) fn database(&self) -> Option<&Digest> {
        self.0[0].as_ref()
    }

    /// Whether each side file that is there is the one of a safety copy, byte for byte.
    pub(crate) fn side_files_of(&self, safety: &Safety) -> bool {
        let saved = [&safety.wal, &safety.journal];
        self.0[1..]
            .iter()
            .zip(saved)
            .all(|(live, saved)| live.is_none() || sha(live.as_ref()) == saved.as_ref().map(|saved| &*saved.sha256))
    }
}

fn sha(digest: Option<&Digest>) -> Option<&str> {
    digest.map(|digest| &*digest.sha256)
}

impl Safety {
    /// Whether there were side files.
    pub(crate) fn has_side_files(&self) -> bool {
        self.wal.is_some() || self.journal.is_some()
    }

    /// The path of one of its files: `raw.db`, `raw.wal`, `raw.journal`, `folded.db`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The safety copy that an undo puts back. Of several with the same contents the first is meant: a later one was taken after
/// a first run had folded the side files in.
pub(crate) fn to_put_back(recorded: &[Stage]) -> Option<Safety> {
    let mut chosen: Option<&Safety> = None;
    for stage in recorded.iter().rev() {
        match (stage, chosen) {
            (Stage::Undone, _) => break,
            (Stage::Safe { safety }, None) => chosen = Some(safety),
            (Stage::Safe { safety }, Some(later)) => {
                let same = matches!(safety.folded, Folded::Yes { .. }) && safety.folded == later.folded;
                if !same {
                    break;
                }
                chosen = Some(safety);
            }
            _ => {}
        }
    }
    chosen.cloned()
}

impl Work<'_, '_> {
    /// What lies at the target now, by a fresh process.
    pub(crate) fn live(&self) -> Result<Live, Halt> {
        let target = self.target();
        let (wal, journal) = (side_file(target, "-wal"), side_file(target, "-journal"));
        let mut digests = self.digests(&[target, &wal, &journal])?.into_iter();
        let counts = |at: usize| self.held.as_ref().is_none_or(|held| held.counts(RAW[at].0));
        Ok(Live(std::array::from_fn(|at| digests.next().flatten().filter(|_| counts(at)))))
    }

    /// A safety copy that was recorded before and still is what lies at the target.
    pub(crate) fn still_safe(&self) -> Result<Option<Safety>, Halt> {
        let recorded = self.recorded();
        let Some(safety) = to_put_back(&recorded) else { return Ok(None) };
        let live = self.live()?;
        let folded = matches!(&safety.folded, Folded::Yes { sha256 } if live.alone() == Some(sha256));
        if !live.is(&safety) && !folded {
            return Ok(None);
        }
        Ok(self.intact(&safety)?.then_some(safety))
    }

    /// Whether every file of a safety copy has the bytes that were recorded.
    pub(crate) fn intact(&self, safety: &Safety) -> Result<bool, Halt> {
        let paths: Vec<PathBuf> = RAW.iter().map(|(_, name)| safety.path(name)).collect();
        let folded = safety.path("folded.db");
        let mut all: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        all.push(&folded);
        let digests = self.digests(&all)?;
        let saved = [&safety.database, &safety.wal, &safety.journal];
        let raw = digests.iter().zip(saved).all(|(found, saved)| match saved {
            Some(saved) => sha(found.as_ref()) == Some(&saved.sha256),
            None => true,
        });
        let folded = match &safety.folded {
            Folded::Yes { sha256 } => digests.last().and_then(|found| sha(found.as_ref())) == Some(sha256),
            Folded::Missing | Folded::No { .. } => true,
        };
        Ok(raw && folded)
    }

    /// Takes a safety copy of what lies at the target into a folder `name` of the restore; durable when this returns. Not
    /// recorded yet.
    pub(crate) fn take_safety_copy(&mut self, name: &str) -> Result<Safety, Halt> {
        self.step(Step::SafetyCopy);
        let folder = self.copy_folder(name)?;
        let mut saved: [Option<Saved>; 3] = [None, None, None];
        for attempt in 1.. {
            for ((suffix, name), saved) in RAW.iter().zip(&mut saved) {
                let to = folder.join(name);
                unlink_if_there(self.files(), &to).doing("remove", &to)?;
                if self.held.as_ref().is_some_and(|held| !held.counts(suffix)) {
                    continue;
                }
                *saved = self.keep(&side_file(&self.order.target, suffix), &to)?;
            }
            let [database, wal, journal] = saved.clone();
            let safety = Safety { folder: folder.clone(), database, wal, journal, folded: Folded::Missing };
            if self.live()?.is(&safety) {
                break;
            }
            if attempt == TRIES {
                return Err(Halt::written_meanwhile(self.target()));
            }
        }
        let [database, wal, journal] = saved;
        let mut safety = Safety { folder, database, wal, journal, folded: Folded::Missing };
        if safety.database.is_some() {
            safety.folded = self.fold_copy(&safety)?;
        }
        self.files().sync_folder(&safety.folder).doing("sync the folder", &safety.folder)?;
        self.files().sync_folder(&self.order.folder).doing("sync the folder", &self.order.folder)?;
        Ok(safety)
    }

    /// A folder for a safety copy. One that the record knows is never used again; one that a crash left half done is.
    fn copy_folder(&self, name: &str) -> Result<PathBuf, Halt> {
        let recorded = self.recorded();
        let known = |folder: &Path| {
            recorded.iter().any(|stage| match stage {
                Stage::Safe { safety } | Stage::After { safety } => safety.folder == folder,
                _ => false,
            })
        };
        let mut folder = self.order.folder.join(name);
        for number in 2.. {
            if !known(&folder) {
                break;
            }
            folder = self.order.folder.join(format!("{name}-{number}"));
        }
        let files = self.files();
        if files.look(&folder).doing("look at", &folder)?.is_none() {
            files.make_folder(&folder).doing("make", &folder)?;
        }
        for left in files.list(&folder).doing("list", &folder)? {
            let left = folder.join(left);
            files.unlink(&left).doing("remove", &left)?;
        }
        Ok(folder)
    }

    /// Folds a copy of the raw set into `folded.db`. Only this trial decides whether SQLite can open what was there.
    fn fold_copy(&mut self, safety: &Safety) -> Result<Folded, Halt> {
        let folded = safety.path("folded.db");
        self.duplicate(&safety.path("raw.db"), &folded)?;
        for (suffix, name, there) in [("-wal", "raw.wal", &safety.wal), ("-journal", "raw.journal", &safety.journal)] {
            if there.is_some() {
                self.duplicate(&safety.path(name), &side_file(&folded, suffix))?;
            }
        }
        self.files().by_sqlite("fold", &folded).doing("fold", &folded)?;
        match fold(&folded) {
            Ok(()) => {}
            Err(FoldError::Unreadable(why)) => {
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    let left = side_file(&folded, suffix);
                    unlink_if_there(self.files(), &left).doing("remove", &left)?;
                }
                return Ok(Folded::No { why });
            }
            Err(error) => {
                let detail = format!("The safety copy could not be folded: {error}.");
                return Err(Halt::failed(
                    Finding::new(Code::R610, Severity::Block, detail).remedy(MAKE_ROOM).about(shown(&folded)),
                ));
            }
        }
        self.clear_side_files(&folded)?;
        let handle = self.files().open_write(&folded).doing("open", &folded)?;
        self.files().sync(&handle).doing("sync", &folded)?;
        drop(handle);
        let digest = self.digests(&[&folded])?.into_iter().next().flatten();
        let digest = digest.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound)).doing("read", &folded)?;
        Ok(Folded::Yes { sha256: digest.sha256 })
    }
}
