//! Keys and answers of Place and of the screens beside it.

use crossterm::event::KeyCode;

use super::*;
use crate::finding::Severity;
use crate::keys;
use crate::wizard::after::story::{after, clean_look, open_look, service};
use crate::wizard::chain::story;
use crate::wizard::message::Message;
use crate::wizard::{Answer as AnyAnswer, JobId, Screen, Shared};
use crate::wizard::{Effect, Wizard};

/// A wizard on Place.
pub(crate) fn wizard() -> Wizard {
    let who = crate::wizard::Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    let shared = Shared::new(who, false, (80, 24), story::now());
    Wizard::new(shared, Screen::from(Place::new(story::proved()))).0
}

/// The job that was started last.
fn last_job(effects: &[Effect]) -> JobId {
    effects
        .iter()
        .rev()
        .find_map(|effect| match effect {
            Effect::Start { job, .. } => Some(*job),
            _ => None,
        })
        .unwrap()
}

fn press(wizard: &mut Wizard, code: KeyCode) -> Vec<Effect> {
    wizard.update(Message::Key(code.into()), story::now())
}

/// Lets the screen look again at the time of `look`, and answers with it.
pub(crate) fn looked(wizard: &mut Wizard, look: Look) {
    let now = look.open.at;
    let effects = wizard.update(Message::Tick, now);
    let job = if effects.is_empty() { JobId(1) } else { last_job(&effects) };
    let answer = AnyAnswer::Place(Answer::Looked(Box::new(look)));
    wizard.update(Message::Answer { job, answer }, now);
}

/// Nobody has it open, twice: the ID can be typed.
pub(crate) fn confirming(wizard: &mut Wizard) {
    looked(wizard, clean_look("2026-11-19T14:21:02Z"));
    looked(wizard, clean_look("2026-11-19T14:21:04Z"));
}

fn state(wizard: &Wizard) -> &Place {
    let Screen::Place(place) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    place
}

fn starts_replacing(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Start { work: AnyWork::Place(Work::Replace { .. }), .. }))
}

#[test]
fn only_two_clean_looks_two_seconds_apart_open_the_confirmation() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    looked(&mut wizard, clean_look("2026-11-19T14:21:02Z"));
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    looked(&mut wizard, clean_look("2026-11-19T14:21:04Z"));
    assert_eq!(wizard.keys(), keys::Screen::Confirm);
    assert!(wizard.awaits_drawing(), "keys typed before it was drawn must not reach the field");
    // Somebody opens it again: the confirmation goes, and two looks are needed anew.
    wizard.update(Message::Drawn, story::now());
    looked(
        &mut wizard,
        Look { open: Open { at: story::at("2026-11-19T14:21:06Z"), ..open_look().open }, ..open_look() },
    );
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    looked(&mut wizard, clean_look("2026-11-19T14:21:08Z"));
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
}

#[test]
fn o_asks_first_and_enter_says_nothing() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    press(&mut wizard, KeyCode::Char('o'));
    assert_eq!(wizard.keys(), keys::Screen::Question);
    assert!(press(&mut wizard, KeyCode::Enter).is_empty());
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    press(&mut wizard, KeyCode::Char('o'));
    let effects = press(&mut wizard, KeyCode::Char('y'));
    let asked = effects.iter().any(
        |effect| matches!(effect, Effect::Start { work: AnyWork::Place(Work::StopService { service, .. }), .. } if service.name == "datahub.service"),
    );
    assert!(asked, "{effects:?}");
    let job = last_job(&effects);
    let answer = AnyAnswer::Place(Answer::ServiceStopped(Ok(service())));
    wizard.update(Message::Answer { job, answer }, story::now());
    assert_eq!(wizard.shared.rule(), "database not changed; datahub.service is STOPPED");
}

#[test]
fn only_the_picked_connector_is_replaced() {
    let mut wizard = wizard();
    confirming(&mut wizard);
    wizard.update(Message::Paste("a91f03de".into()), story::now());
    assert!(state(&wizard).field.is_empty(), "a paste before it was drawn is thrown away");
    wizard.update(Message::Drawn, story::now());
    assert!(!starts_replacing(&press(&mut wizard, KeyCode::Enter)), "an empty field does nothing");
    wizard.update(Message::Paste("7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".into()), story::now());
    assert!(!starts_replacing(&press(&mut wizard, KeyCode::Enter)));
    assert_eq!(state(&wizard).refused.as_deref(), Some("7d0c88f1… is the OLD connector."));
    for c in "a91f03d".chars() {
        press(&mut wizard, KeyCode::Char(c));
    }
    assert!(!starts_replacing(&press(&mut wizard, KeyCode::Enter)), "seven characters do nothing");
    press(&mut wizard, KeyCode::Char('e'));
    assert!(starts_replacing(&press(&mut wizard, KeyCode::Enter)));
    assert_eq!(wizard.shared.rule(), "replacing");
}

/// A wizard that replaces; the id of the act's job.
fn replacing() -> (Wizard, JobId) {
    let mut wizard = wizard();
    confirming(&mut wizard);
    wizard.update(Message::Drawn, story::now());
    wizard.update(Message::Paste("a91f03de".into()), story::now());
    let job = last_job(&press(&mut wizard, KeyCode::Enter));
    (wizard, job)
}

#[test]
fn it_can_be_stopped_until_the_exchange_and_not_after() {
    let (mut wizard, job) = replacing();
    let stops = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::AskToStop(id) if *id == job));
    let say = |wizard: &mut Wizard, act| {
        wizard.update(Message::Answer { job, answer: AnyAnswer::Place(Answer::Step(act)) }, story::now())
    };
    say(&mut wizard, Act::Replace);
    assert!(!stops(&press(&mut wizard, KeyCode::Esc)));
    assert!(wizard.shared.notice.as_ref().unwrap().contains("cannot be stopped"));
    let (mut wizard, job2) = replacing();
    assert_eq!(job, job2);
    say(&mut wizard, Act::SafetyCopy);
    assert!(stops(&press(&mut wizard, KeyCode::Esc)));
    assert!(press(&mut wizard, KeyCode::Esc).is_empty(), "it is asked once");
}

#[test]
fn what_is_placed_has_no_screen_behind() {
    let (mut wizard, job) = replacing();
    wizard.update(Message::Answer { job, answer: AnyAnswer::Place(Answer::Placed(Box::new(after()))) }, story::now());
    assert_eq!(wizard.keys(), keys::Screen::Placed);
    assert!(!wizard.has_behind());
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Placed);
    assert_eq!(wizard.shared.rule(), "placed");
    press(&mut wizard, KeyCode::Enter);
    assert_eq!(wizard.keys(), keys::Screen::Finish);
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Placed);
}

#[test]
fn a_failure_says_what_is_there() {
    let (mut wizard, job) = replacing();
    let finding = Some(Box::new(Finding::new(Code::R610, Severity::Block, "No space left on device.")));
    let answer = AnyAnswer::Place(Answer::Stopped { finding, left: Left::Untouched });
    wizard.update(Message::Answer { job, answer }, story::now());
    assert!(state(&wizard).failed().is_some());
    assert_eq!(wizard.shared.rule(), "database not changed");
    wizard.update(Message::Drawn, story::now());
    press(&mut wizard, KeyCode::Enter);
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
}

#[test]
fn what_is_found_in_place_is_settled_in_place() {
    let mut wizard = wizard();
    let hard_link = Finding::new(Code::R605, Severity::Warn, "The file has 2 names.");
    let look = |at: &str| Look { findings: vec![hard_link.clone()], ..clean_look(at) };
    looked(&mut wizard, look("2026-11-19T14:21:02Z"));
    looked(&mut wizard, look("2026-11-19T14:21:04Z"));
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    press(&mut wizard, KeyCode::Char('a'));
    assert_eq!(wizard.keys(), keys::Screen::Confirm);
}

#[test]
fn a_receipt_is_checked_word_by_word() {
    let who = crate::wizard::Who::default();
    let shared = Shared::new(who, false, (80, 24), story::now());
    let mut wizard = Wizard::new(shared, Screen::from(Elsewhere::new(story::proved()))).0;
    let receipt = |connector: &str, sha256: &str| format!("done\nplaced {connector} {sha256}\n");
    let sha256 = story::proved().rewritten.sha256.clone();
    let refused = |wizard: &Wizard| match wizard.screen() {
        Screen::Elsewhere(state) => state.refused.clone(),
        other => panic!("{other:?}"),
    };
    wizard.update(Message::Paste(receipt(story::OLD_CONNECTOR, &sha256)), story::now());
    assert!(press(&mut wizard, KeyCode::Enter).is_empty());
    assert!(refused(&wizard).unwrap().contains("another connector"));
    wizard.update(Message::Paste(receipt(story::NEW_CONNECTOR, &"0".repeat(64))), story::now());
    assert!(press(&mut wizard, KeyCode::Enter).is_empty());
    assert!(refused(&wizard).unwrap().contains("another file"));
    wizard.update(Message::Paste(receipt(story::NEW_CONNECTOR, &sha256)), story::now());
    let job = last_job(&press(&mut wizard, KeyCode::Enter));
    let mut there = after();
    there.by_receipt = true;
    wizard.update(Message::Answer { job, answer: AnyAnswer::Place(Answer::Placed(Box::new(there))) }, story::now());
    assert_eq!(wizard.keys(), keys::Screen::Finish);
    assert_eq!(wizard.shared.rule(), "placed, by receipt");
}

#[test]
fn a_stale_look_is_dropped() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    let answer = AnyAnswer::Place(Answer::Looked(Box::new(clean_look("2026-11-19T14:21:02Z"))));
    wizard.update(Message::Answer { job: JobId(999), answer }, story::now());
    assert!(!state(&wizard).look.as_ref().unwrap().nobody());
}

#[test]
fn n_asks_whether_the_live_file_is_written_into_and_only_then_nobody_is_in_the_way() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    press(&mut wizard, KeyCode::Char('n'));
    assert_eq!(wizard.keys(), keys::Screen::Question);
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Blocked, "Esc is no");
    press(&mut wizard, KeyCode::Char('n'));
    press(&mut wizard, KeyCode::Char('y'));
    assert_eq!(wizard.keys(), keys::Screen::Confirm);
    wizard.update(Message::Drawn, story::now());
    wizard.update(Message::Paste("a91f03de".into()), story::now());
    let effects = press(&mut wizard, KeyCode::Enter);
    let online = effects
        .iter()
        .any(|effect| matches!(effect, Effect::Start { work: AnyWork::Place(Work::Replace { online: true, .. }), .. }));
    assert!(online, "{effects:?}");
}

#[test]
fn n_again_is_the_exchange_and_a_limit_of_online_mode_is_only_said() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    press(&mut wizard, KeyCode::Char('n'));
    press(&mut wizard, KeyCode::Char('y'));
    wizard.update(Message::Drawn, story::now());
    press(&mut wizard, KeyCode::Tab);
    press(&mut wizard, KeyCode::Char('n'));
    assert_eq!(wizard.keys(), keys::Screen::Blocked, "somebody has it open");
    wizard.update(Message::Drawn, story::now());
    let limit = Finding::new(Code::R617, Severity::Block, "The pages have another size.");
    let open = Open { at: story::at("2026-11-19T14:21:06Z"), ..open_look().open };
    looked(&mut wizard, Look { online: vec![limit], open, ..open_look() });
    press(&mut wizard, KeyCode::Char('n'));
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    assert_eq!(wizard.shared.notice.as_deref(), Some("Not here: The pages have another size."));
    // Nobody has it open: the exchange is what happens unless online mode is chosen again.
    looked(&mut wizard, clean_look("2026-11-19T14:21:08Z"));
    looked(&mut wizard, clean_look("2026-11-19T14:21:10Z"));
    wizard.update(Message::Drawn, story::now());
    wizard.update(Message::Paste("a91f03de".into()), story::now());
    let effects = press(&mut wizard, KeyCode::Enter);
    assert!(effects.iter().any(|effect| {
        matches!(effect, Effect::Start { work: AnyWork::Place(Work::Replace { online: false, .. }), .. })
    }));
}
