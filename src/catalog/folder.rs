//! A folder with the bucket's layout. Nothing outside of it is ever read: no `..`, no absolute key, no link.

use std::ffi::OsStr;
use std::fs;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, openat, statat};
use rustix::io::Errno;

use super::file::{body, modified, version_error};
use super::{Backup, Body, Catalog, CatalogError, Check, Head, Listing, OnCheck, Outcome, Page, Pinned, Token};
use crate::text::{Untrusted, counted, printable};

/// As many entries as S3 has on one page.
const PAGE: usize = 1000;

/// A folder as a source.
pub(super) struct Folder {
    root: PathBuf,
    source: String,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, CatalogError> {
        let root = fs::canonicalize(path).map_err(|error| CatalogError::reading(path, error))?;
        let source = printable(&root.display().to_string());
        Ok(Self { root, source })
    }

    fn failed(&self, key: &str, error: Errno) -> CatalogError {
        match error {
            Errno::LOOP => CatalogError::Outside { key: printable(key) },
            Errno::NOENT | Errno::NOTDIR => {
                CatalogError::Missing { what: printable(&self.root.join(key).display().to_string()) }
            }
            error => CatalogError::reading(self.root.join(key), error.into()),
        }
    }

    /// Opens a folder below the root (empty: the root), component by component, through no link.
    fn open_folder(&self, key: &str) -> Result<OwnedFd, CatalogError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at = rustix::fs::open(&self.root, flags, Mode::empty()).map_err(|error| self.failed(key, error))?;
        for part in Path::new(key).components() {
            let Component::Normal(name) = part else { return Err(CatalogError::Outside { key: printable(key) }) };
            at = openat(&at, name, flags, Mode::empty()).map_err(|error| match error {
                // A link answers "not a folder": it is told apart, so that the sentence is right.
                Errno::NOTDIR if is_link(&at, name) => CatalogError::Outside { key: printable(key) },
                error => self.failed(key, error),
            })?;
        }
        Ok(at)
    }

    /// Opens the file that a key names.
    fn open(&self, key: &str) -> Result<fs::File, CatalogError> {
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        let odd = name.is_empty() || name == "." || name == ".." || key.starts_with('/') || key.starts_with("./");
        if odd || key.contains("//") || key.contains("/./") || key.contains('\0') {
            return Err(CatalogError::Outside { key: printable(key) });
        }
        let at = self.open_folder(folder)?;
        // Not blocking: a pipe in its place must not hold us.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = openat(&at, name, flags, Mode::empty()).map_err(|error| self.failed(key, error))?;
        let file = fs::File::from(opened);
        let metadata = file.metadata().map_err(|error| CatalogError::reading(self.root.join(key), error))?;
        if !metadata.is_file() {
            return Err(CatalogError::Missing { what: format!("the file {}", printable(key)) });
        }
        Ok(file)
    }

    fn listed(&self, key: &str, stat: &Stat) -> Backup {
        let mut named = Backup::named(&self.source, "", key);
        if kind(stat) != FileType::RegularFile {
            // A link or a device: shown, and never a backup.
            named.place = None;
        }
        let nanos = i32::try_from(stat.st_mtime_nsec).unwrap_or_default();
        let modified = Timestamp::new(stat.st_mtime, nanos).ok();
        Backup { size: u64::try_from(stat.st_size).unwrap_or_default(), modified, ..named }
    }

    fn page(&self, prefix: &str, delimiter: bool, limit: usize, after: Option<&str>) -> Result<Page, CatalogError> {
        // The prefix may end within a name: the folder above it is read, and its names are compared.
        let (folder, _) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let mut walk =
            Walk { folder: self, prefix, delimiter, limit, after, page: Page::default(), last: String::new() };
        walk.down(folder)?;
        Ok(walk.page)
    }
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn is_link(at: &OwnedFd, name: &OsStr) -> bool {
    statat(at, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| kind(&stat) == FileType::Symlink)
}

/// One page, filled while folders are walked in the order of keys.
struct Walk<'a> {
    folder: &'a Folder,
    prefix: &'a str,
    delimiter: bool,
    limit: usize,
    after: Option<&'a str>,
    page: Page,
    last: String,
}

impl Walk<'_> {
    /// Walks one folder (empty: the root). True: the page is full.
    fn down(&mut self, folder: &str) -> Result<bool, CatalogError> {
        let opened = match self.folder.open_folder(folder) {
            Ok(opened) => opened,
            // A prefix that nothing begins with is an empty list, as in a bucket.
            Err(CatalogError::Missing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let failed = |error| self.folder.failed(folder, error);
        let above = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut keys = Vec::new();
        for entry in Dir::read_from(&opened).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            match statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => {
                    let slash = if kind(&stat) == FileType::Directory { "/" } else { "" };
                    keys.push((format!("{above}{}{slash}", name.to_string_lossy()), stat));
                }
                // It went away meanwhile.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        keys.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, stat) in keys {
            if self.take(&key, &stat)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take(&mut self, key: &str, stat: &Stat) -> Result<bool, CatalogError> {
        let is_folder = kind(stat) == FileType::Directory;
        let past =
            self.after.is_some_and(|after| key <= after && !(is_folder && !self.delimiter && after.starts_with(key)));
        let fits = key.starts_with(self.prefix) || (is_folder && self.prefix.starts_with(key));
        if past || !fits {
            return Ok(false);
        }
        if is_folder && (!self.delimiter || self.prefix.starts_with(key)) {
            return self.down(key.trim_end_matches('/'));
        }
        if self.page.prefixes.len() + self.page.objects.len() >= self.limit {
            self.page.next = Some(Token { key: std::mem::take(&mut self.last), version: None });
            return Ok(true);
        }
        key.clone_into(&mut self.last);
        if is_folder {
            self.page.prefixes.push(Untrusted::from(key));
        } else {
            self.page.objects.push(self.folder.listed(key, stat));
        }
        Ok(false)
    }
}

#[async_trait]
impl Catalog for Folder {
    fn describe(&self) -> String {
        self.source.clone()
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    fn checks(&self) -> &'static [Check] {
        &[Check::Folder]
    }

    async fn check(&self, now: Timestamp, report: OnCheck<'_>) {
        report(Check::Folder, Outcome::Runs("reads the folder".to_owned()));
        let outcome = match self.page("", true, PAGE, None) {
            Ok(page) if page.prefixes.is_empty() => {
                let instead = page.objects.iter().take(3).map(|object| object.key.printable()).collect::<Vec<_>>();
                Err(CatalogError::Empty { what: self.source.clone(), instead: instead.join(", ") })
            }
            Ok(page) => Ok(counted(page.prefixes.len() as u64, "organisation", "organisations")),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(text) => report(Check::Folder, Outcome::Good(format!("readable; {text}"))),
            Err(error) => {
                if let Some(finding) = error.finding(now) {
                    report(Check::Folder, Outcome::Failed(Box::new(finding)));
                }
            }
        }
    }

    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        let limit = listing.limit.map_or(PAGE, usize::from).min(PAGE);
        self.page(listing.prefix, listing.delimiter, limit, listing.from.map(|token| token.key.as_str()))
    }

    async fn versions(&self, _: &str, _: Option<&Token>) -> Result<Page, CatalogError> {
        Err(version_error("A folder keeps no versions."))
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        if version.is_some() {
            return Err(version_error("A folder keeps no versions."));
        }
        let file = self.open(key)?;
        let metadata = file.metadata().map_err(|error| CatalogError::reading(self.root.join(key), error))?;
        let named = Backup::named(&self.source, "", key);
        let backup = Backup { size: metadata.len(), modified: modified(&metadata), ..named };
        Ok(Head { backup, checksum: None, etag_is_md5: false, archived: None })
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>, _: &Pinned) -> Result<Body, CatalogError> {
        body(self.open(key)?, self.root.join(key), range)
    }

    fn open_local(&self, key: &str) -> Option<Result<fs::File, CatalogError>> {
        Some(self.open(key))
    }
}

#[cfg(test)]
mod tests;
