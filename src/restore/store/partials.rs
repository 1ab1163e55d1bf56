//! Downloads that were stopped: what came is kept, so that going on costs nothing, and shown, so that it can be forgotten.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::Store;

/// A download that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partial {
    /// The bytes so far, a sparse file.
    pub data: PathBuf,
    /// Which parts of it are there.
    pub list: PathBuf,
    /// What it takes on the disk.
    pub bytes: u64,
    /// When something last came.
    pub written: Option<Timestamp>,
}

impl Partial {
    /// Its name in the list.
    pub fn id(&self) -> String {
        let name = self.data.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        format!("download-part-{}", name.get(..12).unwrap_or(&name))
    }

    /// Whether nobody is downloading into it.
    pub fn not_in_use(&self) -> anyhow::Result<()> {
        let list = match fs::File::open(&self.list) {
            // It is whole, and was cut before it was kept.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            list => list.with_context(|| format!("{} cannot be read", self.list.display()))?,
        };
        if rustix::fs::flock(&list, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("this download goes on just now");
        }
        Ok(())
    }
}

impl Store {
    /// The folder in which downloads go on.
    pub fn partial_folder(&self) -> PathBuf {
        self.root().join("backups").join("partial")
    }

    pub(super) fn partials(&self) -> Vec<Partial> {
        let Ok(entries) = fs::read_dir(self.partial_folder()) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut found: Vec<Partial> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "part"))
            .filter_map(|data| {
                let status = fs::symlink_metadata(&data).ok()?;
                let written = Timestamp::new(status.mtime(), 0).ok();
                // Sparse: its length is that of the whole backup.
                let bytes = status.blocks() * 512;
                Some(Partial { list: data.with_extension("parts"), data, bytes, written })
            })
            .collect();
        found.sort_by_key(Partial::id);
        found
    }
}
