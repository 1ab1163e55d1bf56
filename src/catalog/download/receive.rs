//! Getting the bytes: a few ranges at once, each resumed where it broke, all of the object that was pinned.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::meter::Meter;
use super::partial::Partial;
use crate::catalog::{Backup, Body, Catalog, CatalogError, NoAnswer, Patience, Pinned};

/// Bytes of one request.
pub(super) const PART: u64 = 8 * 1024 * 1024;
/// Requests at once.
const AT_ONCE: usize = 4;
/// Bytes that are written and recorded at once.
const PIECE: usize = 1024 * 1024;
/// On a slow line, what came is written and recorded this often: no more than that is lost when it is stopped.
const SOON: Duration = Duration::from_millis(500);

/// One object that is being received.
pub(super) struct Receiver<'a> {
    pub(super) catalog: &'a dyn Catalog,
    pub(super) backup: &'a Backup,
    pub(super) pinned: Pinned,
    pub(super) partial: Arc<Partial>,
    pub(super) meter: &'a Meter,
    pub(super) patience: Patience,
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
    pub(super) async fn all(&self, missing: Vec<Range<u64>>) -> Result<(), CatalogError> {
        let parts = futures::stream::iter(missing.iter().cloned()).map(|range| self.part(range));
        let all: Result<Vec<()>, Broken> = parts.buffer_unordered(AT_ONCE).try_collect().await;
        match all {
            Ok(_) => Ok(()),
            Err(Broken::Error(error)) => Err(error),
            // This server has no ranges: one stream from the beginning, of which only what is missing is written.
            Err(Broken::WholeInstead) => self.whole(&missing).await,
        }
    }

    /// Receives one range, asking again from where it broke.
    async fn part(&self, range: Range<u64>) -> Result<(), Broken> {
        let mut at = range.start;
        let mut tries = 0;
        while at < range.end {
            let before = at;
            let Err(error) = self.once(&mut at, range.end).await else { continue };
            let Broken::Error(error) = error else { return Err(error) };
            tries = if at > before { 1 } else { tries + 1 };
            self.again(error, tries).await?;
        }
        Ok(())
    }

    /// Waits before it is asked again, or gives up.
    async fn again(&self, error: CatalogError, tries: u32) -> Result<(), CatalogError> {
        let cut = matches!(error, CatalogError::Length { announced, came } if came < announced);
        if !(cut || error.may_pass()) || tries >= self.patience.attempts {
            return Err(error);
        }
        let pause = self.patience.pause.saturating_mul(1 << tries.min(6));
        tokio::time::sleep(pause.min(self.patience.stall)).await;
        Ok(())
    }

    /// One request from `at` on; `at` moves with what was written.
    async fn once(&self, at: &mut u64, end: u64) -> Result<(), Broken> {
        let wanted = *at..end;
        let body = self.catalog.read(self.backup.key.raw(), Some(wanted.clone()), &self.pinned).await?;
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
        self.write(body, at, end, |_| true).await?;
        Ok(())
    }

    /// One stream of the whole object, again from its beginning when it breaks.
    pub(super) async fn whole(&self, missing: &[Range<u64>]) -> Result<(), CatalogError> {
        let (mut tries, mut best) = (0, 0);
        let done: u64 = self.backup.size - missing.iter().map(|range| range.end - range.start).sum::<u64>();
        loop {
            self.meter.begin(super::DownloadStage::Receives, done, Some(self.backup.size));
            let body = self.catalog.read(self.backup.key.raw(), None, &self.pinned).await;
            let mut at = 0;
            let end = self.backup.size;
            let result = match body {
                Ok(body) if body.range != (0..end) => Err(self.replaced()),
                Ok(body) => {
                    let is_missing = |piece: Range<u64>| {
                        missing.iter().any(|range| range.start < piece.end && piece.start < range.end)
                    };
                    self.write(body, &mut at, end, is_missing).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = result else { return Ok(()) };
            tries = if at > best { 1 } else { tries + 1 };
            best = best.max(at);
            self.again(error, tries).await?;
        }
    }

    /// Writes what comes until `end`, piece by piece; pieces that nobody wants are passed over.
    async fn write(
        &self,
        mut body: Body,
        at: &mut u64,
        end: u64,
        wanted: impl Fn(Range<u64>) -> bool + Send + Sync,
    ) -> Result<(), CatalogError> {
        let mut piece: Vec<u8> = Vec::with_capacity(PIECE);
        let mut flushed = Instant::now();
        let result = loop {
            let next = tokio::time::timeout(self.patience.stall, body.bytes.next()).await;
            let mut bytes: Bytes = match next {
                Err(_) => break Err(self.no_answer(NoAnswer::Stalled(self.patience.stall))),
                Ok(Some(Err(error))) => break Err(error),
                Ok(Some(Ok(bytes))) => bytes,
                Ok(None) if *at + piece.len() as u64 == end => break Ok(()),
                Ok(None) => break Err(CatalogError::Length { announced: end, came: *at + piece.len() as u64 }),
            };
            let have = *at + piece.len() as u64;
            let came = have + bytes.len() as u64;
            if came > end {
                // More than was announced: nothing of it can be trusted.
                return Err(CatalogError::Length { announced: end, came });
            }
            self.meter.more(if wanted(have..came) { bytes.len() as u64 } else { 0 });
            while !bytes.is_empty() {
                let part = bytes.split_to(bytes.len().min(PIECE - piece.len()));
                piece.extend_from_slice(&part);
                if piece.len() == PIECE || flushed.elapsed() >= SOON {
                    piece = self.flush(piece, at, &wanted).await?;
                    flushed = Instant::now();
                }
            }
        };
        // What came before it broke is kept.
        self.flush(piece, at, &wanted).await?;
        result
    }

    async fn flush(
        &self,
        mut piece: Vec<u8>,
        at: &mut u64,
        wanted: &(impl Fn(Range<u64>) -> bool + Send + Sync),
    ) -> Result<Vec<u8>, CatalogError> {
        let (from, length) = (*at, piece.len() as u64);
        if length > 0 && wanted(from..from + length) {
            let partial = Arc::clone(&self.partial);
            let written = tokio::task::spawn_blocking(move || partial.record(from, &piece).map(|()| piece)).await;
            piece =
                written.map_err(|error| CatalogError::writing(self.partial.path(), std::io::Error::other(error)))??;
        }
        *at += length;
        piece.clear();
        Ok(piece)
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
