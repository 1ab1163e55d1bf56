//! Keys and answers of Finish and of the last screen.

use crossterm::event::KeyCode;

use super::*;
use crate::keys;
use crate::wizard::after::story::{after, all_done, half_done, service, watch};
use crate::wizard::chain::story;
use crate::wizard::message::Message;
use crate::wizard::{Answer as AnyAnswer, Screen, Shared};
use crate::wizard::{Effect, Wizard};

fn wizard(after: After) -> Wizard {
    let who = crate::wizard::Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    Wizard::new(Shared::new(who, false, (80, 24), story::now()), Screen::from(Finish::new(after))).0
}

fn press(wizard: &mut Wizard, code: KeyCode) -> Vec<Effect> {
    wizard.update(Message::Key(code.into()), story::now())
}

fn state(wizard: &Wizard) -> &Finish {
    let Screen::Finish(state) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    state
}

fn watched(wizard: &mut Wizard, at: &str, events: u64) {
    let now = story::at(at);
    let effects = wizard.update(Message::Tick, now);
    let started = effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { job, work: AnyWork::Finish(Work::Watch { .. }), .. } => Some(*job),
        _ => None,
    });
    let answer = AnyAnswer::Finish(Answer::Watched(Box::new(watch(at, events))));
    wizard.update(Message::Answer { job: started.unwrap_or(JobId(1)), answer }, now);
}

fn ticks(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start { work: AnyWork::Place(place::Work::Tick { step, tick, .. }), .. } => {
                Some(format!("{step} {tick:?}"))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn d_ticks_the_selected_step_and_goes_to_the_next() {
    let mut wizard = wizard(half_done());
    assert_eq!(ticks(&press(&mut wizard, KeyCode::Char('d'))), ["update-config Said"]);
    assert_eq!(state(&wizard).after.open(), 1);
    assert_eq!(ticks(&press(&mut wizard, KeyCode::Char('d'))), ["sync Said"]);
    assert_eq!(wizard.shared.farewell.as_ref().unwrap(), &all_done().farewell());
}

/// Trap R702: Sync is ticked in the wizard while an earlier step is open.
#[test]
fn a_step_out_of_order_is_asked_about() {
    let mut wizard = wizard(half_done());
    press(&mut wizard, KeyCode::Down);
    assert!(ticks(&press(&mut wizard, KeyCode::Char('d'))).is_empty());
    assert_eq!(wizard.keys(), keys::Screen::Question);
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(state(&wizard).after.open(), 2);
    press(&mut wizard, KeyCode::Char('d'));
    assert_eq!(ticks(&press(&mut wizard, KeyCode::Char('y'))), ["sync Said"]);
}

#[test]
fn the_service_is_ticked_by_what_is_seen_never_by_a_key() {
    let mut wizard = wizard(after());
    wizard.shared.stopped = Some(service());
    assert!(ticks(&press(&mut wizard, KeyCode::Char('d'))).is_empty());
    watched(&mut wizard, "2026-11-19T14:23:00Z", story::EVENTS);
    assert_eq!(state(&wizard).after.open(), 4, "it is still STOPPED as far as reseat knows");
    wizard.shared.stopped = None;
    watched(&mut wizard, "2026-11-19T14:24:00Z", story::EVENTS);
    assert_eq!(state(&wizard).after.steps[0].mark(), '✓');
}

#[test]
fn the_result_opens_by_itself_when_all_is_done_and_new_events_came() {
    let mut wizard = wizard(half_done());
    watched(&mut wizard, "2026-11-19T14:05:12Z", story::EVENTS);
    press(&mut wizard, KeyCode::Char('d'));
    press(&mut wizard, KeyCode::Char('d'));
    watched(&mut wizard, "2026-11-19T14:05:42Z", story::EVENTS);
    assert_eq!(wizard.keys(), keys::Screen::Finish);
    watched(&mut wizard, "2026-11-19T14:06:12Z", story::EVENTS + 12);
    assert_eq!(wizard.keys(), keys::Screen::Done);
    let Screen::Done(done) = wizard.screen() else { panic!() };
    assert_eq!(done.new_events, Some(12));
    wizard.update(Message::Drawn, story::now());
    press(&mut wizard, KeyCode::Esc);
    assert_eq!(wizard.keys(), keys::Screen::Finish);
}

#[test]
fn a_quiet_source_is_asked_about_after_five_minutes() {
    let mut wizard = wizard(half_done());
    watched(&mut wizard, "2026-11-19T14:05:10Z", story::EVENTS);
    press(&mut wizard, KeyCode::Char('d'));
    press(&mut wizard, KeyCode::Char('d'));
    watched(&mut wizard, "2026-11-19T14:09:00Z", story::EVENTS);
    assert_eq!(wizard.keys(), keys::Screen::Finish);
    watched(&mut wizard, "2026-11-19T14:10:30Z", story::EVENTS);
    assert_eq!(wizard.keys(), keys::Screen::Quiet);
    assert_eq!(ticks(&press(&mut wizard, KeyCode::Char('l'))), ["sync LeftOpen"]);
    assert_eq!(wizard.keys(), keys::Screen::Done);
}

#[test]
fn leaving_the_last_screen_over_a_stopped_service_is_said_first() {
    let who = crate::wizard::Who::default();
    let mut shared = Shared::new(who, false, (80, 24), story::now());
    shared.stopped = Some(service());
    let mut wizard = Wizard::new(shared, Screen::from(Done::new(after(), None, None))).0;
    assert!(press(&mut wizard, KeyCode::Enter).is_empty(), "a key from before it was drawn");
    assert_eq!(wizard.shared.notice, None);
    wizard.update(Message::Drawn, story::now());
    assert!(press(&mut wizard, KeyCode::Enter).is_empty());
    assert!(wizard.shared.notice.as_ref().unwrap().contains("STOPPED"));
    wizard.shared.stopped = None;
    assert!(matches!(press(&mut wizard, KeyCode::Enter).first(), Some(Effect::Quit(_))));
}
