//! One body on its way into the file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;

use super::meter::Meter;
use super::partial::Partial;
use crate::catalog::{Body, CatalogError, NoAnswer};

/// Bytes that are written and recorded at once.
const PIECE: usize = 1024 * 1024;
/// On a slow line, what came is written and recorded this often: no more than that is lost when it is stopped.
const SOON: Duration = Duration::from_millis(500);

/// Where a body goes.
pub(super) struct Pump {
    pub(super) partial: Arc<Partial>,
    pub(super) meter: Arc<Meter>,
    /// Without a byte, until it is given up.
    pub(super) stall: Duration,
    /// The object, for sentences.
    pub(super) what: String,
    /// Up to where it is written.
    pub(super) at: u64,
    /// Where it ends.
    pub(super) end: u64,
}

impl Pump {
    /// Writes what comes, piece by piece; answers where it ended, too.
    pub(super) async fn run(mut self, body: Body) -> (u64, Result<(), CatalogError>) {
        let result = self.write(body).await;
        (self.at, result)
    }

    async fn write(&mut self, mut body: Body) -> Result<(), CatalogError> {
        let (mut pieces, mut held): (Vec<Bytes>, usize) = (Vec::new(), 0);
        let (stall, end) = (self.stall, self.end);
        // Writing, and waiting for the reading, is no standing still: both begin anew after it.
        let (mut flushed, mut quiet) = (Instant::now(), Instant::now());
        let result = loop {
            let wait = if held > 0 { SOON.min(stall) } else { stall.saturating_sub(quiet.elapsed()) };
            let next = tokio::time::timeout(wait, body.bytes.next()).await;
            let have = self.at + held as u64;
            let bytes: Bytes = match next {
                Err(_) if held > 0 => {
                    self.flush(std::mem::take(&mut pieces)).await?;
                    held = 0;
                    continue;
                }
                Err(_) => break Err(CatalogError::NoAnswer { how: NoAnswer::Stalled(stall), what: self.what.clone() }),
                Ok(Some(Err(error))) => break Err(error),
                Ok(Some(Ok(bytes))) => bytes,
                Ok(None) if have == end => break Ok(()),
                Ok(None) => break Err(CatalogError::Length { announced: end, came: have }),
            };
            let came = have + bytes.len() as u64;
            if came > end {
                // More than was announced: nothing of it can be trusted.
                return Err(CatalogError::Length { announced: end, came });
            }
            let new: u64 = self.partial.arrived().missing(have..came).iter().map(|gap| gap.end - gap.start).sum();
            self.meter.more(new);
            held += bytes.len();
            pieces.push(bytes);
            if held >= PIECE || flushed.elapsed() >= SOON {
                self.flush(std::mem::take(&mut pieces)).await?;
                (held, flushed) = (0, Instant::now());
            }
            self.partial.arrived().in_time(self.at + held as u64).await;
            quiet = Instant::now();
        };
        // What came before it broke is kept.
        self.flush(pieces).await?;
        result
    }

    async fn flush(&mut self, pieces: Vec<Bytes>) -> Result<(), CatalogError> {
        let (from, length) = (self.at, pieces.iter().map(|piece| piece.len() as u64).sum::<u64>());
        if length > 0 {
            let partial = Arc::clone(&self.partial);
            let written = tokio::task::spawn_blocking(move || partial.record(from, &pieces)).await;
            written.map_err(|error| CatalogError::writing(self.partial.path(), std::io::Error::other(error)))??;
        }
        self.at += length;
        Ok(())
    }
}
