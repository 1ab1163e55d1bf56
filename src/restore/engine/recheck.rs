//! Whether what a restore holds on the disk is still what it was, before somebody goes on with it.

use std::path::Path;

use super::Session;
use crate::progress::{Cancel, OnProgress, Progress};
use crate::restore::store::downloads::{self, Altered};
use crate::restore::trouble::Trouble;

/// How a file stands that the journal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Still {
    /// The journal speaks of none yet.
    NotYet,
    /// Here, with the bytes that it had.
    Same,
    /// Here, with other bytes: it is made again (R110, R504).
    Changed,
    /// Not here any more.
    Gone,
}

/// What a restore holds, read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rechecked {
    /// The download.
    pub backup: Still,
    /// The restored database.
    pub restored: Still,
}

impl Session {
    /// Reads the download and the restored database again. Progress is in bytes of both; `true` is the restored one.
    pub fn recheck(&self, cancel: &Cancel, progress: OnProgress<'_, bool>) -> Result<Rechecked, Trouble> {
        let history = self.history();
        let mut look = |path: &Path, known: Option<(String, u64)>, second: bool| -> Result<Still, Trouble> {
            let Some((sha256, size)) = known else { return Ok(Still::NotYet) };
            if !path.is_file() {
                return Ok(Still::Gone);
            }
            let mut on = |done| progress(Progress { stage: second, done, total: Some(size) });
            match downloads::check_digest(path, &sha256, cancel, &mut on) {
                Ok(()) => Ok(Still::Same),
                Err(error) if error.is::<Altered>() => Ok(Still::Changed),
                Err(error) => Err(error.into()),
            }
        };
        let downloaded = history.downloaded.map(|known| (known.sha256, known.size));
        let backup = look(&self.backup_path(), downloaded, false)?;
        let rewrote = history.rewrote.map(|known| (known.sha256, known.size));
        Ok(Rechecked { backup, restored: look(&self.restored_path(), rewrote, true)? })
    }
}
