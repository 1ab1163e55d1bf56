//! Who has a database open: by `/proc`, by locks, and through bind mounts elsewhere.
//!
//! Not seen are processes of other pid namespaces and hosts, and an `open` in flight.

mod mounts;
mod processes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::helper::Helper;
use super::safe_copy::side_file;
use super::service::{self, Service};
use crate::files::FileId;
use crate::finding::{Code, Finding, Severity};
use crate::identity::ConnectorId;
use crate::world::World;

pub(crate) use mounts::{Mount, own_mount};
pub(crate) use processes::{scan, user_name};

/// A process that has a database, or a file beside it, open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number; none for a lock whose process cannot be seen.
    pub pid: Option<u32>,
    /// Its command line, printable; may be empty.
    pub command: String,
    /// As whom it runs; may be empty.
    pub user: String,
    /// Since when it runs.
    pub since: Option<Timestamp>,
    /// The unit or container that it belongs to.
    pub service: Option<Service>,
}

impl Holder {
    /// In one line: `pid 2114 node /opt/datahub/main.js, user datahub, datahub.service`.
    pub fn line(&self) -> String {
        let mut line = self.pid.map_or_else(|| "a process that cannot be seen".to_owned(), |pid| format!("pid {pid}"));
        if !self.command.is_empty() {
            line.push(' ');
            line.push_str(&self.command);
        }
        if !self.user.is_empty() {
            line.push_str(", user ");
            line.push_str(&self.user);
        }
        if let Some(service) = &self.service {
            line.push_str(", ");
            line.push_str(&service.name);
        }
        line
    }
}

/// A bind mount of the database file itself: it keeps showing the old file after an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMount {
    /// A process that sees the mount; none when this one does.
    pub pid: Option<u32>,
    /// Where it is mounted, as that process sees it; printable.
    pub at: String,
    /// The unit or container of that process.
    pub service: Option<Service>,
}

/// The answer of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders {
    /// When the look was taken.
    pub looked: Timestamp,
    /// Who has it open, by pid. Never this process.
    pub seen: Vec<Holder>,
    /// Where the file itself is bind-mounted.
    pub mounts: Vec<FileMount>,
    /// Why not everybody could be seen; none when everybody could (R613).
    pub blind: Option<String>,
}

impl Holders {
    /// Whether nobody has it open, as far as can be known, and everybody could be seen.
    pub fn nobody(&self) -> bool {
        self.seen.is_empty() && self.mounts.is_empty() && self.blind.is_none()
    }

    /// The services that have it open or mounted, each once.
    pub fn services(&self) -> Vec<&Service> {
        let seen = self.seen.iter().map(|holder| &holder.service);
        let all = seen.chain(self.mounts.iter().map(|mount| &mount.service));
        let mut services: Vec<&Service> = all.flatten().collect();
        services.sort_by(|one, other| one.name.cmp(&other.name));
        services.dedup();
        services
    }

    /// The findings: R601 for those who have it open, R605 for bind mounts, R613 when blind.
    pub fn findings(&self, target: &Path) -> Vec<Finding> {
        let mut findings = Vec::new();
        let subject = crate::text::printable(&target.to_string_lossy());
        let ways = |services: Vec<&Service>| match services.as_slice() {
            [] => "Stop this process, then look again.".to_owned(),
            services => services.iter().map(|service| service.advice()).collect::<Vec<_>>().join(" "),
        };
        if !self.seen.is_empty() {
            let lines: Vec<String> = self.seen.iter().map(Holder::line).collect();
            findings.push(
                Finding::new(Code::R601, Severity::Block, format!("The database is open: {}.", lines.join("; ")))
                    .why("It would go on writing to the old file: that data is lost.")
                    .remedy(ways(self.services()))
                    .about(subject.clone()),
            );
        }
        for mount in &self.mounts {
            let who = mount.pid.map_or_else(String::new, |pid| format!(", as pid {pid} sees it"));
            findings.push(
                Finding::new(Code::R605, Severity::Block, format!("The file itself is mounted at {}{who}.", mount.at))
                    .why("There the old file stays in sight after it is replaced.")
                    .remedy(ways(mount.service.iter().collect()))
                    .about(subject.clone()),
            );
        }
        if let Some(why) = &self.blind {
            findings.push(
                Finding::new(Code::R613, Severity::Block, why.clone())
                    .why("A process that is not seen could go on writing to the old file.")
                    .remedy("Run the same command with sudo, on the hub itself.")
                    .about(subject),
            );
        }
        findings
    }
}

/// Looks who has `target` or a file beside it open. `root` is the hub root: other connectors of the same service are
/// looked for there.
pub fn look(world: &World, helper: &Helper, root: Option<&Path>, target: &Path) -> Holders {
    let files = database_files(target);
    let mut seen = who(world, root, target, &files);
    // A lock says more than `/proc` where the holder runs elsewhere. It is asked for in a child: closing the file here
    // would give up this process's own locks.
    if let Ok(Some(lock)) = helper.lock(target)
        && !lock.pid.is_some_and(|pid| processes::passes(world, &world.proc.join(pid.to_string()), &files))
    {
        let own = lock.pid == Some(std::process::id());
        if !own && !seen.seen.iter().any(|holder| holder.pid == lock.pid) && seen.seen.is_empty() {
            let details = lock.pid.map(|pid| processes::describe(world, pid)).unwrap_or_default();
            seen.seen.push(holder(lock.pid, details, &mut Services::new(world, root, target)));
        }
    }
    seen
}

/// The same by `/proc` alone, for files that may have another name by now: `files` are what to look for.
pub(crate) fn who(world: &World, root: Option<&Path>, target: &Path, files: &[FileId]) -> Holders {
    let found = scan(world, files);
    let mut services = Services::new(world, root, target);
    let describe = |pid: &u32| holder(Some(*pid), processes::describe(world, *pid), &mut services);
    let seen: Vec<Holder> = found.pids.iter().map(describe).collect();
    let mounts = mounts::of_file(world, target)
        .into_iter()
        .map(|(pid, at)| {
            let service = pid.and_then(|pid| services.of(&processes::describe(world, pid).cgroups));
            FileMount { pid, at, service }
        })
        .collect();
    let blind = processes::blind(world, target, found.unseen);
    Holders { looked: world.now(), seen, mounts, blind }
}

/// The database at `target` and the files beside it, as they are now.
pub(crate) fn database_files(target: &Path) -> Vec<FileId> {
    let mut paths = vec![target.to_owned()];
    paths.extend(["-wal", "-shm", "-journal"].map(|suffix| side_file(target, suffix)));
    paths.iter().filter_map(|path| file_id(path)).collect()
}

fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let status = std::fs::metadata(path).ok()?;
    Some(FileId { device: status.dev(), inode: status.ino() })
}

fn holder(pid: Option<u32>, details: processes::Details, services: &mut Services<'_>) -> Holder {
    let service = services.of(&details.cgroups);
    Holder { pid, command: details.command, user: details.user, since: details.since, service }
}

/// Finds services, and what else each has open; remembers both during one look.
struct Services<'a> {
    world: &'a World,
    /// Databases of the other connectors.
    others: Vec<(FileId, ConnectorId)>,
    /// Which other connectors each service has open; filled at the first question.
    open: Option<BTreeMap<service::Raw, Vec<ConnectorId>>>,
    known: BTreeMap<service::Raw, Service>,
}

impl<'a> Services<'a> {
    fn new(world: &'a World, root: Option<&Path>, target: &Path) -> Self {
        let folders = root.and_then(|root| std::fs::read_dir(root).ok()).into_iter().flatten().flatten();
        let others = folders
            .filter_map(|entry| {
                let path: PathBuf = entry.path().join(super::DATABASE);
                let connector = entry.file_name().to_str()?.parse().ok()?;
                let id = file_id(&path)?;
                (Some(id) != file_id(target) && path != target).then_some((id, connector))
            })
            .collect();
        Self { world, others, open: None, known: BTreeMap::new() }
    }

    fn of(&mut self, cgroups: &[String]) -> Option<Service> {
        let raw = service::of_cgroups(cgroups)?;
        if let Some(known) = self.known.get(&raw) {
            return Some(known.clone());
        }
        if self.open.is_none() {
            let mut open: BTreeMap<service::Raw, Vec<ConnectorId>> = BTreeMap::new();
            for (id, connector) in &self.others {
                for pid in scan(self.world, &[*id]).pids {
                    if let Some(raw) = service::of_cgroups(&processes::describe(self.world, pid).cgroups) {
                        open.entry(raw).or_default().push(*connector);
                    }
                }
            }
            self.open = Some(open);
        }
        let mut stops_also = self.open.as_ref().and_then(|open| open.get(&raw)).cloned().unwrap_or_default();
        stops_also.sort();
        stops_also.dedup();
        let service = service::named(self.world, &raw, stops_also);
        self.known.insert(raw, service.clone());
        Some(service)
    }
}
