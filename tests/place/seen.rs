//! What is seen of a hub without touching it: who has a database open, and which service that is.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use reseat::finding::Code;
use reseat::hub::holders::{self, Holders};
use reseat::hub::service::{self, ServiceKind};
use reseat::world::{Ran, RunCommand, World};
use tempfile::TempDir;

use crate::support::hubs::{Old, Place, helper};

const CONTAINER: &str = "4f1d2c3b4a5968778695a4b3c2d1e0f04f1d2c3b4a5968778695a4b3c2d1e0f0";

/// Commands that were run, and what each answers.
#[derive(Default)]
struct Stub {
    ran: Mutex<Vec<String>>,
    status: i32,
}

impl RunCommand for Stub {
    fn run(&self, program: &str, arguments: &[&str]) -> std::io::Result<Ran> {
        let line = format!("{program} {}", arguments.join(" "));
        let stdout = if line.contains("inspect") { "/datahub-main\n" } else { "" }.to_owned();
        self.ran.lock().unwrap().push(line);
        let stderr = if self.status == 0 { String::new() } else { "line 1\nUnit is \u{1b}[31mmasked.\n".to_owned() };
        Ok(Ran { status: Some(self.status), stdout, stderr })
    }
}

/// A made-up `/proc`.
struct Proc {
    folder: TempDir,
    stub: Arc<Stub>,
}

impl Proc {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("stat"), "cpu 1 2 3\nbtime 1762495200\n").unwrap();
        fs::create_dir(folder.path().join("self")).unwrap();
        fs::copy("/proc/self/mountinfo", folder.path().join("self/mountinfo")).unwrap();
        Self { folder, stub: Arc::default() }
    }

    fn process(&self, pid: u32, words: &str, cgroup: &str, open: &[&Path]) -> PathBuf {
        let folder = self.folder.path().join(pid.to_string());
        fs::create_dir_all(folder.join("fd")).unwrap();
        fs::write(folder.join("cmdline"), words.replace(' ', "\0")).unwrap();
        fs::write(folder.join("cgroup"), format!("0::{cgroup}\n")).unwrap();
        fs::write(folder.join("maps"), "").unwrap();
        let zeros = "0 ".repeat(17);
        fs::write(folder.join("stat"), format!("{pid} (node) S 1 {zeros}12000 {zeros}{zeros}\n")).unwrap();
        for (number, path) in open.iter().enumerate() {
            symlink(path, folder.join(format!("fd/{}", number + 3))).unwrap();
        }
        folder
    }

    fn world(&self) -> World {
        World {
            proc: self.folder.path().to_owned(),
            runner: Arc::clone(&self.stub) as Arc<dyn RunCommand>,
            environment: BTreeMap::new(),
            ..World::real()
        }
    }

    fn look(&self, place: &Place) -> Holders {
        holders::look(&self.world(), &helper(), Some(&place.root), &place.target)
    }
}

fn neighbour(place: &Place, id: &str) -> PathBuf {
    let folder = place.root.join(id);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("sqlite.db"), id).unwrap();
    folder.join("sqlite.db")
}

#[test]
fn a_unit_is_named_with_all_that_stops_with_it() {
    let place = Place::new(Old::Clean);
    let other = neighbour(&place, "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410");
    let third = neighbour(&place, "e03d7a95-62bb-4c1f-9d40-8b17a2f6c3de");
    let proc = Proc::new();
    proc.process(2114, "node /opt/datahub/main.js", "/system.slice/datahub.service", &[&place.target, &other]);
    proc.process(2115, "node worker", "/system.slice/datahub.service", &[&third]);
    proc.process(2116, "vim notes", "/user.slice/user-0.slice/session-1.scope", &[Path::new("/etc/passwd")]);
    let seen = proc.look(&place);
    let [holder] = seen.seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((holder.pid, holder.command.as_str()), (Some(2114), "node /opt/datahub/main.js"));
    assert_eq!(holder.since.unwrap().as_second(), 1_762_495_200 + 120);
    let unit = holder.service.as_ref().unwrap();
    assert_eq!((unit.kind, unit.name.as_str()), (ServiceKind::Systemd, "datahub.service"));
    assert_eq!(unit.stop_words(), ["systemctl", "stop", "datahub.service"]);
    let also: Vec<String> = unit.stops_also.iter().map(ToString::to_string).collect();
    assert_eq!(also, ["5e22b0c7-19f4-4a83-b6d1-c07f3e58a410", "e03d7a95-62bb-4c1f-9d40-8b17a2f6c3de"]);
    let finding = &seen.findings(&place.target)[0];
    assert_eq!(finding.code, Code::R601);
    assert_eq!(
        finding.remedy,
        "Stop it: systemctl stop datahub.service. The connectors 5e22b0c7…, e03d7a95… stop, too."
    );
}

#[test]
fn a_container_is_named_as_its_engine_does() {
    let place = Place::new(Old::Wal);
    let log = PathBuf::from(format!("{}-wal", place.target.display()));
    let proc = Proc::new();
    proc.process(77, "node main.js", &format!("/system.slice/docker-{CONTAINER}.scope"), &[&log]);
    let seen = proc.look(&place);
    let service = seen.services()[0].clone();
    assert_eq!((service.kind, service.name.as_str()), (ServiceKind::Docker, "datahub-main"));
    service::stop(&proc.world(), &service).unwrap();
    service::start(&proc.world(), &service).unwrap();
    let ran = proc.stub.ran.lock().unwrap();
    assert_eq!(ran[ran.len() - 2..], ["docker stop datahub-main", "docker start datahub-main"]);
}

#[test]
fn a_command_that_fails_says_how() {
    let mut proc = Proc::new();
    proc.stub = Arc::new(Stub { status: 1, ..Stub::default() });
    let service =
        service::Service { kind: ServiceKind::Systemd, name: "datahub.service".to_owned(), stops_also: Vec::new() };
    let finding = service::stop(&proc.world(), &service).unwrap_err();
    assert_eq!(finding.code, Code::R614);
    assert!(finding.detail.starts_with("systemctl stop datahub.service: status 1: line 1"), "{}", finding.detail);
    assert!(!finding.detail.contains('\u{1b}'));
}

#[test]
fn mappings_count_as_open() {
    use std::os::unix::fs::MetadataExt;
    let place = Place::new(Old::Clean);
    let status = fs::metadata(&place.target).unwrap();
    let (major, minor) = (rustix::fs::major(status.dev()), rustix::fs::minor(status.dev()));
    let proc = Proc::new();
    let folder = proc.process(99, "mapper", "/", &[]);
    let line = format!("7f0-7f1 r--s 00000000 {major:02x}:{minor:02x} {}     /x\n", status.ino());
    fs::write(folder.join("maps"), line).unwrap();
    assert_eq!(proc.look(&place).seen.len(), 1);
}

/// Trap R605: a container has the file itself mounted, by a made-up /proc.
#[test]
fn a_bind_mount_of_the_file_elsewhere_is_found() {
    let place = Place::new(Old::Clean);
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    // The mount that the file lies on, as it is here; a container has the file itself mounted.
    let own = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .filter(|fields| place.target.starts_with(fields[4]))
        .max_by_key(|fields| fields[4].len())
        .unwrap();
    let inside = Path::new(own[3]).join(place.target.strip_prefix(own[4]).unwrap());
    let proc = Proc::new();
    fs::create_dir(proc.folder.path().join("self/ns")).unwrap();
    symlink("mnt:[1]", proc.folder.path().join("self/ns/mnt")).unwrap();
    let folder = proc.process(500, "sleep", &format!("/docker/{CONTAINER}"), &[]);
    fs::create_dir(folder.join("ns")).unwrap();
    symlink("mnt:[2]", folder.join("ns/mnt")).unwrap();
    let line = format!("40 30 {} {} /data/my\\040db rw - ext4 /dev/x rw\n", own[2], inside.display());
    fs::write(folder.join("mountinfo"), line).unwrap();
    let seen = proc.look(&place);
    assert_eq!(seen.mounts.len(), 1);
    assert_eq!((seen.mounts[0].pid, seen.mounts[0].at.as_str()), (Some(500), "/data/my db"));
    assert_eq!(seen.mounts[0].service.as_ref().unwrap().name, "datahub-main");
    assert_eq!(seen.findings(&place.target)[0].code, Code::R605);
}

/// Trap R613: this is a container, and the hub folder is mounted into it.
/// Quiet R613: every process can be seen.
#[test]
fn nobody_is_only_said_when_everybody_could_be_seen() {
    let place = Place::new(Old::Clean);
    let proc = Proc::new();
    assert!(proc.look(&place).nobody());
    // From within a container, what is mounted into it may be open outside.
    fs::create_dir(proc.folder.path().join("self/ns")).unwrap();
    symlink("pid:[4026532211]", proc.folder.path().join("self/ns/pid")).unwrap();
    let mount = format!("40 30 8:1 /srv {} rw - ext4 /dev/x rw\n", place.root.display());
    fs::write(proc.folder.path().join("self/mountinfo"), mount).unwrap();
    let seen = proc.look(&place);
    if nix::unistd::geteuid().is_root() {
        assert_eq!(seen.findings(&place.target)[0].code, Code::R613);
    } else {
        assert!(seen.nobody(), "the folder is private: nobody else gets there");
    }
}

#[test]
fn another_restore_at_work_is_seen_by_its_lock() {
    use std::os::unix::fs::MetadataExt;
    let place = Place::new(Old::Clean);
    let proc = Proc::new();
    let inode = fs::metadata(place.folder()).unwrap().ino();
    let locks =
        format!("1: POSIX  ADVISORY  WRITE 7 fe:00:1 0 EOF\n2: FLOCK  ADVISORY  WRITE 4242 fe:00:{inode} 0 EOF\n");
    fs::write(proc.folder.path().join("locks"), locks).unwrap();
    let marker = r#"{"restore":"2026-11-18-2","token":"abc","person":"jo","since":null,"journal":"/x"}"#;
    fs::write(place.folder().join(".reseat-2026-11-18-2-abc.json"), marker).unwrap();
    let scratch = TempDir::new().unwrap();
    let facts =
        reseat::hub::look::look(&proc.world(), &place.target, scratch.path(), &reseat::progress::Cancel::default())
            .unwrap();
    let busy = facts.busy.unwrap();
    assert_eq!((busy.pid, busy.line().as_str()), (Some(4242), "restore 2026-11-18-2 of jo, pid 4242"));
}

/// Several people restore at once, and each one's list of connectors opens every database for a moment.
#[test]
fn another_reseat_that_only_looks_in_is_nobody() {
    let place = Place::new(Old::Clean);
    let proc = Proc::new();
    let own = std::env::current_exe().unwrap();
    symlink(&own, proc.folder.path().join("self/exe")).unwrap();
    let other = proc.process(71, "reseat", "/user.slice", &[&place.target]);
    symlink(&own, other.join("exe")).unwrap();
    let seen = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            fs::remove_file(other.join("fd/3")).unwrap();
        });
        proc.look(&place)
    });
    assert!(seen.seen.is_empty(), "{seen:?}");
    // One that keeps it open is named, as is whoever else has it.
    symlink(&place.target, other.join("fd/3")).unwrap();
    assert_eq!(proc.look(&place).seen.len(), 1);
    fs::remove_file(other.join("exe")).unwrap();
    symlink("/bin/sh", other.join("exe")).unwrap();
    let began = std::time::Instant::now();
    assert_eq!(proc.look(&place).seen.len(), 1);
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
}
