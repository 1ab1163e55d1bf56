//! A look into a database that lies elsewhere, without having it here: who it belongs to, how new it is, how large.
//!
//! It reads what the rows of `Integrations` and the two ends of `Events` need, and nothing else. What takes reading all of
//! the file (whether it is sound, how many events, whose they are) stays unknown.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use jiff::Timestamp;

use crate::progress::Cancel;
use crate::ranges::ReadAt;

use super::browse::KeyPart;
use super::error::DatabaseError;
use super::facts::{FileFacts, NewestEvent};
use super::far::TOO_LONG;
use super::header::{self, Length, START};
use super::inspect::{integrations, loose_ids, read_schema};
use super::newest::Newest;
use super::open::{Db, LOOK_STEPS};
use super::remote::{Blocks, Budget, Ended};
use super::schema::Table;
use super::walk::{walk_first, walk_last};

/// Rows at the end of `Events` in which the newest one is looked for, as far as they lie in blocks that are here.
const LAST: u64 = 50;

/// What such a look tells.
#[derive(Debug, Clone)]
pub struct Peeked {
    /// What is known of the file. Nothing that takes reading all of it.
    pub file: FileFacts,
    /// How many events there are at most: the span of their row numbers.
    pub events_at_most: Option<u64>,
    /// The first event, where a column tells.
    pub first: Option<Timestamp>,
    /// The rows of `Integrations` were read, all of them or the first ones.
    pub rows_seen: bool,
    /// The look ended before it had seen what it looks for: it would have had to read too much.
    pub spent: bool,
    /// The longest chain of requests of which each waited for the one before.
    pub rounds: u32,
}

/// Looks into a file that lies elsewhere. Faults of the file are facts; an error is what the source answered, and
/// [`DatabaseError::Cancelled`].
pub fn peek(source: Arc<dyn ReadAt>, cancel: &Cancel) -> Result<Peeked, DatabaseError> {
    let blocks = Arc::new(Blocks::start(source, Budget::default()).map_err(DatabaseError::Remote)?);
    let mut header = header::of(&blocks.start_of_file(START), blocks.size());
    if let Length::Longer { expected, extra, zeros, starts } = &mut header.length {
        let behind = blocks.rest_of_block(*expected).unwrap_or_default();
        *starts = header::not_zero(&behind);
        *zeros = starts.is_empty() && behind.len() as u64 >= *extra;
    }
    let file = FileFacts::new(header);
    let mut seen = Peeked { file, events_at_most: None, first: None, rows_seen: false, spent: false, rounds: 1 };
    if seen.file.header.is_sqlite() && !matches!(seen.file.header.length, Length::Shorter { .. }) {
        match look(&blocks, cancel, &mut seen) {
            // What SQLite says about the file is a fact of the file, unless the source said it.
            Err(DatabaseError::Sqlite { message, .. }) => match blocks.ended() {
                Some(Ended::Failed(error)) => return Err(DatabaseError::Remote(error)),
                Some(Ended::Spent) => seen.spent = true,
                None if message.raw() == TOO_LONG => seen.spent = true,
                None => seen.file.unreadable = Some(message),
            },
            other => other?,
        }
    }
    cancel.check()?;
    (_, _, seen.rounds) = blocks.spent();
    Ok(seen)
}

fn look(blocks: &Arc<Blocks>, cancel: &Cancel, seen: &mut Peeked) -> Result<(), DatabaseError> {
    let (db, only_here) = Db::remote(blocks, LOOK_STEPS, cancel)?;
    let tables = worn(&db, cancel, read_schema(&db, &mut seen.file))?;
    if !seen.file.missing.is_empty() {
        return Ok(());
    }
    let find = |name: &str| tables.iter().find(|table| table.is(name));
    let (Some(owners), Some(events)) = (find("Integrations"), find("Events")) else { return Ok(()) };
    let file = &mut seen.file;
    // Three places of the file, none of which needs what stands in another: each is asked for at once.
    let (owner, first, last) = thread::scope(|scope| {
        let owner = scope.spawn(|| {
            let (db, _) = Db::remote(blocks, LOOK_STEPS, cancel)?;
            worn(&db, cancel, integrations::read_first(&db, owners, cancel, file))
        });
        let first = scope.spawn(|| {
            let (db, _) = Db::remote(blocks, LOOK_STEPS, cancel)?;
            worn(&db, cancel, end(&db, events, End::First, cancel))
        });
        let last = worn(&db, cancel, end(&db, events, End::Last(&only_here), cancel));
        (joined(owner), joined(first), last)
    });
    // One that fails does not take the others along.
    seen.rows_seen = owner.is_ok();
    seen.file.loose_ids = loose_ids(&seen.file);
    if let (Ok(first), Ok(last)) = (&first, &last) {
        seen.events_at_most = span(first.row, last.row, events);
        seen.first = first.at.as_ref().map(|event| event.at);
        seen.file.newest.clone_from(&last.at);
    }
    owner.and(first.and(last).map(drop))
}

/// One end of `Events`.
#[derive(Clone, Copy)]
enum End<'a> {
    First,
    /// With the flag that keeps further rows from being asked for.
    Last(&'a std::sync::atomic::AtomicBool),
}

/// What stands at one end.
struct Edge {
    row: Option<i64>,
    at: Option<NewestEvent>,
}

fn end(db: &Db, events: &Table, which: End<'_>, cancel: &Cancel) -> Result<Edge, DatabaseError> {
    let mut edge = Edge { row: None, at: None };
    // Without row numbers the rows stand in no order of time.
    if events.rowid.is_none() {
        return Ok(edge);
    }
    let narrow = Newest::of(events).narrowed(events);
    let mut times = Newest::of(&narrow);
    let row = &mut edge.row;
    let mut see = |view: &super::walk::RowView<'_>| {
        if row.is_none() {
            *row = view.key().and_then(|key| match key.0.first() {
                Some(KeyPart::Integer(number)) => Some(*number),
                _ => None,
            });
        }
        times.see(view)?;
        // The newest row is there. More of them are read only where that costs nothing.
        if let End::Last(only_here) = which {
            only_here.store(true, Ordering::Relaxed);
        }
        Ok(())
    };
    match which {
        End::First => walk_first(db, &narrow, 1, cancel, see).map(drop)?,
        End::Last(only_here) => match walk_last(db, &narrow, LAST, cancel, &mut see) {
            Err(DatabaseError::Sqlite { .. }) if only_here.load(Ordering::Relaxed) => {}
            other => drop(other?),
        },
    }
    edge.at = times.found(&narrow);
    Ok(edge)
}

/// How many rows there are at most between the first and the last row number.
fn span(first: Option<i64>, last: Option<i64>, events: &Table) -> Option<u64> {
    match (first, last) {
        (Some(first), Some(last)) => u64::try_from(i128::from(last) - i128::from(first) + 1).ok(),
        (None, None) if events.rowid.is_some() => Some(0),
        _ => None,
    }
}

/// A connection that was stopped because it went on and on was led astray by the file: nobody asked for it.
fn worn<T>(db: &Db, cancel: &Cancel, done: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
    match done {
        Err(DatabaseError::Cancelled(_)) if db.is_worn_out() && !cancel.is_cancelled() => Err(DatabaseError::Sqlite {
            what: "read the file".to_owned(),
            message: "its pages lead in a circle".into(),
        }),
        other => other,
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    thread.join().unwrap_or_else(|_| Err(DatabaseError::Remote(io::Error::other("a fault of reseat while it read"))))
}
