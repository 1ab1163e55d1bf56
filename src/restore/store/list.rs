//! The list of past and unfinished restores, and of downloads that no restore holds, finished or not.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Store;
use crate::guide::Guide;
use crate::restore::journal::{History, JournalError};
use crate::restore::{Stage, State};

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The restore's ID; or `download-` and the beginning of a digest; or `download-part-` and the beginning of a name.
    pub id: String,
    /// The step that it is at.
    pub stage: Stage,
    /// How it stands.
    pub state: State,
    /// The guide's words for the steps that are open.
    pub open_steps: Vec<String>,
    /// The path that it was placed at, or shall be.
    pub target: Option<PathBuf>,
    /// When it began; none where the journal cannot tell.
    pub started: Option<Timestamp>,
    /// What it holds on this disk.
    pub bytes: u64,
    /// What the journal says; none for a download, and where the journal cannot be trusted.
    pub history: Option<History>,
    /// Why the journal is refused, as a sentence (R616).
    pub refused: Option<String>,
}

impl Store {
    /// Everything that this state folder holds, oldest first. A folder in which nothing was begun is left out.
    pub fn list(&self, guide: &Guide) -> anyhow::Result<Vec<Listed>> {
        let mut rows = Vec::new();
        for id in self.ids()? {
            let bytes = bytes_in(&self.folder(&id));
            match self.history(&id) {
                Ok(history) => rows.push(Listed::of(history, guide, bytes)),
                Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => rows.push(Listed {
                    id: id.into(),
                    stage: Stage::Source,
                    state: State::Refused,
                    open_steps: Vec::new(),
                    target: None,
                    started: None,
                    bytes,
                    history: None,
                    refused: Some(error.to_string()),
                }),
            }
        }
        rows.extend(self.downloads()?.into_iter().filter(|kept| self.is_unused(&kept.sha256)).map(|kept| Listed {
            id: format!("download-{}", kept.sha256.get(..12).unwrap_or(&kept.sha256)),
            stage: Stage::Inspect,
            state: State::Done,
            open_steps: Vec::new(),
            target: None,
            started: Some(kept.at),
            bytes: kept.size,
            history: None,
            refused: None,
        }));
        rows.extend(self.partials().into_iter().map(|partial| Listed {
            id: partial.id(),
            stage: Stage::Backup,
            state: State::Done,
            open_steps: Vec::new(),
            target: None,
            started: partial.written,
            bytes: partial.bytes,
            history: None,
            refused: None,
        }));
        rows.sort_by_key(|row| row.started);
        Ok(rows)
    }

    /// The row of one restore.
    pub fn listed(&self, id: &crate::restore::RestoreId, guide: &Guide) -> Result<Listed, JournalError> {
        Ok(Listed::of(self.history(id)?, guide, bytes_in(&self.folder(id))))
    }
}

impl Listed {
    /// The row of a restore whose journal says this.
    pub fn of(history: History, guide: &Guide, bytes: u64) -> Self {
        let open_steps = history.open_steps(guide);
        Self {
            id: history.header.restore.to_string(),
            stage: history.stage,
            state: history.state(&open_steps),
            open_steps,
            target: history.target_path(),
            started: Some(history.started),
            bytes,
            history: Some(history),
            refused: None,
        }
    }
}

/// What lies in a folder, in bytes. Links are not followed.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => bytes_in(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}
