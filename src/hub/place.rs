//! Replacing a connector's database: begun, or continued after it was cut.
//!
//! The order of the steps is a proved recipe; the obvious order corrupts the target. A safety copy is taken, SQLite folds
//! the old database and holds it, a fresh process proves that it still is what was saved, and only then two names are
//! exchanged, while nobody can open either file. Runs on one thread, without an async runtime around it.

mod replace;

use jiff::Timestamp;

use super::helper::{Helper, ReadBack};
use super::look::resolve;
use super::stage::{Folded, Order, Safety, Stage, StageLog, Standing, order, standing};
use super::work::{Doing, Halt, Work, shown};
use super::{attributes, undo};
use crate::files::{FileId, Files, Kind};
use crate::finding::{Code, Finding, Severity};
use crate::progress::{Cancel, OnProgress};
use crate::world::World;

/// What placing and undoing work with.
pub struct Kit<'a> {
    /// The machine.
    pub world: &'a World,
    /// The door to the file system.
    pub files: &'a dyn Files,
    /// How a fresh process is started.
    pub helper: &'a Helper,
    /// Where each stage is recorded.
    pub log: &'a mut dyn StageLog,
    /// Asks to stop; looked at until the exchange begins.
    pub cancel: &'a Cancel,
    /// Told about each step.
    pub progress: OnProgress<'a, Step>,
}

/// A step as a person sees it, in order. Bytes are its unit where it copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The new file (when undoing: the old set) is written beside the target.
    Stage,
    /// The safety copy.
    SafetyCopy,
    /// The last look that nobody has it open; from here stopping means undoing.
    LastLook,
    /// The exchange: from here it cannot be stopped.
    Replace,
    /// A fresh process reads it back.
    ReadBack,
    /// Releasing and clearing away.
    Finish,
}

/// A database was placed.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What was placed.
    pub order: Order,
    /// The safety copy that a rollback puts back.
    pub safety: Safety,
    /// When somebody was looked for last; nobody was there.
    pub last_look: Timestamp,
    /// When the exchange happened. None when an earlier run made it.
    pub replaced: Option<Timestamp>,
    /// What a fresh process read. None when the connector has written since, so that other bytes are right.
    pub read_back: Option<ReadBack>,
    /// What is worth knowing: none of it stops anything.
    pub notes: Vec<Finding>,
}

/// What is at the target after placing or undoing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing was touched.
    Untouched,
    /// The old contents, wholly; its side files may have been folded in.
    Old,
    /// It had begun, and was undone: the old set, byte for byte.
    Undone,
    /// The new contents, wholly.
    New,
    /// Cut in the middle: to be continued or undone. The target holds the old or the new contents, wholly.
    Unfinished,
}

impl Left {
    /// What that means for the database, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Untouched => "The database was not touched.",
            Self::Old => "The old database is there, with all that it held.",
            Self::Undone => "The old database is back, byte for byte.",
            Self::New => "The new database is there; clearing away is left to do.",
            Self::Unfinished => "It was cut in the middle: continue or undo it.",
        }
    }
}

/// Placing or undoing stopped.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// Why; none when somebody asked to stop.
    pub finding: Option<Box<Finding>>,
    /// What is there now.
    pub left: Left,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.finding.as_ref().map_or("stopped, as asked", |finding| &finding.detail))
    }
}

impl std::error::Error for Stopped {}

/// Replaces `order.target` by `order.source`. A stop that a person may answer (R602, R606) comes before anything is
/// replaced; call again with the acceptance in the order.
pub fn place(order: &Order, kit: &mut Kit<'_>) -> Result<Placed, Stopped> {
    let untouched = |halt: Halt| halt.stopped(Left::Untouched);
    match standing(&kit.log.recorded()) {
        Standing::Nothing | Standing::Refused | Standing::Undone => {}
        Standing::Placed => return Err(untouched(cut("This restore is placed already."))),
        Standing::Undoing | Standing::Unfinished => {
            return Err(untouched(cut("A placing of this restore was cut: continue or undo it first.")));
        }
    }
    // An exchange would swap a link itself.
    let order = Order { target: resolve(&order.target), ..order.clone() };
    let mut work = Work::begin(kit, order).map_err(untouched)?;
    let begun = work.start();
    if let Err(halt) = begun {
        return Err(work.give_up(halt, Left::Untouched));
    }
    if work.order.online { work.place_online(Left::Untouched) } else { work.run(Left::Untouched) }
}

/// Continues a placing that was cut, from its record.
pub fn proceed(kit: &mut Kit<'_>) -> Result<Placed, Stopped> {
    let recorded = kit.log.recorded();
    let unfinished = |halt: Halt| halt.stopped(Left::Unfinished);
    let (Some(order), standing) = (order(&recorded).cloned(), standing(&recorded)) else {
        return Err(cut("The journal holds no placing to continue.").stopped(Left::Untouched));
    };
    let mut work = Work::begin(kit, order).map_err(unfinished)?;
    match standing {
        Standing::Unfinished => {}
        Standing::Placed => return work.tidy().map_err(|halt| halt.stopped(Left::New)),
        Standing::Undoing => return Err(unfinished(cut("Undoing was begun: only undoing goes on."))),
        Standing::Nothing | Standing::Refused | Standing::Undone => {
            return Err(cut("The journal holds no placing to continue.").stopped(Left::Untouched));
        }
    }
    if work.order.online {
        return work.proceed_online();
    }
    match work.swapped_already() {
        Err(halt) => Err(unfinished(halt)),
        Ok(Some(swap)) => work.after_the_cut(&swap),
        Ok(None) => {
            let left = if super::safety::to_put_back(&recorded).is_some() { Left::Old } else { Left::Untouched };
            let again = work.back_to_the_start();
            if let Err(halt) = again {
                return Err(unfinished(halt));
            }
            work.run(left)
        }
    }
}

/// Whether own files of this placing still lie in the target's folder: a cut after its end leaves some, and [`proceed`]
/// clears them away.
pub fn left_behind(files: &dyn Files, order: &Order) -> bool {
    let names = super::marker::Names::of(order);
    let is_there = |path: &std::path::Path| files.look(path).is_ok_and(|there| there.is_some());
    is_there(&names.marker())
        || is_there(&names.folder_in_the_making())
        || names.there(files).is_ok_and(|there| !there.is_empty())
}

fn cut(detail: &str) -> Halt {
    Halt::failed(Finding::new(Code::R609, Severity::Ask, detail))
}

/// The exchange that the record announces.
pub(crate) struct Swap {
    pub(crate) old: Option<FileId>,
    pub(crate) sha256: String,
}

impl Work<'_, '_> {
    /// Step 1, but for the lock: the record begins, and a marker says who works here.
    fn start(&mut self) -> Result<(), Halt> {
        let there = self.files().look(self.target()).doing("look at", self.target())?;
        if there.is_some_and(|there| there.kind != Kind::File) {
            let detail = format!("{} is not a file.", shown(self.target()));
            return Err(Halt::failed(Finding::new(Code::R605, Severity::Block, detail).about(shown(self.target()))));
        }
        self.record(&Stage::Start { order: self.order.clone() })?;
        if self.lock.is_none() {
            self.make_folder()?;
        }
        let now = self.now();
        self.names.mark(self.files(), &self.order, now).doing("write the marker in", self.names.folder())
    }

    /// Steps 2 to 11. `left` is what a stop before the fold leaves.
    fn run(&mut self, left: Left) -> Result<Placed, Stopped> {
        let prepared = self.prepare();
        let (safety, looked) = match prepared {
            Ok(prepared) => prepared,
            // A run before this one may have folded it: then its side files come back, too.
            Err(halt) if left == Left::Old && !matches!(halt, Halt::Somebody(_)) => {
                return Err(self.back_to_the_old_set(halt));
            }
            Err(halt) => return Err(self.give_up(halt, left)),
        };
        match self.replace(&safety, looked) {
            Ok(placed) => Ok(placed),
            Err(replace::End::Before(halt @ Halt::Somebody(_))) => {
                // What is there may hold their work by now: it stays.
                let back = self.put_side_files_back();
                if let Err(trouble) = back {
                    return Err(trouble.stopped(Left::Unfinished));
                }
                Err(self.give_up(halt, Left::Old))
            }
            Err(replace::End::Before(halt)) => Err(self.back_to_the_old_set(halt)),
            Err(replace::End::After(halt)) => Err(halt.stopped(Left::New)),
        }
    }

    /// Ends an attempt that touched the old set: it is put back, byte for byte.
    fn back_to_the_old_set(&mut self, halt: Halt) -> Stopped {
        match undo::whole(self) {
            Ok(_) => halt.stopped(Left::Undone),
            Err(_) => halt.stopped(Left::Unfinished),
        }
    }

    /// Steps 2 and 3: the staged file, the first look for holders, the safety copy.
    fn prepare(&mut self) -> Result<(Safety, Timestamp), Halt> {
        self.step(Step::Stage);
        let (source, sha256) = (self.order.source.clone(), self.order.sha256.clone());
        let looks = self.looks()?;
        let staged = self.names.own("swap");
        drop(self.stage(&source, &sha256, &staged, &looks)?);
        let looked = self.nobody()?;
        let safety = match self.still_safe()? {
            Some(safety) => safety,
            None => self.take_safety_copy("before")?,
        };
        if let (Folded::No { why }, false) = (&safety.folded, self.order.accepts_unreadable) {
            return Err(Halt::failed(
                Finding::new(Code::R602, Severity::Ask, "SQLite cannot open the database that is there.")
                    .why(format!("Only its bytes are kept, with its side files. {why}"))
                    .remedy("Accept it when its contents do not matter any more.")
                    .about(shown(self.target()))
                    .evidence(safety.database.as_ref().map_or_else(String::new, |saved| saved.sha256.clone())),
            ));
        }
        self.record(&Stage::Safe { safety: safety.clone() })?;
        Ok((safety, looked))
    }

    fn looks(&self) -> Result<super::stage::Looks, Halt> {
        let (files, target) = (self.files(), self.target());
        match files.open_read(target) {
            Ok(handle) => attributes::read(files, &handle).doing("read", target),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let (looks, _) = attributes::for_new(files, self.names.folder()).doing("read", self.names.folder())?;
                Ok(looks)
            }
            Err(error) => Err(error).doing("read", target),
        }
    }

    /// Ends an attempt that replaced nothing: nothing of it stays.
    pub(crate) fn give_up(&mut self, halt: Halt, left: Left) -> Stopped {
        let stopped = halt.stopped(left);
        let why = stopped.to_string();
        let cleared = self.clear_away().and_then(|()| self.take_folder_away());
        let ended = cleared.and_then(|()| self.record(&Stage::Stopped { why }));
        match ended {
            Ok(()) => stopped,
            // The next start finds it, and offers to continue or to undo.
            Err(_) if standing(&self.recorded()) == Standing::Unfinished => {
                Stopped { left: Left::Unfinished, ..stopped }
            }
            Err(_) => stopped,
        }
    }
}
