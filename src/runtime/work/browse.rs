//! Carries out the work of `wizard::browse`: tables, rows and cells, of a file on this machine, or of a backup that stays in
//! its source.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Job, Outside};
use crate::catalog::remote::Tell;
use crate::catalog::{Backup, CatalogError, SourceSpec};
use crate::database::DatabaseError;
use crate::database::browse::Browser;
use crate::database::far::{Allowance, CountedTable};
use crate::progress::Progress;
use crate::restore::far::{FarBackup, FarTrouble, Fetched};
use crate::runtime::pace::Pace;
use crate::text;
use crate::wizard::browse::{Answer, Ask, Place, Work};
use crate::wizard::{Answer as Said, Message};

/// Columns of one cell in a list of rows; a cell in full is asked for by itself.
const CELL: usize = 240;

/// The backup that is browsed where it lies: what was read of it stays until another one is.
#[derive(Clone)]
pub(in crate::runtime) struct Opened {
    spec: Arc<SourceSpec>,
    backup: Backup,
    /// One piece of work at a time; one that was cancelled ends soon.
    far: Arc<Mutex<FarBackup>>,
}

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let Work { place, ask, allowance, opens } = work;
    let answer = match place {
        Place::Here(path) => match Browser::open(&path, &job.cancel).and_then(|browser| here(&browser, ask)) {
            Ok(answer) => answer,
            Err(DatabaseError::Cancelled(_)) => return,
            Err(error) => not_read(&error),
        },
        Place::Far { spec, backup } => match far(&spec, &backup, opens, outside) {
            Ok(opened) => match elsewhere(&opened, ask, allowance, job, outside) {
                Some(answer) => answer,
                None => return,
            },
            Err(error) => of_source(&error, outside),
        },
    };
    say(job, answer);
}

fn say(job: &Job, answer: Answer) {
    job.say(Said::Browse(answer));
}

fn not_read(error: &DatabaseError) -> Answer {
    Answer::NotRead(text::printable(&error.to_string()))
}

fn of_source(error: &CatalogError, outside: &Outside) -> Answer {
    let sentence = || Answer::NotRead(text::printable(&error.to_string()));
    error.finding(outside.world.now()).map_or_else(sentence, |finding| Answer::Failed(Box::new(finding)))
}

/// What is asked of an open file.
fn here(browser: &Browser, ask: Ask) -> Result<Answer, DatabaseError> {
    Ok(match ask {
        Ask::Tables => {
            let uncounted = |table: &crate::database::facts::TableFacts| (table.clone(), None);
            let tables: Vec<CountedTable> = browser.tables().iter().map(uncounted).collect();
            Answer::Tables(tables, false)
        }
        Ask::Count { table } => Answer::Counted(browser.count(&table)?),
        Ask::Rows { table, page, filter, limit } => {
            Answer::Rows(Box::new(browser.fitting(&table, &page, filter.as_ref(), limit, CELL)?))
        }
        Ask::Cell { table, row, column } => Answer::Cell(Box::new(browser.cell(&table, &row, column)?)),
    })
}

/// The backup that is open, when it is this one; else it is opened.
fn far(spec: &Arc<SourceSpec>, backup: &Backup, opens: bool, outside: &Outside) -> Result<Opened, CatalogError> {
    let mut open = outside.far.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(opened) = open.as_ref().filter(|opened| !opens && opened.spec == *spec && opened.backup == *backup) {
        return Ok(opened.clone());
    }
    let far = FarBackup::new(outside.catalog(spec)?, backup.clone(), outside.handle.clone());
    let opened = Opened { spec: Arc::clone(spec), backup: backup.clone(), far: Arc::new(Mutex::new(far)) };
    Ok(open.insert(opened).clone())
}

/// What is asked of a backup that stays in its source; none when nobody wants it any more.
fn elsewhere(opened: &Opened, ask: Ask, allowance: Allowance, job: &Job, outside: &Outside) -> Option<Answer> {
    let mut far = opened.far.lock().unwrap_or_else(PoisonError::into_inner);
    if job.cancel.is_cancelled() {
        return None;
    }
    let told = match ask {
        Ask::Tables => {
            let first = |tables: &[CountedTable]| say(job, Answer::Tables(tables.to_vec(), true));
            let tables = far.tables(allowance, &job.cancel, tell(job), first);
            tables.map(|tables| Answer::Tables(tables, false))
        }
        ask => far.look(allowance, &job.cancel, tell(job), |browser| here(browser, ask)),
    };
    say(job, Answer::Fetched(far.fetched()));
    match told {
        Ok(answer) => Some(answer),
        Err(FarTrouble::Cancelled) => None,
        Err(FarTrouble::Spent) => Some(Answer::Spent),
        Err(FarTrouble::File(error)) => Some(not_read(&error)),
        Err(FarTrouble::Source(error)) => Some(of_source(&error, outside)),
    }
}

/// Says what was fetched so far, now and then.
fn tell(job: &Job) -> Tell {
    let (id, sender, pace) = (job.id, job.sender.clone(), Mutex::new(Pace::default()));
    Arc::new(move |requests, bytes| {
        let due =
            pace.lock().unwrap_or_else(PoisonError::into_inner).lets(Progress { stage: (), done: 0, total: None });
        if due {
            let answer = Said::Browse(Answer::Fetched(Fetched { requests, bytes }));
            // A closed channel means that the program is ending.
            let _ = sender.send(Message::Answer { job: id, answer });
        }
    })
}
