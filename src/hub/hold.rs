//! Holding the database at the target, so that nobody comes between the last look and the exchange.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::RwLockWriteGuard;

use super::fold::{FoldError, Held, fold_and_hold};
use super::safe_copy::{holding, side_file};
use super::safety::Live;
use super::work::{Doing, Halt, Work, shown};
use crate::files::{Handle, unlink_if_there};
use crate::finding::{Code, Finding, Severity};

/// The side files of a database.
pub(crate) const SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The old database, held. Dropping it lets others in again.
pub(crate) struct Hold {
    by: By,
    /// Nothing else in this process opens and closes the file meanwhile: SQLite's locks would be gone.
    _alone: RwLockWriteGuard<'static, ()>,
}

enum By {
    /// By SQLite, which folded it.
    Sqlite(Held),
    /// By the locks that bar SQLite, on a file that SQLite cannot open.
    Barred(#[allow(dead_code)] Handle), // Kept open: closing it gives the lock back.
    /// There is nothing to hold.
    Nothing,
}

impl Hold {
    /// Lets others in again.
    pub(crate) fn release(self) {
        match self.by {
            // When SQLite cannot even close, ending the connection still gives its locks back.
            By::Sqlite(held) => drop(held.release()),
            By::Barred(_) | By::Nothing => {}
        }
    }
}

impl Work<'_, '_> {
    /// Folds the database at the target with SQLite, holds it, clears its side files, and proves that it is what was saved:
    /// its digest is one of `expected`. Durable when this returns.
    pub(crate) fn hold_folded(&mut self, expected: &[&str]) -> Result<Hold, Halt> {
        let target = self.order.target.clone();
        let alone = holding();
        self.files().by_sqlite("fold and hold", &target).doing("fold", &target)?;
        let held = match fold_and_hold(&target) {
            Ok(held) => held,
            Err(FoldError::Busy) => {
                return Err(self.nobody().err().unwrap_or_else(|| Halt::written_meanwhile(&target)));
            }
            Err(error) => {
                let detail = format!("The database that is there could not be folded: {error}.");
                return Err(Halt::failed(Finding::new(Code::R610, Severity::Block, detail).about(shown(&target))));
            }
        };
        let by = match held {
            Some(held) => By::Sqlite(held),
            None => self.bar(&target)?,
        };
        let hold = Hold { by, _alone: alone };
        self.clear_side_files(&target)?;
        // SQLite removes a log or a hot journal without syncing the folder: unsynced it could come back over the new file.
        self.sync_folder()?;
        let found = self.digests(&[&target])?.into_iter().next().flatten();
        if found.is_some_and(|found| expected.contains(&&*found.sha256)) {
            return Ok(hold);
        }
        Err(Halt::written_meanwhile(&target))
    }

    /// Holds a database that SQLite cannot open, or none: bars everybody, proves that it is what was saved, and moves its
    /// side files away. Durable when this returns.
    pub(crate) fn hold_as_it_is(&mut self, expected: impl Fn(&Live) -> bool) -> Result<Hold, Halt> {
        let target = self.order.target.clone();
        let alone = holding();
        let hold = Hold { by: self.bar(&target)?, _alone: alone };
        if !expected(&self.live()?) {
            return Err(Halt::written_meanwhile(&target));
        }
        for suffix in SUFFIXES {
            let (from, to) = self.away(suffix);
            if let Err(error) = self.files().rename(&from, &to)
                && error.kind() != io::ErrorKind::NotFound
            {
                self.put_side_files_back()?;
                return Err(error).doing("move away", &from);
            }
        }
        self.sync_folder()?;
        Ok(hold)
    }

    /// Bars everybody from the file at the target; there is nothing to bar when it is missing.
    fn bar(&self, target: &Path) -> Result<By, Halt> {
        let handle = match self.files().open_write(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(By::Nothing),
            handle => handle.doing("open", target)?,
        };
        match self.bar_sqlite(&handle) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(self.nobody().err().unwrap_or_else(|| Halt::written_meanwhile(target)))
            }
            barred => barred.doing("lock", target).map(|()| By::Barred(handle)),
        }
    }

    fn away(&self, suffix: &str) -> (PathBuf, PathBuf) {
        (side_file(self.target(), suffix), self.names.own(&format!("away{suffix}")))
    }

    /// Gives side files that were moved away their names back. One whose name was taken meanwhile goes: the safety copy
    /// holds it.
    pub(crate) fn put_side_files_back(&self) -> Result<(), Halt> {
        let mut any = false;
        for suffix in SUFFIXES {
            let (name, away) = self.away(suffix);
            match self.files().rename_new(&away, &name) {
                Ok(()) => any = true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    any |= unlink_if_there(self.files(), &away).doing("remove", &away)?;
                }
                Err(error) => return Err(error).doing("move back", &away),
            }
        }
        if any { self.sync_folder() } else { Ok(()) }
    }

    /// Unlinks the side files of a database that SQLite folded: those that hold nothing. Anything else is somebody's.
    pub(crate) fn clear_side_files(&self, database: &Path) -> Result<(), Halt> {
        for suffix in SUFFIXES {
            let path = side_file(database, suffix);
            let Some(status) = self.files().look(&path).doing("look at", &path)? else { continue };
            let empty = match suffix {
                "-shm" => true,
                "-wal" => status.size == 0,
                _ => status.size == 0 || self.begins_with_zeros(&path)?,
            };
            if !empty {
                return Err(Halt::written_meanwhile(database));
            }
            unlink_if_there(self.files(), &path).doing("remove", &path)?;
        }
        Ok(())
    }

    /// A journal whose head is zeros is what `journal_mode=PERSIST` leaves behind.
    fn begins_with_zeros(&self, path: &Path) -> Result<bool, Halt> {
        let handle = self.files().open_read(path).doing("read", path)?;
        let mut head = [1; 28];
        let read = self.files().read(&handle, 0, &mut head).doing("read", path)?;
        Ok(read == head.len() && head.iter().all(|byte| *byte == 0))
    }
}
