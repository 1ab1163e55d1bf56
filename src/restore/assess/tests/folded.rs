//! One cause is one finding, and each finding begins with one short sentence.

use super::*;

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().filter(|finding| finding.severity != Severity::Info).map(|finding| finding.code).collect()
}

fn glance_of(facts: &mut Facts, change: impl FnOnce(&mut Glance)) {
    let mut glance = glance();
    change(&mut glance);
    if let Fact::Known(target) = &mut facts.target {
        target.there = There::Database(Arc::new(glance));
    }
}

fn key_of(facts: &mut Facts, hub: HubId, connector: ConnectorId) {
    if let Fact::Known(key) = &mut facts.key {
        key.ids = Some((hub, connector));
    }
    if let Some(mapping) = &mut facts.mapping {
        (mapping.hub.old, mapping.connector.old) = (hub, connector);
    }
}

#[test]
fn a_file_of_another_hub_and_connector_is_one_finding() {
    let facts = changed(|facts| key_of(facts, hub(9), connector(9)));
    let findings = inspect(&facts, clock());
    assert_eq!(codes(&findings), [Code::R301], "{findings:#?}");
    assert!(findings[0].detail.starts_with("The key and the file name different hubs and connectors. "));
}

#[test]
fn another_type_explains_another_name_and_other_tables() {
    let facts = changed(|facts| {
        glance_of(facts, |glance| {
            glance.sources[0].kind = Some("sdc".into());
            glance.sources[0].source_type = Some("sdc".into());
            glance.sources[0].name = Some("SDC Boston".into());
            glance.user_version = 3;
            glance.tables = vec![table("Plates", &["id"])];
        });
    });
    let findings = preview(&facts, None, clock());
    assert_eq!(codes(&findings), [Code::R404], "{findings:#?}");
}

#[test]
fn a_wrong_new_hub_is_one_finding() {
    let facts = changed(|facts| {
        glance_of(facts, |glance| glance.hub = Some(hub(4)));
        if let Fact::Known(folder) = &mut facts.folder {
            folder.connectors = vec![(connector(2), Fact::Known(hub(4))), (connector(3), Fact::Known(hub(4)))];
        }
    });
    let findings = preview(&facts, None, clock());
    assert_eq!(codes(&findings), [Code::R408], "{findings:#?}");
    assert!(findings[0].detail.starts_with("The new connector's own database names another hub. "));
}

#[test]
fn the_new_connectors_own_backup_is_one_finding() {
    let facts = changed(|facts| {
        let mut file = file();
        if let Some(events) = &mut file.events {
            events.rows = 0;
            events.groups.clear();
            events.hubs.clear();
        }
        facts.file = Fact::Known(file);
        facts.mapping = Some(Mapping {
            hub: Renamed { old: hub(1), new: hub(1) },
            connector: Renamed { old: connector(1), new: connector(1) },
        });
        if let Fact::Known(target) = &mut facts.target {
            target.there = There::NoDatabase;
        }
    });
    assert_eq!(codes(&preview(&facts, None, clock())), [Code::R102, Code::R406]);
}

#[test]
fn a_file_that_was_rewritten_is_no_other_connectors() {
    let facts = with_file(|file| {
        file.integrations[0].sources = vec![source(hub(1), connector(2))];
        if let Some(events) = &mut file.events {
            events.groups = vec![group(hub(1), connector(2), 200)];
        }
    });
    assert_eq!(codes(&preview(&facts, None, clock())), [Code::R403]);
}

/// Every change here provokes something; all pairs of them are tried.
#[test]
fn the_worst_comes_first_and_each_begins_with_one_short_sentence() {
    let changes: [&dyn Fn(&mut Facts); 9] = [
        &|facts| key_of(facts, hub(9), connector(9)),
        &|facts| key_of(facts, hub(1), connector(9)),
        &|facts| {
            if let Fact::Known(file) = &mut facts.file {
                file.integrations[0].sources.push(source(hub(1), connector(5)));
            }
        },
        &|facts| {
            if let Fact::Known(FileFacts { events: Some(events), .. }) = &mut facts.file {
                events.groups.push(group(hub(1), connector(6), 5));
                events.hubs.push(HubEvents { stored: hub(7).to_string().into(), hub: Some(hub(7)), rows: 7 });
            }
        },
        &|facts| {
            if let Fact::Known(file) = &mut facts.file {
                file.residue = Some(vec![
                    residue("Cursors", "v", WhichId::Connector, connector(1).uuid()),
                    residue("Log", "line", WhichId::Connector, connector(1).uuid()),
                ]);
            }
        },
        &|facts| glance_of(facts, |glance| glance.hub = Some(hub(4))),
        &|facts| glance_of(facts, |glance| glance.sources[0].name = Some("Cellario Waltham".into())),
        &|facts| glance_of(facts, |glance| glance.events = 40_112),
        &|facts| {
            facts.mapping = Some(Mapping {
                hub: Renamed { old: hub(1), new: hub(8) },
                connector: Renamed { old: connector(1), new: connector(2) },
            });
        },
    ];
    let mut seen = std::collections::BTreeSet::new();
    for one in &changes {
        for other in &changes {
            let facts = changed(|facts| {
                one(facts);
                other(facts);
            });
            let findings = preview(&facts, None, clock());
            assert!(findings.windows(2).all(|pair| pair[0].severity >= pair[1].severity), "{findings:#?}");
            for finding in &findings {
                seen.insert(finding.code);
                let first = finding.detail.split_inclusive(". ").next().unwrap_or_default();
                assert!(first.chars().count() <= 100, "{}: {first}", finding.code);
                let same = findings.iter().filter(|it| it.code == finding.code && it.subject == finding.subject);
                assert_eq!(same.count(), 1, "{findings:#?}");
            }
            let has = |code| findings.iter().any(|finding| finding.code == code);
            assert!(!(has(Code::R301) && (has(Code::R305) || has(Code::R403))), "{findings:#?}");
            assert!(!(has(Code::R404) && has(Code::R405)), "{findings:#?}");
        }
    }
    assert!(seen.len() >= 9, "{seen:?}");
}
