//! The door through which SQLite reads a file that lies elsewhere: a VFS that can only read, and only what was offered.
//!
//! The methods are safe code over the traits of `rsqlite-vfs`. Nothing in them panics: what cannot be read is "cannot be
//! read" to SQLite, and what really happened stays with [`Blocks`]. The file is said to be immutable, so that SQLite looks for
//! no sidecars, takes no locks, and reads a database in WAL mode like any other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rsqlite_vfs::{
    AccessMode, DeviceCharacteristics, LockLevel, OpenAccess, OpenOptions, OpenRequest, OpenedFile, OsCallback,
    SQLiteIoMethods, SQLiteVfs, SyncOptions, VfsError, VfsErrorCode, VfsFile, VfsResult, VfsStore, register_vfs,
};

use super::blocks::{Blocks, Window};

/// The name of the VFS.
pub(in crate::database) const NAME: &str = "reseat-remote";

/// Files that may be opened now, under short names of this program's own: never under a key.
static OFFERED: Mutex<BTreeMap<String, Offer>> = Mutex::new(BTreeMap::new());

struct Offer {
    blocks: Arc<Blocks>,
    only_here: Arc<AtomicBool>,
}

fn offered() -> MutexGuard<'static, BTreeMap<String, Offer>> {
    OFFERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name under which SQLite can open some blocks, until it is dropped. What is open stays open.
pub(in crate::database) struct Ticket {
    pub(in crate::database) name: String,
    /// Once it is set, this reader asks for nothing: only what is here is read.
    pub(in crate::database) only_here: Arc<AtomicBool>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        offered().remove(&self.name);
    }
}

/// Offers some blocks to SQLite. An error is a sentence.
pub(in crate::database) fn offer(blocks: &Arc<Blocks>) -> Result<Ticket, String> {
    static LAST: AtomicU64 = AtomicU64::new(0);
    register()?;
    let name = format!("remote-{}", LAST.fetch_add(1, Ordering::Relaxed));
    let only_here = Arc::<AtomicBool>::default();
    offered().insert(name.clone(), Offer { blocks: Arc::clone(blocks), only_here: Arc::clone(&only_here) });
    Ok(Ticket { name, only_here })
}

/// Makes the VFS known to SQLite, once in the life of this program.
fn register() -> Result<(), String> {
    static REGISTERED: OnceLock<Result<(), String>> = OnceLock::new();
    REGISTERED.get_or_init(make_known).clone()
}

/// The one place of this crate where `unsafe` stands: SQLite takes function pointers, and no crate that builds with a C
/// compiler alone hands them over safely.
#[expect(unsafe_code, reason = "a VFS is registered with SQLite by pointers")]
fn make_known() -> Result<(), String> {
    // SAFETY: the methods and the layout are the defaults of `rsqlite-vfs` for `Door`, so they fit each other. The data that
    // they share is `()`; what they reach beside it is behind a mutex. `OnceLock` lets this run once, so that nobody registers
    // this name at the same time. Rust's SQLite is built for several threads. The registration is never taken back.
    let registered = unsafe { register_vfs::<Door, Door>(NAME, (), false) };
    registered.map(|registration| _ = registration.into_raw()).map_err(|error| error.to_string())
}

/// The methods.
struct Door;

impl SQLiteIoMethods for Door {
    type Store = Self;
}

impl SQLiteVfs<Self> for Door {
    type Os = Bare;

    fn os((): &()) -> &Bare {
        &Bare
    }
}

/// What SQLite may ask of the machine: it gets neither a clock nor chance.
struct Bare;

impl OsCallback for Bare {
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self, _: &mut [u8]) -> usize {
        0
    }

    fn epoch_timestamp_in_ms(&self) -> VfsResult<i64> {
        Err(refused("there is no clock here"))
    }
}

impl VfsStore for Door {
    type File = Remote;
    type AppData = ();

    fn open_file((): &(), request: OpenRequest<'_>) -> VfsResult<OpenedFile<Remote>> {
        let name = request.filename.ok_or_else(|| refused("no files are made here"))?;
        let offered = offered();
        let offer = offered.get(name.path()).ok_or_else(|| refused("this file is not offered"))?;
        let file = Remote { blocks: Arc::clone(&offer.blocks), window: Window::new(Arc::clone(&offer.only_here)) };
        Ok(OpenedFile { file, access: OpenAccess::ReadOnly })
    }

    fn close_file((): &(), _: Option<&str>, _: Remote, _: OpenOptions) -> VfsResult<()> {
        Ok(())
    }

    fn access((): &(), _: &str, _: AccessMode) -> VfsResult<bool> {
        Ok(false)
    }

    fn full_pathname((): &(), name: &str) -> VfsResult<String> {
        Ok(name.to_owned())
    }

    fn delete_file((): &(), _: &str, _: bool) -> VfsResult<()> {
        Err(read_only())
    }
}

/// One open file.
struct Remote {
    blocks: Arc<Blocks>,
    window: Window,
}

impl VfsFile for Remote {
    fn device_characteristics(&self) -> DeviceCharacteristics {
        DeviceCharacteristics::IMMUTABLE
    }

    fn read(&mut self, buffer: &mut [u8], offset: u64) -> VfsResult<usize> {
        let read = self.blocks.read(&mut self.window, buffer, offset);
        read.map_err(|_| VfsError::new(VfsErrorCode::IoRead, "it cannot be read from here".into()))
    }

    fn size(&self) -> VfsResult<u64> {
        Ok(self.blocks.size())
    }

    fn write(&mut self, _: &[u8], _: u64) -> VfsResult<()> {
        Err(read_only())
    }

    fn truncate(&mut self, _: u64) -> VfsResult<()> {
        Err(read_only())
    }

    fn sync(&mut self, _: SyncOptions) -> VfsResult<()> {
        Ok(())
    }

    fn lock(&mut self, _: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn unlock(&mut self, _: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn check_reserved_lock(&self) -> VfsResult<bool> {
        Ok(false)
    }
}

fn read_only() -> VfsError {
    VfsError::new(VfsErrorCode::ReadOnly, "nothing is written here".into())
}

fn refused(why: &'static str) -> VfsError {
    VfsError::new(VfsErrorCode::CantOpen, why.into())
}
