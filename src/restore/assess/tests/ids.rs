use super::*;
use crate::database::facts::{JsonProblem, LooseId};

fn found(change: impl FnOnce(&mut FileFacts)) -> Vec<Finding> {
    inspect(&with_file(change), clock())
}

fn key_names(hub: HubId, connector: ConnectorId) -> Facts {
    changed(|facts| {
        if let Fact::Known(key) = &mut facts.key {
            key.ids = Some((hub, connector));
        }
    })
}

#[test]
fn r301_folds_hub_and_connector_to_one_line() {
    let findings = inspect(&key_names(hub(9), connector(9)), clock());
    let finding = only(&findings, Code::R301);
    for id in [hub(9).to_string(), hub(1).to_string(), connector(9).to_string(), connector(1).to_string()] {
        assert!(finding.detail.contains(&id), "{finding:#?}");
    }
    assert_silent(&findings, Code::R305);
    let findings = inspect(&key_names(hub(1), connector(9)), clock());
    assert_eq!(
        only(&findings, Code::R301).detail,
        format!(
            "The key and the file name different connectors. The key names {}; the file names {}.",
            connector(9),
            connector(1)
        )
    );
    assert_silent(&findings, Code::R305);
    let findings = inspect(&key_names(hub(9), connector(1)), clock());
    assert!(only(&findings, Code::R301).detail.starts_with("The key and the file name different hubs. "));
}

#[test]
fn r301_also_for_ids_that_disagree_inside() {
    let findings = found(|file| file.integrations[0].sources = vec![source(hub(4), connector(1))]);
    assert!(only(&findings, Code::R301).detail.contains(&hub(4).to_string()));
    let findings = found(|file| {
        let mut events = file.events.clone().unwrap_or_default();
        events.groups[0].inner_hub = Some(hub(4));
        events.groups[0].stored_inner_hub = hub(4).to_string().into();
        file.events = Some(events);
    });
    assert!(only(&findings, Code::R301).detail.starts_with("200 events name another hub"));
}

#[test]
fn r302_names_table_row_and_fault_of_the_old_hub_only() {
    let problem = |of: HubId| JsonProblem {
        table: "Events",
        column: "source",
        stored_hub: of.to_string().into(),
        hub: Some(of),
        row: "row 17".to_owned(),
        what: "is no JSON object".to_owned(),
        rows: 3,
    };
    let findings = found(|file| file.json_problems = vec![problem(hub(1))]);
    assert_eq!(only(&findings, Code::R302).detail, "Events.source in row 17 is no JSON object (and in 2 rows more).");
    assert_silent(&found(|file| file.json_problems = vec![problem(hub(5))]), Code::R302);
}

#[test]
fn r303_asks_only_when_the_key_does_not_say_which() {
    let none = found(|file| {
        file.integrations.clear();
        file.integration_rows = 0;
    });
    assert_eq!(only(&none, Code::R303).severity, Severity::Block);
    let second = |file: &mut FileFacts| {
        let mut row = file.integrations[0].clone();
        row.hub = Some(hub(5));
        row.sources.clear();
        file.integrations.push(row);
        file.integration_rows = 2;
    };
    assert_silent(&found(second), Code::R303);
    let mut without_key = with_file(second);
    without_key.key = Fact::Unknown("It is a single file.".to_owned());
    let findings = inspect(&without_key, clock());
    assert_eq!(only(&findings, Code::R303).severity, Severity::Ask);
    assert_eq!(old_ids(&without_key), Some(OldIds { hub: hub(1), connector: connector(1) }));
    let twice = found(|file| {
        let row = file.integrations[0].clone();
        file.integrations.push(row);
        file.integration_rows = 2;
    });
    assert_eq!(only(&twice, Code::R303).severity, Severity::Block);
}

#[test]
fn r304_names_those_who_move_along() {
    let findings = found(|file| file.integrations[0].sources.push(source(hub(1), connector(7))));
    let finding = only(&findings, Code::R304);
    assert!(finding.detail.starts_with("Another connector moves along and keeps its ID. "), "{finding:#?}");
    assert!(finding.detail.contains(&format!("{} Cellario Boston (0 events)", connector(7))), "{finding:#?}");
    assert_silent(&inspect(&healthy(), clock()), Code::R304);
}

#[test]
fn r305_and_r306_count_events_of_others() {
    let findings = found(|file| {
        let mut events = file.events.clone().unwrap_or_default();
        events.groups.push(group(hub(1), connector(8), 5));
        events.groups.push(group(hub(6), connector(6), 7));
        events.hubs.push(HubEvents { stored: hub(6).to_string().into(), hub: Some(hub(6)), rows: 7 });
        file.events = Some(events);
    });
    assert!(only(&findings, Code::R305).detail.starts_with("5 events name a connector"), "{findings:#?}");
    assert!(only(&findings, Code::R306).detail.starts_with("7 events belong to other hubs"), "{findings:#?}");
    for code in [Code::R305, Code::R306] {
        assert_silent(&inspect(&healthy(), clock()), code);
    }
}

#[test]
fn r307_is_only_said() {
    let findings = found(|file| {
        let mut events = file.events.clone().unwrap_or_default();
        events.groups[0].differing = 3;
        file.events = Some(events);
    });
    assert_eq!(only(&findings, Code::R307).severity, Severity::Info);
}

#[test]
fn r308_shows_the_form() {
    let loose = |id: uuid::Uuid| LooseId {
        table: "Events",
        column: "integration",
        stored: id.to_string().to_uppercase().into(),
        id,
        rows: 4,
    };
    let findings = found(|file| file.loose_ids = vec![loose(hub(1).uuid())]);
    assert!(only(&findings, Code::R308).detail.contains(&hub(1).to_string().to_uppercase()));
    // The hub keeps its ID here: nothing of it is matched or written.
    let facts = with_file(|file| file.loose_ids = vec![loose(hub(1).uuid())]);
    assert_silent(&preview(&facts, None, clock()), Code::R308);
}

#[test]
fn r309_warns_in_the_preview_for_ids_that_change_only() {
    let facts = with_file(|file| {
        file.residue = Some(vec![
            residue("Cursors", "v", WhichId::Hub, hub(1).uuid()),
            residue("Log", "line", WhichId::Connector, connector(1).uuid()),
        ]);
    });
    let early = inspect(&facts, clock());
    assert_eq!(only(&early, Code::R309).severity, Severity::Info);
    let findings = preview(&facts, None, clock());
    let finding = only(&findings, Code::R309);
    assert_eq!(finding.severity, Severity::Warn);
    assert_eq!(
        finding.detail,
        "The old connector ID also stands in Log.line, in 1 row. reseat cannot tell if it is used; if it is, data may \
         load twice or not at all."
    );
    let hub_only = with_file(|file| file.residue = Some(vec![residue("Cursors", "v", WhichId::Hub, hub(1).uuid())]));
    assert_silent(&preview(&hub_only, None, clock()), Code::R309);
}

#[test]
fn r309_of_statistics_is_harmless() {
    let facts = with_file(|file| {
        let mut statistics = residue("sqlite_stat4", "sample", WhichId::Connector, connector(1).uuid());
        statistics.statistics = true;
        file.residue = Some(vec![statistics]);
    });
    assert_eq!(only(&preview(&facts, None, clock()), Code::R309).severity, Severity::Info);
}
