use super::*;
use crate::catalog::Backup;
use crate::finding::Finding;
use crate::guide;
use crate::hub::service::{Service, ServiceKind};
use crate::restore::journal::{Checked, Downloaded, Event, History, Noted, Rewrote, TargetChoice};
use crate::restore::{RestoreId, Token, journal};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const OLD: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const NEW: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";

/// A restore elsewhere, with text in it that tries to be more than text.
fn history() -> History {
    let id: RestoreId = "2026-11-19-1".parse().unwrap();
    let header = journal::Header {
        restore: id,
        token: Token::random(),
        program: "0.1.0".into(),
        person: "m|k".into(),
        user: "root".into(),
        machine: "hub".into(),
    };
    let mapping = Mapping {
        hub: crate::identity::Renamed { old: HUB.parse().unwrap(), new: HUB.parse().unwrap() },
        connector: crate::identity::Renamed { old: OLD.parse().unwrap(), new: NEW.parse().unwrap() },
    };
    let warning = Finding::new(Code::R409, Severity::Warn, "The old connector *may* run.").remedy("Stop it.");
    let key = format!("acme/datahub/{HUB}/connector/{OLD}/a\u{1b}`b.db");
    let sha256 = "ab".repeat(32);
    let mut history = History::new(header, at(0));
    for (minute, event) in [
        Event::Ticket { text: "T-1](http://x)".into() },
        Event::Backup { backup: Backup::named("s3://b", "", &key).stored() },
        Event::Downloaded(Downloaded { sha256: sha256.clone(), size: 5, verified_by: None }),
        Event::Checked(Checked {
            name: Some("# Cellario\n[x](http://evil)<b>".into()),
            kind: None,
            events: Some(18_204),
            newest: Some(at(0)),
        }),
        Event::Target(TargetChoice { mapping, hub_root: None }),
        Event::Findings { stage: Stage::Preview, list: vec![Noted::from(&warning)] },
        Event::Accepted { acceptance: warning.acceptance(), detail: warning.detail.clone() },
        Event::Rewrote(Rewrote {
            sha256: sha256.clone(),
            size: 5,
            from: sha256.clone(),
            mapping,
            changes: [("Events".to_owned(), 18_204), ("Integrations".to_owned(), 1)].into(),
            stale_full_text: vec![],
        }),
        Event::Stopping {
            service: Service { kind: ServiceKind::Systemd, name: "datahub.service".into(), stops_also: vec![] },
        },
        Event::Receipt { connector: NEW.parse().unwrap(), sha256: Some(sha256) },
        Event::Tick { step: "connection-settings".into(), seen: false },
    ]
    .into_iter()
    .enumerate()
    {
        history.apply(event, at(minute), "m|k");
    }
    history
}

fn at(minute: usize) -> Timestamp {
    format!("2026-11-19T14:{minute:02}:00Z").parse().unwrap()
}

#[test]
fn both_forms_say_the_same_and_everything() {
    let report = Report::of(&history(), &guide::integration_connector().unwrap());
    let text = render(&report);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["state"], "placed");
    assert_eq!(json["changes"][0]["table"], "Integrations");
    assert_eq!(json["findings"][0]["accepted"]["by"], "m|k");
    assert_eq!(json["followUps"][0], serde_json::json!({"step": "start-service", "done": false}));
    assert_eq!(json["followUps"][1]["done"], true);
    for word in
        [HUB, OLD, NEW, &"ab".repeat(32), "R409", "18 204 rows", "2026-11-19 14:06 UTC", "datahub.service is STOPPED"]
    {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
    assert!(text.contains("Placed; 3 of 4 steps are open"), "{text}");
    // Placed on another machine: nothing here can be rolled back.
    assert!(json["rollback"].is_null());
}

#[test]
fn untrusted_text_stays_text() {
    let text = render(&Report::of(&history(), &guide::integration_connector().unwrap()));
    assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1, "{text}");
    assert!(!text.contains("](http"), "{text}");
    assert!(!text.contains("<b>") || text.contains("\\<b\\>"), "{text}");
    assert!(!text.contains('\u{1b}'));
    assert!(text.contains("m\\|k"));
}
