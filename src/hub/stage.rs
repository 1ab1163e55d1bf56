//! What placing and undoing record before each act: enough to go on, or to undo, from the record alone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::files::{Attribute, FileId};
use crate::identity::{ConnectorId, HubId};

/// Where the stages of a placing are recorded. The journal of a restore is one.
pub trait StageLog: Send {
    /// Records a stage. When this returns, the record survives a power loss: file and, when new, folder are synced.
    fn record(&mut self, stage: &Stage) -> anyhow::Result<()>;
    /// The stages recorded so far, oldest first.
    fn recorded(&self) -> Vec<Stage>;
}

/// What is to be placed, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The restore's spoken ID, such as `2026-11-21-1`.
    pub restore: String,
    /// The restore's random token: lower-case letters and digits.
    pub token: String,
    /// Who placed it.
    pub person: String,
    /// The new hub's ID, which the file holds.
    pub hub: HubId,
    /// The new connector's ID, which the file holds.
    pub connector: ConnectorId,
    /// The database to replace, resolved: no part of the path is a link.
    pub target: PathBuf,
    /// The rewritten database.
    pub source: PathBuf,
    /// Its digest, in hex.
    pub sha256: String,
    /// The restore's own folder, for the safety copies `before` and `after`. Private, and there already.
    pub folder: PathBuf,
    /// A person accepted that the old database cannot be opened, so that only its bytes are kept (R602).
    pub accepts_unreadable: bool,
    /// A person accepted a file system on which an exchange cannot be taken back at once (R606).
    pub accepts_plain_rename: bool,
    /// A person accepted that the connector has no folder here: it is made (R406).
    #[serde(default)]
    pub makes_folder: bool,
    /// The contents are written into the live file, which may be open; the file itself stays.
    #[serde(default)]
    pub online: bool,
}

/// One stage of placing or undoing. Each is recorded before the act that it names begins, except those in the past tense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Placing begins.
    Start {
        /// What and where.
        order: Order,
    },
    /// The connector's folder, made beside the others under a name of its own, gets its name next.
    Folder {
        /// The folder that was made.
        made: FileId,
    },
    /// The safety copy of the old set is taken, and durable.
    Safe {
        /// What it holds.
        safety: Safety,
    },
    /// The exchange follows.
    Swap {
        /// The old file; none when the target is missing.
        old: Option<FileId>,
        /// The staged file.
        new: FileId,
        /// The staged file's digest.
        sha256: String,
    },
    /// The exchange happened, and is durable.
    Swapped,
    /// Online: SQLite writes the new contents into the live file next, in one transaction.
    Overwrite {
        /// The schema's number (`PRAGMA schema_version`) of what is there: SQLite raises it by that transaction.
        schema: i64,
    },
    /// Placing is done: read back, locks released. Only clearing away is left.
    Placed,
    /// Placing ended before it replaced anything; the target holds what it held.
    Stopped {
        /// Why, as a sentence.
        why: String,
    },
    /// Undoing begins. From here on only undoing goes on.
    Undo,
    /// The safety copy of what undoing takes away is taken, and durable.
    After {
        /// What it holds.
        safety: Safety,
    },
    /// The old set is back, byte for byte.
    Restored,
    /// Undoing is done, and nothing is left beside the target.
    Undone,
}

/// A safety copy of a database with its side files, under names that SQLite does not pair up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safety {
    /// The folder that holds it.
    pub folder: PathBuf,
    /// `raw.db`; none when the database was missing.
    pub database: Option<Saved>,
    /// `raw.wal`.
    pub wal: Option<Saved>,
    /// `raw.journal`.
    pub journal: Option<Saved>,
    /// `folded.db`: everything in one file, as SQLite reads it.
    pub folded: Folded,
}

/// One file of a safety copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Its digest, in hex.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// Owner, mode and attributes of the file it was copied from.
    pub looks: Looks,
}

/// What became of folding a safety copy into one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folded {
    /// There was no database.
    Missing,
    /// `folded.db` holds it all.
    Yes {
        /// The digest of `folded.db`, in hex.
        sha256: String,
    },
    /// SQLite cannot open it.
    No {
        /// What SQLite says, printable.
        why: String,
    },
}

/// Owner, mode and extended attributes of a file: what stays as it was when its contents are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// ACL, security label and other attributes.
    pub attributes: Vec<Attribute>,
}

/// How far a recorded placing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was begun.
    Nothing,
    /// Begun, and neither done nor undone: to be continued or undone.
    Unfinished,
    /// Placed.
    Placed,
    /// It stopped before it replaced anything.
    Refused,
    /// Undoing was begun: only undoing goes on.
    Undoing,
    /// Undone.
    Undone,
}

/// How far the recorded stages got. What came before an undo that is done does not count any more.
pub fn standing(recorded: &[Stage]) -> Standing {
    let Some(last) = recorded.last() else { return Standing::Nothing };
    let since = recorded.iter().rposition(|stage| matches!(stage, Stage::Undone)).map_or(0, |at| at + 1);
    if since == recorded.len() {
        return Standing::Undone;
    }
    match last {
        _ if recorded[since..].iter().any(|stage| matches!(stage, Stage::Undo)) => Standing::Undoing,
        Stage::Placed => Standing::Placed,
        Stage::Stopped { .. } => Standing::Refused,
        _ => Standing::Unfinished,
    }
}

/// What the recorded placing is about; of several attempts the last.
pub fn order(recorded: &[Stage]) -> Option<&Order> {
    recorded.iter().rev().find_map(|stage| match stage {
        Stage::Start { order } => Some(order),
        _ => None,
    })
}

/// The connector's folder, where the last placing made it.
pub fn made_folder(recorded: &[Stage]) -> Option<FileId> {
    let of_this_one = recorded.iter().rev().take_while(|stage| !matches!(stage, Stage::Start { .. }));
    of_this_one.into_iter().find_map(|stage| match stage {
        Stage::Folder { made } => Some(*made),
        _ => None,
    })
}
