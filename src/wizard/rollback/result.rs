//! 22, the result: the old database is back, and what to do in the platform before the service starts. No screen lies behind.

use super::Undone;
use crate::keys::{self, Action, Hint};
use crate::wizard::after::{After, Step as Item, StepState};
use crate::wizard::ask::Ask;
use crate::wizard::effect::{Exit, Work as AnyWork};
use crate::wizard::job::{JobId, Slot};
use crate::wizard::list::Cursor;
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::place;
use crate::wizard::shared::Shared;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};

/// 22, the result.
#[derive(Debug)]
pub struct RolledBack {
    /// What had been placed.
    pub after: After,
    /// What is back.
    pub undone: Undone,
    /// The selected step.
    pub cursor: Cursor,
    /// The question whether to start the service before the platform was set.
    pub ask: Option<Ask<()>>,
    /// The step whose error is being talked about.
    pub failed: Option<usize>,
}

impl RolledBack {
    /// The screen after a rollback.
    pub fn new(after: After, undone: Undone) -> Self {
        Self { after, undone, cursor: Cursor::default(), ask: None, failed: None }
    }

    fn open(&self) -> usize {
        self.undone.steps.iter().filter(|step| step.is_open()).count()
    }

    fn first_open(&mut self) {
        if let Some(at) = self.undone.steps.iter().position(Item::is_open) {
            self.cursor.follow(at);
        }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        let Some(service) = cx.shared.stopped.clone() else { return };
        cx.say(format!("Starts {} …", service.name));
        let restore = Some(self.after.restore.clone());
        cx.start(Slot::Service, AnyWork::Place(place::Work::StartService { service, restore }));
    }

    fn done(&mut self, cx: &mut Cx<'_>) {
        let at = self.cursor.at(self.undone.steps.len());
        let person = cx.shared.who.person.clone();
        let Some(step) = self.undone.steps.get_mut(at).filter(|step| step.is_open()) else { return };
        if step.starts_service {
            cx.say("o starts it.");
            return;
        }
        step.state = StepState::Said { by: person, at: cx.now };
        let step = step.id.clone();
        let work = place::Work::Tick { restore: self.after.restore.clone(), step, tick: place::Tick::Said };
        cx.start(Slot::Note, AnyWork::Place(work));
        self.failed = None;
        self.first_open();
    }
}

impl Step for RolledBack {
    fn id(&self) -> keys::Screen {
        if self.ask.is_some() { keys::Screen::Question } else { keys::Screen::RolledBack }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        if self.open() == 0 {
            return "Enter leaves. Both connectors stay until a restore is done.".to_owned();
        }
        match &shared.stopped {
            Some(_) if self.undone.steps.first().is_some_and(Item::is_open) => {
                "d: you did step 1 and saw no error. Then o starts the service.".to_owned()
            }
            Some(service) => format!("o starts {}.", service.name),
            None => "d: you did the step and saw no error.".to_owned(),
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, label);
        if self.ask.is_some() {
            return hint(Action::Yes, None).into_iter().collect();
        }
        let service = shared.stopped.is_some().then(|| hint(Action::Service, Some("start service"))).flatten();
        let go = (self.open() == 0).then(|| hint(Action::Go, Some("leave"))).flatten();
        let all = [go, hint(Action::Done, None), hint(Action::Failed, None), service, hint(Action::Copy, None)];
        all.into_iter().flatten().collect()
    }

    fn may_go_back(&self) -> bool {
        false
    }

    fn owns_service(&self) -> bool {
        true
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.farewell = Some(format!("reseat: restore {} is rolled back.", self.after.restore));
        self.first_open();
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        if cx.shared.stopped.is_none() {
            let at = cx.now;
            let start = self.undone.steps.iter_mut().find(|step| step.starts_service && step.is_open());
            if let Some(step) = start {
                step.state = StepState::Seen { at, what: "runs again".to_owned() };
            }
            self.first_open();
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.ask.is_some() {
            match action {
                Action::Yes => {
                    self.ask = None;
                    self.start(cx);
                }
                Action::Back => self.ask = None,
                _ => {}
            }
            return Flow::Stay;
        }
        if self.cursor.act(action, self.undone.steps.len()) {
            self.failed = None;
            return Flow::Stay;
        }
        match action {
            Action::Back => self.failed = None,
            Action::Done => self.done(cx),
            Action::Failed => self.failed = Some(self.cursor.at(self.undone.steps.len())),
            Action::Service if cx.shared.stopped.is_some() => {
                let platform_first = self.undone.steps.iter().any(|step| !step.starts_service && step.is_open());
                if platform_first {
                    self.ask = Some(Ask {
                        question: "Start the service before step 1 is done?".to_owned(),
                        lines: vec![
                            "With the true connection settings the empty connector loads everything again.".to_owned(),
                        ],
                        yes: "y starts it all the same. Esc does not.".to_owned(),
                        then: (),
                    });
                } else {
                    self.start(cx);
                }
            }
            Action::Go if self.open() == 0 => {
                return Flow::Leave(Exit { status: 0, farewell: cx.shared.farewells() });
            }
            Action::Copy => {
                let mut text = format!("Restore {} is rolled back.\n{}\n", self.after.restore, self.after.target);
                for (at, step) in self.undone.steps.iter().enumerate() {
                    text.push_str(&format!("{} {} {}\n", step.mark(), at + 1, step.action));
                }
                cx.copy(text);
            }
            Action::Platform if cx.shared.demo => {
                let mapping = &self.after.mapping;
                let (hub, connector) = (mapping.hub.new.to_string(), mapping.connector.new.to_string());
                cx.page(crate::wizard::demo::page(&self.after.name, &hub, &connector));
            }
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        cx.finished(job);
        if let AnyAnswer::Broken(sentence) = answer {
            cx.say(sentence);
        }
        Flow::Stay
    }
}
