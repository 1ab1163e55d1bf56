//! Private copies that do not stay: a folder that goes with the process, and what a killed process left of its own.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;

const PREFIX: &str = ".scratch-";

/// A private folder in the state folder. It goes when this is dropped, or with the next one that is made.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// Locked while the process lives: so the next one knows what was left by one that was killed.
    _lock: Option<File>,
}

impl Scratch {
    /// Makes one below `root`, which is there, and clears away those that nobody works in.
    pub(super) fn make(root: &Path) -> anyhow::Result<Self> {
        clear(root);
        let cannot = || format!("no folder can be made in {}", root.display());
        loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root).with_context(cannot)?;
            let lock = File::open(folder.path()).ok();
            // Where folders cannot be locked, as on some network file systems, none is cleared away either.
            let taken = lock.as_ref().is_some_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
            // Another one that clears away may have been quicker than the lock.
            if !taken && folder.path().is_dir() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// What cannot be removed stays: it is in nobody's way.
fn clear(root: &Path) {
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let left = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !left || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if let Ok(lock) = File::open(entry.path())
            && lock.try_lock().is_ok()
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!("{} stays: {error}", entry.path().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_with_the_next_and_what_is_in_use_stays() {
        let root = tempfile::tempdir().unwrap();
        let (left, own) = (root.path().join(".scratch-abc"), root.path().join("2026-11-21-1"));
        for folder in [&left, &own] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("copy.db"), "rows").unwrap();
        }
        std::fs::write(root.path().join(".scratch-file"), "not a folder").unwrap();
        let one = Scratch::make(root.path()).unwrap();
        assert!(!left.exists());
        assert!(own.join("copy.db").exists() && root.path().join(".scratch-file").exists());
        let two = Scratch::make(root.path()).unwrap();
        assert!(one.path().is_dir() && two.path().is_dir());
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && two.path().is_dir());
    }
}
