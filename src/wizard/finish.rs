//! Finish: what is left to do? Each step is ticked off with the time, and a safe copy of the connector's database is watched.

pub mod done;
mod step;

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use done::Done;

use super::after::{After, SYNC, Step as Item, StepState};
use super::ask::Ask;
use super::effect::Work as AnyWork;
use super::job::{JobId, Slot};
use super::list::Cursor;
use super::place::{self, Tick};
use super::step::{Cx, Flow, Screen};
use crate::finding::{Code, Finding};
use crate::keys::Action;

/// How often the database is looked at.
const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// How long after Sync a person waits for a new event before reseat asks.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Look at a safe copy of the connector's database.
    Watch {
        /// The restore.
        restore: String,
    },
    /// The report as text, to copy.
    Report {
        /// The restore.
        restore: String,
    },
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// A look at the database.
    Watched(Box<Watch>),
    /// The report, or why there is none.
    Report(Result<String, String>),
}

/// One look at the connector's database after the restore.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// When.
    pub at: Timestamp,
    /// Its length in bytes; none when it could not be read.
    pub size: Option<u64>,
    /// Whether it is still the file that was placed (a restored file grows; it is not exchanged).
    pub same_file: Option<bool>,
    /// Whether hub and connector in it are the new ones.
    pub right_ids: Option<bool>,
    /// Its events, and the newest.
    pub events: Option<u64>,
    /// The newest event.
    pub newest: Option<Timestamp>,
    /// Who has it open: `pid 3308`; none when nobody has.
    pub open_by: Option<String>,
    /// R703, R704, R705, R411.
    pub findings: Vec<Finding>,
}

impl Watch {
    /// What is wrong with the database. That steps are open (R701, R702) is what the list itself says.
    pub fn troubles(&self) -> impl Iterator<Item = &Finding> {
        let steps = [Code::R701, Code::R702];
        self.findings.iter().filter(move |finding| finding.needs_acceptance() && !steps.contains(&finding.code))
    }
}

/// A question of this screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Tick a step although an earlier one is open (R702).
    OutOfOrder(usize),
    /// Un-tick a step.
    Untick(usize),
}

/// 18.
#[derive(Debug)]
pub struct Finish {
    /// What was placed.
    pub after: After,
    /// The selected step.
    pub cursor: Cursor,
    /// The newest look.
    pub watch: Option<Watch>,
    /// Events at the time of Sync: those beyond are new.
    pub events_at_sync: Option<u64>,
    /// The question that is open.
    pub ask: Option<Ask<Question>>,
    /// The step whose error is being talked about.
    pub failed: Option<usize>,
    /// No event came for a while after Sync: it is asked what to do.
    pub quiet: bool,
    waits_until: Option<Timestamp>,
    watching: Option<JobId>,
    next: Option<Timestamp>,
}

impl Finish {
    /// The screen for a restore that was placed.
    pub fn new(after: After) -> Self {
        Self {
            after,
            cursor: Cursor::default(),
            watch: None,
            events_at_sync: None,
            ask: None,
            failed: None,
            quiet: false,
            waits_until: None,
            watching: None,
            next: None,
        }
    }

    /// New events since the placing, as far as they were counted.
    pub fn new_events(&self) -> Option<u64> {
        let now = self.watch.as_ref()?.events?;
        Some(now.saturating_sub(self.after.restored.events?))
    }

    fn watch_now(&mut self, cx: &mut Cx<'_>) {
        self.next = None;
        if self.after.by_receipt {
            return;
        }
        let work = Work::Watch { restore: self.after.restore.clone() };
        self.watching = Some(cx.start(Slot::Look, AnyWork::Finish(work)));
    }

    fn select_open(&mut self) {
        if let Some(open) = self.after.steps.iter().position(Item::is_open) {
            self.cursor.follow(open);
        }
    }

    fn selected(&self) -> Option<usize> {
        (!self.after.steps.is_empty()).then(|| self.cursor.at(self.after.steps.len()))
    }

    fn done(&mut self, cx: &mut Cx<'_>) {
        let Some(at) = self.selected() else { return };
        let step = &self.after.steps[at];
        if !step.is_open() {
            return;
        }
        if step.starts_service {
            cx.say("o starts it; reseat then sees it by itself.");
            return;
        }
        if let Some(earlier) = self.after.steps[..at].iter().find(|step| step.is_open()) {
            self.ask = Some(Ask {
                question: format!("R702  Tick this step although \"{}\" is open?", earlier.title),
                lines: vec![
                    "The order matters: Sync with the old configuration loads nothing, or the wrong data.".to_owned(),
                ],
                yes: "y ticks it all the same. Esc does not.".to_owned(),
                then: Question::OutOfOrder(at),
            });
            return;
        }
        self.tick_step(at, Tick::Said, cx);
    }

    fn tick_step(&mut self, at: usize, tick: Tick, cx: &mut Cx<'_>) {
        let done = tick == Tick::Said;
        let person = cx.shared.who.person.clone();
        let Some(step) = self.after.steps.get_mut(at) else { return };
        step.state = if done { StepState::Said { by: person, at: cx.now } } else { StepState::Open };
        let id = step.id.clone();
        if id == SYNC {
            // What comes after this moment came by Sync.
            self.events_at_sync = if done { self.watch.as_ref().and_then(|watch| watch.events) } else { None };
            self.waits_until = if done { cx.now.checked_add(QUIET).ok() } else { None };
        }
        let work = place::Work::Tick { restore: self.after.restore.clone(), step: id, tick };
        cx.start(Slot::Note, AnyWork::Place(work));
        cx.shared.farewell = Some(self.after.farewell());
        self.failed = None;
        self.select_open();
    }

    fn watched(&mut self, watch: Watch, cx: &mut Cx<'_>) -> Flow {
        self.next = cx.now.checked_add(EVERY).ok();
        if let (Some(holder), None) = (&watch.open_by, &cx.shared.stopped) {
            let seen = StepState::Seen { at: watch.at, what: format!("{holder} has the database open") };
            let start = self.after.steps.iter().position(|step| step.starts_service && step.is_open());
            if let Some(at) = start {
                self.after.steps[at].state = seen;
                let step = self.after.steps[at].id.clone();
                let work = place::Work::Tick { restore: self.after.restore.clone(), step, tick: Tick::Seen };
                cx.start(Slot::Note, AnyWork::Place(work));
                self.select_open();
            }
        }
        let arrived = match (self.events_at_sync, watch.events) {
            (Some(before), Some(now)) => now > before,
            _ => false,
        };
        let troubled = watch.troubles().next().is_some();
        self.watch = Some(watch);
        cx.shared.farewell = Some(self.after.farewell());
        if self.after.open() == 0 && arrived && !troubled && self.ask.is_none() && self.failed.is_none() {
            return self.finished();
        }
        if !arrived && self.waits_until.is_some_and(|until| until <= cx.now) {
            self.quiet = true;
        }
        Flow::Stay
    }

    fn finished(&self) -> Flow {
        Flow::Push(Screen::from(Done::new(self.after.clone(), self.watch.clone(), self.new_events())))
    }

    /// The step after Sync is the result: Enter shows it once Sync is ticked.
    fn sync_ticked(&self) -> bool {
        self.after.steps.iter().any(|step| step.id == SYNC && !step.is_open())
    }

    fn answer_question(&mut self, action: Action, cx: &mut Cx<'_>) {
        match action {
            Action::Yes => match self.ask.take().map(|ask| ask.then) {
                Some(Question::OutOfOrder(at)) => self.tick_step(at, Tick::Said, cx),
                Some(Question::Untick(at)) => self.tick_step(at, Tick::Open, cx),
                None => {}
            },
            Action::Back => self.ask = None,
            _ => {}
        }
    }

    fn answer_quiet(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::KeepWatching | Action::Back => {
                self.quiet = false;
                self.waits_until = cx.now.checked_add(QUIET).ok();
                Flow::Stay
            }
            Action::LeaveOpen => {
                self.quiet = false;
                self.waits_until = None;
                if let Some(at) = self.after.steps.iter().position(|step| step.id == SYNC) {
                    self.tick_step(at, Tick::LeftOpen, cx);
                }
                self.finished()
            }
            _ => Flow::Stay,
        }
    }
}

/// The steps as text, for a ticket.
fn checklist(after: &After) -> String {
    let mut text = format!("Restore {}, {}\n", after.restore, after.name);
    for (at, step) in after.steps.iter().enumerate() {
        text.push_str(&format!("{} {} {}\n    {}\n", step.mark(), at + 1, step.action, step.look));
    }
    text
}
