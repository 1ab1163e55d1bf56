//! A healthy restore as facts, and for each code one change that provokes it.

mod backup;
mod file;
mod folded;
mod ids;
mod place;
mod target;

use std::sync::Arc;

use super::*;
use crate::database::facts::{
    ColumnFacts, EventFacts, FileFacts, HubEvents, IntegrationRow, NewestEvent, Residue, SourceGroup, TableFacts,
    TableKind, WhichId,
};
use crate::database::glance::Glance;
use crate::database::header::{Encoding, HeaderFacts, HeaderFields, Length, LooksLike};
use crate::database::source_json::SourceJson;
use crate::finding::{Code, Severity, Verdict};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::facts::{BucketFacts, Fact, FolderFacts, KeyFacts, Taken, TargetFacts, There};
use crate::text::Untrusted;

pub(crate) fn hub(n: u128) -> HubId {
    uuid::Uuid::from_u128(0x3f2a_51c0_84d7_4b1e_a6f2_0d5b_7e3a_0000 + n).into()
}

pub(crate) fn connector(n: u128) -> ConnectorId {
    uuid::Uuid::from_u128(0x7d0c_88f1_3c55_4e6e_9a58_11b0_c0a2_0000 + n).into()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn clock() -> Clock {
    Clock::at(at("2026-11-19T14:05:00Z"))
}

pub(crate) fn source(hub: HubId, connector: ConnectorId) -> SourceJson {
    let text = format!(r#"{{"id":"{connector}","integrationId":"{hub}","name":"Cellario Boston"}}"#);
    SourceJson {
        id: connector.to_string().into(),
        integration_id: hub.to_string().into(),
        name: Some("Cellario Boston".into()),
        kind: Some("hrb-cellario".into()),
        source_type: Some("hrb-cellario".into()),
        metadata: Some(r#"{"site":"BOS-3"}"#.into()),
        tags: Some(r#"["cellario", "boston"]"#.into()),
        text: text.into(),
    }
}

pub(super) fn group(hub: HubId, connector: ConnectorId, rows: u64) -> SourceGroup {
    SourceGroup {
        stored_hub: hub.to_string().into(),
        hub: Some(hub),
        stored_connector: connector.to_string().into(),
        connector: Some(connector),
        stored_inner_hub: hub.to_string().into(),
        inner_hub: Some(hub),
        rows,
        differing: 0,
        differing_example: None,
        first_row: "row 1".to_owned(),
        texts: 1,
    }
}

pub(super) fn table(name: &str, columns: &[&str]) -> TableFacts {
    let column = |name: &&str| ColumnFacts { name: (*name).into(), declared: "TEXT".into(), key: 0, generated: false };
    TableFacts {
        name: name.into(),
        kind: TableKind::Ordinary,
        columns: columns.iter().map(column).collect(),
        without_rowid: false,
        strict: false,
        rows: Some(1),
        indexes: Vec::new(),
    }
}

fn tables() -> Vec<TableFacts> {
    vec![table("Integrations", &["id", "sources"]), table("Events", &["id", "integration", "source"])]
}

pub(super) fn file() -> FileFacts {
    let (hub, connector) = (hub(1), connector(1));
    let fields = HeaderFields {
        page_size: 4096,
        reserved: 0,
        write_version: 1,
        read_version: 1,
        change_counter: 9,
        version_valid_for: 9,
        page_count: 100,
        free_pages: 0,
        auto_vacuum: false,
        encoding: Some(Encoding::Utf8),
        user_version: 7,
        application_id: 0,
    };
    FileFacts {
        stale_full_text: Vec::new(),
        more_json_problems: 0,
        header: HeaderFacts {
            size: 409_600,
            looks_like: LooksLike::Sqlite,
            fields: Some(fields),
            faults: Vec::new(),
            length: Length::Exact,
        },
        unreadable: None,
        needs: Vec::new(),
        integrity: Some(Vec::new()),
        foreign_keys: Some(crate::database::facts::ForeignKeys::default()),
        tables: tables(),
        triggers: Vec::new(),
        views: Vec::new(),
        virtual_tables: Vec::new(),
        missing: Vec::new(),
        integrations: vec![IntegrationRow {
            row: "row 1".to_owned(),
            stored: hub.to_string().into(),
            hub: Some(hub),
            sources: vec![source(hub, connector)],
        }],
        integration_rows: 1,
        events: Some(EventFacts {
            rows: 200,
            hubs: vec![HubEvents { stored: hub.to_string().into(), hub: Some(hub), rows: 200 }],
            more_hubs: 0,
            groups: vec![group(hub, connector, 200)],
            more_groups: 0,
        }),
        json_problems: Vec::new(),
        loose_ids: Vec::new(),
        newest: Some(NewestEvent {
            table: "Events".into(),
            column: "createdAt".into(),
            at: at("2026-11-19T02:51:00Z"),
        }),
        residue: Some(Vec::new()),
    }
}

pub(crate) fn glance() -> Glance {
    Glance {
        hub: Some(hub(1)),
        sources: vec![source(hub(1), connector(2))],
        events: 0,
        newest: None,
        user_version: 7,
        tables: tables(),
    }
}

pub(super) fn residue(table: &str, column: &str, which: WhichId, id: uuid::Uuid) -> Residue {
    Residue {
        table: table.into(),
        column: column.into(),
        which,
        id,
        rows: 1,
        row_number: 2,
        table_rows: 3,
        example: Vec::new(),
        key: None,
        in_mapped_field: false,
        statistics: false,
    }
}

/// A restore as it usually is: a new connector on the same hub, the backup some hours old.
pub(crate) fn healthy() -> Facts {
    Facts {
        key: Fact::Known(KeyFacts {
            org: Some("acme-bio".into()),
            ids: Some((hub(1), connector(1))),
            modified: Some(at("2026-11-19T02:54:00Z")),
            size: 409_600,
            unverified: None,
            kept_at: None,
            taken: Taken::Named,
        }),
        file: Fact::Known(file()),
        bucket: Fact::Known(BucketFacts {
            versioned: true,
            new_hub_orgs: Fact::Known(vec!["acme-bio".into()]),
            new_connector_orgs: Fact::Known(Vec::new()),
            ..BucketFacts::default()
        }),
        folder: Fact::Known(FolderFacts {
            root: "/var/datahub".into(),
            connectors: vec![(connector(2), Fact::Known(hub(1))), (connector(3), Fact::Known(hub(1)))],
            old: None,
        }),
        target: Fact::Known(TargetFacts {
            path: format!("/var/datahub/{}/sqlite.db", connector(2)).into(),
            there: There::Database(Arc::new(glance())),
        }),
        mapping: Some(Mapping {
            hub: Renamed { old: hub(1), new: hub(1) },
            connector: Renamed { old: connector(1), new: connector(2) },
        }),
    }
}

pub(crate) fn changed(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = healthy();
    change(&mut facts);
    facts
}

pub(crate) fn with_file(change: impl FnOnce(&mut FileFacts)) -> Facts {
    changed(|facts| {
        let mut file = file();
        change(&mut file);
        facts.file = Fact::Known(file);
    })
}

pub(super) fn only(findings: &[Finding], code: Code) -> &Finding {
    let mut of: Vec<&Finding> = findings.iter().filter(|finding| finding.code == code).collect();
    assert_eq!(of.len(), 1, "{code} among {findings:#?}");
    of.remove(0)
}

#[track_caller]
pub(super) fn assert_silent(findings: &[Finding], code: Code) {
    assert!(findings.iter().all(|finding| finding.code != code), "{findings:#?}");
}

#[test]
fn a_healthy_restore_meets_no_warning() {
    let findings = preview(&healthy(), None, clock());
    assert_eq!(Verdict::of(&findings), Verdict::Ok, "{findings:#?}");
    // What came after the backup is said all the same.
    assert_eq!(only(&findings, Code::R103).severity, Severity::Info);
    assert_eq!(findings.len(), 1, "{findings:#?}");
}

#[test]
fn every_finding_says_why_and_what_to_do_and_ends_its_sentence() {
    let facts = with_file(|file| {
        file.integrity = Some(vec!["row 1 missing from index x".into()]);
        file.triggers = vec!["t".into()];
        file.residue = Some(vec![residue("Cursors", "v", WhichId::Hub, hub(1).uuid())]);
        file.header.length = Length::Shorter { expected: 500_000, missing: 90_400 };
    });
    let findings = preview(&facts, None, Clock::at(at("2027-01-01T00:00:00Z")));
    assert!(findings.len() >= 4, "{findings:#?}");
    for finding in &findings {
        assert!(!finding.why.is_empty() && !finding.remedy.is_empty(), "{finding:#?}");
        assert!(finding.detail.ends_with('.') && !finding.detail.contains(".."), "{finding:#?}");
    }
    assert!(findings.windows(2).all(|pair| pair[0].severity >= pair[1].severity), "the worst comes first");
}

#[test]
fn nothing_is_found_where_nothing_is_known() {
    assert_eq!(preview(&Facts::default(), None, clock()), []);
    let unseen = changed(|facts| {
        facts.file = Fact::default();
        facts.bucket = Fact::Unknown("It may not be listed.".to_owned());
    });
    assert_silent(&preview(&unseen, None, clock()), Code::R413);
}

#[test]
fn a_list_is_cut_and_says_so() {
    let items: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    assert_eq!(some_of(&items[..0], 3), "");
    assert_eq!(some_of(&items[..1], 3), "a");
    assert_eq!(some_of(&items[..3], 3), "a, b and c");
    assert_eq!(some_of(&items, 3), "a, b, c and 1 more");
}
