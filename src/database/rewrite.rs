//! Exactly the plan, on a private copy, with the proof that nothing else changed.

mod copy;
mod indexes;
mod prove;
mod update;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::progress::{Cancel, OnProgress};
use crate::text::Untrusted;

use super::DatabaseError;
use super::facts::Residue;
use super::plan::{Change, ColumnChange, Plan};
use super::watch::watched;
use copy::PrivateCopy;

/// The rows of the screen, in order. The first progress of a stage says that those before it have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RewriteStage {
    /// The private copy; units are bytes.
    Copy,
    /// The change; units are rows of `Events`.
    Rewrite,
    /// Integrity and foreign keys of the copy; units are steps, the total is an estimate.
    NotDamaged,
    /// Every cell of all tables compared with the backup, leftovers in the same pass; units are rows.
    Compare,
    /// Syncing to the disk, and the digest; units are bytes.
    Leftovers,
}

/// A rewritten and proved database.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// SHA-256 of the new file, in hex.
    pub sha256: String,
    /// The length of the new file in bytes.
    pub size: u64,
    /// Rows that changed, as planned.
    pub changes: Vec<Change>,
    /// Cells that changed, as planned.
    pub columns: Vec<ColumnChange>,
    /// Tables whose cells were compared.
    pub tables: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// Where the old IDs stay, as found in the new file.
    pub leftovers: Vec<Residue>,
    /// Broken foreign keys, as many as before.
    pub broken_foreign_keys: u64,
    /// Full-text indexes that still hold the old text, and call themselves malformed for it.
    pub stale_full_text: Vec<Untrusted>,
}

/// Where tests step in, to provoke what must never happen. Both do nothing by default.
pub trait Seam: Sync {
    /// The copy is made; nothing has changed yet.
    fn copied(&self, copy: &Path) {
        let _ = copy;
    }

    /// The copy is rewritten and closed; the proof has not begun.
    fn rewritten(&self, copy: &Path) {
        let _ = copy;
    }
}

/// No steps in between.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSeam;

impl Seam for NoSeam {}

/// Rewrites `source` into the new file `output` (mode 0600) as `plan` says, and proves it. `output` must not exist. On an error
/// and when stopped, nothing is left behind.
pub fn rewrite(
    source: &Path,
    output: &Path,
    plan: &Plan,
    cancel: &Cancel,
    on_progress: OnProgress<'_, RewriteStage>,
) -> Result<Rewritten, DatabaseError> {
    rewrite_with(source, output, plan, cancel, on_progress, &NoSeam)
}

/// [`rewrite`] with a [`Seam`].
pub fn rewrite_with(
    source: &Path,
    output: &Path,
    plan: &Plan,
    cancel: &Cancel,
    on_progress: OnProgress<'_, RewriteStage>,
    seam: &dyn Seam,
) -> Result<Rewritten, DatabaseError> {
    let copy = PrivateCopy::make(source, output, plan, cancel, on_progress)?;
    seam.copied(copy.path());
    let rows = Arc::new(AtomicU64::new(0));
    let done = || rows.load(Ordering::Relaxed);
    let total = Some(plan.rows_of("Events"));
    watched(RewriteStage::Rewrite, total, on_progress, done, || update::update(copy.path(), plan, cancel, &rows))?;
    copy.no_sidecars()?;
    seam.rewritten(copy.path());
    let proved = prove::prove(source, copy.path(), plan, cancel, on_progress)?;
    copy.no_sidecars()?;
    copy.keep();
    Ok(proved)
}
