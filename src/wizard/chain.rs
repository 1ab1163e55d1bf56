//! What the screens of one restore hand on, each with everything before it: chosen, inspected, targeted, planned, proved.
//!
//! Plain data. Each holds the one before in an `Arc`, so that a screen keeps its own clone cheaply, and going back finds what
//! was there. None can be made without the one before it.

#[cfg(test)]
pub(crate) mod story;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Backup, SourceSpec};
use crate::database::rewrite::Rewritten;
use crate::database::source_json::SourceJson;
use crate::database::{FileFacts, Plan};
use crate::finding::{Acceptance, Finding};
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::restore::facts::Facts;
use crate::text::Untrusted;

/// One backup of one source.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The source's name on screen, printable: an environment (`prod`), or an address.
    pub source: String,
    /// The source itself: the runtime keeps it open under this name.
    pub spec: Arc<SourceSpec>,
    /// The folder that holds this hub's connectors; none when the hub is another machine.
    pub hub_root: Option<PathBuf>,
    /// The backup.
    pub backup: Backup,
}

impl Chosen {
    /// The organisation, where the key has the layout.
    pub fn organisation(&self) -> Option<&Untrusted> {
        self.backup.place.as_ref().map(|place| &place.org)
    }
}

/// A backup that lies on this machine, was looked into, and that nothing stops.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// Which backup.
    pub chosen: Chosen,
    /// The restore's spoken ID: `2026-11-19-1`.
    pub restore: String,
    /// The restore's own folder in the state directory.
    pub folder: PathBuf,
    /// The verified download, read-only; never changed.
    pub path: PathBuf,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// The old hub.
    pub hub: HubId,
    /// The old connector.
    pub connector: ConnectorId,
    /// What is inside.
    pub file: FileFacts,
    /// What the other witnesses say so far.
    pub facts: Facts,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
}

impl Inspected {
    /// The entry of the old connector in the file.
    pub fn source(&self) -> Option<&SourceJson> {
        self.file.source(self.hub, self.connector)
    }

    /// The connector's name as the file has it, printable; its short ID where it has none.
    pub fn name(&self) -> String {
        let name = self.source().and_then(|source| source.name.as_ref()).map(Untrusted::printable);
        name.unwrap_or_else(|| self.connector.short())
    }

    /// The connector's type, printable; empty where the file has none.
    pub fn kind(&self) -> String {
        let source = self.source();
        let kind = source.and_then(|source| source.kind.as_ref().or(source.source_type.as_ref()));
        kind.map(Untrusted::printable).unwrap_or_default()
    }

    /// How many events the file holds.
    pub fn events(&self) -> u64 {
        self.file.events.as_ref().map_or(0, |events| events.rows)
    }

    /// When the newest event happened, where a column tells.
    pub fn newest(&self) -> Option<Timestamp> {
        self.file.newest.as_ref().map(|newest| newest.at)
    }
}

/// A backup, and where it goes.
#[derive(Debug, Clone)]
pub struct Targeted {
    /// What is restored.
    pub inspected: Arc<Inspected>,
    /// Old and new IDs.
    pub mapping: Mapping,
    /// The folder that holds the hub's connectors; none when the hub is another machine.
    pub hub_root: Option<PathBuf>,
    /// What all witnesses say, the target's place and the organisation of the new hub included.
    pub facts: Facts,
    /// What was found about the target, worst first.
    pub findings: Vec<Finding>,
    /// Questions about the target that a person answered with yes.
    pub answered: Vec<Accepted>,
}

impl Targeted {
    /// The new hub in a sentence, with the reminder which one it is not: `b7740e12… (NOT 3f2a51c0…)`. Where the hub stays
    /// the same, the reminder goes.
    pub fn new_hub(&self) -> String {
        hub_and_not(self.mapping.hub.new, self.mapping.hub.old)
    }

    /// Where the new database goes on this machine; none when the hub is another one.
    pub fn place(&self) -> Option<PathBuf> {
        let root = self.hub_root.as_ref()?;
        Some(root.join(self.mapping.connector.new.to_string()).join("sqlite.db"))
    }
}

/// A hub, and which one it is not: `b7740e12… (NOT 3f2a51c0…)`; alone where both are the same.
pub fn hub_and_not(new: HubId, old: HubId) -> String {
    if new == old { new.short() } else { format!("{} (NOT {})", new.short(), old.short()) }
}

/// A finding that a person accepted, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What was accepted; it falls when the facts change.
    pub acceptance: Acceptance,
    /// When.
    pub at: Timestamp,
}

/// A restore whose every change is known, and whose findings are accepted.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What goes where.
    pub targeted: Arc<Targeted>,
    /// Every change.
    pub plan: Arc<Plan>,
    /// All findings of the restore so far, worst first.
    pub findings: Vec<Finding>,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
}

impl Planned {
    /// When a finding was accepted; none when it was not, or when its facts have changed since.
    pub fn accepted_at(&self, finding: &Finding) -> Option<Timestamp> {
        let acceptance = finding.acceptance();
        self.accepted.iter().find(|accepted| accepted.acceptance == acceptance).map(|accepted| accepted.at)
    }
}

/// A rewritten database, proved to be what was planned.
#[derive(Debug, Clone)]
pub struct Proved {
    /// What was planned.
    pub planned: Arc<Planned>,
    /// The restored database, in the restore's folder.
    pub path: PathBuf,
    /// Its digest, its length, and what the proof found.
    pub rewritten: Rewritten,
    /// When it was proved.
    pub at: Timestamp,
}

impl Proved {
    /// What goes where.
    pub fn targeted(&self) -> &Targeted {
        &self.planned.targeted
    }

    /// The backup that was rewritten.
    pub fn inspected(&self) -> &Inspected {
        &self.planned.targeted.inspected
    }

    /// Old and new IDs.
    pub fn mapping(&self) -> &Mapping {
        &self.planned.targeted.mapping
    }
}
