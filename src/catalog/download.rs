//! A verified private copy of one backup: ranged, resumable, pinned to what was chosen.

mod arrived;
mod compare;
mod copy;
mod fresh;
mod lanes;
mod meter;
mod partial;
mod parts;
mod pump;
mod receive;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::finding::{Code, Finding, Severity};
use crate::progress::{Cancel, OnProgress};

use super::{Algorithm, Backup, Catalog, CatalogError, Head, Pinned, layout};
use compare::{Witness, compare};
use meter::Meter;
use partial::Partial;
use receive::Receiver;

/// So often a download begins again because the object was replaced.
const BEGINNINGS: u32 = 3;

/// Bytes of that block; it is never touched.
const KEPT: usize = 16 * 1024 * 1024;

/// What a download does, as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadStage {
    /// Asks for size and checksum, and whether there is room; reads again what an earlier download left.
    Asks,
    /// Bytes arrive. `done` and `total` are bytes.
    Receives,
    /// No byte came for this long; after a while it asks again by itself. `done` and `total` are bytes.
    Waits {
        /// Seconds without a byte.
        seconds: u64,
    },
    /// All bytes are here; the last of them are read and compared. `done` and `total` are bytes.
    Compares,
}

/// How the bytes were compared with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// By the checksum of the whole object.
    Checksum(Algorithm),
    /// By the checksum of its parts, computed over the same parts.
    Parts(Algorithm),
    /// By the ETag, which is the MD5 of this object.
    Md5Etag,
    /// Copied on this machine: what was written was read back and compared with what was read.
    Copied,
    /// By their length only, for this reason (R111).
    LengthOnly {
        /// Why, as a sentence.
        why: String,
    },
}

/// A finished download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// The file, mode 0600, in the folder that was given.
    pub path: PathBuf,
    /// The SHA-256 of the whole file, 64 hex digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// How it was compared with the source.
    pub verification: Verification,
    /// The backup as it was read: size, ETag and version are those of the bytes.
    pub backup: Backup,
    /// Whether the object was replaced since it was chosen, and all began again (R108).
    pub began_again: bool,
}

impl Downloaded {
    /// What is worth saying about the download: R108, R111.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.began_again {
            let detail = "The backup was replaced after it was chosen. The download began again, with the new one.";
            let why = "A connector uploads a new backup when it restarts. This is not the backup that was in the list.";
            let remedy = "Look at its newest event. Where the bucket keeps versions, the one before is still there.";
            let evidence = format!("{}, {} bytes", self.sha256, self.size);
            found.push(Finding::new(Code::R108, Severity::Warn, detail).why(why).remedy(remedy).evidence(evidence));
        }
        if let Verification::LengthOnly { why } = &self.verification {
            let detail = format!("Only the length was compared with the bucket. {why}");
            let matters =
                "A byte that changed on the way would not be seen here; the checks of the database may see it.";
            let remedy = "Nothing needs to be done. The digest of the download is in the report.";
            found.push(Finding::new(Code::R111, Severity::Info, detail).why(matters).remedy(remedy));
        }
        found
    }
}

/// Downloads `backup` into `folder` (made 0700 where it is missing). What an earlier call left there of the same object is
/// used again, after its CRCs were compared; Esc, a lost line or expired credentials therefore cost nothing. The file stays
/// where it is: the caller moves it away.
pub async fn fetch(
    catalog: &dyn Catalog,
    backup: &Backup,
    folder: &Path,
    progress: OnProgress<'_, DownloadStage>,
    cancel: &Cancel,
) -> Result<Downloaded, CatalogError> {
    if backup.deleted {
        return Err(CatalogError::Missing { what: format!("{} (it was deleted)", backup.address()) });
    }
    if backup.place.is_none() && !backup.is_path() {
        let is = layout::what_else(catalog.prefix(), backup.key.raw()).to_owned();
        return Err(CatalogError::Layout { key: backup.key.printable(), is });
    }
    let meter = Arc::new(Meter::new());
    // Whatever ends this future, a drop included, ends what blocks beside it.
    let ended = Ended(Cancel::default());
    let mut chosen = backup.clone();
    let mut began_again = false;
    for _ in 0..BEGINNINGS {
        let work = once(catalog, &chosen, folder, &meter, &ended.0);
        match meter.drive(work, catalog.patience().quiet, &mut *progress, cancel).await {
            Ok(downloaded) => return Ok(Downloaded { began_again, ..downloaded }),
            // A version cannot be replaced: then it is gone, or the server errs.
            Err(CatalogError::Replaced { .. }) if !chosen.is_fixed() => {
                began_again = true;
                chosen.etag = None;
                meter.begin(DownloadStage::Asks, 0, None);
            }
            Err(error) => return Err(error),
        }
    }
    Err(CatalogError::Replaced { key: backup.address() })
}

/// A large block that is freed tells glibc's allocator to keep what is freed from then on, up to twice as much. Else it gives the
/// buffers of bodies back to the system one by one, and each new one is made of new pages: a tenth of the processor's time.
fn keep_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
}

/// Tells the blocking work that nobody waits for it any more.
struct Ended(Cancel);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// One beginning: asks, receives what is missing, compares.
async fn once(
    catalog: &dyn Catalog,
    chosen: &Backup,
    folder: &Path,
    meter: &Arc<Meter>,
    ended: &Cancel,
) -> Result<Downloaded, CatalogError> {
    let head = catalog.head(chosen.key.raw(), chosen.version.as_deref()).await?;
    if let Some(archived) = head.archived {
        return Err(CatalogError::Archived { what: Box::new(archived) });
    }
    if chosen.etag.is_some() && head.backup.etag.is_some() && chosen.etag != head.backup.etag {
        return Err(CatalogError::Replaced { key: chosen.address() });
    }
    let job = Job { catalog, head, folder: folder.to_owned(), meter: Arc::clone(meter), cancel: ended.clone() };
    match catalog.open_local(chosen.key.raw()) {
        Some(original) => job.copied(original?).await,
        None => job.received().await,
    }
}

/// One object on its way.
struct Job<'a> {
    catalog: &'a dyn Catalog,
    head: Head,
    folder: PathBuf,
    meter: Arc<Meter>,
    cancel: Cancel,
}

impl Job<'_> {
    async fn received(self) -> Result<Downloaded, CatalogError> {
        let witness = self.witness().await?;
        keep_memory();
        let backup = self.head.backup.clone();
        let size = backup.size;
        let partial = self
            .blocking(move |job| {
                let partial = Partial::open(&job.folder, &backup, &job.cancel)?;
                partial.look(&backup, &job.meter, &job.cancel)?;
                partial.check_room(partial.missing())?;
                Ok(Arc::new(partial))
            })
            .await?;
        self.meter.begin(DownloadStage::Receives, size - partial.missing(), Some(size));
        let pinned: Pinned = self.head.backup.pinned();
        // Where a stream may begin again with another object, what came is read only when it has ended.
        let can_tell = pinned.etag.is_some() || self.head.backup.is_fixed();
        let follower = can_tell.then(|| {
            partial.fresh().is_read();
            self.follow(&partial, witness.clone())
        });
        let receiver = Receiver {
            catalog: self.catalog,
            backup: &self.head.backup,
            pinned,
            can_tell,
            partial: Arc::clone(&partial),
            meter: &self.meter,
            patience: self.catalog.patience(),
            part: AtomicU64::new(receive::PART),
        };
        match receiver.all().await {
            Ok(()) => {}
            Err(error @ CatalogError::Replaced { .. }) => {
                partial.discard();
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        let follower = follower.unwrap_or_else(|| self.follow(&partial, witness));
        self.compared(&partial, follower).await
    }

    /// What the bytes will be compared with. A checksum of parts needs their sizes.
    async fn witness(&self) -> Result<Witness, CatalogError> {
        match (Witness::of(&self.head), &self.head.checksum) {
            (Witness::None(_), Some(checksum)) if checksum.composite => {
                Ok(match parts::sizes(self.catalog, &self.head).await? {
                    Ok(sizes) => Witness::Parts(checksum.algorithm, checksum.digest.clone(), sizes),
                    Err(why) => Witness::None(why),
                })
            }
            (witness, _) => Ok(witness),
        }
    }

    async fn copied(self, original: std::fs::File) -> Result<Downloaded, CatalogError> {
        let backup = self.head.backup.clone();
        self.meter.begin(DownloadStage::Receives, 0, Some(backup.size));
        let (partial, digest) = self
            .blocking(move |job| {
                let partial = Partial::open(&job.folder, &backup, &job.cancel)?;
                // Copying is quick: nothing is resumed, as nothing tells whether the original is still the same.
                partial.begin_anew()?;
                partial.check_room(backup.size)?;
                let digest = copy::copy(&original, &backup, &partial, &job.meter, &job.cancel);
                let digest = digest.inspect_err(|_| partial.discard())?;
                Ok((Arc::new(partial), digest))
            })
            .await?;
        partial.arrived().add(0..self.head.backup.size);
        let follower = self.follow(&partial, Witness::Digest(Algorithm::Sha256, digest));
        let mut downloaded = self.compared(&partial, follower).await?;
        downloaded.verification = Verification::Copied;
        Ok(downloaded)
    }

    /// Begins to read the download, as far as it is there.
    fn follow(&self, partial: &Arc<Partial>, witness: Witness) -> Follower {
        let (partial, meter) = (Arc::clone(partial), Arc::clone(&self.meter));
        let (size, ended) = (self.head.backup.size, Ended(Cancel::default()));
        let cancel = ended.0.clone();
        let work = tokio::task::spawn_blocking(move || compare(&partial, size, &witness, &meter, &cancel));
        Follower { work, _ended: ended }
    }

    /// All is here: waits until it is read and compared, and makes it durable.
    async fn compared(self, partial: &Arc<Partial>, follower: Follower) -> Result<Downloaded, CatalogError> {
        let size = self.head.backup.size;
        self.meter.begin(DownloadStage::Compares, 0, Some(size));
        let compared = follower
            .work
            .await
            .unwrap_or_else(|error| Err(CatalogError::reading(partial.path(), std::io::Error::other(error))));
        // Bytes that are wrong are of no use to a later call.
        let compared = compared.inspect_err(|error| {
            if matches!(error, CatalogError::Corrupt { .. } | CatalogError::Length { .. }) {
                partial.discard();
            }
        });
        let (sha256, verification) = compared?;
        let whole = Arc::clone(partial);
        let path = self.blocking(move |_| whole.finish()).await?;
        Ok(Downloaded { path, sha256, size, verification, backup: self.head.backup, began_again: false })
    }

    /// Runs what blocks beside the async work. It looks at the wish to stop by itself, as nothing else can stop it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Blocking) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let blocking =
            Blocking { folder: self.folder.clone(), meter: Arc::clone(&self.meter), cancel: self.cancel.clone() };
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(blocking)).await;
        done.map_err(|error| CatalogError::writing(folder, std::io::Error::other(error)))?
    }
}

/// What blocking work needs of a job.
struct Blocking {
    folder: PathBuf,
    meter: Arc<Meter>,
    cancel: Cancel,
}

/// Reading that runs beside the download. It ends when this is dropped.
struct Follower {
    work: tokio::task::JoinHandle<Result<(String, Verification), CatalogError>>,
    _ended: Ended,
}
