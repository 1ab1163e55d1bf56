//! The file that an audit keeps its lines in, so that one that was cut goes on. It only grows: of several lines of one
//! backup the last one counts, and a line that was cut at its end is passed over.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::commands::failure::Failure;
use crate::restore::audit::{Id, Line};
use crate::text::printable;

/// What every line begins with.
const BEGINS: &[u8] = br#"{"schema":1,"id":""#;

/// Where the last line of a backup lies.
#[derive(Clone, Copy)]
struct Place {
    state: u64,
    from: u64,
    length: u64,
}

/// A file of lines.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    /// By the digest of the key: a few bytes for each backup.
    known: HashMap<u64, Place>,
}

/// What is read of a line to find it again.
#[derive(Deserialize)]
struct Head {
    id: Id,
}

impl Record {
    /// Opens a file, or makes it for this person alone; reads what it holds. Another kind of file is refused.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let shown = printable(&path.display().to_string());
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("{shown} cannot be opened"))?;
        let metadata = file.metadata().map_err(anyhow::Error::from)?;
        let foreign = || Failure::Usage(format!("{shown} is no file of `reseat audit --resume`: name another one"));
        if !metadata.is_file() {
            return Err(foreign());
        }
        let mut record = Self { path: path.to_owned(), file, known: HashMap::new() };
        let whole = record.read().with_context(|| format!("{shown} cannot be read"))?.ok_or_else(foreign)?;
        if !whole {
            record.file.write_all(b"\n").with_context(|| format!("{shown} cannot be written"))?;
        }
        Ok(record)
    }

    /// Reads the places of all lines. Whether the last one is whole; none where it begins as no such file does.
    fn read(&mut self) -> std::io::Result<Option<bool>> {
        let mut from = 0;
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)? as u64;
            if length == 0 {
                return Ok(Some(true));
            }
            if from == 0 && !BEGINS.starts_with(&line) && !line.starts_with(BEGINS) {
                return Ok(None);
            }
            if let Ok(Head { id }) = serde_json::from_slice(&line) {
                self.known.insert(id.key, Place { state: id.state, from, length });
            }
            if !line.ends_with(b"\n") {
                return Ok(Some(false));
            }
            from += length;
        }
    }

    /// The line of a backup in the same state.
    pub(super) fn get(&self, id: Id) -> Option<Line> {
        let place = self.known.get(&id.key).filter(|place| place.state == id.state)?;
        let mut file = &self.file;
        let mut json = Vec::new();
        file.seek(SeekFrom::Start(place.from)).ok()?;
        file.take(place.length).read_to_end(&mut json).ok()?;
        Line::read(&json).filter(|line| line.id == id)
    }

    /// Keeps a line: in one piece, at the end.
    pub(super) fn keep(&self, line: &Line) -> anyhow::Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        let shown = || format!("{} cannot be written", printable(&self.path.display().to_string()));
        (&self.file).write_all(&json).with_context(shown)
    }
}
