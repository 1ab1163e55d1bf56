//! All checks of a rewritten copy, side by side: SQLite's own, the comparison with the backup, and the way to the disk.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::{Untrusted, printable};

use super::super::checks::{self, Integrity};
use super::super::digest;
use super::super::error::DatabaseError;
use super::super::facts::ForeignKeys;
use super::super::header::{self, Length};
use super::super::open::Db;
use super::super::plan::Plan;
use super::super::proof::{self, Proof};
use super::super::schema;
use super::{RewriteStage, Rewritten};

/// Between two reports.
const PAUSE: Duration = Duration::from_millis(40);

/// Runs all checks. When one fails or somebody asks to stop, the others are stopped, too.
pub(super) fn prove(
    source: &Path,
    copy: &Path,
    plan: &Plan,
    cancel: &Cancel,
    on_progress: OnProgress<'_, RewriteStage>,
) -> Result<Rewritten, DatabaseError> {
    let stop = Cancel::default();
    let db = Db::still(copy, &stop)?;
    let tables = schema::tables(&db.connection).map_err(|error| DatabaseError::sqlite("read the schema", &error))?;
    let (steps, all_steps) = (db.steps(), checks::steps(&db, &tables));
    let size = copy.metadata().map_err(|error| DatabaseError::io("cannot read", copy, error))?.len();
    let (rows, all_rows) = (AtomicU64::new(0), plan.tables.iter().map(|table| table.rows).sum());
    let bytes = AtomicU64::new(0);
    let (checked, compared, saved) = thread::scope(|scope| {
        let (stop, tables, rows, bytes) = (&stop, &tables, &rows, &bytes);
        let checking = scope.spawn(move || stopping(stop, || check(&db, tables)));
        let comparing = scope.spawn(move || stopping(stop, || proof::compare(source, copy, plan, stop, rows)));
        let saving = scope.spawn(move || stopping(stop, || save(copy, stop, bytes)));
        let mut report = |stage, done: u64, total: u64| {
            if cancel.is_cancelled() {
                stop.cancel();
            }
            on_progress(Progress { stage, done: done.min(total), total: Some(total) });
        };
        let checked = wait(checking, || report(RewriteStage::NotDamaged, steps.count(), all_steps));
        let compared = wait(comparing, || report(RewriteStage::Compare, rows.load(Ordering::Relaxed), all_rows));
        let saved = wait(saving, || report(RewriteStage::Leftovers, bytes.load(Ordering::Relaxed), size));
        report(RewriteStage::Leftovers, size, size);
        (checked, compared, saved)
    });
    cancel.check()?;
    // A fault stops the other checks: what it is stands before what it stopped.
    let errors = [checked.as_ref().err(), compared.as_ref().err(), saved.as_ref().err()];
    let fault = errors.iter().position(|error| error.is_some_and(|error| !error.is_cancelled()));
    let ((integrity, keys), proof, sha256) = match (fault, checked, compared, saved) {
        (Some(1), _, Err(error), _) | (Some(2), _, _, Err(error)) => return Err(error),
        (_, checked, compared, saved) => (checked?, compared?, saved?),
    };
    judge(plan, &integrity, &keys)?;
    Ok(rewritten(plan, proof, sha256, size, integrity, &keys))
}

/// Runs one check; a fault asks the others to stop.
fn stopping<T>(stop: &Cancel, work: impl FnOnce() -> Result<T, DatabaseError>) -> Result<T, DatabaseError> {
    let answer = work();
    if answer.is_err() {
        stop.cancel();
    }
    answer
}

fn wait<T>(handle: ScopedJoinHandle<'_, T>, mut report: impl FnMut()) -> T {
    while !handle.is_finished() {
        report();
        thread::sleep(PAUSE.min(Duration::from_millis(10)));
    }
    report();
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn check(db: &Db, tables: &[schema::Table]) -> Result<(Integrity, ForeignKeys), DatabaseError> {
    let keys = checks::foreign_keys(db, tables)?;
    let integrity = checks::integrity(db)?;
    let faults: Vec<Untrusted> =
        integrity.faults.iter().cloned().chain(integrity.needs.iter().map(|need| need.what.clone())).collect();
    if faults.is_empty() { Ok((integrity, keys)) } else { Err(DatabaseError::Damaged(faults)) }
}

fn judge(plan: &Plan, integrity: &Integrity, keys: &ForeignKeys) -> Result<(), DatabaseError> {
    if !integrity.faults.is_empty() {
        return Err(DatabaseError::Damaged(integrity.faults.clone()));
    }
    let before = &plan.foreign_keys;
    if keys.broken > before.broken || keys.unchecked.len() > before.unchecked.len() {
        let example = keys.by_table.first().map_or_else(String::new, |broken| {
            let row = broken.first_row.map_or_else(String::new, |row| format!(", row {row}"));
            format!("{}{row}", broken.table.printable())
        });
        return Err(DatabaseError::ForeignKeys { before: before.broken, after: keys.broken, example });
    }
    Ok(())
}

/// To the disk, with its folder's entry left to whoever places it; then its digest.
fn save(copy: &Path, stop: &Cancel, bytes: &AtomicU64) -> Result<String, DatabaseError> {
    let file = File::open(copy).map_err(|error| DatabaseError::io("cannot read", copy, error))?;
    file.sync_all().map_err(|error| DatabaseError::io("cannot sync", copy, error))?;
    let sha256 = digest::sha256(copy, stop, |done| bytes.store(done, Ordering::Relaxed))?;
    match header::read(copy)?.length {
        Length::Exact => Ok(sha256),
        length => Err(DatabaseError::Different {
            place: "length".to_owned(),
            what: printable(&format!("the copy is not as long as its header says: {length:?}")),
        }),
    }
}

fn rewritten(
    plan: &Plan,
    proof: Proof,
    sha256: String,
    size: u64,
    integrity: Integrity,
    keys: &ForeignKeys,
) -> Rewritten {
    Rewritten {
        sha256,
        size,
        changes: plan.changes.clone(),
        columns: plan.columns.clone(),
        tables: proof.tables,
        rows: proof.rows,
        leftovers: proof.leftovers,
        broken_foreign_keys: keys.broken,
        stale_full_text: integrity.full_text,
    }
}
