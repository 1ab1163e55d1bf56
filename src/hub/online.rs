//! Online mode: the contents are written into the live file, which somebody may have open; the file itself stays.
//!
//! For a connector that cannot be stopped, and for a file that is mounted by itself. SQLite takes the lock first; under it
//! the safety copy is proved to be what is there, and only then pages are written, in one transaction. What was recorded
//! before tells after any cut which contents are there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::fold::FoldError;
use super::live::{Form, Live, Out, Writing, Wrote, open_source};
use super::place::{Left, Placed, Step, Stopped};
use super::safe_copy::holding;
use super::safety::{Held, to_put_back};
use super::stage::{Folded, Safety, Stage};
use super::undo::{self, Undone};
use super::work::{Doing, Halt, Work, shown};
use crate::files::unlink_if_there;
use crate::finding::{Code, Finding, Severity};
use crate::hub::helper::ReadBack;
use crate::progress::Progress;

/// How long a lock is waited for in all, before it is said that the connector never lets go.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often what is there is read out again while somebody holds a lock.
const READS: u32 = 4;

/// Which contents are at the target after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    /// The old ones, perhaps written to since.
    Old,
    /// The new ones, perhaps written to since.
    New,
}

/// What the live database was read out as.
enum Read {
    /// Exactly what was written.
    Same(ReadBack),
    /// Something else that is sound: somebody has written since.
    Other(ReadBack),
    /// Somebody held a lock all the time.
    Busy,
}

impl Work<'_, '_> {
    /// Places online, from the safety copy to the end.
    pub(crate) fn place_online(&mut self, left: Left) -> Result<Placed, Stopped> {
        let done = self.write_the_new();
        let (safety, when) = match done {
            Ok(done) => done,
            Err(halt) => return Err(self.give_up_online(halt, left)),
        };
        self.end_online(safety, Some(when))
    }

    /// Goes on with a cut: what is there decides whether it is written again.
    pub(crate) fn proceed_online(&mut self) -> Result<Placed, Stopped> {
        let unfinished = |halt: Halt| halt.stopped(Left::Unfinished);
        let now = self.now();
        self.names
            .mark(self.files(), &self.order, now)
            .doing("write the marker in", self.names.folder())
            .map_err(unfinished)?;
        let recorded = to_put_back(&self.recorded());
        match (self.what_is_there().map_err(unfinished)?, recorded) {
            (There::New, Some(safety)) => self.end_online(safety, None),
            (_, recorded) => self.place_online(if recorded.is_some() { Left::Old } else { Left::Untouched }),
        }
    }

    /// Reads back, records, clears away. What is wrong is put back at once.
    fn end_online(&mut self, safety: Safety, when: Option<jiff::Timestamp>) -> Result<Placed, Stopped> {
        let read = match self.read_back_online() {
            Ok(read) => read,
            Err(halt) => {
                return match undo::whole(self) {
                    Ok(_) => Err(halt.stopped(Left::Old)),
                    Err(_) => Err(halt.stopped(Left::Unfinished)),
                };
            }
        };
        self.step(Step::Finish);
        let ended = self.record(&Stage::Placed).and_then(|()| self.clear_away());
        ended.map_err(|halt| halt.stopped(Left::New))?;
        let (read_back, notes) = match read {
            Read::Same(found) => (Some(found), Vec::new()),
            Read::Other(_) => (None, vec![self.note("The connector has written since: other bytes are right.")]),
            Read::Busy => (None, vec![self.note("It could not be read back: somebody holds a lock on it.")]),
        };
        let (order, last_look) = (self.order.clone(), self.now());
        Ok(Placed { order, safety, last_look, replaced: when, read_back, notes })
    }

    fn note(&self, detail: &str) -> Finding {
        Finding::new(Code::R617, Severity::Info, detail)
            .why("Online, the connector is not kept out after the writing.")
            .remedy(format!("Look at it: reseat check {}.", self.order.connector))
            .about(shown(self.target()))
    }

    /// The safety copy, the lock, the proof that the one is what is under the other, the writing.
    fn write_the_new(&mut self) -> Result<(Safety, jiff::Timestamp), Halt> {
        self.step(Step::Stage);
        let (source, sha256) = (self.order.source.clone(), self.order.sha256.clone());
        self.has_digest(&source, &sha256)?;
        if self.files().look(self.target()).doing("look at", self.target())?.is_none() {
            return Err(
                self.not_online("There is no database that could be written into.", "Place it without --online.")
            );
        }
        let mut safety = self.safe_before_the_lock()?;
        self.check()?;
        self.step(Step::LastLook);
        let live = self.write_into(&source, |work, live, schema| {
            let still = match &safety {
                Some(safety) => work.is_still(safety, live)?,
                None => false,
            };
            if !still {
                // Somebody has written since. Now nobody can.
                safety = Some(work.keep_under_the_lock("before")?);
            }
            work.record(&Stage::Overwrite { schema })
        })?;
        let when = self.now();
        self.close(live)?;
        let safety = safety.ok_or_else(|| Halt::written_meanwhile(self.target()))?;
        Ok((safety, when))
    }

    /// A safety copy that was recorded before, or one that is taken now. None where the database never holds still: then it
    /// is taken under the lock. A journal that a crash left hot is in it as it lies there.
    fn safe_before_the_lock(&mut self) -> Result<Option<Safety>, Halt> {
        if let Some(safety) = self.still_safe()? {
            return Ok(Some(safety));
        }
        match self.take_safety_copy("before") {
            Ok(safety) => self.online_safe(safety).map(Some),
            Err(Halt::Somebody(_)) => Ok(None),
            Err(halt) => Err(halt),
        }
    }

    fn keep_under_the_lock(&mut self, name: &str) -> Result<Safety, Halt> {
        let safety = self.take_safety_copy(name)?;
        self.online_safe(safety)
    }

    /// Records it, unless SQLite cannot read what it holds: into such a database nothing can be written.
    fn online_safe(&mut self, safety: Safety) -> Result<Safety, Halt> {
        if let Folded::No { why } = &safety.folded {
            let detail = format!("SQLite cannot open the database that is there ({}).", why.trim_end_matches('.'));
            return Err(self.not_online(&detail, "Stop the connector, and place it without --online."));
        }
        self.record(&Stage::Safe { safety: safety.clone() })?;
        Ok(safety)
    }

    /// Whether what is there under the lock is still what the safety copy holds.
    fn is_still(&self, safety: &Safety, form: Form) -> Result<bool, Halt> {
        let live = self.live()?;
        let sha256 = |saved: &Option<super::stage::Saved>| {
            saved.as_ref().filter(|saved| saved.size > 0).map(|saved| saved.sha256.clone())
        };
        let (database, wal) = live.database_and_log();
        let folded = matches!(&safety.folded, Folded::Yes { sha256 } if database == Some(sha256) && wal.is_none());
        let log = if form.wal { sha256(&safety.wal) } else { None };
        Ok(folded || (database.map(str::to_owned) == sha256(&safety.database) && wal.map(str::to_owned) == log))
    }

    /// Writes all pages of `source` into the live database. `held` runs when SQLite has the lock and has written nothing yet;
    /// what it refuses leaves all as it was. The database is still open when this returns.
    fn write_into(
        &mut self,
        source: &Path,
        held: impl FnOnce(&mut Self, Form, i64) -> Result<(), Halt>,
    ) -> Result<Live, Halt> {
        let target = self.order.target.clone();
        // While SQLite has it open, nothing else in this process may open and close it: its locks would be gone.
        let alone = holding();
        self.files().by_sqlite("open", &target).doing("open", &target)?;
        let mut live = Live::open(&target).map_err(|error| self.refused(&error))?;
        let new = Form::of_file(source).ok_or_else(|| Halt::failed(damaged(source)))?;
        if let Some(why) = live.form.refuses(new) {
            return Err(self.not_online(&why, "Stop the connector, and place it without --online."));
        }
        let (form, schema) = (live.form, live.schema);
        let from = open_source(source).map_err(|error| self.refused(&error))?;
        let writing = live.write(&from).map_err(|error| self.refused(&error))?;
        self.lock_patiently(&writing)?;
        self.held = Some(Held { wal: form.wal, kept: Vec::new() });
        let agreed = held(self, form, schema).and_then(|()| self.write_pages(&writing));
        drop(writing);
        if agreed.is_err() {
            live.close();
            // Only now: closing one of these earlier would have given SQLite's locks back.
            self.held = None;
            drop(alone);
            return agreed.and_then(|()| Err(Halt::Cancelled));
        }
        live.keep(self.held.take(), alone);
        Ok(live)
    }

    /// Closing folds a log in, where nobody else has it open.
    fn close(&self, live: Live) -> Result<(), Halt> {
        let target = self.target();
        self.files().by_sqlite("close", target).doing("close", target)?;
        live.close();
        Ok(())
    }

    fn lock_patiently(&self, writing: &Writing<'_>) -> Result<(), Halt> {
        let begun = Instant::now();
        loop {
            self.check()?;
            match writing.lock().map_err(|error| self.refused(&error))? {
                Wrote::Some(..) => return Ok(()),
                Wrote::All => return Err(Halt::failed(damaged(&self.order.source))),
                Wrote::Busy if begun.elapsed() > PATIENCE => return Err(self.refused(&FoldError::Busy)),
                Wrote::Busy => {}
            }
        }
    }

    fn write_pages(&mut self, writing: &Writing<'_>) -> Result<(), Halt> {
        let target = self.order.target.clone();
        self.check()?;
        self.step(Step::Replace);
        loop {
            self.files().by_sqlite("write pages into", &target).doing("write", &target)?;
            match writing.go_on().map_err(|error| self.refused(&error))? {
                Wrote::All => return Ok(()),
                Wrote::Some(done, total) => {
                    (self.kit.progress)(Progress { stage: Step::Replace, done, total: Some(total) });
                }
                Wrote::Busy => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Reads back by fresh processes: what SQLite reads out of the live database, page for page.
    fn read_back_online(&mut self) -> Result<Read, Halt> {
        self.step(Step::ReadBack);
        let source = self.order.source.clone();
        let read = self.read_out_as(&source)?;
        if let Read::Other(found) | Read::Same(found) = &read {
            let ours = found.hubs.contains(&self.order.hub.to_string())
                && found.connectors.contains(&self.order.connector.to_string());
            let wrong = found.trouble.clone().or_else(|| (!ours).then(|| "It holds other IDs.".to_owned()));
            if let Some(wrong) = wrong {
                return Err(Halt::failed(
                    Finding::new(
                        Code::R611,
                        Severity::Block,
                        format!("What was read back is not what was written. {wrong}"),
                    )
                    .remedy("Look at the disk and the system's log before you try again.")
                    .about(shown(self.target())),
                ));
            }
        }
        Ok(read)
    }

    fn read_out_as(&mut self, expected: &Path) -> Result<Read, Halt> {
        let Some((out, copy)) = self.read_out()? else { return Ok(Read::Busy) };
        let helper = self.kit.helper;
        let found = helper.read_back(&copy).doing("read back", &self.order.target)?;
        let same = helper.same_pages(&copy, expected).doing("read back", &self.order.target)?;
        tracing::debug!("read out with schema number {}", out.schema);
        self.drop_copy()?;
        Ok(if same { Read::Same(found) } else { Read::Other(found) })
    }

    /// A private copy of what SQLite reads there now; none when somebody held a lock all the time.
    fn read_out(&self) -> Result<Option<(Out, PathBuf)>, Halt> {
        let (files, copy) = (self.files(), self.copy_path());
        for _ in 0..READS {
            self.drop_copy()?;
            drop(files.create_new(&copy).doing("make", &copy)?);
            let out = self.kit.helper.read_out(self.target(), &copy).doing("read back", self.target())?;
            if !out.busy {
                return Ok(Some((out, copy)));
            }
        }
        self.drop_copy()?;
        Ok(None)
    }

    fn copy_path(&self) -> PathBuf {
        self.order.folder.join("read-out.db")
    }

    /// Nothing of the copy that was read out stays.
    pub(crate) fn drop_copy(&self) -> Result<(), Halt> {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let path = super::safe_copy::side_file(&self.copy_path(), suffix);
            if self.files().look(&path).doing("look at", &path)?.is_some() {
                unlink_if_there(self.files(), &path).doing("remove", &path)?;
            }
        }
        Ok(())
    }

    /// Which contents a cut has left: writing raises the schema's number, which a connector that runs does not.
    fn what_is_there(&self) -> Result<There, Halt> {
        match self.begun() {
            Some(before) if self.recover()? != before => Ok(There::New),
            _ => Ok(There::Old),
        }
    }

    /// The schema's number before this attempt began to write.
    fn begun(&self) -> Option<i64> {
        let recorded = self.recorded();
        let of_this_one = recorded.iter().rev().take_while(|stage| !matches!(stage, Stage::Start { .. }));
        of_this_one.into_iter().find_map(|stage| match stage {
            Stage::Overwrite { schema } => Some(*schema),
            _ => None,
        })
    }

    /// Opens the live database for a moment: that rolls back what a cut left half written. A process that only reads could
    /// not. Gives the schema's number.
    fn recover(&self) -> Result<i64, Halt> {
        let _alone = holding();
        let target = self.target();
        self.files().by_sqlite("open", target).doing("open", target)?;
        let live = Live::open(target).map_err(|error| self.refused(&error))?;
        let schema = live.schema;
        live.close();
        Ok(schema)
    }

    /// Ends an attempt that wrote nothing, or of which SQLite took everything back.
    fn give_up_online(&mut self, halt: Halt, left: Left) -> Stopped {
        let begun = self.begun().is_some();
        match if begun { self.what_is_there() } else { Ok(There::Old) } {
            Ok(There::Old) => {
                let left = if begun { Left::Old } else { left };
                drop(self.drop_copy());
                self.give_up(halt, left)
            }
            // Its last step failed and counts all the same, or nobody can tell: the journal goes on from here.
            Ok(There::New) | Err(_) => halt.stopped(Left::Unfinished),
        }
    }

    /// Puts the folded safety copy back into a database that somebody has open.
    pub(crate) fn put_back_online(&mut self, safety: &Safety) -> Result<Undone, Halt> {
        let Folded::Yes { sha256 } = &safety.folded else {
            // What was not there, or cannot be read by SQLite, comes back only when nobody has it open.
            self.nobody()?;
            return Err(self.not_online("The old database cannot be written by SQLite.", "Stop the connector first."));
        };
        let folded = safety.path("folded.db");
        self.has_digest(&folded, sha256)?;
        let looked = self.now();
        self.step(Step::LastLook);
        let mut after = None;
        self.recover()?;
        let read = self.read_out_as(&folded)?;
        if !matches!(read, Read::Same(_)) {
            let live = self.write_into(&folded, |work, _, schema| {
                let taken = work.take_safety_copy("after")?;
                work.record(&Stage::After { safety: taken.clone() })?;
                after = Some(taken);
                work.record(&Stage::Overwrite { schema })
            })?;
            self.step(Step::ReadBack);
            let read = self.read_out_as(&folded);
            self.close(live)?;
            if let Read::Other(found) = read?
                && found.trouble.is_some()
            {
                return Err(Halt::failed(
                    Finding::new(Code::R611, Severity::Block, "What was read back is not what the safety copy holds.")
                        .remedy("Undo it again, after a look at the disk and the system's log.")
                        .about(shown(self.target())),
                ));
            }
        }
        self.record(&Stage::Restored)?;
        let undone = self.undone(Some(safety.clone()), after, Some(looked))?;
        Ok(Undone { online: true, ..undone })
    }

    fn has_digest(&self, path: &Path, sha256: &str) -> Result<(), Halt> {
        let found = self.digests(&[path])?.into_iter().next().flatten();
        if found.is_some_and(|found| found.sha256 == sha256) {
            return Ok(());
        }
        Err(Halt::failed(
            Finding::new(Code::R504, Severity::Block, format!("{} has other bytes than before.", shown(path)))
                .remedy("Make the file again, then start over.")
                .about(shown(path)),
        ))
    }

    /// R617: online mode cannot do it.
    fn not_online(&self, detail: &str, remedy: &str) -> Halt {
        Halt::failed(Finding::new(Code::R617, Severity::Block, detail).remedy(remedy).about(shown(self.target())))
    }

    fn refused(&self, error: &FoldError) -> Halt {
        let target = shown(self.target());
        match error {
            FoldError::Busy => Halt::somebody(
                Finding::new(
                    Code::R617,
                    Severity::Block,
                    "SQLite did not get the lock: somebody holds it all the time.",
                )
                .remedy("Try again when the connector is quiet, or stop it and go on without --online.")
                .about(target),
            ),
            FoldError::Unreadable(_) => self.not_online(
                &format!("The database that is there could not be opened: {error}."),
                "Stop the connector, and place it without --online.",
            ),
            FoldError::Failed(_) => Halt::failed(
                Finding::new(Code::R610, Severity::Block, format!("The database could not be written: {error}."))
                    .remedy("Look at room and access there, then try again.")
                    .about(target),
            ),
        }
    }
}

fn damaged(source: &Path) -> Finding {
    Finding::new(Code::R504, Severity::Block, format!("{} is not a whole database.", shown(source)))
        .remedy("Make the file again, then start over.")
        .about(shown(source))
}
