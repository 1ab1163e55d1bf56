//! 16: the restored database is in its place. No screen lies behind: going back over the act would hide it.

use crate::keys::{self, Action, Hint};
use crate::wizard::Shared;
use crate::wizard::after::After;
use crate::wizard::finish::Finish;
use crate::wizard::rollback::Rollback;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};

/// 16.
#[derive(Debug)]
pub struct Placed {
    /// What was placed.
    pub after: After,
}

impl Placed {
    /// The screen for a restore that was just placed.
    pub fn new(after: After) -> Self {
        Self { after }
    }
}

impl Step for Placed {
    fn id(&self) -> keys::Screen {
        keys::Screen::Placed
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        "Enter shows the open steps, one by one.".to_owned()
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let service =
            shared.stopped.is_some().then(|| keys::hint(id, Action::Service, Some("start service"))).flatten();
        let roll_back = keys::hint(id, Action::RollBack, None);
        [keys::hint(id, Action::Go, None), service, roll_back, keys::hint(id, Action::Copy, None)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn may_go_back(&self) -> bool {
        false
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.farewell = Some(self.after.farewell());
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Go => return Flow::Push(Screen::from(Finish::new(self.after.clone()))),
            Action::RollBack => return Flow::Push(Screen::from(Rollback::new(self.after.clone()))),
            Action::Copy => cx.copy(format!("{}\n{}", self.after.target, self.after.farewell())),
            _ => {}
        }
        Flow::Stay
    }
}
