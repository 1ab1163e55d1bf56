//! A wizard in the surroundings of the story, its keys, and the answers to what it starts.

use crossterm::event::KeyCode;

use super::now;
use crate::wizard::{Answer, Crumbs, Effect, JobId, Message, Screen, Shared, Who, Wizard};

/// A wizard on this screen, in the surroundings of the story, and what it starts.
pub(crate) fn showing(screen: impl Into<Screen>) -> (Wizard, Vec<Effect>) {
    let who = Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    let mut shared = Shared::new(who, false, (80, 24), now());
    shared.crumbs = Crumbs {
        source: Some("prod".into()),
        organisation: Some("acme-bio".into()),
        connector: Some("Cellario Boston".into()),
    };
    shared.restore = Some("2026-11-19-1".into());
    let behind = crate::wizard::preview::Changes { lines: Vec::new(), top: 0 };
    let (mut wizard, _) = Wizard::new(shared, behind.into());
    wizard.history.push(screen.into());
    let effects = wizard.enter(now());
    (wizard, effects)
}

/// Presses keys, one after the other.
pub(crate) fn press(wizard: &mut Wizard, keys: &[KeyCode]) -> Vec<Effect> {
    keys.iter().flat_map(|code| wizard.update(Message::Key((*code).into()), now())).collect()
}

/// Types letters.
pub(crate) fn typed(wizard: &mut Wizard, letters: &str) -> Vec<Effect> {
    letters.chars().flat_map(|c| wizard.update(Message::Key(KeyCode::Char(c).into()), now())).collect()
}

/// The last job that was started.
pub(crate) fn job(effects: &[Effect]) -> JobId {
    let started = effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { job, .. } => Some(*job),
        _ => None,
    });
    started.unwrap()
}

/// A job says something.
pub(crate) fn says(wizard: &mut Wizard, job: JobId, answer: Answer) -> Vec<Effect> {
    wizard.update(Message::Answer { job, answer }, now())
}
