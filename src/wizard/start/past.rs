//! The report of a past restore, to read.

use super::{Answer, Known, Then, Work, opened};
use crate::keys::{self, Action, Hint};
use crate::wizard::job::{JobId, Slot};
use crate::wizard::step::{Cx, Flow, Rail, Step};
use crate::wizard::{Answer as Said, Shared, effect};

/// State of the screen.
#[derive(Debug)]
pub struct Past {
    known: Known,
    report: String,
    top: usize,
    job: Option<JobId>,
}

impl Past {
    /// The report of this restore.
    pub fn new(known: Known, report: String) -> Self {
        Self { known, report, top: 0, job: None }
    }

    /// Which restore.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// The report.
    pub fn report(&self) -> &str {
        &self.report
    }

    /// The first line on screen.
    pub fn top(&self) -> usize {
        self.top
    }
}

impl Step for Past {
    fn id(&self) -> keys::Screen {
        keys::Screen::Past
    }

    fn rail(&self) -> Rail {
        None
    }

    fn main(&self, _shared: &Shared) -> String {
        if self.known.can_roll_back {
            "Esc goes back. b rolls it back, after a question: that EMPTIES the connector.".to_owned()
        } else {
            "Esc goes back.".to_owned()
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Past, action, Some(label));
        let roll_back = if self.known.can_roll_back { hint(Action::RollBack, "roll back") } else { None };
        let hints = [hint(Action::Up, "line"), hint(Action::PageDown, "page"), hint(Action::Copy, "copy"), roll_back];
        hints.into_iter().flatten().collect()
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        let last = self.report.lines().count().saturating_sub(1);
        match action {
            Action::Back | Action::Go => return Flow::Back,
            Action::Copy => cx.copy(self.report.clone()),
            Action::RollBack if self.known.can_roll_back => {
                let work = Work::After(self.known.id.clone());
                self.job = Some(cx.start(Slot::Main, effect::Work::Start(work)));
            }
            Action::RollBack => cx.say("This restore placed nothing that could be put back."),
            Action::Forget => cx.say("Esc, then x forgets it."),
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top = (self.top + 1).min(last),
            Action::PageUp => self.top = self.top.saturating_sub(10),
            Action::PageDown => self.top = (self.top + 10).min(last),
            Action::First => self.top = 0,
            Action::Last => self.top = last,
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        if self.job != Some(job) {
            return Flow::Stay;
        }
        self.job = None;
        cx.finished(job);
        match answer {
            Said::Start(Answer::After(after)) => return opened(*after, Then::RollBack, cx),
            Said::Start(Answer::Failed(finding)) => cx.say(finding.detail.clone()),
            Said::Broken(why) => cx.say(why),
            _ => {}
        }
        Flow::Stay
    }
}
