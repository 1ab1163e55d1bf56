//! The report of a restore: what was found, decided, accepted, changed, by whom and when. Once as data (`report.json`), and
//! once for people (`report.md`), made of the same. It holds no secret: the journal that it is made of holds none.

mod markdown;

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::documents::{BackupDocument, FollowUp, SCHEMA, follow_ups, path};
use super::engine::Session;
use super::journal::{History, Stood};
use super::store::write_whole;
use super::trouble::Trouble;
use super::{Stage, State};
use crate::finding::{Code, Severity};
use crate::guide::{Guide, Step};
use crate::hub::stage::{Folded, Safety, Saved, Stage as PlaceAct};
use crate::identity::Mapping;
use crate::text::printable;

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

impl Report {
    /// The report of what a journal says.
    pub fn of(history: &History, guide: &Guide) -> Self {
        let header = &history.header;
        let open = history.open_steps(guide);
        let checked = history.checked.as_ref();
        let sha256 = history.downloaded.as_ref().map(|download| download.sha256.as_str());
        let rewrote = history.rewrote.as_ref();
        Self {
            schema: SCHEMA,
            restore: header.restore.to_string(),
            program: printable(&header.program),
            state: history.state(&open),
            stage: history.stage,
            ticket: history.ticket.as_deref().map(printable),
            person: printable(&header.person),
            user: printable(&header.user),
            machine: printable(&header.machine),
            started: history.started,
            last: history.last,
            name: checked.and_then(|checked| checked.name.as_ref()).map(crate::text::Untrusted::printable),
            kind: checked.and_then(|checked| checked.kind.as_ref()).map(crate::text::Untrusted::printable),
            source: history.source.as_ref().map(|source| printable(&source.source)),
            backup: history.backup.as_ref().map(|backup| BackupDocument::new(backup, sha256)),
            verified_by: history.downloaded.as_ref().and_then(|download| download.verified_by.clone()),
            events: checked.and_then(|checked| checked.events),
            newest_event: checked.and_then(|checked| checked.newest),
            mapping: history.mapping(),
            findings: found(history),
            changes: rewrote.map(|rewrote| super::documents::changes(&rewrote.changes)).unwrap_or_default(),
            restored: rewrote.map(|rewrote| FileDigest {
                file: "restored.db".to_owned(),
                sha256: rewrote.sha256.clone(),
                size: rewrote.size,
            }),
            placed: placed(history),
            receipt: history.receipt.as_ref().map(|(connector, sha256)| match sha256 {
                Some(sha256) => super::engine::receipt_line(*connector, sha256),
                None => "placed by hand, as a person said".to_owned(),
            }),
            services: services(history),
            steps: steps(history, guide),
            follow_ups: follow_ups(history, guide),
            watched: watched(history),
            rollback: (history.can_roll_back() && history.stood != Stood::Undoing)
                .then(|| format!("reseat rollback {}", header.restore)),
            forgotten: history.forgotten,
        }
    }
}

fn found(history: &History) -> Vec<Found> {
    let mut rows = Vec::new();
    for (stage, list) in &history.findings {
        for noted in list {
            // A later step says the same again, judged anew: the last one counts.
            rows.retain(|row: &Found| row.code != noted.code || row.detail != noted.detail);
            let accepted = history
                .accepted
                .iter()
                .filter(|one| one.acceptance.code == noted.code)
                .find(|one| one.detail == noted.detail)
                .or_else(|| history.accepted.iter().find(|one| one.acceptance.code == noted.code));
            rows.push(Found {
                stage: *stage,
                code: noted.code,
                severity: noted.severity,
                detail: noted.detail.clone(),
                remedy: noted.remedy.clone(),
                accepted: accepted
                    .filter(|_| matches!(noted.severity, Severity::Warn | Severity::Ask))
                    .map(|one| Said { at: one.at, by: printable(&one.by) }),
            });
        }
    }
    rows
}

fn placed(history: &History) -> Option<PlacedReport> {
    let placing = history.placing.as_ref()?;
    let last = |pick: fn(&PlaceAct) -> Option<&Safety>| history.stages.iter().rev().find_map(|stage| pick(&stage.act));
    Some(PlacedReport {
        target: path(&placing.target),
        file: FileDigest { file: path(&placing.file), sha256: placing.sha256.clone(), size: placing.size },
        events: placing.events,
        events_before: placing.before,
        stages: history.stages.iter().map(|stage| StageReport { stage: word(&stage.act), at: stage.at }).collect(),
        failed: history.failed.as_deref().map(printable),
        before: last(|act| match act {
            PlaceAct::Safe { safety } => Some(safety),
            _ => None,
        })
        .map(safety),
        after: last(|act| match act {
            PlaceAct::After { safety } => Some(safety),
            _ => None,
        })
        .map(safety),
    })
}

fn word(act: &PlaceAct) -> &'static str {
    match act {
        PlaceAct::Start { .. } => "start",
        PlaceAct::Safe { .. } => "safety copy",
        PlaceAct::Swap { .. } => "replace",
        PlaceAct::Swapped => "replaced",
        PlaceAct::Placed => "placed, read back",
        PlaceAct::Stopped { .. } => "stopped, nothing replaced",
        PlaceAct::Undo => "put back",
        PlaceAct::After { .. } => "copy of what is taken away",
        PlaceAct::Restored => "put back, read back",
        PlaceAct::Undone => "rolled back",
    }
}

fn safety(safety: &Safety) -> SafetyReport {
    let file = |name: &str, saved: &Option<Saved>| {
        let saved = saved.as_ref()?;
        Some(FileDigest { file: name.to_owned(), sha256: saved.sha256.clone(), size: saved.size })
    };
    let files = [("raw.db", &safety.database), ("raw.wal", &safety.wal), ("raw.journal", &safety.journal)];
    let looks = safety.database.as_ref().map(|saved| &saved.looks);
    SafetyReport {
        folder: path(&safety.folder),
        files: files.into_iter().filter_map(|(name, saved)| file(name, saved)).collect(),
        unreadable: match &safety.folded {
            Folded::No { why } => Some(printable(why)),
            Folded::Missing | Folded::Yes { .. } => None,
        },
        owner: looks.map(|looks| format!("{}:{}, mode {:04o}", looks.uid, looks.gid, looks.mode)),
    }
}

fn services(history: &History) -> Vec<ServiceReport> {
    let report = |known: &super::journal::ServiceState| ServiceReport {
        service: printable(&known.service.name),
        stopped: known.stopped,
        since: known.since,
        by: printable(&known.by),
        start: known
            .service
            .start_words()
            .iter()
            .map(|word| crate::text::shell_quote(word))
            .collect::<Vec<_>>()
            .join(" "),
    };
    history.services.iter().map(report).collect()
}

fn steps(history: &History, guide: &Guide) -> Vec<StepReport> {
    let words = history.words(&printable(&history.header.person));
    let report = |step: &Step| {
        let tick = history.ticks.get(&step.id);
        StepReport {
            step: step.id.clone(),
            title: words.as_ref().map_or_else(|| step.title.clone(), |words| words.fill(&step.title)),
            done: history.is_done(step),
            ticked: tick.map(|tick| Said { at: tick.at, by: printable(&tick.by) }),
            seen: tick.is_some_and(|tick| tick.seen),
            left_open: history.left_open.contains(&step.id),
        }
    };
    history.steps(guide).into_iter().map(report).collect()
}

fn watched(history: &History) -> Option<WatchedReport> {
    let (at, events, newest_event) = history.watched?;
    let placed = history.placing.as_ref().map(|placing| placing.events);
    let new_events = placed.and_then(|placed| events.checked_sub(placed));
    Some(WatchedReport { at, events, new_events, newest_event })
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
