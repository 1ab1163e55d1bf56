//! How far a download is, and stopping it: the work runs, and beside it a tick looks and reports.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::DownloadStage;
use crate::catalog::CatalogError;
use crate::progress::{Cancel, OnProgress, Progress};

/// So often somebody's wish to stop is looked at, and progress is reported.
const TICK: Duration = Duration::from_millis(25);

/// What the work says, and the tick reports.
pub(super) struct Meter(Mutex<Reading>);

struct Reading {
    stage: DownloadStage,
    done: u64,
    total: Option<u64>,
    /// Bytes that are compared, which begins while the others are on their way.
    compared: u64,
    /// When the last byte came.
    last: Instant,
}

impl Meter {
    pub(super) fn new() -> Self {
        let (stage, last) = (DownloadStage::Asks, Instant::now());
        Self(Mutex::new(Reading { stage, done: 0, total: None, compared: 0, last }))
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another stage begins.
    pub(super) fn begin(&self, stage: DownloadStage, done: u64, total: Option<u64>) {
        let mut reading = self.reading();
        let compared = if stage == DownloadStage::Asks { 0 } else { reading.compared };
        *reading = Reading { stage, done, total, compared, last: Instant::now() };
    }

    /// Bytes were read for the comparison; they count as soon as all are here.
    pub(super) fn compared(&self, bytes: u64) {
        self.reading().compared += bytes;
    }

    /// Bytes came.
    pub(super) fn more(&self, bytes: u64) {
        let mut reading = self.reading();
        reading.done += bytes;
        reading.last = Instant::now();
    }

    fn progress(&self, quiet: Duration) -> Progress<DownloadStage> {
        let reading = self.reading();
        let still = reading.last.elapsed();
        let waits = matches!(reading.stage, DownloadStage::Asks | DownloadStage::Receives) && still >= quiet;
        let stage = if waits { DownloadStage::Waits { seconds: still.as_secs() } } else { reading.stage };
        let done = if stage == DownloadStage::Compares { reading.compared } else { reading.done };
        let done = reading.total.map_or(done, |total| done.min(total));
        Progress { stage, done, total: reading.total }
    }

    /// Runs `work` to its end, or until somebody asks to stop; then it is dropped where it stands.
    pub(super) async fn drive<T>(
        &self,
        work: impl Future<Output = Result<T, CatalogError>>,
        quiet: Duration,
        progress: OnProgress<'_, DownloadStage>,
        cancel: &Cancel,
    ) -> Result<T, CatalogError> {
        let mut work = std::pin::pin!(work);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    progress(self.progress(quiet));
                    return done;
                }
                _ = tick.tick() => {
                    cancel.check()?;
                    progress(self.progress(quiet));
                }
            }
        }
    }
}
