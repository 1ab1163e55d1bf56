//! Processes, as `/proc` shows them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use procfs::FromRead;
use procfs::ProcessCGroups;
use procfs::process::Stat;

use crate::files::FileId;
use crate::text::printable;
use crate::world::World;

/// How long a child may take to be started.
const CHILD_WAIT: Duration = Duration::from_millis(200);
/// How long another `reseat` may take to look at a connector.
const PEER_WAIT: Duration = Duration::from_secs(2);

/// The number of the first pid namespace: every process is seen from there.
const FIRST_PID_NAMESPACE: &str = "pid:[4026531836]";

/// Who has one of some files open.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Processes, sorted; never this one.
    pub(crate) pids: Vec<u32>,
    /// How many processes could not be looked into.
    pub(crate) unseen: usize,
}

/// Looks at every open descriptor and every mapping of every process.
pub(crate) fn scan(world: &World, files: &[FileId]) -> Scan {
    let mut found = Scan::default();
    if files.is_empty() {
        return found;
    }
    for pid in pids(world) {
        if pid == std::process::id() {
            continue;
        }
        let folder = world.proc.join(pid.to_string());
        match has_open(&folder, files) {
            Ok(true) if !passes(world, &folder, files) => found.pids.push(pid),
            Ok(_) => {}
            // It ended meanwhile.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => {}
            Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => {}
            Err(_) => found.unseen += 1,
        }
    }
    found.pids.sort_unstable();
    found
}

/// Whether a process has the files open only in passing, or is a child of this one that does not count: a helper, which
/// only reads, or one that is just being started. It holds copies of this process's own descriptors until it is.
pub(super) fn passes(world: &World, process: &Path, files: &[FileId]) -> bool {
    let own = i32::try_from(std::process::id()).ok();
    if Stat::from_file(process.join("stat")).ok().map(|stat| stat.ppid) != own {
        // Another person's look at the connectors opens each one's database for a moment. Who replaces one has the
        // lock on its folder.
        let program = |process: &Path| fs::metadata(process.join("exe")).ok().map(|exe| (exe.dev(), exe.ino()));
        let same = program(process).is_some_and(|exe| program(&world.proc.join("self")) == Some(exe));
        return same && lets_go(process, files, PEER_WAIT);
    }
    let words = fs::read(process.join("cmdline")).unwrap_or_default();
    let helps = words.split(|byte| *byte == 0).nth(1) == Some(crate::hub::helper::COMMAND.as_bytes());
    if helps || fs::read(world.proc.join("self/cmdline")).is_ok_and(|own| own == words) {
        return true;
    }
    lets_go(process, files, CHILD_WAIT)
}

/// Whether a process closes the files before the time is over.
fn lets_go(process: &Path, files: &[FileId], within: Duration) -> bool {
    let end = std::time::Instant::now() + within;
    while std::time::Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
        if !has_open(process, files).unwrap_or_default() {
            return true;
        }
    }
    false
}

pub(super) fn pids(world: &World) -> Vec<u32> {
    let entries = fs::read_dir(&world.proc).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn has_open(process: &Path, files: &[FileId]) -> io::Result<bool> {
    for entry in fs::read_dir(process.join("fd"))? {
        // Following the link gives the open file itself, whatever its name is by now.
        let Ok(status) = fs::metadata(entry?.path()) else { continue };
        if files.contains(&FileId { device: status.dev(), inode: status.ino() }) {
            return Ok(true);
        }
    }
    // SQLite never maps a file that it has not open, so descriptors alone would do where the mappings are kept secret.
    let maps = fs::read(process.join("maps")).unwrap_or_default();
    Ok(maps.split(|byte| *byte == b'\n').any(|line| mapped(line).is_some_and(|file| files.contains(&file))))
}

/// The file of one line of `maps`: `from-to flags offset major:minor inode path`.
fn mapped(line: &[u8]) -> Option<FileId> {
    let line = std::str::from_utf8(line.get(..line.len().min(200))?).ok().or_else(|| {
        // The path may be cut within a character: the fields before it are ASCII.
        line.iter().position(|byte| !byte.is_ascii()).and_then(|end| std::str::from_utf8(&line[..end]).ok())
    })?;
    let mut fields = line.split_ascii_whitespace().skip(3);
    let (major, minor) = fields.next()?.split_once(':')?;
    let device = rustix::fs::makedev(u32::from_str_radix(major, 16).ok()?, u32::from_str_radix(minor, 16).ok()?);
    let inode = fields.next()?.parse().ok().filter(|inode| *inode != 0)?;
    Some(FileId { device, inode })
}

/// What a person is told of a process.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) command: String,
    pub(super) user: String,
    pub(super) since: Option<Timestamp>,
    pub(super) cgroups: Vec<String>,
}

pub(super) fn describe(world: &World, pid: u32) -> Details {
    let folder = world.proc.join(pid.to_string());
    let words = fs::read(folder.join("cmdline")).unwrap_or_default();
    let words = words.split(|byte| *byte == 0).filter(|word| !word.is_empty()).map(String::from_utf8_lossy);
    let command = printable(&words.collect::<Vec<_>>().join(" "));
    let user = fs::metadata(&folder).map(|status| user_name(status.uid())).unwrap_or_default();
    let cgroups = ProcessCGroups::from_file(folder.join("cgroup"))
        .map(|groups| groups.0.into_iter().map(|group| group.pathname).collect())
        .unwrap_or_default();
    Details { command, user, since: since(world, &folder), cgroups }
}

/// The name of a user, or `uid 1000`.
pub(crate) fn user_name(uid: u32) -> String {
    let user = nix::unistd::User::from_uid(uid.into()).ok().flatten();
    user.map_or_else(|| format!("uid {uid}"), |user| printable(&user.name))
}

fn since(world: &World, process: &Path) -> Option<Timestamp> {
    let stat = Stat::from_file(process.join("stat")).ok()?;
    let boot = fs::read_to_string(world.proc.join("stat")).ok()?;
    let boot: i64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let after = i64::try_from(stat.starttime / procfs::ticks_per_second()).ok()?;
    Timestamp::from_second(boot + after).ok()
}

/// Why not everybody who could have `target` open can be seen; none when everybody can.
pub(super) fn blind(world: &World, target: &Path, unseen: usize) -> Option<String> {
    if private(target) {
        // Nobody but this user and root reaches the file.
        return None;
    }
    if unseen > 0 {
        return Some(format!("Who has the database open cannot be seen: {unseen} processes of others are hidden."));
    }
    let own = super::mounts::of_process(&world.proc.join("self"));
    let hidden = |mount: &super::mounts::Mount| mount.kind == "proc" && mount.options.contains("hidepid=");
    if !world.is_root() && own.iter().any(hidden) {
        return Some("Who has the database open cannot be seen: other people's processes are hidden.".to_owned());
    }
    let namespace = fs::read_link(world.proc.join("self/ns/pid")).ok();
    let first = namespace.is_none_or(|name| name.as_os_str() == FIRST_PID_NAMESPACE);
    // Within a container only what is mounted into it can be shared with processes outside.
    let shared = || super::mounts::own_mount(world, target).is_none_or(|mount| mount.at != Path::new("/"));
    if !first && shared() {
        return Some(
            "Who has the database open cannot be seen: this is a container, and the hub is outside it.".to_owned(),
        );
    }
    None
}

/// Whether a folder above the file lets nobody through but its owner, who is running this.
fn private(target: &Path) -> bool {
    let own = nix::unistd::geteuid();
    if own.is_root() {
        return false;
    }
    target
        .ancestors()
        .skip(1)
        .filter_map(|folder| fs::metadata(folder).ok())
        .any(|status| status.uid() == own.as_raw() && status.mode().trailing_zeros() >= 6)
}
