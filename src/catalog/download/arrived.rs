//! Which bytes of a download are on disk: what is written is never written again, and who reads from the beginning is told
//! how far that is possible. Who brings what is not read soon is told to wait.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::progress::{Cancel, Cancelled};

/// So often somebody who waits looks at the wish to stop.
const TICK: Duration = Duration::from_millis(20);

/// Bytes that wait to be read, from which on whoever reads has enough to do.
const ENOUGH: u64 = 1024 * 1024;
/// So far before the one who reads, bytes are of use soon.
const NEAR: u64 = 8 * 1024 * 1024;

/// The ranges that are here.
#[derive(Default)]
pub(super) struct Arrived {
    state: Mutex<State>,
    more: Condvar,
    read: Notify,
}

#[derive(Default)]
struct State {
    /// In their order, none empty, none touching the next.
    ranges: Vec<Range<u64>>,
    /// How far somebody has read, where somebody reads.
    read: Option<u64>,
}

impl State {
    /// Where the piece ends that has `at` in it.
    fn end(&self, at: u64) -> Option<u64> {
        self.ranges.iter().find(|range| range.contains(&at)).map(|range| range.end)
    }

    /// Whether there is enough to read before bytes at `at` are.
    fn is_early(&self, at: u64) -> bool {
        let Some(read) = self.read else { return false };
        at > read.saturating_add(NEAR) && self.end(read).is_some_and(|end| end - read > ENOUGH)
    }
}

/// Somebody who reads from the beginning on.
pub(super) struct Reading<'a>(&'a Arrived);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.state().read = None;
        self.0.read.notify_waiters();
    }
}

impl Arrived {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These bytes are here from now on.
    pub(super) fn add(&self, new: Range<u64>) {
        if new.is_empty() {
            return;
        }
        let ranges = &mut self.state().ranges;
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
        self.state().ranges.clear();
    }

    /// What of `wanted` is not here.
    pub(super) fn missing(&self, wanted: Range<u64>) -> Vec<Range<u64>> {
        let mut found = Vec::new();
        let mut at = wanted.start;
        for range in self.state().ranges.iter().filter(|range| range.end > wanted.start && range.start < wanted.end) {
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

    /// From now on, and until the answer is dropped, somebody reads.
    pub(super) fn begin_to_read(&self) -> Reading<'_> {
        self.state().read = Some(0);
        Reading(self)
    }

    /// Waits while bytes at `at` come too early: where the processor is what there is too little of, it is given to the reading
    /// first, and no more is held in memory than is soon read. On a slow line nobody waits here.
    pub(super) async fn in_time(&self, at: u64) {
        loop {
            // Asked for before looking, so that no word is missed.
            let read = self.read.notified();
            if !self.state().is_early(at) {
                return;
            }
            read.await;
        }
    }

    /// Waits until something is here that begins at or before `at` and ends behind it; answers where it ends. What lies before
    /// was read.
    pub(super) fn beyond(&self, at: u64, cancel: &Cancel) -> Result<u64, Cancelled> {
        let mut state = self.state();
        if let Some(read) = &mut state.read {
            *read = at;
            self.read.notify_waiters();
        }
        loop {
            cancel.check()?;
            if let Some(end) = state.end(at) {
                return Ok(end);
            }
            state = self.more.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
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
        assert_eq!(arrived.state().ranges, [0..8, 20..30, 40..50]);
        assert_eq!(arrived.missing(0..60), [8..20, 30..40, 50..60]);
        assert_eq!(arrived.missing(22..44), std::slice::from_ref(&(30..40)));
        assert_eq!(arrived.missing(2..8), []);
        arrived.add(7..45);
        assert_eq!(arrived.state().ranges, std::slice::from_ref(&(0..50)));
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

    #[tokio::test]
    async fn what_is_far_ahead_waits_only_while_there_is_enough_to_read() {
        let arrived = Arrived::default();
        let far = 2 * NEAR;
        let waits = async |at| tokio::time::timeout(TICK, arrived.in_time(at)).await.is_err();
        arrived.add(0..4 * ENOUGH);
        assert!(!waits(far).await, "nobody reads");
        let reading = arrived.begin_to_read();
        assert!(waits(far).await);
        assert!(!waits(NEAR).await, "it is near");
        let cancel = Cancel::default();
        let (waited, end) = tokio::join!(arrived.in_time(far), async { arrived.beyond(3 * ENOUGH, &cancel) });
        assert_eq!((waited, end), ((), Ok(4 * ENOUGH)), "the reading tells whoever waits");
        arrived.add(4 * ENOUGH..8 * ENOUGH);
        assert!(waits(far).await);
        let ((), ()) = tokio::join!(arrived.in_time(far), async { drop(reading) });
    }
}
