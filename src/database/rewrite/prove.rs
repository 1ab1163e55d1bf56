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

/// Runs all checks at once; they stop when somebody asks to.
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
        // SQLite's own checks are run to their end: what they find is the better explanation of a difference.
        let checking = scope.spawn(move || {
            let answer = check(&db, tables, plan);
            if answer.is_err() {
                stop.cancel();
            }
            answer
        });
        let comparing = scope.spawn(move || proof::compare(source, copy, plan, stop, rows));
        let saving = scope.spawn(move || save(copy, stop, bytes));
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
    let (integrity, keys) = checked?;
    let proof = compared?;
    Ok(rewritten(plan, proof, saved?, size, integrity, &keys))
}

fn wait<T>(handle: ScopedJoinHandle<'_, T>, mut report: impl FnMut()) -> T {
    while !handle.is_finished() {
        report();
        thread::sleep(PAUSE.min(Duration::from_millis(10)));
    }
    report();
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Foreign keys and integrity: no worse than before, and sound.
fn check(db: &Db, tables: &[schema::Table], plan: &Plan) -> Result<(Integrity, ForeignKeys), DatabaseError> {
    let (before, keys) = (&plan.foreign_keys, checks::foreign_keys(db, tables)?);
    if keys.broken > before.broken || keys.unchecked.len() > before.unchecked.len() {
        let example = keys.by_table.first().map_or_else(String::new, |broken| {
            let row = broken.first_row.map_or_else(String::new, |row| format!(", row {row}"));
            format!("{}{row}", broken.table.printable())
        });
        return Err(DatabaseError::ForeignKeys { before: before.broken, after: keys.broken, example });
    }
    let integrity = checks::integrity(db)?;
    let needs = integrity.needs.iter().map(|need| need.what.clone());
    let faults: Vec<Untrusted> = integrity.faults.iter().cloned().chain(needs).collect();
    if faults.is_empty() { Ok((integrity, keys)) } else { Err(DatabaseError::Damaged(faults)) }
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
