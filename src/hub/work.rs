//! What placing and undoing have in hand while they work, and how they end early.

use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::holders::{self, Holders};
use super::look::root_of;
use super::marker::{Names, at_work};
use super::place::{Kit, Left, Step, Stopped};
use super::safety::Held;
use super::stage::{Order, Stage};
use crate::files::{FileId, Files, Handle, failing_instead_of_dying, patiently, unlink_if_there};
use crate::finding::{Code, Finding, Severity};
use crate::progress::{Cancelled, Progress};
use crate::text::printable;

/// Why a step did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Something failed. What was touched is to be undone.
    Failed(Box<Finding>),
    /// Somebody uses the database. It stays as it is now: nothing of theirs may be taken away.
    Somebody(Box<Finding>),
    /// Asked to stop.
    Cancelled,
}

impl From<Cancelled> for Halt {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl Halt {
    pub(crate) fn failed(finding: Finding) -> Self {
        Self::Failed(Box::new(finding))
    }

    pub(crate) fn somebody(finding: Finding) -> Self {
        Self::Somebody(Box::new(finding))
    }

    /// The database changed between two looks at it.
    pub(crate) fn written_meanwhile(path: &Path) -> Self {
        Self::somebody(
            Finding::new(Code::R601, Severity::Block, "The database was written to just now.")
                .why("Somebody uses it, although nobody was seen.")
                .remedy("Stop the connector, then try again.")
                .about(shown(path)),
        )
    }

    pub(crate) fn stopped(self, left: Left) -> Stopped {
        match self {
            Self::Cancelled => Stopped { finding: None, left },
            Self::Failed(mut finding) | Self::Somebody(mut finding) => {
                if finding.why.is_empty() {
                    left.sentence().clone_into(&mut finding.why);
                }
                Stopped { finding: Some(finding), left }
            }
        }
    }
}

/// What to do where a file system is full.
pub(crate) const MAKE_ROOM: &str = "Make room, then try again.";

/// Turns an error of the file system into a reason to stop: `what` was tried, in the words of a sentence.
pub(crate) trait Doing<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, Halt>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, Halt> {
        self.map_err(|error| Halt::failed(trouble(&error, what, path)))
    }
}

fn trouble(error: &io::Error, what: &str, path: &Path) -> Finding {
    let said = printable(&error.to_string());
    let detail = format!("Could not {what} {}: {said}.", shown(path));
    let (code, remedy) = match error.kind() {
        io::ErrorKind::PermissionDenied => (Code::R607, "Run the same command with sudo."),
        io::ErrorKind::ReadOnlyFilesystem => (Code::R606, "Make the file system writable, then try again."),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (Code::R610, MAKE_ROOM),
        io::ErrorKind::FileTooLarge => (Code::R610, "Lift the limit of file sizes (ulimit -f), then try again."),
        _ => (Code::R610, "Look at the disk and the system's log before you try again."),
    };
    Finding::new(code, Severity::Block, detail).remedy(remedy).about(shown(path))
}

/// A path as a person reads it.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// Placing or undoing, with the folder's lock held.
pub(crate) struct Work<'k, 'a> {
    pub(crate) kit: &'k mut Kit<'a>,
    pub(crate) order: Order,
    pub(crate) names: Names,
    /// Undoing: it does not listen when asked to stop, and goes every way there is.
    pub(crate) undoing: bool,
    /// The folder's lock; none while the folder is still to be made.
    pub(super) lock: Option<Handle>,
    /// Online: what goes with the live database while SQLite holds it.
    pub(super) held: Option<Held>,
}

impl<'k, 'a> Work<'k, 'a> {
    /// Locks the target's folder. R608 when another restore works there, R406 when it is missing and not to be made.
    pub(crate) fn begin(kit: &'k mut Kit<'a>, order: Order) -> Result<Self, Halt> {
        failing_instead_of_dying();
        let names = Names::of(&order);
        let mut work = Self { kit, order, names, undoing: false, lock: None, held: None };
        work.lock = work.lock_it()?;
        if work.lock.is_none() && !work.order.makes_folder {
            return Err(work.no_folder());
        }
        Ok(work)
    }

    /// Locks the target's folder; none where there is no folder.
    pub(crate) fn lock_it(&self) -> Result<Option<Handle>, Halt> {
        let folder = self.names.folder();
        match patiently(|| self.files().lock_folder(folder)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let other = at_work(self.kit.world, folder);
                let who = other.map_or_else(|| "another program".to_owned(), |other| other.line());
                Err(Halt::failed(
                    Finding::new(Code::R608, Severity::Block, format!("Somebody else works here: {who}."))
                        .why("Two restores at once would undo each other.")
                        .remedy("Wait until the other one is done, or end it there.")
                        .about(shown(folder)),
                ))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            lock => lock.map(Some).doing("lock the folder", folder),
        }
    }

    /// R406: the folder is missing, where that was not accepted, or where it was there before.
    pub(crate) fn no_folder(&self) -> Halt {
        let folder = shown(self.names.folder());
        Halt::failed(
            Finding::new(Code::R406, Severity::Ask, format!("The folder {folder} is not there."))
                .remedy("Start the connector once: it makes its folder. Or accept that it is made here.")
                .about(folder),
        )
    }

    pub(crate) fn files(&self) -> &'a dyn Files {
        self.kit.files
    }

    pub(crate) fn target(&self) -> &Path {
        &self.order.target
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.kit.world.now()
    }

    /// Records a stage; durable when this returns.
    pub(crate) fn record(&mut self, stage: &Stage) -> Result<(), Halt> {
        self.kit.log.record(stage).map_err(|error| {
            let said = printable(&format!("{error:#}"));
            Halt::failed(
                Finding::new(Code::R610, Severity::Block, format!("The journal could not be written: {said}."))
                    .remedy(MAKE_ROOM)
                    .about("journal"),
            )
        })
    }

    pub(crate) fn recorded(&self) -> Vec<Stage> {
        self.kit.log.recorded()
    }

    /// Tells that a step begins.
    pub(crate) fn step(&mut self, step: Step) {
        (self.kit.progress)(Progress { stage: step, done: 0, total: None });
    }

    pub(crate) fn check(&self) -> Result<(), Halt> {
        if self.undoing { Ok(()) } else { Ok(self.kit.cancel.check()?) }
    }

    /// Makes the names in the target's folder durable.
    pub(crate) fn sync_folder(&self) -> Result<(), Halt> {
        self.files().sync_folder(self.names.folder()).doing("sync the folder", self.names.folder())
    }

    /// The digests of files, by a fresh process; none for one that is missing.
    pub(crate) fn digests(&self, paths: &[&Path]) -> Result<Vec<Option<super::helper::Digest>>, Halt> {
        self.kit.helper.digests(paths).doing("read back", self.target())
    }

    /// Bars every SQLite from an open file.
    pub(crate) fn bar_sqlite(&self, handle: &Handle) -> io::Result<()> {
        patiently(|| self.files().bar_sqlite(handle))
    }

    /// Looks who has the target open, by locks, too. Only when nobody has does it go on.
    pub(crate) fn nobody(&self) -> Result<Timestamp, Halt> {
        self.judge(&holders::look(self.kit.world, self.kit.helper, root_of(self.target()), self.target()))
    }

    /// The same by `/proc` alone, while this process holds locks of its own; `more` are files with other names by now.
    pub(crate) fn nobody_but_us(&self, more: &[FileId]) -> Result<Timestamp, Halt> {
        let mut files = holders::database_files(self.target());
        files.extend_from_slice(more);
        self.judge(&holders::who(self.kit.world, root_of(self.target()), self.target(), &files))
    }

    fn judge(&self, holders: &Holders) -> Result<Timestamp, Halt> {
        match holders.findings(self.target()).into_iter().next() {
            Some(finding) => Err(Halt::somebody(finding)),
            None => Ok(holders.looked),
        }
    }

    /// Whether somebody has one of these files open, as fast as can be told.
    pub(crate) fn anybody(&self, files: &[FileId]) -> bool {
        !holders::scan(self.kit.world, files).pids.is_empty()
    }

    /// The finding for somebody who came between: who it is, as far as it is still to be seen.
    pub(crate) fn came_between(&self, files: &[FileId]) -> Halt {
        match self.nobody_but_us(files) {
            Err(halt) => halt,
            Ok(_) => Halt::written_meanwhile(self.target()),
        }
    }

    /// Unlinks every own file but the marker. True when there was one.
    pub(crate) fn unlink_own(&self) -> Result<bool, Halt> {
        let mut any = false;
        for path in self.names.there(self.files()).doing("list the folder", self.names.folder())? {
            any |= unlink_if_there(self.files(), &path).doing("remove", &path)?;
        }
        Ok(any)
    }

    /// Unlinks every own file, the marker last, durably.
    pub(crate) fn clear_away(&self) -> Result<(), Halt> {
        self.clear_the_making()?;
        if self.lock.is_none() {
            return Ok(());
        }
        // The marker may not be the one that goes first when the power fails: without it the others are nobody's.
        if self.unlink_own()? {
            self.sync_folder()?;
        }
        let marker = self.names.marker();
        unlink_if_there(self.files(), &marker).doing("remove", &marker)?;
        self.sync_folder()
    }
}
