//! Opening a database that nobody vouches for: read-only, hardened, stoppable, leaving nothing behind.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::progress::Cancel;

use super::DatabaseError;
use super::cell::Wide;
use super::remote::{self, Blocks};

/// Virtual-machine steps of SQLite between two looks at the cancel flag.
const STEPS: i32 = 2_000;
/// So many of them a look into a file that lies elsewhere may take: a few hundred are needed, a file made to hold us has no
/// end.
pub(super) const LOOK_STEPS: u64 = 4_000_000;

/// One hardened connection.
pub(super) struct Db {
    pub(super) connection: Connection,
    /// How text is stored, where it is UTF-16, which SQLite would convert on the way.
    pub(super) wide: Option<Wide>,
    /// How it was opened.
    pub(super) access: Access,
    ticks: Arc<AtomicU64>,
    most: u64,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read-only, and nobody else writes: no sidecars are read or made.
    Still,
    /// The same, of a file that lies elsewhere: less is read, and fewer steps are taken.
    Remote,
    /// A private copy whose sidecars, if any, belong to it.
    WithSidecars,
    /// A private copy that is about to be rewritten.
    Rewrite,
}

impl Db {
    /// Opens a still file read-only.
    pub(super) fn still(path: &Path, cancel: &Cancel) -> Result<Self, DatabaseError> {
        Self::open(path, Access::Still, cancel)
    }

    /// Opens what lies elsewhere, read-only, for at most so many steps. Once the flag that comes along is set, nothing more
    /// is asked for.
    pub(super) fn remote(
        blocks: &Arc<Blocks>,
        steps: u64,
        cancel: &Cancel,
    ) -> Result<(Self, Arc<AtomicBool>), DatabaseError> {
        let failed = |error: &rusqlite::Error| DatabaseError::sqlite("open the file", error);
        let ticket = remote::offer(blocks)
            .map_err(|why| DatabaseError::Sqlite { what: "read over a network".to_owned(), message: why.into() })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags_and_vfs(&ticket.name, flags, remote::NAME);
        let db = Self::ready(opened.map_err(|error| failed(&error))?, Access::Remote, steps, cancel);
        Ok((db.map_err(|error| failed(&error))?, Arc::clone(&ticket.only_here)))
    }

    /// Opens a private copy: a `-wal` or `-journal` that lies beside it belongs to it, and is applied.
    pub(super) fn copy(path: &Path, cancel: &Cancel) -> Result<Self, DatabaseError> {
        let beside = |end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            Path::new(&name).exists()
        };
        let access = if beside("-wal") || beside("-journal") { Access::WithSidecars } else { Access::Still };
        Self::open(path, access, cancel)
    }

    pub(super) fn open(path: &Path, access: Access, cancel: &Cancel) -> Result<Self, DatabaseError> {
        // NOFOLLOW refuses a link among the parent folders, too.
        let real = path.canonicalize().map_err(|source| DatabaseError::io("cannot read", path, source))?;
        let (mut query, mut flags) = ("", OpenFlags::SQLITE_OPEN_READ_ONLY);
        match access {
            Access::Still | Access::Remote => query = "?immutable=1",
            Access::WithSidecars | Access::Rewrite => flags = OpenFlags::SQLITE_OPEN_READ_WRITE,
        }
        flags |= OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(uri(&real, query), flags);
        let ready = opened.and_then(|connection| Self::ready(connection, access, u64::MAX, cancel));
        ready.map_err(|error| DatabaseError::sqlite("open the file", &error))
    }

    /// Hardens a connection, and makes it stoppable.
    fn ready(mut connection: Connection, access: Access, steps: u64, cancel: &Cancel) -> rusqlite::Result<Self> {
        if access == Access::Rewrite {
            prepare_copy(&connection)?;
        }
        harden(&connection, access)?;
        let ticks = Arc::new(AtomicU64::new(0));
        let (counted, asked) = (Arc::clone(&ticks), cancel.clone());
        let most = steps / u64::from(STEPS.unsigned_abs());
        connection.progress_handler(
            STEPS,
            Some(move || counted.fetch_add(1, Ordering::Relaxed) >= most || asked.is_cancelled()),
        )?;
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        let wide = match encoding.as_str() {
            "UTF-16le" => Some(Wide::LittleEndian),
            "UTF-16be" => Some(Wide::BigEndian),
            _ => None,
        };
        Ok(Self { connection, wide, access, ticks, most })
    }

    /// Whether it took so many steps that it was stopped: nobody asked for that.
    pub(super) fn is_worn_out(&self) -> bool {
        self.worn().is_out()
    }

    /// The same, for whoever outlives the connection.
    pub(super) fn worn(&self) -> Worn {
        Worn { ticks: Arc::clone(&self.ticks), most: self.most }
    }

    /// Cells may be so long.
    pub(super) fn longest(&self, bytes: i32) -> Result<(), DatabaseError> {
        let set = self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes);
        set.map(drop).map_err(|error| DatabaseError::sqlite("open the file", &error))
    }

    /// Virtual-machine steps so far, shared with other threads.
    pub(super) fn steps(&self) -> Steps {
        Steps(Arc::clone(&self.ticks))
    }

    /// One number that a pragma answers.
    pub(super) fn pragma(&self, name: &str) -> Result<i64, DatabaseError> {
        self.connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|error| DatabaseError::sqlite(format!("read the pragma {name}"), &error))
    }

    /// All lines that a pragma or query answers in its first column.
    pub(super) fn lines(&self, sql: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare(sql)?;
        let lines = statement.query_map([], |row| {
            let value = row.get_ref(0)?;
            Ok(value.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default())
        })?;
        lines.collect()
    }
}

/// Tells whether a connection took all the steps that it may.
pub(super) struct Worn {
    ticks: Arc<AtomicU64>,
    most: u64,
}

impl Worn {
    pub(super) fn is_out(&self) -> bool {
        self.ticks.load(Ordering::Relaxed) > self.most
    }
}

/// Counts the steps of a connection.
#[derive(Clone)]
pub(super) struct Steps(Arc<AtomicU64>);

impl Steps {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed) * u64::from(STEPS.unsigned_abs())
    }
}

fn uri(path: &Path, query: &str) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            // Writing to a String does not fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri + query
}

/// The journal is switched off before DEFENSIVE, which would silently keep it on. The copy is thrown away on any fault.
fn prepare_copy(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    // Inside a transaction this would silently do nothing. The bundled SQLite has foreign keys on.
    connection.pragma_update(None, "foreign_keys", "OFF")
}

/// Loading extensions is off unless somebody switches it on.
fn harden(connection: &Connection, access: Access) -> rusqlite::Result<()> {
    for (option, value) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
    ] {
        connection.set_db_config(option, value)?;
    }
    // What lies elsewhere and is longer than all that may be read of it is not even begun.
    let longest = if access == Access::Remote { 4 << 20 } else { 512 << 20 };
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, longest),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 4 << 20),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    ] {
        connection.set_limit(limit, value)?;
    }
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // In KiB: the whole program stays under 64 MiB. An index that is built anew takes as much again for sorting.
    connection.pragma_update(None, "cache_size", if access == Access::Rewrite { -7_000 } else { -4_000 })?;
    if access == Access::Remote {
        // There is no folder for what it sorts; nothing that is asked of a remote file sorts much.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
    }
    if access != Access::Rewrite {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(())
}

/// An empty database in memory, hardened like a file: for what must be computed as the file would. Checks are left out.
pub(super) fn harden_memory(wide: Option<Wide>) -> rusqlite::Result<Connection> {
    let memory = Connection::open_in_memory()?;
    if let Some(wide) = wide {
        memory.pragma_update(None, "encoding", if wide == Wide::LittleEndian { "UTF-16le" } else { "UTF-16be" })?;
    }
    memory.pragma_update(None, "foreign_keys", "OFF")?;
    memory.pragma_update(None, "ignore_check_constraints", "ON")?;
    harden(&memory, Access::Rewrite)?;
    Ok(memory)
}

/// A name as SQL wants it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_leaves_nothing_behind_and_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        // A name that a URI would read otherwise.
        let path = folder.path().join("a?mode=rwc#%41 ö.db");
        let id = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
        super::super::sample::Sample::new(id.parse().unwrap(), id.parse().unwrap(), jiff::Timestamp::UNIX_EPOCH)
            .create(&path)
            .unwrap();
        let db = Db::still(&path, &Cancel::default()).unwrap();
        assert_eq!(db.wide, None);
        assert_eq!(db.pragma("user_version").unwrap(), 7);
        assert!(db.connection.execute("DELETE FROM Cursors", []).is_err());
        drop(db);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_cancelled_query_stops() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        let cancel = Cancel::default();
        let db = Db::still(&path, &cancel).unwrap();
        cancel.cancel();
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
        let error = db.lines(endless).unwrap_err();
        assert!(DatabaseError::sqlite("count", &error).is_cancelled());
    }
}
