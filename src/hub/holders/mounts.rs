//! Mounts, as each process sees them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::processes::pids;
use crate::text::printable;
use crate::world::World;

/// One mount of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The file system: major and minor number.
    pub(crate) device: String,
    /// Which folder, or file, of that file system is mounted.
    pub(crate) root: PathBuf,
    /// Where.
    pub(crate) at: PathBuf,
    /// The kind of file system.
    pub(crate) kind: String,
    /// Options of the mount and of the file system, by commas.
    pub(crate) options: String,
}

impl Mount {
    /// Whether it is mounted for reading only, here or as a whole.
    pub(crate) fn read_only(&self) -> bool {
        self.options.split(',').any(|option| option == "ro")
    }
}

/// The mounts that a process sees. `process` is its folder under `/proc`.
pub(crate) fn of_process(process: &Path) -> Vec<Mount> {
    let text = fs::read(process.join("mountinfo")).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(parse).collect()
}

/// `36 35 98:0 /root /at rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue`
fn parse(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let device = text(fields.by_ref().nth(2)?);
    let root = path(fields.next()?);
    let at = path(fields.next()?);
    let mut options = text(fields.next()?);
    let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
    let kind = text(fields.next()?);
    if let Some(more) = fields.nth(1) {
        options.push(',');
        options.push_str(&text(more));
    }
    Some(Mount { device, root, at, kind, options })
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

/// Blanks and backslashes are written as three octal digits.
fn path(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\');
        let octal = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// The mount that a path lies on, as this process sees it.
pub(crate) fn own_mount(world: &World, target: &Path) -> Option<Mount> {
    let mounts = of_process(&world.proc.join("self"));
    // Of several on one place the last covers the others.
    let longest =
        mounts.iter().filter(|mount| target.starts_with(&mount.at)).map(|mount| mount.at.as_os_str().len()).max()?;
    mounts.into_iter().rfind(|mount| target.starts_with(&mount.at) && mount.at.as_os_str().len() == longest)
}

/// Where the file `target` itself is mounted: by a process of each mount namespace, none for this process's own.
pub(super) fn of_file(world: &World, target: &Path) -> Vec<(Option<u32>, String)> {
    let Some(own) = own_mount(world, target) else { return Vec::new() };
    let mut found = Vec::new();
    if own.at == target {
        found.push((None, shown(&own.at)));
    }
    let Ok(within) = target.strip_prefix(&own.at) else { return found };
    let inside = if within.as_os_str().is_empty() { own.root.clone() } else { own.root.join(within) };
    let namespace = |folder: &Path| fs::read_link(folder.join("ns/mnt")).ok();
    let mut looked: BTreeSet<PathBuf> = namespace(&world.proc.join("self")).into_iter().collect();
    for mount in of_process(&world.proc.join("self")) {
        if mount.device == own.device && mount.root == inside && mount.at != target && mount.at != own.at {
            found.push((None, shown(&mount.at)));
        }
    }
    for pid in pids(world) {
        let folder = world.proc.join(pid.to_string());
        if namespace(&folder).is_none_or(|namespace| !looked.insert(namespace)) {
            continue;
        }
        for mount in of_process(&folder) {
            if mount.device == own.device && mount.root == inside {
                found.push((Some(pid), shown(&mount.at)));
            }
        }
    }
    found
}

fn shown(path: &Path) -> String {
    printable(&String::from_utf8_lossy(path.as_os_str().as_bytes()))
}
