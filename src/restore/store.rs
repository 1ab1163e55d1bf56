//! The state folder: downloads under their digest, one folder a restore, and what all of it holds on disk.

pub mod downloads;
mod forget;
mod list;
mod lock;
mod partials;
mod scratch;

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

pub use forget::Forget;
pub use list::Listed;
pub use lock::{Busy, Lock};
pub use scratch::Scratch;

use super::journal::{self, History, Journal, JournalError};
use super::{RestoreId, Token};
use crate::files::Files;
use crate::world::World;

/// The state folder of this person (or of root) on this machine. Nothing is made before something is kept.
#[derive(Clone)]
pub struct Store {
    root: PathBuf,
    world: World,
    files: Arc<dyn Files>,
}

/// Why a beginning of an ID means no restore.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No restore begins so.
    #[error("no restore here begins with {0:?}; `reseat restores` lists them")]
    Unknown(String),
    /// Several do.
    #[error("several restores begin so: {}", .0.join(", "))]
    Several(Vec<String>),
}

/// One restore, open for work: nobody else has it.
pub struct Restore {
    /// Its spoken ID.
    pub id: RestoreId,
    /// Its folder.
    pub folder: PathBuf,
    /// Its journal.
    pub journal: Journal,
    _lock: Lock,
}

impl Restore {
    /// What the journal says so far.
    pub fn history(&self) -> &History {
        self.journal.history()
    }
}

impl Store {
    /// The store in this folder, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>, world: &World, files: &Arc<dyn Files>) -> Self {
        Self { root: root.into(), world: world.clone(), files: Arc::clone(files) }
    }

    /// The state folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a restore, which need not be there.
    pub fn folder(&self, id: &RestoreId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// Begins a restore: its number, its folder, its lock, its journal.
    pub fn create(&self) -> anyhow::Result<Restore> {
        self.make()?;
        let today = RestoreId::new(self.world.now(), 1);
        let taken = self.ids()?.iter().filter(|id| id.same_day(&today)).map(RestoreId::number).max().unwrap_or(0);
        for number in taken + 1..taken + 1000 {
            let id = RestoreId::new(self.world.now(), number);
            let folder = self.folder(&id);
            match private().create(&folder) {
                // mkdir answers one process only, so two never get one number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
                Ok(()) => {
                    sync_folder(&self.root)?;
                    self.adopt(&folder);
                    let lock = Lock::take(&folder, &self.world)?;
                    let journal = Journal::create(&self.files, &folder, id.clone(), Token::random(), &self.world)?;
                    self.adopt(journal.path());
                    return Ok(Restore { id, folder, journal, _lock: lock });
                }
            }
        }
        bail!("{} has no free number for a restore of today", self.root.display())
    }

    /// Opens a restore for work. [`Busy`] (R608) and [`JournalError`] (R616) come as they are, for a caller to match.
    pub fn open(&self, id: &RestoreId) -> anyhow::Result<Restore> {
        let folder = self.folder(id);
        let lock = Lock::take(&folder, &self.world)?;
        let journal = Journal::open(&self.files, &folder, id, &self.world)?;
        Ok(Restore { id: id.clone(), folder, journal, _lock: lock })
    }

    /// Reads what a restore's journal says, without taking it.
    pub fn history(&self, id: &RestoreId) -> Result<History, JournalError> {
        journal::read(self.files.as_ref(), &self.folder(id), id)
    }

    /// The restore that a whole ID or its unique beginning means.
    pub fn resolve(&self, beginning: &str) -> anyhow::Result<RestoreId> {
        let ids = self.ids()?;
        let wanted = beginning.trim();
        if let Some(id) = ids.iter().find(|id| id.as_str() == wanted) {
            return Ok(id.clone());
        }
        let mut found: Vec<_> =
            ids.into_iter().filter(|id| !wanted.is_empty() && id.as_str().starts_with(wanted)).collect();
        match (found.pop(), found.is_empty()) {
            (Some(id), true) => Ok(id),
            (None, _) => Err(Unresolved::Unknown(wanted.to_owned()).into()),
            (Some(last), false) => {
                let all = found.into_iter().chain([last]).map(String::from).collect();
                Err(Unresolved::Several(all).into())
            }
        }
    }

    /// The IDs of all restores, oldest first.
    pub fn ids(&self) -> anyhow::Result<Vec<RestoreId>> {
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", self.root.display())),
        };
        let mut ids: Vec<RestoreId> =
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        ids.sort();
        Ok(ids)
    }

    /// A private folder in the state folder for copies that do not stay. It goes when it is dropped.
    pub fn scratch(&self) -> anyhow::Result<Scratch> {
        self.make()?;
        Scratch::make(&self.root)
    }

    /// Makes the state folder, for the person alone.
    fn make(&self) -> anyhow::Result<()> {
        if !self.root.is_dir() {
            private()
                .recursive(true)
                .create(&self.root)
                .with_context(|| format!("the state folder {} cannot be made", self.root.display()))?;
        }
        Ok(())
    }

    /// Gives what root makes in a person's state folder to that person, who otherwise could not go on with it.
    fn adopt(&self, path: &Path) {
        if !self.world.is_root() {
            return;
        }
        let (Ok(root), Ok(made)) = (std::fs::metadata(&self.root), std::fs::symlink_metadata(path)) else { return };
        if root.uid() != made.uid() {
            let _ = std::os::unix::fs::lchown(path, Some(root.uid()), Some(root.gid()));
        }
    }

    /// The same for everything in the state folder.
    pub fn adopt_everything(&self) {
        if self.world.is_root() && std::fs::metadata(&self.root).is_ok_and(|root| root.uid() != 0) {
            self.adopt_all(&self.root.clone());
        }
    }

    /// The same for everything in a folder, after work in it.
    pub fn adopt_all(&self, folder: &Path) {
        self.adopt(folder);
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.adopt_all(&entry.path()),
                _ => self.adopt(&entry.path()),
            }
        }
    }
}

/// Folders for one person.
fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Writes a small file whole: beside it first, then renamed over it, both on disk before this returns.
pub(super) fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .with_context(|| format!("{} cannot be written", folder.display()))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} is not on disk", path.display()))
}

/// Makes the names in a folder last through a loss of power.
fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} cannot be written to disk", folder.display()))
}
