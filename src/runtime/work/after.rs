//! What the screens after the exchange show, read back from the journal.

use std::path::Path;

use crate::finding::Finding;
use crate::hub::look::owner_words;
use crate::hub::stage::{Safety, Stage as PlaceAct};
use crate::restore::engine::Session;
use crate::restore::journal::{History, Stood};
use crate::text;
use crate::wizard::after::{After, Contents, Step, StepState};

/// A path as people read it.
pub(super) fn shown(path: &Path) -> String {
    text::printable(&path.to_string_lossy())
}

/// The restore as its journal has it. None when it was not placed.
pub(super) fn after(session: &Session, notes: Vec<Finding>) -> Option<After> {
    let history = session.history();
    let mapping = history.mapping()?;
    let safety = safety(&history);
    let target = history.target_path().unwrap_or_default();
    let checked = history.checked.as_ref();
    let rewrote = history.rewrote.as_ref();
    let placing = history.placing.as_ref();
    let size = placing.map(|placing| placing.size).or_else(|| rewrote.map(|rewrote| rewrote.size)).unwrap_or_default();
    let events = placing.map(|placing| placing.events).or(checked.and_then(|checked| checked.events));
    Some(After {
        restore: session.id().to_string(),
        name: history.name().map_or_else(|| mapping.connector.new.short(), text::Untrusted::printable),
        mapping,
        target: shown(&target),
        folder: shown(session.folder()),
        by_receipt: history.receipt.is_some(),
        online: history.placed_online(),
        placed: history.stood_at.filter(|_| history.stood == Stood::Placed),
        last_look: act_at(&history, |act| matches!(act, PlaceAct::Swap { .. })),
        restored: Contents { size, events, newest: checked.and_then(|checked| checked.newest) },
        version: history.backup.as_ref().and_then(|backup| backup.modified),
        before: before(&history, safety.as_ref()),
        looks: safety
            .as_ref()
            .and_then(|safety| safety.database.as_ref())
            .map_or_else(String::new, |saved| owner_words(&saved.looks)),
        accepted: history.accepted.iter().map(|accepted| accepted.acceptance.code).collect(),
        kept: kept(session, safety.as_ref()),
        steps: steps(session, &history),
        notes,
    })
}

fn act_at(history: &History, which: impl Fn(&PlaceAct) -> bool) -> Option<jiff::Timestamp> {
    history.stages.iter().rev().find(|stage| which(&stage.act)).map(|stage| stage.at)
}

/// The safety copy that a rollback puts back: the one that was recorded last.
fn safety(history: &History) -> Option<Safety> {
    history.stages.iter().rev().find_map(|stage| match &stage.act {
        PlaceAct::Safe { safety } => Some(safety.clone()),
        _ => None,
    })
}

fn before(history: &History, safety: Option<&Safety>) -> Option<Contents> {
    let safety = safety?;
    safety.database.as_ref()?;
    let events = history.placing.as_ref().and_then(|placing| placing.before);
    Some(Contents { size: size_of(safety), events, newest: None })
}

fn size_of(safety: &Safety) -> u64 {
    [&safety.database, &safety.wal, &safety.journal].into_iter().flatten().map(|saved| saved.size).sum()
}

fn kept(session: &Session, safety: Option<&Safety>) -> Vec<(String, Option<u64>, String)> {
    let length = |path: &Path| std::fs::metadata(path).ok().map(|data| data.len());
    let mut kept = vec![("report.md".to_owned(), None, "all of this, every ID and hash".to_owned())];
    for (name, path, what) in [
        ("backup.db", session.backup_path(), "the download"),
        ("restored.db", session.restored_path(), "what was placed"),
    ] {
        if let Some(size) = length(&path) {
            kept.push((name.to_owned(), Some(size), what.to_owned()));
        }
    }
    if let Some(safety) = safety {
        kept.push(("before/".to_owned(), Some(size_of(safety)), "the safety copy".to_owned()));
    }
    kept
}

/// The steps of the guide, with who ticked each.
pub(super) fn steps(session: &Session, history: &History) -> Vec<Step> {
    let ticked = |id: &str| history.ticks.get(id);
    session
        .steps()
        .into_iter()
        .map(|(step, done)| {
            let state = match (ticked(&step.id), done) {
                (_, false) => StepState::Open,
                (Some(tick), true) if !tick.seen => StepState::Said { by: tick.by.clone(), at: tick.at },
                (Some(tick), true) => StepState::Seen { at: tick.at, what: "seen by reseat".to_owned() },
                (None, true) => StepState::Seen { at: history.last, what: "seen by reseat".to_owned() },
            };
            Step::of(&step, state)
        })
        .collect()
}
