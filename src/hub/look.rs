//! The place, looked at before anything is replaced: what is there, what it is on, who may write.

mod folder;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::discover::Seen;
use super::fold::{FoldError, fold};
use super::live::Form;
use super::marker::{at_work, marks};
use super::safe_copy::{CopyError, reading, safe_copy, side_file};
use super::stage::Looks;
use super::{attributes, holders};
use crate::database::glance::glance;
use crate::files::{FileId, Files, Real};
use crate::identity::ConnectorId;
use crate::progress::{Cancel, Cancelled};
use crate::text::printable;
use crate::world::World;

pub use super::marker::OtherRestore;
pub use folder::{FileSystem, owner_name};

/// Room that is asked for beyond what is known to be needed, in bytes.
const MARGIN: u64 = 1 << 20;

/// Plain facts about the place where a database goes. Findings are made from them elsewhere.
#[derive(Debug, Clone)]
pub struct PlaceFacts {
    /// The path as given.
    pub given: PathBuf,
    /// The path with links resolved: this is what is replaced.
    pub target: PathBuf,
    /// Whether the folder is there.
    pub folder_there: bool,
    /// The folder's owner and mode where placing makes it, and where they come from (R406).
    pub makes_folder: Option<(Looks, LooksFrom)>,
    /// The connector that the folder is named by, as given or, through a link, in truth (R612).
    pub folder_names: Option<ConnectorId>,
    /// What is there now; none when nothing is (R406).
    pub now: Option<NowThere>,
    /// Files beside the database that SQLite pairs up with it: names and lengths (R602).
    pub side_files: Vec<(String, u64)>,
    /// Owner and mode that the new file will get, and where they come from (R603).
    pub looks: Option<(Looks, LooksFrom)>,
    /// Owner and group of [`Self::looks`] for people: `datahub:datahub`. Empty where they are not known.
    pub owner: String,
    /// The user and the group that the folder belongs to.
    pub folder_owner: Option<(u32, u32)>,
    /// Whether the file's owner may write in the folder; none when that cannot be told (R604).
    pub owner_writes: Option<bool>,
    /// How many other names the file has (R605).
    pub other_names: u64,
    /// Whether the path as given goes through a symbolic link (R605).
    pub through_link: bool,
    /// What the folder is on.
    pub file_system: Option<FileSystem>,
    /// What the safety copies will be on.
    pub copies: Option<FileSystem>,
    /// The safety copies will be on the same file system as the database.
    pub copies_beside: bool,
    /// The folder, or the file, is immutable or append-only (R606).
    pub immutable: bool,
    /// Whether this program may write in the folder and give the file away; why not otherwise, as a sentence (R607).
    pub permitted: Result<(), String>,
    /// Another restore that works here right now (R608).
    pub busy: Option<OtherRestore>,
    /// Marks of restores that were cut here (R609); the one at work, if any, is among them.
    pub leftovers: Vec<OtherRestore>,
}

/// The database that is there now.
#[derive(Debug, Clone)]
pub struct NowThere {
    /// Which file.
    pub id: FileId,
    /// Its length, side files included, in bytes.
    pub size: u64,
    /// When it was written last.
    pub written: Option<Timestamp>,
    /// What it holds, from a safe copy; why not otherwise (R411).
    pub seen: Seen,
    /// Whether SQLite can open it with the files beside it; an error, as SQLite says it, means that only its bytes are kept
    /// (R602). None when no safe copy was had.
    pub readable: Option<Result<(), String>>,
    /// The size of its pages and more that limits online mode. None where no safe copy was had.
    pub form: Option<Form>,
}

/// Where owner and mode come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksFrom {
    /// The old database.
    OldFile,
    /// The folder around it.
    Folder,
    /// What another connector has there.
    Sibling(ConnectorId),
}

impl PlaceFacts {
    /// Bytes needed in the target's file system to place `new` bytes over what is there, and to undo it.
    pub fn needed_there(&self, new: u64) -> u64 {
        let old = self.now.as_ref().map_or(0, |now| now.size);
        new + 2 * old + MARGIN
    }

    /// Bytes needed in the target's file system to write `new` bytes into the live file: a log, or a journal, beside it.
    pub fn needed_online(&self, new: u64) -> u64 {
        let old = self.now.as_ref().map_or(0, |now| now.size);
        2 * new + old + MARGIN
    }

    /// Bytes needed in the restore's own folder for the safety copies, before and after.
    pub fn needed_for_copies(&self, new: u64, online: bool) -> u64 {
        let old = self.now.as_ref().map_or(0, |now| now.size);
        // Online, what is there is read out once more.
        2 * old + if online { 3 } else { 2 } * new + MARGIN
    }
}

/// Looks at the place `given` (a connector's database, which may be missing). `scratch` is a private folder for a safe copy,
/// which is gone afterwards. Every file is left as it is.
pub fn look(world: &World, given: &Path, scratch: &Path, cancel: &Cancel) -> Result<PlaceFacts, Cancelled> {
    let target = resolve(given);
    let folder = target.parent().unwrap_or_else(|| Path::new("/")).to_owned();
    let folder_there = folder.is_dir();
    let named = |path: &Path| -> Option<ConnectorId> { path.parent()?.file_name()?.to_str()?.parse().ok() };
    // A link may lead into the folder of another connector: then that one's database would be replaced.
    let names = named(given).map(|given| named(&target).unwrap_or(given));
    let status = std::fs::metadata(&target).ok();
    let makes_folder = if folder_there { None } else { new_folder(&folder) };
    let looks = looks(&target, &folder, status.is_some(), makes_folder.as_ref().map(|(looks, _)| looks));
    // A missing folder is made in the hub's: that one is judged then.
    let at = if folder_there { folder.as_path() } else { folder.parent().unwrap_or(&folder) };
    let file_system = at.is_dir().then(|| folder::file_system(world, at)).flatten();
    let device = |folder: &Path| std::fs::metadata(folder).ok().map(|data| data.dev());
    let copies_beside = device(at).is_some() && device(at) == device(scratch);
    let copies = folder::file_system(world, scratch);
    let now = match &status {
        Some(status) => Some(now_there(&target, status, scratch, cancel)?),
        None => None,
    };
    let owner = looks.as_ref().map_or_else(String::new, |(looks, _)| owner_name(looks.uid, looks.gid));
    let of_folder = makes_folder.as_ref().map(|(looks, _)| (looks.uid, looks.gid, looks.mode));
    let of_folder = of_folder.or_else(|| folder::owner_and_mode(&folder));
    let given_away = [looks.as_ref(), makes_folder.as_ref()].into_iter().flatten().map(|(looks, _)| looks);
    let permitted = folder::permitted(at, &target, given_away);
    Ok(PlaceFacts {
        given: given.to_owned(),
        folder_there,
        makes_folder,
        folder_names: names,
        now,
        side_files: side_files(&target),
        owner,
        folder_owner: of_folder.map(|(uid, gid, _)| (uid, gid)),
        owner_writes: looks
            .as_ref()
            .zip(of_folder)
            .map(|((looks, _), folder)| folder::may_write(folder, looks.uid, looks.gid)),
        other_names: status.as_ref().map_or(0, |status| status.nlink().saturating_sub(1)),
        through_link: std::path::absolute(given).is_ok_and(|given| given != target),
        immutable: folder::immutable(at) || (status.is_some() && file_immutable(&target)),
        permitted,
        busy: at_work(world, &folder),
        leftovers: marks(&folder),
        file_system,
        copies,
        copies_beside,
        looks,
        target,
    })
}

/// Owner and mode as people read them: `datahub:datahub, mode 0640`.
pub fn owner_words(looks: &Looks) -> String {
    format!("{}, mode {:04o}", owner_name(looks.uid, looks.gid), looks.mode & 0o7777)
}

/// The path with every link resolved; what is missing at its end stays as it is, and so does a link that leads in a circle.
pub fn resolve(given: &Path) -> PathBuf {
    resolve_within(given, LINKS)
}

/// As many links as the kernel follows.
const LINKS: u32 = 40;

fn resolve_within(given: &Path, links: u32) -> PathBuf {
    if let Ok(target) = given.canonicalize() {
        return target;
    }
    let absolute = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
    // A link to nothing: what it names is what would be replaced.
    if let (Ok(link), Some(folder), Some(links)) =
        (std::fs::read_link(&absolute), absolute.parent(), links.checked_sub(1))
    {
        return resolve_within(&folder.join(link), links);
    }
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => resolve_within(folder, links).join(name),
        _ => absolute,
    }
}

fn side_files(target: &Path) -> Vec<(String, u64)> {
    let suffixes = ["-wal", "-shm", "-journal"].into_iter();
    suffixes
        .filter_map(|suffix| {
            let path = side_file(target, suffix);
            let name = path.file_name()?.to_str()?.to_owned();
            Some((name, std::fs::metadata(&path).ok()?.len()))
        })
        .collect()
}

/// The owner and mode of a connector's folder that is still to be made.
fn new_folder(folder: &Path) -> Option<(Looks, LooksFrom)> {
    let (looks, sibling) = attributes::for_new_folder(&Real, folder).ok()?;
    Some((looks, from(sibling)))
}

/// Whose owner and mode were taken.
fn from(sibling: Option<PathBuf>) -> LooksFrom {
    let sibling = sibling.and_then(|path| path.file_name()?.to_str()?.parse().ok());
    sibling.map_or(LooksFrom::Folder, LooksFrom::Sibling)
}

fn looks(target: &Path, folder: &Path, there: bool, made: Option<&Looks>) -> Option<(Looks, LooksFrom)> {
    if there {
        let _reading = reading();
        let handle = Real.open_read(target).ok()?;
        return Some((attributes::read(&Real, &handle).ok()?, LooksFrom::OldFile));
    }
    let (looks, sibling) = match made {
        Some(made) => attributes::for_new_in(&Real, folder, made),
        None => attributes::for_new(&Real, folder).ok()?,
    };
    Some((looks, from(sibling)))
}

fn file_immutable(target: &Path) -> bool {
    let _reading = reading();
    folder::immutable(target)
}

fn now_there(
    target: &Path,
    status: &std::fs::Metadata,
    scratch: &Path,
    cancel: &Cancel,
) -> Result<NowThere, Cancelled> {
    let beside: u64 = side_files(target).iter().filter(|(name, _)| !name.ends_with("-shm")).map(|(_, size)| size).sum();
    let written = i32::try_from(status.mtime_nsec()).ok().and_then(|nanos| Timestamp::new(status.mtime(), nanos).ok());
    let mut now = NowThere {
        id: FileId { device: status.dev(), inode: status.ino() },
        size: status.len() + beside,
        written,
        seen: Seen::Missing,
        readable: None,
        form: None,
    };
    let unknown = |error: &dyn std::fmt::Display| Seen::Unknown(printable(&error.to_string()));
    let scratch = match tempfile::Builder::new().prefix("look-").tempdir_in(scratch) {
        Ok(scratch) => scratch,
        Err(error) => {
            now.seen = unknown(&error);
            return Ok(now);
        }
    };
    match safe_copy(target, scratch.path(), cancel) {
        Ok(copy) => {
            // The header says WAL before it is folded; the rest only after that, as page 1 may lie in the log.
            let wal = Form::of_file(&copy).is_none_or(|form| form.wal);
            // Only a trial on a copy decides whether SQLite can open what is there.
            now.readable = match fold(&copy) {
                Ok(()) => Some(Ok(())),
                Err(FoldError::Unreadable(why)) => Some(Err(why)),
                Err(_) => None,
            };
            now.form = Form::of_file(&copy).map(|form| Form { wal, ..form });
            now.seen = match glance(&copy, cancel) {
                Ok(glance) => Seen::Known(Arc::new(glance)),
                Err(crate::database::DatabaseError::Cancelled(cancelled)) => return Err(cancelled),
                Err(error) => unknown(&error),
            };
        }
        Err(CopyError::Cancelled(cancelled)) => return Err(cancelled),
        Err(error) => now.seen = unknown(&error),
    }
    Ok(now)
}

/// The hub root that a connector's database lies under: two folders up, where that folder has a connector's ID.
pub(crate) fn root_of(target: &Path) -> Option<&Path> {
    let folder = target.parent()?;
    folder.file_name()?.to_str()?.parse::<ConnectorId>().ok()?;
    folder.parent()
}

/// As whom a process of this user runs: for sentences.
pub(crate) fn own_name() -> String {
    holders::user_name(nix::unistd::geteuid().as_raw())
}
