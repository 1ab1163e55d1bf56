//! The report of a restore: what was found, decided, accepted, changed, by whom and when. Once as data (`report.json`), and
//! once for people (`report.md`), made of the same. It holds no secret: the journal that it is made of holds none.

mod collect;
mod markdown;

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::documents::{BackupDocument, FollowUp};
use super::engine::Session;
use super::store::write_whole;
use super::trouble::Trouble;
use super::witnesses::Noted;
use super::{Stage, State};
use crate::finding::{Code, Severity};
use crate::identity::Mapping;

pub use markdown::render;

/// Everything that a report says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of the document.
    pub schema: u32,
    /// The restore's ID.
    pub restore: String,
    /// The version of the program.
    pub program: String,
    /// How it stands.
    pub state: State,
    /// The step that it is at.
    pub stage: Stage,
    /// A ticket's number.
    pub ticket: Option<String>,
    /// Who began it.
    pub person: String,
    /// As whom.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// When it began.
    pub started: Timestamp,
    /// When something was last done.
    pub last: Timestamp,
    /// The connector's name.
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Where the backups are.
    pub source: Option<String>,
    /// Which backup.
    pub backup: Option<BackupDocument>,
    /// What its bytes were compared with; null when the source holds nothing to compare with.
    pub verified_by: Option<String>,
    /// Rows of events in it.
    pub events: Option<u64>,
    /// The newest event in it: what came later is not in the backup.
    pub newest_event: Option<Timestamp>,
    /// Old and new IDs.
    pub mapping: Option<Mapping>,
    /// What was found, by step.
    pub findings: Vec<Found>,
    /// What each witness says of the IDs and the connector.
    pub witnesses: Vec<Noted>,
    /// Changed rows.
    pub changes: Vec<ChangedRows>,
    /// The restored database.
    pub restored: Option<FileDigest>,
    /// The replacement.
    pub placed: Option<PlacedReport>,
    /// What the hub printed, where another machine placed it.
    pub receipt: Option<String>,
    /// The services that were stopped.
    pub services: Vec<ServiceReport>,
    /// The steps for a person.
    pub steps: Vec<StepReport>,
    /// The same in the words of `restore`.
    pub follow_ups: Vec<FollowUp>,
    /// The last look at the connector's database.
    pub watched: Option<WatchedReport>,
    /// The command that rolls back, as long as it can.
    pub rollback: Option<String>,
    /// When what it held on the disk was deleted.
    pub forgotten: Option<Timestamp>,
}

/// A finding, with who accepted it.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The step that found it.
    pub stage: Stage,
    /// Its code.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub remedy: String,
    /// When and by whom it was accepted.
    pub accepted: Option<Said>,
}

/// Who, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// Changed rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedRows {
    /// The table.
    pub table: String,
    /// How many.
    pub rows: u64,
}

/// A file by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDigest {
    /// Its name.
    pub file: String,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// The replacement, and what was there before.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedReport {
    /// The database that was replaced.
    pub target: String,
    /// What was placed.
    pub file: FileDigest,
    /// Rows of events in it.
    pub events: u64,
    /// Rows of events that were there before.
    pub events_before: Option<u64>,
    /// Each stage with its time.
    pub stages: Vec<StageReport>,
    /// Why the last try changed nothing.
    pub failed: Option<String>,
    /// The safety copy of what was there before.
    pub before: Option<SafetyReport>,
    /// The copy of what a rollback took away.
    pub after: Option<SafetyReport>,
}

/// One stage of placing or undoing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageReport {
    /// Its word.
    pub stage: &'static str,
    /// When.
    pub at: Timestamp,
}

/// A safety copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SafetyReport {
    /// Its folder.
    pub folder: String,
    /// Its files; none when there was no database.
    pub files: Vec<FileDigest>,
    /// Why SQLite cannot open it, where it cannot.
    pub unreadable: Option<String>,
    /// Owner and group of the database, as numbers, and its mode.
    pub owner: Option<String>,
}

/// A service that was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceReport {
    /// Its name.
    pub service: String,
    /// Whether it stands still.
    pub stopped: bool,
    /// Since when.
    pub since: Timestamp,
    /// By whom.
    pub by: String,
    /// The command that starts it.
    pub start: String,
}

/// A step for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// The guide's word.
    pub step: String,
    /// What to do.
    pub title: String,
    /// Whether it is done.
    pub done: bool,
    /// When and by whom it was ticked.
    pub ticked: Option<Said>,
    /// Seen by reseat; otherwise said by a person.
    pub seen: bool,
    /// Left open knowingly.
    pub left_open: bool,
}

/// The last look at the connector's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchedReport {
    /// When.
    pub at: Timestamp,
    /// Rows of events.
    pub events: u64,
    /// Events that came since it was placed.
    pub new_events: Option<u64>,
    /// The newest.
    pub newest_event: Option<Timestamp>,
}

impl Session {
    /// What the report says now.
    pub fn report(&self) -> Report {
        Report::of(&self.history(), &self.engine().guide)
    }

    /// Where the report for people lies.
    pub fn report_path(&self) -> std::path::PathBuf {
        self.folder().join("report.md")
    }

    /// Writes `report.md` and `report.json` anew.
    pub fn write_report(&self) -> Result<(), Trouble> {
        let report = self.report();
        let json = serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?;
        self.write(&self.report_path(), &render(&report))?;
        self.write(&self.folder().join("report.json"), &(json + "\n"))
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Trouble> {
        write_whole(path, text)?;
        self.engine().store.adopt_all(path);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
