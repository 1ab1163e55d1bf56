//! What SQLite itself does to a database here: folding its side files in, and holding it.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::text::printable;

/// Why SQLite did not fold a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Another process holds a lock on it.
    #[error("another process holds a lock on the database")]
    Busy,
    /// SQLite cannot read it, or says that it is damaged.
    #[error("SQLite cannot open it: {0}")]
    Unreadable(String),
    /// Reading or writing failed; the database itself may be sound.
    #[error("SQLite could not write: {0}")]
    Failed(String),
}

impl From<rusqlite::Error> for FoldError {
    fn from(error: rusqlite::Error) -> Self {
        let said = printable(&error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted,
            ) => Self::Failed(said),
            _ => Self::Unreadable(said),
        }
    }
}

/// `file:` URI of a database that nobody writes to, percent-encoded.
pub(crate) fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            // Writing to a String does not fail.
            byte => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri.push_str("?mode=ro&immutable=1");
    uri
}

/// Takes from a connection everything that a hostile schema could use.
pub(crate) fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // A fault of the disk is an error then, not a signal.
    connection.pragma_update(None, "mmap_size", 0)
}

/// A database that SQLite folded into one file, and holds: nobody else reads or writes it until this is dropped.
pub(crate) struct Held {
    connection: Connection,
}

impl Held {
    /// Gives the locks back. Dropping does the same, without saying whether it worked.
    pub(crate) fn release(self) -> Result<(), FoldError> {
        self.connection.close().map_err(|(_, error)| FoldError::from(error))
    }
}

/// Folds the side files of a private copy into it.
pub(crate) fn fold(copy: &Path) -> Result<(), FoldError> {
    fold_and_hold(copy)?.map_or(Ok(()), Held::release)
}

/// Folds the side files of the database at `path` into it and leaves it locked. An empty file is folded but not held: SQLite
/// begins to write one as soon as it is locked for writing.
///
/// Locking mode stays *normal*: an exclusive one unlinks `<path>-journal` by path when it closes, whoever's that is by then.
pub(crate) fn fold_and_hold(path: &Path) -> Result<Option<Held>, FoldError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    // Long enough for a lock that was just given back, too short to wait for a person.
    connection.busy_timeout(Duration::from_millis(400))?;
    harden(&connection)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    let mode: String = connection.query_row("pragma journal_mode=DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(FoldError::Unreadable(format!("the journal mode stays {}", printable(&mode))));
    }
    let pages: i64 = connection.query_row("pragma page_count", [], |row| row.get(0))?;
    if pages == 0 {
        connection.close().map_err(|(_, error)| error)?;
        return Ok(None);
    }
    connection.execute_batch("begin exclusive")?;
    // A journal that could not be removed is hot: locking rolled the new mode back.
    let mode: String = connection.query_row("pragma journal_mode", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(FoldError::Failed(format!("the journal mode is {} again", printable(&mode))));
    }
    Ok(Some(Held { connection }))
}
