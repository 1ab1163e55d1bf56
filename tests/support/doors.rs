//! Doors to the file system that count, fail, kill, or let somebody in between two operations.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use reseat::files::{Attribute, Files, Handle, Real, Status};

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

/// The real file system, with a hook before and after each operation that changes something.
pub struct Hooked {
    state: Mutex<(usize, Hook)>,
}

impl Hooked {
    pub fn new(hook: impl FnMut(At<'_>) -> io::Result<()> + Send + 'static) -> Self {
        Self { state: Mutex::new((0, Box::new(hook))) }
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

impl Files for Hooked {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        self.around("create_new", path, || Real.create_new(path))
    }
    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        Real.open_read(path)
    }
    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        Real.open_write(path)
    }
    fn read(&self, handle: &Handle, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Real.read(handle, offset, buffer)
    }
    fn write(&self, handle: &Handle, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.around("write", handle.path(), || Real.write(handle, offset, bytes))
    }
    fn truncate(&self, handle: &Handle, length: u64) -> io::Result<()> {
        self.around("truncate", handle.path(), || Real.truncate(handle, length))
    }
    fn sync(&self, handle: &Handle) -> io::Result<()> {
        self.around("sync", handle.path(), || Real.sync(handle))
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.around("sync_folder", folder, || Real.sync_folder(folder))
    }
    fn status(&self, handle: &Handle) -> io::Result<Status> {
        Real.status(handle)
    }
    fn look(&self, path: &Path) -> io::Result<Option<Status>> {
        Real.look(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        Real.list(folder)
    }
    fn set_owner(&self, handle: &Handle, uid: u32, gid: u32) -> io::Result<()> {
        self.around("set_owner", handle.path(), || Real.set_owner(handle, uid, gid))
    }
    fn set_mode(&self, handle: &Handle, mode: u32) -> io::Result<()> {
        self.around("set_mode", handle.path(), || Real.set_mode(handle, mode))
    }
    fn attributes(&self, handle: &Handle) -> io::Result<Vec<Attribute>> {
        Real.attributes(handle)
    }
    fn set_attribute(&self, handle: &Handle, attribute: &Attribute) -> io::Result<()> {
        self.around("set_attribute", handle.path(), || Real.set_attribute(handle, attribute))
    }
    fn remove_attribute(&self, handle: &Handle, name: &str) -> io::Result<()> {
        self.around("remove_attribute", handle.path(), || Real.remove_attribute(handle, name))
    }
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.around("make_folder", folder, || Real.make_folder(folder))
    }
    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.around("remove_folder", folder, || Real.remove_folder(folder))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("rename", from, || Real.rename(from, to))
    }
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("rename_new", from, || Real.rename_new(from, to))
    }
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.around("exchange", one, || Real.exchange(one, other))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.around("link", from, || Real.link(from, to))
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.around("unlink", path, || Real.unlink(path))
    }
    fn lock_folder(&self, folder: &Path) -> io::Result<Handle> {
        self.around("lock_folder", folder, || Real.lock_folder(folder))
    }
    fn bar_sqlite(&self, handle: &Handle) -> io::Result<()> {
        self.around("bar_sqlite", handle.path(), || Real.bar_sqlite(handle))
    }
    fn by_sqlite(&self, what: &str, path: &Path) -> io::Result<()> {
        self.around("by_sqlite", path, || Real.by_sqlite(what, path))
    }
}
