//! The state of the wizard, and how messages change it. Pure: no I/O, no clock, no runtime; effects are returned as data.
//!
//! [`Wizard::update`] takes one [`Message`] and the time, and returns the [`Effect`]s that the runtime carries out; their
//! answers come back as messages. Each screen owns its state in a module of its own and implements [`Step`]. A later screen
//! owns what the earlier ones found; going back pops it, and the screen behind is as it was left.

pub mod after;
pub mod ask;
pub mod backup;
pub mod browse;
pub mod chain;
pub mod demo;
pub mod effect;
pub mod field;
pub mod finish;
pub mod inspect;
pub mod job;
pub mod kept;
pub mod list;
pub mod message;
pub mod place;
pub mod preview;
pub mod reader;
pub mod rewrite;
pub mod rollback;
pub mod running;
pub mod shared;
pub mod source;
pub mod start;
pub mod step;
pub mod target;
pub mod witnesses;

mod dispatch;
#[cfg(test)]
pub(crate) mod tests;

use jiff::Timestamp;

pub use ask::Ask;
pub use effect::{Effect, Exit};
pub use field::Field;
pub use job::{JobId, Jobs, Slot};
pub use kept::Kept;
pub use list::Cursor;
pub use message::{Answer, Message};
pub use reader::Reader;
pub use shared::{Crumbs, PlaceState, Shared, Who};
pub use step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};

/// The whole state.
#[derive(Debug)]
pub struct Wizard {
    /// What every screen shows or needs.
    pub shared: Shared,
    /// The screens, the one on top last. Never empty.
    history: Vec<Screen>,
    /// A text to read over the screen: help, an explanation, a page to copy from.
    reader: Option<Reader>,
    jobs: Jobs,
}

impl Wizard {
    /// A wizard whose first screen is `first`. Returns the effects with which it starts.
    pub fn new(shared: Shared, first: Screen) -> (Self, Vec<Effect>) {
        let mut wizard = Self { shared, history: vec![first], reader: None, jobs: Jobs::default() };
        let now = wizard.shared.now;
        let effects = wizard.enter(now);
        (wizard, effects)
    }

    /// The screen on top.
    pub fn screen(&self) -> &Screen {
        // `history` is never empty: it starts with one screen, and `back` and `reset` keep one.
        &self.history[self.history.len() - 1]
    }

    /// The text that lies over the screen, if one does.
    pub fn reader(&self) -> Option<&Reader> {
        self.reader.as_ref()
    }

    /// Whether a screen lies behind the one on top.
    pub fn has_behind(&self) -> bool {
        self.history.len() > 1 && self.screen().step().may_go_back()
    }

    /// When the wizard wants a [`Message::Tick`] next: for looks that repeat, and for times on the screen that count.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.history.iter().filter_map(|screen| screen.step().deadline()).min()
    }

    /// Whether keys are thrown away until the screen has been drawn: the runtime then also drops what lies in the
    /// terminal's buffer.
    pub fn awaits_drawing(&self) -> bool {
        self.shared.undrawn
    }
}
