//! Undo, from holding what is there to reading back the old set.

use std::path::{Path, PathBuf};

use crate::files::{FileId, Handle};
use crate::finding::{Code, Finding, Severity};
use crate::hub::hold::Hold;
use crate::hub::place::Step;
use crate::hub::safe_copy::side_file;
use crate::hub::safety::Live;
use crate::hub::stage::{Folded, Safety, Stage};
use crate::hub::work::{Doing, Halt, Work, shown};

/// What lies at the target before an undo.
enum Current {
    /// Nothing.
    Missing,
    /// One of the files that the record knows.
    Known,
    /// Something else: somebody wrote since.
    Other,
}

/// When somebody is looked for after an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Before the folder is synced: what goes out is the folded copy, which with its side files is wholly old.
    AtOnce,
    /// After it.
    AfterSync,
}

impl Work<'_, '_> {
    /// Step 3: a safety copy of what nobody else keeps, then SQLite folds what is there and holds it. Gives the safety copy.
    pub(super) fn hold_what_goes_away(&mut self, safety: &Safety) -> Result<(Hold, Option<Safety>), Halt> {
        let live = self.live()?;
        let old = [safety.database.as_ref().map(|saved| saved.sha256.clone()), folded(&safety.folded)];
        let mut expected: Vec<String> = old.into_iter().flatten().collect();
        let current = self.current(safety, &live, &expected)?;
        let mut after = None;
        let mut readable = !matches!(safety.folded, Folded::No { .. })
            || live.database().is_some_and(|d| d.sha256 == self.order.sha256);
        match current {
            Current::Missing => readable = false,
            Current::Known => expected.push(self.order.sha256.clone()),
            Current::Other => {
                let taken = self.take_safety_copy("after")?;
                self.record(&Stage::After { safety: taken.clone() })?;
                expected = folded(&taken.folded).into_iter().collect();
                readable = !expected.is_empty();
                after = Some(taken);
            }
        }
        self.step(Step::LastLook);
        let hold = if readable {
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            self.hold_folded(&expected)?
        } else {
            self.hold_as_it_is(|now| *now == live)?
        };
        Ok((hold, after))
    }

    fn current(&self, safety: &Safety, live: &Live, old: &[String]) -> Result<Current, Halt> {
        let Some(database) = live.database() else {
            // Stray side files of a missing database are known only when they are the old ones.
            let known = live.side_files_of(safety);
            return Ok(if known { Current::Missing } else { Current::Other });
        };
        let placed = live.alone() == Some(&self.order.sha256);
        if placed && !self.in_wal_mode()? {
            return Ok(Current::Known);
        }
        // The old database itself, or its folded form, perhaps with side files that an earlier undo placed.
        let known = old.contains(&database.sha256) && live.side_files_of(safety);
        Ok(if known { Current::Known } else { Current::Other })
    }

    /// Folding a database in WAL mode changes its header, so its digest alone is no proof afterwards.
    fn in_wal_mode(&self) -> Result<bool, Halt> {
        let (files, target) = (self.files(), self.target());
        let handle = files.open_read(target).doing("read", target)?;
        let mut versions = [0; 2];
        let read = files.read(&handle, 18, &mut versions).doing("read", target)?;
        Ok(read == 2 && versions != [1, 1])
    }

    /// Steps 4 to 7.
    pub(super) fn put_back(&mut self, safety: &Safety, hold: Hold) -> Result<(), Halt> {
        let mut locked: Vec<Handle> = Vec::new();
        if safety.database.is_none() {
            self.take_the_new_away()?;
            self.place_side_files(safety)?;
        } else if matches!(safety.folded, Folded::No { .. }) {
            locked.push(self.exchange_one("R", Look::AfterSync)?);
            self.place_side_files(safety)?;
        } else if safety.has_side_files() {
            locked.push(self.exchange_one("F", Look::AfterSync)?);
            // Before the raw database: folded with these side files is wholly old, raw without them is not.
            self.place_side_files(safety)?;
            locked.push(self.exchange_one("R", Look::AtOnce)?);
        } else {
            locked.push(self.exchange_one("R", Look::AfterSync)?);
        }
        self.step(Step::ReadBack);
        if !self.live()?.is(safety) {
            return Err(Halt::failed(
                Finding::new(Code::R611, Severity::Block, "What was read back is not what the safety copy holds.")
                    .remedy("Undo it again, after a look at the disk and the system's log.")
                    .about(shown(self.target())),
            ));
        }
        // SQLite, then .F, then .R.
        hold.release();
        locked.into_iter().for_each(drop);
        Ok(())
    }

    /// Exchanges one staged file with the target, durably, and looks whether somebody has the outgoing one open.
    fn exchange_one(&mut self, own: &str, look: Look) -> Result<Handle, Halt> {
        let path = self.names.own(own);
        let staged = self.files().open_write(&path).doing("open", &path)?;
        self.bar_sqlite(&staged).doing("lock", &path)?;
        let outgoing = self.files().look(self.target()).doing("look at", self.target())?.map(|status| status.id);
        let exchanged = self.exchange(&path, &format!("{own}-old"), outgoing)?;
        if look == Look::AfterSync {
            self.sync_folder()?;
        }
        let outgoing: Vec<FileId> = outgoing.into_iter().collect();
        if self.anybody(&outgoing) {
            self.take_back(&exchanged)?;
            return Err(self.came_between(&outgoing));
        }
        if look == Look::AtOnce {
            self.sync_folder()?;
        }
        Ok(staged)
    }

    /// The old database was missing: what is there gets another name.
    fn take_the_new_away(&mut self) -> Result<(), Halt> {
        let Some(there) = self.files().look(self.target()).doing("look at", self.target())? else { return Ok(()) };
        let gone = self.names.own("gone");
        self.files().rename(self.target(), &gone).doing("move away", self.target())?;
        self.sync_folder()?;
        if self.anybody(&[there.id]) {
            self.files().rename(&gone, self.target()).doing("move back", self.target())?;
            self.sync_folder()?;
            return Err(self.came_between(&[there.id]));
        }
        Ok(())
    }

    /// Step 5.
    fn place_side_files(&mut self, safety: &Safety) -> Result<(), Halt> {
        let target = self.order.target.clone();
        let move_to = |from: PathBuf, to: &Path| self.files().rename(&from, to).doing("place", to);
        for (own, suffix, saved) in [("W", "-wal", &safety.wal), ("J", "-journal", &safety.journal)] {
            if saved.is_some() {
                move_to(self.names.own(own), &side_file(&target, suffix))?;
            }
        }
        self.sync_folder()
    }
}

fn folded(folded: &Folded) -> Option<String> {
    match folded {
        Folded::Yes { sha256 } => Some(sha256.clone()),
        Folded::No { .. } | Folded::Missing => None,
    }
}
