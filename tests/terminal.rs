//! The real binary in a pseudo-terminal: what it does to the terminal, and how it leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Read;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

#[path = "terminal/browsing.rs"]
mod browsing;
mod support;
use support::terminal::{Starter, Terminal};

/// The demo on its first screen.
fn demo(home: &tempfile::TempDir) -> Terminal {
    let terminal = Starter::new(&["demo"], home.path()).start();
    terminal.wait_for("q leave");
    terminal
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Nothing of the modes is left, and nothing of the demo.
#[track_caller]
fn is_as_before(terminal: &Terminal, home: &tempfile::TempDir) {
    assert_eq!(terminal.echoes_and_reads_lines(), (true, true), "raw mode is left on");
    assert!(!terminal.alternate(), "the alternate screen is left on");
    assert!(!terminal.marks_pastes(), "bracketed paste is left on");
    assert!(!terminal.hides_cursor(), "the cursor is left hidden");
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "the demo leaves {left:?}");
}

/// A screen without the lines that change by themselves: how much is free on a disk.
fn lasting(screen: &str) -> Vec<String> {
    screen.lines().filter(|line| !line.contains("iB")).map(str::to_owned).collect()
}

#[test]
fn q_leaves_the_terminal_as_it_was() {
    let home = home();
    let mut terminal = Starter::new(&["demo"], home.path()).start();
    let asked = Instant::now();
    terminal.wait_for("q leave");
    println!("the first frame stood there after about {} ms", asked.elapsed().as_millis());
    assert_eq!(terminal.echoes_and_reads_lines(), (false, false));
    assert!(terminal.alternate() && terminal.marks_pastes() && terminal.hides_cursor());
    assert!(terminal.screen().contains("DEMO"), "{}", terminal.screen());
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn ctrl_c_twice_leaves_like_q() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.send("\x03");
    terminal.wait_for("Ctrl-C once more leaves");
    terminal.send("\x03");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn signals_leave_within_two_seconds() {
    for (signal, status) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129), (Signal::SIGINT, 130)] {
        let home = home();
        let mut terminal = demo(&home);
        terminal.signal(signal);
        assert_eq!(terminal.status_within(Duration::from_secs(2)), status, "{signal}");
        is_as_before(&terminal, &home);
    }
}

#[test]
fn a_cut_line_ends_it_and_its_children() {
    let home = home();
    let (mut reader, writer, mut child) = Starter::new(&["demo"], home.path()).start_unread();
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&said).contains("leave") {
        let read = reader.read(&mut buffer).unwrap();
        said.extend_from_slice(&buffer[..read]);
    }
    drop(writer);
    drop(reader);
    let deadline = Instant::now() + Duration::from_secs(3);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "the demo leaves {left:?}");
}

#[test]
fn nothing_is_drawn_and_next_to_nothing_done_while_idle() {
    let home = home();
    let terminal = demo(&home);
    terminal.quiet_for(Duration::from_millis(2500));
    let (bytes, woken) = (terminal.bytes().len(), wakeups(terminal.pid()));
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(terminal.bytes().len(), bytes, "something is drawn while nothing happens");
    let woken = wakeups(terminal.pid()) - woken;
    assert!(woken <= 10, "{woken} wakeups in 2 s: only the look whether the terminal is there is allowed");
}

/// How often the threads of a process have slept and been woken.
fn wakeups(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let switches = tasks.filter_map(|task| {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?.to_owned();
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    switches.sum()
}

#[test]
fn a_small_window_says_so_and_the_screen_comes_back() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.wait_for("✓ Free space");
    let before = terminal.screen();
    terminal.resize(40, 5);
    terminal.wait_for("reseat needs 60 columns and 20 rows.");
    terminal.send("?");
    // A key that comes in the same moment as a new size would be read with the next key only.
    std::thread::sleep(Duration::from_millis(300));
    // Two sizes later the key was read for sure, while the window is still too small for it.
    for columns in [41, 42] {
        terminal.resize(columns, 5);
        terminal.wait_for(&format!("This window has {columns} columns"));
    }
    terminal.resize(1, 1);
    terminal.resize(120, 40);
    terminal.wait_for("○Finish");
    terminal.resize(80, 24);
    let before = lasting(&before);
    terminal.wait("the screen as it was", |screen| lasting(screen) == before);
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn a_shell_owns_the_terminal_and_exit_comes_back() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.send("s");
    terminal.wait_for("exit, or Ctrl-D, comes back");
    assert!(!terminal.alternate());
    assert_eq!(terminal.echoes_and_reads_lines(), (true, true));
    terminal.type_slowly("echo $((6*7)) $RESEAT_SHELL\r");
    terminal.wait_for("42 1");
    // Ctrl-C in the shell is the shell's.
    terminal.send("\x03");
    terminal.type_slowly("exit\r");
    terminal.wait_for("q leave");
    assert_eq!(terminal.echoes_and_reads_lines(), (false, false));
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn a_signal_while_a_shell_is_open_ends_both() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.send("s");
    terminal.wait_for("exit, or Ctrl-D, comes back");
    terminal.signal(Signal::SIGTERM);
    assert_eq!(terminal.status_within(Duration::from_secs(2)), 143);
    is_as_before(&terminal, &home);
}

#[test]
fn stopped_from_outside_it_gives_the_terminal_back_and_takes_it_again() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.signal(Signal::SIGTSTP);
    let deadline = Instant::now() + Duration::from_secs(5);
    while terminal.alternate() || terminal.echoes_and_reads_lines() != (true, true) {
        assert!(Instant::now() < deadline, "the terminal is not given back");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    terminal.signal(Signal::SIGCONT);
    terminal.wait("the screen again", |screen| screen.contains("q leave"));
    assert_eq!(terminal.echoes_and_reads_lines(), (false, false));
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn ctrl_z_stops_it_and_fg_goes_on() {
    let home = home();
    let mut terminal = Starter::program("/bin/sh", &["-i"], home.path()).env("PS1", "shell> ").start();
    terminal.wait_for("shell>");
    terminal.type_slowly(&format!("{} demo\r", env!("CARGO_BIN_EXE_reseat")));
    let before = terminal.wait("all of the screen", |screen| screen.contains("q leave") && screen.contains("✓ Free"));
    let before = lasting(&before);
    terminal.send("\x1a");
    terminal.wait("the shell again", |screen| screen.contains("Stopped") || screen.contains("Suspended"));
    assert!(!terminal.alternate() && !terminal.marks_pastes() && !terminal.hides_cursor());
    terminal.type_slowly("echo $((6*7))\r");
    terminal.wait_for("\n42");
    terminal.type_slowly("fg\r");
    terminal.wait("the screen as it was", |screen| lasting(screen) == before);
    assert!(terminal.alternate() && terminal.marks_pastes());
    assert_eq!(terminal.echoes_and_reads_lines(), (false, false));
    terminal.send("q");
    terminal.wait("the shell at the end", |screen| screen.trim_end().ends_with("shell>"));
    terminal.type_slowly("exit\r");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn ctrl_z_opens_a_shell_where_nobody_could_continue_it() {
    let home = home();
    let mut terminal = demo(&home);
    terminal.send("\x1a");
    terminal.wait_for("exit, or Ctrl-D, comes back");
    terminal.type_slowly("exit\r");
    terminal.wait_for("q leave");
    terminal.send("q");
    assert_eq!(terminal.status(), 0);
    is_as_before(&terminal, &home);
}

#[test]
fn a_terminal_that_is_gone_without_a_signal_ends_it_and_is_not_asked_all_the_time() {
    let home = home();
    let works = std::process::Command::new("env").args(["--block-signal=HUP", "true"]).status();
    if !works.is_ok_and(|status| status.success()) {
        eprintln!("NOT TESTED: a lost terminal without its signal, because env cannot hold a signal back here");
        return;
    }
    let arguments = ["--block-signal=HUP", env!("CARGO_BIN_EXE_reseat"), "demo"];
    let (mut reader, writer, mut child) = Starter::program("env", &arguments, home.path()).start_unread();
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&said).contains("leave") {
        let read = reader.read(&mut buffer).unwrap();
        said.extend_from_slice(&buffer[..read]);
    }
    let pid = child.process_id().unwrap();
    let before = busy(pid);
    drop(writer);
    drop(reader);
    let begun = Instant::now();
    let mut spent = 0;
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(6), "it goes on without a terminal");
        spent = spent.max(busy(pid).saturating_sub(before));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(spent < 50, "{spent} hundredths of a second of work on a terminal that is gone");
}

/// The processor time of a process, in hundredths of a second.
fn busy(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace()).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

#[test]
fn without_a_terminal_it_says_so() {
    let home = home();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_reseat"))
        .arg("demo")
        .env("HOME", home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"), "{output:?}");
}

/// What [`a_panic_is_readable`] runs in a terminal of its own: a wizard whose clock panics after a while.
#[test]
#[ignore = "a part of another test"]
fn panics_inside() {
    use reseat::runtime::{First, Start, run};
    let mut world = reseat::world::World::real();
    let real = world.clock.clone();
    let calls = std::sync::atomic::AtomicUsize::new(0);
    world.clock = std::sync::Arc::new(move || {
        let calls = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        assert!(calls < 12, "the clock broke");
        real()
    });
    let settings = reseat::config::Settings::load(&reseat::config::Flags::default(), &world).unwrap();
    run(Start { first: First::Wizard, settings, world }).unwrap();
}

#[test]
fn a_panic_is_readable() {
    let home = home();
    let own = std::env::current_exe().unwrap();
    let arguments = ["--exact", "panics_inside", "--ignored", "--nocapture", "--test-threads=1"];
    let mut terminal = Starter::program(own.to_str().unwrap(), &arguments, home.path()).start();
    // Each key asks for the time; sooner or later it panics.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !terminal.screen().contains("the clock broke") {
        assert!(Instant::now() < deadline, "{}", terminal.screen());
        terminal.send("j");
        std::thread::sleep(Duration::from_millis(20));
    }
    terminal.status();
    assert!(terminal.screen().contains("the clock broke"), "{}", terminal.screen());
    assert!(!terminal.alternate() && !terminal.marks_pastes() && !terminal.hides_cursor());
    assert_eq!(terminal.echoes_and_reads_lines(), (true, true));
}
