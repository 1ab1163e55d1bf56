//! The documents of what was done: place, restore, rollback, restores, check.

use jiff::Timestamp;
use serde::Serialize;

use super::{FindingDocument, IdentityDocument, PlanDocument, RewriteDocument, SCHEMA, findings, path};
use crate::finding::{Finding, Verdict};
use crate::guide::Guide;
use crate::identity::ConnectorId;
use crate::restore::engine::Checkup;
use crate::restore::journal::History;
use crate::restore::store::Listed;
use crate::restore::{Stage, State};

/// `place`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceDocument {
    /// The version of the document.
    pub schema: u32,
    /// The restore's ID; null when nothing was done.
    pub restore: Option<String>,
    /// The database that was replaced.
    pub target: String,
    /// Where the safety copy lies; null when nothing was done.
    pub safety_copy: Option<String>,
    /// The digest of the placed file.
    pub sha256: String,
    /// It was read back by a fresh process.
    pub verified: bool,
    /// The line that the wizard elsewhere takes; null when nothing was done.
    pub receipt: Option<String>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
}

/// A step that is left for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// The guide's word for it.
    pub step: String,
    /// Whether it is done.
    pub done: bool,
}

/// The steps that a restore has for a person.
pub fn follow_ups(history: &History, guide: &Guide) -> Vec<FollowUp> {
    let steps = history.steps(guide).into_iter();
    steps.map(|step| FollowUp { step: step.id.clone(), done: history.is_done(step) }).collect()
}

/// `restore`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreDocument {
    /// The version of the document.
    pub schema: u32,
    /// The restore's ID.
    pub restore: String,
    /// The plan.
    pub plan: PlanDocument,
    /// The rewrite.
    pub rewrite: RewriteDocument,
    /// The placing.
    pub place: PlaceDocument,
    /// What a person still does.
    pub follow_ups: Vec<FollowUp>,
}

/// `rollback`
#[derive(Debug, Clone, Serialize)]
pub struct RollbackDocument {
    /// The version of the document.
    pub schema: u32,
    /// The restore's ID.
    pub restore: String,
    /// The database that is as it was.
    pub target: String,
    /// `rolled-back`
    pub state: State,
    /// It was read back by a fresh process.
    pub verified: bool,
}

/// One line of `restores`; also of `tick`, `resume` and `--forget`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoresLine {
    /// The version of the document.
    pub schema: u32,
    /// The restore's ID.
    pub restore: String,
    /// The step that it is at.
    pub stage: Stage,
    /// How it stands.
    pub state: State,
    /// The steps of a person that are open.
    pub open_steps: Vec<String>,
    /// The database that it replaced, or shall.
    pub target: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// What it holds on this disk.
    pub bytes: u64,
}

impl From<&Listed> for RestoresLine {
    fn from(listed: &Listed) -> Self {
        Self {
            schema: SCHEMA,
            restore: listed.id.clone(),
            stage: listed.stage,
            state: listed.state,
            open_steps: listed.open_steps.clone(),
            target: listed.target.as_deref().map(path),
            started: listed.started,
            bytes: listed.bytes,
        }
    }
}

/// New events since a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SinceRestore {
    /// The restore's ID.
    pub restore: String,
    /// Events that came since; null when there are fewer now.
    pub new_events: Option<u64>,
}

/// `check`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckDocument {
    /// The version of the document.
    pub schema: u32,
    /// The connector.
    pub connector: ConnectorId,
    /// Who its database belongs to.
    pub identity: IdentityDocument,
    /// How many events it holds.
    pub events: u64,
    /// The newest.
    pub newest_event: Option<Timestamp>,
    /// What came since the restore; null when this machine knows none.
    pub since_restore: Option<SinceRestore>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl CheckDocument {
    /// A look at a connector.
    pub fn new(checkup: &Checkup, accepted: impl Fn(&Finding) -> bool) -> Self {
        let seen = &checkup.watched;
        let connector = if seen.connectors.contains(&checkup.connector) {
            Some(checkup.connector)
        } else {
            seen.connectors.first().copied()
        };
        Self {
            schema: SCHEMA,
            connector: checkup.connector,
            identity: IdentityDocument {
                hub: seen.hub,
                connector,
                name: seen.name.clone(),
                kind: seen.kind.clone(),
                sources: seen.connectors.len() as u64,
            },
            events: seen.events,
            newest_event: seen.newest,
            since_restore: checkup
                .restore
                .as_ref()
                .map(|id| SinceRestore { restore: id.to_string(), new_events: seen.new_events }),
            findings: findings(&seen.findings, accepted),
            verdict: seen.verdict(),
        }
    }
}
