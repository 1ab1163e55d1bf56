//! The three levels: keys, filters, stale answers, and the story's data.

mod compare;
mod looks;
mod played;

use std::sync::Arc;

use crossterm::event::KeyCode;

pub(crate) use played::{Played, keep};

use super::*;
use crate::catalog::levels::{HubFolder, Other, Versions as Kept};
use crate::catalog::{Backup, SourceKind};
use crate::finding::Severity;
use crate::wizard::chain::story;
use crate::wizard::job::Slot;
use crate::wizard::source::SourceRef;
use crate::wizard::{Answer as Said, Effect, Message, Screen, effect};

/// The hub of the story's second connectors.
const OTHER_HUB: &str = "91d3c7f6-0b2e-4a58-bd19-e47a6c50f382";

/// The story's source: `prod`, seen from the new hub's machine.
pub(crate) fn prod() -> SourceRef {
    let kind = SourceKind::S3 { bucket: "ts-platform-prod-backup".into(), prefix: String::new() };
    SourceRef {
        name: "prod".into(),
        spec: Arc::new(SourceSpec::new(kind)),
        hub_root: Some("/var/datahub".into()),
        hub: Some(story::NEW_HUB.parse().unwrap()),
    }
}

/// The organisations of the story's source, before anything is listed.
pub(crate) fn organisations() -> Organisations {
    Organisations::new(prod())
}

fn is(work: &effect::Work, like: fn(&Work) -> bool) -> bool {
    matches!(work, effect::Work::Backup(work) if like(work))
}

fn backup_job(played: &Played, like: fn(&Work) -> bool) -> JobId {
    played.job(|work| is(work, like))
}

fn refused() -> Finding {
    let detail = "S3 refuses the list of s3://ts-platform-prod-backup/: \"Access Denied\".";
    let why = "S3 gives the same answer for an object that is missing and for one that may not be read.";
    let remedy = "Ask the owner of the bucket for s3:ListBucket. Or type the organisation.";
    Finding::new(Code::R105, Severity::Block, detail).why(why).remedy(remedy)
}

/// 4, as the story has it.
fn story_organisations() -> Played {
    let mut played = Played::new(organisations());
    played.wizard.shared.crumbs.source = Some("prod".into());
    let mut names: Vec<Untrusted> = [
        "a-med",
        "acell",
        "acid-labs",
        "acme",
        "acme-bio",
        "acme-bio-test",
        "acme-chem",
        "adler-pharma",
        "aera-dx",
        "albion-bio",
    ]
    .into_iter()
    .map(Untrusted::from)
    .collect();
    names.extend((0..204).map(|at| Untrusted::from(format!("customer-{at:03}"))));
    let listing = backup_job(&played, |work| matches!(work, Work::Organisations(_)));
    let page = OrganisationsPage { organisations: names, others: Vec::new() };
    played.answer(listing, Said::Backup(Answer::Organisations(page)));
    let home = backup_job(&played, |work| matches!(work, Work::Home(..)));
    played.answer(home, Said::Backup(Answer::Home(Some("acme-bio".into()))));
    played.answer(listing, Said::Backup(Answer::Ended));
    let hub = |id: &str| -> HubId { id.parse().unwrap() };
    let some = |at: u8| hub(&format!("{at:02}d3c7f6-0b2e-4a58-bd19-e47a6c50f382"));
    let counts: Vec<(&str, Vec<(HubId, u64)>)> = vec![
        ("acid-labs", vec![(some(1), 6)]),
        ("acme", vec![(some(2), 7), (some(3), 4)]),
        ("acme-bio", vec![(hub(story::OLD_HUB), 24), (hub(OTHER_HUB), 14), (hub(story::NEW_HUB), 3)]),
        ("acme-bio-test", vec![(some(4), 3)]),
        ("acme-chem", vec![(some(5), 11), (some(6), 8)]),
        ("adler-pharma", vec![(some(7), 8)]),
    ];
    for (org, hubs) in counts {
        let started = played.effects.iter().find_map(|effect| match effect {
            Effect::Start { job, work: effect::Work::Backup(Work::Count(_, name)), .. } if name.raw() == org => {
                Some(*job)
            }
            _ => None,
        });
        // Counting is asked for the rows on screen, a few at a time.
        let job = started.unwrap_or_else(|| panic!("{org} is not counted"));
        played.answer(job, Said::Backup(Answer::Counted(org.into(), hubs)));
    }
    played
}

#[test]
fn organisations_of_the_story() {
    story_organisations().snapshots("4_organisations");
}

#[test]
fn the_cursor_goes_to_the_hub_s_organisation_only_until_the_first_key() {
    let mut played = Played::new(organisations());
    let listing = backup_job(&played, |work| matches!(work, Work::Organisations(_)));
    let page = OrganisationsPage { organisations: vec!["a".into(), "b".into(), "c".into()], others: Vec::new() };
    played.answer(listing, Said::Backup(Answer::Organisations(page)));
    played.press(KeyCode::Down);
    let home = backup_job(&played, |work| matches!(work, Work::Home(..)));
    played.answer(home, Said::Backup(Answer::Home(Some("c".into()))));
    let Screen::Organisations(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.cursor().at(3), 1);
    assert!(state.is_home(&"c".into()));
}

#[test]
fn the_filter_narrows_and_a_stale_answer_changes_nothing() {
    let mut played = story_organisations();
    played.key('/');
    played.type_in("bio t");
    let Screen::Organisations(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.rows().len(), 1);
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Connectors(state) if state.org().raw() == "acme-bio-test"));
    played.press(KeyCode::Esc);
    let Screen::Organisations(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.filter().text(), "bio t");
    played.answer(JobId(999), Said::Backup(Answer::Ended));
    assert_eq!(played.wizard.shared.crumbs.organisation, None);
}

#[test]
fn where_listing_is_not_permitted_the_name_is_typed() {
    let mut played = Played::new(organisations());
    let listing = backup_job(&played, |work| matches!(work, Work::Organisations(_)));
    played.answer(listing, Said::Backup(Answer::Failed(Box::new(refused()))));
    assert!(played.wizard.typing());
    played.snapshots("4_organisations_refused");
    played.type_in("acme-bio");
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Connectors(state) if state.org().raw() == "acme-bio"));
}

fn folder(hub: &str, connector: &str) -> ConnectorFolder {
    ConnectorFolder {
        org: "acme-bio".into(),
        hub: HubFolder { hub: hub.parse().unwrap(), written: hub.into() },
        connector: connector.parse().unwrap(),
        written: connector.into(),
    }
}

fn peek(name: &str, kind: &str, newest: &str, size: u64, versions: u64) -> Peek {
    Peek {
        name: (!name.is_empty()).then(|| name.into()),
        kind: (!kind.is_empty()).then(|| kind.into()),
        newest: Some(newest.parse().unwrap()),
        size: Some(size),
        versions,
        ..Peek::default()
    }
}

/// 5, as the story has it.
pub(crate) fn story_connectors() -> Played {
    let old = story::OLD_HUB;
    let mut named = vec![
        (
            folder(old, story::OLD_CONNECTOR),
            peek("Cellario Boston", "hrb-cellario", "2026-11-18T22:05:00Z", 98_304, 14),
        ),
        (
            folder(old, "7d0c91aa-3c55-4e6e-9a58-11b0c0a203fe"),
            peek("Cellario Boston test", "hrb-cellario", "2026-08-23T22:05:00Z", 1_363_149, 3),
        ),
        (
            folder(old, "c2b7e410-3c55-4e6e-9a58-11b0c0a29d5c"),
            peek("E-Workbook Boston", "idbs-eworkbook", "2026-11-17T02:52:00Z", 8_598_323, 9),
        ),
        (
            folder(old, "04ee6b1d-3c55-4e6e-9a58-11b0c0a2a7f3"),
            peek("Solace Boston lab 2", "solace", "2026-11-17T02:52:00Z", 24_012_390, 9),
        ),
        (
            folder(OTHER_HUB, "b06a7f12-3c55-4e6e-9a58-11b0c0a255c8"),
            peek("Boston overflow", "hrb-cellario", "2026-11-16T12:52:00Z", 41_943_040, 9),
        ),
        (
            folder(OTHER_HUB, "f83e90d4-3c55-4e6e-9a58-11b0c0a21e6a"),
            peek("SDC Boston", "sdc", "2026-11-16T12:52:00Z", 5_976_883, 9),
        ),
        (
            folder(OTHER_HUB, "2a9c5b07-3c55-4e6e-9a58-11b0c0a2d2f1"),
            peek("SDC Boston annex", "sdc", "2026-11-07T07:52:00Z", 4_613_734, 9),
        ),
        (
            folder(OTHER_HUB, "3a9c5b07-3c55-4e6e-9a58-11b0c0a2d2f1"),
            peek("SDC Waltham", "sdc", "2026-11-07T07:52:00Z", 4_613_734, 9),
        ),
    ];
    named[0].1.far_smaller = true;
    named[0].1.events = Some(0);
    let unread = folder(old, "5d1f02aa-3c55-4e6e-9a58-11b0c0a27b90");
    let mut played = Played::new(Connectors::new(prod(), "acme-bio".into(), None));
    played.wizard.shared.crumbs.source = Some("prod".into());
    let listing = backup_job(&played, |work| matches!(work, Work::Connectors(..)));
    let say = |played: &mut Played, page| played.answer(listing, Said::Backup(Answer::Connectors(page)));
    let hub = |id: &str| HubFolder { hub: id.parse().unwrap(), written: id.into() };
    say(&mut played, ConnectorsPage::Hubs(vec![hub(old), hub(OTHER_HUB), hub(story::NEW_HUB)]));
    for id in [old, OTHER_HUB] {
        let mut folders: Vec<ConnectorFolder> =
            named.iter().map(|(folder, _)| folder.clone()).filter(|folder| folder.hub == hub(id)).collect();
        if id == old {
            folders.push(unread.clone());
        }
        say(&mut played, ConnectorsPage::Connectors(hub(id), folders));
    }
    played.answer(listing, Said::Backup(Answer::Ended));
    for (folder, peek) in named {
        let job = played.effects.iter().find_map(|effect| match effect {
            Effect::Start { job, work: effect::Work::Backup(Work::Peek(_, wanted)), .. } if *wanted == folder => {
                Some(*job)
            }
            _ => None,
        });
        played.answer(job.unwrap(), Said::Backup(Answer::Peeked(Box::new(folder), Box::new(peek))));
    }
    played
}

#[test]
fn connectors_of_the_story() {
    let mut played = story_connectors();
    played.key('/');
    played.type_in("bos");
    played.snapshots("5_connectors");
    played.snapshot("5_connectors", 160, 40);
}

#[test]
fn a_row_without_a_name_stays_in_the_filter_but_not_against_an_id() {
    let mut played = story_connectors();
    played.key('/');
    played.type_in("solace");
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.rows().len(), 2, "the one that fits, and the one whose name is being read");
    for _ in 0..6 {
        played.press(KeyCode::Backspace);
    }
    played.type_in("04ee");
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.rows().len(), 1);
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Versions(state) if state.called() == "Solace Boston lab 2"));
    assert_eq!(played.wizard.shared.crumbs.connector.as_deref(), Some("Solace Boston lab 2"));
    played.press(KeyCode::Esc);
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.filter().text(), "04ee");
}

#[test]
fn a_pasted_id_is_looked_for_in_the_whole_source() {
    let mut played = story_connectors();
    let web = format!("https://platform.example/hubs/{OTHER_HUB}/connectors/{}", story::NEW_CONNECTOR);
    played.send(Message::Paste(web));
    let found = played.effects.iter().any(
        |effect| matches!(effect, Effect::Start { work: effect::Work::Backup(Work::Locate(_, id)), .. } if id == story::NEW_CONNECTOR),
    );
    assert!(found);
    let job = backup_job(&played, |work| matches!(work, Work::Locate(..)));
    let mut elsewhere = folder(OTHER_HUB, story::NEW_CONNECTOR);
    elsewhere.org = "adler-pharma".into();
    played.answer(job, Said::Backup(Answer::Located(Box::new(Located::Connector(elsewhere)))));
    assert!(matches!(played.wizard.screen(), Screen::Versions(_)));
    assert_eq!(played.wizard.shared.crumbs.organisation.as_deref(), Some("adler-pharma"));
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.shared.crumbs.organisation.as_deref(), Some("acme-bio"));
}

#[test]
fn what_is_no_connector_is_shown_and_explained() {
    let mut played = story_connectors();
    let listing = backup_job(&played, |work| matches!(work, Work::Connectors(..)));
    // The listing has ended: what comes now is stale.
    let others = vec![Other { key: "acme-bio/x/".into(), is: "not a connector backup" }];
    played.answer(listing, Said::Backup(Answer::Connectors(ConnectorsPage::Others(others.clone()))));
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    let rows = state.rows().len();
    played.key('r');
    let listing = backup_job(&played, |work| matches!(work, Work::Connectors(..)));
    played.answer(listing, Said::Backup(Answer::Connectors(ConnectorsPage::Others(others))));
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    assert_eq!((rows, state.rows().len()), (9, 1));
    played.press(KeyCode::Enter);
    assert!(played.wizard.reader().is_some());
}

fn version(modified: &str, size: u64, id: &str) -> Backup {
    Backup { modified: Some(modified.parse().unwrap()), size, version: Some(id.into()), ..story::backup() }
}

/// 6, as the story has it.
pub(crate) fn story_versions() -> Played {
    let folder = folder(story::OLD_HUB, story::OLD_CONNECTOR);
    let mut played = Played::new(Versions::new(prod(), folder, Some("Cellario Boston".into()), None));
    played.wizard.shared.crumbs.source = Some("prod".into());
    let mut entries = vec![
        version("2026-11-18T22:05:00Z", 98_304, "v14"),
        story::backup(),
        version("2026-11-15T21:40:00Z", 63_856_640, "v12"),
        version("2026-11-14T08:03:00Z", 63_123_456, "v11"),
        version("2026-11-12T22:51:00Z", 62_494_310, "v10"),
        version("2026-11-10T05:17:00Z", 61_970_022, "v9"),
        version("2026-11-08T19:30:00Z", 61_550_592, "v8"),
    ];
    entries[6].storage_class = Some("GLACIER".into());
    entries.extend((1..8).map(|at| version(&format!("2026-10-0{at}T19:30:00Z"), 60_000_000, &format!("w{at}"))).rev());
    entries[13].deleted = true;
    let earlier = |events, newest: Option<&str>, result| {
        Some(Earlier { events: Some(events), newest: newest.map(|at| at.parse().unwrap()), result })
    };
    let known = vec![
        earlier(0, None, None),
        earlier(18_204, Some("2026-11-17T02:51:00Z"), Some(Ok(()))),
        earlier(18_066, None, Some(Err(Code::R203))),
    ];
    let backups = Backups { entries, versions: Kept::Listed, more: false };
    let job = backup_job(&played, |work| matches!(work, Work::Backups(..)));
    played.answer(job, Said::Backup(Answer::Backups(Box::new(backups), known)));
    played
}

#[test]
fn versions_of_the_story() {
    let mut played = story_versions();
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.under().unwrap().backup, story::backup(), "the cursor begins on the version before");
    played.snapshots("6_versions");
    played.snapshot("6_versions", 120, 40);
    played.snapshot("6_versions", 160, 40);
}

#[test]
fn the_state_as_of_a_date_is_the_newest_version_not_after_it() {
    let mut played = story_versions();
    let at = |played: &Played| {
        let Screen::Versions(state) = played.wizard.screen() else { panic!() };
        (state.cursor().at(14), state.as_of().is_some())
    };
    played.key('d');
    assert!(played.wizard.typing());
    played.type_in("2026-11-1");
    assert_eq!(at(&played), (1, true), "half a date moves nothing");
    played.type_in("5");
    assert_eq!(at(&played), (2, true), "the end of that day");
    played.type_in(" 21:39");
    assert_eq!(at(&played), (3, true));
    played.snapshots("6_versions_as_of");
    played.press(KeyCode::Enter);
    assert_eq!(at(&played), (3, false));
    // Between the deleted version and the one before it: what is deleted is no state.
    played.key('d');
    played.send(Message::Paste("2026-10-01".into()));
    played.press(KeyCode::Enter);
    assert!(played.wizard.shared.notice.as_ref().unwrap().starts_with("Nothing is as old as 2026-10-01"));
    assert_eq!(at(&played), (3, true));
    played.press(KeyCode::Esc);
    assert_eq!(at(&played), (3, false));
    assert!(matches!(played.wizard.screen(), Screen::Versions(_)));
}

#[test]
fn growth_is_a_page_of_bars() {
    for (columns, rows) in [(80, 24), (60, 20)] {
        let mut played = story_versions();
        played.send(Message::Resize(columns, rows));
        played.key('v');
        assert!(played.wizard.reader().is_some());
        played.snapshot("6_versions_growth", columns, rows);
    }
}

#[test]
fn rows_that_cannot_be_taken_say_why() {
    let mut played = story_versions();
    for _ in 0..5 {
        played.press(KeyCode::Down);
    }
    played.press(KeyCode::Enter);
    assert!(played.wizard.reader().is_some(), "R107 is explained");
    played.press(KeyCode::Esc);
    played.press(KeyCode::End);
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Versions(_)));
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("deleted"));
}

#[test]
fn the_chosen_version_knows_its_neighbours() {
    let mut played = story_versions();
    played.press(KeyCode::Enter);
    let Screen::Inspect(_) = played.wizard.screen() else { panic!() };
    let bucket = played.effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { work: effect::Work::Inspect(crate::wizard::inspect::Work::Inspect { bucket, .. }), .. } => {
            bucket.known()
        }
        _ => None,
    });
    let bucket = bucket.unwrap();
    assert_eq!((bucket.others.len(), bucket.versioned), (13, true));
    assert_eq!(bucket.others[0].events, Some(0));
    assert_eq!(bucket.old_upload, Some("2026-11-18T22:05:00Z".parse().unwrap()));
}

#[test]
fn y_copies_the_address_of_the_version() {
    let mut played = story_versions();
    played.key('y');
    let copied = played.effects.iter().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.clone()),
        _ => None,
    });
    let address = copied.unwrap();
    assert!(address.starts_with("s3://ts-platform-prod-backup/acme-bio/datahub/"), "{address}");
    assert!(address.ends_with("/sqlite.db?versionId=3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"), "{address}");
}
