//! Place: replace the new connector's database here, or on another machine? The only act that replaces something.
//!
//! Somebody has the file open in the normal case: the screen says who, and stops the service when asked and confirmed. Only
//! when nobody was seen twice, two seconds apart, the confirmation opens: the new connector's ID, as the platform shows it.

pub mod confirm;
pub mod elsewhere;
pub mod look;
mod messages;
pub mod placed;
mod step;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use jiff::Timestamp;

pub use elsewhere::Elsewhere;
pub use look::{HolderLine, Look, Open, TwoLooks};
pub use messages::{Answer, Tick, Work};
pub use placed::Placed;

use super::Shared;
use super::ask::Ask;
use super::chain::{Accepted, Proved};
use super::effect::Work as AnyWork;
use super::field::Field;
use super::job::{JobId, Slot};
use super::list::Cursor;
use super::message::Answer as AnyAnswer;
use super::shared::{PlaceState, command};
use super::step::{Cx, Flow};
use crate::finding::{Code, Finding};
use crate::hub::place::{Left, Step as Act};
use crate::hub::service::Service;
use confirm::Typed;

/// How far the screen is.
#[derive(Debug)]
enum Phase {
    /// The first look is under way, or something is in the way.
    Blocked,
    /// Nobody has it open, twice, and everything is settled: the ID is typed.
    Confirm,
    /// It replaces.
    Replacing {
        /// The act that runs.
        act: Act,
        /// Asked to stop, before the exchange.
        stopping: bool,
    },
    /// It stopped.
    Failed {
        /// Why.
        finding: Box<Finding>,
        /// What is there now.
        left: Left,
    },
}

/// What a yes means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yes {
    /// Stop this service.
    Stop(Service),
    /// Write into the live file.
    Online,
}

/// 15.
#[derive(Debug)]
pub struct Place {
    /// What is placed.
    pub proved: Arc<Proved>,
    /// The newest look.
    pub look: Option<Look>,
    /// Clean looks so far.
    pub looks: TwoLooks,
    /// The question that is open.
    pub ask: Option<Ask<Yes>>,
    /// Online mode was chosen: whoever has it open is not in the way.
    pub online: bool,
    /// The ID from the platform.
    pub field: Field,
    /// Whether the field has the focus.
    pub in_field: bool,
    /// Why the typed ID was refused.
    pub refused: Option<String>,
    /// What was accepted here.
    pub accepted: Vec<Accepted>,
    /// The row of the findings that are settled here.
    pub cursor: Cursor,
    /// When `o` stopped the service.
    pub stopped_at: Option<Timestamp>,
    phase: Phase,
    looking: Option<JobId>,
    next: Option<Timestamp>,
    acting: Option<JobId>,
}

impl Place {
    /// The screen for a proved rewrite.
    pub fn new(proved: Arc<Proved>) -> Self {
        Self {
            proved,
            look: None,
            looks: TwoLooks::default(),
            ask: None,
            online: false,
            field: Field::default(),
            in_field: false,
            refused: None,
            accepted: Vec::new(),
            cursor: Cursor::default(),
            stopped_at: None,
            phase: Phase::Blocked,
            looking: None,
            next: None,
            acting: None,
        }
    }

    /// The act that runs, and whether it was asked to stop.
    pub fn act_now(&self) -> Option<(Act, bool)> {
        match self.phase {
            Phase::Replacing { act, stopping } => Some((act, stopping)),
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

    /// Whether the ID can be typed.
    pub fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Confirm)
    }

    /// The findings that a person settles here.
    pub fn to_accept(&self) -> Vec<&Finding> {
        self.look.iter().flat_map(|look| look.to_accept(self.online)).collect()
    }

    /// What is in the way, in the mode that was chosen.
    pub fn block(&self) -> Option<&Finding> {
        let look = self.look.as_ref()?;
        if self.online { look.online_block() } else { look.block() }
    }

    /// Whether a finding was accepted, here or before.
    pub fn is_accepted(&self, finding: &Finding) -> bool {
        let acceptance = finding.acceptance();
        let answered = &self.proved.targeted().answered;
        let here = self.accepted.iter().chain(answered).any(|accepted| accepted.acceptance == acceptance);
        here || self.proved.planned.accepted_at(finding).is_some()
    }

    fn open_findings(&self) -> usize {
        self.to_accept().into_iter().filter(|finding| !self.is_accepted(finding)).count()
    }

    fn look_now(&mut self, cx: &mut Cx<'_>) {
        self.next = None;
        self.looking = Some(cx.start(Slot::Look, AnyWork::Place(Work::Look(Arc::clone(&self.proved)))));
    }

    /// Who has it open, without the rest: quick enough for every two seconds.
    fn look_again(&mut self, cx: &mut Cx<'_>) {
        let Some(look) = &self.look else { return self.look_now(cx) };
        self.next = None;
        let root = self.proved.targeted().hub_root.clone();
        let work = Work::LookAgain { root, path: look.path.clone() };
        self.looking = Some(cx.start(Slot::Look, AnyWork::Place(work)));
    }

    fn looked(&mut self, look: Look, cx: &mut Cx<'_>) -> Flow {
        self.looks.take(&look);
        self.next = cx.now.checked_add(look::EVERY).ok();
        self.look = Some(look);
        self.settle(cx);
        Flow::Stay
    }

    /// The lower half follows from the looks and the acceptances. What was typed before it opened is thrown away.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        if matches!(self.phase, Phase::Replacing { .. } | Phase::Failed { .. }) {
            return;
        }
        let free = self.look.is_some() && self.block().is_none();
        let ready = free && (self.online || self.looks.both().is_some()) && self.open_findings() == 0;
        match (&self.phase, ready) {
            (Phase::Blocked, true) => {
                self.phase = Phase::Confirm;
                self.ask = None;
                self.field.clear();
                self.in_field = true;
                self.refused = None;
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
        let Some(look) = &self.look else { return };
        let Some(service) = look.open.service.clone() else {
            cx.say("No service was found that has it open: s opens a shell, to stop it yourself.");
            return;
        };
        let words = command(&service.stop_words());
        let also = match look.open.stops_also.as_slice() {
            [] => "No other connector of this hub stops with it.".to_owned(),
            names => format!("{} {} with it.", list(names), if names.len() == 1 { "stops" } else { "stop" }),
        };
        self.ask = Some(Ask {
            question: format!("Stop {}?", service.name),
            lines: vec![words, also, "In Finish one key starts it again; so does o on every screen.".to_owned()],
            yes: format!("y stops {}. Esc does nothing.", service.name),
            then: Yes::Stop(service),
        });
    }

    /// `n`: asks whether the live file is to be written into, with its limits in sight; or takes that back.
    fn ask_for_online(&mut self, cx: &mut Cx<'_>) {
        if self.online {
            self.online = false;
            cx.say("The file is exchanged after all: nobody may have it open.");
            return self.settle(cx);
        }
        let Some(look) = &self.look else { return };
        if let Some(limit) = look.online_block() {
            cx.say(format!("Not here: {}", limit.detail));
            return;
        }
        let promise = look.online.iter().find(|finding| finding.code == Code::R617);
        let mut lines = vec!["SQLite writes into the file that is there; the connector keeps it open.".to_owned()];
        lines.extend(promise.map(|promise| promise.why.clone()));
        lines.push("To stop the connector is better. The way back is the same.".to_owned());
        self.ask = Some(Ask {
            question: "Write into the live file, while it is open?".to_owned(),
            lines,
            yes: "y chooses online mode; then the ID is asked for. Esc does nothing.".to_owned(),
            then: Yes::Online,
        });
    }

    fn yes(&mut self, cx: &mut Cx<'_>) {
        let Some(ask) = self.ask.take() else { return };
        match ask.then {
            Yes::Online => {
                self.online = true;
                self.settle(cx);
            }
            Yes::Stop(service) => {
                cx.say(format!("Stops {} …", service.name));
                let restore = self.proved.inspected().restore.clone();
                cx.start(Slot::Service, AnyWork::Place(Work::StopService { service, restore }));
            }
        }
    }

    fn accept(&mut self, cx: &mut Cx<'_>) {
        let findings = self.to_accept();
        let at = self.cursor.at(findings.len());
        let Some(finding) = findings.get(at) else { return };
        let acceptance = finding.acceptance();
        if let Some(index) = self.accepted.iter().position(|accepted| accepted.acceptance == acceptance) {
            self.accepted.remove(index);
        } else {
            self.accepted.push(Accepted { acceptance, at: cx.now });
            let findings = self.to_accept();
            if let Some(next) = findings.iter().position(|finding| !self.is_accepted(finding)) {
                self.cursor.follow(next);
            }
        }
        self.settle(cx);
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        match &self.phase {
            Phase::Blocked => {
                let findings = self.to_accept();
                if let Some(next) = findings.iter().position(|finding| !self.is_accepted(finding)) {
                    self.cursor.follow(next);
                }
            }
            Phase::Confirm if !self.in_field => self.in_field = true,
            Phase::Confirm => self.compare(cx),
            Phase::Failed { .. } => {
                self.phase = Phase::Blocked;
                self.looks = TwoLooks::default();
                self.look_now(cx);
            }
            Phase::Replacing { .. } => {}
        }
        Flow::Stay
    }

    fn compare(&mut self, cx: &mut Cx<'_>) {
        let known = self.look.as_ref().map_or(&[][..], |look| &look.others);
        match confirm::compare(self.field.text(), self.proved.mapping(), known) {
            Typed::TooShort => {}
            Typed::Wrong(sentence) => {
                self.refused = Some(sentence);
                self.field.clear();
            }
            Typed::Right => {
                self.refused = None;
                if let Some(looking) = self.looking.take() {
                    cx.cancel(looking);
                }
                self.next = None;
                self.in_field = false;
                self.phase = Phase::Replacing { act: Act::Stage, stopping: false };
                let (proved, accepted) = (Arc::clone(&self.proved), self.accepted.clone());
                let work = Work::Replace { proved, accepted, online: self.online };
                self.acting = Some(cx.start(Slot::Main, AnyWork::Place(work)));
                cx.shared.place = PlaceState::Replacing;
            }
        }
    }

    /// Esc and Ctrl-C while it replaces: before the last look it is stopped and undone, after that it cannot be.
    fn stop(&mut self, cx: &mut Cx<'_>) -> Flow {
        let Phase::Replacing { act, stopping } = &mut self.phase else { return Flow::Stay };
        if *act >= Act::Replace {
            cx.say("It is finishing, and cannot be stopped. Afterwards it can be rolled back.");
        } else if !*stopping {
            *stopping = true;
            cx.say("It stops, and puts back what it touched.");
            if let Some(acting) = self.acting {
                cx.ask_to_stop(acting);
            }
        }
        Flow::Stay
    }

    fn stopped(&mut self, finding: Option<Box<Finding>>, left: Left, cx: &mut Cx<'_>) -> Flow {
        self.acting = None;
        let Some(finding) = finding else {
            self.phase = Phase::Blocked;
            self.looks = TwoLooks::default();
            cx.shared.place = PlaceState::NotChanged;
            cx.say(format!("Stopped, as asked. {}", left.sentence()));
            self.look_now(cx);
            return Flow::Stay;
        };
        cx.shared.place = match left {
            Left::Untouched | Left::Old | Left::Undone => PlaceState::NotChanged,
            Left::New => PlaceState::Placed,
            Left::Unfinished => PlaceState::Replacing,
        };
        self.looks = TwoLooks::default();
        // Somebody opened it in the last moment: the same block as before says who.
        if matches!(finding.code, Code::R601) && !matches!(left, Left::New | Left::Unfinished) {
            self.phase = Phase::Blocked;
            cx.say(finding.detail);
            self.look_now(cx);
        } else {
            self.phase = Phase::Failed { finding, left };
        }
        cx.decide();
        Flow::Stay
    }

    fn explained(&self) -> Option<Code> {
        if let Phase::Failed { finding, .. } = &self.phase {
            return Some(finding.code);
        }
        let findings = self.to_accept();
        let selected = findings.get(self.cursor.at(findings.len())).map(|finding| finding.code);
        let usual = if self.online { Code::R617 } else { Code::R601 };
        self.block().map(|finding| finding.code).or(selected).or(Some(usual))
    }
}

/// `A, B and C`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

impl Place {
    fn main_while_blocked(&self, shared: &Shared) -> String {
        let Some(look) = &self.look else { return "Looks at the place, and who has the file open.".to_owned() };
        if let Some(block) = self.block() {
            return match (&look.open.service, &shared.stopped, block.code) {
                (Some(service), None, Code::R601) => {
                    let also = match look.open.stops_also.len() {
                        0 => String::new(),
                        others => format!(" and its {} connectors", others + 1),
                    };
                    format!("o asks first, then stops {}{also}.", service.name)
                }
                _ => "It looks again by itself, every 2 s. Enter does nothing yet.".to_owned(),
            };
        }
        match self.open_findings() {
            0 => "Looks once more that nobody has it open.".to_owned(),
            _ => "a accepts the selected finding. Then the ID is asked for.".to_owned(),
        }
    }

    /// A job ended in a way that nobody expects: a look is tried again, an act is shown as failed.
    fn broken(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        let AnyAnswer::Broken(sentence) = answer else { return Flow::Stay };
        cx.finished(job);
        if self.acting == Some(job) {
            let finding = Finding::new(Code::R610, crate::finding::Severity::Block, sentence)
                .why("What is at the place now was not read back.")
                .remedy("Leave and start reseat again: it works out from the journal what is there.");
            return self.stopped(Some(Box::new(finding)), Left::Unfinished, cx);
        }
        cx.say(sentence);
        self.next = cx.now.checked_add(look::EVERY).ok();
        Flow::Stay
    }
}
