//! Forgetting: what a restore holds is deleted, after saying what. The report and the journal stay.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::list::bytes_in;
use super::{Restore, Store, Unresolved};
use crate::restore::RestoreId;
use crate::restore::journal::{self, Event};

/// What stays when everything else is deleted.
const STAYS: [&str; 4] = [journal::NAME, "report.md", "report.json", "lock"];

/// What forgetting would delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forget {
    /// Each file or folder, and its bytes.
    pub items: Vec<(PathBuf, u64)>,
    /// What the disk gets back. A download that another restore holds, too, does not count.
    pub bytes: u64,
}

impl Store {
    /// What forgetting this restore would delete: downloads, the restored database, the safety copies.
    pub fn to_forget(&self, id: &RestoreId) -> anyhow::Result<Forget> {
        let folder = self.folder(id);
        let mut items = Vec::new();
        let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !STAYS.contains(&name.as_str()) {
                let size = size_of(&path);
                items.push((path, size));
            }
        }
        let mut names = Names::default();
        for (path, _) in &items {
            names.add(path);
        }
        let mut bytes = names.alone();
        for kept in self.downloads()? {
            let path = self.backup_path(&kept.sha256);
            if names.are_all_but_one_of(&path) {
                bytes += size_of(&path);
                items.extend([(path, 0), (self.backup_info(&kept.sha256), 0)]);
            }
        }
        items.sort();
        Ok(Forget { items, bytes })
    }

    /// Deletes what [`Store::to_forget`] named. Refused while the target has to be looked after first.
    pub fn forget(&self, restore: &mut Restore) -> anyhow::Result<Forget> {
        if restore.history().is_cut() {
            bail!("it was cut while it replaced the database: go on or undo it first, its safety copy is needed");
        }
        if restore.history().stopped_service().is_some() {
            bail!("a service that it stopped still stands: start it first");
        }
        let forget = self.to_forget(&restore.id)?;
        restore.journal.append(Event::Forgotten { bytes: forget.bytes })?;
        for (path, _) in &forget.items {
            remove(path)?;
        }
        super::sync_folder(&restore.folder)?;
        Ok(forget)
    }

    /// What [`Store::forget_download`] takes, by the name of a download in the list.
    pub fn resolve_download(&self, name: &str) -> anyhow::Result<String> {
        let unknown = || Unresolved::Unknown(name.to_owned());
        if name.starts_with("download-part-") {
            let known = self.partials().into_iter().map(|partial| partial.id()).find(|id| id == name);
            return known.ok_or_else(|| unknown().into());
        }
        let beginning = name.strip_prefix("download-").filter(|rest| rest.len() >= 4).ok_or_else(unknown)?;
        let mut found: Vec<_> = self
            .downloads()?
            .into_iter()
            .map(|kept| kept.sha256)
            .filter(|sha256| sha256.starts_with(beginning))
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(sha256), true) => Ok(sha256),
            (None, _) => Err(unknown().into()),
            (Some(_), false) => Err(Unresolved::Several(found).into()),
        }
    }

    /// What forgetting a download that no restore holds would delete.
    pub fn to_forget_download(&self, sha256: &str) -> anyhow::Result<Forget> {
        if let Some(partial) = self.partials().into_iter().find(|partial| partial.id() == sha256) {
            partial.not_in_use()?;
            return Ok(Forget { items: vec![(partial.data, partial.bytes), (partial.list, 0)], bytes: partial.bytes });
        }
        if !self.is_unused(sha256) {
            bail!("a restore holds this download: forget the restore");
        }
        let path = self.backup_path(sha256);
        let size = size_of(&path);
        Ok(Forget { items: vec![(path, size), (self.backup_info(sha256), 0)], bytes: size })
    }

    /// Deletes a download that no restore holds.
    pub fn forget_download(&self, sha256: &str) -> anyhow::Result<Forget> {
        let forget = self.to_forget_download(sha256)?;
        for (path, _) in &forget.items {
            remove(path)?;
        }
        Ok(forget)
    }
}

/// The files below some paths, each with the number of its names there.
#[derive(Default)]
struct Names(BTreeMap<(u64, u64), (u64, fs::Metadata)>);

impl Names {
    fn add(&mut self, path: &Path) {
        let Ok(data) = fs::symlink_metadata(path) else { return };
        if data.is_dir() {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            for entry in entries {
                self.add(&entry.path());
            }
        } else {
            self.0.entry((data.dev(), data.ino())).or_insert((0, data)).0 += 1;
        }
    }

    /// Bytes of the files that have no name elsewhere.
    fn alone(&self) -> u64 {
        self.0.values().filter(|(names, data)| data.nlink() <= *names).map(|(_, data)| data.len()).sum()
    }

    /// Whether the file at `path`, which lies elsewhere, has all its other names here.
    fn are_all_but_one_of(&self, path: &Path) -> bool {
        let Ok(data) = fs::symlink_metadata(path) else { return false };
        self.0.get(&(data.dev(), data.ino())).is_some_and(|(names, _)| data.nlink() == names + 1)
    }
}

fn size_of(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => bytes_in(path),
        Ok(data) => data.len(),
        Err(_) => 0,
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be deleted", path.display()))
        }
        _ => Ok(()),
    }
}
