//! The restore of the story, placed: for the tests of the screens after the exchange.

use super::{After, Contents, Step, StepState};
use crate::finding::Code;
use crate::guide;
use crate::hub::service::{Service, ServiceKind};
use crate::wizard::chain::story;
use crate::wizard::finish::Watch;
use crate::wizard::place::{HolderLine, Look, Open};

/// Three connectors stop with it.
pub(crate) fn service() -> Service {
    let also = ["1c9f4e68-d0a2-47b5-8ef3-2a6d95b7140c", "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410"];
    let stops_also = also.iter().map(|id| id.parse().unwrap()).collect();
    Service { kind: ServiceKind::Systemd, name: "datahub.service".into(), stops_also }
}

/// A look while the connector has it open.
pub(crate) fn open_look() -> Look {
    let path = "/var/datahub/a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22/sqlite.db";
    let open = crate::finding::Finding::new(Code::R601, crate::finding::Severity::Block, "The connector has it open.");
    Look {
        path: path.into(),
        now: "88.0 KiB, 0 events, owner datahub:datahub, mode 0640".into(),
        comes: "61.4 MiB, 18 204 events, same owner and mode".into(),
        safety: "/var/lib/reseat/2026-11-19-1/before/".into(),
        room: (90_516_435_763, 128_974_848),
        others: vec![("5e22b0c7-19f4-4a83-b6d1-c07f3e58a410".parse().unwrap(), "Cellario Waltham".to_owned())],
        findings: Vec::new(),
        online: vec![promise()],
        open: Open {
            at: story::at("2026-11-19T14:20:08Z"),
            findings: vec![open],
            holders: vec![HolderLine {
                pid: "pid 2114".into(),
                command: "node /opt/datahub/main.js".into(),
                user: "datahub".into(),
                unit: "datahub.service".into(),
                since: Some(story::at("2026-11-07T06:02:00Z")),
            }],
            service: Some(service()),
            stops_also: vec!["Cellario Waltham".into(), "Solace Waltham".into(), "SDC Waltham".into()],
        },
    }
}

/// What online mode says of itself.
fn promise() -> crate::finding::Finding {
    use crate::finding::{Finding, Severity};
    Finding::new(Code::R617, Severity::Info, "The contents are written into the live file.")
        .why(crate::restore::assess::ONLINE)
        .remedy("Choose Update config afterwards.")
}

/// A look at `when` while nobody has it open.
pub(crate) fn clean_look(when: &str) -> Look {
    Look { open: nobody(when), ..open_look() }
}

/// Nobody has it open at `when`.
pub(crate) fn nobody(when: &str) -> Open {
    let at = story::at(when);
    Open { at, findings: Vec::new(), holders: Vec::new(), service: None, stops_also: Vec::new() }
}

/// The steps of the guide, with the words of the story.
pub(crate) fn steps(of: &[guide::Step]) -> Vec<Step> {
    let words = guide::Words {
        name: "Cellario Boston".into(),
        mapping: story::mapping(),
        service: Some("datahub.service".into()),
        person: "mk".into(),
    };
    of.iter().map(|step| Step::of(&step.filled(&words), StepState::Open)).collect()
}

/// Placed, with all steps open.
pub(crate) fn after() -> After {
    After {
        restore: "2026-11-19-1".into(),
        name: "Cellario Boston".into(),
        mapping: story::mapping(),
        target: "/var/datahub/a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22/sqlite.db".into(),
        folder: "/var/lib/reseat/2026-11-19-1".into(),
        by_receipt: false,
        placed: Some(story::at("2026-11-19T14:22:32Z")),
        online: false,
        last_look: Some(story::at("2026-11-19T14:22:31Z")),
        restored: Contents {
            size: story::SIZE,
            events: Some(story::EVENTS),
            newest: Some(story::at("2026-11-17T02:51:00Z")),
        },
        version: Some(story::at("2026-11-17T02:54:00Z")),
        before: Some(Contents { size: 90_112, events: Some(0), newest: None }),
        looks: "datahub:datahub, mode 0640".into(),
        accepted: vec![Code::R103, Code::R409, Code::R309],
        kept: vec![
            ("report.md".into(), None, "all of this, every ID and hash".into()),
            ("backup.db".into(), Some(story::SIZE), "the download".into()),
            ("restored.db".into(), Some(story::SIZE), "what was placed".into()),
            ("before/".into(), Some(90_112), "the safety copy".into()),
        ],
        steps: steps(&guide::integration_connector().unwrap().finish),
        notes: Vec::new(),
    }
}

/// The service runs again, and the connection is corrected.
pub(crate) fn half_done() -> After {
    let mut after = after();
    after.steps[0].state =
        StepState::Seen { at: story::at("2026-11-19T14:24:00Z"), what: "pid 3308 has the database open".into() };
    after.steps[1].state = StepState::Said { by: "mk".into(), at: story::at("2026-11-19T14:27:00Z") };
    after
}

/// All steps are ticked.
pub(crate) fn all_done() -> After {
    let mut after = half_done();
    after.steps[2].state = StepState::Said { by: "mk".into(), at: story::at("2026-11-19T14:29:00Z") };
    after.steps[3].state = StepState::Said { by: "mk".into(), at: story::at("2026-11-19T14:30:00Z") };
    after
}

/// A look at the database at `when`, with so many events.
pub(crate) fn watch(when: &str, events: u64) -> Watch {
    Watch {
        at: story::at(when),
        size: Some(story::SIZE),
        same_file: Some(true),
        right_ids: Some(true),
        events: Some(events),
        newest: Some(story::at("2026-11-19T14:35:00Z")),
        open_by: Some("pid 3308".into()),
        findings: Vec::new(),
    }
}
