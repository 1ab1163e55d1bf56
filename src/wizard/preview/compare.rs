//! `c`: what differs between the backup and the database that it would replace, on a page.

use std::sync::Arc;

use super::{Answer, Preview, Work};
use crate::restore::facts::There;
use crate::wizard::Answer as Any;
use crate::wizard::effect;
use crate::wizard::job::Slot;
use crate::wizard::running::Running;
use crate::wizard::step::Cx;

impl Preview {
    /// What differs between the backup and the database that would be replaced.
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>) {
        let there = self.targeted.facts.target.known().map(|target| &target.there);
        if self.targeted.place().is_none() || matches!(there, Some(There::NoFolder | There::NoDatabase)) {
            return cx.say("The target has no database on this machine: nothing to compare with.");
        }
        let work = Work::Compare(Arc::clone(&self.targeted), cx.shared.size.0);
        let job = cx.start(Slot::Main, effect::Work::Preview(work));
        self.comparing = Some((job, Running::new(cx.now)));
    }

    /// Whether a comparison ran, and was stopped.
    pub(super) fn stop_comparing(&mut self, cx: &mut Cx<'_>) -> bool {
        let running = self.comparing.take();
        if let Some((job, _)) = &running {
            cx.cancel(*job);
        }
        running.is_some()
    }

    /// One word about the comparison.
    pub(super) fn compared(&mut self, answer: Any, cx: &mut Cx<'_>) {
        match answer {
            Any::Preview(Answer::Comparing(progress)) => {
                if let Some((_, running)) = &mut self.comparing {
                    running.report(progress, cx.now);
                }
                return;
            }
            Any::Preview(Answer::Compared(page)) => cx.page(page),
            Any::Preview(Answer::NotCompared(why)) | Any::Broken(why) => cx.say(why),
            _ => {}
        }
        if let Some((job, _)) = self.comparing.take() {
            cx.finished(job);
        }
    }
}
