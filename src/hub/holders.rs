//! Who has a database open: by `/proc`, by locks, and through bind mounts elsewhere.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::helper::Helper;
use super::service::Service;
use crate::finding::Finding;
use crate::world::World;

/// A process that has a database, or a file beside it, open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number; none for a lock whose process cannot be seen.
    pub pid: Option<u32>,
    /// Its command line, printable; may be empty.
    pub command: String,
    /// As whom it runs; may be empty.
    pub user: String,
    /// Since when it runs.
    pub since: Option<Timestamp>,
    /// The unit or container that it belongs to.
    pub service: Option<Service>,
}

/// A bind mount of the database file itself: it keeps showing the old file after an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMount {
    /// A process that sees the mount; none when this one does.
    pub pid: Option<u32>,
    /// Where it is mounted, as that process sees it; printable.
    pub at: String,
    /// The unit or container of that process.
    pub service: Option<Service>,
}

/// The answer of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders {
    /// When the look was taken.
    pub looked: Timestamp,
    /// Who has it open, by pid. Never this process.
    pub seen: Vec<Holder>,
    /// Where the file itself is bind-mounted.
    pub mounts: Vec<FileMount>,
    /// Why not everybody could be seen; none when everybody could (R613).
    pub blind: Option<String>,
}

impl Holders {
    /// Whether nobody has it open, as far as can be known, and everybody could be seen.
    pub fn nobody(&self) -> bool {
        self.seen.is_empty() && self.mounts.is_empty() && self.blind.is_none()
    }

    /// The findings: R601 for those who have it open, R605 for bind mounts, R613 when blind.
    pub fn findings(&self, target: &Path) -> Vec<Finding> {
        let _ = target;
        todo!()
    }
}

/// Looks who has `target` or a file beside it open. `root` is the hub root: other connectors of the same service are
/// looked for there.
pub fn look(world: &World, helper: &Helper, root: Option<&Path>, target: &Path) -> Holders {
    let _ = (world, helper, root, target, PathBuf::new());
    todo!()
}
