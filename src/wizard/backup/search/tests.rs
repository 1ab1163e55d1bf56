//! The search: it grows, restarts with each letter, drops what is stale, and is there again behind a result.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::catalog::layout;
use crate::catalog::levels::ConnectorFolder;
use crate::finding::{Code, Severity};
use crate::wizard::backup::Answer;
use crate::wizard::backup::tests::{Played, organisations, prod};
use crate::wizard::chain::story;
use crate::wizard::job::JobId;
use crate::wizard::{Answer as Said, Effect, Message, Screen};

fn hit(org: &str, connector: &str, name: Option<&str>, size: u64, modified: &str) -> Hit {
    let key = format!("{org}/datahub/{}/connector/{connector}/sqlite.db", story::OLD_HUB);
    let place = layout::parse_key("", &key).unwrap();
    Hit {
        folder: ConnectorFolder::from(&place),
        file: place.file,
        key: key.as_str().into(),
        size,
        modified: Some(modified.parse().unwrap()),
        deleted: false,
        name: name.map(Untrusted::from),
    }
}

fn hits() -> Vec<Hit> {
    vec![
        hit("acme-bio", story::OLD_CONNECTOR, Some("Cellario Boston"), 64_385_024, "2026-11-17T02:54:00Z"),
        hit("acme-bio-test", "7d0c91aa-3c55-4e6e-9a58-11b0c0a203fe", None, 98_304, "2026-08-23T22:05:00Z"),
        hit("adler-pharma", "c2b7e410-3c55-4e6e-9a58-11b0c0a29d5c", None, 8_598_323, "2026-11-17T02:52:00Z"),
    ]
}

fn job(played: &Played) -> JobId {
    played.job(|work| matches!(work, effect::Work::Backup(Work::Search(..))))
}

/// The texts that were searched for, and whether the source was listed anew for them.
fn asked(played: &Played) -> Vec<(String, Anew)> {
    let works = played.effects.iter().filter_map(|effect| match effect {
        Effect::Start { work: effect::Work::Backup(Work::Search(_, sought)), .. } => {
            Some((sought.text.clone(), sought.anew))
        }
        _ => None,
    });
    works.collect()
}

fn found(played: &mut Played, job: JobId, hits: Vec<Hit>, fit: u64, looked: u64) {
    played.answer(job, Said::Backup(Answer::Found(Found { hits, fit, looked })));
}

fn searching(text: &str) -> Played {
    let mut played = Played::new(organisations());
    played.wizard.shared.crumbs.source = Some("prod".into());
    played.send(Message::Key(KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL)));
    assert!(matches!(played.wizard.screen(), Screen::Search(_)));
    played.type_in(text);
    played
}

fn state(played: &Played) -> &Search {
    let Screen::Search(state) = played.wizard.screen() else { panic!("{:?}", played.wizard.keys()) };
    state
}

#[test]
fn the_list_grows_and_each_letter_searches_anew() {
    let mut played = searching("7d");
    assert_eq!(
        asked(&played),
        [(String::new(), Anew::Yes), ("7".to_owned(), Anew::No), ("7d".to_owned(), Anew::No)],
        "the source is listed once"
    );
    let first = job(&played);
    found(&mut played, first, hits(), 3, 42_000);
    played.snapshots("search");
    played.snapshot("search", 160, 40);
    played.press(KeyCode::Down);
    played.type_in("0");
    // The answer to the shorter text is stale.
    found(&mut played, first, hits(), 3, 200_000);
    assert!(state(&played).found().hits.is_empty());
    assert!(played.effects.iter().any(|effect| matches!(effect, Effect::Cancel(job) if *job == first)));
    let second = job(&played);
    found(&mut played, second, hits()[..1].to_vec(), 1, 200_000);
    played.answer(second, Said::Backup(Answer::Ended));
    assert_eq!((state(&played).found().fit, state(&played).cursor().at(1)), (1, 0));
    assert!(!state(&played).listing().runs());
}

#[test]
fn a_result_opens_its_versions_and_esc_comes_back_to_text_and_cursor() {
    let mut played = searching("acme");
    let search = job(&played);
    found(&mut played, search, hits(), 3, 1_000);
    played.press(KeyCode::Down);
    played.press(KeyCode::Enter);
    let Screen::Versions(versions) = played.wizard.screen() else { panic!() };
    assert_eq!(versions.folder(), &hits()[1].folder);
    assert_eq!(played.wizard.shared.crumbs.organisation.as_deref(), Some("acme-bio-test"));
    // It goes on searching behind the other screen.
    found(&mut played, search, vec![hits()[2].clone()], 4, 2_000);
    played.press(KeyCode::Esc);
    assert_eq!((state(&played).filter().text(), state(&played).cursor().at(4)), ("acme", 1));
    assert_eq!(state(&played).found().hits.len(), 4);
    assert_eq!(played.wizard.shared.crumbs.organisation, None);
    played.press(KeyCode::Esc);
    assert!(matches!(played.wizard.screen(), Screen::Organisations(_)));
    assert!(played.effects.iter().any(|effect| matches!(effect, Effect::Cancel(job) if *job == search)));
}

#[test]
fn it_opens_from_each_level_and_from_a_filter() {
    let ctrl_f = || Message::Key(KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL));
    let folder = hits()[0].folder.clone();
    let screens: [Screen; 2] = [
        super::super::Connectors::new(prod(), "acme-bio".into(), None).into(),
        Versions::new(prod(), folder, None, None).into(),
    ];
    for screen in screens {
        let mut played = Played::new(screen);
        played.key('/');
        played.send(ctrl_f());
        assert!(matches!(played.wizard.screen(), Screen::Search(_)));
        played.press(KeyCode::Esc);
        assert_eq!(played.wizard.shared.crumbs.organisation.as_deref(), Some("acme-bio"));
    }
}

#[test]
fn more_than_can_be_kept_is_counted_and_said() {
    let mut played = searching("sqlite");
    let search = job(&played);
    for part in 1..=3 {
        let many = (0..400).map(|_| hits()[0].clone()).collect();
        found(&mut played, search, many, part * 400, part * 1_000);
    }
    assert_eq!(state(&played).found().hits.len(), KEPT);
    played.snapshots("search_many");
}

#[test]
fn what_stops_it_is_said_and_the_text_stays() {
    let mut played = searching("acme");
    let detail = "S3 refuses the list of s3://ts-platform-prod-backup/: \"Access Denied\".";
    let finding = Finding::new(Code::R105, Severity::Block, detail).why("It is not permitted.").remedy("Ask for it.");
    let search = job(&played);
    played.answer(search, Said::Backup(Answer::Failed(Box::new(finding))));
    assert!(!played.wizard.typing());
    played.snapshots("search_refused");
    played.key('r');
    assert_eq!(asked(&played).last(), Some(&("acme".to_owned(), Anew::Yes)));
}

#[test]
fn a_deleted_backup_is_marked_and_leads_to_its_versions() {
    let mut played = searching("7d");
    let search = job(&played);
    let mut two = hits()[..2].to_vec();
    two[1].deleted = true;
    two[1].size = 0;
    found(&mut played, search, two, 2, 200_000);
    played.answer(search, Said::Backup(Answer::Ended));
    played.press(KeyCode::Down);
    played.snapshots("search_deleted");
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Versions(_)));
}

#[test]
fn that_deleted_backups_are_not_seen_is_said_once() {
    let mut played = searching("7d");
    let search = job(&played);
    played.answer(search, Said::Backup(Answer::Heard(Heard::NoDeleted)));
    let notice = |played: &Played| played.wizard.shared.notice.clone();
    assert!(notice(&played).is_some_and(|said| said.contains("versions may not be listed")), "{:?}", notice(&played));
    played.type_in("0");
    let search = job(&played);
    played.answer(search, Said::Backup(Answer::Heard(Heard::NoDeleted)));
    assert_eq!(notice(&played), None);
}

#[test]
fn where_the_root_may_not_be_listed_it_says_how_far_it_reaches() {
    let mut played = searching("");
    let search = job(&played);
    played.answer(search, Said::Backup(Answer::Heard(Heard::Reach(Reach::Nothing))));
    played.answer(search, Said::Backup(Answer::Ended));
    played.snapshots("search_root_refused");
    played.type_in("acme-bio 7d");
    let search = job(&played);
    played.answer(search, Said::Backup(Answer::Heard(Heard::Reach(Reach::Below("acme-bio/".into())))));
    found(&mut played, search, hits()[..1].to_vec(), 1, 41);
    played.answer(search, Said::Backup(Answer::Ended));
    played.snapshots("search_below");
    assert!(played.wizard.shared.notice.is_none());
}

#[test]
fn a_search_from_within_an_organisation_carries_it_along() {
    let mut played = Played::new(super::super::Connectors::new(prod(), "acme-bio".into(), None));
    played.send(Message::Key(KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL)));
    let sought = played.effects.iter().find_map(|effect| match effect {
        Effect::Start { work: effect::Work::Backup(Work::Search(_, sought)), .. } => Some(sought.clone()),
        _ => None,
    });
    assert_eq!(sought.unwrap().org, Some("acme-bio".into()));
}
