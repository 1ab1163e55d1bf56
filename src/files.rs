//! The one door to the file system for everything that replaces something: placing, undo, journal and safety copy.
//!
//! A test puts another door in front: [`recording::Recording`] writes down every operation in its order, others fail or
//! stop at one of them. What SQLite itself does to a file is one opaque operation here ([`Files::by_sqlite`]).

mod real;
pub mod recording;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use real::Real;
pub(crate) use real::lock_bytes;

/// An open file, with the path that it was opened by.
#[derive(Debug)]
pub struct Handle {
    file: File,
    path: PathBuf,
}

impl Handle {
    /// The path that it was opened by; the file may have another name by now.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId {
    /// The device that the file is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
}

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Something else: a device, a socket, a pipe.
    Other,
}

/// What the file system says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Which file it is.
    pub id: FileId,
    /// What kind.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// Permission bits, without the kind.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// How many names it has.
    pub links: u64,
    /// Last change of its contents: seconds and nanoseconds since 1970.
    pub modified: (i64, i64),
}

/// An extended attribute: an ACL, a security label, or a user's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, such as `system.posix_acl_access`.
    pub name: String,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// Every operation on files that placing, undo, journal and safety copy make. Paths are absolute; the last part of a path
/// is never followed when it is a symbolic link. No operation is repeated or left out by an implementation.
pub trait Files: Send + Sync {
    /// Creates a file that must not be there yet, for reading and writing, mode 0600.
    fn create_new(&self, path: &Path) -> io::Result<Handle>;
    /// Opens a file for reading.
    fn open_read(&self, path: &Path) -> io::Result<Handle>;
    /// Opens a file that is there for reading and writing.
    fn open_write(&self, path: &Path) -> io::Result<Handle>;
    /// Reads at `offset`; 0 means that the file ends there.
    fn read(&self, handle: &Handle, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes all of `bytes` at `offset`.
    fn write(&self, handle: &Handle, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts or extends the file to `length` bytes.
    fn truncate(&self, handle: &Handle, length: u64) -> io::Result<()>;
    /// Reserves room for `length` bytes without changing the file: a full disk is then known before the first byte. Where
    /// the file system cannot reserve, nothing happens.
    fn reserve(&self, handle: &Handle, length: u64) -> io::Result<()> {
        use rustix::io::Errno;
        if length == 0 {
            return Ok(());
        }
        match rustix::fs::fallocate(&handle.file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, length) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
            reserved => Ok(reserved?),
        }
    }
    /// Makes contents and attributes of the file durable (`fsync`).
    fn sync(&self, handle: &Handle) -> io::Result<()>;
    /// Makes the names in a folder durable (`fsync` of the folder).
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// What the file system says about an open file.
    fn status(&self, handle: &Handle) -> io::Result<Status>;
    /// What a name stands for, without opening it; none when there is nothing.
    fn look(&self, path: &Path) -> io::Result<Option<Status>>;
    /// The names in a folder, sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// Sets owner and group.
    fn set_owner(&self, handle: &Handle, uid: u32, gid: u32) -> io::Result<()>;
    /// Sets the permission bits.
    fn set_mode(&self, handle: &Handle, mode: u32) -> io::Result<()>;
    /// The extended attributes, sorted by name; empty where the file system has none.
    fn attributes(&self, handle: &Handle) -> io::Result<Vec<Attribute>>;
    /// Sets an extended attribute.
    fn set_attribute(&self, handle: &Handle, attribute: &Attribute) -> io::Result<()>;
    /// Removes an extended attribute.
    fn remove_attribute(&self, handle: &Handle, name: &str) -> io::Result<()>;
    /// Makes a folder that must not be there yet, mode 0700.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a folder that holds nothing.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
    /// Renames, replacing what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames; fails with `AlreadyExists` when something has the new name.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Exchanges two names in one step (`RENAME_EXCHANGE`).
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Gives a file a second name, which must not be there yet.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a name.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// Locks a folder for this open description (`flock`, exclusive, without waiting). `WouldBlock` when another has it.
    fn lock_folder(&self, folder: &Path) -> io::Result<Handle>;
    /// Takes the locks that bar every SQLite from the open file: an OFD write lock on its lock bytes, without waiting.
    /// `WouldBlock` when somebody holds one of them.
    fn bar_sqlite(&self, handle: &Handle) -> io::Result<()>;
    /// SQLite is about to do `what` to the database at `path` and its side files: one opaque operation.
    fn by_sqlite(&self, what: &str, path: &Path) -> io::Result<()>;
}

/// A process that this one is just starting holds a copy of every descriptor for a moment, also of a lock that was given back
/// since: so a lock is asked for more than once.
pub(crate) fn patiently<T>(lock: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..50 {
        match lock() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            lock => return lock,
        }
    }
    lock()
}

/// Removes a name, or finds it gone. True when there was something.
pub fn unlink_if_there(files: &dyn Files, path: &Path) -> io::Result<bool> {
    match files.unlink(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A write beyond the limit of file sizes is an error then, as on a full disk; by itself its signal ends the program.
pub fn failing_instead_of_dying() {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Once};
    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        // Without the handler a write beyond the limit ends the program; the journal then says how far it was.
        drop(signal_hook::flag::register(nix::libc::SIGXFSZ, Arc::new(AtomicBool::new(false))));
    });
}
