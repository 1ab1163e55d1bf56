//! Doors to the file system that count, fail, kill, or let somebody in between two operations.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use reseat::files::{Attribute, FileId, Files, Handle, Real, Status};

/// One operation that changes something, about to happen or done.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The name of the operation in `Files`.
    pub operation: &'static str,
    /// The path; of two the first.
    pub path: &'a Path,
    /// How many operations came before it.
    pub number: usize,
    /// It is done already.
    pub done: bool,
}

impl At<'_> {
    /// Whether it is this operation on a path that ends so.
    pub fn is(&self, operation: &str, ends: &str) -> bool {
        self.operation == operation && self.path.to_string_lossy().ends_with(ends)
    }
}

type Hook = Box<dyn FnMut(At<'_>) -> io::Result<()> + Send>;

/// Another door, usually the real file system, with a hook before and after each operation that changes something.
pub struct Hooked<F = Real> {
    inner: F,
    state: Mutex<(usize, Hook)>,
    numbers: HashMap<FileId, FileId>,
}

/// What a hook answers before a sync that is to be left out, as if it had been made.
#[derive(Debug, thiserror::Error)]
#[error("left out")]
pub struct LeftOut;

fn unless_left_out(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<LeftOut>) => Ok(()),
        done => done,
    }
}

impl Hooked {
    pub fn new(hook: impl FnMut(At<'_>) -> io::Result<()> + Send + 'static) -> Self {
        Self::over(Real, hook)
    }

    /// Files that were made anew have the numbers here that they had before.
    pub fn renumbered(numbers: HashMap<FileId, FileId>) -> Self {
        Self::new(|_| Ok(())).numbering(numbers)
    }

    /// Kills this process with SIGKILL before operation `number`.
    pub fn killing(number: usize) -> Self {
        Self::new(move |at| {
            if at.number == number && !at.done {
                nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL).unwrap();
            }
            Ok(())
        })
    }
}

impl<F> Hooked<F> {
    /// In front of `inner`.
    pub fn over(inner: F, hook: impl FnMut(At<'_>) -> io::Result<()> + Send + 'static) -> Self {
        Self { inner, state: Mutex::new((0, Box::new(hook))), numbers: HashMap::new() }
    }

    /// The same for a door with a hook.
    pub fn numbering(self, numbers: HashMap<FileId, FileId>) -> Self {
        Self { numbers, ..self }
    }

    fn numbered(&self, status: Status) -> Status {
        Status { id: self.numbers.get(&status.id).copied().unwrap_or(status.id), ..status }
    }

    /// The door behind it.
    pub fn inner(&self) -> &F {
        &self.inner
    }

    /// How many operations went through.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().0
    }

    fn around<T>(&self, operation: &'static str, path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let number = {
            let mut state = self.state.lock().unwrap();
            let number = state.0;
            state.0 += 1;
            (state.1)(At { operation, path, number, done: false })?;
            number
        };
        let done = act()?;
        let mut state = self.state.lock().unwrap();
        (state.1)(At { operation, path, number, done: true })?;
        Ok(done)
    }
}

impl<F: Files> Files for Hooked<F> {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        self.around("create_new", path, || self.inner.create_new(path))
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
        self.around("write", handle.path(), || self.inner.write(handle, offset, bytes))
    }
    fn truncate(&self, handle: &Handle, length: u64) -> io::Result<()> {
        self.around("truncate", handle.path(), || self.inner.truncate(handle, length))
    }
    fn sync(&self, handle: &Handle) -> io::Result<()> {
        unless_left_out(self.around("sync", handle.path(), || self.inner.sync(handle)))
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        unless_left_out(self.around("sync_folder", folder, || self.inner.sync_folder(folder)))
    }
    fn status(&self, handle: &Handle) -> io::Result<Status> {
        self.inner.status(handle).map(|status| self.numbered(status))
    }
    fn look(&self, path: &Path) -> io::Result<Option<Status>> {
        self.inner.look(path).map(|status| status.map(|status| self.numbered(status)))
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.inner.list(folder)
    }
    fn set_owner(&self, handle: &Handle, uid: u32, gid: u32) -> io::Result<()> {
        self.around("set_owner", handle.path(), || self.inner.set_owner(handle, uid, gid))
    }
    fn set_mode(&self, handle: &Handle, mode: u32) -> io::Result<()> {
        self.around("set_mode", handle.path(), || self.inner.set_mode(handle, mode))
    }
    fn attributes(&self, handle: &Handle) -> io::Result<Vec<Attribute>> {
        self.inner.attributes(handle)
    }
    fn set_attribute(&self, handle: &Handle, attribute: &Attribute) -> io::Result<()> {
        self.around("set_attribute", handle.path(), || self.inner.set_attribute(handle, attribute))
    }
    fn remove_attribute(&self, handle: &Handle, name: &str) -> io::Result<()> {
        self.around("remove_attribute", handle.path(), || self.inner.remove_attribute(handle, name))
    }
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.around("make_folder", folder, || self.inner.make_folder(folder))
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.around("remove_folder", folder, || self.inner.remove_folder(folder))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("rename", from, || self.inner.rename(from, to))
    }
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("rename_new", from, || self.inner.rename_new(from, to))
    }
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.around("exchange", one, || self.inner.exchange(one, other))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("link", from, || self.inner.link(from, to))
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.around("unlink", path, || self.inner.unlink(path))
    }
    fn lock_folder(&self, folder: &Path) -> io::Result<Handle> {
        self.around("lock_folder", folder, || self.inner.lock_folder(folder))
    }
    fn bar_sqlite(&self, handle: &Handle) -> io::Result<()> {
        self.around("bar_sqlite", handle.path(), || self.inner.bar_sqlite(handle))
    }
    fn by_sqlite(&self, what: &str, path: &Path) -> io::Result<()> {
        self.around("by_sqlite", path, || self.inner.by_sqlite(what, path))
    }
}
