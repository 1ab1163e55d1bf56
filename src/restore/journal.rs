//! The journal of one restore: what a person chose and what was done, each line written and fsynced before the act.
//!
//! One line is `{"crc":"…","v":1,"seq":0,"at":"…","by":"…","kind":"…",…}`: a CRC over everything behind it, a version, a
//! number without gaps. A last line that is torn never began its act: a reader drops it, a writer truncates it before it
//! appends. Anything else that is wrong (R616) is refused: nobody acts on a journal that cannot be trusted.

mod event;
mod history;
mod line;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;

use crate::files::{Files, Handle};
use crate::finding::{Code, Finding, Severity};
use crate::hub::stage::{Stage as PlaceAct, StageLog};
use crate::text;
use crate::world::World;

pub use event::{Checked, Downloaded, Event, Header, Noted, Placing, Rewrote, SourceChoice, TargetChoice};
pub use history::{Accepted, History, PlaceStage, ServiceState, Stood, Tick};
pub use line::{Line, VERSION, parse};

use super::{RestoreId, Token};

/// The journal's name in the folder of a restore.
pub const NAME: &str = "journal.jsonl";

/// Why a journal is not acted on.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It cannot be trusted: R616.
    #[error("{}: {why}", path.display())]
    Untrusted {
        /// The journal.
        path: PathBuf,
        /// What is wrong, as a sentence.
        why: String,
    },
}

impl JournalError {
    /// The finding R616, where the journal cannot be trusted.
    pub fn finding(&self) -> Option<Finding> {
        let Self::Untrusted { path, why } = self else { return None };
        let path = text::printable(&path.display().to_string());
        Some(
            Finding::new(Code::R616, Severity::Block, format!("The journal of this restore cannot be trusted: {why}"))
                .about(path.clone())
                .why("Acting on it could replace the wrong file.")
                .remedy(format!(
                    "Nothing is changed. Compare the database with the safety copy beside {path} by hand, or ask for help."
                )),
        )
    }
}

/// A journal that is open for writing. Only one process has it: see [`super::store::Lock`].
pub struct Journal {
    files: Arc<dyn Files>,
    handle: Handle,
    path: PathBuf,
    /// Bytes of whole lines.
    length: u64,
    next: u64,
    by: String,
    world: World,
    history: History,
}

impl Journal {
    /// Begins the journal of a new restore in its folder, with the header as the first line.
    pub fn create(
        files: &Arc<dyn Files>,
        folder: &Path,
        id: RestoreId,
        token: Token,
        world: &World,
    ) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let handle = files.create_new(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        let header = Header {
            restore: id,
            token,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            person: world.person(),
            user: world.user(),
            machine: world.machine(),
        };
        let history = History::new(header.clone(), world.now());
        let (files, world, by) = (Arc::clone(files), world.clone(), world.person());
        let mut journal = Self { files, handle, path, length: 0, next: 0, by, world, history };
        journal.write(&Event::Header(header))?;
        journal.files.sync_folder(folder).with_context(|| format!("{} cannot be written to disk", folder.display()))?;
        Ok(journal)
    }

    /// Opens the journal in `folder` for appending; a torn last line is cut off first.
    pub fn open(files: &Arc<dyn Files>, folder: &Path, id: &RestoreId, world: &World) -> Result<Self, JournalError> {
        let path = folder.join(NAME);
        let io = |source| JournalError::Io { path: path.clone(), source };
        let handle = files.open_write(&path).map_err(io)?;
        let (lines, whole) = read_all(files.as_ref(), &handle, &path)?;
        let history = History::of(lines, id).map_err(|why| JournalError::Untrusted { path: path.clone(), why })?;
        if files.status(&handle).map_err(io)?.size > whole {
            files.truncate(&handle, whole).and_then(|()| files.sync(&handle)).map_err(io)?;
        }
        let (files, world, by, next) = (Arc::clone(files), world.clone(), world.person(), history.lines);
        Ok(Self { files, handle, path, length: whole, next, by, world, history })
    }

    /// Writes `event` and fsyncs it. Only when this returned may the act begin.
    pub fn append(&mut self, event: Event) -> anyhow::Result<()> {
        let at = self.write(&event)?;
        self.history.apply(event, at, &self.by);
        self.history.lines = self.next;
        Ok(())
    }

    /// What the journal says so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, event: &Event) -> anyhow::Result<Timestamp> {
        let at = self.world.now();
        let line = line::render(self.next, at, &self.by, event)?;
        let written =
            self.files.write(&self.handle, self.length, line.as_bytes()).and_then(|()| self.files.sync(&self.handle));
        if let Err(error) = written {
            // What came of it must not stand before the next line. Where this fails, too, a reader sees the tear.
            let _ = self.files.truncate(&self.handle, self.length);
            return Err(error).with_context(|| {
                format!("{} cannot be written: nothing is done without its journal", self.path.display())
            });
        }
        self.length += line.len() as u64;
        self.next += 1;
        Ok(at)
    }
}

impl StageLog for Journal {
    fn record(&mut self, stage: &PlaceAct) -> anyhow::Result<()> {
        self.append(Event::Place { act: stage.clone() })
    }

    fn recorded(&self) -> Vec<PlaceAct> {
        self.history.acts()
    }
}

/// Reads the journal in `folder` without changing it; a torn last line is left out.
pub fn read(files: &dyn Files, folder: &Path, id: &RestoreId) -> Result<History, JournalError> {
    let path = folder.join(NAME);
    let handle = files.open_read(&path).map_err(|source| JournalError::Io { path: path.clone(), source })?;
    let (lines, _) = read_all(files, &handle, &path)?;
    History::of(lines, id).map_err(|why| JournalError::Untrusted { path, why })
}

/// No journal of a person's work comes near this; more is not read into memory.
const LIMIT: usize = 16 << 20;

fn read_all(files: &dyn Files, handle: &Handle, path: &Path) -> Result<(Vec<Line>, u64), JournalError> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    let untrusted = |why| JournalError::Untrusted { path: path.to_owned(), why };
    loop {
        let read = files.read(handle, bytes.len() as u64, &mut piece);
        match read.map_err(|source| JournalError::Io { path: path.to_owned(), source })? {
            0 => return parse(&bytes).map_err(untrusted),
            read => bytes.extend_from_slice(&piece[..read]),
        }
        if bytes.len() > LIMIT {
            return Err(untrusted("it is larger than any journal".to_owned()));
        }
    }
}
