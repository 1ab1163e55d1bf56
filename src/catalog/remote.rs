//! One object of a source as bytes that are read range by range, for whoever blocks: every read is pinned to the object that
//! the first one met.
//!
//! It is the bridge between what waits and what blocks: a read is called on a worker, and waits there for the runtime.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tokio::runtime::Handle;

use super::{Backup, Body, Catalog, CatalogError, NoAnswer, Seen};
use crate::progress::Cancel;
use crate::ranges::{Piece, ReadAt};

/// So often one range is asked for when the source fails to answer: a look is not worth more.
const ATTEMPTS: u32 = 2;
/// Time between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(20);

/// One object, read range by range.
pub struct Remote {
    catalog: Arc<dyn Catalog>,
    handle: Handle,
    serving: Mutex<Serving>,
    met: Mutex<Met>,
    requests: AtomicU32,
    bytes: AtomicU64,
}

/// Who hears of each read: requests and bytes so far.
pub type Tell = Arc<dyn Fn(u32, u64) + Send + Sync>;

/// For whom it is read now.
#[derive(Clone)]
struct Serving {
    cancel: Cancel,
    tell: Option<Tell>,
}

/// The object as it was met.
struct Met {
    backup: Backup,
    /// What the first answer said of it.
    first: Option<(Seen, u64)>,
}

impl Remote {
    /// The object of this backup. Where its ETag and version are not known yet, those of the first answer count. Nothing is
    /// asked for before the first read. `handle` runs what is asynchronous; reads must not be called on its own threads.
    pub fn new(catalog: Arc<dyn Catalog>, backup: Backup, handle: Handle, cancel: Cancel) -> Self {
        let met = Mutex::new(Met { backup, first: None });
        let serving = Mutex::new(Serving { cancel, tell: None });
        Self { catalog, handle, serving, met, requests: AtomicU32::new(0), bytes: AtomicU64::new(0) }
    }

    /// From now on it is read for somebody else, who may stop it, and hears what was spent.
    pub fn serve(&self, cancel: &Cancel, tell: Option<Tell>) {
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Serving { cancel: cancel.clone(), tell };
    }

    /// The backup as it was read: with what the first answer said of it.
    pub fn backup(&self) -> Backup {
        self.met().backup.clone()
    }

    /// How many requests were sent, and how many bytes came.
    pub fn spent(&self) -> (u32, u64) {
        (self.requests.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    fn met(&self) -> std::sync::MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, range: Range<u64>, most: u64) -> Result<Piece, CatalogError> {
        let patience = self.catalog.patience();
        let mut tries = 1;
        loop {
            let error = match self.once(range.clone(), most).await {
                Ok(piece) => return Ok(piece),
                Err(error) => error,
            };
            let cut = matches!(error, CatalogError::Length { announced, came } if came < announced);
            if !(cut || error.may_pass()) || tries >= ATTEMPTS.min(patience.attempts) {
                return Err(error);
            }
            tries += 1;
            tokio::time::sleep(patience.pause).await;
        }
    }

    async fn once(&self, range: Range<u64>, most: u64) -> Result<Piece, CatalogError> {
        let (key, pinned) = {
            let met = self.met();
            (met.backup.key.raw().to_owned(), met.backup.pinned())
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let body = match self.catalog.read(&key, Some(range.clone()), &pinned).await {
            // No first byte: the object is empty.
            Err(CatalogError::NoAnswer { how: NoAnswer::Server(416, _), .. }) if range.start == 0 => {
                return Ok(Piece { from: 0, bytes: Bytes::new(), total: 0 });
            }
            other => other?,
        };
        let total = body.total.ok_or_else(|| self.nonsense("it does not say how long the object is"))?;
        self.is_the_same(&body.seen, total)?;
        let wanted = range.start..range.end.min(total);
        let sent = self.sent(&body, &wanted, total, most)?;
        let bytes = self.receive(body, sent.end - sent.start).await?;
        Ok(Piece { from: sent.start, bytes, total })
    }

    /// What is taken of the answer: the range, or what a server without ranges sends before it, too.
    fn sent(&self, body: &Body, wanted: &Range<u64>, total: u64, most: u64) -> Result<Range<u64>, CatalogError> {
        if body.range == *wanted {
            return Ok(wanted.clone());
        }
        if body.range != (0..total) {
            return Err(self.nonsense(&format!("bytes {}-{} came", body.range.start, body.range.end)));
        }
        // It sends everything whatever is asked for: all of it at once, where it is short enough.
        match (total <= most, wanted.end <= most) {
            (true, _) => Ok(0..total),
            (_, true) if wanted.start == 0 => Ok(wanted.clone()),
            _ => Err(self.nonsense("it sends the whole object instead of a piece of it")),
        }
    }

    /// The first answer says which object it is; later ones must agree.
    fn is_the_same(&self, seen: &Seen, total: u64) -> Result<(), CatalogError> {
        let mut met = self.met();
        if let Some((first, size)) = &met.first {
            let differs =
                |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
            let other = differs(&first.etag, &seen.etag) || first.modified != seen.modified || *size != total;
            return if other { Err(CatalogError::Replaced { key: met.backup.address() }) } else { Ok(()) };
        }
        met.first = Some((seen.clone(), total));
        let backup = &mut met.backup;
        backup.size = total;
        backup.etag = backup.etag.take().or_else(|| seen.etag.clone());
        backup.version = backup.version.take().or_else(|| seen.version.clone());
        backup.modified = backup.modified.or(seen.modified);
        Ok(())
    }

    async fn receive(&self, mut body: Body, length: u64) -> Result<Bytes, CatalogError> {
        let stall = self.catalog.patience().stall;
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let mut bytes = BytesMut::new();
        while bytes.len() < wanted {
            let Ok(next) = tokio::time::timeout(stall, body.bytes.next()).await else {
                return Err(CatalogError::NoAnswer {
                    how: NoAnswer::Stalled(stall),
                    what: self.met().backup.address(),
                });
            };
            let Some(part) = next else {
                return Err(CatalogError::Length { announced: length, came: bytes.len() as u64 });
            };
            let part = part?;
            self.bytes.fetch_add(part.len() as u64, Ordering::Relaxed);
            bytes.extend_from_slice(&part);
        }
        bytes.truncate(wanted);
        Ok(bytes.freeze())
    }

    fn nonsense(&self, what: &str) -> CatalogError {
        CatalogError::NoAnswer { how: NoAnswer::Nonsense(what.to_owned()), what: self.met().backup.address() }
    }
}

impl ReadAt for Remote {
    fn read(&self, range: Range<u64>, most: u64) -> io::Result<Piece> {
        let Serving { cancel, tell } = self.serving.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = async {
            while !cancel.is_cancelled() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let read = self.handle.block_on(async {
            tokio::select! {
                read = self.ask(range, most) => read,
                () = asked => Err(CatalogError::Cancelled),
            }
        });
        if let Some(tell) = tell {
            let (requests, bytes) = self.spent();
            tell(requests, bytes);
        }
        read.map_err(io::Error::other)
    }
}
