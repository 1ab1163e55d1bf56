//! R501, R602 to R607, R612, R613: what the place is on, whose it is, and what is reached by its name.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{NOBODY, SIBLING, dry, find, place_stops, quiet, rewritten, said, tool};
use crate::desk::{Desk, HUB, NEW, is_root, sample};

/// A file system of its own over a folder; unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn over(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let at = folder.to_str().unwrap();
        tool("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "reseat-test", at])
            .then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l".as_ref(), self.0.as_os_str()]).status();
    }
}

/// A desk whose hub folder is a small file system.
fn on_a_disk_of(size: &str) -> Option<(Desk, PathBuf, Mounted)> {
    if !is_root() {
        return None;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let mounted = Mounted::over(&desk.root, size)?;
    desk.connector(&sample(HUB, NEW, 0));
    Some((desk, file, mounted))
}

/// Trap R501: a hub's disk of one megabyte, and a state folder that cannot even take the download.
/// Quiet R501: a disk with room for twice of everything.
#[test]
fn not_enough_room() {
    let Some((desk, file, mounted)) = on_a_disk_of("1024k") else { return };
    let finding = place_stops(&desk, &file, &["--accept", "R501"], "R501", "block");
    assert!(finding["detail"].as_str().unwrap().contains("are needed"), "{finding}");
    assert!(tool("mount", &["-o", "remount,size=64m", mounted.0.to_str().unwrap()]));
    assert!(find(&dry(&desk, &file, &[]), "R501").is_none());

    let desk = Desk::new();
    let Some(_small) = Mounted::over(&desk.state, "64k") else { return };
    super::restore_stops(&desk, &[], "R501", "block");
}

/// Trap R501: the state folder has room for the rewritten copy, and none for the safety copies beside it; what could be
/// forgotten is named.
#[test]
fn no_room_for_the_safety_copies() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let Some(mounted) = Mounted::over(&desk.state, "64m") else { return };
    // An earlier restore, rolled back: it holds files that nobody needs any more.
    let restore = super::restore(&[]);
    let words: Vec<&str> = restore.iter().map(String::as_str).collect();
    let first = super::run(&desk, &words).is(0).json();
    let id = first["restore"].as_str().unwrap();
    super::run(&desk, &["rollback", id]).is(0);
    // The new connector's database has grown: there is room for it here, and none for two copies of it.
    let target = desk.target(NEW);
    let grown = rusqlite::Connection::open(&target).unwrap();
    grown.execute_batch("create table Bulk (b); insert into Bulk values (zeroblob(34 << 20))").unwrap();
    drop(grown);
    let finding = super::restore_stops(&desk, &["--accept", "R208"], "R501", "block");
    let (detail, remedy) = (finding["detail"].as_str().unwrap(), finding["remedy"].as_str().unwrap());
    assert!(detail.contains(desk.state.to_str().unwrap()), "{detail}");
    assert!(remedy.contains(&format!("reseat restores --forget {id} frees")) && remedy.contains(" old"), "{remedy}");
    assert!(desk.state.join(id).join("before").is_dir(), "nothing is deleted without being asked for");
    assert!(tool("mount", &["-o", "remount,size=512m", mounted.0.to_str().unwrap()]));
    let line = super::run(&desk, &["resume"]).is(0).json();
    assert_eq!(line["state"], "placed", "{line}");
}

/// Trap R602: the old database is no database: only its bytes can be kept.
/// Quiet R602: a log beside a sound database is kept and folded, and only mentioned.
#[test]
fn side_files() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, target) = (rewritten(&desk), desk.target(NEW));
    assert!(find(&dry(&desk, &file, &[]), "R602").is_none());
    let log = PathBuf::from(format!("{}-wal", target.display()));
    fs::write(&log, "").unwrap();
    let info = said(&dry(&desk, &file, &[]), "R602", "info");
    assert!(info["detail"].as_str().unwrap().contains("sqlite.db-wal"), "{info}");
    fs::write(&target, "somebody's notes ".repeat(400)).unwrap();
    place_stops(&desk, &file, &["--accept", "R411"], "R602", "ask");
}

/// Trap R603: root's database lies in a service's folder: somebody copied it there by hand.
/// Quiet R603: folder and database belong to the service, or both to root.
#[test]
fn an_owner_that_looks_odd() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, target) = (rewritten(&desk), desk.target(NEW));
    let info = said(&dry(&desk, &file, &[]), "R603", "info");
    assert!(info["detail"].as_str().unwrap().contains("as the old file"), "{info}");
    quiet(&dry(&desk, &file, &[]), "R603");
    chown(target.parent().unwrap(), Some(NOBODY), Some(NOBODY)).unwrap();
    let finding = place_stops(&desk, &file, &[], "R603", "ask");
    assert!(finding["remedy"].as_str().unwrap().contains("chown"), "{finding}");
    dry(&desk, &file, &["--accept", "R603"]);
    chown(&target, Some(NOBODY), Some(NOBODY)).unwrap();
    quiet(&dry(&desk, &file, &[]), "R603");
}

/// Trap R604: the database belongs to a service that may not write in the folder.
/// Quiet R604: the folder belongs to the service, too.
#[test]
fn a_folder_that_its_owner_cannot_use() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, target) = (rewritten(&desk), desk.target(NEW));
    fs::set_permissions(target.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    chown(&target, Some(NOBODY), Some(NOBODY)).unwrap();
    place_stops(&desk, &file, &[], "R604", "warn");
    chown(target.parent().unwrap(), Some(NOBODY), Some(NOBODY)).unwrap();
    assert!(find(&dry(&desk, &file, &[]), "R604").is_none());
}

/// Trap R605: the database has a second name.
/// Quiet R605: the connector's folder is a link to another disk: it is resolved, and only mentioned.
#[test]
fn links() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let (folder, elsewhere) = (desk.root.join(NEW), desk.folder.parent().unwrap().join("disk"));
    assert!(find(&dry(&desk, &file, &[]), "R605").is_none());
    fs::hard_link(desk.target(NEW), desk.root.join("second")).unwrap();
    place_stops(&desk, &file, &[], "R605", "warn");
    fs::remove_file(desk.root.join("second")).unwrap();
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    let document = dry(&desk, &file, &[]);
    said(&document, "R605", "info");
    assert_eq!(document["target"], elsewhere.join("sqlite.db").to_str().unwrap());
}

/// A process with mounts of its own, ended when dropped.
struct Namespace(Child);

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Trap R605: a container has the file itself mounted: there the old one would stay in sight.
#[test]
fn a_bind_mount() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, inside) = (rewritten(&desk), desk.folder.parent().unwrap().join("inside.db"));
    fs::write(&inside, "").unwrap();
    let script = "mount --bind \"$1\" \"$2\" && exec sleep 60";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(desk.target(NEW)).arg(&inside);
    let Ok(child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        eprintln!("NOT TRIED: unshare is not here");
        return;
    };
    let mut namespace = Namespace(child);
    let mounts = format!("/proc/{}/mountinfo", namespace.0.id());
    let begun = Instant::now();
    while !fs::read_to_string(&mounts).is_ok_and(|mounts| mounts.contains("inside.db")) {
        if namespace.0.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_secs(20) {
            eprintln!("NOT TRIED: a bind mount is not permitted here");
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let finding = place_stops(&desk, &file, &["--accept", "R605"], "R605", "block");
    assert!(finding["detail"].as_str().unwrap().contains("inside.db"), "{finding}");
}

/// Trap R606: the hub's disk is mounted read-only; or the folder is protected against changes.
/// Quiet R606: the same disk, writable.
#[test]
fn a_place_that_cannot_be_written() {
    let Some((desk, file, mounted)) = on_a_disk_of("64m") else { return };
    let at = mounted.0.to_str().unwrap();
    assert!(find(&dry(&desk, &file, &[]), "R606").is_none());
    if tool("mount", &["-o", "remount,ro", at]) {
        let finding = place_stops(&desk, &file, &["--accept", "R606"], "R606", "block");
        assert!(finding["detail"].as_str().unwrap().contains("read-only"), "{finding}");
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let folder = desk.root.join(NEW);
    if tool("chattr", &["+i", folder.to_str().unwrap()]) {
        let before = desk.tree();
        let ran = super::run(&desk, &["place", file.to_str().unwrap(), "--connector", NEW]);
        assert!(tool("chattr", &["-i", folder.to_str().unwrap()]));
        let finding = said(&ran.is(3).json(), "R606", "block");
        assert!(finding["detail"].as_str().unwrap().contains("immutable"), "{finding}");
        assert!(desk.tree() == before);
    }
}

/// Trap R612: the folder of the new connector is a link to that of another one.
/// Quiet R612: a link to a folder whose name is no ID.
#[test]
fn a_folder_of_another_connector() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let (folder, elsewhere) = (desk.root.join(NEW), desk.folder.parent().unwrap().join("disk"));
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(find(&dry(&desk, &file, &[]), "R612").is_none());
    fs::remove_file(&folder).unwrap();
    let other = desk.connector(&sample(HUB, SIBLING, 4));
    symlink(other.parent().unwrap(), &folder).unwrap();
    let finding = place_stops(&desk, &file, &["--accept", "R407"], "R612", "block");
    assert!(finding["detail"].as_str().unwrap().contains(SIBLING), "{finding}");
}

/// Trap R613: the service's own user places, and cannot see who else has the database open.
/// Trap R607: the same user, where the folder is root's.
/// Quiet R607: the same user, where folder and database are its own.
/// Quiet R613: a folder into which nobody else gets.
#[test]
fn a_person_who_is_not_root() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, target) = (rewritten(&desk), desk.target(NEW));
    let base = desk.folder.parent().unwrap().to_path_buf();
    let program = base.join("reseat");
    fs::copy(assert_cmd::cargo::cargo_bin!("reseat"), &program).unwrap();
    let folder = target.parent().unwrap();
    let state = base.join("theirs");
    fs::create_dir(&state).unwrap();
    for path in [&base, &program, &desk.root, &folder.to_path_buf()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for path in [&file, &target] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    chown(&state, Some(NOBODY), Some(NOBODY)).unwrap();
    let place = |more: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["place", file.to_str().unwrap(), "--connector", NEW, "--yes", "--json"]).args(more);
        command.env_clear().env("HOME", &base).env("RESEAT_STATE_DIR", &state).env("RESEAT_HUB_ROOT", &desk.root);
        let output = command.uid(NOBODY).gid(NOBODY).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let document: serde_json::Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), document)
    };
    let before = desk.tree();
    let (status, document) = place(&[]);
    assert_eq!(status, Some(3));
    let sudo = said(&document, "R607", "block")["remedy"].as_str().unwrap().to_owned();
    assert!(sudo.starts_with("sudo ") && sudo.contains(" place ") && sudo.contains("--sha256"), "{sudo}");
    for path in [folder, target.as_path()] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let (status, document) = place(&["--accept", "R613"]);
    assert_eq!(status, Some(3));
    said(&document, "R613", "block");
    assert!(find(&document, "R607").is_none(), "{document}");
    assert!(desk.tree() == before);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let (status, document) = place(&[]);
    assert_eq!(status, Some(0), "{document}");
    assert!(find(&document, "R613").is_none(), "{document}");
}
