//! The real file system. One system call an operation, so that a test can count them.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Gid, Mode, OFlags, RenameFlags, Stat, Uid, XattrFlags};

use super::{Attribute, FileId, Files, Handle, Kind, Status};

/// The real file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Real;

fn open(path: &Path, flags: OFlags) -> io::Result<Handle> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    Ok(Handle { file, path: path.to_owned() })
}

// The widths of these fields differ between architectures.
#[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, clippy::cast_possible_wrap)]
fn status(stat: &Stat) -> Status {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    };
    Status {
        id: FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64 },
        kind,
        size: stat.st_size as u64,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        links: stat.st_nlink as u64,
        modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
    }
}

impl Files for Real {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        open(path, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        open(path, OFlags::RDONLY)
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        open(path, OFlags::RDWR)
    }

    fn read(&self, handle: &Handle, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match handle.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    fn write(&self, handle: &Handle, offset: u64, bytes: &[u8]) -> io::Result<()> {
        handle.file.write_all_at(bytes, offset)
    }

    fn truncate(&self, handle: &Handle, length: u64) -> io::Result<()> {
        handle.file.set_len(length)
    }

    fn sync(&self, handle: &Handle) -> io::Result<()> {
        Ok(rustix::fs::fsync(&handle.file)?)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let handle = open(folder, OFlags::RDONLY | OFlags::DIRECTORY)?;
        Ok(rustix::fs::fsync(&handle.file)?)
    }

    fn status(&self, handle: &Handle) -> io::Result<Status> {
        Ok(status(&rustix::fs::fstat(&handle.file)?))
    }

    fn look(&self, path: &Path) -> io::Result<Option<Status>> {
        match rustix::fs::lstat(path) {
            Ok(stat) => Ok(Some(status(&stat))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        // The standard library panics when closing a folder fails.
        let mut names = Vec::new();
        for entry in
            Dir::new(rustix::fs::open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)?
        {
            let name = OsString::from_vec(entry?.file_name().to_bytes().to_vec());
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn set_owner(&self, handle: &Handle, uid: u32, gid: u32) -> io::Result<()> {
        Ok(rustix::fs::fchown(&handle.file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?)
    }

    fn set_mode(&self, handle: &Handle, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::fchmod(&handle.file, Mode::from_raw_mode(mode))?)
    }

    fn attributes(&self, handle: &Handle) -> io::Result<Vec<Attribute>> {
        // The kernel gives neither a longer list nor a longer value. Asking for a length first does not work here: what is
        // answered never exceeds the buffer.
        let mut buffer = vec![0; 64 * 1024];
        let names = match rustix::fs::flistxattr(&handle.file, &mut buffer[..]) {
            Ok(size) => buffer[..size].to_vec(),
            Err(rustix::io::Errno::NOTSUP | rustix::io::Errno::NOSYS) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut attributes = Vec::new();
        for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let size = match rustix::fs::fgetxattr(&handle.file, name, &mut buffer[..]) {
                Ok(size) => size,
                // It went meanwhile, or the file system only lists it.
                Err(rustix::io::Errno::NODATA | rustix::io::Errno::NOTSUP) => continue,
                Err(error) => return Err(error.into()),
            };
            attributes
                .push(Attribute { name: String::from_utf8_lossy(name).into_owned(), value: buffer[..size].to_vec() });
        }
        attributes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(attributes)
    }

    fn set_attribute(&self, handle: &Handle, attribute: &Attribute) -> io::Result<()> {
        Ok(rustix::fs::fsetxattr(&handle.file, &attribute.name, &attribute.value, XattrFlags::empty())?)
    }

    fn remove_attribute(&self, handle: &Handle, name: &str) -> io::Result<()> {
        Ok(rustix::fs::fremovexattr(&handle.file, name)?)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::mkdir(folder, Mode::RWXU)?)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::rmdir(folder)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::rename(from, to)?)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::unlink(path)?)
    }

    fn lock_folder(&self, folder: &Path) -> io::Result<Handle> {
        let handle = open(folder, OFlags::RDONLY | OFlags::DIRECTORY)?;
        rustix::fs::flock(&handle.file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(handle)
    }

    fn bar_sqlite(&self, handle: &Handle) -> io::Result<()> {
        let lock = lock_bytes(libc::F_WRLCK);
        match fcntl(handle.file.as_fd(), FcntlArg::F_OFD_SETLK(&lock)) {
            Ok(_) => Ok(()),
            // POSIX allows either answer for a lock that another holds.
            Err(nix::Error::EACCES | nix::Error::EAGAIN) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn by_sqlite(&self, _what: &str, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// SQLite's lock bytes: pending, reserved, and 510 shared ones.
pub(crate) fn lock_bytes(kind: libc::c_int) -> libc::flock {
    // The constants fit: the kernel's own field is a short.
    #[allow(clippy::cast_possible_truncation)]
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0x4000_0000,
        l_len: 512,
        l_pid: 0,
    }
}
