//! The private copy: made beside the digest of what is copied, and gone again unless it is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;

use crate::progress::{Cancel, OnProgress, Progress};

use super::super::DatabaseError;
use super::super::digest;
use super::super::header::{self, Length};
use super::super::plan::Plan;
use super::RewriteStage;

/// Bytes between two looks at the cancel flag.
const CHUNK: u64 = 8 << 20;

/// A copy that is removed when it is dropped without being kept.
pub(super) struct PrivateCopy {
    path: PathBuf,
    kept: bool,
}

impl PrivateCopy {
    /// Copies `source` to `output`, which must not exist, for the owner's eyes only. The digest is held against the plan's.
    pub(super) fn make(
        source: &Path,
        output: &Path,
        plan: &Plan,
        cancel: &Cancel,
        on_progress: OnProgress<'_, RewriteStage>,
    ) -> Result<Self, DatabaseError> {
        let cannot_read = |error| DatabaseError::io("cannot read", source, error);
        let cannot_write = |error| DatabaseError::io("cannot write", output, error);
        let from = File::open(source).map_err(cannot_read)?;
        let total = from.metadata().map_err(cannot_read)?.len();
        // SQLite would apply a stale sidecar to the copy.
        if let Some(stale) = sidecars(output).find(|path| path.symlink_metadata().is_ok()) {
            return Err(DatabaseError::io("cannot write beside", &stale, io::ErrorKind::AlreadyExists.into()));
        }
        let to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(output).map_err(cannot_write)?;
        let copy = Self { path: output.to_owned(), kept: false };
        let found = thread::scope(|scope| {
            let digest = scope.spawn(|| digest::sha256(source, cancel, |_| {}));
            let mut done = 0;
            while done < total {
                cancel.check()?;
                on_progress(Progress { stage: RewriteStage::Copy, done, total: Some(total) });
                // The system copies within itself where it can.
                let copied = io::copy(&mut (&from).take(CHUNK), &mut &to).map_err(cannot_write)?;
                if copied == 0 {
                    break;
                }
                done += copied;
            }
            digest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        if found != plan.sha256 {
            return Err(DatabaseError::SourceChanged { expected: plan.sha256.clone(), found });
        }
        // What lies behind the end of a database is not part of it.
        if let Length::Longer { expected, .. } = header::read(output)?.length {
            to.set_len(expected).map_err(cannot_write)?;
        }
        on_progress(Progress { stage: RewriteStage::Copy, done: total, total: Some(total) });
        Ok(copy)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An error when SQLite left a file beside the copy: then something of it is not in the copy.
    pub(super) fn no_sidecars(&self) -> Result<(), DatabaseError> {
        match sidecars(&self.path).find(|path| path.exists()) {
            None => Ok(()),
            Some(path) => Err(DatabaseError::Different {
                place: path.display().to_string(),
                what: "SQLite left it behind".to_owned(),
            }),
        }
    }

    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for PrivateCopy {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing can be done about a failure here; the copy is private.
            for path in sidecars(&self.path).chain([self.path.clone()]) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn sidecars(path: &Path) -> impl Iterator<Item = PathBuf> {
    ["-wal", "-shm", "-journal"].into_iter().map(move |end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}
