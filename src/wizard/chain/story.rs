//! The restore of the story that the screens are drawn with: Cellario Boston goes to another hub.

mod bench;
pub(crate) mod tables;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use bench::{job, press, says, showing, typed};

use super::{Accepted, Chosen, Inspected, Planned, Proved, Targeted};
use crate::catalog::layout::Place;
use crate::catalog::{Backup, SourceKind, SourceSpec};
use crate::database::browse::{KeyPart, RowKey};
use crate::database::facts::{EventFacts, ForeignKeys, IntegrationRow, NewestEvent, Residue, WhichId};
use crate::database::glance::Glance;
use crate::database::header::{HeaderFacts, Length, LooksLike};
use crate::database::rewrite::Rewritten;
use crate::database::source_json::SourceJson;
use crate::database::{Change, ColumnChange, Example, FileFacts, Plan, TableRows};
use crate::finding::{Code, Finding, Severity};
use crate::hub::discover::{HubConnector, Seen};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::facts::{BucketFacts, Fact, Facts, KeyFacts, Taken};
use crate::text::Untrusted;
use crate::wizard::Answer;
use crate::wizard::target::{self, Here};

/// The old hub.
pub(crate) const OLD_HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
/// The new hub: this machine's.
pub(crate) const NEW_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
/// The old connector.
pub(crate) const OLD_CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
/// The new connector.
pub(crate) const NEW_CONNECTOR: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";
/// How many events the backup holds.
pub(crate) const EVENTS: u64 = 18_204;
/// The length of the backup in bytes.
pub(crate) const SIZE: u64 = 64_385_024;

/// A moment: `2026-11-19T14:05:00Z`.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When the restore plays.
pub(crate) fn now() -> Timestamp {
    at("2026-11-19T14:05:00Z")
}

fn hub(text: &str) -> HubId {
    text.parse().unwrap()
}

fn connector(text: &str) -> ConnectorId {
    text.parse().unwrap()
}

/// Old and new IDs.
pub(crate) fn mapping() -> Mapping {
    Mapping {
        hub: Renamed { old: hub(OLD_HUB), new: hub(NEW_HUB) },
        connector: Renamed { old: connector(OLD_CONNECTOR), new: connector(NEW_CONNECTOR) },
    }
}

/// The version that was chosen.
pub(crate) fn backup() -> Backup {
    let place = Place {
        org: "acme-bio".into(),
        hub: hub(OLD_HUB),
        connector: connector(OLD_CONNECTOR),
        file: "sqlite.db".into(),
        hub_written: OLD_HUB.into(),
        connector_written: OLD_CONNECTOR.into(),
    };
    Backup {
        source: "s3://ts-platform-prod-backup".into(),
        key: format!("acme-bio/datahub/{OLD_HUB}/connector/{OLD_CONNECTOR}/sqlite.db").into(),
        place: Some(place),
        size: SIZE,
        modified: Some(at("2026-11-17T02:54:00Z")),
        etag: Some("9b2cf535f27731c974343645a3985328".into()),
        version: Some("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH".into()),
        latest: false,
        deleted: false,
        storage_class: None,
        has_checksum: true,
    }
}

/// The chosen backup, on the hub's machine.
pub(crate) fn chosen() -> Chosen {
    let kind = SourceKind::S3 { bucket: "ts-platform-prod-backup".into(), prefix: String::new() };
    Chosen {
        source: "prod".into(),
        spec: Arc::new(SourceSpec::new(kind)),
        hub_root: Some("/var/datahub".into()),
        backup: backup(),
    }
}

/// The entry of the connector, with these IDs.
pub(crate) fn entry(connector: &str, hub: &str) -> String {
    format!(
        r#"{{"config":{{"sourceType":"hrb-cellario"}},"id":"{connector}","integrationId":"{hub}","metadata":{{"site":"BOS-3"}},"name":"Cellario Boston","tags":["cellario","boston"],"type":"hrb-cellario"}}"#
    )
}

fn source() -> SourceJson {
    SourceJson {
        id: OLD_CONNECTOR.into(),
        integration_id: OLD_HUB.into(),
        name: Some("Cellario Boston".into()),
        kind: Some("hrb-cellario".into()),
        source_type: Some("hrb-cellario".into()),
        metadata: Some(r#"{"site":"BOS-3"}"#.into()),
        tags: Some(r#"["cellario","boston"]"#.into()),
        text: entry(OLD_CONNECTOR, OLD_HUB).into(),
    }
}

/// Where the old hub ID also stands.
pub(crate) fn leftover() -> Residue {
    Residue {
        table: "Cursors".into(),
        column: "v".into(),
        which: WhichId::Hub,
        id: hub(OLD_HUB).uuid(),
        rows: 1,
        row_number: 2,
        table_rows: 3,
        example: vec![("k".into(), "hub".into()), ("v".into(), OLD_HUB.into())],
        key: Some(RowKey(vec![KeyPart::Integer(2)])),
        in_mapped_field: false,
        statistics: false,
    }
}

/// What is inside the backup.
pub(crate) fn file() -> FileFacts {
    FileFacts {
        stale_full_text: Vec::new(),
        more_json_problems: 0,
        header: HeaderFacts {
            size: SIZE,
            looks_like: LooksLike::Sqlite,
            fields: None,
            faults: Vec::new(),
            length: Length::Exact,
        },
        unreadable: None,
        needs: Vec::new(),
        integrity: Some(Vec::new()),
        foreign_keys: Some(ForeignKeys::default()),
        tables: tables::tables(),
        triggers: Vec::new(),
        views: Vec::new(),
        virtual_tables: Vec::new(),
        missing: Vec::new(),
        integrations: vec![IntegrationRow {
            row: "row 1".into(),
            stored: OLD_HUB.into(),
            hub: Some(hub(OLD_HUB)),
            sources: vec![source()],
        }],
        integration_rows: 1,
        events: Some(EventFacts { rows: EVENTS, ..EventFacts::default() }),
        json_problems: Vec::new(),
        loose_ids: Vec::new(),
        newest: Some(NewestEvent {
            table: "Events".into(),
            column: "createdAt".into(),
            at: at("2026-11-17T02:51:00Z"),
        }),
        residue: Some(vec![leftover()]),
    }
}

/// The warning about the age of the backup.
pub(crate) fn r103() -> Finding {
    let detail = "NOT in this backup: 2 d 11 h, all events after 2026-11-17 02:51 UTC. \
                  1 newer version, 96.0 KiB, 0 events inside.";
    Finding::new(Code::R103, Severity::Warn, detail)
        .why("What came after it is lost, unless Sync loads it again.")
        .remedy("Choose a newer version, or accept; look in the platform for the events after it.")
        .evidence("2026-11-17T02:51Z")
}

/// The warning that the old connector may still run.
pub(crate) fn r409() -> Finding {
    Finding::new(Code::R409, Severity::Warn, "The old connector wrote a backup 16 h ago: it may still run.")
        .why("Two running connectors load the same data twice.")
        .remedy(
            "Stop 7d0c88f1… on hub 3f2a51c0…, or see it is off; then accept. Do not delete it before the last screen.",
        )
        .evidence("2026-11-18T22:05Z")
}

/// What stays of the old hub's ID, with this severity.
pub(crate) fn r309(severity: Severity) -> Finding {
    let detail = "The old hub ID also stands in Cursors.v, in 1 row. reseat cannot tell if it is used; if it is, \
                  data may load twice or not at all.";
    Finding::new(Code::R309, severity, detail)
        .about("Cursors.v")
        .why("The connector may read that ID and look for the old hub.")
        .remedy("Look at the row with v; ask the maker of the connector when in doubt; then accept.")
}

/// The inspected backup.
pub(crate) fn inspected() -> Arc<Inspected> {
    let key = KeyFacts {
        org: Some("acme-bio".into()),
        ids: Some((hub(OLD_HUB), connector(OLD_CONNECTOR))),
        modified: Some(at("2026-11-17T02:54:00Z")),
        size: SIZE,
        unverified: None,
        kept_at: None,
        taken: Taken::Named,
    };
    let bucket =
        BucketFacts { versioned: true, old_upload: Some(at("2026-11-18T22:05:00Z")), ..BucketFacts::default() };
    Arc::new(Inspected {
        chosen: chosen(),
        restore: "2026-11-19-1".into(),
        folder: "/var/lib/reseat/2026-11-19-1".into(),
        path: "/var/lib/reseat/2026-11-19-1/backup.db".into(),
        sha256: "5e0d2c8a".repeat(8),
        size: SIZE,
        hub: hub(OLD_HUB),
        connector: connector(OLD_CONNECTOR),
        file: file(),
        facts: Facts {
            key: Fact::Known(key),
            file: Fact::Known(file()),
            bucket: Fact::Known(bucket),
            ..Facts::default()
        },
        findings: vec![r103(), r309(Severity::Info)],
    })
}

/// With its target on this machine.
pub(crate) fn targeted() -> Arc<Targeted> {
    let inspected = inspected();
    let facts = Facts { mapping: Some(mapping()), ..inspected.facts.clone() };
    Arc::new(Targeted {
        inspected,
        mapping: mapping(),
        hub_root: Some(PathBuf::from("/var/datahub")),
        facts,
        findings: vec![r409()],
        answered: Vec::new(),
    })
}

fn columns() -> Vec<ColumnChange> {
    let change = |table, column, rows| ColumnChange { table, column, rows };
    vec![
        change("Integrations", "id", 1),
        change("Integrations", "sources", 1),
        change("Events", "integration", EVENTS),
        change("Events", "source", EVENTS),
    ]
}

fn changes() -> Vec<Change> {
    vec![Change { table: "Integrations", rows: 1 }, Change { table: "Events", rows: EVENTS }]
}

/// Every change.
pub(crate) fn plan() -> Arc<Plan> {
    let example = |table, column, rows, old: &str, new: &str| Example {
        table,
        column,
        rows,
        row_number: 1,
        table_rows: rows,
        texts: 1,
        old: old.into(),
        new: new.into(),
    };
    let old = entry(OLD_CONNECTOR, OLD_HUB);
    let new = entry(NEW_CONNECTOR, NEW_HUB);
    let rows = |name: &str, rows| TableRows { name: Untrusted::new(name), rows };
    Arc::new(Plan {
        spellings: crate::database::Spellings::default(),
        sha256: inspected().sha256.clone(),
        size: SIZE,
        mapping: mapping(),
        changes: changes(),
        columns: columns(),
        examples: vec![
            example("Integrations", "id", 1, OLD_HUB, NEW_HUB),
            example("Integrations", "sources", 1, &format!("[{old}]"), &format!("[{new}]")),
            example("Events", "integration", EVENTS, OLD_HUB, NEW_HUB),
            example("Events", "source", EVENTS, &old, &new),
        ],
        leftovers: vec![leftover()],
        tables: vec![rows("Integrations", 1), rows("Events", EVENTS), rows("Settings", 12), rows("Cursors", 3)],
        foreign_keys: ForeignKeys::default(),
    })
}

/// All findings of the preview.
pub(crate) fn findings() -> Vec<Finding> {
    vec![r103(), r409(), r309(Severity::Warn)]
}

/// With every finding accepted.
pub(crate) fn planned() -> Arc<Planned> {
    let findings = findings();
    let accepted = findings.iter().map(|finding| Accepted { acceptance: finding.acceptance(), at: now() }).collect();
    Arc::new(Planned { targeted: targeted(), plan: plan(), findings, accepted })
}

/// Rewritten, and proved.
pub(crate) fn proved() -> Arc<Proved> {
    Arc::new(Proved {
        planned: planned(),
        path: "/var/lib/reseat/2026-11-19-1/restored.db".into(),
        rewritten: Rewritten {
            sha256: "da834e1fa528b3c0f6d9a1b57feb92c341665874c813189636e573569bff6c1b".into(),
            size: SIZE,
            changes: changes(),
            columns: columns(),
            tables: 4,
            rows: EVENTS + 16,
            leftovers: vec![leftover()],
            broken_foreign_keys: 0,
            stale_full_text: Vec::new(),
        },
        at: at("2026-11-19T14:18:00Z"),
    })
}

/// A connector of the hub folder, as a look sees it.
pub(crate) fn neighbour(id: &str, name: &str, kind: &str, events: u64, made: &str) -> HubConnector {
    let source = SourceJson {
        id: id.into(),
        integration_id: NEW_HUB.into(),
        name: Some(name.into()),
        kind: Some(kind.into()),
        source_type: Some(kind.into()),
        text: entry(id, NEW_HUB).into(),
        ..source()
    };
    let newest = (events > 0).then(|| NewestEvent {
        table: "Events".into(),
        column: "createdAt".into(),
        at: at("2026-11-19T14:02:00Z"),
    });
    let glance = Glance {
        hub: Some(hub(NEW_HUB)),
        sources: vec![source],
        events,
        newest,
        user_version: 7,
        tables: file().tables,
    };
    HubConnector {
        connector: connector(id),
        folder: PathBuf::from("/var/datahub").join(id),
        made: Some(at(made)),
        written: Some(at(made)),
        size: 90_112,
        seen: Seen::Known(Arc::new(glance)),
    }
}

/// The hub folder, with the new connector.
pub(crate) fn here() -> Here {
    let fresh = neighbour(NEW_CONNECTOR, "Cellario Boston", "hrb-cellario", 0, "2026-11-19T14:04:20Z");
    let mut here = here_before();
    here.connectors.insert(0, fresh);
    here
}

/// The hub folder, before the new connector was made.
pub(crate) fn here_before() -> Here {
    let old = |id, name, kind, events| neighbour(id, name, kind, events, "2026-11-07T06:02:00Z");
    Here {
        connectors: vec![
            old("5e22b0c7-19f4-4a83-b6d1-c07f3e58a410", "Cellario Waltham", "hrb-cellario", 40_112),
            old("e03d7a95-62bb-4c1f-9d40-8b17a2f6c3de", "Solace Waltham", "solace", 9_004),
            old("1c9f4e68-d0a2-47b5-8ef3-2a6d95b7140c", "SDC Waltham", "sdc", 0),
        ],
        old: None,
    }
}

/// The organisation of the new hub is the same.
pub(crate) fn same_organisation() -> Answer {
    organisations(Fact::Known(vec!["acme-bio".into()]))
}

/// Where backups of the new hub lie; the new connector has none.
pub(crate) fn organisations(of_hub: Fact<Vec<Untrusted>>) -> Answer {
    let ids = (hub(NEW_HUB), connector(NEW_CONNECTOR));
    let organisations =
        target::Organisations { of_hub, of_connector: Fact::Known(Vec::new()), connector_is_hub: false };
    Answer::Target(target::Answer::Organisations { ids, organisations, ended: None })
}
