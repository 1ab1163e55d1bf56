//! Looking around in a backup that stays where it is: its tables, its rows, one statement of SQL. Every read is pinned to the
//! object that was chosen, and only so much is fetched as was allowed.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::peek::of_source;
use crate::catalog::remote::{Remote, Tell};
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::database::DatabaseError;
use crate::database::browse::Browser;
use crate::database::far::{Allowance, CountedTable, Far, FarError};
use crate::database::header::HeaderFacts;
use crate::database::query::{Answered, Query, QueryError, Taker, query_far};
use crate::progress::Cancel;

/// What was fetched so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fetched {
    /// Requests that were sent.
    pub requests: u32,
    /// Bytes that came.
    pub bytes: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FarTrouble {
    /// More would have to be fetched than is allowed.
    #[error("more would have to be fetched than is allowed")]
    Spent,
    /// Somebody asked to stop.
    #[error("stopped, as asked")]
    Cancelled,
    /// What the source answered.
    #[error(transparent)]
    Source(CatalogError),
    /// What SQLite says about the file.
    #[error(transparent)]
    File(DatabaseError),
}

/// A backup that stays where it is.
pub struct FarBackup {
    remote: Arc<Remote>,
    far: Far,
}

impl FarBackup {
    /// This backup of a source; nothing is asked for yet. `handle` runs what is asynchronous.
    pub fn new(catalog: Arc<dyn Catalog>, backup: Backup, handle: Handle) -> Self {
        let remote = Arc::new(Remote::new(catalog, backup, handle, Cancel::default()));
        Self { far: Far::new(Arc::clone(&remote) as _), remote }
    }

    /// What was fetched so far.
    pub fn fetched(&self) -> Fetched {
        let (requests, bytes) = self.remote.spent();
        Fetched { requests, bytes }
    }

    /// The object as it is read.
    pub fn remote(&self) -> &Arc<Remote> {
        &self.remote
    }

    /// Looks around. `tell` hears of each read. Blocks; called on a worker.
    pub fn look<T>(
        &mut self,
        allowance: Allowance,
        cancel: &Cancel,
        tell: Tell,
        look: impl FnOnce(&Browser) -> Result<T, DatabaseError>,
    ) -> Result<T, FarTrouble> {
        self.remote.serve(cancel, Some(tell));
        let seen = self.far.look(allowance, cancel, look);
        self.ended(seen)
    }

    /// The tables; `first` hears what is known of them without a request for their rows. Blocks; called on a worker.
    pub fn tables(
        &mut self,
        allowance: Allowance,
        cancel: &Cancel,
        tell: Tell,
        first: impl FnMut(&[CountedTable]),
    ) -> Result<Vec<CountedTable>, FarTrouble> {
        self.remote.serve(cancel, Some(tell));
        let tables = self.far.tables(allowance, cancel, first);
        self.ended(tables)
    }

    /// The first bytes and the length. Blocks; called on a worker.
    pub fn header(&mut self, allowance: Allowance, cancel: &Cancel) -> Result<HeaderFacts, FarTrouble> {
        self.remote.serve(cancel, None);
        let header = self.far.header(allowance).map_err(FarError::Database);
        self.ended(header)
    }

    /// Carries out one statement of SQL. The outer error is what kept the backup from being read; the inner one is of the
    /// statement. Blocks; called on a worker.
    pub fn query(
        &mut self,
        allowance: Allowance,
        wanted: &Query<'_>,
        cancel: &Cancel,
        taker: &mut dyn Taker,
    ) -> Result<Result<Answered, QueryError>, FarTrouble> {
        self.remote.serve(cancel, None);
        let answer = query_far(&mut self.far, allowance, wanted, cancel, taker);
        self.ended(answer)
    }

    /// Nobody is told any more; an error is what it was before it went through SQLite.
    fn ended<T>(&self, done: Result<T, FarError>) -> Result<T, FarTrouble> {
        self.remote.serve(&Cancel::default(), None);
        done.map_err(|error| self.trouble(error))
    }

    fn trouble(&self, error: FarError) -> FarTrouble {
        match error {
            FarError::Spent => FarTrouble::Spent,
            FarError::Database(DatabaseError::Cancelled(_)) => FarTrouble::Cancelled,
            FarError::Database(error @ DatabaseError::Remote(_)) => match of_source(error, &self.remote) {
                CatalogError::Cancelled => FarTrouble::Cancelled,
                error => FarTrouble::Source(error),
            },
            FarError::Database(error) => FarTrouble::File(error),
        }
    }
}
