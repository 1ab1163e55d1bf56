//! The marks that a restore leaves in a connector's folder while it works there: its own files' names, and the marker that
//! says who it is and where its journal lies.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stage::Order;
use crate::files::{Files, unlink_if_there};
use crate::text::{json_visible, printable};
use crate::world::World;

/// What every own file's name begins with.
pub(crate) const PREFIX: &str = ".reseat-";

/// No marker is longer, in bytes.
const LONGEST: usize = 64 * 1024;

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
    /// The process that holds the folder's lock, where it is seen.
    #[serde(skip)]
    pub pid: Option<u32>,
}

impl OtherRestore {
    /// In one line: `restore 2026-11-19-1 of mk, since 2026-11-19 14:20 UTC`. Printable.
    pub fn line(&self) -> String {
        let mut line = format!("restore {} of {}", printable(&self.restore), printable(&self.person));
        if let Some(since) = self.since {
            line.push_str(", since ");
            line.push_str(&crate::text::moment(since));
        }
        if let Some(pid) = self.pid {
            line.push_str(", pid ");
            line.push_str(&pid.to_string());
        }
        line
    }
}

/// The names of a restore's own files in the target's folder.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    folder: PathBuf,
    stem: String,
}

impl Names {
    pub(crate) fn of(order: &Order) -> Self {
        let folder = order.target.parent().unwrap_or_else(|| Path::new("/")).to_owned();
        Self { folder, stem: format!("{PREFIX}{}-{}", order.restore, order.token) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn marker(&self) -> PathBuf {
        self.own("json")
    }

    /// One own file.
    pub(crate) fn own(&self, what: &str) -> PathBuf {
        self.folder.join(format!("{}.{what}", self.stem))
    }

    /// The connector's folder while it is made: beside those of the other connectors.
    pub(crate) fn folder_in_the_making(&self) -> PathBuf {
        self.folder.parent().unwrap_or_else(|| Path::new("/")).join(format!("{}.folder", self.stem))
    }

    /// The own files that are there, the marker apart.
    pub(crate) fn there(&self, files: &dyn Files) -> io::Result<Vec<PathBuf>> {
        let marker = self.marker();
        let begins = format!("{}.", self.stem);
        let names = files.list(&self.folder)?;
        let own = names.iter().filter(|name| name.to_str().is_some_and(|name| name.starts_with(&begins)));
        Ok(own.map(|name| self.folder.join(name)).filter(|path| *path != marker).collect())
    }

    /// Writes the marker, durably. One that is there already and says the same stays: at no moment are there own files
    /// without it.
    pub(crate) fn mark(&self, files: &dyn Files, order: &Order, now: Timestamp) -> io::Result<()> {
        let marker = self.marker();
        let handle = if self.is_marked(files, order)? {
            files.open_write(&marker)?
        } else {
            // A marker that a crash tore is written anew.
            unlink_if_there(files, &marker)?;
            let said = OtherRestore {
                restore: order.restore.clone(),
                token: order.token.clone(),
                person: order.person.clone(),
                since: Some(now),
                journal: order.folder.clone(),
                pid: None,
            };
            let bytes = json_visible(&serde_json::to_string(&said).map_err(io::Error::other)?).into_bytes();
            let handle = files.create_new(&marker)?;
            files.write(&handle, 0, &bytes)?;
            handle
        };
        files.sync(&handle)?;
        files.sync_folder(&self.folder)
    }

    /// Whether the marker of this restore is there, whole.
    fn is_marked(&self, files: &dyn Files, order: &Order) -> io::Result<bool> {
        let handle = match files.open_read(&self.marker()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            handle => handle?,
        };
        let mut bytes = vec![0; LONGEST];
        let mut length = 0;
        while length < bytes.len() {
            match files.read(&handle, length as u64, &mut bytes[length..])? {
                0 => break,
                read => length += read,
            }
        }
        let said: Option<OtherRestore> = serde_json::from_slice(&bytes[..length]).ok();
        Ok(said.is_some_and(|said| {
            said.restore == order.restore && said.token == order.token && said.journal == order.folder
        }))
    }
}

/// The marks of restores in a connector's folder, by name. A mark without a readable marker says only what its name says.
pub(crate) fn marks(folder: &Path) -> Vec<OtherRestore> {
    let mut found: Vec<OtherRestore> = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    for name in names {
        let Some((stem, what)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')) else { continue };
        let Some((restore, token)) = stem.rsplit_once('-') else { continue };
        let marker = (what == "json").then(|| read(&folder.join(&name))).flatten();
        let known = found.iter_mut().find(|known| known.restore == restore && known.token == token);
        match (known, marker) {
            (Some(known), Some(marker)) => *known = marker,
            (Some(_), None) => {}
            (None, Some(marker)) => found.push(marker),
            (None, None) => found.push(OtherRestore {
                restore: restore.to_owned(),
                token: token.to_owned(),
                person: "an unknown person".to_owned(),
                since: None,
                journal: PathBuf::new(),
                pid: None,
            }),
        }
    }
    found
}

fn read(path: &Path) -> Option<OtherRestore> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LONGEST as u64).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The kernel's list of locks. Every read counts anew how far it was and so skips one for each that went meanwhile:
/// room from the start makes the reads few.
fn locks(world: &World) -> io::Result<String> {
    use std::io::Read as _;
    let mut text = String::with_capacity(64 * 1024);
    std::fs::File::open(world.proc.join("locks"))?.read_to_string(&mut text)?;
    Ok(text)
}

/// Who holds the lock on a connector's folder: another process that works there. Asked without taking the lock.
pub(crate) fn at_work(world: &World, folder: &Path) -> Option<OtherRestore> {
    use std::os::unix::fs::MetadataExt;
    let inode = std::fs::metadata(folder).ok()?.ino();
    let locks = locks(world).ok()?;
    let pid = locks.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip_while(|field| *field != "FLOCK").skip(3);
        let pid: i64 = fields.next()?.parse().ok()?;
        let same = fields.next()?.rsplit(':').next()?.parse() == Ok(inode);
        (same && pid != i64::from(std::process::id())).then_some(pid)
    })?;
    let unknown = || OtherRestore {
        restore: "of another person".to_owned(),
        token: String::new(),
        person: "an unknown person".to_owned(),
        since: None,
        journal: PathBuf::new(),
        pid: None,
    };
    let mut other = marks(folder).into_iter().next_back().unwrap_or_else(unknown);
    other.pid = u32::try_from(pid).ok().filter(|pid| *pid > 0);
    Some(other)
}
