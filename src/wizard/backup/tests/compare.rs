//! 6: two versions are compared.

use super::*;
use crate::progress::Progress;

fn is_compare(work: &effect::Work) -> bool {
    is(work, |work| matches!(work, Work::Compare(..)))
}

fn line(played: &Played) -> String {
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    crate::wizard::Step::main(state.as_ref(), &played.wizard.shared)
}

/// The cursor begins on the second row: this one is marked, and compared with the one below it.
fn comparing() -> (Played, JobId) {
    let mut played = story_versions();
    played.key('c');
    played.press(KeyCode::Down);
    played.key('c');
    let job = played.job(is_compare);
    (played, job)
}

#[test]
fn c_marks_a_version_and_compares_it_with_another() {
    let mut played = story_versions();
    played.key('c');
    assert_eq!(line(&played), "Go to the other version, then c compares both. Esc: none.");
    assert_eq!(played.count(is_compare), 0);
    played.press(KeyCode::Down);
    played.snapshots("6_versions_marked");
    // The same row again: the mark goes. So does it with Esc, which then does not leave.
    played.press(KeyCode::Up);
    played.key('c');
    assert!(line(&played).starts_with("Enter downloads"));
    played.key('c');
    played.press(KeyCode::Esc);
    assert!(line(&played).starts_with("Enter downloads"));
    assert!(matches!(played.wizard.screen(), Screen::Versions(_)));

    let (mut played, job) = comparing();
    let pair = played.effects.iter().find_map(|effect| match effect {
        Effect::Start { work: effect::Work::Backup(Work::Compare(_, pair, 80)), .. } => Some(pair.as_ref()),
        _ => None,
    });
    let (older, newer) = pair.unwrap();
    assert_eq!((older.version.as_deref(), newer), (Some("v12"), &story::backup()), "the older one first");
    let progress = |stage, done, total| Said::Backup(Answer::Comparing(Progress { stage, done, total: Some(total) }));
    played.answer(job, progress(Part::Newer, 12_582_912, 64_385_024));
    assert_eq!(line(&played), "Fetches the newer one: 12.0 MiB of 61.4 MiB. Esc stops it.");
    let soon = story::now() + jiff::SignedDuration::from_secs(2);
    played.answer(job, progress(Part::Rows, 1_000, 4_000));
    played.send_at(Message::Answer { job, answer: progress(Part::Rows, 2_000, 4_000) }, soon);
    assert_eq!(line(&played), "It compares: 2 000 rows so far, 2 s left. Esc stops it.");
    played.snapshots("6_versions_comparing");
    played.answer(job, Said::Backup(Answer::Compared("12 events more".into())));
    assert!(played.wizard.reader().is_some());
    played.press(KeyCode::Esc);
    assert!(line(&played).starts_with("Enter downloads"), "{}", line(&played));
}

#[test]
fn a_comparison_of_versions_is_stopped_by_esc_and_by_what_opens_another_page() {
    for key in [KeyCode::Esc, KeyCode::Char('v'), KeyCode::Char('e'), KeyCode::Enter] {
        let (mut played, job) = comparing();
        played.press(key);
        let cancelled = |effect: &Effect| matches!(effect, Effect::Cancel(ended) if *ended == job);
        assert!(played.effects.iter().any(cancelled), "{key:?}");
        played.answer(job, Said::Backup(Answer::Compared("late".into())));
        let kind = played.wizard.reader().map(|reader| reader.kind.clone());
        assert_ne!(kind, Some(crate::wizard::reader::Kind::Page("late".into())), "{key:?}");
        assert_eq!(matches!(played.wizard.screen(), Screen::Versions(_)), key != KeyCode::Enter, "{key:?}");
    }
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (mut played, job) = comparing();
    let gone = Finding::new(Code::R117, Severity::Block, "The version is not there any more.");
    played.answer(job, Said::Backup(Answer::Failed(Box::new(gone))));
    assert_eq!(played.wizard.shared.notice.as_deref(), Some("R117: The version is not there any more."));
    // A deleted version has no rows, an archived one cannot be read.
    let mut played = story_versions();
    played.press(KeyCode::End);
    played.key('c');
    assert!(line(&played).starts_with("Here the file was deleted"));
    let mut played = story_versions();
    (0..5).for_each(|_| played.press(KeyCode::Down));
    played.key('c');
    assert!(played.wizard.reader().is_some(), "R107 is explained");
}
