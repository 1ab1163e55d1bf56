//! What each key and each answer does on 9.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Candidate, Fit, Pick};
use crate::keys::{self, Action, Hint};
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::target::{Answer, PasteIds};
use crate::wizard::{JobId, Shared};

impl Step for Pick {
    fn id(&self) -> keys::Screen {
        if self.gate.ask.is_some() { keys::Screen::Question } else { keys::Screen::Pick }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Target, RailMark::Here))
    }

    fn main(&self, shared: &Shared) -> String {
        let narrow = shared.size.0 < 80;
        if let Some(ask) = &self.gate.ask {
            return ask.yes.clone();
        }
        if let Some(value) = self.value() {
            let rest = if narrow { "" } else { " for the platform. A new connector appears here by itself" };
            return format!("y copies the {}{rest}.", value.label);
        }
        let words = match self.candidate().map(Candidate::fit) {
            Some(Fit::Fits) if narrow => "Enter takes it, and works out every change.",
            Some(Fit::Fits) => "Enter takes this hub and this connector, and works out every change.",
            Some(Fit::Asks) => "Enter asks about it first.",
            Some(Fit::Stops) => "This one cannot be taken; ✗ says why.",
            None => "Create it in the platform: it appears here by itself.",
        };
        words.to_owned()
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(self.id(), action, Some(label));
        if self.gate.ask.is_some() {
            return hint(Action::Yes, "yes, take it").into_iter().collect();
        }
        let first = match self.candidate().map(Candidate::fit) {
            Some(Fit::Stops) => hint(Action::Go, "why"),
            Some(_) => hint(Action::Go, "take it"),
            None => None,
        };
        let rest = [
            hint(Action::Up, "move"),
            hint(Action::Copy, "copy"),
            hint(Action::Platform, "platform").filter(|_| shared.demo),
            hint(Action::Paste, "paste ID"),
            hint(Action::Explain, "explain").filter(|_| self.finding().is_some()),
        ];
        first.into_iter().chain(rest.into_iter().flatten()).collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.kept.for_restore(&self.inspected.restore);
        self.watch(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.gate.reset();
        self.lookup = None;
        self.watch(cx);
        self.look_up(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.gate.ask.is_some() {
            match action {
                Action::Yes => {
                    self.gate.yes(cx.now);
                    return self.go(cx);
                }
                Action::Back => self.gate.no(),
                _ => {}
            }
            return Flow::Stay;
        }
        let rows = self.rows();
        if self.cursor.act(action, rows) {
            return self.moved(cx);
        }
        self.cursor.hold();
        match action {
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Paste => return self.paste_ids(cx),
            Action::Platform => self.platform(cx),
            Action::Next | Action::Previous => return self.other_part(cx),
            Action::Copy => {
                let id = self.candidate().map(|candidate| candidate.there.connector.to_string());
                if let Some(text) = self.value().map(|value| value.copied(cx.shared.revealed).to_owned()).or(id) {
                    cx.copy(text);
                }
            }
            Action::Explain => {
                if let Some(code) = self.finding().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            Action::Again => {
                self.rest(cx);
                self.affiliations.clear();
                self.watch(cx);
                self.look_up(cx);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.gate.ask.is_some() || crate::identity::find_all(text).is_empty() {
            return Flow::Stay;
        }
        // An ID that is pasted here is meant for the fields.
        let mut next = PasteIds::new(Arc::clone(&self.inspected), Some(self.root.clone()), self.here.clone());
        next.fill(text);
        self.rest(cx);
        Flow::Push(next.into())
    }

    fn answer(&mut self, job: JobId, answer: crate::wizard::Answer, cx: &mut Cx<'_>) -> Flow {
        match answer {
            crate::wizard::Answer::Target(Answer::Here(Ok(here))) => self.saw(here, cx),
            crate::wizard::Answer::Target(Answer::Here(Err(why))) => self.trouble = Some(why),
            crate::wizard::Answer::Target(Answer::Organisations { ids, organisations, ended }) => {
                cx.finished(job);
                self.lookup = None;
                self.ended.heard(ids, ended);
                self.affiliations.insert(ids, organisations);
                let under = self.candidate().map(|candidate| candidate.there.connector);
                self.judge(cx.now);
                self.settle(under);
                self.look_up(cx);
            }
            crate::wizard::Answer::Broken(why) => {
                cx.finished(job);
                if self.watch == Some(job) {
                    self.trouble = Some(why);
                } else {
                    cx.say(why);
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.plan_tick(cx.now);
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        let now_made = self.candidate().and_then(|candidate| candidate.there.made);
        let tick = self.next_tick?;
        // After an hour the age no longer changes by the second.
        now_made.is_some_and(|made| tick.duration_since(made) < SignedDuration::from_hours(1)).then_some(tick)
    }
}
