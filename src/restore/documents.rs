//! The JSON documents of the commands, as others rely on them; the report holds the same.

mod acts;
mod compared;
mod tables;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::engine::{Obtained, Preview};
use super::facts::Facts;
use super::peek::Peek;
use super::report::ChangedRows;
use super::witnesses::{Testimony, witnesses};
use crate::catalog::Backup;
use crate::database::rewrite::Rewritten;
use crate::database::{Change, Example, FileFacts};
use crate::finding::{Code, Finding, Severity, Verdict};
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::text::{Untrusted, printable};

pub use tables::{IndexDocument, TableDocument};

pub use compared::{CompareDocument, ComparedTable, DifferingColumn, Sides};

pub use acts::{
    CheckDocument, FollowUp, PlaceDocument, RestoreDocument, RestoresLine, RollbackDocument, SinceRestore, follow_ups,
};

/// The version of all documents.
pub const SCHEMA: u32 = 1;

/// A finding, with whether it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingDocument {
    /// Its code.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What the code is about.
    pub title: Cow<'static, str>,
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
        title: finding.code.title().into(),
        detail: finding.detail.clone(),
        why: finding.why.clone(),
        remedy: finding.remedy.clone(),
        accepted: finding.needs_acceptance() && accepted(finding),
    };
    findings.iter().map(document).collect()
}

/// Which backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
    pub tables: Vec<TableDocument>,
    /// What each witness says of the IDs and the connector.
    pub witnesses: Vec<Testimony>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl InspectDocument {
    /// What was found in a backup.
    pub fn new(
        obtained: &Obtained,
        facts: &Facts,
        file: &FileFacts,
        ids: Option<(HubId, ConnectorId)>,
        found: &[Finding],
        accepted: impl Fn(&Finding) -> bool,
    ) -> Self {
        Self {
            schema: SCHEMA,
            backup: BackupDocument::new(&obtained.backup, Some(&obtained.sha256)),
            identity: IdentityDocument::of_file(file, ids),
            newest_event: file.newest.as_ref().map(|newest| newest.at),
            tables: file.tables.iter().filter_map(TableDocument::of).collect(),
            witnesses: witnesses(facts, found),
            findings: findings(found, accepted),
            verdict: Verdict::of(found),
        }
    }
}

/// `peek`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeekDocument {
    /// The version of the document.
    pub schema: u32,
    /// Which backup.
    pub backup: BackupDocument,
    /// Who it belongs to.
    pub identity: IdentityDocument,
    /// The newest event.
    pub newest_event: Option<Timestamp>,
    /// How many events there are at most: the span of their row numbers.
    pub events_at_most: Option<u64>,
    /// Its tables.
    pub tables: Vec<Untrusted>,
    /// The connector's own version of its schema.
    pub user_version: Option<i32>,
    /// `wal` or `delete`.
    pub journal_mode: Option<&'static str>,
    /// Requests that it took.
    pub requests: u32,
    /// Bytes that came.
    pub bytes: u64,
    /// Why less was seen than was looked for.
    pub unknown: Option<&'static str>,
    /// What such a look cannot see.
    pub not_checked: [&'static str; 3],
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl PeekDocument {
    /// What a look told.
    pub fn new(peek: &Peek, accepted: impl Fn(&Finding) -> bool) -> Self {
        let file = peek.file();
        Self {
            schema: SCHEMA,
            backup: BackupDocument::new(&peek.backup, None),
            identity: IdentityDocument::of_file(file, peek.old.map(|old| (old.hub, old.connector))),
            newest_event: peek.newest(),
            events_at_most: peek.seen.events_at_most,
            tables: file.tables.iter().map(|table| table.name.clone()).collect(),
            user_version: file.header.fields.as_ref().map(|fields| fields.user_version),
            journal_mode: peek.journal_mode(),
            requests: peek.requests,
            bytes: peek.bytes,
            unknown: peek.unknown(),
            not_checked: ["checksum", "integrity", "events"],
            findings: findings(&peek.findings, accepted),
            verdict: Verdict::of(&peek.findings),
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
    /// What each witness says of the IDs and the connector.
    pub witnesses: Vec<Testimony>,
    /// What was found.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl PlanDocument {
    /// A preview.
    pub fn new(preview: &Preview, facts: &Facts, accepted: impl Fn(&Finding) -> bool) -> Self {
        let plan = preview.plan.as_ref();
        let leftover = |residue: &crate::database::facts::Residue| LeftoverDocument {
            table: residue.table.clone(),
            column: residue.column.clone(),
            rows: residue.rows,
        };
        Self {
            schema: SCHEMA,
            mapping: facts.mapping,
            changes: plan.map(|plan| plan.changes.clone()).unwrap_or_default(),
            examples: plan.map(|plan| plan.examples.iter().map(Into::into).collect()).unwrap_or_default(),
            leftovers: plan.map(|plan| plan.leftovers.iter().map(leftover).collect()).unwrap_or_default(),
            witnesses: witnesses(facts, &preview.findings),
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
