//! A private copy of a live database, taken so that it is whole, without opening the live one in SQLite.
//!
//! The bytes are read: the database first, then its `-wal` or `-journal`. The copy counts only when nothing changed
//! between start and end that would tear it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use crate::progress::Cancel;

/// Tries before a database counts as never still.
const TRIES: u32 = 5;

/// Whoever closes a file loses all locks of its process on it, and SQLite's locks are of that kind. So nothing in this
/// process reads a live database while placing holds one.
static HOLDING: RwLock<()> = RwLock::new(());

/// Held while this process holds SQLite's locks on a live database.
pub(crate) fn holding() -> RwLockWriteGuard<'static, ()> {
    HOLDING.write().unwrap_or_else(PoisonError::into_inner)
}

/// Held while this process has a live database open for reading.
pub(crate) fn reading() -> RwLockReadGuard<'static, ()> {
    HOLDING.read().unwrap_or_else(PoisonError::into_inner)
}

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
    Io(#[from] io::Error),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}

/// The path of a file that SQLite pairs up with the database at `path`: `suffix` is `-wal`, `-shm` or `-journal`.
pub fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies the live database at `path` into `folder`, which is private and empty; a `-wal` or `-journal` goes along. Gives
/// the path of the copy. Opening it in SQLite shows what the live one held at some moment between start and end.
pub fn safe_copy(path: &Path, folder: &Path, cancel: &Cancel) -> Result<PathBuf, CopyError> {
    let to = folder.join(super::DATABASE);
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(Duration::from_millis(30 << attempt));
        }
        cancel.check()?;
        let _reading = reading();
        let Some(before) = Mark::of(path)? else { return Err(CopyError::Missing(path.to_owned())) };
        if before.live_journal().is_some() {
            // It belongs to a writer at work, or to one that died. Only the second holds still, and a pause makes sure
            // that a later write also shows in the file's time.
            std::thread::sleep(Duration::from_millis(300));
            if !Mark::of(path)?.is_some_and(|after| before.still(&after)) {
                continue;
            }
        }
        copy(path, &to, cancel)?;
        for suffix in ["-wal", "-journal"] {
            let (from, to) = (side_file(path, suffix), side_file(&to, suffix));
            match copy(&from, &to, cancel) {
                Err(CopyError::Io(error)) if error.kind() == io::ErrorKind::NotFound => remove(&to)?,
                copied => copied?,
            }
        }
        if Mark::of(path)?.is_some_and(|after| before.still(&after)) {
            return Ok(to);
        }
    }
    Err(CopyError::NeverStill)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(descriptor) => Ok(Some(File::from(descriptor))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path, cancel: &Cancel) -> Result<(), CopyError> {
    let mut from = open(from)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let mut to = File::options().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        cancel.check()?;
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => to.write_all(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// One file at one moment.
#[derive(PartialEq, Eq)]
struct Moment {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    head: Vec<u8>,
}

impl Moment {
    fn of(path: &Path, head: usize) -> io::Result<Option<Self>> {
        let Some(file) = open(path)? else { return Ok(None) };
        let status = file.metadata()?;
        let mut bytes = vec![0; head];
        let mut read = 0;
        while read < head {
            match file.read_at(&mut bytes[read..], read as u64)? {
                0 => break,
                n => read += n,
            }
        }
        bytes.truncate(read);
        let modified = (status.mtime(), status.mtime_nsec());
        Ok(Some(Self { inode: status.ino(), size: status.size(), modified, head: bytes }))
    }
}

/// What must not change while a copy is taken.
struct Mark {
    database: Moment,
    wal: Option<Moment>,
    journal: Option<Moment>,
}

impl Mark {
    fn of(path: &Path) -> io::Result<Option<Self>> {
        let Some(database) = Moment::of(path, 100)? else { return Ok(None) };
        let wal = Moment::of(&side_file(path, "-wal"), 32)?;
        let journal = Moment::of(&side_file(path, "-journal"), 28)?;
        Ok(Some(Self { database, wal, journal }))
    }

    /// The `-wal`, where it holds anything.
    fn live_wal(&self) -> Option<&Moment> {
        self.wal.as_ref().filter(|wal| wal.head.len() == 32)
    }

    /// The `-journal`, where it may hold a transaction: one that begins with zeros is a leftover.
    fn live_journal(&self) -> Option<&Moment> {
        self.journal.as_ref().filter(|journal| journal.head.iter().any(|byte| *byte != 0))
    }

    fn still(&self, after: &Self) -> bool {
        if self.database.inode != after.database.inode {
            return false;
        }
        match (self.live_wal(), after.live_wal()) {
            // Pages that reach the database meanwhile are in the log, too, for as long as it does not begin anew.
            (Some(before), Some(after)) => before.inode == after.inode && before.head == after.head,
            (None, None) => self.database == after.database && self.live_journal() == after.live_journal(),
            _ => false,
        }
    }
}
