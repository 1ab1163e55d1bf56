//! The connector's folder, where it never had one: made whole beside the others, and given its name in one step.

use std::io;

use super::attributes;
use super::exchange::unsupported;
use super::stage::{Stage, made_folder};
use super::work::{Doing, Halt, Work};
use crate::files::patiently;

impl Work<'_, '_> {
    /// Makes the connector's folder as those of the other connectors are, and locks it. Recorded before it gets its name;
    /// durable when this returns. Where somebody made one meanwhile, theirs is taken.
    pub(super) fn make_folder(&mut self) -> Result<(), Halt> {
        let (files, folder) = (self.files(), self.names.folder().to_owned());
        let making = self.names.folder_in_the_making();
        self.clear_the_making()?;
        files.make_folder(&making).doing("make the folder", &folder)?;
        let lock = patiently(|| files.lock_folder(&making)).doing("lock the folder", &making)?;
        let (looks, _) = attributes::for_new_folder(files, &folder).doing("read the owner for", &folder)?;
        attributes::give(files, &lock, &looks).doing("give the folder its owner:", &folder)?;
        files.sync(&lock).doing("sync the folder", &making)?;
        let made = files.status(&lock).doing("look at", &making)?.id;
        self.record(&Stage::Folder { made })?;
        let named = match files.rename_new(&making, &folder) {
            // An empty folder that somebody made in between would be replaced: it holds nothing that could be lost.
            Err(error) if unsupported(&error) => files.rename(&making, &folder),
            named => named,
        };
        match named {
            Err(error) if is_taken(&error) => {
                self.clear_the_making()?;
                self.lock = self.lock_it()?;
                if self.lock.is_none() {
                    return Err(self.no_folder());
                }
            }
            named => {
                named.doing("make the folder", &folder)?;
                // The lock stays with the folder under its new name.
                self.lock = Some(lock);
            }
        }
        self.sync_root()
    }

    /// After a cut: the folder that this placing made is durable, or made now.
    pub(super) fn folder_again(&mut self) -> Result<(), Halt> {
        if self.lock.is_none() {
            return self.make_folder();
        }
        if made_folder(&self.recorded()).is_some() { self.sync_root() } else { Ok(()) }
    }

    /// Removes what a cut left of the making.
    pub(super) fn clear_the_making(&self) -> Result<(), Halt> {
        if !self.order.makes_folder {
            return Ok(());
        }
        let making = self.names.folder_in_the_making();
        match self.files().remove_folder(&making) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => {
                removed.doing("remove", &making)?;
                self.sync_root()
            }
        }
    }

    /// Removes the connector's folder again where this placing made it, and nothing else is in it.
    pub(super) fn take_folder_away(&self) -> Result<(), Halt> {
        let Some(made) = made_folder(&self.recorded()) else { return Ok(()) };
        let (files, folder) = (self.files(), self.names.folder());
        let there = files.look(folder).doing("look at", folder)?;
        if there.is_some_and(|there| there.id == made) {
            match files.remove_folder(folder) {
                // Somebody else's files are in it by now: it stays theirs.
                Err(error) if is_taken(&error) => return Ok(()),
                removed => removed.doing("remove the folder", folder)?,
            }
        }
        self.sync_root()
    }

    fn sync_root(&self) -> Result<(), Halt> {
        let making = self.names.folder_in_the_making();
        let Some(root) = making.parent() else { return Ok(()) };
        self.files().sync_folder(root).doing("sync the folder", root)
    }
}

/// The name is taken, or the folder is not empty.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
}
