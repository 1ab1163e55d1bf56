//! The screen's keys, and what comes back.

use super::Answer;
use super::Phase;
use super::Rollback;
use super::result::RolledBack;
use crate::finding::Code;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::hub::place::Left;
use crate::keys;
use crate::keys::Action;
use crate::keys::Hint;
use crate::wizard::effect::Work as AnyWork;
use crate::wizard::job::JobId;
use crate::wizard::job::Slot;
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::place;
use crate::wizard::place::look;
use crate::wizard::place::look::Look;
use crate::wizard::place::look::TwoLooks;
use crate::wizard::shared::PlaceState;
use crate::wizard::shared::Shared;
use crate::wizard::step::Cx;
use crate::wizard::step::Flow;
use crate::wizard::step::Rail;
use crate::wizard::step::RailMark;
use crate::wizard::step::Screen;
use crate::wizard::step::Stage;
use crate::wizard::step::Step;
use crossterm::event::KeyEvent;
use jiff::Timestamp;

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
        let blocked = self.block().is_some();
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
                let block = self.block().map(|finding| finding.code);
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
