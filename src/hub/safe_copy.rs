//! A private copy of a live database, taken so that it is whole, without opening the live one in SQLite.

use std::path::{Path, PathBuf};

use crate::progress::Cancel;

/// Why there is no safe copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is no database.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// It was written to during each try (R411).
    #[error("the database is written to all the time: it never held still for a copy")]
    NeverStill,
    /// It cannot be read, or the copy not be written (R411).
    #[error("the database could not be copied: {0}")]
    Io(#[from] std::io::Error),
    /// SQLite cannot read the copy.
    #[error("the database could not be read: {0}")]
    Unreadable(String),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}

/// Copies the live database at `path` into `folder`, which is private and empty, and folds its side files in. Gives the
/// path of the copy: one whole file in rollback mode, nothing beside it.
pub fn safe_copy(path: &Path, folder: &Path, cancel: &Cancel) -> Result<PathBuf, CopyError> {
    let _ = (path, folder, cancel);
    todo!()
}
