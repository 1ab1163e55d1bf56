//! Keys and answers of the rollback.

use crossterm::event::KeyCode;

use super::*;
use crate::guide;
use crate::keys;
use crate::wizard::after::story::{after, clean_look, open_look, service, steps};
use crate::wizard::chain::story;
use crate::wizard::message::Message;
use crate::wizard::{Answer as AnyAnswer, JobId, Screen, Shared, place};
use crate::wizard::{Effect, Wizard};

fn wizard(screen: impl Into<Screen>) -> Wizard {
    let who = crate::wizard::Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    Wizard::new(Shared::new(who, false, (80, 24), story::now()), screen.into()).0
}

fn press(wizard: &mut Wizard, code: KeyCode) -> Vec<Effect> {
    wizard.update(Message::Key(code.into()), story::now())
}

fn last_job(effects: &[Effect]) -> Option<JobId> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { job, .. } => Some(*job),
        _ => None,
    })
}

/// What goes away in the story.
pub(crate) fn now_there() -> Contents {
    Contents { size: story::SIZE, events: Some(18_216), newest: Some(story::at("2026-11-19T14:35:00Z")) }
}

/// What is back in the story.
pub(crate) fn undone() -> Undone {
    Undone {
        at: story::at("2026-11-19T14:41:32Z"),
        now: Contents { size: 90_112, events: Some(0), newest: None },
        side_files: Vec::new(),
        into_live: false,
        after: Some("/var/lib/reseat/2026-11-19-1/after/".into()),
        steps: steps(&guide::integration_connector().unwrap().rollback),
    }
}

/// Lets the screen look again at the time of `look`, and answers with it.
pub(crate) fn looked(wizard: &mut Wizard, look: Look) {
    let at = look.open.at;
    let job = last_job(&wizard.update(Message::Tick, at)).unwrap_or(JobId(1));
    let answer = AnyAnswer::Rollback(Answer::Looked { look: Box::new(look), now: now_there() });
    wizard.update(Message::Answer { job, answer }, at);
}

fn rolls_back(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Start { work: AnyWork::Rollback(Work::RollBack { .. }), .. }))
}

#[test]
fn only_the_word_rolls_back_and_only_when_nobody_has_it_open() {
    let mut wizard = wizard(Rollback::new(after()));
    looked(&mut wizard, open_look());
    assert_eq!(wizard.keys(), keys::Screen::Blocked);
    wizard.update(Message::Paste("rollback".into()), story::now());
    looked(&mut wizard, clean_look("2026-11-19T14:41:02Z"));
    looked(&mut wizard, clean_look("2026-11-19T14:41:04Z"));
    assert_eq!(wizard.keys(), keys::Screen::RollBack);
    assert!(!rolls_back(&press(&mut wizard, KeyCode::Enter)), "not drawn yet");
    wizard.update(Message::Drawn, story::now());
    assert!(!rolls_back(&press(&mut wizard, KeyCode::Enter)), "what was typed before is thrown away");
    for c in "rollbac".chars() {
        press(&mut wizard, KeyCode::Char(c));
    }
    assert!(!rolls_back(&press(&mut wizard, KeyCode::Enter)));
    press(&mut wizard, KeyCode::Char('k'));
    let effects = press(&mut wizard, KeyCode::Enter);
    assert!(rolls_back(&effects));
    let job = last_job(&effects).unwrap();
    let answer = AnyAnswer::Rollback(Answer::RolledBack(Box::new(undone())));
    wizard.update(Message::Answer { job, answer }, story::now());
    assert_eq!(wizard.keys(), keys::Screen::RolledBack);
    assert_eq!(wizard.shared.rule(), "rolled back");
    assert!(!wizard.has_behind());
}

/// What was placed while it was open goes back while it is open; what else stops a rollback still stops it.
#[test]
fn what_was_placed_online_is_put_back_while_it_is_open() {
    let online = || Rollback::new(After { online: true, ..after() });
    let mut free = wizard(online());
    looked(&mut free, open_look());
    assert_eq!(free.keys(), keys::Screen::RollBack);
    free.update(Message::Drawn, story::now());
    free.update(Message::Paste("rollback".into()), story::now());
    assert!(rolls_back(&press(&mut free, KeyCode::Enter)));

    let mut stopped = wizard(online());
    let full = Finding::new(crate::finding::Code::R501, crate::finding::Severity::Block, "There is too little room.");
    looked(&mut stopped, Look { findings: vec![full], ..open_look() });
    assert_eq!(stopped.keys(), keys::Screen::Blocked);
    // Closed meanwhile: the looks are counted as ever.
    let mut closed = wizard(online());
    looked(&mut closed, clean_look("2026-11-19T14:41:02Z"));
    assert_eq!(closed.keys(), keys::Screen::Blocked);
    looked(&mut closed, clean_look("2026-11-19T14:41:04Z"));
    assert_eq!(closed.keys(), keys::Screen::RollBack);
}

#[test]
fn esc_on_the_question_goes_back() {
    let mut wizard = wizard(place::Placed::new(after()));
    press(&mut wizard, KeyCode::Char('b'));
    looked(&mut wizard, clean_look("2026-11-19T14:41:02Z"));
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Placed);
}

#[test]
fn starting_the_service_before_the_platform_is_set_is_asked_about() {
    let mut wizard = wizard(RolledBack::new(after(), undone()));
    wizard.shared.stopped = Some(service());
    press(&mut wizard, KeyCode::Char('o'));
    assert_eq!(wizard.keys(), keys::Screen::Question);
    press(&mut wizard, KeyCode::Esc);
    press(&mut wizard, KeyCode::Char('d'));
    let effects = press(&mut wizard, KeyCode::Char('o'));
    let job = last_job(&effects).unwrap();
    let answer = AnyAnswer::Place(place::Answer::ServiceStarted(Ok(service())));
    wizard.update(Message::Answer { job, answer }, story::now());
    assert_eq!(wizard.shared.stopped, None);
    let Screen::RolledBack(state) = wizard.screen() else { panic!() };
    assert!(state.undone.steps.iter().all(|step| !step.is_open()));
    assert!(matches!(press(&mut wizard, KeyCode::Enter).first(), Some(Effect::Quit(_))));
}
