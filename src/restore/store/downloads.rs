//! Downloads, kept under their digest: fetched once, never changed, their bytes checked again before each later use.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Store, private, sync_folder, write_whole};
use crate::catalog::{Backup, StoredBackup};
use crate::finding::{Code, Finding, Severity};
use crate::progress::Cancel;
use crate::text;

/// A download in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Digest of all bytes, 64 hex digits: its name.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// What it was compared with, as a sentence; none when there was nothing to compare with (R111).
    pub verified_by: Option<String>,
    /// Why there was nothing to compare with, as a sentence.
    #[serde(default)]
    pub unverified: Option<String>,
    /// Where it came from.
    pub backup: StoredBackup,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// The bytes on disk are not those that were downloaded: R110.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} no longer has the bytes that were downloaded", path.display())]
pub struct Altered {
    /// The file.
    pub path: PathBuf,
}

impl Altered {
    /// The finding R110.
    pub fn finding(&self) -> Finding {
        Finding::new(Code::R110, Severity::Block, "The download on this machine no longer has the bytes that came.")
            .about(text::printable(&self.path.display().to_string()))
            .why("Something changed it here, or the disk is failing.")
            .remedy("Forget it and download the backup again.")
    }
}

impl Store {
    /// The folder of the downloads; a download goes on in there, too.
    pub fn backups(&self) -> anyhow::Result<PathBuf> {
        self.make()?;
        let folder = self.root().join("backups");
        self.make_folder(&folder)?;
        Ok(folder)
    }

    /// Makes a folder in the state folder, for the person alone, where it is not there yet.
    pub fn make_folder(&self, folder: &Path) -> anyhow::Result<()> {
        match private().create(folder) {
            Ok(()) => self.adopt(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
        }
        Ok(())
    }

    /// Where the download of this digest lies.
    pub fn backup_path(&self, sha256: &str) -> PathBuf {
        self.root().join("backups").join(format!("{sha256}.db"))
    }

    pub(super) fn backup_info(&self, sha256: &str) -> PathBuf {
        self.root().join("backups").join(format!("{sha256}.json"))
    }

    /// Keeps a finished download under its digest, read-only. The file moves.
    pub fn keep(&self, file: &Path, kept: &Kept) -> anyhow::Result<PathBuf> {
        let folder = self.backups()?;
        let path = self.backup_path(&kept.sha256);
        let cannot = || format!("{} cannot be kept", path.display());
        fs::set_permissions(file, Permissions::from_mode(0o400)).with_context(cannot)?;
        File::open(file).and_then(|file| file.sync_all()).with_context(cannot)?;
        let info = self.backup_info(&kept.sha256);
        // The description first: a download without one would be nobody's.
        write_whole(&info, &text::json_visible(&serde_json::to_string_pretty(kept)?))?;
        if digest(&path, &Cancel::default(), &mut |_| {}).is_ok_and(|sha256| sha256 == kept.sha256) {
            // The same bytes are here already: the file that restores have a second name of stays the one.
            fs::remove_file(file).with_context(cannot)?;
        } else {
            fs::rename(file, &path).with_context(cannot)?;
        }
        sync_folder(&folder)?;
        self.adopt(&path);
        self.adopt(&info);
        Ok(path)
    }

    /// The download of exactly this backup, when it is here: same source, key, size and ETag or version. Its bytes are not
    /// checked yet: [`Store::check`] does.
    pub fn known(&self, backup: &Backup) -> Option<Kept> {
        let named = backup.etag.is_some() || backup.version.as_deref().is_some_and(|version| version != "null");
        let same = |kept: &Kept| {
            let one = Backup::from(kept.backup.clone());
            (&one.source, &one.key, one.size, &one.etag, &one.version)
                == (&backup.source, &backup.key, backup.size, &backup.etag, &backup.version)
        };
        if !named {
            return None;
        }
        self.downloads().ok()?.into_iter().find(same)
    }

    /// All downloads, oldest first.
    pub fn downloads(&self) -> anyhow::Result<Vec<Kept>> {
        let entries = match fs::read_dir(self.root().join("backups")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).context("the downloads cannot be listed"),
        };
        let mut found = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let Some(kept) = read_info(&path) else { continue };
            if self.backup_path(&kept.sha256).is_file() {
                found.push(kept);
            }
        }
        found.sort_by(|a, b| (a.at, &a.sha256).cmp(&(b.at, &b.sha256)));
        Ok(found)
    }

    /// What is known of the download of this digest.
    pub fn kept(&self, sha256: &str) -> Option<Kept> {
        read_info(&self.backup_info(sha256)).filter(|kept| kept.sha256 == sha256)
    }

    /// Whether no restore holds this download: then `inspect` or `plan` fetched it.
    pub fn is_unused(&self, sha256: &str) -> bool {
        fs::symlink_metadata(self.backup_path(sha256)).is_ok_and(|data| data.nlink() == 1)
    }

    /// Reads a kept download again. [`Altered`] (R110) is inside the error when its digest is another one.
    /// `on` is told the bytes read so far.
    pub fn check(&self, sha256: &str, cancel: &Cancel, on: &mut dyn FnMut(u64)) -> anyhow::Result<PathBuf> {
        let path = self.backup_path(sha256);
        check_digest(&path, sha256, cancel, on)?;
        Ok(path)
    }

    /// Makes a download part of a restore: a second name for the same bytes.
    pub fn link(&self, sha256: &str, to: &Path) -> anyhow::Result<()> {
        match fs::remove_file(to) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be replaced", to.display()));
            }
            _ => {}
        }
        fs::hard_link(self.backup_path(sha256), to).with_context(|| format!("{} cannot be made", to.display()))?;
        to.parent().map_or(Ok(()), sync_folder)
    }
}

/// Reads a file again and compares its digest; [`Altered`] is inside the error when it is another one.
pub fn check_digest(path: &Path, sha256: &str, cancel: &Cancel, on: &mut dyn FnMut(u64)) -> anyhow::Result<()> {
    if digest(path, cancel, on)? == sha256 {
        return Ok(());
    }
    Err(Altered { path: path.to_owned() }.into())
}

/// The SHA-256 of a file, read piece by piece.
pub fn digest(path: &Path, cancel: &Cancel, on: &mut dyn FnMut(u64)) -> anyhow::Result<String> {
    let cannot = || format!("{} cannot be read", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        cancel.check()?;
        let read = file.read(&mut piece).with_context(cannot)?;
        if read == 0 {
            return Ok(text::hex(&hasher.finalize()));
        }
        hasher.update(&piece[..read]);
        done += read as u64;
        on(done);
    }
}

fn read_info(path: &Path) -> Option<Kept> {
    let mut text = String::new();
    File::open(path).ok()?.take(1 << 20).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
