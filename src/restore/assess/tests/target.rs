use super::*;
use crate::restore::facts::OldConnector;

fn found(change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    target(&changed(change), clock())
}

fn with_glance(change: impl FnOnce(&mut Glance)) -> Vec<Finding> {
    found(|facts| {
        let mut glance = glance();
        change(&mut glance);
        there(facts, There::Database(Arc::new(glance)));
    })
}

fn there(facts: &mut Facts, there: There) {
    if let Fact::Known(target) = &mut facts.target {
        target.there = there;
    }
}

fn map(facts: &mut Facts, new_hub: HubId, new_connector: ConnectorId) {
    facts.mapping = Some(Mapping {
        hub: Renamed { old: hub(1), new: new_hub },
        connector: Renamed { old: connector(1), new: new_connector },
    });
}

fn bucket(facts: &mut Facts) -> &mut BucketFacts {
    if facts.bucket.known().is_none() {
        facts.bucket = Fact::Known(BucketFacts::default());
    }
    match &mut facts.bucket {
        Fact::Known(bucket) => bucket,
        Fact::Unknown(_) => unreachable!(),
    }
}

#[test]
fn r102_is_the_new_connectors_own_empty_backup() {
    let empty = |facts: &mut Facts| {
        let mut file = file();
        file.events = Some(EventFacts::default());
        facts.file = Fact::Known(file);
        map(facts, hub(1), connector(1));
    };
    assert_eq!(only(&found(empty), Code::R102).severity, Severity::Block);
    assert_silent(&found(|facts| map(facts, hub(1), connector(1))), Code::R102);
}

#[test]
fn r402_tells_hub_and_connector_apart_by_what_is_here() {
    let swapped = found(|facts| map(facts, connector(2).uuid().into(), hub(1).uuid().into()));
    assert!(only(&swapped, Code::R402).detail.starts_with("The two IDs are swapped"));
    assert_eq!(swapped.len(), 1, "one cause is one finding");
    let same = found(|facts| map(facts, hub(8), hub(8).uuid().into()));
    assert!(only(&same, Code::R402).detail.contains("the same ID"));
}

#[test]
fn r403_knows_a_file_that_was_rewritten() {
    let facts = changed(|facts| {
        let mut file = file();
        file.integrations[0].sources = vec![source(hub(1), connector(2))];
        file.events = Some(EventFacts { groups: vec![group(hub(1), connector(2), 200)], ..EventFacts::default() });
        facts.file = Fact::Known(file);
    });
    let findings = preview(&facts, None, clock());
    assert!(only(&findings, Code::R403).detail.contains("already rewritten"));
    assert_silent(&findings, Code::R301);
    let partly = found(|facts| {
        let mut file = file();
        file.integrations[0].sources.push(source(hub(1), connector(2)));
        facts.file = Fact::Known(file);
    });
    assert!(only(&partly, Code::R403).detail.contains("stands in the backup already"));
    assert_silent(&found(|_| ()), Code::R403);
}

#[test]
fn r404_and_r405_compare_with_the_new_connector() {
    let other = with_glance(|glance| glance.sources[0].kind = Some("sdc".into()));
    assert_eq!(only(&other, Code::R404).detail, "The new connector's type is sdc; the backup's is hrb-cellario.");
    let renamed = with_glance(|glance| {
        glance.sources[0].name = Some("Cellario Boston 2".into());
        glance.sources[0].tags = Some(r#"["cellario","boston"]"#.into());
        glance.sources[0].metadata = None;
    });
    assert_eq!(
        only(&renamed, Code::R405).detail,
        "The new connector's description differs. name: backup Cellario Boston, new Cellario Boston 2; \
         metadata: backup {\"site\":\"BOS-3\"}, new nothing."
    );
    assert_silent(&with_glance(|glance| glance.sources[0].tags = Some(r#"["cellario","boston"]"#.into())), Code::R405);
}

#[test]
fn r208_blocks_only_where_the_backup_is_newer() {
    let older = with_glance(|glance| glance.user_version = 6);
    assert_eq!(only(&older, Code::R208).severity, Severity::Block);
    let newer = with_glance(|glance| {
        glance.user_version = 8;
        glance.tables.push(table("Outbox", &["id"]));
    });
    let finding = only(&newer, Code::R208);
    assert_eq!(finding.severity, Severity::Warn);
    assert_eq!(
        finding.detail,
        "The tables differ: version 7 in the backup, 8 in the new one and only the new one has the table Outbox."
    );
}

#[test]
fn r406_r407_and_r411_ask() {
    assert!(only(&found(|facts| there(facts, There::NoFolder)), Code::R406).detail.contains("no folder"));
    assert!(only(&found(|facts| there(facts, There::NoDatabase)), Code::R406).detail.contains("no database"));
    let unread = found(|facts| there(facts, There::Unreadable("permission denied".to_owned())));
    assert_eq!(only(&unread, Code::R411).detail, "The new connector's database was not read: permission denied.");
    let data = with_glance(|glance| {
        glance.events = 40_112;
        glance.newest =
            Some(NewestEvent { table: "Events".into(), column: "createdAt".into(), at: at("2026-11-19T14:02:00Z") });
    });
    assert_eq!(
        only(&data, Code::R407).detail,
        "The new connector holds 40 112 events, the newest 3 min old: the restore replaces them."
    );
}

#[test]
fn r408_looks_at_the_others_and_at_the_connector_itself() {
    let elsewhere = found(|facts| {
        if let Fact::Known(folder) = &mut facts.folder {
            folder.connectors = vec![(connector(3), Fact::Known(hub(5))), (connector(4), Fact::Known(hub(5)))];
        }
    });
    assert!(only(&elsewhere, Code::R408).detail.starts_with("2 connectors here belong to another hub. It is"));
    let own = with_glance(|glance| glance.hub = Some(hub(5)));
    assert!(only(&own, Code::R408).detail.contains("own database names another hub"));
}

#[test]
fn r409_needs_a_sign_of_life() {
    let upload = |moment: &'static str| found(|facts| bucket(facts).old_upload = Some(at(moment)));
    let fresh = upload("2026-11-19T10:05:00Z");
    assert_eq!(only(&fresh, Code::R409).detail, "The old connector wrote a backup 4 h ago: it may still run.");
    // The chosen backup itself is no sign of life, however fresh.
    assert_silent(&upload("2026-11-19T02:54:00Z"), Code::R409);
    // The listing of S3 has fractions of a second, the head of an object has none.
    assert_silent(&upload("2026-11-19T02:54:00.417Z"), Code::R409);
    let here = |old: OldConnector| {
        found(|facts| {
            if let Fact::Known(folder) = &mut facts.folder {
                folder.old = Some(old);
            }
        })
    };
    let folder = here(OldConnector { open_by: None, written: Some(at("2026-11-18T10:00:00Z")) });
    assert_eq!(only(&folder, Code::R409).severity, Severity::Info);
    let open = here(OldConnector { open_by: Some("pid 2114 node".to_owned()), written: None });
    assert_eq!(only(&open, Code::R409).severity, Severity::Warn);
    let written = here(OldConnector { open_by: None, written: Some(at("2026-11-19T14:00:00Z")) });
    assert_eq!(only(&written, Code::R409).severity, Severity::Warn);
}

#[test]
fn r410_and_r101_when_no_id_changes() {
    let same = found(|facts| {
        map(facts, hub(1), connector(1));
        bucket(facts).versioned = false;
    });
    assert_eq!(only(&same, Code::R410).severity, Severity::Ask);
    assert_eq!(only(&same, Code::R101).severity, Severity::Warn);
    let safe = found(|facts| map(facts, hub(1), connector(1)));
    assert_silent(&safe, Code::R101);
    assert_silent(&found(|_| ()), Code::R410);
}

#[test]
fn r412_says_that_nobody_looked() {
    let away = found(|facts| facts.target = Fact::Unknown("This machine has no hub folder".to_owned()));
    let finding = only(&away, Code::R412);
    assert_eq!(finding.detail, "The place was not looked at: This machine has no hub folder.");
    assert_eq!(finding.severity, Severity::Info);
}

#[test]
fn r413_blocks_another_organisation_and_asks_where_nothing_is_seen() {
    let orgs = |orgs: &[&str]| Fact::Known(orgs.iter().map(|org| Untrusted::from(*org)).collect::<Vec<_>>());
    let to_other_hub = |seen: Fact<Vec<Untrusted>>| {
        found(|facts| {
            map(facts, hub(5), connector(2));
            bucket(facts).new_hub_orgs = seen;
        })
    };
    assert_eq!(only(&to_other_hub(orgs(&["acme"])), Code::R413).severity, Severity::Block);
    assert_eq!(only(&to_other_hub(orgs(&[])), Code::R413).severity, Severity::Ask);
    assert_eq!(
        only(&to_other_hub(Fact::Unknown("It may not be listed.".to_owned())), Code::R413).severity,
        Severity::Ask
    );
    assert_silent(&to_other_hub(orgs(&["acme-bio"])), Code::R413);
    let other_connector = found(|facts| bucket(facts).new_connector_orgs = orgs(&["acme"]));
    assert_eq!(only(&other_connector, Code::R413).severity, Severity::Block);
    // The hub stays: where the bucket cannot be listed, nothing is asked.
    assert_silent(&found(|facts| facts.bucket = Fact::Unknown("no list".to_owned())), Code::R413);
}
