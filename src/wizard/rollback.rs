//! Rollback: put back what was there before. A typed word confirms it; what goes away is copied first.

pub mod result;

#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;

use crossterm::event::KeyEvent;
use jiff::Timestamp;

pub use result::RolledBack;

use super::after::{After, Contents};
use super::ask::Ask;
use super::effect::Work as AnyWork;
use super::field::Field;
use super::job::{JobId, Slot};
use super::message::Answer as AnyAnswer;
use super::place::look::{self, Look, Open, TwoLooks};
use super::place::{self, list};
use super::shared::{PlaceState, Shared, command};
use super::step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};
use crate::finding::{Code, Finding, Severity};
use crate::hub::place::{Left, Step as Act};
use crate::hub::service::Service;
use crate::keys::{self, Action, Hint};

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
    /// Clean looks so far.
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
        let free = look.block().is_none();
        self.look = Some(look);
        self.now = now;
        match (&self.phase, free && self.looks.both().is_some()) {
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

impl Step for Rollback {
    fn id(&self) -> keys::Screen {
        match (&self.ask, &self.phase) {
            (Some(_), _) => keys::Screen::Question,
            (_, Phase::PuttingBack(_)) => keys::Screen::Placing,
            (_, Phase::Confirm) => keys::Screen::RollBack,
            _ => keys::Screen::Blocked,
        }
    }

    fn rail(&self) -> Rail {
        let blocked = self.look.as_ref().is_some_and(|look| look.block().is_some());
        let stopped = matches!(self.phase, Phase::Failed { .. }) || (matches!(self.phase, Phase::Blocked) && blocked);
        Some((Stage::Place, if stopped { RailMark::Stopped } else { RailMark::Here }))
    }

    fn main(&self, shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        match &self.phase {
            Phase::PuttingBack(_) => "It puts back, and cannot be stopped.".to_owned(),
            Phase::Failed { .. } => "Enter looks again.".to_owned(),
            Phase::Confirm => "Enter puts the old database back, when the word is right.".to_owned(),
            Phase::Blocked => match self.look.as_ref().and_then(|look| look.open.service.as_ref()) {
                Some(service) if shared.stopped.is_none() => format!("o asks first, then stops {}.", service.name),
                _ => "It looks again by itself, every 2 s. Nothing can be typed yet.".to_owned(),
            },
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, label);
        let all = match (&self.ask, &self.phase) {
            (Some(_), _) => vec![hint(Action::Yes, Some("stop it"))],
            (_, Phase::PuttingBack(_)) => vec![],
            (_, Phase::Failed { .. }) => vec![hint(Action::Go, Some("look again")), hint(Action::Explain, None)],
            (_, Phase::Confirm) if self.in_field => {
                vec![hint(Action::Go, None), hint(Action::Next, Some("other keys"))]
            }
            (_, Phase::Confirm) => {
                let service = shared.stopped.is_some().then(|| hint(Action::Service, Some("start service"))).flatten();
                vec![hint(Action::Next, Some("the word")), service, hint(Action::Shell, None)]
            }
            (_, Phase::Blocked) => {
                let label = if shared.stopped.is_some() { "start service" } else { "stop it" };
                vec![hint(Action::Service, Some(label)), hint(Action::Shell, None), hint(Action::Explain, None)]
            }
        };
        all.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.confirms() && self.in_field
    }

    fn owns_service(&self) -> bool {
        self.act_now().is_some()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.restore = Some(self.after.restore.clone());
        self.look_now(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.act_now().is_none() {
            self.looks = TwoLooks::default();
            self.look_now(cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if let Some(ask) = &self.ask {
            match action {
                Action::Yes => {
                    let (service, restore) = (ask.then.clone(), self.after.restore.clone());
                    self.ask = None;
                    cx.start(Slot::Service, AnyWork::Place(place::Work::StopService { service, restore }));
                }
                Action::Back => self.ask = None,
                _ => {}
            }
            return Flow::Stay;
        }
        if self.act_now().is_some() {
            if matches!(action, Action::Back | Action::Stop) {
                cx.say("It puts back, and cannot be stopped.");
            }
            return Flow::Stay;
        }
        match action {
            Action::Go => self.go(cx),
            Action::Back => return Flow::Back,
            Action::Next | Action::Previous if self.confirms() => self.in_field = !self.in_field,
            Action::Again => self.look_now(cx),
            Action::Service => self.ask_to_stop(cx),
            Action::Explain => {
                let code = self.failed().map(|(finding, _)| finding.code);
                let block = self.look.as_ref().and_then(Look::block).map(|finding| finding.code);
                cx.explain(code.or(block).unwrap_or(Code::R601));
            }
            _ => {}
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        self.field.key(key);
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Flow {
        if self.typing() {
            self.field.paste(text);
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        match answer {
            AnyAnswer::Rollback(Answer::Looked { look, now }) if self.looking == Some(job) => {
                self.looking = None;
                cx.finished(job);
                self.looked(*look, now, cx);
            }
            AnyAnswer::Rollback(Answer::LookedAgain(open)) if self.looking == Some(job) => {
                self.looking = None;
                cx.finished(job);
                if let Some(look) = self.look.clone() {
                    let now = self.now;
                    self.looked(Look { open: *open, ..look }, now, cx);
                }
            }
            AnyAnswer::Rollback(Answer::NotLooked(findings)) => {
                cx.finished(job);
                if let Some(finding) = findings.into_iter().next() {
                    self.phase = Phase::Failed { finding: Box::new(finding), left: Left::New };
                }
            }
            AnyAnswer::Rollback(Answer::Step(act)) => {
                if let Phase::PuttingBack(now) = &mut self.phase {
                    *now = act;
                }
            }
            AnyAnswer::Rollback(Answer::RolledBack(undone)) => {
                cx.finished(job);
                cx.shared.place = PlaceState::RolledBack;
                return Flow::Reset(Screen::from(RolledBack::new(self.after.clone(), *undone)));
            }
            AnyAnswer::Rollback(Answer::Stopped { finding, left }) => {
                cx.finished(job);
                self.stopped(finding, left, cx);
            }
            AnyAnswer::Place(place::Answer::ServiceStopped(result)) => {
                cx.finished(job);
                match result {
                    Ok(service) => {
                        self.stopped_at = Some(cx.now);
                        cx.shared.stopped = Some(service);
                    }
                    Err(finding) => cx.say(finding.detail),
                }
                self.look_now(cx);
            }
            AnyAnswer::Broken(sentence) => {
                cx.finished(job);
                if self.act_now().is_some() {
                    let finding = Finding::new(Code::R610, Severity::Block, sentence)
                        .why("What is at the place now was not read back.")
                        .remedy("Leave and start reseat again: it works out from the journal what is there.");
                    self.stopped(Some(Box::new(finding)), Left::Unfinished, cx);
                } else {
                    cx.say(sentence);
                    self.next = cx.now.checked_add(look::EVERY).ok();
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.next.is_some_and(|next| next <= cx.now) {
            self.look_again(cx);
        }
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.next
    }
}
