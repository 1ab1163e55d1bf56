//! The first screen: rows, questions, what a cut restore allows.

use crossterm::event::KeyCode;

use super::*;
use crate::finding::{Code, Severity};
use crate::view::tests::now;
use crate::wizard::after::story;
use crate::wizard::backup::tests::Played;
use crate::wizard::{Answer as Said, Effect, Screen};

fn cut() -> Known {
    let line = |mark, label: &str, words: &str| (mark, label.to_owned(), words.to_owned());
    Known {
        id: "2026-12-03-1".into(),
        name: "E-Workbook Boston".into(),
        state: "left at Place 6 min ago".into(),
        kind: Kind::Resume,
        title: "2026-12-03-1, prod · acme-bio: the SSH connection was lost at 09:15 UTC".into(),
        lines: vec![
            line(Mark::Done, "Source", "prod, ts-platform-prod-backup"),
            line(Mark::Done, "Backup", "version of 2026-11-17 02:52 UTC, 8.2 MiB"),
            line(Mark::Done, "Inspect", "sound; 2 911 events; the download is here and unchanged"),
            line(Mark::Done, "Target", "connector 44c1d9e2-7b30-4f6a-92d8-0e5b6a17c3f9"),
            line(Mark::Done, "", "hub       b7740e12-5c9a-4f36-8e21-6a4d90c701aa"),
            line(Mark::Said, "Preview", "3 findings accepted"),
            line(Mark::Done, "Rewrite", "proved; the restored database is here and unchanged"),
            line(Mark::Here, "Place", "nothing is placed; it asks for the new connector's ID"),
            line(Mark::Later, "Finish", ""),
        ],
        stopped: Some((story::service(), 5, "09:12 UTC".into())),
        can_roll_back: false,
        step: "Place".into(),
    }
}

fn past() -> Known {
    Known {
        id: "2026-11-19-1".into(),
        name: "Cellario Boston".into(),
        state: "done; report, rollback, forget".into(),
        kind: Kind::Past,
        title: "2026-11-19-1, prod · acme-bio: last touched at 2026-11-19 14:40 UTC".into(),
        lines: Vec::new(),
        stopped: None,
        can_roll_back: true,
        step: "Place".into(),
    }
}

fn listed(known: Vec<Known>, stopped: Option<Service>) -> Played {
    let mut played = Played::new(Start::new(Vec::new(), 0, None));
    let job = played.job(|work| matches!(work, effect::Work::Start(Work::List)));
    played.answer(job, Said::Start(Answer::Listed(known, stopped)));
    played
}

fn work(played: &Played, like: fn(&Work) -> bool) -> JobId {
    played.job(|work| matches!(work, effect::Work::Start(work) if like(work)))
}

#[test]
fn the_story_s_second_restore_was_cut() {
    let mut played = listed(vec![cut(), past()], Some(story::service()));
    played.snapshots("1_start");
    assert_eq!(played.wizard.shared.rule(), "database not changed; datahub.service is STOPPED");
    played.press(KeyCode::Enter);
    let job = work(&played, |work| matches!(work, Work::Continue(id) if id == "2026-12-03-1"));
    played.answer(job, Said::Start(Answer::Checks("the download is read again".into())));
    // Esc stops the check; a late answer changes nothing.
    played.press(KeyCode::Esc);
    let continued = Continued { crumbs: Crumbs::default(), kept: Kept::default(), at: At::Source };
    played.answer(job, Said::Start(Answer::Continued(Box::new(continued))));
    assert!(matches!(played.wizard.screen(), Screen::Start(_)));
}

#[test]
fn nothing_to_continue_is_the_second_screen() {
    let played = listed(Vec::new(), None);
    assert!(matches!(played.wizard.screen(), Screen::Source(_)));
    assert!(!played.wizard.has_behind());
}

#[test]
fn new_begins_with_nothing_of_another_restore() {
    let mut played = listed(vec![cut(), past()], None);
    played.wizard.shared.restore = Some("old".into());
    played.press(KeyCode::Down);
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Source(_)));
    assert_eq!(played.wizard.shared.restore, None);
    played.press(KeyCode::Esc);
    assert!(matches!(played.wizard.screen(), Screen::Start(_)));
}

#[test]
fn forgetting_names_each_file_and_asks() {
    let mut played = listed(vec![past()], None);
    played.press(KeyCode::End);
    played.key('x');
    let job = work(&played, |work| matches!(work, Work::WouldForget(_)));
    let folder = PathBuf::from("/var/lib/reseat/2026-11-19-1");
    let files = ["backup.db", "before", "restored.db"].map(|name| (folder.join(name), 64_385_024)).to_vec();
    played.answer(job, Said::Start(Answer::WouldForget(files, 128_770_048)));
    played.snapshots("1_start_forget");
    played.press(KeyCode::Enter);
    played.press(KeyCode::Esc);
    assert_eq!(played.count(|work| matches!(work, effect::Work::Start(Work::Forget(_)))), 0);
    played.key('x');
    let job = work(&played, |work| matches!(work, Work::WouldForget(_)));
    played.answer(job, Said::Start(Answer::WouldForget(Vec::new(), 0)));
    played.key('y');
    let job = work(&played, |work| matches!(work, Work::Forget(id) if id == "2026-11-19-1"));
    played.answer(job, Said::Start(Answer::Forgotten(128_770_048)));
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("123 MiB are free again"));
    assert_eq!(played.count(|work| matches!(work, effect::Work::Start(Work::List))), 2);
}

#[test]
fn what_was_cut_while_it_replaced_only_goes_on_or_is_undone() {
    let torn = Known { kind: Kind::Cut, can_roll_back: true, ..cut() };
    let mut played = listed(vec![Known { stopped: None, ..torn }], None);
    played.key('x');
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("go on or undo it first"));
    let shown = crate::view::tests::picture(&mut played.wizard, 80, 24);
    assert!(shown.contains("b undo") && !shown.contains("x forget"), "{shown}");
    played.press(KeyCode::Enter);
    let job = work(&played, |work| matches!(work, Work::Proceed(_)));
    played.answer(job, Said::Start(Answer::Proceeded(Box::new(story::after()))));
    assert!(matches!(played.wizard.screen(), Screen::Placed(_)));
    assert!(!played.wizard.has_behind());
}

#[test]
fn a_past_restore_shows_its_report_and_rolls_back_from_there() {
    let mut played = listed(vec![past()], None);
    played.press(KeyCode::End);
    played.press(KeyCode::Enter);
    let job = work(&played, |work| matches!(work, Work::Report(_)));
    let report = "# Restore 2026-11-19-1\n\nCellario Boston, placed at 2026-11-19 14:22 UTC.\n";
    played.answer(job, Said::Start(Answer::Report(report.into())));
    played.snapshots("1_past");
    played.key('b');
    let job = work(&played, |work| matches!(work, Work::After(_)));
    played.answer(job, Said::Start(Answer::After(Box::new(story::after()))));
    assert!(matches!(played.wizard.screen(), Screen::Rollback(_)));
}

#[test]
fn what_cannot_go_on_says_why() {
    let mut played = listed(vec![cut()], None);
    played.press(KeyCode::Enter);
    let job = work(&played, |work| matches!(work, Work::Continue(_)));
    let finding = Finding::new(Code::R608, Severity::Block, "Somebody else works on this restore: pid 4711.")
        .why("Two at once would overwrite each other.")
        .remedy("Wait until they have ended.");
    played.answer(job, Said::Start(Answer::Failed(Box::new(finding))));
    let shown = crate::view::tests::picture(&mut played.wizard, 80, 24);
    assert!(shown.contains("R608") && shown.contains("Two at once"), "{shown}");
    assert!(played.effects.iter().all(|effect| !matches!(effect, Effect::Quit(_))));
}

#[test]
fn a_restore_that_goes_on_has_its_inspection_behind_it() {
    let mut played = listed(vec![cut()], None);
    played.press(KeyCode::Enter);
    let job = work(&played, |work| matches!(work, Work::Continue(_)));
    let inspected = crate::wizard::chain::story::inspected();
    let looked = Looked {
        file: inspected.file.clone(),
        findings: inspected.findings.clone(),
        witnesses: Vec::new(),
        path: inspected.path.clone(),
        inspected: Some(Arc::clone(&inspected)),
    };
    let crumbs = Crumbs { source: Some("prod".into()), ..Crumbs::default() };
    let continued = Continued { crumbs, kept: Kept::default(), at: At::Target(Box::new(looked), inspected) };
    played.answer(job, Said::Start(Answer::Continued(Box::new(continued))));
    assert!(matches!(played.wizard.screen(), Screen::Pick(_)));
    assert_eq!(played.wizard.shared.restore.as_deref(), Some("2026-12-03-1"));
    played.press(KeyCode::Esc);
    assert!(matches!(played.wizard.screen(), Screen::Inspect(_)));
    assert_eq!(played.count(|work| matches!(work, effect::Work::Inspect(_))), 0, "nothing is downloaded again");
    assert_eq!(now(), crate::wizard::chain::story::now());
}
