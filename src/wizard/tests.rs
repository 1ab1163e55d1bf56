//! The frame of the wizard: history, overlays, leaving, stale answers.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::*;
use crate::keys;

/// A wizard on its Source screen, for tests.
pub fn wizard() -> Wizard {
    let who = Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    let shared = Shared::new(who, false, (80, 24), now());
    Wizard::new(shared, Screen::from(backup::tests::organisations())).0
}

/// The service of the story.
pub(crate) fn service() -> crate::hub::service::Service {
    crate::hub::service::Service {
        kind: crate::hub::service::ServiceKind::Systemd,
        name: "datahub.service".into(),
        stops_also: Vec::new(),
    }
}

/// The moment at which the tests play.
pub fn now() -> Timestamp {
    "2026-11-19T14:05:00Z".parse().unwrap()
}

/// Presses a key.
pub fn press(wizard: &mut Wizard, code: KeyCode) -> Vec<Effect> {
    wizard.update(Message::Key(KeyEvent::from(code)), now())
}

fn ctrl(wizard: &mut Wizard, c: char) -> Vec<Effect> {
    wizard.update(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)), now())
}

fn quits(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Quit(_)))
}

#[test]
fn q_leaves_at_once_but_not_over_a_stopped_service() {
    let mut plain = wizard();
    assert!(quits(&press(&mut plain, KeyCode::Char('q'))));
    let mut stopped = wizard();
    stopped.shared.stopped = Some(service());
    assert!(!quits(&press(&mut stopped, KeyCode::Char('q'))));
    assert!(stopped.shared.notice.as_ref().unwrap().contains("STOPPED"));
    let effects = press(&mut stopped, KeyCode::Char('q'));
    let Some(Effect::Quit(exit)) = effects.first() else { panic!("{effects:?}") };
    assert!(exit.farewell[0].contains("systemctl start datahub.service"));
}

#[test]
fn ctrl_c_twice_leaves_and_another_key_forgets_the_first() {
    let mut wizard = wizard();
    assert!(!quits(&ctrl(&mut wizard, 'c')));
    press(&mut wizard, KeyCode::Down);
    assert!(!quits(&ctrl(&mut wizard, 'c')));
    assert!(quits(&ctrl(&mut wizard, 'c')));
}

#[test]
fn help_opens_over_the_screen_and_closes_with_the_same_key() {
    let mut wizard = wizard();
    press(&mut wizard, KeyCode::Char('?'));
    assert_eq!(wizard.keys(), keys::Screen::Help);
    assert!(!quits(&press(&mut wizard, KeyCode::Char('q'))));
    assert_eq!(wizard.keys(), keys::Screen::Organisations);
}

#[test]
fn keys_before_a_deciding_screen_was_drawn_are_thrown_away() {
    let mut wizard = wizard();
    wizard.shared.undrawn = true;
    assert!(!quits(&press(&mut wizard, KeyCode::Char('q'))));
    wizard.update(Message::Drawn, now());
    assert!(quits(&press(&mut wizard, KeyCode::Char('q'))));
}

#[test]
fn only_leaving_acts_in_a_window_that_is_too_small() {
    let mut wizard = wizard();
    wizard.update(Message::Resize(40, 5), now());
    press(&mut wizard, KeyCode::Char('?'));
    assert!(wizard.reader().is_none());
    assert!(quits(&press(&mut wizard, KeyCode::Char('q'))));
}

#[test]
fn a_stale_answer_is_dropped() {
    let mut wizard = wizard();
    let answer = Answer::Copied(Ok("/x".into()));
    wizard.update(Message::Answer { job: JobId(7), answer }, now());
    assert_eq!(wizard.shared.notice, None);
}
