//! What the fresh process does.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};

use super::{Digest, Lock, ReadBack};
use crate::files::lock_bytes;
use crate::text::printable;

fn open(path: &Path) -> io::Result<Option<File>> {
    match rustix::fs::open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
        Ok(descriptor) => Ok(Some(File::from(descriptor))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(io::Error::from(error)),
    }
}

pub(super) fn digest(path: &Path) -> io::Result<Option<Digest>> {
    let Some(mut file) = open(path)? else { return Ok(None) };
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(&buffer[..read]);
        size += read as u64;
    }
    Ok(Some(Digest { sha256: crate::text::hex(&digest.finalize()), size }))
}

pub(super) fn read_back(path: &Path) -> io::Result<ReadBack> {
    let Digest { sha256, size } = digest(path)?.ok_or(io::ErrorKind::NotFound)?;
    let mut found = ReadBack { sha256, size, trouble: None, hubs: Vec::new(), connectors: Vec::new(), events: None };
    if let Err(error) = read(path, &mut found) {
        found.trouble = Some(printable(&error.to_string()));
    }
    Ok(found)
}

fn read(path: &Path, found: &mut ReadBack) -> rusqlite::Result<()> {
    // Immutable: no lock is taken and no file is made, while the parent bars everybody else.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(crate::hub::fold::immutable_uri(path), flags)?;
    crate::hub::fold::harden(&connection)?;
    let said: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        found.trouble = Some(printable(&said));
    }
    let mut rows = connection.prepare("select cast(id as blob), cast(sources as blob) from Integrations")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        found.hubs.push(printable(&text(row, 0)?));
        let sources: serde_json::Value = serde_json::from_str(&text(row, 1)?).unwrap_or_default();
        let ids = sources.as_array().into_iter().flatten().filter_map(|source| source.get("id")?.as_str());
        found.connectors.extend(ids.map(printable));
    }
    found.events = connection
        .query_row("select count(*) from Events", [], |row| row.get::<_, i64>(0))
        .ok()
        .and_then(|n| n.try_into().ok());
    Ok(())
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
}

pub(super) fn lock(path: &Path) -> io::Result<Option<Lock>> {
    let Some(file) = open(path)? else { return Ok(None) };
    let mut lock = lock_bytes(libc::F_WRLCK);
    fcntl(file.as_fd(), FcntlArg::F_GETLK(&mut lock))?;
    if i32::from(lock.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    Ok(Some(Lock { pid: u32::try_from(lock.l_pid).ok().filter(|pid| *pid > 0) }))
}
