//! The exchange: the staged file gets the target's name in one step, and the old file keeps one.

use std::io;
use std::path::{Path, PathBuf};

use super::work::{Doing, Halt, Work, shown};
use crate::files::{FileId, unlink_if_there};
use crate::finding::{Code, Finding, Severity};

/// How the staged file got the target's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Both names were exchanged.
    Exchanged,
    /// The old file got a second name, then the staged one was renamed over it.
    Linked,
    /// The staged one was renamed over the old one, which has no name any more.
    Plain,
    /// There was no old file.
    New,
}

/// An exchange that happened. Not yet durable.
#[derive(Debug)]
pub(crate) struct Exchanged {
    way: Way,
    staged: PathBuf,
    aside: PathBuf,
}

pub(super) fn unsupported(error: &io::Error) -> bool {
    use nix::libc::{EINVAL, ENOSYS, EOPNOTSUPP};
    error.raw_os_error().is_some_and(|number| [EINVAL, ENOSYS, EOPNOTSUPP].contains(&number))
}

impl Work<'_, '_> {
    /// Gives the staged file the target's name. `aside` is the name that the old file keeps where names cannot be exchanged.
    pub(crate) fn exchange(&self, staged: &Path, aside: &str, old: Option<FileId>) -> Result<Exchanged, Halt> {
        let (files, target) = (self.files(), self.target());
        let aside = self.names.own(aside);
        let done = |way| Ok(Exchanged { way, staged: staged.to_owned(), aside: aside.clone() });
        let Some(old) = old else {
            return match files.rename_new(staged, target) {
                Err(error) if unsupported(&error) => {
                    self.occupied(files.link(staged, target))?;
                    self.sync_folder()?;
                    files.unlink(staged).doing("remove", staged)?;
                    done(Way::New)
                }
                renamed => {
                    self.occupied(renamed)?;
                    done(Way::New)
                }
            };
        };
        match files.exchange(staged, target) {
            Ok(()) => return done(Way::Exchanged),
            Err(error) if unsupported(&error) => {}
            Err(error) => return Err(error).doing("exchange", target),
        }
        // An aside that a crash left: the same file is as good as a new name for it.
        let left = files.look(&aside).doing("look at", &aside)?;
        if left.is_some_and(|left| left.id != old) {
            unlink_if_there(files, &aside).doing("remove", &aside)?;
        }
        let linked = if left.is_some_and(|left| left.id == old) { Ok(()) } else { files.link(target, &aside) };
        match linked {
            Ok(()) => {
                self.sync_folder()?;
                files.rename(staged, target).doing("replace", target)?;
                done(Way::Linked)
            }
            Err(error) if unsupported(&error) || cannot_link(&error) => {
                self.plain_is_accepted()?;
                files.rename(staged, target).doing("replace", target)?;
                done(Way::Plain)
            }
            Err(error) => Err(error).doing("link", target),
        }
    }

    fn occupied(&self, done: io::Result<()>) -> Result<(), Halt> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Halt::written_meanwhile(self.target())),
            done => done.doing("make", self.target()),
        }
    }

    /// Said before it is done: on such a file system an exchange cannot be taken back at once.
    fn plain_is_accepted(&self) -> Result<(), Halt> {
        if self.order.accepts_plain_rename || self.undoing {
            return Ok(());
        }
        let detail = "This file system can neither exchange two files nor link one.";
        Err(Halt::failed(
            Finding::new(Code::R606, Severity::Ask, detail)
                .why("If reading back fails, the old database comes back from the safety copy only.")
                .remedy("Accept it, or move the hub folder to another file system.")
                .about(shown(self.names.folder())),
        ))
    }

    /// Takes an exchange back, durably.
    pub(crate) fn take_back(&self, exchanged: &Exchanged) -> Result<(), Halt> {
        let (files, target) = (self.files(), self.target());
        match exchanged.way {
            Way::Exchanged => files.exchange(&exchanged.staged, target),
            Way::Linked => files.rename(&exchanged.aside, target),
            Way::New => files.rename(target, &exchanged.staged),
            // The whole undo brings it back from the safety copy.
            Way::Plain => return Ok(()),
        }
        .doing("take back", target)?;
        self.sync_folder()
    }
}

fn cannot_link(error: &io::Error) -> bool {
    use nix::libc::{EMLINK, EPERM};
    error.raw_os_error().is_some_and(|number| [EMLINK, EPERM].contains(&number))
}
