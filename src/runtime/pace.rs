//! Thins reports of progress out: a slow line carries at most four changes a second.

use std::time::{Duration, Instant};

use crate::progress::Progress;

/// The shortest time between two reports of one stage.
const BETWEEN: Duration = Duration::from_millis(250);

/// Lets a report through when its stage is new, or when the last one was some time ago.
#[derive(Debug)]
pub struct Pace<S> {
    last: Option<(S, Instant)>,
}

impl<S> Default for Pace<S> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<S: Copy + PartialEq> Pace<S> {
    /// Whether this report is let through.
    pub fn lets(&mut self, progress: Progress<S>) -> bool {
        let now = Instant::now();
        let due = self.last.is_none_or(|(stage, at)| stage != progress.stage || now.duration_since(at) >= BETWEEN);
        if due {
            self.last = Some((progress.stage, now));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_begins_at_once_and_then_says_little() {
        let mut pace = Pace::default();
        let report = |stage, done| Progress { stage, done, total: None };
        assert!(pace.lets(report(1, 0)));
        assert!((1..1000).filter(|done| pace.lets(report(1, *done))).count() < 3);
        assert!(pace.lets(report(2, 0)));
    }
}
