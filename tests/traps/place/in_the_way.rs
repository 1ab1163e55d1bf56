//! R504, R601, R608, R610, R611, R614, R615: who and what is in the way when it is replaced.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{SIBLING, dry, find, place_stops, rewritten, run, said, tool};
use crate::desk::{Desk, HUB, NEW, is_root, sample};
use crate::support::terminal::Starter;

/// Trap R601: somebody has the database open.
/// Quiet R601: somebody has the database of another connector open.
#[test]
fn somebody_has_it_open() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let other = fs::File::open(desk.connector(&sample(HUB, SIBLING, 0))).unwrap();
    assert!(find(&dry(&desk, &file, &[]), "R601").is_none());
    drop(other);
    let held = fs::File::open(desk.target(NEW)).unwrap();
    let finding = place_stops(&desk, &file, &["--accept", "R601"], "R601", "block");
    assert!(finding["detail"].as_str().unwrap().contains(&std::process::id().to_string()), "{finding}");
    drop(held);
}

/// Trap R608: another program has the connector's folder locked.
/// Quiet R608: the folder of another connector is locked.
#[test]
fn two_at_once() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let lock = |path: &std::path::Path| {
        let folder = fs::File::open(path.parent().unwrap()).unwrap();
        rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
        folder
    };
    let other = lock(&desk.connector(&sample(HUB, SIBLING, 0)));
    assert!(find(&dry(&desk, &file, &[]), "R608").is_none());
    drop(other);
    let held = lock(&desk.target(NEW));
    place_stops(&desk, &file, &["--accept", "R608"], "R608", "block");
    drop(held);
}

/// Trap R610: a limit of file sizes cuts the write.
/// Quiet R610: a limit that is larger than the file.
#[test]
fn a_write_that_fails() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let before = desk.tree();
    let limited = |limit: u64| {
        let mut command = Command::new("prlimit");
        command.arg(format!("--fsize={limit}")).arg(assert_cmd::cargo::cargo_bin!("reseat"));
        command.args(["place", file.to_str().unwrap(), "--connector", NEW, "--yes", "--json"]);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", desk.root.parent().unwrap()).env("RESEAT_STATE_DIR", &desk.state);
        command.env("RESEAT_HUB_ROOT", &desk.root).stdin(Stdio::null()).output()
    };
    let size = fs::metadata(&file).unwrap().len();
    let Ok(output) = limited(size - 1) else {
        eprintln!("NOT TRIED: prlimit is not here");
        return;
    };
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    said(&serde_json::from_slice(&output.stdout).unwrap(), "R610", "block");
    assert!(desk.tree() == before, "the target is untouched");
    assert_eq!(limited(size * 4).unwrap().status.code(), Some(0));
}

/// Trap R611: the system says that two names were exchanged, and did not do it.
/// Quiet R611: the exchange happened.
#[test]
fn what_is_there_is_not_what_was_written() {
    if !is_root() || !tool("strace", &["-V"]) {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let before = desk.tree();
    let words = ["place", file.to_str().unwrap(), "--connector", NEW, "--yes", "--json"];
    let output = traced(&desk, &["-e", "inject=renameat2:retval=0"], &words);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    said(&serde_json::from_slice(&output.stdout).unwrap(), "R611", "block");
    assert!(desk.tree() == before, "it was undone");
    let document = run(&desk, &words[..4]).is(0).json();
    assert!(find(&document, "R611").is_none());
    assert_eq!(document["verified"], true);
}

/// Runs the binary under strace.
pub fn traced(desk: &Desk, how: &[&str], words: &[&str]) -> std::process::Output {
    let plain = desk.command(words);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]).args(how).arg(plain.get_program()).args(words).env_clear();
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.stdin(Stdio::null()).output().unwrap()
}

/// Trap R504: the file is changed while the person is asked.
/// Quiet R504: it is not.
#[test]
fn a_file_that_changes_after_it_was_looked_into() {
    if !is_root() {
        return;
    }
    for changes in [true, false] {
        let desk = Desk::new();
        let file = rewritten(&desk);
        let before = desk.tree();
        let program = assert_cmd::cargo::cargo_bin!("reseat").to_str().unwrap().to_owned();
        let words = ["place", file.to_str().unwrap(), "--connector", NEW];
        let home = desk.folder.parent().unwrap();
        let mut terminal = Starter::program(&program, &words, home)
            .env("RESEAT_STATE_DIR", desk.state.to_str().unwrap())
            .env("RESEAT_HUB_ROOT", desk.root.to_str().unwrap())
            .size(200, 60)
            .start();
        terminal.wait_for("Replace the database there?");
        if changes {
            let connection = rusqlite::Connection::open(&file).unwrap();
            connection.execute("update Settings set value = 61", []).unwrap();
        }
        terminal.send("y\r");
        if changes {
            terminal.wait_for("R504");
            assert_eq!(terminal.status(), 3);
            assert!(desk.tree() == before, "nothing was changed");
        } else {
            terminal.wait_for("placed ");
            assert_eq!(terminal.status(), 0);
        }
    }
}

/// Trap R615: the copy on the hub is not the file that was announced.
/// Quiet R615: it is.
#[test]
fn another_file_than_announced() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let file = rewritten(&desk);
    let digest = dry(&desk, &file, &[])["sha256"].as_str().unwrap().to_owned();
    let other = digest.replace(['0', '1', '2', '3'], "4");
    place_stops(&desk, &file, &["--sha256", &other, "--accept", "R615"], "R615", "block");
    assert!(find(&dry(&desk, &file, &["--sha256", &digest]), "R615").is_none());
}

/// A process that has a file open, ended when dropped.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Trap R614: the unit that has the database open cannot be stopped: systemctl fails.
/// Quiet R614: systemctl stops it, and the database is replaced.
#[test]
fn a_service_that_cannot_be_stopped() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let (file, base) = (rewritten(&desk), desk.folder.parent().unwrap().to_path_buf());
    let opened = fs::File::open(desk.target(NEW)).unwrap();
    let holder = Holder(Command::new("sleep").arg("120").stdin(opened).spawn().unwrap());
    let pid = holder.0.id();
    let (stub, group) = (base.join("bin/systemctl"), base.join("cgroup"));
    fs::create_dir(base.join("bin")).unwrap();
    fs::write(&group, "0::/system.slice/datahub.service\n").unwrap();
    let stops = |script: &str| {
        use std::os::unix::fs::PermissionsExt;
        fs::write(&stub, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
        let words = ["place", file.to_str().unwrap(), "--connector", NEW, "--stop", "--yes", "--json"];
        let plain = desk.command(&words);
        let mut command = Command::new("unshare");
        // The process is a unit's for whoever looks from in here.
        let script = "mount --bind \"$1\" \"/proc/$2/cgroup\" || exit 99; shift 2; exec \"$@\"";
        command.args(["-m", "sh", "-c", script, "sh"]).arg(&group).arg(pid.to_string());
        command.arg(plain.get_program()).args(words).env_clear();
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{}", base.join("bin").display(), path.to_string_lossy()));
        command.stdin(Stdio::null()).output().unwrap()
    };
    let before = desk.tree();
    let output = stops("echo 'Unit datahub.service is masked.' >&2; exit 5");
    if output.status.code() == Some(99) {
        eprintln!("NOT TRIED: mounting over /proc is not permitted here");
        return;
    }
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let finding = said(&serde_json::from_slice(&output.stdout).unwrap(), "R614", "block");
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.contains("status 5") && detail.contains("masked"), "{detail}");
    assert!(desk.tree() == before);
    let begun = Instant::now();
    let output = stops(&format!("[ \"$1\" != stop ] || kill {pid}"));
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
