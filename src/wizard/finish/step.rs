//! The screen's keys, and what comes back.

use super::Answer;
use super::EVERY;
use super::Finish;
use super::Question;
use super::checklist;
use crate::finding::Code;
use crate::keys;
use crate::keys::Action;
use crate::keys::Hint;
use crate::wizard::after::StepState;
use crate::wizard::ask::Ask;
use crate::wizard::job::JobId;
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::place;
use crate::wizard::rollback::Rollback;
use crate::wizard::shared::Shared;
use crate::wizard::step::Cx;
use crate::wizard::step::Flow;
use crate::wizard::step::Rail;
use crate::wizard::step::RailMark;
use crate::wizard::step::Screen;
use crate::wizard::step::Stage;
use crate::wizard::step::Step;
use jiff::Timestamp;

impl Step for Finish {
    fn id(&self) -> keys::Screen {
        match (&self.ask, self.quiet) {
            (Some(_), _) => keys::Screen::Question,
            (None, true) => keys::Screen::Quiet,
            _ => keys::Screen::Finish,
        }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Finish, RailMark::Here))
    }

    fn main(&self, shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        if self.quiet {
            return "k keeps watching. l leaves the step open and shows the result.".to_owned();
        }
        if let Some(at) = self.failed {
            return format!("Step {} stays open. d: done after all, no error. b rolls back.", at + 1);
        }
        let Some(at) = self.selected() else { return "Enter shows the result.".to_owned() };
        let step = &self.after.steps[at];
        match (&step.state, &shared.stopped) {
            (StepState::Open, Some(service)) if step.starts_service => {
                format!("o starts {}; reseat then sees it by itself.", service.name)
            }
            (StepState::Open, _) if step.starts_service => "It is seen by itself, as soon as it runs.".to_owned(),
            (StepState::Open, _) => {
                format!("d: step {} done, no error. n: error. After Sync, Enter shows the result.", at + 1)
            }
            _ if self.sync_ticked() => "Enter shows the result. u un-ticks this step.".to_owned(),
            _ => "u un-ticks this step.".to_owned(),
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, label);
        let all = match (&self.ask, self.quiet) {
            (Some(_), _) => vec![hint(Action::Yes, None)],
            (None, true) => vec![hint(Action::KeepWatching, None), hint(Action::LeaveOpen, None)],
            _ => {
                let service = shared.stopped.is_some().then(|| hint(Action::Service, Some("start service"))).flatten();
                let platform = shared.demo.then(|| hint(Action::Platform, None)).flatten();
                let go = self.sync_ticked().then(|| hint(Action::Go, Some("result"))).flatten();
                vec![
                    go,
                    service,
                    hint(Action::Done, None),
                    hint(Action::Failed, None),
                    hint(Action::Untick, None),
                    platform,
                    hint(Action::RollBack, None),
                ]
            }
        };
        all.into_iter().flatten().collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.farewell = Some(self.after.farewell());
        cx.shared.restore = Some(self.after.restore.clone());
        self.select_open();
        self.watch_now(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.watch_now(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.ask.is_some() {
            self.answer_question(action, cx);
            return Flow::Stay;
        }
        if self.quiet {
            return self.answer_quiet(action, cx);
        }
        if self.cursor.act(action, self.after.steps.len()) {
            self.failed = None;
            return Flow::Stay;
        }
        match action {
            Action::Back if self.failed.is_some() => self.failed = None,
            Action::Back => return Flow::Back,
            Action::Done => self.done(cx),
            Action::Failed => self.failed = self.selected().filter(|at| self.after.steps[*at].is_open()),
            Action::Untick => {
                if let Some(at) = self.selected().filter(|at| !self.after.steps[*at].is_open()) {
                    self.ask = Some(Ask {
                        question: format!("Is step {} open again?", at + 1),
                        lines: vec![self.after.steps[at].title.clone()],
                        yes: "y un-ticks it. Esc does not.".to_owned(),
                        then: Question::Untick(at),
                    });
                }
            }
            Action::RollBack => return Flow::Push(Screen::from(Rollback::new(self.after.clone()))),
            Action::Go if self.sync_ticked() || self.after.steps.is_empty() => return self.finished(),
            Action::Again => self.watch_now(cx),
            Action::Explain => {
                let code = self.watch.as_ref().and_then(|watch| watch.troubles().next()).map(|finding| finding.code);
                cx.explain(code.unwrap_or(Code::R702));
            }
            Action::Copy => cx.copy(checklist(&self.after)),
            Action::Platform if cx.shared.demo => {
                let mapping = &self.after.mapping;
                let page = crate::wizard::demo::page(
                    &self.after.name,
                    &mapping.hub.new.to_string(),
                    &mapping.connector.new.to_string(),
                );
                cx.page(page);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        cx.finished(job);
        match answer {
            AnyAnswer::Finish(Answer::Watched(watch)) if self.watching == Some(job) => {
                self.watching = None;
                return self.watched(*watch, cx);
            }
            AnyAnswer::Place(place::Answer::Ticked(Err(why))) => cx.say(why),
            AnyAnswer::Broken(sentence) => {
                cx.say(sentence);
                self.next = cx.now.checked_add(EVERY).ok();
            }
            _ => {}
        }
        Flow::Stay
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.next.is_some_and(|next| next <= cx.now) {
            self.watch_now(cx);
        }
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.next
    }
}
