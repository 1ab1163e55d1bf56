//! A command is asked to end: it is gone within two seconds, and says how to continue.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::desk::{Desk, NEW, OLD, is_root, key};
use crate::support::terminal::Starter;

/// A machine that does other things, too, is slower than two seconds.
const SOON: Duration = Duration::from_secs(4);

struct Ended {
    status: i32,
    stderr: String,
    took: Duration,
}

fn ended(mut child: Child, signal: Signal) -> Ended {
    let begun = Instant::now();
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("{signal}: it goes on");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let took = begun.elapsed();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ended { status: status.code().unwrap_or(-1), stderr, took }
}

#[test]
fn a_server_that_never_answers_keeps_nobody() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let desk = Desk::new();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let words =
            ["--source", "s3://ts-backup", "--endpoint-url", &endpoint, "--region", "eu-1", "inspect", &key(OLD)];
        let mut command = desk.command(&words);
        command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "y").stdout(Stdio::null());
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        // It has asked, and waits.
        let (_asked, _) = silent.accept().unwrap();
        let ended = ended(child, signal);
        assert_eq!(ended.status, status, "{signal}: {}", ended.stderr);
        assert!(ended.took < SOON, "{signal} took {:?}", ended.took);
        assert!(ended.stderr.contains("stopped"), "{}", ended.stderr);
    }
}

#[test]
fn work_that_does_not_end_is_left_with_the_line_that_goes_on_and_what_stands_still() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let base = desk.folder.parent().unwrap().to_path_buf();
    let (stub, group, asked) = (base.join("bin/systemctl"), base.join("cgroup"), base.join("asked"));
    fs::create_dir(base.join("bin")).unwrap();
    fs::write(&group, "0::/system.slice/datahub.service\n").unwrap();
    let script = format!("#!/bin/sh\n[ \"$1\" = stop ] || exit 0\ntouch {}\nexec sleep 60\n", asked.display());
    fs::write(&stub, script).unwrap();
    fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
    let mut holder = Command::new("sleep").arg("120").stdin(fs::File::open(desk.target(NEW)).unwrap()).spawn().unwrap();
    let words = ["restore", &key(OLD), "--new-connector", NEW, "--stop", "--yes"];
    let plain = desk.command(&words);
    let mut command = Command::new("unshare");
    let script = "mount --bind \"$1\" \"/proc/$2/cgroup\" || exit 99; shift 2; exec \"$@\"";
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&group).arg(holder.id().to_string());
    command.arg(plain.get_program()).args(words).env_clear();
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{}", base.join("bin").display(), path.to_string_lossy()));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !asked.exists() {
        if let Some(status) = child.try_wait().unwrap() {
            holder.kill().unwrap();
            holder.wait().unwrap();
            assert_eq!(status.code(), Some(99), "it ended before it stopped the service");
            eprintln!("NOT TRIED: mounting over /proc is not permitted here");
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = ended(child, Signal::SIGHUP);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(ended.status, 129, "{}", ended.stderr);
    assert!(ended.took < SOON, "{:?}", ended.took);
    assert!(ended.stderr.contains("reseat resume 20"), "{}", ended.stderr);
    assert!(ended.stderr.contains("systemctl start datahub.service"), "{}", ended.stderr);
    // And it does go on.
    let line = desk.reseat(&["resume", "--yes", "--json"]).is(0).json();
    assert_eq!(line["state"], "placed");
}

/// A restore that is left on the last screen before it replaces something.
#[test]
fn the_wizard_says_how_to_continue_whatever_ends_it() {
    if !is_root() {
        return;
    }
    for (signal, status) in [(Signal::SIGHUP, 129), (Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let desk = Desk::new();
        let base = desk.folder.parent().unwrap();
        let held = fs::File::open(desk.target(NEW)).unwrap();
        desk.reseat(&["restore", &key(OLD), "--new-connector", NEW, "--yes"]).is(3);
        let mut terminal = Starter::new(&["resume"], base)
            .env("RESEAT_HUB_ROOT", desk.root.to_str().unwrap())
            .env("RESEAT_SOURCE", &desk.source)
            .start();
        terminal.wait_for("R601");
        terminal.signal(signal);
        assert_eq!(terminal.status_within(SOON), status, "{signal}");
        let screen = terminal.screen();
        assert!(!terminal.alternate() && screen.contains("reseat resume 20"), "{signal}: {screen}");
        assert_eq!(terminal.echoes_and_reads_lines(), (true, true));
        drop(held);
        let line = desk.reseat(&["resume", "--yes", "--json"]).is(0).json();
        assert_eq!(line["state"], "placed", "{signal}");
    }
}
