//! A restore of the store, in the words of the first screen.

use jiff::Timestamp;

use super::super::Outside;
use crate::restore::Stage;
use crate::restore::journal::History;
use crate::restore::recovery::Way;
use crate::restore::store::Listed;
use crate::text;
use crate::wizard::start::{Kind, Known, Mark};

/// One restore.
pub(super) fn known(row: &Listed, outside: &Outside, now: Timestamp) -> Known {
    let Some(history) = &row.history else {
        return without_history(row);
    };
    let way = history.way();
    let steps = row.open_steps.len();
    let (kind, state) = words(way, steps, history, now);
    let step = match way {
        Way::Resume(stage) => stage,
        _ => Stage::Place,
    };
    let name = history.name().map_or_else(|| "…".to_owned(), text::Untrusted::printable);
    let stopped = history.stopped_service().map(|stopped| {
        let connectors = stopped.service.stops_also.len() + 1;
        (stopped.service.clone(), connectors, text::moment(stopped.since))
    });
    Known {
        id: row.id.clone(),
        name,
        state,
        kind,
        title: title(history, kind),
        lines: lines(history, way, outside),
        stopped,
        can_roll_back: history.can_roll_back(),
        step: step.name().to_owned(),
    }
}

/// A download that no restore holds, or a journal that cannot be trusted.
fn without_history(row: &Listed) -> Known {
    let refused = row.refused.clone().map(|why| text::printable(&why));
    let size = text::size(row.bytes);
    Known {
        id: row.id.clone(),
        name: String::new(),
        state: if refused.is_some() {
            "its journal cannot be read (R616)".to_owned()
        } else {
            format!("a download, {size}")
        },
        kind: if row.refused.is_some() { Kind::Unreadable } else { Kind::Download },
        title: refused.unwrap_or_else(|| format!("{}: a download that no restore holds, {size}.", row.id)),
        lines: Vec::new(),
        stopped: None,
        can_roll_back: false,
        step: String::new(),
    }
}

fn words(way: Way, open_steps: usize, history: &History, now: Timestamp) -> (Kind, String) {
    let age = text::age(history.last, now);
    match way {
        Way::Resume(stage) => (Kind::Resume, format!("left at {} {age} ago", stage.name())),
        Way::GoOnOrUndo => (Kind::Cut, format!("cut while it replaced, {age} ago")),
        Way::Undo => (Kind::CutUndo, format!("cut while it put back, {age} ago")),
        Way::Finish if open_steps > 0 => {
            let steps = text::counted(open_steps as u64, "step is", "steps are");
            (Kind::StepsOpen, format!("placed; {steps} open"))
        }
        Way::RolledBack => (Kind::Past, "rolled back; report, forget".to_owned()),
        Way::Finish if history.forgotten.is_some() => (Kind::Past, "done; report".to_owned()),
        Way::Finish => (Kind::Past, "done; report, rollback, forget".to_owned()),
        Way::Over if history.forgotten.is_some() => (Kind::Past, "forgotten; report".to_owned()),
        Way::Over => (Kind::Past, "refused; report, forget".to_owned()),
    }
}

fn title(history: &History, kind: Kind) -> String {
    let source = history.source.as_ref();
    let source = source.map(|source| source.environment.clone().unwrap_or_else(|| source.source.clone()));
    let organisation =
        history.backup.as_ref().and_then(|backup| backup.place.as_ref()).map(|place| place.org.printable());
    let from: Vec<String> = source.map(|source| text::printable(&source)).into_iter().chain(organisation).collect();
    let from = if from.is_empty() { String::new() } else { format!(", {}", from.join(" · ")) };
    let left = match kind {
        Kind::Cut | Kind::CutUndo => "cut",
        _ => "last touched",
    };
    format!("{}{from}: {left} at {}", history.header.restore, text::moment(history.last))
}

/// The steps of a restore, each with what is known of it.
fn lines(history: &History, way: Way, outside: &Outside) -> Vec<(Mark, String, String)> {
    let here = match way {
        Way::Resume(stage) => stage,
        Way::GoOnOrUndo | Way::Undo => Stage::Place,
        Way::Finish | Way::RolledBack => Stage::Finish,
        Way::Over => history.stage,
    };
    let folder = outside.engine.store.folder(&history.header.restore);
    let is_here = |name: &str| if folder.join(name).is_file() { "is here" } else { "is not here" };
    let mut lines = Vec::new();
    let mut push = |stage: Stage, words: Vec<String>| {
        let mark = match stage.cmp(&here) {
            std::cmp::Ordering::Less if stage == Stage::Preview => Mark::Said,
            std::cmp::Ordering::Less => Mark::Done,
            std::cmp::Ordering::Equal => Mark::Here,
            std::cmp::Ordering::Greater => Mark::Later,
        };
        let words = if mark == Mark::Later { vec![String::new()] } else { words };
        for (at, words) in words.into_iter().enumerate() {
            let label = if at == 0 { stage.name().to_owned() } else { String::new() };
            lines.push((mark, label, words));
        }
    };
    let source = history.source.as_ref().map_or_else(String::new, |source| {
        let bucket = text::printable(&source.source);
        source.environment.as_ref().map_or(bucket.clone(), |name| format!("{}, {bucket}", text::printable(name)))
    });
    push(Stage::Source, vec![source]);
    let backup = history.backup.as_ref().map_or_else(String::new, |backup| {
        let version = backup.modified.map_or_else(String::new, |at| format!("version of {}, ", text::moment(at)));
        format!("{version}{}", text::size(backup.size))
    });
    push(Stage::Backup, vec![backup]);
    let checked = history.checked.as_ref().and_then(|checked| checked.events);
    let events = checked.map_or_else(String::new, |events| format!("{}; ", text::counted(events, "event", "events")));
    push(Stage::Inspect, vec![format!("{events}the download {}", is_here("backup.db"))]);
    let target = history.mapping().map_or_else(
        || vec![String::new()],
        |mapping| vec![format!("connector {}", mapping.connector.new), format!("hub       {}", mapping.hub.new)],
    );
    push(Stage::Target, target);
    let accepted = history.accepted.len() as u64;
    push(Stage::Preview, vec![format!("{} accepted", text::counted(accepted, "finding", "findings"))]);
    push(Stage::Rewrite, vec![format!("the restored database {}", is_here("restored.db"))]);
    let place = match way {
        Way::GoOnOrUndo => "it was cut while it replaced the database".to_owned(),
        Way::Undo => "it was cut while it put the old database back".to_owned(),
        Way::Finish => history.stood_at.map_or_else(String::new, |at| format!("placed at {}", text::moment(at))),
        Way::RolledBack => {
            history.stood_at.map_or_else(String::new, |at| format!("rolled back at {}", text::moment(at)))
        }
        _ => "nothing is placed; it asks for the new connector's ID".to_owned(),
    };
    push(Stage::Place, vec![place]);
    let open = history.open_steps(&outside.engine.guide).len() as u64;
    let finish = if open == 0 {
        "all steps are done".to_owned()
    } else {
        format!("{} open", text::counted(open, "step is", "steps are"))
    };
    push(Stage::Finish, vec![finish]);
    lines
}
