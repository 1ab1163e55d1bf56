//! Carries out the work that the wizard asks for: each job on a thread of its own, so that the thread that draws never waits.

mod after;
mod backup;
mod browse;
mod finish;
mod inspect;
mod place;
mod preview;
mod rewrite;
mod rollback;
mod source;
mod start;
mod target;
#[cfg(test)]
mod tests;

use std::sync::mpsc::Sender;

pub(super) use backup::search::Listed;
pub(super) use browse::Opened;
pub(super) use source::{first_source, first_start};

pub use super::outside::Outside;
use crate::progress::Cancel;
use crate::wizard::effect::Work;
use crate::wizard::{Answer, JobId, Message};

/// One job: where its answers go, and whether it is still wanted.
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Set when it is no longer wanted.
    pub cancel: Cancel,
    /// Where its answers go.
    pub sender: Sender<Message>,
}

impl Job {
    /// Says something: a part, progress, or the end.
    pub fn say(&self, answer: Answer) {
        // A closed channel means that the program is ending; nobody waits for the answer then.
        let _ = self.sender.send(Message::Answer { job: self.id, answer });
    }
}

/// Does one piece of work, to its end or until it is cancelled. Called on a thread of its own.
pub fn run(work: Work, job: &Job, outside: &Outside) {
    match work {
        Work::Start(work) => start::run(work, job, outside),
        Work::Source(work) => source::run(work, job, outside),
        Work::Backup(work) => backup::run(work, job, outside),
        Work::Browse(work) => browse::run(work, job, outside),
        Work::Inspect(work) => inspect::run(work, job, outside),
        Work::Target(work) => target::run(work, job, outside),
        Work::Preview(work) => preview::run(work, job, outside),
        Work::Rewrite(work) => rewrite::run(work, job, outside),
        Work::Place(work) => place::run(work, job, outside),
        Work::Finish(work) => finish::run(work, job, outside),
        Work::Rollback(work) => rollback::run(work, job, outside),
    }
}
