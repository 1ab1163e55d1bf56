//! The place, looked at before anything is replaced: what is there, what it is on, who may write.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::discover::Glance;
use super::stage::{Looks, Safety};
use crate::files::FileId;
use crate::identity::ConnectorId;
use crate::progress::Cancel;
use crate::world::World;

/// Plain facts about the place where a database goes. Findings are made from them elsewhere.
#[derive(Debug, Clone)]
pub struct PlaceFacts {
    /// The path as given.
    pub given: PathBuf,
    /// The path with links resolved: this is what is replaced.
    pub target: PathBuf,
    /// Whether the folder is there.
    pub folder_there: bool,
    /// The connector that the folder is named by (R612).
    pub folder_names: Option<ConnectorId>,
    /// What is there now; none when nothing is (R406).
    pub now: Option<NowThere>,
    /// Files beside the database that SQLite pairs up with it: names and lengths (R602).
    pub side_files: Vec<(String, u64)>,
    /// Owner and mode that the new file will get, and where they come from (R603).
    pub looks: Option<(Looks, LooksFrom)>,
    /// The owner's name and the group's, for people: `datahub:datahub`.
    pub owner: String,
    /// Whether the file's owner may write in the folder; none when that cannot be told (R604).
    pub owner_writes: Option<bool>,
    /// How many other names the file has (R605).
    pub other_names: u64,
    /// Whether the path as given goes through a symbolic link (R605).
    pub through_link: bool,
    /// What the folder is on.
    pub file_system: Option<FileSystem>,
    /// The folder, or the file, is immutable or append-only (R606).
    pub immutable: bool,
    /// Whether this program may write in the folder and give the file away; why not otherwise (R607).
    pub permitted: Result<(), String>,
    /// Another restore that works here (R608).
    pub busy: Option<OtherRestore>,
    /// Marks of restores that were cut here (R609).
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
    pub glance: Result<Glance, String>,
    /// Whether SQLite can open it with the files beside it; false means that only its bytes are kept (R602). None when no
    /// safe copy was had.
    pub readable: Option<bool>,
}

/// Where owner and mode come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksFrom {
    /// The old database.
    OldFile,
    /// The folder.
    Folder,
    /// The database of another connector.
    Sibling(ConnectorId),
}

/// What a folder is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// The kind, such as `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mounted_at: PathBuf,
    /// Mounted for reading only.
    pub read_only: bool,
    /// Over a network.
    pub network: bool,
    /// Bytes that this user may still write.
    pub free: u64,
    /// Files that may still be made; none where the file system does not count them.
    pub free_files: Option<u64>,
}

/// What a marker in a connector's folder says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRestore {
    /// The restore's ID.
    pub restore: String,
    /// Its token.
    pub token: String,
    /// Who.
    pub person: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The folder with its journal.
    pub journal: PathBuf,
    /// The process that holds the lock, where it is seen.
    pub pid: Option<u32>,
}

impl PlaceFacts {
    /// Bytes needed in the target's file system to place `new` bytes over what is there.
    pub fn needed_there(&self, new: u64) -> u64 {
        let _ = (new, None::<Safety>);
        todo!()
    }
}

/// Looks at the place `given` (a connector's database, which may be missing). `scratch` is a private folder for a safe copy.
pub fn look(world: &World, given: &Path, scratch: &Path, cancel: &Cancel) -> PlaceFacts {
    let _ = (world, given, scratch, cancel);
    todo!()
}
