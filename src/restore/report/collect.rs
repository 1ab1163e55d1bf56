//! From what a journal says to the report.

use super::{
    FileDigest, Found, PlacedReport, Report, SafetyReport, Said, ServiceReport, StageReport, StepReport, WatchedReport,
};
use crate::finding::Severity;
use crate::guide::{Guide, Step};
use crate::hub::stage::{Folded, Safety, Saved, Stage as PlaceAct};
use crate::restore::documents::{self, BackupDocument, SCHEMA, follow_ups, path};
use crate::restore::engine::receipt_line;
use crate::restore::journal::{History, ServiceState, Stood};
use crate::text::{Untrusted, printable};

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
            name: checked.and_then(|checked| checked.name.as_ref()).map(Untrusted::printable),
            kind: checked.and_then(|checked| checked.kind.as_ref()).map(Untrusted::printable),
            source: history.source.as_ref().map(|source| printable(&source.source)),
            backup: history.backup.as_ref().map(|backup| BackupDocument::new(backup, sha256)),
            verified_by: history.downloaded.as_ref().and_then(|download| download.verified_by.clone()),
            events: checked.and_then(|checked| checked.events),
            newest_event: checked.and_then(|checked| checked.newest),
            mapping: history.mapping(),
            findings: found(history),
            witnesses: history.witnesses.clone(),
            changes: rewrote.map(|rewrote| documents::changes(&rewrote.changes)).unwrap_or_default(),
            restored: rewrote.map(|rewrote| FileDigest {
                file: "restored.db".to_owned(),
                sha256: rewrote.sha256.clone(),
                size: rewrote.size,
            }),
            placed: placed(history),
            receipt: history.receipt.as_ref().map(|(connector, sha256)| match sha256 {
                Some(sha256) => receipt_line(*connector, sha256),
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
        PlaceAct::Folder { .. } => "make the connector's folder",
        PlaceAct::Safe { .. } => "safety copy",
        PlaceAct::Swap { .. } => "replace",
        PlaceAct::Swapped => "replaced",
        PlaceAct::Overwrite { .. } => "write into the live file",
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
    let report = |known: &ServiceState| ServiceReport {
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
