//! Contents written into a live database, and read out of it, by SQLite alone: its locks, its one transaction.
//!
//! A cut at any moment leaves wholly the old or wholly the new contents, because SQLite's own journal says so. Who has the
//! file open keeps it: the file is the same one, with the same owner and label.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::RwLockWriteGuard;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::fold::{FoldError, harden, immutable_uri};
use super::safety::Held;
use crate::database::header;
use crate::text::printable;

/// How long SQLite waits for a lock each time it is asked: short, so that a person's wish to stop is heard.
const WAIT: Duration = Duration::from_millis(250);

/// Pages that are written between two looks at how far it is.
const PAGES: i32 = 64;

/// What decides whether SQLite can write one database into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Bytes of a page.
    pub page_size: u32,
    /// The encoding of its texts, as the header numbers it.
    pub encoding: u32,
    /// Whether it is in WAL mode.
    pub wal: bool,
}

impl Form {
    /// The form of a database that nobody writes to, from its first bytes; none when it has none yet.
    pub fn of_file(path: &Path) -> Option<Self> {
        let mut head = [0; 100];
        std::fs::File::open(path).ok()?.read_exact_at(&mut head, 0).ok()?;
        let fields = header::of(&head, 100).fields?;
        let encoding = u32::from_be_bytes(head[56..60].try_into().ok()?);
        Some(Self { page_size: fields.page_size, encoding, wal: fields.read_version == 2 })
    }

    /// Why `new` cannot be written into a live database of this form, as sentences. None when it can.
    pub fn refuses(self, new: Self) -> Option<String> {
        if self.wal && self.page_size != new.page_size {
            return Some(format!(
                "The live database is in WAL mode with pages of {} bytes; the new one has pages of {}.",
                self.page_size, new.page_size
            ));
        }
        (self.encoding != new.encoding && self.encoding != 0).then(|| {
            let name = |encoding: u32| match encoding {
                2 => "UTF-16le",
                3 => "UTF-16be",
                _ => "UTF-8",
            };
            let (here, there) = (name(self.encoding), name(new.encoding));
            format!("The live database holds its texts as {here}, the new one as {there}.")
        })
    }
}

/// A live database that this program has open, and may lock.
#[derive(Debug)]
pub(crate) struct Live {
    connection: Connection,
    /// Its form.
    pub(crate) form: Form,
    /// The schema's number.
    pub(crate) schema: i64,
    /// Closed after the connection, and never before: each closing would give the locks back.
    kept: Option<Held>,
    /// Nothing else in this process opens and closes the file meanwhile.
    alone: Option<RwLockWriteGuard<'static, ()>>,
}

/// What one step of writing did.
pub(crate) enum Wrote {
    /// Pages are left to write: how many of how many.
    Some(u64, u64),
    /// All is written, and durable.
    All,
    /// Somebody else holds a lock.
    Busy,
}

impl Live {
    /// Opens it for writing. A journal that a crash left hot is rolled back by that, as by every program that opens it.
    pub(crate) fn open(path: &Path) -> Result<Self, FoldError> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        harden(&connection)?;
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        let form = form(&connection)?;
        let schema = number(&connection, "schema_version")?;
        connection.busy_timeout(WAIT)?;
        Ok(Self { connection, form, schema, kept: None, alone: None })
    }

    /// Begins to write `source` into it. Nothing is locked before the first step.
    pub(crate) fn write<'a>(&'a mut self, source: &'a Connection) -> Result<Writing<'a>, FoldError> {
        Ok(Writing(Backup::new(source, &mut self.connection)?))
    }

    /// Gives it back. The last one to close it folds its log in.
    pub(crate) fn close(self) {
        // When SQLite cannot even close, ending the connection still gives its locks back.
        drop(self.connection.close());
        drop(self.kept);
        drop(self.alone);
    }

    /// Keeps what must outlive the connection.
    pub(crate) fn keep(&mut self, kept: Option<Held>, alone: RwLockWriteGuard<'static, ()>) {
        self.kept = kept;
        self.alone = Some(alone);
    }
}

/// Writing that goes on. Dropped before its end, nothing of it stays.
pub(crate) struct Writing<'a>(Backup<'a, 'a>);

impl Writing<'_> {
    /// The first page: this takes the lock, and nothing is in the file yet.
    pub(crate) fn lock(&self) -> Result<Wrote, FoldError> {
        self.step(1)
    }

    /// Some more pages; with the last one all of it counts at once.
    pub(crate) fn go_on(&self) -> Result<Wrote, FoldError> {
        self.step(PAGES)
    }

    fn step(&self, pages: i32) -> Result<Wrote, FoldError> {
        let wrote = self.0.step(pages)?;
        let progress = self.0.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or_default();
        Ok(match wrote {
            StepResult::Done => Wrote::All,
            StepResult::More => Wrote::Some(count(progress.pagecount - progress.remaining), count(progress.pagecount)),
            _ => Wrote::Busy,
        })
    }
}

/// Opens a private database that nobody writes to, to be written elsewhere.
pub(crate) fn open_source(path: &Path) -> Result<Connection, FoldError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(immutable_uri(path), flags)?;
    harden(&connection)?;
    Ok(connection)
}

/// What a fresh process read out of a live database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Out {
    /// The schema's number.
    pub schema: i64,
    /// Somebody held a lock for too long: there is no copy.
    pub busy: bool,
}

/// Reads all pages of a live database at one moment into `to`, a private file that must be there and empty. For a process of
/// its own.
pub(crate) fn read_out(live: &Path, to: &Path) -> Result<Out, FoldError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let from = Connection::open_with_flags(live, flags)?;
    from.busy_timeout(Duration::from_secs(5))?;
    harden(&from)?;
    let mut copy = Connection::open(to)?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    // One snapshot for the number and the pages.
    from.execute_batch("begin")?;
    let schema = match number(&from, "schema_version") {
        Err(FoldError::Busy) => return Ok(Out { schema: 0, busy: true }),
        schema => schema?,
    };
    let busy = !matches!(Backup::new(&from, &mut copy)?.step(-1)?, StepResult::Done);
    Ok(Out { schema, busy })
}

/// Fields of the first page that SQLite sets anew when it writes one database into another: the file format, the change
/// counter, the schema's number, and for which change and by which SQLite the size holds.
const OWN: [std::ops::Range<usize>; 4] = [18..20, 24..28, 40..44, 92..100];

/// Whether two private files hold the same pages, but for the fields of the first one that each file has for itself.
pub(crate) fn same_pages(one: &Path, other: &Path) -> std::io::Result<bool> {
    let (a, b) = (std::fs::File::open(one)?, std::fs::File::open(other)?);
    let size = |path: &Path| {
        let fields = header::read(path).ok().and_then(|header| header.fields);
        fields.map_or(0, |fields| u64::from(fields.page_size) * u64::from(fields.page_count))
    };
    let (length, other_length) = (size(one), size(other));
    if length != other_length || length == 0 {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; 256 * 1024], vec![0; 256 * 1024]);
    let mut at = 0;
    while at < length {
        let n = usize::try_from((length - at).min(left.len() as u64)).unwrap_or_default();
        a.read_exact_at(&mut left[..n], at)?;
        b.read_exact_at(&mut right[..n], at)?;
        if at == 0 {
            for field in OWN {
                left[field.clone()].fill(0);
                right[field].fill(0);
            }
        }
        if left[..n] != right[..n] {
            return Ok(false);
        }
        at += n as u64;
    }
    Ok(true)
}

fn form(connection: &Connection) -> Result<Form, FoldError> {
    let mode: String = connection.query_row("pragma journal_mode", [], |row| row.get(0))?;
    let encoding: String = connection.query_row("pragma encoding", [], |row| row.get(0))?;
    let page_size = u32::try_from(number(connection, "page_size")?).unwrap_or_default();
    let encoding = match encoding.as_str() {
        "UTF-8" => 1,
        "UTF-16le" => 2,
        "UTF-16be" => 3,
        other => return Err(FoldError::Unreadable(format!("its encoding is {}", printable(other)))),
    };
    Ok(Form { page_size, encoding, wal: mode == "wal" })
}

fn number(connection: &Connection, pragma: &str) -> Result<i64, FoldError> {
    Ok(connection.query_row(&format!("pragma {pragma}"), [], |row| row.get(0))?)
}
