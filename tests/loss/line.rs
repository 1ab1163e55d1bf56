//! The line is gone, as when SSH drops: at each step of the wizard the program ends by itself within two seconds, keeps its
//! state, and the restore goes on later. Some steps by default, all of them with `RESEAT_EXHAUSTIVE=1`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::Child;

use crate::desk::{Desk, EVENTS, NEW, is_root};
use crate::support::terminal::Starter;

/// A wizard whose both ends of the line are in hand.
struct Line {
    reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    parser: vt100::Parser,
}

impl Line {
    fn start(desk: &Desk) -> Self {
        let starter = Starter::new(&[], desk.root.parent().unwrap())
            .env("RESEAT_HUB_ROOT", desk.root.to_str().unwrap())
            .env("RESEAT_STATE_DIR", desk.state.to_str().unwrap())
            .env("RESEAT_SOURCE", &desk.source);
        let (reader, writer, child) = starter.start_unread();
        let size = |size| NonZeroU16::new(size).unwrap();
        // Reading blocks: a program that says nothing more is ended, and the test fails.
        let pid = Pid::from_raw(child.process_id().unwrap().cast_signed());
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(120));
            let _ = kill(pid, Signal::SIGKILL);
        });
        Self { reader, writer, child, parser: vt100::Parser::new(size(24), size(80), 0) }
    }

    fn wait_for(&mut self, wanted: &str) {
        let mut buffer = [0; 4096];
        while !self.parser.screen().contents().contains(wanted) {
            let read = self.reader.read(&mut buffer).unwrap_or(0);
            assert!(read > 0, "{wanted:?} does not come:\n{}", self.parser.screen().contents());
            self.parser.process(&buffer[..read]);
        }
        // Its keys are welcome a moment later.
        thread::sleep(Duration::from_millis(150));
    }

    fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Cuts the line, and waits until the program is gone: soon, and without eating the processor meanwhile.
    fn cut(self) {
        let Self { reader, writer, mut child, .. } = self;
        let pid = child.process_id().unwrap();
        let busy = || ticks(pid).unwrap_or(0);
        let before = busy();
        drop(reader);
        drop(writer);
        let (begun, mut used) = (Instant::now(), 0);
        while child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(3), "it goes on without a terminal");
            used = used.max(busy().saturating_sub(before));
            thread::sleep(Duration::from_millis(10));
        }
        assert!(used < 100, "{used} ticks of the processor after the line was cut");
    }
}

/// Processor time of a process, in ticks of 10 ms.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// What stands on the screen before each Enter.
const STEPS: [&str; 11] = [
    "Enter checks this source",
    "✓ Folder",
    "Which organisation?",
    "Which connector was lost",
    "Which version of",
    "✓ It is sound",
    "Enter take it",
    "Enter rewrites a private copy",
    "✓ Yes. Only what was planned",
    "ID from the platform",
    "The restored database is in its place",
];

/// Where the line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    At(usize),
    /// Right after the Enter that replaces.
    WhileItReplaces,
}

fn cut_at(cut: Cut) {
    let desk = Desk::new();
    let before = desk.tree();
    let last = if let Cut::At(step) = cut { step } else { 9 };
    let mut line = Line::start(&desk);
    for (number, wanted) in STEPS.iter().enumerate().take(last + 1) {
        line.wait_for(wanted);
        if number == 9 && (last > 9 || cut == Cut::WhileItReplaces) {
            line.send(NEW);
            line.wait_for(&NEW[24..]);
        }
        if number < last || cut == Cut::WhileItReplaces && number == 9 {
            line.send("\r");
        }
    }
    line.cut();
    assert_kept(&desk, cut, &before);
}

fn assert_kept(desk: &Desk, cut: Cut, before: &BTreeMap<PathBuf, Vec<u8>>) {
    let listed = desk.reseat(&["restores", "--json"]).is(0).lines();
    let restore = listed.iter().find(|line| line["restore"].is_string());
    if let Cut::At(step) = cut
        && step < 10
    {
        assert_eq!(desk.tree(), *before, "{cut:?}: nothing was touched");
        let begun = step >= 5;
        assert_eq!(restore.is_some(), begun, "{cut:?}: {listed:?}");
        if begun {
            let id = restore.unwrap()["restore"].as_str().unwrap();
            assert!(desk.state.join(id).join("backup.db").is_file(), "{cut:?}: the download is kept");
        }
        if step < 7 {
            // No target was chosen yet: a person goes on in the wizard.
            return;
        }
    }
    let placed = restore.is_some_and(|line| line["state"] == "placed");
    if !placed {
        let line = desk.reseat(&["resume", "--yes", "--json"]).is(0).json();
        assert_eq!(line["state"], "placed", "{cut:?}");
    }
    let connection = rusqlite::Connection::open(desk.target(NEW)).unwrap();
    let events: i64 = connection.query_row("select count(*) from Events", [], |row| row.get(0)).unwrap();
    assert_eq!(events.cast_unsigned(), EVENTS, "{cut:?}");
    drop(connection);
    let names: Vec<_> = fs::read_dir(desk.root.join(NEW)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["sqlite.db"], "{cut:?}");
    desk.reseat(&["rollback", &listed_id(desk), "--yes", "--json"]).is(0);
    assert_eq!(desk.tree(), *before, "{cut:?}: and back");
}

fn listed_id(desk: &Desk) -> String {
    let listed = desk.reseat(&["restores", "--json"]).is(0).lines();
    listed.iter().find_map(|line| line["restore"].as_str()).unwrap().to_owned()
}

#[test]
fn a_cut_line_at_any_step_keeps_the_state() {
    if !is_root() {
        return;
    }
    let mut cuts = vec![Cut::At(1), Cut::At(5), Cut::At(8), Cut::WhileItReplaces];
    if std::env::var_os("RESEAT_EXHAUSTIVE").is_some() {
        cuts = (0..STEPS.len()).map(Cut::At).chain([Cut::WhileItReplaces; 5]).collect();
    }
    for cut in cuts {
        cut_at(cut);
        eprintln!("the line was cut: {cut:?}");
    }
}
