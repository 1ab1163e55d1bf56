//! How far running work is, as a screen shows it: the stage, its part done, and how long it has taken so far.

use std::time::Duration;

use jiff::Timestamp;

use crate::progress::Progress;
use crate::text;

/// Work that runs.
#[derive(Debug, Clone)]
pub struct Running<S> {
    /// The stage; none before it says something.
    pub stage: Option<S>,
    /// Units done in this stage.
    pub done: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
    began: Timestamp,
    at: Timestamp,
}

impl<S: Copy + PartialEq> Running<S> {
    /// Begins now.
    pub fn new(now: Timestamp) -> Self {
        Self { stage: None, done: 0, total: None, began: now, at: now }
    }

    /// Takes a report.
    pub fn report(&mut self, progress: Progress<S>, now: Timestamp) {
        if self.stage != Some(progress.stage) {
            self.began = now;
        }
        self.stage = Some(progress.stage);
        self.done = progress.done;
        self.total = progress.total;
        self.at = now;
    }

    /// How long this stage had taken at its last report.
    pub fn elapsed(&self) -> Duration {
        text::elapsed(self.began, self.at)
    }
}
