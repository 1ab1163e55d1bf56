//! Rollback: put back what was there before. A typed word confirms it; what goes away is copied first.

pub mod result;
mod step;

#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;

use jiff::Timestamp;

pub use result::RolledBack;

use super::after::{After, Contents};
use super::ask::Ask;
use super::effect::Work as AnyWork;
use super::field::Field;
use super::job::{JobId, Slot};
use super::place::list;
use super::place::look::{self, Look, Open, TwoLooks};
use super::shared::{PlaceState, command};
use super::step::Cx;
use crate::finding::Finding;
use crate::hub::place::{Left, Step as Act};
use crate::hub::service::Service;

/// The word that is typed.
pub const WORD: &str = "rollback";

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Look at the place, and at what is in it.
    Look {
        /// The restore.
        restore: String,
    },
    /// Look again who has the file open.
    LookAgain {
        /// The file.
        path: PathBuf,
    },
    /// Put the old set back.
    RollBack {
        /// The restore.
        restore: String,
    },
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// A look at the place, and what is there now.
    Looked {
        /// The place, and who has the file open.
        look: Box<Look>,
        /// What is there now, and goes away.
        now: Contents,
    },
    /// Who has the file open now.
    LookedAgain(Box<Open>),
    /// The place could not be looked at: what stops it.
    NotLooked(Vec<Finding>),
    /// A part of the act has begun.
    Step(Act),
    /// The old set is back.
    RolledBack(Box<Undone>),
    /// It was not put back.
    Stopped {
        /// Why; none when it was asked to stop.
        finding: Option<Box<Finding>>,
        /// What is there now.
        left: Left,
    },
}

/// The old set is back.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    /// When.
    pub at: Timestamp,
    /// What is there now.
    pub now: Contents,
    /// Side files that are there again: `-wal`, `-journal`.
    pub side_files: Vec<String>,
    /// It was written into the live file, which somebody had open: the same contents, not the same bytes.
    pub into_live: bool,
    /// The copy of what went away, printable; none when it was exactly what had been placed.
    pub after: Option<String>,
    /// What a person does now.
    pub steps: Vec<super::after::Step>,
}

/// How far the screen is.
#[derive(Debug)]
enum Phase {
    Blocked,
    Confirm,
    PuttingBack(Act),
    Failed { finding: Box<Finding>, left: Left },
}

/// 22, the question.
#[derive(Debug)]
pub struct Rollback {
    /// What was placed.
    pub after: After,
    /// The newest look.
    pub look: Option<Look>,
    /// What goes away.
    pub now: Contents,
    /// Looks so far at which nobody had it open.
    pub looks: TwoLooks,
    /// The question about the service, while it is open.
    pub ask: Option<Ask<Service>>,
    /// The word.
    pub field: Field,
    /// Whether the field has the focus.
    pub in_field: bool,
    /// When `o` stopped the service.
    pub stopped_at: Option<Timestamp>,
    phase: Phase,
    looking: Option<JobId>,
    next: Option<Timestamp>,
}

impl Rollback {
    /// The question for a restore that was placed.
    pub fn new(after: After) -> Self {
        Self {
            after,
            look: None,
            now: Contents::default(),
            looks: TwoLooks::default(),
            ask: None,
            field: Field::default(),
            in_field: false,
            stopped_at: None,
            phase: Phase::Blocked,
            looking: None,
            next: None,
        }
    }

    /// Whether the word can be typed.
    pub fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Confirm)
    }

    /// What was placed into the live file goes back into it where somebody has it open.
    pub fn into_live(&self) -> bool {
        self.after.online && self.look.as_ref().is_some_and(|look| !look.nobody())
    }

    /// The first finding that stops.
    pub fn block(&self) -> Option<&Finding> {
        self.look.as_ref().and_then(|look| if self.after.online { look.place_block() } else { look.block() })
    }

    /// The act that runs.
    pub fn act_now(&self) -> Option<Act> {
        match self.phase {
            Phase::PuttingBack(act) => Some(act),
            _ => None,
        }
    }

    /// Why it stopped, and what is there now.
    pub fn failed(&self) -> Option<(&Finding, Left)> {
        match &self.phase {
            Phase::Failed { finding, left } => Some((finding, *left)),
            _ => None,
        }
    }

    fn look_now(&mut self, cx: &mut Cx<'_>) {
        self.next = None;
        let work = Work::Look { restore: self.after.restore.clone() };
        self.looking = Some(cx.start(Slot::Look, AnyWork::Rollback(work)));
    }

    fn look_again(&mut self, cx: &mut Cx<'_>) {
        let Some(look) = &self.look else { return self.look_now(cx) };
        self.next = None;
        let work = Work::LookAgain { path: look.path.clone() };
        self.looking = Some(cx.start(Slot::Look, AnyWork::Rollback(work)));
    }

    fn looked(&mut self, look: Look, now: Contents, cx: &mut Cx<'_>) {
        self.looks.take(&look);
        self.next = cx.now.checked_add(look::EVERY).ok();
        self.look = Some(look);
        self.now = now;
        let seen = self.into_live() || self.looks.both().is_some();
        match (&self.phase, self.block().is_none() && seen) {
            (Phase::Blocked, true) => {
                self.phase = Phase::Confirm;
                self.ask = None;
                self.field.clear();
                self.in_field = true;
                cx.decide();
            }
            (Phase::Confirm, false) => {
                self.phase = Phase::Blocked;
                self.in_field = false;
                cx.decide();
            }
            _ => {}
        }
    }

    fn ask_to_stop(&mut self, cx: &mut Cx<'_>) {
        let Some((look, service)) = self.look.as_ref().and_then(|look| Some((look, look.open.service.clone()?))) else {
            cx.say("No service was found that has it open: s opens a shell, to stop it yourself.");
            return;
        };
        let also = if look.open.stops_also.is_empty() {
            "No other connector of this hub stops with it.".to_owned()
        } else {
            format!("These stop with it: {}.", list(&look.open.stops_also))
        };
        self.ask = Some(Ask {
            question: format!("Stop {}?", service.name),
            lines: vec![command(&service.stop_words()), also, "o starts it again, on every screen.".to_owned()],
            yes: format!("y stops {}. Esc does nothing.", service.name),
            then: service,
        });
    }

    fn go(&mut self, cx: &mut Cx<'_>) {
        match self.phase {
            Phase::Confirm if !self.in_field => self.in_field = true,
            Phase::Confirm if self.field.text().trim() == WORD => {
                if let Some(looking) = self.looking.take() {
                    cx.cancel(looking);
                }
                self.next = None;
                self.in_field = false;
                self.phase = Phase::PuttingBack(Act::Stage);
                cx.shared.place = PlaceState::Replacing;
                let work = Work::RollBack { restore: self.after.restore.clone() };
                cx.start(Slot::Main, AnyWork::Rollback(work));
            }
            Phase::Failed { .. } => {
                self.phase = Phase::Blocked;
                self.looks = TwoLooks::default();
                self.look_now(cx);
            }
            _ => {}
        }
    }

    fn stopped(&mut self, finding: Option<Box<Finding>>, left: Left, cx: &mut Cx<'_>) {
        cx.shared.place = match left {
            Left::Undone | Left::Old => PlaceState::RolledBack,
            Left::Untouched | Left::New => PlaceState::Placed,
            Left::Unfinished => PlaceState::Replacing,
        };
        self.phase = finding.map_or(Phase::Blocked, |finding| Phase::Failed { finding, left });
        self.looks = TwoLooks::default();
        cx.decide();
    }
}
