//! A download that is not finished: a sparse file, and beside it an append-only list of the ranges that are there, each with
//! its CRC. The list is believed only as far as the bytes on disk agree, so nothing needs to be synced before the end.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::arrived::Arrived;
use super::fresh::Fresh;
use super::meter::Meter;
use crate::catalog::{Backup, CatalogError};
use crate::progress::Cancel;
use crate::text::hex;

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;
/// So often the lock is tried, 50 ms apart.
const PATIENCE: u32 = 40;
/// Room that stays free beside a download.
const MARGIN: u64 = 16 * 1024 * 1024;
/// Files that can still be made beside a download.
const FILES: u64 = 16;

/// An unfinished download; nobody else works on it while this lives.
pub(super) struct Partial {
    path: PathBuf,
    list_path: PathBuf,
    data: File,
    list: Mutex<File>,
    size: u64,
    arrived: Arrived,
    fresh: Fresh,
}

/// The first line of the list: which bytes these are.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    v: u32,
    size: u64,
    etag: Option<String>,
    version: Option<String>,
    modified: Option<jiff::Timestamp>,
}

/// Every other line: a range that is there.
#[derive(Serialize, Deserialize)]
struct Part {
    from: u64,
    to: u64,
    crc: String,
}

impl Partial {
    /// Opens what an earlier call left of this object, or begins. Private: the folder 0700, the files 0600.
    pub(super) fn open(folder: &Path, backup: &Backup, cancel: &Cancel) -> Result<Self, CatalogError> {
        let failed = |error| CatalogError::writing(folder, error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let name = name_of(backup);
        let (path, list_path) = (folder.join(format!("{name}.part")), folder.join(format!("{name}.parts")));
        let open = |path: &Path| {
            let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
            options.open(path).map_err(|error| CatalogError::writing(path, error))
        };
        // A download that was just stopped gives the lock back in a moment.
        let mut tries = 0;
        let list = loop {
            let list = open(&list_path)?;
            while rustix::fs::flock(&list, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
                cancel.check()?;
                tries += 1;
                if tries > PATIENCE {
                    return Err(CatalogError::Busy { what: backup.address() });
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            // Whoever had the lock may have finished, and taken both files away: then this list is nobody's.
            if is_at(&list, &list_path) {
                break list;
            }
        };
        let data = open(&path)?;
        Ok(Self {
            path,
            list_path,
            data,
            list: Mutex::new(list),
            size: backup.size,
            arrived: Arrived::default(),
            fresh: Fresh::default(),
        })
    }

    /// Finds the ranges that are really there, by comparing their CRCs; begins anew where the list is of other bytes.
    pub(super) fn look(&self, backup: &Backup, meter: &Meter, cancel: &Cancel) -> Result<(), CatalogError> {
        let header = Header {
            v: 1,
            size: backup.size,
            etag: backup.etag.clone(),
            version: backup.version.clone(),
            modified: backup.modified,
        };
        let failed = |error| CatalogError::reading(&self.list_path, error);
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut lines = BufReader::new(&*list).lines().map_while(Result::ok);
        let ours = lines.next().and_then(|line| serde_json::from_str::<Header>(&line).ok());
        // Without ETag and version nothing tells whether it is still the same object.
        let can_tell = backup.etag.is_some() || backup.is_fixed();
        self.arrived.clear();
        let mut kept = false;
        if can_tell && ours.as_ref() == Some(&header) {
            for part in lines.by_ref().filter_map(|line| serde_json::from_str::<Part>(&line).ok()) {
                let range = part.from..part.to;
                if !range.is_empty() && part.to <= self.size && self.crc(&range, meter, cancel)? == Some(part.crc) {
                    self.arrived.add(range);
                    kept = true;
                }
            }
        }
        let failed = |error| CatalogError::writing(&self.list_path, error);
        if kept {
            // A line that was torn must not spoil the next one.
            list.seek(SeekFrom::End(0)).and_then(|_| writeln!(list)).map_err(failed)?;
        } else {
            self.data.set_len(0).map_err(|error| CatalogError::writing(&self.path, error))?;
            list.set_len(0).map_err(failed)?;
            let line = serde_json::to_string(&header).map_err(|error| failed(error.into()))?;
            list.seek(SeekFrom::Start(0)).and_then(|_| writeln!(list, "{line}")).map_err(failed)?;
        }
        Ok(())
    }

    /// Forgets whatever an earlier call left.
    pub(super) fn begin_anew(&self) -> Result<(), CatalogError> {
        self.arrived.clear();
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.set_len(0).map_err(|error| CatalogError::writing(&self.list_path, error))?;
        self.data.set_len(0).map_err(|error| CatalogError::writing(&self.path, error))
    }

    /// The CRC of a range on disk; none when it cannot be read.
    fn crc(&self, range: &Range<u64>, meter: &Meter, cancel: &Cancel) -> Result<Option<String>, CatalogError> {
        let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
        let mut piece = vec![0; PIECE];
        let mut at = range.start;
        while at < range.end {
            cancel.check()?;
            let wanted = usize::try_from(range.end - at).unwrap_or(PIECE).min(PIECE);
            let buffer = &mut piece[..wanted];
            if self.data.read_exact_at(buffer, at).is_err() {
                return Ok(None);
            }
            digest.update(buffer);
            at += wanted as u64;
            meter.more(wanted as u64);
        }
        Ok(Some(format!("{:016x}", digest.finalize())))
    }

    /// Writes what is missing of these bytes at its place, then says in the list that it is there. What is there may have
    /// been read already, and is not written again.
    pub(super) fn record(&self, from: u64, pieces: &[Bytes]) -> Result<(), CatalogError> {
        let length: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        for gap in self.arrived.missing(from..from + length) {
            let pieces = within(&gap, from, pieces);
            self.fill(&gap, &pieces)?;
            self.fresh.written(gap.start, pieces);
            self.arrived.add(gap);
        }
        Ok(())
    }

    fn fill(&self, gap: &Range<u64>, pieces: &[Bytes]) -> Result<(), CatalogError> {
        let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
        for piece in pieces {
            digest.update(piece);
        }
        let part = Part { from: gap.start, to: gap.end, crc: format!("{:016x}", digest.finalize()) };
        let failed = |error| CatalogError::writing(&self.list_path, error);
        let line = serde_json::to_string(&part).map_err(|error| failed(error.into()))?;
        // One after the other: the system lets only one write into a file, and those who wait there cost processor time.
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = gap.start;
        for piece in pieces {
            self.data.write_all_at(piece, at).map_err(|error| CatalogError::writing(&self.path, error))?;
            at += piece.len() as u64;
        }
        list.write_all(format!("{line}\n").as_bytes()).map_err(failed)
    }

    /// Whether there is room for what is still missing, and a margin (R501); then the room is reserved, so that nobody else
    /// takes it meanwhile.
    pub(super) fn check_room(&self, missing: u64) -> Result<(), CatalogError> {
        let failed = |error: rustix::io::Errno| CatalogError::reading(&self.path, error.into());
        let stat = rustix::fs::fstatvfs(&self.data).map_err(failed)?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        // What an earlier call reserved is not free any more, and does not have to be.
        let blocks = self.data.metadata().map_err(|error| CatalogError::reading(&self.path, error))?.blocks();
        let reserved = (blocks * 512).saturating_sub(self.size.saturating_sub(missing));
        let wanted = missing.saturating_sub(reserved);
        let needed = wanted.saturating_add(MARGIN);
        let folder = self.path.parent().unwrap_or(&self.path);
        if wanted > 0 && free < needed {
            return Err(CatalogError::NoRoom { folder: folder.to_owned(), needed, free });
        }
        // Three files at least are made from here on: the copy, its description, the journal.
        if stat.f_files > 0 && stat.f_favail < FILES {
            return Err(CatalogError::NoFiles { folder: folder.to_owned() });
        }
        self.reserve()
    }

    /// Reserves room for all bytes without changing the file. Where the file system cannot, nothing happens; nor where it is
    /// one in memory, which would take the memory now, and as long for it as for writing.
    fn reserve(&self) -> Result<(), CatalogError> {
        use rustix::io::Errno;
        let in_memory = nix::sys::statfs::fstatfs(&self.data)
            .is_ok_and(|system| system.filesystem_type() == nix::sys::statfs::TMPFS_MAGIC);
        if self.size == 0 || in_memory {
            return Ok(());
        }
        match rustix::fs::fallocate(&self.data, rustix::fs::FallocateFlags::KEEP_SIZE, 0, self.size) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
            Err(error) => Err(CatalogError::writing(&self.path, error.into())),
        }
    }

    /// Which bytes are there.
    pub(super) fn arrived(&self) -> &Arrived {
        &self.arrived
    }

    /// What was just written.
    pub(super) fn fresh(&self) -> &Fresh {
        &self.fresh
    }

    /// How many bytes are missing.
    pub(super) fn missing(&self) -> u64 {
        self.arrived.missing(0..self.size).iter().map(|range| range.end - range.start).sum()
    }

    /// The bytes, for reading them back.
    pub(super) fn data(&self) -> &File {
        &self.data
    }

    /// Its file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// All is here and compared: makes it durable and forgets the list. The file gets a name of its own, so that whoever
    /// downloads the same object next cannot begin anew in it.
    pub(super) fn finish(&self) -> Result<PathBuf, CatalogError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let failed = |error| CatalogError::writing(&self.path, error);
        self.data.sync_all().map_err(failed)?;
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let whole = self.path.with_file_name(format!("{stem}-{}-{number}.part", std::process::id()));
        fs::rename(&self.path, &whole).map_err(failed)?;
        fs::remove_file(&self.list_path).map_err(|error| CatalogError::writing(&self.list_path, error))?;
        Ok(whole)
    }

    /// These bytes are of no use: takes both files away.
    pub(super) fn discard(&self) {
        // What cannot be removed is begun anew by the next call.
        let _ = fs::remove_file(&self.list_path);
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether a path still stands for an open file.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

impl Drop for Partial {
    /// What was reserved behind the bytes that came is given back: a download that was stopped holds no more than it has.
    fn drop(&mut self) {
        if let Ok(data) = self.data.metadata() {
            let _ = self.data.set_len(data.len());
        }
    }
}

/// The name of the files of one object: of its source, key, version and ETag.
fn name_of(backup: &Backup) -> String {
    let mut digest = Sha256::new();
    let parts = [
        backup.source.as_str(),
        backup.key.raw(),
        backup.version.as_deref().unwrap_or_default(),
        backup.etag.as_deref().unwrap_or_default(),
    ];
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize()[..16])
}

/// What of `pieces`, the first of which begins at `from`, lies in `range`.
fn within(range: &Range<u64>, from: u64, pieces: &[Bytes]) -> Vec<Bytes> {
    let mut start = from;
    let cut = |piece: &Bytes| {
        let length = piece.len() as u64;
        let inside = |at: u64| usize::try_from(at.clamp(start, start + length) - start).unwrap_or(piece.len());
        let part = piece.slice(inside(range.start)..inside(range.end));
        start += length;
        part
    };
    pieces.iter().map(cut).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn backup() -> Backup {
        Backup { size: 10, etag: Some("e".to_owned()), ..Backup::named("s3://b", "", "k") }
    }

    /// What an earlier call left, of ten bytes.
    fn missing(partial: &Partial, backup: &Backup) -> Vec<Range<u64>> {
        partial.look(backup, &Meter::new(), &Cancel::default()).unwrap();
        partial.arrived.missing(0..10)
    }

    #[test]
    fn whoever_waited_begins_anew_and_leaves_the_finished_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().to_owned();
        let first = Partial::open(&inner, &backup(), &Cancel::default()).unwrap();
        let whole = [Bytes::from_static(b"0123456789")];
        first.record(0, &whole).unwrap();
        let waiting = std::thread::spawn(move || {
            let second = Partial::open(&inner, &backup(), &Cancel::default()).unwrap();
            let lacks = missing(&second, &backup());
            second.record(0, &whole).unwrap();
            (lacks, second.finish().unwrap())
        });
        // It has the list open by now, and waits for the lock.
        std::thread::sleep(Duration::from_millis(150));
        let finished = first.finish().unwrap();
        drop(first);
        let (lacks, other) = waiting.join().unwrap();
        assert_eq!(lacks, std::slice::from_ref(&(0..10)));
        assert_ne!(finished, other);
        assert_eq!([fs::read(finished).unwrap(), fs::read(other).unwrap()], [b"0123456789", b"0123456789"]);
    }

    #[test]
    fn only_bytes_that_agree_with_the_list_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("partial");
        let cancel = Cancel::default();
        {
            let partial = Partial::open(&inner, &backup(), &cancel).unwrap();
            assert_eq!(missing(&partial, &backup()), std::slice::from_ref(&(0..10)));
            partial.record(0, &[Bytes::from_static(b"ab"), Bytes::from_static(b"c")]).unwrap();
            partial.record(5, &[Bytes::from_static(b"fg")]).unwrap();
            assert!(matches!(Partial::open(&inner, &backup(), &cancel), Err(CatalogError::Busy { .. })));
        }
        let partial = Partial::open(&inner, &backup(), &cancel).unwrap();
        assert_eq!(missing(&partial, &backup()), [3..5, 7..10]);
        partial.data.write_all_at(b"X", 1).unwrap();
        partial.list.lock().unwrap().write_all(b"{\"from\":7,\"t").unwrap();
        assert_eq!(missing(&partial, &backup()), [0..5, 7..10]);
        partial.record(7, &[Bytes::from_static(b"h")]).unwrap();
        assert_eq!(missing(&partial, &backup()), [0..5, 8..10]);
        let other = Backup { size: 10, etag: Some("f".to_owned()), ..backup() };
        assert_eq!(missing(&partial, &other), std::slice::from_ref(&(0..10)));
        assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(partial.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_there_is_never_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let partial = Partial::open(folder.path(), &backup(), &Cancel::default()).unwrap();
        missing(&partial, &backup());
        partial.record(2, &[Bytes::from_static(b"cd")]).unwrap();
        partial.record(6, &[Bytes::from_static(b"g")]).unwrap();
        let pieces = [b"ABC".as_slice(), b"D", b"EFGH", b"IJ"].map(Bytes::from_static);
        partial.record(0, &pieces).unwrap();
        assert_eq!(fs::read(partial.path()).unwrap(), b"ABcdEFgHIJ");
        assert_eq!(missing(&partial, &backup()), []);
    }
}
