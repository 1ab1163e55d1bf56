//! Which bytes of a download are on disk: what is written is never written again, and who reads from the beginning is told
//! how far that is possible.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::progress::{Cancel, Cancelled};

/// So often somebody who waits looks at the wish to stop.
const TICK: Duration = Duration::from_millis(20);

/// The ranges that are here.
#[derive(Default)]
pub(super) struct Arrived {
    /// In their order, none empty, none touching the next.
    ranges: Mutex<Vec<Range<u64>>>,
    more: Condvar,
}

impl Arrived {
    fn ranges(&self) -> MutexGuard<'_, Vec<Range<u64>>> {
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These bytes are here from now on.
    pub(super) fn add(&self, new: Range<u64>) {
        if new.is_empty() {
            return;
        }
        let mut ranges = self.ranges();
        let first = ranges.partition_point(|range| range.end < new.start);
        let after = ranges.partition_point(|range| range.start <= new.end);
        let touched = ranges.get(first..after).unwrap_or_default();
        let start = touched.first().map_or(new.start, |range| range.start.min(new.start));
        let end = touched.last().map_or(new.end, |range| range.end.max(new.end));
        ranges.splice(first..after, std::iter::once(start..end));
        self.more.notify_all();
    }

    /// Nothing is here any more.
    pub(super) fn clear(&self) {
        self.ranges().clear();
    }

    /// What of `wanted` is not here.
    pub(super) fn missing(&self, wanted: Range<u64>) -> Vec<Range<u64>> {
        let mut found = Vec::new();
        let mut at = wanted.start;
        for range in self.ranges().iter().filter(|range| range.end > wanted.start && range.start < wanted.end) {
            if at < range.start {
                found.push(at..range.start);
            }
            at = range.end;
        }
        if at < wanted.end {
            found.push(at..wanted.end);
        }
        found
    }

    /// How many bytes are here in one piece from `at` on.
    pub(super) fn from(&self, at: u64) -> u64 {
        self.ranges().iter().find(|range| range.contains(&at)).map_or(0, |range| range.end - at)
    }

    /// Waits until something is here that begins at or before `at` and ends behind it; answers where it ends.
    pub(super) fn beyond(&self, at: u64, cancel: &Cancel) -> Result<u64, Cancelled> {
        let mut ranges = self.ranges();
        loop {
            cancel.check()?;
            if let Some(range) = ranges.iter().find(|range| range.contains(&at)) {
                return Ok(range.end);
            }
            ranges = self.more.wait_timeout(ranges, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn ranges_join_in_whatever_order_they_come() {
        let arrived = Arrived::default();
        assert_eq!(arrived.missing(0..10), std::slice::from_ref(&(0..10)));
        for range in [20..30, 0..5, 5..8, 40..50, 9..9] {
            arrived.add(range);
        }
        assert_eq!(*arrived.ranges(), [0..8, 20..30, 40..50]);
        assert_eq!(arrived.missing(0..60), [8..20, 30..40, 50..60]);
        assert_eq!(arrived.missing(22..44), std::slice::from_ref(&(30..40)));
        assert_eq!(arrived.missing(2..8), []);
        assert_eq!((arrived.from(5), arrived.from(8), arrived.from(20)), (3, 0, 10));
        arrived.add(7..45);
        assert_eq!(*arrived.ranges(), std::slice::from_ref(&(0..50)));
        arrived.clear();
        assert_eq!(arrived.missing(3..4), std::slice::from_ref(&(3..4)));
    }

    #[test]
    fn who_reads_from_the_beginning_waits_for_it_and_can_be_stopped() {
        let arrived = Arc::new(Arrived::default());
        let cancel = Cancel::default();
        let (theirs, stop) = (Arc::clone(&arrived), cancel.clone());
        let waiter = std::thread::spawn(move || (theirs.beyond(0, &stop), theirs.beyond(8, &stop)));
        arrived.add(4..8);
        std::thread::sleep(TICK * 2);
        assert!(!waiter.is_finished(), "nothing is at the beginning");
        arrived.add(0..4);
        std::thread::sleep(TICK * 2);
        assert!(!waiter.is_finished(), "nothing is behind");
        cancel.cancel();
        assert_eq!(waiter.join().unwrap(), (Ok(8), Err(Cancelled)));
    }
}
