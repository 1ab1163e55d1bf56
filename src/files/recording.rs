//! A door that writes down what goes through it, in order: for tests of the order, and for building the states that a
//! power loss may leave.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Attribute, FileId, Files, Handle, Status};

/// One operation that changed something, or made it durable, and succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // Named after the operations of `Files`.
pub enum Operation {
    Create { path: PathBuf, id: FileId },
    Write { path: PathBuf, id: FileId, offset: u64, bytes: Vec<u8> },
    Truncate { path: PathBuf, id: FileId, length: u64 },
    Sync { path: PathBuf, id: FileId },
    SyncFolder { path: PathBuf },
    SetOwner { path: PathBuf, uid: u32, gid: u32 },
    SetMode { path: PathBuf, mode: u32 },
    SetAttribute { path: PathBuf, name: String },
    RemoveAttribute { path: PathBuf, name: String },
    MakeFolder { path: PathBuf },
    RemoveFolder { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    RenameNew { from: PathBuf, to: PathBuf },
    Exchange { one: PathBuf, other: PathBuf },
    Link { from: PathBuf, to: PathBuf },
    Unlink { path: PathBuf },
    LockFolder { path: PathBuf },
    BarSqlite { path: PathBuf, id: FileId },
    BySqlite { what: String, path: PathBuf },
}

/// Writes down every operation that another door carried out.
pub struct Recording<F> {
    inner: F,
    operations: Arc<Mutex<Vec<Operation>>>,
}

impl<F: Files> Recording<F> {
    /// In front of `inner`.
    pub fn new(inner: F) -> Self {
        Self { inner, operations: Arc::default() }
    }

    /// What went through so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, operation: Operation) {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }

    fn id(&self, handle: &Handle) -> io::Result<FileId> {
        Ok(self.inner.status(handle)?.id)
    }
}

impl<F: Files> Files for Recording<F> {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        let handle = self.inner.create_new(path)?;
        self.note(Operation::Create { path: path.to_owned(), id: self.id(&handle)? });
        Ok(handle)
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        self.inner.open_read(path)
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        self.inner.open_write(path)
    }

    fn read(&self, handle: &Handle, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(handle, offset, buffer)
    }

    fn write(&self, handle: &Handle, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.inner.write(handle, offset, bytes)?;
        let (path, id) = (handle.path().to_owned(), self.id(handle)?);
        self.note(Operation::Write { path, id, offset, bytes: bytes.to_vec() });
        Ok(())
    }

    fn truncate(&self, handle: &Handle, length: u64) -> io::Result<()> {
        self.inner.truncate(handle, length)?;
        self.note(Operation::Truncate { path: handle.path().to_owned(), id: self.id(handle)?, length });
        Ok(())
    }

    fn sync(&self, handle: &Handle) -> io::Result<()> {
        self.inner.sync(handle)?;
        self.note(Operation::Sync { path: handle.path().to_owned(), id: self.id(handle)? });
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.inner.sync_folder(folder)?;
        self.note(Operation::SyncFolder { path: folder.to_owned() });
        Ok(())
    }

    fn status(&self, handle: &Handle) -> io::Result<Status> {
        self.inner.status(handle)
    }

    fn look(&self, path: &Path) -> io::Result<Option<Status>> {
        self.inner.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.inner.list(folder)
    }

    fn set_owner(&self, handle: &Handle, uid: u32, gid: u32) -> io::Result<()> {
        self.inner.set_owner(handle, uid, gid)?;
        self.note(Operation::SetOwner { path: handle.path().to_owned(), uid, gid });
        Ok(())
    }

    fn set_mode(&self, handle: &Handle, mode: u32) -> io::Result<()> {
        self.inner.set_mode(handle, mode)?;
        self.note(Operation::SetMode { path: handle.path().to_owned(), mode });
        Ok(())
    }

    fn attributes(&self, handle: &Handle) -> io::Result<Vec<Attribute>> {
        self.inner.attributes(handle)
    }

    fn set_attribute(&self, handle: &Handle, attribute: &Attribute) -> io::Result<()> {
        self.inner.set_attribute(handle, attribute)?;
        self.note(Operation::SetAttribute { path: handle.path().to_owned(), name: attribute.name.clone() });
        Ok(())
    }

    fn remove_attribute(&self, handle: &Handle, name: &str) -> io::Result<()> {
        self.inner.remove_attribute(handle, name)?;
        self.note(Operation::RemoveAttribute { path: handle.path().to_owned(), name: name.to_owned() });
        Ok(())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.inner.make_folder(folder)?;
        self.note(Operation::MakeFolder { path: folder.to_owned() });
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.inner.remove_folder(folder)?;
        self.note(Operation::RemoveFolder { path: folder.to_owned() });
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)?;
        self.note(Operation::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename_new(from, to)?;
        self.note(Operation::RenameNew { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.inner.exchange(one, other)?;
        self.note(Operation::Exchange { one: one.to_owned(), other: other.to_owned() });
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.link(from, to)?;
        self.note(Operation::Link { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.inner.unlink(path)?;
        self.note(Operation::Unlink { path: path.to_owned() });
        Ok(())
    }

    fn lock_folder(&self, folder: &Path) -> io::Result<Handle> {
        let handle = self.inner.lock_folder(folder)?;
        self.note(Operation::LockFolder { path: folder.to_owned() });
        Ok(handle)
    }

    fn bar_sqlite(&self, handle: &Handle) -> io::Result<()> {
        self.inner.bar_sqlite(handle)?;
        self.note(Operation::BarSqlite { path: handle.path().to_owned(), id: self.id(handle)? });
        Ok(())
    }

    fn by_sqlite(&self, what: &str, path: &Path) -> io::Result<()> {
        self.inner.by_sqlite(what, path)?;
        self.note(Operation::BySqlite { what: what.to_owned(), path: path.to_owned() });
        Ok(())
    }
}
