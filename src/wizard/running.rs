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

    /// How long this stage still takes, once that can be told.
    pub fn time_left(&self) -> Option<Duration> {
        rate(self.done, self.total, self.elapsed())?.1
    }
}

/// Units a second, and the time left, from what was done in `elapsed`. None at the very start.
pub(crate) fn rate(done: u64, total: Option<u64>, elapsed: Duration) -> Option<(f64, Option<Duration>)> {
    let seconds = elapsed.as_secs_f64();
    if done == 0 || seconds < 0.5 {
        return None;
    }
    let rate = done as f64 / seconds;
    let left = total.map(|total| Duration::from_secs_f64((total.saturating_sub(done) as f64 / rate).min(1e9)));
    Some((rate, left))
}

/// `6 s left`, `less than 1 s left`.
pub(crate) fn left(left: Duration) -> String {
    if left < Duration::from_secs(1) {
        "less than 1 s left".to_owned()
    } else {
        format!("{} left", text::duration(left))
    }
}
