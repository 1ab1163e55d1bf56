//! Getting the bytes: several ranges at once, each resumed where it broke, all of the object that was pinned.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::task::AbortOnDropHandle;

use super::lanes::Lanes;
use super::meter::Meter;
use super::partial::Partial;
use super::pump::Pump;
use crate::catalog::{Backup, Body, Catalog, CatalogError, NoAnswer, Patience, Pinned};

/// Bytes of one request, until it is known how soon the source answers.
pub(super) const PART: u64 = 4 * 1024 * 1024;
/// Where it answers at once: what comes is soon at hand in one piece from the beginning on, and is read while it is in memory.
const FEW: u64 = 1024 * 1024;
/// Where an answer is long in coming: the time for it is spent less often.
const MANY: u64 = 8 * 1024 * 1024;
/// An answer after this is long in coming.
const LONG: Duration = Duration::from_millis(10);

/// One object that is being received.
pub(super) struct Receiver<'a> {
    pub(super) catalog: &'a dyn Catalog,
    pub(super) backup: &'a Backup,
    pub(super) pinned: Pinned,
    /// Whether ETag or version tell two objects apart.
    pub(super) can_tell: bool,
    pub(super) partial: Arc<Partial>,
    pub(super) meter: &'a Arc<Meter>,
    pub(super) patience: Patience,
    /// Bytes of the next request, by how soon the last one was answered.
    pub(super) part: AtomicU64,
}

/// A range that is to be asked for.
struct Wanted {
    range: Range<u64>,
    /// So often it was asked for without a byte of answer.
    tries: u32,
}

/// Why one request ended before its range was there.
enum Broken {
    /// The server sent the whole object instead of the range.
    WholeInstead,
    /// Anything else.
    Error(CatalogError),
}

impl From<CatalogError> for Broken {
    fn from(error: CatalogError) -> Self {
        Self::Error(error)
    }
}

impl Receiver<'_> {
    /// Receives what is missing.
    pub(super) async fn all(&self) -> Result<(), CatalogError> {
        // Without ETag and version nothing tells two objects apart: then one stream, which cannot mix them.
        if !self.can_tell {
            return self.whole().await;
        }
        let mut waiting = self.wanted();
        let mut running = FuturesUnordered::new();
        let mut lanes = Lanes::new(self.catalog.pressure().complaints);
        loop {
            while running.len() < lanes.open()
                && let Some(next) = self.next(&mut waiting)
            {
                running.push(self.part(next));
            }
            let Some((rest, ended)) = running.next().await else { return Ok(()) };
            lanes.ended(self.catalog.pressure().complaints);
            match ended {
                Ok(()) => {}
                Err(Broken::Error(error)) => {
                    self.worth_again(error, rest.tries)?;
                    waiting.push_front(rest);
                }
                Err(Broken::WholeInstead) => {
                    // The others are told the same; whatever they write is to be on disk before the stream begins.
                    while running.next().await.is_some() {}
                    return self.whole().await;
                }
            }
        }
    }

    /// What is missing, in the order of the file, so that it can be read from its beginning while the rest comes.
    fn wanted(&self) -> VecDeque<Wanted> {
        let missing = self.partial.arrived().missing(0..self.backup.size);
        missing.into_iter().map(|range| Wanted { range, tries: 0 }).collect()
    }

    /// What is asked for next: what broke in one piece, else not too much at once.
    fn next(&self, waiting: &mut VecDeque<Wanted>) -> Option<Wanted> {
        let next = waiting.pop_front()?;
        let Range { start, end } = next.range;
        let until = start.saturating_add(self.part.load(Ordering::Relaxed));
        if next.tries > 0 || until >= end {
            return Some(next);
        }
        waiting.push_front(Wanted { range: until..end, tries: 0 });
        Some(Wanted { range: start..until, tries: 0 })
    }

    /// One request for one range; what of it is still missing is answered when it breaks.
    async fn part(&self, wanted: Wanted) -> (Wanted, Result<(), Broken>) {
        self.rest(wanted.tries).await;
        let Wanted { range, tries } = wanted;
        let mut at = range.start;
        let ended = self.once(&mut at, range.end).await;
        let tries = if at > range.start { 1 } else { tries + 1 };
        (Wanted { range: at..range.end, tries }, ended)
    }

    /// Waits before something is asked for again; and as long as the source wants to be left alone.
    async fn rest(&self, tries: u32) {
        let pause = if tries == 0 { Duration::ZERO } else { self.patience.pause.saturating_mul(1 << tries.min(6)) };
        let until = self.catalog.pressure().until;
        let alone = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        let pause = pause.max(alone).min(self.patience.stall);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// An error unless it may pass when it is asked for again.
    fn worth_again(&self, error: CatalogError, tries: u32) -> Result<(), CatalogError> {
        let cut = matches!(error, CatalogError::Length { announced, came } if came < announced);
        let again = (cut || error.may_pass()) && tries < self.patience.attempts;
        if again { Ok(()) } else { Err(error) }
    }

    /// One request from `at` on; `at` moves with what was written.
    async fn once(&self, at: &mut u64, end: u64) -> Result<(), Broken> {
        let (wanted, asked) = (*at..end, Instant::now());
        let body = self.catalog.read(self.backup.key.raw(), Some(wanted.clone()), &self.pinned).await?;
        self.part.store(if asked.elapsed() < LONG { FEW } else { MANY }, Ordering::Relaxed);
        if body.range != wanted {
            let whole = body.range.start == 0 && Some(body.range.end) == body.total;
            if whole && body.total == Some(self.backup.size) {
                return Err(Broken::WholeInstead);
            }
            return Err(self.other_bytes(&body).into());
        }
        if body.total.is_some_and(|total| total != self.backup.size) {
            return Err(self.replaced().into());
        }
        self.write(body, at, end).await?;
        Ok(())
    }

    /// One stream of the whole object, again from its beginning when it breaks.
    async fn whole(&self) -> Result<(), CatalogError> {
        let (mut tries, mut best) = (0, 0);
        let end = self.backup.size;
        loop {
            self.rest(tries).await;
            if !self.can_tell {
                // It may be another object by now: nothing of the stream before is kept.
                self.partial.arrived().clear();
            }
            self.meter.begin(super::DownloadStage::Receives, end - self.partial.missing(), Some(end));
            let mut at = 0;
            let result = match self.catalog.read(self.backup.key.raw(), None, &self.pinned).await {
                Ok(body) if body.range != (0..end) => Err(self.replaced()),
                Ok(body) => self.write(body, &mut at, end).await,
                Err(error) => Err(error),
            };
            let Err(error) = result else { return Ok(()) };
            tries = if at > best { 1 } else { tries + 1 };
            best = best.max(at);
            self.worth_again(error, tries)?;
        }
    }

    /// Writes what comes until `end`; `at` moves with what was written. A task of its own, so that the bytes need not pass
    /// through the one that waits for all ranges.
    async fn write(&self, body: Body, at: &mut u64, end: u64) -> Result<(), CatalogError> {
        let (partial, meter) = (Arc::clone(&self.partial), Arc::clone(self.meter));
        let (stall, what) = (self.patience.stall, self.backup.address());
        let pump = Pump { partial, meter, stall, what, at: *at, end };
        let (written, result) = AbortOnDropHandle::new(tokio::spawn(pump.run(body)))
            .await
            .map_err(|error| CatalogError::writing(self.partial.path(), std::io::Error::other(error)))?;
        *at = written;
        result
    }

    fn no_answer(&self, how: NoAnswer) -> CatalogError {
        CatalogError::NoAnswer { how, what: self.backup.address() }
    }

    fn replaced(&self) -> CatalogError {
        CatalogError::Replaced { key: self.backup.address() }
    }

    fn other_bytes(&self, body: &Body) -> CatalogError {
        if body.total.is_some_and(|total| total != self.backup.size) {
            return self.replaced();
        }
        self.no_answer(NoAnswer::Nonsense(format!("bytes {}-{} came", body.range.start, body.range.end)))
    }
}
