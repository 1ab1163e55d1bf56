//! Jobs on threads of their own: started, asked to stop, and waited for a little while at the end.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::work::{self, Job, Outside};
use crate::progress::Cancel;
use crate::wizard::effect::Work;
use crate::wizard::{Answer, JobId, Message};

/// How long jobs may take to clean up when the program is left.
const PATIENCE: Duration = Duration::from_millis(1200);

/// The jobs that run.
pub struct Workers {
    outside: Outside,
    sender: Sender<Message>,
    running: HashMap<JobId, Cancel>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// None run yet. Answers go to `sender`.
    pub fn new(outside: Outside, sender: Sender<Message>) -> Self {
        Self { outside, sender, running: HashMap::new(), threads: Vec::new() }
    }

    /// Starts one piece of work of a step.
    pub fn start(&mut self, id: JobId, work: Work) {
        let outside = self.outside.clone();
        outside.notice(&work);
        self.spawn(id, move |job| work::run(work, job, &outside));
    }

    /// Runs something on a thread of its own; a panic in it becomes an answer.
    pub fn spawn(&mut self, id: JobId, run: impl FnOnce(&Job) + Send + 'static) {
        self.threads.retain(|thread| !thread.is_finished());
        let cancel = Cancel::default();
        let job = Job { id, cancel: cancel.clone(), sender: self.sender.clone() };
        let started = thread::Builder::new().name(format!("job {}", id.0)).spawn(move || {
            if catch_unwind(AssertUnwindSafe(|| run(&job))).is_err() {
                job.say(Answer::Broken("This is a fault of reseat; its log says more.".to_owned()));
            }
        });
        match started {
            Ok(thread) => {
                self.running.insert(id, cancel);
                self.threads.push(thread);
            }
            Err(error) => {
                let answer = Answer::Broken(format!("The work could not be started: {error}."));
                let _ = self.sender.send(Message::Answer { job: id, answer });
            }
        }
    }

    /// Asks a job to stop; it cleans up by itself.
    pub fn cancel(&mut self, id: JobId) {
        if let Some(cancel) = self.running.remove(&id) {
            cancel.cancel();
        }
    }

    /// Asks all of them to stop, and waits a little while.
    pub fn end(mut self) {
        for cancel in self.running.values() {
            cancel.cancel();
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.threads.retain(|thread| !thread.is_finished());
            if self.threads.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::config::{Flags, Settings};
    use crate::world::World;

    fn workers(state: &std::path::Path, sender: Sender<Message>) -> (tokio::runtime::Runtime, Workers) {
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let flags = Flags { state_dir: Some(state.to_owned()), ..Flags::default() };
        let world = World::real();
        let settings = Settings::load(&flags, &world).unwrap();
        let outside = Outside::new(&world, tokio.handle().clone(), &settings, None).unwrap();
        (tokio, Workers::new(outside, sender))
    }

    #[test]
    fn a_panic_in_a_job_becomes_its_answer() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = mpsc::channel();
        let (_tokio, mut workers) = workers(folder.path(), sender);
        workers.spawn(JobId(3), |_| panic!("a fault that is only made for this test"));
        let message = receiver.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(matches!(message, Message::Answer { job: JobId(3), answer: Answer::Broken(_) }), "{message:?}");
        workers.end();
    }

    #[test]
    fn leaving_stops_what_runs_and_does_not_wait_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, receiver) = mpsc::channel();
        let (_tokio, mut workers) = workers(folder.path(), sender.clone());
        let said = sender.clone();
        workers.spawn(JobId(1), move |job| {
            while !job.cancel.is_cancelled() {
                thread::sleep(Duration::from_millis(1));
            }
            let _ = said.send(Message::Tick);
        });
        workers.spawn(JobId(2), |_| thread::sleep(Duration::from_secs(60)));
        let begun = Instant::now();
        workers.end();
        assert!(begun.elapsed() < Duration::from_secs(3));
        assert!(matches!(receiver.try_recv(), Ok(Message::Tick)), "the first job cleaned up");
    }
}
