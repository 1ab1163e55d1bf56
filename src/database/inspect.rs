//! All checks of a file, in few passes.

use std::path::Path;

use serde::Serialize;

use crate::progress::{Cancel, OnProgress};

use super::{DatabaseError, FileFacts};

/// The checks, in the order in which they run. The first progress of a stage says that those before it have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InspectStage {
    /// The header and the length; units are bytes.
    Complete,
    /// SQLite's integrity check and foreign keys; units are steps, the total is an estimate.
    NotDamaged,
    /// Hub and connectors in `Integrations`; units are rows.
    RightIds,
    /// Every event; units are rows, the total is an estimate.
    Events,
    /// All other tables; units are rows, the total is an estimate.
    Leftovers,
}

/// Looks at everything in a file. It is opened read-only and never changed, and nothing is left beside it. Faults of the file
/// are facts; errors are what the machine answers, and [`DatabaseError::Cancelled`].
pub fn inspect(
    path: &Path,
    cancel: &Cancel,
    on_progress: OnProgress<'_, InspectStage>,
) -> Result<FileFacts, DatabaseError> {
    let _ = (path, cancel, on_progress);
    todo!()
}
