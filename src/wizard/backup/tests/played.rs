//! A wizard that a test plays: keys in, answers in, what it asks for kept.

use crossterm::event::{KeyCode, KeyEvent};

use crate::view::tests::{now, picture};
use crate::wizard::effect::Work;
use crate::wizard::{Answer, Effect, JobId, Message, Screen, Shared, Who, Wizard};

/// A wizard, and what it has asked for so far.
pub(crate) struct Played {
    pub wizard: Wizard,
    pub effects: Vec<Effect>,
}

impl Played {
    /// The story's wizard on this screen, at 80×24.
    pub fn new(screen: impl Into<Screen>) -> Self {
        let who = Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
        let (wizard, effects) = Wizard::new(Shared::new(who, false, (80, 24), now()), screen.into());
        Self { wizard, effects }
    }

    pub fn send(&mut self, message: Message) {
        self.send_at(message, now());
    }

    pub fn send_at(&mut self, message: Message, at: jiff::Timestamp) {
        let effects = self.wizard.update(message, at);
        self.effects.extend(effects);
    }

    pub fn press(&mut self, code: KeyCode) {
        self.send(Message::Drawn);
        self.send(Message::Key(KeyEvent::from(code)));
    }

    pub fn key(&mut self, c: char) {
        self.press(KeyCode::Char(c));
    }

    pub fn type_in(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(c));
    }

    /// The last job whose work is like this.
    pub fn job(&self, like: impl Fn(&Work) -> bool) -> JobId {
        let found = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Start { job, work, .. } if like(work) => Some(*job),
            _ => None,
        });
        found.unwrap()
    }

    /// How many jobs whose work is like this were started.
    pub fn count(&self, like: impl Fn(&Work) -> bool) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Start { work, .. } if like(work))).count()
    }

    pub fn answer(&mut self, job: JobId, answer: Answer) {
        self.send(Message::Answer { job, answer });
    }

    /// Both sizes of a screen, as snapshots.
    pub fn snapshots(&mut self, name: &str) {
        self.snapshot(name, 80, 24);
        self.snapshot(name, 60, 20);
    }

    /// The screen in a window of this size, as a snapshot beside those of the other screens.
    pub fn snapshot(&mut self, name: &str, columns: u16, rows: u16) {
        keep(&format!("{name}_{columns}x{rows}"), &picture(&mut self.wizard, columns, rows));
    }
}

/// Compares a picture with the one that lies beside those of the other screens.
pub(crate) fn keep(name: &str, picture: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/src/view/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, picture));
}
