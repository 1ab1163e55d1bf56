//! What a screen is to the wizard: the trait that each implements, and what it can ask for.

use std::fmt;

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use super::effect::{Effect, Exit, Work};
use super::job::{JobId, Jobs, Slot};
use super::message::Answer;
use super::reader::{Kind, Reader};
use super::shared::Shared;
use super::{backup, browse, finish, inspect, place, preview, rewrite, rollback, source, start, target, witnesses};
use crate::finding::Code;
use crate::keys::{self, Action, Hint};

pub use crate::restore::Stage;

/// How the step on screen stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RailMark {
    /// Here.
    Here,
    /// Here, and stopped by something.
    Stopped,
    /// Done: the last screen.
    Done,
}

/// Where a screen stands on the rail; none before the first step.
pub type Rail = Option<(Stage, RailMark)>;

/// What becomes of the screen after it has handled something.
#[derive(Debug)]
pub enum Flow {
    /// It stays.
    Stay,
    /// Another opens over it; Esc comes back.
    Push(Screen),
    /// It goes, the one behind is as it was left.
    Back,
    /// It goes, another takes its place.
    Replace(Screen),
    /// Everything behind it goes, too: going back over an act would hide it.
    Reset(Screen),
    /// Back to the nearest screen of this kind; if there is none, as `Back`.
    BackTo(keys::Screen),
    /// The program is left.
    Leave(Exit),
}

/// What a screen can ask for while it handles something.
pub struct Cx<'a> {
    /// The time.
    pub now: Timestamp,
    /// What every screen shows or needs.
    pub shared: &'a mut Shared,
    pub(super) jobs: &'a mut Jobs,
    pub(super) effects: &'a mut Vec<Effect>,
    pub(super) reader: &'a mut Option<Reader>,
    /// Where the screen stands in the history: its jobs end with it.
    pub(super) depth: usize,
}

impl Cx<'_> {
    /// Starts work. Jobs of the slot beyond its limit end. Keep the id to tell answers apart, and call [`Cx::finished`]
    /// at the last one.
    pub fn start(&mut self, slot: Slot, work: Work) -> JobId {
        let (job, ended) = self.jobs.start(slot, self.depth);
        self.effects.extend(ended.into_iter().map(Effect::Cancel));
        self.effects.push(Effect::Start { job, slot, work });
        job
    }

    /// A job said its last word.
    pub fn finished(&mut self, job: JobId) {
        self.jobs.end(job);
    }

    /// Stops a job; its answers are dropped from now on.
    pub fn cancel(&mut self, job: JobId) {
        if self.jobs.end(job) {
            self.effects.push(Effect::Cancel(job));
        }
    }

    /// Stops this screen's jobs of a slot: reads for rows that are no longer on screen.
    pub fn cancel_slot(&mut self, slot: Slot) {
        let ended = self.jobs.end_slot(slot, self.depth);
        self.effects.extend(ended.into_iter().map(Effect::Cancel));
    }

    /// Says something on the notice line, until the next key.
    pub fn say(&mut self, notice: impl Into<String>) {
        self.shared.notice = Some(notice.into());
    }

    /// Copies a text, shows it on a page to select from, and has it written to a file.
    pub fn copy(&mut self, text: impl Into<String>) {
        let text = text.into();
        let (job, ended) = self.jobs.start(Slot::Note, self.depth);
        self.effects.extend(ended.into_iter().map(Effect::Cancel));
        self.effects.push(Effect::Copy { job, text: text.clone() });
        *self.reader = Some(Reader::new(Kind::Page(text)));
    }

    /// Shows a page to read and select from.
    pub fn page(&mut self, page: impl Into<String>) {
        *self.reader = Some(Reader::new(Kind::Page(page.into())));
    }

    /// Asks a job to stop, and still hears its last word.
    pub fn ask_to_stop(&mut self, job: JobId) {
        self.effects.push(Effect::AskToStop(job));
    }

    /// Opens the long text of a code.
    pub fn explain(&mut self, code: Code) {
        *self.reader = Some(Reader::new(Kind::Explain(code)));
    }

    /// Gives the terminal to a shell.
    pub fn shell(&mut self) {
        self.effects.push(Effect::Shell);
    }

    /// What stands on the screen now decides something: keys typed before it was drawn are thrown away.
    pub fn decide(&mut self) {
        self.shared.undrawn = true;
    }
}

/// A screen's part of the wizard. All methods are pure; what happens outside is asked for through [`Cx`].
pub trait Step: fmt::Debug {
    /// Which table of keys acts now.
    fn id(&self) -> keys::Screen;

    /// Where it stands on the rail.
    fn rail(&self) -> Rail;

    /// What the main key will do, in one sentence: the notice line when no message stands there.
    fn main(&self, shared: &Shared) -> String;

    /// The footer's own entries, main key first; Esc, help and leave are added by the frame.
    fn hints(&self, shared: &Shared) -> Vec<Hint>;

    /// Whether a text field has the focus: letters are text then.
    fn typing(&self) -> bool {
        false
    }

    /// Whether Esc goes to the screen behind. Not after an act: going back over it would hide it.
    fn may_go_back(&self) -> bool {
        true
    }

    /// Whether `o` is this screen's own affair even while a service stands still: it asks before it starts.
    fn owns_service(&self) -> bool {
        false
    }

    /// It has just opened.
    fn enter(&mut self, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// The screen over it was left.
    fn returned(&mut self, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// A key of its table was pressed. Back reaches it first: it may stop work, close a question, or refuse.
    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow;

    /// A key went into its text field.
    fn text(&mut self, _key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// Text was pasted.
    fn paste(&mut self, _text: &str, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// One of its jobs answered.
    fn answer(&mut self, _job: JobId, _answer: Answer, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// Its deadline may have come.
    fn tick(&mut self, _cx: &mut Cx<'_>) -> Flow {
        Flow::Stay
    }

    /// When it wants a tick next.
    fn deadline(&self) -> Option<Timestamp> {
        None
    }
}

macro_rules! screens {
    ($($(#[$doc:meta])* $name:ident($state:ty);)+) => {
        /// A screen with its state.
        #[derive(Debug)]
        pub enum Screen { $($(#[$doc])* $name(Box<$state>),)+ }

        impl Screen {
            /// The screen as a step.
            pub fn step(&self) -> &dyn Step {
                match self { $(Self::$name(state) => state.as_ref(),)+ }
            }

            /// The screen as a step, to change it.
            pub fn step_mut(&mut self) -> &mut dyn Step {
                match self { $(Self::$name(state) => state.as_mut(),)+ }
            }
        }

        $(impl From<$state> for Screen {
            fn from(state: $state) -> Self {
                Self::$name(Box::new(state))
            }
        })+
    };
}

screens! {
    /// 1.
    Start(start::Start);
    /// The report of a past restore.
    Past(start::Past);
    /// 2 and 3.
    Source(source::Source);
    /// New credentials.
    Credentials(source::Credentials);
    /// 4.
    Organisations(backup::Organisations);
    /// 5.
    Connectors(backup::Connectors);
    /// 6.
    Versions(backup::Versions);
    /// All levels are searched, from 4, 5 or 6.
    Search(backup::Search);
    /// 7 and 8.
    Inspect(inspect::Inspect);
    /// Tables, rows and cells of the file.
    Browse(browse::Browse);
    /// 9.
    Pick(target::Pick);
    /// 10.
    PasteIds(target::PasteIds);
    /// 11.
    Preview(preview::Preview);
    /// 12.
    Changes(preview::Changes);
    /// What each witness says.
    Witnesses(witnesses::Witnesses);
    /// 14.
    Rewrite(rewrite::Rewrite);
    /// 15.
    Place(place::Place);
    /// 16.
    Placed(place::Placed);
    /// 17.
    Elsewhere(place::Elsewhere);
    /// 18.
    Finish(finish::Finish);
    /// 19.
    Done(finish::Done);
    /// 22, the question.
    Rollback(rollback::Rollback);
    /// 22, the result.
    RolledBack(rollback::RolledBack);
}
