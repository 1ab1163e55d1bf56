//! From the fold to the end: the part of placing that touches the target, and going on with it after a cut.

use std::path::Path;

use jiff::Timestamp;

use super::{Left, Placed, Step, Stopped, Swap};
use crate::files::{FileId, Handle};
use crate::finding::{Code, Finding, Severity};
use crate::hub::exchange::Exchanged;
use crate::hub::helper::ReadBack;
use crate::hub::safety::to_put_back;
use crate::hub::stage::{Folded, Safety, Stage};
use crate::hub::work::{Doing, Halt, Work, shown};

/// How replacing ended early.
pub(super) enum End {
    /// The old file is at the target.
    Before(Halt),
    /// The new file is at the target, read back and released.
    After(Halt),
}

/// What a look after a cut found. The lock is kept until the record is written.
struct After {
    read_back: Option<ReadBack>,
    notes: Vec<Finding>,
    lock: Option<Handle>,
}

struct Done {
    staged: Handle,
    when: Timestamp,
    last_look: Timestamp,
    read_back: ReadBack,
}

impl Work<'_, '_> {
    /// Steps 4 to 11.
    pub(super) fn replace(&mut self, safety: &Safety, looked: Timestamp) -> Result<Placed, End> {
        self.check().map_err(End::Before)?;
        self.step(Step::LastLook);
        let hold = match &safety.folded {
            Folded::Yes { sha256 } => self.hold_folded(&[sha256]),
            Folded::No { .. } | Folded::Missing => self.hold_as_it_is(|live| live.is(safety)),
        };
        let hold = hold.map_err(End::Before)?;
        let done = self.exchange_and_read_back(looked).map_err(End::Before)?;
        self.step(Step::Finish);
        // SQLite first: while it closes, nobody may have the new file open yet.
        hold.release();
        drop(done.staged);
        self.finish().map_err(End::After)?;
        Ok(Placed {
            order: self.order.clone(),
            safety: safety.clone(),
            last_look: done.last_look,
            replaced: Some(done.when),
            read_back: Some(done.read_back),
            notes: Vec::new(),
        })
    }

    /// Steps 8 to 10, with the old file held.
    fn exchange_and_read_back(&mut self, looked: Timestamp) -> Result<Done, Halt> {
        let path = self.names.own("swap");
        let staged = self.files().open_write(&path).doing("open", &path)?;
        // Newcomers wait for this lock until all is done.
        self.bar_sqlite(&staged).doing("lock", &path)?;
        let last_look = self.nobody_but_us(&[])?.max(looked);
        self.check()?;
        let old = self.files().look(self.target()).doing("look at", self.target())?.map(|status| status.id);
        let new = self.files().status(&staged).doing("look at", &path)?.id;
        self.record(&Stage::Swap { old, new, sha256: self.order.sha256.clone() })?;
        self.step(Step::Replace);
        let exchanged = self.exchange(&path, "old", old)?;
        let when = self.now();
        let old: Vec<FileId> = old.into_iter().collect();
        if self.anybody(&old) {
            self.take_back(&exchanged)?;
            return Err(self.came_between(&old));
        }
        match self.exchanged() {
            Ok(read_back) => Ok(Done { staged, when, last_look, read_back }),
            Err(halt) => self.after_taking_back(&exchanged, halt),
        }
    }

    fn after_taking_back<T>(&self, exchanged: &Exchanged, halt: Halt) -> Result<T, Halt> {
        self.take_back(exchanged)?;
        Err(halt)
    }

    /// Step 10: the exchange is made durable and recorded, and a fresh process reads back what lies there.
    fn exchanged(&mut self) -> Result<ReadBack, Halt> {
        self.sync_folder()?;
        self.record(&Stage::Swapped)?;
        self.step(Step::ReadBack);
        let found = self.kit.helper.read_back(self.target()).doing("read back", self.target())?;
        let expected = &self.order.sha256;
        let wrong = if found.sha256 == *expected {
            found.trouble.clone()
        } else {
            Some(format!("Its SHA-256 is {} instead of {expected}.", found.sha256))
        };
        match wrong {
            None => Ok(found),
            Some(wrong) => Err(Halt::failed(
                Finding::new(
                    Code::R611,
                    Severity::Block,
                    format!("What was read back is not what was written. {wrong}"),
                )
                .remedy("Look at the disk and the system's log before you try again.")
                .about(shown(self.target())),
            )),
        }
    }

    /// Step 11, after the locks: recorded, and nothing of ours stays in the folder.
    fn finish(&mut self) -> Result<(), Halt> {
        self.record(&Stage::Placed)?;
        self.clear_away()
    }

    /// Whether an exchange that the record announces has happened.
    pub(super) fn swapped_already(&self) -> Result<Option<Swap>, Halt> {
        let recorded = self.recorded();
        let swap = recorded.iter().rev().find_map(|stage| match stage {
            Stage::Swap { old, new, sha256 } => Some((old, new, sha256)),
            _ => None,
        });
        let Some((old, new, sha256)) = swap else { return Ok(None) };
        let there = self.files().look(self.target()).doing("look at", self.target())?.map(|status| status.id);
        Ok((there == Some(*new)).then(|| Swap { old: *old, sha256: sha256.clone() }))
    }

    /// Before going on from step 2: nothing staged stays, side files have their names again.
    pub(super) fn back_to_the_start(&mut self) -> Result<(), Halt> {
        self.folder_again()?;
        self.put_side_files_back()?;
        if self.unlink_own()? {
            self.sync_folder()?;
        }
        let now = self.now();
        self.names.mark(self.files(), &self.order, now).doing("write the marker in", self.names.folder())
    }

    /// Goes on after a cut behind the exchange.
    pub(super) fn after_the_cut(&mut self, swap: &Swap) -> Result<Placed, Stopped> {
        let unfinished = |halt: Halt| halt.stopped(Left::New);
        self.folder_again().and_then(|()| self.sync_folder()).map_err(unfinished)?;
        let After { read_back, notes, lock } = self.look_after_the_cut(swap).map_err(unfinished)?;
        drop(lock);
        self.step(Step::Finish);
        self.finish().map_err(unfinished)?;
        let placed = self.placed_before().map_err(unfinished)?;
        Ok(Placed { read_back, notes, ..placed })
    }

    /// Reads back what was placed by a run that was cut. Its locks are gone, so a connector may have written since: other
    /// bytes are then right, as long as the IDs are.
    fn look_after_the_cut(&mut self, swap: &Swap) -> Result<After, Halt> {
        let target = self.order.target.clone();
        let notes = self.still_on_the_old_file(swap);
        let handle = self.files().open_write(&target).doing("open", &target)?;
        if self.bar_sqlite(&handle).is_err() {
            self.record(&Stage::Swapped)?;
            return Ok(After { read_back: None, notes, lock: None });
        }
        let live = self.live()?;
        if live.alone() == Some(&swap.sha256) {
            let read_back = self.exchanged()?;
            return Ok(After { read_back: Some(read_back), notes, lock: Some(handle) });
        }
        let found = self.kit.helper.read_back(&target).doing("read back", &target)?;
        let ours = found.hubs.contains(&self.order.hub.to_string())
            && found.connectors.contains(&self.order.connector.to_string());
        if !ours {
            return Err(self.foreign(&target));
        }
        self.record(&Stage::Swapped)?;
        Ok(After { read_back: None, notes, lock: Some(handle) })
    }

    fn foreign(&self, target: &Path) -> Halt {
        let detail = "What is there now is neither what was written nor a database of the new connector.";
        Halt::failed(
            Finding::new(Code::R611, Severity::Block, detail)
                .remedy(format!("Undo it: reseat rollback {}.", self.order.restore))
                .about(shown(target)),
        )
    }

    /// A process that came between the exchange and the cut writes to the old file, without knowing.
    fn still_on_the_old_file(&self, swap: &Swap) -> Vec<Finding> {
        let old: Vec<FileId> = swap.old.into_iter().collect();
        let seen = crate::hub::holders::who(self.kit.world, None, self.target(), &old).seen;
        let note = |holder: &crate::hub::holders::Holder| {
            let detail = format!("The old file is still open: {}.", holder.line());
            Finding::new(Code::R704, Severity::Warn, detail)
                .why("What this process writes is lost.")
                .remedy("Restart the connector.")
                .about(shown(self.target()))
        };
        seen.iter().map(note).collect()
    }

    /// Clears away what a cut after the end of placing left.
    pub(super) fn tidy(&mut self) -> Result<Placed, Halt> {
        self.clear_away()?;
        self.placed_before()
    }

    fn placed_before(&self) -> Result<Placed, Halt> {
        let safety = to_put_back(&self.recorded()).ok_or_else(|| super::cut("The journal knows no safety copy."))?;
        let (order, last_look) = (self.order.clone(), self.now());
        Ok(Placed { order, safety, last_look, replaced: None, read_back: None, notes: Vec::new() })
    }
}
