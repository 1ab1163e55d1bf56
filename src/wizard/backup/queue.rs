//! Small reads that fill in rows of a list: those on screen first, a few at a time, each once. What scrolls away makes room.

use std::collections::HashSet;
use std::hash::Hash;

use crate::wizard::effect;
use crate::wizard::job::{JobId, Slot};
use crate::wizard::step::Cx;

/// What is being read, and what was.
#[derive(Debug)]
pub(super) struct Queue<K> {
    running: Vec<(JobId, K)>,
    seen: HashSet<K>,
    /// A read failed: the others wait until the person asks again.
    stopped: bool,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self { running: Vec::new(), seen: HashSet::new(), stopped: false }
    }
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// Starts what there is room for: first what is on screen, for which a read of something else is stopped where there is
    /// no room, then the others.
    pub(super) fn fill(&mut self, on_screen: &[K], others: &[K], work: impl Fn(&K) -> effect::Work, cx: &mut Cx<'_>) {
        if self.stopped {
            return;
        }
        for (at, key) in on_screen.iter().chain(others).enumerate() {
            if self.seen.contains(key) {
                continue;
            }
            let full = self.running.len() >= Slot::Names.limit();
            if full && (at >= on_screen.len() || !self.make_room(on_screen, cx)) {
                break;
            }
            self.seen.insert(key.clone());
            let job = cx.start(Slot::Names, work(key));
            self.running.push((job, key.clone()));
        }
    }

    /// Stops one read of what is not on screen. False when there is none.
    fn make_room(&mut self, on_screen: &[K], cx: &mut Cx<'_>) -> bool {
        let Some(at) = self.running.iter().position(|(_, key)| !on_screen.contains(key)) else { return false };
        let (job, key) = self.running.remove(at);
        cx.cancel(job);
        self.seen.remove(&key);
        true
    }

    /// Whether `job` is one of its reads.
    pub(super) fn is(&self, job: JobId) -> bool {
        self.running.iter().any(|(running, _)| *running == job)
    }

    /// Whether `job` is one of its reads; it has ended then.
    pub(super) fn ended(&mut self, job: JobId, cx: &mut Cx<'_>) -> Option<K> {
        let at = self.running.iter().position(|(running, _)| *running == job)?;
        cx.finished(job);
        Some(self.running.remove(at).1)
    }

    /// A read failed: this one and all later ones wait.
    pub(super) fn stop(&mut self, failed: &K) {
        self.seen.remove(failed);
        self.stopped = true;
    }

    /// Stops what runs, and reads everything again that is asked for.
    pub(super) fn again(&mut self, cx: &mut Cx<'_>) {
        cx.cancel_slot(Slot::Names);
        self.running.clear();
        self.seen.clear();
        self.stopped = false;
    }

    /// Another screen lay over this one and may have taken its jobs: what was not answered is asked again.
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) {
        cx.cancel_slot(Slot::Names);
        for (_, key) in self.running.drain(..) {
            self.seen.remove(&key);
        }
        self.stopped = false;
    }

    /// Whether this one is being read, or will be.
    pub(super) fn reads(&self, key: &K) -> bool {
        !self.stopped && (!self.seen.contains(key) || self.running.iter().any(|(_, running)| running == key))
    }
}
