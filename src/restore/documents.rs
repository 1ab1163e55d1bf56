//! The JSON documents of the commands, as others rely on them; the report holds the same.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::engine::{Checkup, Obtained, Preview};
use super::journal::History;
use super::report::ChangedRows;
use super::store::Listed;
use crate::catalog::Backup;
use crate::database::rewrite::Rewritten;
use crate::database::{Change, Example, FileFacts};
use crate::finding::{Code, Finding, Severity, Verdict};
use crate::guide::Guide;
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::text::{Untrusted, printable};

/// The version of all documents.
pub const SCHEMA: u32 = 1;

/// A finding, with whether it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingDocument {
    /// Its code.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What the code is about.
    pub title: &'static str,
    /// What was found.
    pub detail: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Whether somebody accepted it.
    pub accepted: bool,
}

/// The findings as documents; `accepted` says which were.
pub fn findings(findings: &[Finding], accepted: impl Fn(&Finding) -> bool) -> Vec<FindingDocument> {
    let document = |finding: &Finding| FindingDocument {
        code: finding.code,
        severity: finding.severity,
        title: finding.code.title(),
        detail: finding.detail.clone(),
        why: finding.why.clone(),
        remedy: finding.remedy.clone(),
        accepted: finding.needs_acceptance() && accepted(finding),
    };
    findings.iter().map(document).collect()
}

/// Which backup.
#[derive(Debug, Clone, Serialize)]
pub struct BackupDocument {
    /// The organisation.
    pub org: Option<Untrusted>,
    /// The hub in the key.
    pub hub: Option<HubId>,
    /// The connector in the key.
    pub connector: Option<ConnectorId>,
    /// The file's name.
    pub file: String,
    /// The key.
    pub key: Untrusted,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// Its ETag.
    pub etag: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its digest, once it is here.
    pub sha256: Option<String>,
}

impl BackupDocument {
    /// A backup of a source; with its digest, once it is here.
    pub fn new(backup: &Backup, sha256: Option<&str>) -> Self {
        let place = backup.place.as_ref();
        let name = backup.key.raw().rsplit('/').next().unwrap_or_default();
        Self {
            org: place.map(|place| place.org.clone()),
            hub: place.map(|place| place.hub),
            connector: place.map(|place| place.connector),
            file: printable(name),
            key: backup.key.clone(),
            size: backup.size,
            modified: backup.modified,
            etag: backup.etag.as_deref().map(printable),
            version: backup.version.as_deref().map(printable),
            sha256: sha256.map(str::to_owned),
        }
    }
}

/// Who a database belongs to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IdentityDocument {
    /// The hub.
    pub hub: Option<HubId>,
    /// The connector.
    pub connector: Option<ConnectorId>,
    /// The connector's name.
    pub name: Option<Untrusted>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<Untrusted>,
    /// How many sources the hub's row holds.
    pub sources: u64,
}

impl IdentityDocument {
    /// What a file says of the connector that it was inspected for.
    pub fn of_file(file: &FileFacts, ids: Option<(HubId, ConnectorId)>) -> Self {
        let source = ids.and_then(|(hub, connector)| file.source(hub, connector));
        Self {
            hub: ids.map(|ids| ids.0),
            connector: ids.map(|ids| ids.1),
            name: source.and_then(|source| source.name.clone()),
            kind: source.and_then(|source| source.kind.clone().or_else(|| source.source_type.clone())),
            sources: ids.map_or(0, |ids| file.sources_of(ids.0).count() as u64),
        }
    }
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowsDocument {
    /// The table.
    pub name: Untrusted,
    /// How many rows.
    pub rows: u64,
}

/// `inspect`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectDocument {
    /// The version of the document.
    pub schema: u32,
    /// Which backup.
    pub backup: BackupDocument,
    /// Who it belongs to.
    pub identity: IdentityDocument,
    /// The newest event.
    pub newest_event: Option<Timestamp>,
    /// Its tables.
    pub tables: Vec<RowsDocument>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl InspectDocument {
    /// What was found in a backup.
    pub fn new(
        obtained: &Obtained,
        file: &FileFacts,
        ids: Option<(HubId, ConnectorId)>,
        found: &[Finding],
        accepted: impl Fn(&Finding) -> bool,
    ) -> Self {
        let rows =
            file.tables.iter().filter_map(|table| Some(RowsDocument { name: table.name.clone(), rows: table.rows? }));
        Self {
            schema: SCHEMA,
            backup: BackupDocument::new(&obtained.backup, Some(&obtained.sha256)),
            identity: IdentityDocument::of_file(file, ids),
            newest_event: file.newest.as_ref().map(|newest| newest.at),
            tables: rows.collect(),
            findings: findings(found, accepted),
            verdict: Verdict::of(found),
        }
    }
}

/// An example of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExampleDocument {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// How many rows have this kind of change.
    pub rows: u64,
    /// The cell as it is.
    pub old: Untrusted,
    /// The cell as it will be.
    pub new: Untrusted,
}

impl From<&Example> for ExampleDocument {
    fn from(example: &Example) -> Self {
        Self {
            table: example.table,
            column: example.column,
            rows: example.rows,
            old: example.old.clone(),
            new: example.new.clone(),
        }
    }
}

/// Where an ID stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftoverDocument {
    /// The table.
    pub table: Untrusted,
    /// The column.
    pub column: Untrusted,
    /// How many rows.
    pub rows: u64,
}

/// `plan`
#[derive(Debug, Clone, Serialize)]
pub struct PlanDocument {
    /// The version of the document.
    pub schema: u32,
    /// Old and new IDs; null as long as they are not known.
    pub mapping: Option<Mapping>,
    /// Rows that change.
    pub changes: Vec<Change>,
    /// One example of each kind of change.
    pub examples: Vec<ExampleDocument>,
    /// Where old IDs stay.
    pub leftovers: Vec<LeftoverDocument>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl PlanDocument {
    /// A preview.
    pub fn new(preview: &Preview, mapping: Option<Mapping>, accepted: impl Fn(&Finding) -> bool) -> Self {
        let plan = preview.plan.as_ref();
        let leftover = |residue: &crate::database::facts::Residue| LeftoverDocument {
            table: residue.table.clone(),
            column: residue.column.clone(),
            rows: residue.rows,
        };
        Self {
            schema: SCHEMA,
            mapping,
            changes: plan.map(|plan| plan.changes.clone()).unwrap_or_default(),
            examples: plan.map(|plan| plan.examples.iter().map(Into::into).collect()).unwrap_or_default(),
            leftovers: plan.map(|plan| plan.leftovers.iter().map(leftover).collect()).unwrap_or_default(),
            findings: findings(&preview.findings, accepted),
            verdict: preview.verdict(),
        }
    }
}

/// `rewrite`
#[derive(Debug, Clone, Serialize)]
pub struct RewriteDocument {
    /// The version of the document.
    pub schema: u32,
    /// The new file.
    pub output: String,
    /// Its digest.
    pub sha256: String,
    /// Rows that changed.
    pub changes: Vec<Change>,
    /// It was proved that nothing else changed.
    pub verified: bool,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl RewriteDocument {
    /// A proved file. `seconds`: how long it took.
    pub fn new(output: &Path, rewritten: &Rewritten, found: Vec<FindingDocument>, seconds: f64) -> Self {
        Self {
            schema: SCHEMA,
            output: path(output),
            sha256: rewritten.sha256.clone(),
            changes: rewritten.changes.clone(),
            verified: true,
            findings: found,
            seconds: (seconds * 100.0).round() / 100.0,
        }
    }
}

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
    pub state: super::State,
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
    pub stage: super::Stage,
    /// How it stands.
    pub state: super::State,
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

/// An error, as a document.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorDocument {
    /// The version of the document.
    pub schema: u32,
    /// What happened.
    pub error: String,
    /// The findings that stop it.
    pub findings: Vec<FindingDocument>,
}

/// `config show`
#[derive(Debug, Clone, Serialize)]
pub struct ConfigDocument {
    /// The version of the document.
    pub schema: u32,
    /// Every value.
    pub values: Vec<crate::config::Shown>,
}

/// A path for a document.
pub fn path(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// Changed rows by table, in the order of the plan.
pub fn changes(changes: &BTreeMap<String, u64>) -> Vec<ChangedRows> {
    let mut rows: Vec<ChangedRows> =
        changes.iter().map(|(table, rows)| ChangedRows { table: table.clone(), rows: *rows }).collect();
    rows.sort_by_key(|changed| changed.table != "Integrations");
    rows
}
