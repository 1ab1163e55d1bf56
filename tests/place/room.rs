//! A full disk, a limit of file sizes, a person who is not root: for real.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use reseat::files::Real;
use reseat::finding::Code;
use reseat::hub::helper::Helper;
use reseat::hub::place::{self, Kit, Left, Stopped};
use reseat::progress::Cancel;
use reseat::world::World;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::support::hubs::{Old, Place};

const ALONE: &str = "RESEAT_TEST_ALONE";
const NOBODY: u32 = 65534;

/// How another process places.
#[derive(Debug, Serialize, Deserialize)]
struct Alone {
    place: PathBuf,
    helper: PathBuf,
    /// No file may be longer.
    limit: Option<u64>,
}

/// The other process: places, and says how that ended.
#[test]
fn alone() {
    let Ok(asked) = std::env::var(ALONE) else { return };
    let asked: Alone = serde_json::from_str(&asked).unwrap();
    let place = Place::load(&asked.place);
    if let Some(limit) = asked.limit {
        let limit = rustix::process::Rlimit { current: Some(limit), maximum: Some(limit) };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    }
    let done = place::place(
        &place.order,
        &mut Kit {
            world: &World::real(),
            files: &Real,
            helper: &Helper::at(asked.helper),
            log: &mut place.log(&Real),
            cancel: &Cancel::default(),
            progress: &mut |_| (),
        },
    );
    match done {
        Ok(_) => println!("alone: placed"),
        Err(Stopped { finding, left }) => {
            println!("alone: {left:?} {} {}", finding.as_ref().unwrap().code, finding.as_ref().unwrap().detail);
        }
    }
}

fn place_alone(place: &Place, program: &Path, helper: &Path, limit: Option<u64>, uid: Option<u32>) -> String {
    let asked = Alone { place: place.save(), helper: helper.to_owned(), limit };
    let mut command = Command::new(program);
    command.args(["--exact", "room::alone", "--nocapture", "--test-threads=1"]);
    command.env(ALONE, serde_json::to_string(&asked).unwrap());
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let found = said.find("alone: ").unwrap_or_else(|| panic!("{said} {}", String::from_utf8_lossy(&output.stderr)));
    said[found + 7..].lines().next().unwrap().to_owned()
}

#[test]
fn a_limit_of_file_sizes_is_an_error_and_not_the_end() {
    let place = Place::new(Old::Clean);
    let own = std::env::current_exe().unwrap();
    let said = place_alone(&place, &own, Path::new(env!("CARGO_BIN_EXE_reseat")), Some(20_000), None);
    assert!(said.starts_with("Untouched R610 "), "{said}");
    place.assert_as_before();
}

/// A file system of its own, as root; unmounted when dropped.
struct Small(TempDir);

impl Small {
    fn mounted(kilobytes: u64) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let size = format!("size={kilobytes}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "reseat-test"]).arg(folder.path()).output();
        let mounted = mount.is_ok_and(|mount| mount.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Trap R610: the disk is full at some point of placing.
#[test]
fn a_full_disk_leaves_the_old_set() {
    let Some(small) = Small::mounted(4096) else {
        eprintln!("NOT TESTED: a full disk, because mounting is not permitted here");
        return;
    };
    let (mut refused, mut placed) = (0, 0);
    for free in (0..=1100).step_by(90) {
        let place = Place::within(Old::Wal, TempDir::new_in(small.0.path()).unwrap(), false);
        let room = rustix::fs::statvfs(small.0.path()).unwrap();
        let available = room.f_bavail * room.f_frsize;
        let ballast = small.0.path().join("ballast");
        fs::write(&ballast, vec![0_u8; usize::try_from(available - (free << 10)).unwrap()]).unwrap();
        let done = place.place(&Real);
        fs::remove_file(ballast).unwrap();
        match done {
            Ok(_) => placed += 1,
            Err(stopped) => {
                refused += 1;
                assert_eq!(stopped.finding.as_ref().unwrap().code, Code::R610, "{free} KiB: {stopped}");
                match stopped.left {
                    Left::Untouched | Left::Undone => place.assert_as_before(),
                    _ => {
                        place.assert_whole();
                        place.undo(&Real).unwrap();
                        place.assert_as_before();
                    }
                }
                continue;
            }
        }
        place.assert_placed();
    }
    assert!(refused > 2 && placed > 2, "{refused} refused, {placed} placed");
}

#[test]
fn whoever_is_not_root_is_told_what_is_missing() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("NOT TESTED: another user, because this is not root");
        return;
    }
    let tools = TempDir::new().unwrap();
    let (program, helper) = (tools.path().join("test"), tools.path().join("reseat"));
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_reseat"), &helper).unwrap();
    for path in [tools.path(), &program, &helper] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let place = Place::new(Old::Clean);
    place.save();
    for path in [&place.base, &place.root, &place.order.folder, &place.order.source, &place.base.join("place.json")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for path in [&place.base, &place.order.folder] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let try_it = || place_alone(&place, &program, &helper, None, Some(NOBODY));
    fs::set_permissions(&place.target, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(try_it().starts_with("Untouched R607 "), "the folder is root's: {}", try_it());
    chown(place.folder(), Some(NOBODY), Some(NOBODY)).unwrap();
    assert!(try_it().starts_with("Untouched R607 "), "the owner cannot be given: {}", try_it());
    chown(&place.target, Some(NOBODY), Some(NOBODY)).unwrap();
    assert!(try_it().starts_with("Untouched R613 "), "others are not seen: {}", try_it());
    place.assert_as_before();
    // Where nobody else gets, nobody else needs to be seen.
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(try_it(), "placed");
    place.assert_placed();
}
