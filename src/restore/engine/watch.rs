//! Looking at a connector's database after a restore, always on a safe private copy: are the IDs still right, do events come.

use std::path::Path;

use jiff::Timestamp;

use super::{Engine, Session};
use crate::database::glance::{self, Glance};
use crate::database::source_json::SourceJson;
use crate::finding::{Finding, Verdict};
use crate::hub::safe_copy::{CopyError, safe_copy};
use crate::hub::stage::Stage as PlaceAct;
use crate::identity::{ConnectorId, HubId};
use crate::progress::Cancel;
use crate::restore::RestoreId;
use crate::restore::assess::{self, After};
use crate::restore::journal::{Event, History, Stood};
use crate::restore::trouble::Trouble;
use crate::text::{self, Untrusted};

/// What one look at a connector's database saw.
#[derive(Debug, Clone)]
pub struct Watched {
    /// When.
    pub at: Timestamp,
    /// The hub in it, where it holds exactly one.
    pub hub: Option<HubId>,
    /// The connectors in it.
    pub connectors: Vec<ConnectorId>,
    /// The connector's name.
    pub name: Option<Untrusted>,
    /// Its type.
    pub kind: Option<Untrusted>,
    /// How many events it holds.
    pub events: u64,
    /// The newest, where a column tells.
    pub newest: Option<Timestamp>,
    /// Its length with the files beside it, in bytes.
    pub size: u64,
    /// Events that came since it was placed; none when nothing is known of a restore, or there are fewer now.
    pub new_events: Option<u64>,
    /// Whether hub and connector are those that were placed.
    pub ids_right: bool,
    /// R701 to R705.
    pub findings: Vec<Finding>,
}

impl Watched {
    /// The worst of the findings.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }
}

/// A look at a connector of this hub, with the last restore that this machine knows of it.
#[derive(Debug, Clone)]
pub struct Checkup {
    /// The connector.
    pub connector: ConnectorId,
    /// The restore that placed it.
    pub restore: Option<RestoreId>,
    /// What was seen.
    pub watched: Watched,
}

impl Engine {
    /// Looks at a copy of a connector's database on this hub (R703, R704).
    pub fn check(&self, root: &Path, connector: ConnectorId, cancel: &Cancel) -> Result<Checkup, Trouble> {
        let known = self.last_placing(connector);
        let target = known
            .as_ref()
            .and_then(|history| history.placing.as_ref())
            .map_or_else(|| Self::place_of(root, connector), |placing| placing.target.clone());
        let watched = self.watch(&target, connector, known.as_ref(), cancel)?;
        Ok(Checkup { connector, restore: known.map(|history| history.header.restore), watched })
    }

    /// The newest restore that placed this connector here.
    fn last_placing(&self, connector: ConnectorId) -> Option<History> {
        let ids = self.store.ids().ok()?.into_iter().rev();
        ids.filter_map(|id| self.store.history(&id).ok()).find(|history| {
            history.stood == Stood::Placed
                && history.placing.as_ref().is_some_and(|placing| placing.connector == connector)
        })
    }

    fn watch(
        &self,
        target: &Path,
        connector: ConnectorId,
        history: Option<&History>,
        cancel: &Cancel,
    ) -> Result<Watched, Trouble> {
        let scratch = self.scratch()?;
        let size = size_of_set(target);
        let copy = safe_copy(target, scratch.path(), cancel).map_err(|error| match error {
            CopyError::Missing(path) => Trouble::Missing(format!("there is no database at {}", path.display())),
            CopyError::Cancelled(_) => Trouble::Cancelled,
            other => Trouble::Failed(other.into()),
        })?;
        let glance = glance::glance(&copy, cancel)?;
        Ok(self.judge(connector, history, &glance, size))
    }

    fn judge(&self, connector: ConnectorId, history: Option<&History>, glance: &Glance, size: u64) -> Watched {
        let placing = history.and_then(|history| history.placing.as_ref());
        let connectors: Vec<ConnectorId> = glance.sources.iter().filter_map(SourceJson::connector).collect();
        let source = glance.source(connector).or(glance.sources.first());
        let findings = assess::after(&After {
            placed: placing.map(|placing| (placing.hub, placing.connector)),
            placed_events: placing.map_or(0, |placing| placing.events),
            hub: glance.hub,
            connectors: connectors.clone(),
            events: Some(glance.events),
            old_file_open: history.and_then(|history| self.old_file_open(history)),
            open_steps: history.map(|history| history.open_steps(&self.guide)).unwrap_or_default(),
        });
        let hub_right = placing.is_none_or(|placing| glance.hub == Some(placing.hub));
        Watched {
            at: self.world.now(),
            hub: glance.hub,
            ids_right: hub_right && connectors.contains(&connector),
            connectors,
            name: source.and_then(|source| source.name.clone()),
            kind: source.and_then(|source| source.kind.clone().or_else(|| source.source_type.clone())),
            events: glance.events,
            newest: glance.newest.as_ref().map(|newest| newest.at),
            size,
            new_events: placing.and_then(|placing| glance.events.checked_sub(placing.events)),
            findings,
        }
    }

    /// R704: who has the file open that was there before, found by its device and number.
    fn old_file_open(&self, history: &History) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let old = history.stages.iter().rev().find_map(|stage| match &stage.act {
            PlaceAct::Swap { old, .. } => *old,
            _ => None,
        })?;
        for process in std::fs::read_dir(&self.world.proc).ok()?.flatten() {
            let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let Ok(open) = std::fs::read_dir(process.path().join("fd")) else { continue };
            let is_old =
                |path: &Path| std::fs::metadata(path).is_ok_and(|at| (at.dev(), at.ino()) == (old.device, old.inode));
            // Another file may have its number by now: the old one has no name any more.
            let gone = |path: &Path| std::fs::metadata(path).is_ok_and(|at| at.nlink() == 0);
            if open.flatten().any(|fd| is_old(&fd.path()) && gone(&fd.path())) {
                let command = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                return Some(format!("pid {pid} {}", text::printable(command.trim())));
            }
        }
        None
    }
}

impl Session {
    /// Looks at what became of the placed database. Kept in the journal when something changed since the last look.
    pub fn watch(&self, cancel: &Cancel) -> Result<Watched, Trouble> {
        let history = self.history();
        let missing = || Trouble::Missing(format!("restore {} placed nothing on this machine", self.id()));
        let placing = history.placing.clone().ok_or_else(missing)?;
        let watched = self.engine.watch(&placing.target, placing.connector, Some(&history), cancel)?;
        if history.watched.is_none_or(|(_, events, newest)| (events, newest) != (watched.events, watched.newest)) {
            self.record(Event::Watched { events: watched.events, newest: watched.newest })?;
        }
        Ok(watched)
    }
}

/// The database with the files that SQLite pairs up with it, in bytes.
fn size_of_set(target: &Path) -> u64 {
    let beside = |suffix: &str| {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        std::fs::symlink_metadata(name).map_or(0, |data| data.len())
    };
    ["", "-wal", "-journal"].into_iter().map(beside).sum()
}
