//! One statement of SQL that only reads, over one file; its rows are handed on one by one.
//!
//! The file is hostile and the statement is typed in a hurry: an authorizer lets through what reads and nothing else, a
//! progress handler ends what takes too long, and what would show a secret is covered.

mod allowed;
mod covered;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, ErrorCode, Row, Statement};

use crate::progress::{Cancel, Cancelled};
use crate::text::{Untrusted, secret};

use super::browse::holds_a_secret;
use super::error::{DatabaseError, message};
use super::far::{Allowance, Far, FarError};
use super::open::Db;
use super::schema;

/// The longest cell that a statement may read or make: memory stays bounded whatever it asks for.
const LONGEST: i32 = 8 << 20;
/// Virtual-machine steps between two looks at the clock and the cancel flag.
const STEPS: i32 = 2_000;

/// Between two looks at the clock and the cancel flag beside that.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The statement, as it was typed.
    pub sql: &'a str,
    /// So long may SQLite work on it. What the reader of the rows takes does not count.
    pub at_most: Duration,
    /// Whether secrets are handed on as they are.
    pub revealed: bool,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, the secrets in it masked; bytes that are no UTF-8 have become U+FFFD. It is not made printable.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(&'a [u8]),
    /// A secret as a whole.
    Covered,
}

/// Who takes the rows. `Break` ends the query: nobody reads on.
pub trait Taker {
    /// The names of the columns, before any row.
    fn columns(&mut self, names: &[Untrusted]) -> ControlFlow<()>;
    /// The next row.
    fn row(&mut self, fields: &[Field<'_>]) -> ControlFlow<()>;
}

/// What is said at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// How many rows were handed on.
    pub rows: u64,
    /// Columns that were covered as a whole, because what they are made of may be a secret.
    pub covered: Vec<Untrusted>,
}

/// Why there is no answer, or only a part of it.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// SQLite does not understand the statement, or cannot carry it out.
    #[error("the SQL is wrong: {}", .0.printable())]
    Wrong(Untrusted),
    /// It is none, or more than one.
    #[error("one SQL statement is needed, and only one")]
    NotOne,
    /// It would do something else than read.
    #[error("a query only reads: {}", .0.printable())]
    NotReading(Untrusted),
    /// It took too long.
    #[error("it took longer than {} s; --timeout allows more", .0.as_secs())]
    TooLong(Duration),
    /// The file cannot be read on: it is damaged, or no database.
    #[error("SQLite cannot read the file: {}", .0.printable())]
    Unreadable(Untrusted),
    /// Anything else that reading a file meets.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Carries out one statement over a file that lies still.
pub fn query(path: &Path, query: &Query<'_>, cancel: &Cancel, taker: &mut dyn Taker) -> Result<Answered, QueryError> {
    ask(Db::still(path, cancel)?, query, cancel, taker)
}

/// The same over a database that lies elsewhere, of which only so much may be read. The outer error is what kept it from
/// being read; the inner one is of the statement.
pub fn query_far(
    far: &mut Far,
    allowance: Allowance,
    query: &Query<'_>,
    cancel: &Cancel,
    taker: &mut dyn Taker,
) -> Result<Result<Answered, QueryError>, FarError> {
    far.open(allowance, cancel, |db, _| match ask(db, query, cancel, taker) {
        Err(QueryError::Database(error)) => Err(error),
        other => Ok(other),
    })
}

/// From now on SQLite takes no more than so many bytes of memory in this whole program: what is sorted of a file that lies
/// elsewhere is sorted in memory.
pub fn bound_memory(bytes: u32) -> Result<(), DatabaseError> {
    let failed = |error| DatabaseError::sqlite("bound its memory", &error);
    let memory = Connection::open_in_memory().map_err(failed)?;
    memory.pragma_update(None, "hard_heap_limit", bytes).map_err(failed)
}

fn ask(mut db: Db, query: &Query<'_>, cancel: &Cancel, taker: &mut dyn Taker) -> Result<Answered, QueryError> {
    let timer = Timer::new(query.at_most);
    let handle = db.connection.get_interrupt_handle();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        // What SQLite does in one step, such as a count, no progress handler ends.
        let watch = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                thread::park_timeout(BETWEEN_LOOKS);
                if cancel.is_cancelled() || timer.is_over() {
                    handle.interrupt();
                }
            }
        });
        let answer = watched(&mut db, &timer, query, cancel, taker);
        done.store(true, Ordering::Relaxed);
        watch.thread().unpark();
        answer
    })
}

fn watched(
    db: &mut Db,
    timer: &Timer,
    query: &Query<'_>,
    cancel: &Cancel,
    taker: &mut dyn Taker,
) -> Result<Answered, QueryError> {
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("make the query safe", &error);
    let explain = |error: rusqlite::Error| explained(&error, cancel, query.at_most);
    let tables = schema::tables(&db.connection).map_err(explain)?;
    let functions = allowed::functions(&db.connection).map_err(failed)?;
    let reads = Arc::new(Mutex::new(Vec::new()));
    let (late, asked) = (timer.clone(), cancel.clone());
    let noted = Arc::clone(&reads);
    db.connection
        .set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)
        // A view is a statement like the one that was typed: it is held to the same.
        .and_then(|_| db.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, true))
        .and_then(|_| db.connection.progress_handler(STEPS, Some(move || asked.is_cancelled() || late.is_over())))
        .and_then(|()| {
            db.connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
                allowed::judge(&context.action, &functions, &mut noted.lock().unwrap_or_else(PoisonError::into_inner))
            }))
        })
        .map_err(failed)?;
    let mut statement = only_statement(db, query.sql).map_err(|error| error.unwrap_or_else(explain))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let names: Vec<Untrusted> = columns.iter().cloned().map(Untrusted::new).collect();
    let covered = if query.revealed {
        vec![false; columns.len()]
    } else {
        covered::columns(&columns, &reads.lock().unwrap_or_else(PoisonError::into_inner), &tables)
    };
    let hidden = names.iter().zip(&covered).filter(|(_, covered)| **covered);
    let mut answered = Answered { rows: 0, covered: hidden.map(|(name, _)| name.clone()).collect() };
    if timer.paused(|| taker.columns(&names)).is_break() {
        return Ok(answered);
    }
    let secrets = secret::Columns::of(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    let mut rows = statement.query([]).map_err(explain)?;
    while let Some(row) = rows.next().map_err(explain)? {
        let fields = fields(row, &secrets, &covered, query.revealed).map_err(explain)?;
        answered.rows += 1;
        if timer.paused(|| taker.row(&fields)).is_break() {
            break;
        }
    }
    Ok(answered)
}

/// The one statement; an error of SQLite is still to be explained.
fn only_statement<'c>(db: &'c Db, sql: &str) -> Result<Statement<'c>, Failed> {
    let mut batch = Batch::new(&db.connection, sql);
    let statement = batch.next()?.ok_or(Failed::Said(QueryError::NotOne))?;
    // What stands behind it is not looked at: whatever it is, it is too much.
    if !matches!(batch.next(), Ok(None)) {
        return Err(Failed::Said(QueryError::NotOne));
    }
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Failed::Said(QueryError::NotReading(Untrusted::from("this statement gives no rows"))));
    }
    Ok(statement)
}

enum Failed {
    Said(QueryError),
    Sqlite(rusqlite::Error),
}

impl Failed {
    fn unwrap_or_else(self, explain: impl FnOnce(rusqlite::Error) -> QueryError) -> QueryError {
        match self {
            Self::Said(error) => error,
            Self::Sqlite(error) => explain(error),
        }
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What an error of SQLite means for the person who typed the statement.
fn explained(error: &rusqlite::Error, cancel: &Cancel, at_most: Duration) -> QueryError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) if cancel.is_cancelled() => DatabaseError::from(Cancelled).into(),
        Some(ErrorCode::OperationInterrupted) => QueryError::TooLong(at_most),
        Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly) => {
            QueryError::NotReading(message(error))
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::DiskFull | ErrorCode::CannotOpen) => {
            DatabaseError::sqlite("carry out the query", error).into()
        }
        _ => read_failed(error),
    }
}

/// Damage of the file, or a fault of the statement.
fn read_failed(error: &rusqlite::Error) -> QueryError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => QueryError::Unreadable(message(error)),
        _ => QueryError::Wrong(message(error)),
    }
}

/// The values of a row, with what must not be seen covered.
fn fields<'r>(
    row: &'r Row<'_>,
    columns: &secret::Columns,
    covered: &[bool],
    revealed: bool,
) -> rusqlite::Result<Vec<Field<'r>>> {
    let text = |at: usize| row.get_ref(at).ok().and_then(|value| value.as_str().ok());
    let secrets = if revealed { vec![false; covered.len()] } else { columns.of_row(text) };
    (0..covered.len())
        .map(|at| {
            let value = row.get_ref(at)?;
            Ok(match value {
                ValueRef::Null => Field::Null,
                _ if secrets[at] || covered[at] => Field::Covered,
                ValueRef::Integer(number) => Field::Integer(number),
                ValueRef::Real(number) => Field::Real(number),
                ValueRef::Text(bytes) => Field::Text(shown(bytes, revealed)),
                ValueRef::Blob(bytes) if !revealed && holds_a_secret(bytes) => Field::Covered,
                ValueRef::Blob(bytes) => Field::Blob(bytes),
            })
        })
        .collect()
}

fn shown(bytes: &[u8], revealed: bool) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if revealed {
        return text;
    }
    match secret::mask(&text) {
        Cow::Owned(masked) => Cow::Owned(masked),
        Cow::Borrowed(_) => text,
    }
}

/// How long SQLite may still work.
#[derive(Clone)]
struct Timer {
    start: Instant,
    at_most: Duration,
    /// Microseconds that did not count.
    paused: Arc<AtomicU64>,
    /// Now it does not count.
    pausing: Arc<AtomicBool>,
}

impl Timer {
    fn new(at_most: Duration) -> Self {
        Self { start: Instant::now(), at_most, paused: Arc::default(), pausing: Arc::default() }
    }

    fn is_over(&self) -> bool {
        if self.pausing.load(Ordering::Acquire) {
            return false;
        }
        let paused = Duration::from_micros(self.paused.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(paused) >= self.at_most
    }

    /// Does what does not count.
    fn paused<T>(&self, work: impl FnOnce() -> T) -> T {
        let from = Instant::now();
        self.pausing.store(true, Ordering::Relaxed);
        let done = work();
        let took = u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.paused.fetch_add(took, Ordering::Relaxed);
        self.pausing.store(false, Ordering::Release);
        done
    }
}

#[cfg(test)]
mod tests;
