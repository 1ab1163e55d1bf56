//! Drives the real binary in a pseudo-terminal: keys in, the screen as text out, every byte counted.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a test waits for something on screen; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A screen that did not change for this long is taken as drawn, and its keys as welcome.
const QUIET: Duration = Duration::from_millis(60);

/// The binary in a terminal.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<Mutex<Seen>>,
}

/// What came from the binary.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    last: Instant,
    ended: bool,
}

/// How to start the binary.
pub struct Starter {
    command: CommandBuilder,
    size: (u16, u16),
}

impl Starter {
    /// `reseat` with these arguments, in an empty home, in a UTF-8 terminal of 80 by 24.
    pub fn new(arguments: &[&str], home: &Path) -> Self {
        Self::program(env!("CARGO_BIN_EXE_reseat"), arguments, home)
    }

    /// Any program in the same surroundings.
    pub fn program(program: &str, arguments: &[&str], home: &Path) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("SHELL", "/bin/sh")] {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home);
        command.env("TMPDIR", home);
        command.env("RESEAT_STATE_DIR", home.join("state"));
        command.env("RESEAT_HUB_ROOT", home.join("datahub"));
        command.cwd(home);
        Self { command, size: (80, 24) }
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Another size of the window: columns, rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// Starts it, and leaves reading to the caller: with both ends dropped the line is cut.
    pub fn start_unread(self) -> (Box<dyn Read + Send>, Box<dyn Write + Send>, Box<dyn Child + Send + Sync>) {
        let (cols, rows) = self.size;
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap(), child)
    }

    /// Starts it.
    pub fn start(self) -> Terminal {
        let (cols, rows) = self.size;
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(at_least_one(rows), at_least_one(cols), 0),
            bytes: Vec::new(),
            last: Instant::now(),
            ended: false,
        }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let theirs = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = theirs.lock().unwrap();
                if read == 0 {
                    seen.ended = true;
                    return;
                }
                seen.parser.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.last = Instant::now();
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Terminal { master: pair.master, writer: Some(writer), child, seen }
    }
}

fn at_least_one(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).unwrap()
}

impl Terminal {
    /// A picture of the screen as it is now, in SVG.
    pub fn picture(&self, title: &str) -> String {
        super::picture::svg(self.seen.lock().unwrap().parser.screen(), title)
    }

    /// The screen as text, without trailing blanks.
    pub fn screen(&self) -> String {
        let seen = self.seen.lock().unwrap();
        let (_, columns) = seen.parser.screen().size();
        let rows: Vec<String> =
            seen.parser.screen().rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }

    /// Whether the alternate screen is on.
    pub fn alternate(&self) -> bool {
        self.seen.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Whether pastes are marked.
    pub fn marks_pastes(&self) -> bool {
        self.seen.lock().unwrap().parser.screen().bracketed_paste()
    }

    /// Whether the cursor is hidden.
    pub fn hides_cursor(&self) -> bool {
        self.seen.lock().unwrap().parser.screen().hide_cursor()
    }

    /// All bytes so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// The terminal's modes: whether it echoes, and whether it reads line by line.
    pub fn echoes_and_reads_lines(&self) -> (bool, bool) {
        let modes = self.master.get_termios().unwrap().local_flags;
        let bits = modes.bits();
        // The constants of Linux: the crate of the modes is not a dependency of ours.
        (bits & 0o10 != 0, bits & 0o2 != 0)
    }

    /// Waits until `wanted` stands on the screen; then until nothing changes any more.
    #[track_caller]
    pub fn wait_for(&self, wanted: &str) -> String {
        self.wait(wanted, |screen| screen.contains(wanted))
    }

    /// Waits until the screen is as `fits` wants it, and quiet.
    #[track_caller]
    pub fn wait(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The end is looked at first: what came before it stands on the screen then.
            let (quiet, ended) = {
                let seen = self.seen.lock().unwrap();
                (seen.last.elapsed() >= QUIET, seen.ended)
            };
            let screen = self.screen();
            if fits(&screen) && (quiet || ended) {
                return screen;
            }
            assert!(!ended, "it ended before {what:?} was there:\n{screen}");
            assert!(Instant::now() < deadline, "{what:?} does not come:\n{screen}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until nothing came for this long.
    pub fn quiet_for(&self, time: Duration) {
        while self.seen.lock().unwrap().last.elapsed() < time {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends keys, as a terminal sends them.
    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Sends keys one by one, as fast as a person types.
    pub fn type_slowly(&mut self, keys: &str) {
        for key in keys.chars() {
            self.send(&key.to_string());
            thread::sleep(Duration::from_millis(15));
        }
    }

    /// Pastes with the marks of bracketed paste.
    pub fn paste(&mut self, text: &str) {
        self.send(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Sends one key and counts the bytes that it costs, once all is drawn.
    pub fn cost(&mut self, key: &str) -> usize {
        self.quiet_for(Duration::from_millis(150));
        let before = self.bytes().len();
        self.send(key);
        let patience = Instant::now() + Duration::from_secs(2);
        while self.bytes().len() == before && Instant::now() < patience {
            thread::sleep(Duration::from_millis(2));
        }
        self.quiet_for(Duration::from_millis(150));
        self.bytes().len() - before
    }

    /// Another size of the window: columns, rows.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.seen.lock().unwrap().parser.screen_mut().set_size(at_least_one(rows), at_least_one(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Sends a signal to the binary.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = i32::try_from(self.pid()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
    }

    /// Its process ID.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until it ends, and gives its exit status.
    #[track_caller]
    pub fn status(&mut self) -> u32 {
        self.status_within(PATIENCE)
    }

    /// The same, within a time.
    #[track_caller]
    pub fn status_within(&mut self, time: Duration) -> u32 {
        let deadline = Instant::now() + time;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last may still be on its way.
                let soon = Instant::now() + Duration::from_secs(1);
                while !self.seen.lock().unwrap().ended && Instant::now() < soon {
                    thread::sleep(Duration::from_millis(5));
                }
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.screen());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
