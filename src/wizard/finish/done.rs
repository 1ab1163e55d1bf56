//! 19: the restore is done, or left with something open.

use super::{Answer, Watch, Work};
use crate::keys::{self, Action, Hint};
use crate::wizard::after::After;
use crate::wizard::effect::{Exit, Work as AnyWork};
use crate::wizard::job::{JobId, Slot};
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::rollback::Rollback;
use crate::wizard::shared::Shared;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};

/// 19.
#[derive(Debug)]
pub struct Done {
    /// What was placed.
    pub after: After,
    /// The last look at the database.
    pub watch: Option<Watch>,
    /// Events that are new since the placing.
    pub new_events: Option<u64>,
}

impl Done {
    /// The last screen.
    pub fn new(after: After, watch: Option<Watch>, new_events: Option<u64>) -> Self {
        Self { after, watch, new_events }
    }
}

impl Step for Done {
    fn id(&self) -> keys::Screen {
        keys::Screen::Done
    }

    fn rail(&self) -> Rail {
        Some((Stage::Finish, if self.after.open() == 0 { RailMark::Done } else { RailMark::Here }))
    }

    fn main(&self, _shared: &Shared) -> String {
        "Enter leaves. Something wrong later? Ask first: rollback EMPTIES the connector.".to_owned()
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let service =
            shared.stopped.is_some().then(|| keys::hint(id, Action::Service, Some("start service"))).flatten();
        let copy = keys::hint(id, Action::Copy, None);
        [keys::hint(id, Action::Go, None), service, copy, keys::hint(id, Action::RollBack, None)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.farewell = Some(self.after.farewell());
        // It opens by itself, and its Enter leaves.
        cx.decide();
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => return Flow::Back,
            // Leaving with the service STOPPED is said first; the second Enter leaves, as with q.
            Action::Go if cx.shared.stopped.is_some() => {
                cx.say("The service is STOPPED: o starts it. q twice leaves it so.");
            }
            Action::Go => {
                return Flow::Leave(Exit { status: 0, farewell: cx.shared.farewells() });
            }
            Action::RollBack => return Flow::Push(Screen::from(Rollback::new(self.after.clone()))),
            Action::Copy => {
                let work = Work::Report { restore: self.after.restore.clone() };
                cx.start(Slot::Note, AnyWork::Finish(work));
            }
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        cx.finished(job);
        match answer {
            AnyAnswer::Finish(Answer::Report(Ok(report))) => cx.copy(report),
            AnyAnswer::Finish(Answer::Report(Err(why))) | AnyAnswer::Broken(why) => cx.say(why),
            _ => {}
        }
        Flow::Stay
    }
}
