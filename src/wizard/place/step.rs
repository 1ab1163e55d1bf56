//! Place as a screen: its keys, and what comes back.

use super::Phase;
use super::Place;
use super::Yes;
use super::elsewhere::Elsewhere;
use super::look::Look;
use super::look::TwoLooks;
use super::messages::Answer;
use super::placed::Placed;
use crate::finding::{Code, Finding};
use crate::hub::place::Left;
use crate::hub::place::Step as Act;
use crate::keys;
use crate::keys::Action;
use crate::keys::Hint;
use crate::wizard::Shared;
use crate::wizard::job::JobId;
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::shared::PlaceState;
use crate::wizard::step::Cx;
use crate::wizard::step::Flow;
use crate::wizard::step::Rail;
use crate::wizard::step::RailMark;
use crate::wizard::step::Screen;
use crate::wizard::step::Stage;
use crate::wizard::step::Step;
use crossterm::event::KeyEvent;
use jiff::Timestamp;
use std::sync::Arc;

impl Step for Place {
    fn id(&self) -> keys::Screen {
        match (&self.ask, &self.phase) {
            (Some(_), _) => keys::Screen::Question,
            (_, Phase::Replacing { .. }) => keys::Screen::Placing,
            (_, Phase::Confirm) => keys::Screen::Confirm,
            _ => keys::Screen::Blocked,
        }
    }

    fn rail(&self) -> Rail {
        let stopped = match &self.phase {
            Phase::Failed { .. } => true,
            Phase::Blocked => self.block().is_some(),
            _ => false,
        };
        Some((Stage::Place, if stopped { RailMark::Stopped } else { RailMark::Here }))
    }

    fn main(&self, shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        match &self.phase {
            Phase::Replacing { act, .. } if *act >= Act::Replace => "It finishes, and cannot be stopped.".to_owned(),
            Phase::Replacing { .. } => "Esc stops it, and puts back what it touched.".to_owned(),
            Phase::Failed { .. } => "Enter looks again.".to_owned(),
            Phase::Confirm if self.online => {
                "Enter compares it with the connector that you picked, then writes.".to_owned()
            }
            Phase::Confirm => "Enter compares it with the connector that you picked, then replaces.".to_owned(),
            Phase::Blocked => self.main_while_blocked(shared),
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, label);
        let all = match (&self.ask, &self.phase) {
            (Some(ask), _) if ask.then == Yes::Online => vec![hint(Action::Yes, Some("online mode"))],
            (Some(_), _) => vec![hint(Action::Yes, Some("stop it"))],
            (_, Phase::Replacing { .. }) => vec![],
            (_, Phase::Failed { .. }) => vec![hint(Action::Go, Some("look again")), hint(Action::Explain, None)],
            (_, Phase::Confirm) if self.in_field => {
                let platform = shared.demo.then(|| hint(Action::Platform, None)).flatten();
                vec![hint(Action::Go, None), hint(Action::Next, Some("other keys")), platform]
            }
            (_, Phase::Confirm) => {
                let service = shared.stopped.is_some().then(|| hint(Action::Service, Some("start service"))).flatten();
                let exchange = self.online.then(|| hint(Action::Online, Some("exchange"))).flatten();
                vec![hint(Action::Next, Some("ID field")), service, exchange, hint(Action::Elsewhere, None)]
            }
            (_, Phase::Blocked) => {
                let open = self.look.as_ref().is_some_and(|look| look.open.service.is_some());
                let service = match (&shared.stopped, open) {
                    (Some(_), _) => hint(Action::Service, Some("start service")),
                    (None, true) => hint(Action::Service, None),
                    _ => None,
                };
                let accept = if self.to_accept().is_empty() { None } else { hint(Action::Accept, None) };
                let shell = hint(Action::Shell, None);
                let apart = |finding: &Finding| matches!(finding.code, Code::R601 | Code::R605 | Code::R613);
                let online = self.block().is_some_and(apart).then(|| hint(Action::Online, None)).flatten();
                vec![service, accept, online, shell, hint(Action::Elsewhere, None), hint(Action::Explain, None)]
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
        cx.shared.restore = Some(self.proved.inspected().restore.clone());
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
        if self.ask.is_some() {
            match action {
                Action::Yes => self.yes(cx),
                Action::Back => self.ask = None,
                _ => {}
            }
            return Flow::Stay;
        }
        if self.act_now().is_some() {
            return if matches!(action, Action::Back | Action::Stop) { self.stop(cx) } else { Flow::Stay };
        }
        let findings = self.to_accept().len();
        if self.cursor.act(action, findings) {
            return Flow::Stay;
        }
        match action {
            Action::Go => return self.go(cx),
            Action::Back => return Flow::Back,
            Action::Next | Action::Previous if self.confirms() => self.in_field = !self.in_field,
            Action::Again => self.look_now(cx),
            Action::Service => self.ask_to_stop(cx),
            Action::Online => self.ask_for_online(cx),
            Action::Accept => self.accept(cx),
            Action::Explain => {
                if let Some(code) = self.explained() {
                    cx.explain(code);
                }
            }
            Action::Copy => {
                if let Some(finding) = self.block() {
                    cx.copy(finding.remedy.clone());
                }
            }
            Action::Elsewhere => return Flow::Push(Screen::from(Elsewhere::new(Arc::clone(&self.proved)))),
            Action::Platform if cx.shared.demo => {
                let page = crate::wizard::demo::connector_page(self.proved.targeted(), &self.proved.inspected().name());
                cx.page(page);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        if self.field.key(key) {
            self.refused = None;
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Flow {
        if self.confirms() {
            self.in_field = true;
            self.field.paste(text);
            self.refused = None;
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        let AnyAnswer::Place(answer) = answer else {
            return self.broken(job, answer, cx);
        };
        match answer {
            Answer::Looked(look) if self.looking == Some(job) => {
                self.looking = None;
                cx.finished(job);
                return self.looked(*look, cx);
            }
            Answer::LookedAgain(open) if self.looking == Some(job) => {
                self.looking = None;
                cx.finished(job);
                if let Some(look) = self.look.clone() {
                    return self.looked(Look { open: *open, ..look }, cx);
                }
            }
            Answer::NotLooked(findings) if self.looking == Some(job) => {
                self.looking = None;
                cx.finished(job);
                if let Some(finding) = findings.into_iter().next() {
                    self.phase = Phase::Failed { finding: Box::new(finding), left: Left::Untouched };
                }
            }
            Answer::ServiceStopped(result) => {
                cx.finished(job);
                match result {
                    Ok(service) => {
                        self.stopped_at = Some(cx.now);
                        cx.shared.notice = None;
                        cx.shared.stopped = Some(service);
                    }
                    Err(finding) => cx.say(finding.detail),
                }
                self.look_now(cx);
            }
            Answer::Step(act) => {
                if let Phase::Replacing { act: now, .. } = &mut self.phase {
                    *now = act;
                }
            }
            Answer::Placed(after) => {
                cx.finished(job);
                cx.shared.place = PlaceState::Placed;
                return Flow::Reset(Screen::from(Placed::new(*after)));
            }
            Answer::Stopped { finding, left } => {
                cx.finished(job);
                return self.stopped(finding, left, cx);
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
