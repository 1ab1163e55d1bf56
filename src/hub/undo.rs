//! Putting back what a placing replaced, byte for byte, side files included.
//!
//! Begins from the top after any cut, and never trusts a side file that an earlier run placed. Where there were side files,
//! the folded copy comes first and the raw one follows under it: at each moment the target is wholly old or wholly new.

mod put_back;

use jiff::Timestamp;

use super::place::{Kit, Left, Step, Stopped};
use super::safety::to_put_back;
use super::stage::{Folded, Looks, Order, Safety, Saved, Stage, Standing, order, standing};
use super::work::{Doing, Halt, Work, shown};
use crate::finding::{Code, Finding, Severity};

/// The old set is back.
#[derive(Debug, Clone)]
pub struct Undone {
    /// What had been placed.
    pub order: Order,
    /// What is back; none when the target had never been touched.
    pub before: Option<Safety>,
    /// A copy of what was taken away, where it was not exactly the file that had been placed.
    pub after: Option<Safety>,
    /// When somebody was looked for last; nobody was there. None when nothing had to be put back.
    pub last_look: Option<Timestamp>,
    /// When it was put back.
    pub when: Timestamp,
    /// It was written into the live file, which somebody has open: the same contents, in the file that was there.
    pub online: bool,
}

/// Undoes what the record holds: a placing that is done, or one that was cut, or an undo that was cut. What was placed online
/// is also put back online where somebody has it open.
pub fn undo(kit: &mut Kit<'_>) -> Result<Undone, Stopped> {
    undo_as(kit, false)
}

/// The same, and where somebody has it open it is put back online, however it was placed.
pub fn undo_online(kit: &mut Kit<'_>) -> Result<Undone, Stopped> {
    undo_as(kit, true)
}

fn undo_as(kit: &mut Kit<'_>, online: bool) -> Result<Undone, Stopped> {
    let recorded = kit.log.recorded();
    let (Some(order), Standing::Placed | Standing::Unfinished | Standing::Undoing) =
        (order(&recorded), standing(&recorded))
    else {
        let finding = Finding::new(Code::R609, Severity::Ask, "The journal holds no placing to undo.");
        return Err(Stopped { finding: Some(Box::new(finding)), left: Left::Untouched });
    };
    // Before the record says "undo", a stop leaves all as it was.
    let before = if standing(&recorded) == Standing::Placed { Left::New } else { Left::Unfinished };
    let mut work = Work::begin(kit, order.clone()).map_err(|halt| {
        // Without its folder the new database is not there any more.
        let is_gone = matches!(&halt, Halt::Failed(finding) if finding.code == Code::R406);
        halt.stopped(if is_gone && before == Left::New { Left::Untouched } else { before })
    })?;
    work.order.online |= online;
    if standing(&recorded) == Standing::Placed && !work.order.online {
        // Somebody who has it open is the usual reason to stop: then nothing is begun at all.
        work.nobody().and_then(|_| work.check()).map_err(|halt| halt.stopped(before))?;
    }
    whole(&mut work).map_err(|halt| halt.stopped(Left::Unfinished))
}

/// The whole undo, with the folder's lock held.
pub(crate) fn whole(work: &mut Work<'_, '_>) -> Result<Undone, Halt> {
    // Half an undo helps nobody: from here on it is not stopped.
    work.undoing = true;
    if standing(&work.recorded()) != Standing::Undoing {
        work.record(&Stage::Undo)?;
    }
    let Some(safety) = to_put_back(&work.recorded()) else {
        return work.undone(None, None, None);
    };
    if work.lock.is_none() {
        // The folder that this placing made is gone already, and nothing was there before it.
        let nothing = safety.database.is_none() && !safety.has_side_files();
        return if nothing { work.undone(Some(safety), None, None) } else { Err(work.no_folder()) };
    }
    let now = work.now();
    work.names.mark(work.files(), &work.order, now).doing("write the marker in", work.names.folder())?;
    if work.is_back(&safety)? {
        return work.undone(Some(safety), None, None);
    }
    if !work.intact(&safety)? {
        return Err(Halt::failed(
            Finding::new(Code::R616, Severity::Block, "The safety copy is not what the journal says.")
                .remedy("Compare the files in its folder with the digests in the journal, by hand.")
                .about(shown(&safety.folder)),
        ));
    }
    if work.order.online && work.nobody().is_err() {
        return work.put_back_online(&safety);
    }
    work.unlink_own()?;
    work.stage_the_old(&safety)?;
    let looked = work.nobody()?;
    let (hold, after) = work.hold_what_goes_away(&safety)?;
    work.step(Step::Replace);
    work.put_back(&safety, hold)?;
    work.record(&Stage::Restored)?;
    work.undone(Some(safety), after, Some(looked))
}

impl Work<'_, '_> {
    /// Whether the old set lies at the target already, byte for byte.
    fn is_back(&self, safety: &Safety) -> Result<bool, Halt> {
        let shm = super::safe_copy::side_file(self.target(), "-shm");
        let shm = self.files().look(&shm).doing("look at", &shm)?;
        Ok(shm.is_none() && self.live()?.is(safety))
    }

    /// Step 8.
    pub(crate) fn undone(
        &mut self,
        before: Option<Safety>,
        after: Option<Safety>,
        last_look: Option<Timestamp>,
    ) -> Result<Undone, Halt> {
        self.step(Step::Finish);
        self.drop_copy()?;
        self.clear_away()?;
        self.take_folder_away()?;
        self.record(&Stage::Undone)?;
        Ok(Undone { order: self.order.clone(), before, after, last_look, when: self.now(), online: false })
    }

    /// Step 2: `.F` (folded, only where there were side files), `.R` (raw), `.W` and `.J`, each synced.
    fn stage_the_old(&mut self, safety: &Safety) -> Result<(), Halt> {
        self.step(Step::Stage);
        if let (Some(database), Folded::Yes { sha256 }, true) =
            (&safety.database, &safety.folded, safety.has_side_files())
        {
            self.stage_one(safety, "folded.db", sha256, "F", &database.looks)?;
        }
        for (name, own, saved) in
            [("raw.db", "R", &safety.database), ("raw.wal", "W", &safety.wal), ("raw.journal", "J", &safety.journal)]
        {
            if let Some(Saved { sha256, looks, .. }) = saved {
                self.stage_one(safety, name, sha256, own, looks)?;
            }
        }
        Ok(())
    }

    fn stage_one(&mut self, safety: &Safety, name: &str, sha256: &str, own: &str, looks: &Looks) -> Result<(), Halt> {
        let to = self.names.own(own);
        drop(self.stage(&safety.path(name), sha256, &to, looks)?);
        Ok(())
    }
}
