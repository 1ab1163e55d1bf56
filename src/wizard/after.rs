//! What the screens after the exchange need of a restore: plain data, the same whether it was just placed or read back from
//! the journal.

#[cfg(test)]
pub(crate) mod story;

use jiff::Timestamp;

use crate::finding::{Code, Finding};
use crate::guide;
use crate::identity::Mapping;

/// A restore that was placed.
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    /// Its spoken ID.
    pub restore: String,
    /// The connector's name, printable.
    pub name: String,
    /// The old and the new IDs.
    pub mapping: Mapping,
    /// The path of the new connector's database, printable. On another machine: as it is there.
    pub target: String,
    /// The restore's own folder, printable.
    pub folder: String,
    /// Placed on another machine, as its receipt says: nothing of the database is seen from here.
    pub by_receipt: bool,
    /// It was written into the live file, which stayed open.
    pub online: bool,
    /// When it was placed.
    pub placed: Option<Timestamp>,
    /// When somebody was looked for last; nobody had the file open.
    pub last_look: Option<Timestamp>,
    /// What was placed.
    pub restored: Contents,
    /// When the restored backup was written to the bucket.
    pub version: Option<Timestamp>,
    /// What was there before; none when nothing was.
    pub before: Option<Contents>,
    /// Owner and mode, as people read them: `datahub:datahub, mode 0640`. Empty when not seen.
    pub looks: String,
    /// The findings that a person accepted.
    pub accepted: Vec<Code>,
    /// What is kept on this machine: file name, bytes where they matter, what it is.
    pub kept: Vec<(String, Option<u64>, String)>,
    /// What a person does now, in order.
    pub steps: Vec<Step>,
    /// What is worth knowing of the placing.
    pub notes: Vec<Finding>,
}

/// How much a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Its length in bytes.
    pub size: u64,
    /// Its events, where they were counted.
    pub events: Option<u64>,
    /// Its newest event, where a column tells.
    pub newest: Option<Timestamp>,
}

/// One thing that a person does after placing, in the words of the guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name in the commands: `update-config`.
    pub id: String,
    /// One line for a list.
    pub title: String,
    /// Where and what to do.
    pub action: String,
    /// What to look for.
    pub look: String,
    /// What stands there when a person did it.
    pub done: String,
    /// It starts the service: ticked by what is seen, never by a key.
    pub starts_service: bool,
    /// What to do when the platform shows an error.
    pub trouble: Vec<String>,
    /// Whether it is done.
    pub state: StepState,
}

/// Whether a step is done, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Not yet.
    Open,
    /// A person said so.
    Said {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Seen by reseat.
    Seen {
        /// When.
        at: Timestamp,
        /// What was seen: `pid 3308 has the database open`.
        what: String,
    },
}

impl Step {
    /// A step of the guide, its words filled in.
    pub fn of(step: &guide::Step, state: StepState) -> Self {
        let step = step.clone();
        Self {
            id: step.id,
            title: step.title,
            action: step.action,
            look: step.look,
            done: step.done,
            starts_service: step.starts_service,
            trouble: step.trouble,
            state,
        }
    }

    /// Whether it is still open.
    pub fn is_open(&self) -> bool {
        self.state == StepState::Open
    }

    /// Its mark on screen.
    pub fn mark(&self) -> char {
        match self.state {
            StepState::Open => '○',
            StepState::Said { .. } => '»',
            StepState::Seen { .. } => '✓',
        }
    }
}

/// The name of the step after which new events are awaited.
pub const SYNC: &str = "sync";

impl After {
    /// How many steps are open.
    pub fn open(&self) -> usize {
        self.steps.iter().filter(|step| step.is_open()).count()
    }

    /// `2 of 4 steps are open`.
    pub fn open_words(&self) -> String {
        crate::text::steps_open(self.open(), self.steps.len())
    }

    /// ` (NOT 3f2a51c0…)`, where the restore goes to another hub; nothing where the hub stays.
    pub fn not_old_hub(&self) -> String {
        let hub = &self.mapping.hub;
        if hub.changes() { format!(" (NOT {})", hub.old.short()) } else { String::new() }
    }

    /// The last line in the terminal.
    pub fn farewell(&self) -> String {
        let id = &self.restore;
        if self.open() == 0 {
            format!("reseat: restore {id} is done. Report: {}/report.md. Roll back: reseat rollback {id}", self.folder)
        } else {
            format!("reseat: restore {id} is placed, {}. Go on: reseat resume {id}", self.open_words())
        }
    }
}
