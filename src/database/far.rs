//! A database that lies elsewhere, in which somebody looks around: what was read stays, and more is read only as far as it
//! was allowed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::progress::Cancel;
use crate::ranges::ReadAt;

use super::browse::{Browser, RowCount};
use super::error::DatabaseError;
use super::facts::TableFacts;
use super::header::{self, HeaderFacts, START};
use super::open::Db;
use super::remote::{Blocks, Budget, Ended};

/// The longest cell that is read, and so the longest that memory must hold.
const LONGEST: i32 = 16 << 20;
/// Steps that may be taken for each byte that may be read. A row of one byte takes fewer.
const STEPS: u64 = 16;
/// Tables whose rows are estimated: each takes a few requests.
const ESTIMATED: usize = 12;

/// How much may be read of such a database, from its opening on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Allowance {
    /// Requests.
    pub requests: u32,
    /// Bytes.
    pub bytes: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { requests: 200, bytes: 16 << 20 }
    }
}

impl Allowance {
    /// The next larger one: four times as much.
    #[must_use]
    pub const fn more(self) -> Self {
        Self { requests: self.requests.saturating_mul(4), bytes: self.bytes.saturating_mul(4) }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FarError {
    /// More would have to be read than is allowed.
    #[error("more would have to be fetched than is allowed")]
    Spent,
    /// Anything else.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A table, with what is known of its rows.
pub type CountedTable = (TableFacts, Option<RowCount>);

/// A database that lies elsewhere.
pub struct Far {
    source: Arc<dyn ReadAt>,
    blocks: Option<Arc<Blocks>>,
}

impl Far {
    /// Nothing is read yet.
    pub fn new(source: Arc<dyn ReadAt>) -> Self {
        Self { source, blocks: None }
    }

    /// The first bytes and the length.
    pub fn header(&mut self, allowance: Allowance) -> Result<HeaderFacts, DatabaseError> {
        let blocks = self.blocks(allowance)?;
        Ok(header::of(&blocks.start_of_file(START), blocks.size()))
    }

    /// Looks around in it: `look` may read until the allowance is spent. What was read stays, whatever comes of it.
    pub fn look<T>(
        &mut self,
        allowance: Allowance,
        cancel: &Cancel,
        look: impl FnOnce(&Browser) -> Result<T, DatabaseError>,
    ) -> Result<T, FarError> {
        self.open(allowance, cancel, |db, _| look(&Browser::over(db)?))
    }

    /// The tables, and what is known of their rows without counting them. `first` hears what is known without a request;
    /// after that, a few are sent.
    pub fn tables(
        &mut self,
        allowance: Allowance,
        cancel: &Cancel,
        mut first: impl FnMut(&[CountedTable]),
    ) -> Result<Vec<CountedTable>, FarError> {
        self.open(allowance, cancel, |db, only_here| {
            let browser = Browser::over(db)?;
            let known = |free| move |browser: &Browser, table: &TableFacts| browser.estimate(table.name.raw(), free);
            let here = known(Some(only_here));
            let mut tables: Vec<CountedTable> = Vec::new();
            for table in browser.tables() {
                tables.push((table.clone(), here(&browser, table)?));
            }
            first(&tables);
            let asked = known(None);
            for (table, rows) in tables.iter_mut().filter(|(_, rows)| rows.is_none()).take(ESTIMATED) {
                cancel.check()?;
                *rows = asked(&browser, table)?;
            }
            Ok(tables)
        })
    }

    /// Opens a connection for one piece of work, and finds out what its errors really were.
    pub(super) fn open<T>(
        &mut self,
        allowance: Allowance,
        cancel: &Cancel,
        work: impl FnOnce(Db, &AtomicBool) -> Result<T, DatabaseError>,
    ) -> Result<T, FarError> {
        let blocks = self.blocks(allowance)?;
        blocks.allow(Budget { requests: allowance.requests, bytes: allowance.bytes });
        let (db, only_here) = Db::remote(&blocks, allowance.bytes.saturating_mul(STEPS), cancel)?;
        let worn = db.worn();
        let longest = db.longest(LONGEST);
        match longest.and_then(|()| work(db, &only_here)) {
            Ok(done) => Ok(done),
            Err(error) => Err(explained(error, &blocks, worn.is_out() && !cancel.is_cancelled())),
        }
    }

    fn blocks(&mut self, allowance: Allowance) -> Result<Arc<Blocks>, DatabaseError> {
        if let Some(blocks) = &self.blocks {
            return Ok(Arc::clone(blocks));
        }
        let budget = Budget { requests: allowance.requests, bytes: allowance.bytes };
        let blocks = Arc::new(Blocks::start(Arc::clone(&self.source), budget).map_err(DatabaseError::Remote)?);
        Ok(Arc::clone(self.blocks.insert(blocks)))
    }
}

/// What really happened, where SQLite only knows that something cannot be read.
fn explained(error: DatabaseError, blocks: &Blocks, worn: bool) -> FarError {
    let sentence = |what: &str, message: &str| {
        FarError::Database(DatabaseError::Sqlite { what: what.to_owned(), message: message.into() })
    };
    match (error, blocks.ended()) {
        (DatabaseError::Cancelled(_), _) if worn => sentence("read the file", "its pages lead in a circle"),
        (error @ DatabaseError::Cancelled(_), _) => error.into(),
        (_, Some(Ended::Failed(error))) => DatabaseError::Remote(error).into(),
        (_, Some(Ended::Spent)) => FarError::Spent,
        (DatabaseError::Sqlite { what, message }, None) if message.raw() == TOO_LONG => {
            sentence(&what, "a cell is longer than 16 MiB; a download shows it")
        }
        (error, None) => error.into(),
    }
}

/// What SQLite says of a cell that is too long; nothing is wrong with it.
pub(super) const TOO_LONG: &str = "string or blob too big";

#[cfg(test)]
mod tests;
