//! Keys and answers on 14.

use crossterm::event::KeyCode::{Char, Enter, Esc};

use super::{Answer, Rewrite};
use crate::finding::{Code, Finding, Severity};
use crate::keys;
use crate::wizard::chain::story;
use crate::wizard::{Answer as Any, Effect, Message, Screen, Wizard};

fn proved() -> Wizard {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    story::says(&mut wizard, story::job(&effects), Any::Rewrite(Answer::Proved(story::proved())));
    wizard
}

#[test]
fn keys_before_the_proof_was_drawn_are_thrown_away() {
    let mut wizard = proved();
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Rewrite(_)));
    wizard.update(Message::Drawn, story::now());
    story::press(&mut wizard, &[Enter]);
    assert!(!matches!(wizard.screen(), Screen::Rewrite(_)));
}

#[test]
fn esc_stops_the_work_and_goes_back() {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    let job = story::job(&effects);
    assert_eq!(wizard.keys(), keys::Screen::Rewriting);
    let effects = story::press(&mut wizard, &[Esc]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(other) if *other == job)), "{effects:?}");
    assert!(matches!(wizard.screen(), Screen::Changes(_)));
}

#[test]
fn a_difference_is_said_and_can_be_tried_again() {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    let finding = Finding::new(Code::R502, Severity::Block, "18 203 rows of Events changed, planned were 18 204.");
    story::says(&mut wizard, story::job(&effects), Any::Rewrite(Answer::Failed(Box::new(finding))));
    wizard.update(Message::Drawn, story::now());
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Rewrite(_)), "there is no way on");
    let effects = story::press(&mut wizard, &[Char('r')]);
    story::job(&effects);
    assert_eq!(wizard.keys(), keys::Screen::Rewriting);
}

#[test]
fn the_proof_can_be_copied() {
    let mut wizard = proved();
    wizard.update(Message::Drawn, story::now());
    let effects = story::press(&mut wizard, &[Char('y')]);
    let Some(Effect::Copy { text, .. }) = effects.first() else { panic!("{effects:?}") };
    assert!(text.contains("da834e1fa528b3c0") && text.contains("Events.source   18 204 rows"), "{text}");
}
