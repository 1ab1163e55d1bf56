//! The made-up service: a child process of this program that has databases open, as a running connector has, and what
//! `/proc` says of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::database::sample::{self, Held};
use crate::hub::DATABASE;
use crate::world::{Ran, RunCommand, World};

/// The hidden sub-command.
const COMMAND: &str = "__demo-hub";

/// How long the child may take to end.
const PATIENCE: Duration = Duration::from_millis(700);

/// The number of the first pid namespace: a hub is no container.
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// The service.
pub(super) struct Service {
    name: String,
    root: PathBuf,
    proc: PathBuf,
    program: PathBuf,
    child: Option<Child>,
    /// It is not started any more.
    ended: bool,
}

/// Fills the made-up `/proc` with what is true of this machine and of this process.
pub(super) fn prepare_proc(proc: &Path) -> io::Result<()> {
    for name in ["stat", "locks", "uptime"] {
        symlink(Path::new("/proc").join(name), proc.join(name))?;
    }
    let own = proc.join("self");
    fs::create_dir(&own)?;
    for name in ["mountinfo", "mounts", "fd", "status", "stat"] {
        symlink(Path::new("/proc/self").join(name), own.join(name))?;
    }
    fs::create_dir(own.join("ns"))?;
    symlink(FIRST_NAMESPACE, own.join("ns/pid"))?;
    match fs::read_link("/proc/self/ns/mnt") {
        Ok(namespace) => symlink(namespace, own.join("ns/mnt")),
        Err(_) => Ok(()),
    }
}

impl Service {
    /// A service that is not running yet, for the connectors below `root`.
    pub(super) fn new(name: &str, root: &Path, proc: &Path) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        Ok(Self {
            name: name.to_owned(),
            root: root.to_owned(),
            proc: proc.to_owned(),
            program,
            child: None,
            ended: false,
        })
    }

    /// Starts it, when it is not running: it opens every connector's database.
    pub(super) fn start(&mut self) -> io::Result<()> {
        if self.child.is_some() || self.ended {
            return Ok(());
        }
        let child = Command::new(&self.program)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Keys that a shell turns into signals are not for it.
            .process_group(0)
            .spawn()?;
        self.show(child.id())?;
        self.child = Some(child);
        for connector in fs::read_dir(&self.root)?.flatten() {
            let database = connector.path().join(DATABASE);
            if database.is_file() {
                self.hold(&database);
            }
        }
        Ok(())
    }

    /// Ends it, and waits until it has let go of the databases.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // The child ends at the end of its input, so that it never outlives this program.
        drop(child.stdin.take());
        let deadline = Instant::now() + PATIENCE;
        while matches!(child.try_wait(), Ok(None)) {
            if Instant::now() >= deadline {
                let _ = child.kill();
                let _ = child.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // It may be gone already when the whole folder was removed.
        let _ = fs::remove_dir_all(self.proc.join(child.id().to_string()));
    }

    /// Ends it for good.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.stop();
    }

    /// Has it open one more database, if it runs.
    pub(super) fn hold(&mut self, database: &Path) {
        self.tell("hold", database, 0);
    }

    /// Has it add events to a database that is not empty, if it runs.
    pub(super) fn load(&mut self, database: &Path, events: u64) {
        self.tell("load", database, events);
    }

    fn tell(&mut self, what: &str, database: &Path, count: u64) {
        let Some(input) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) else { return };
        // A child that is gone hears nothing; the next look shows that.
        let _ = writeln!(input, "{what} {count} {}", database.display());
    }

    /// Shows the child in the made-up `/proc`, under the name that it plays.
    fn show(&self, pid: u32) -> io::Result<()> {
        let folder = self.proc.join(pid.to_string());
        fs::create_dir(&folder)?;
        let real = Path::new("/proc").join(pid.to_string());
        for name in ["fd", "maps", "stat", "status", "mountinfo", "ns"] {
            symlink(real.join(name), folder.join(name))?;
        }
        fs::write(folder.join("cmdline"), b"node\0/opt/datahub/main.js\0")?;
        fs::write(folder.join("comm"), b"node\n")?;
        fs::write(folder.join("cgroup"), format!("0::/system.slice/{}\n", self.name))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs the commands that stop and start the made-up service, and no others.
#[derive(Clone)]
pub(super) struct Commands {
    service: Arc<Mutex<Service>>,
}

impl Commands {
    pub(super) fn new(service: Arc<Mutex<Service>>) -> Self {
        Self { service }
    }
}

impl RunCommand for Commands {
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran> {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        let fine = |stdout: &str| Ran { status: Some(0), stdout: stdout.to_owned(), stderr: String::new() };
        match (program, arguments) {
            ("systemctl", ["stop", name]) if *name == service.name => {
                service.stop();
                Ok(fine(""))
            }
            ("systemctl", ["start", name]) if *name == service.name => service.start().map(|()| fine("")),
            ("systemctl", ["is-active", .., name]) if *name == service.name => {
                Ok(fine(if service.child.is_some() { "active\n" } else { "inactive\n" }))
            }
            _ => Ok(Ran {
                status: Some(1),
                stdout: String::new(),
                stderr: format!("the demo has no {program}, and no service but {}", service.name),
            }),
        }
    }
}

/// Plays the service when `arguments`, the program's name first, ask for it. Gives the exit status.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<i32> {
    let mut arguments = arguments.into_iter().skip(1);
    (arguments.next()? == COMMAND).then(play)
}

/// Holds and loads what it is told on standard input, until that ends.
fn play() -> i32 {
    let world = World::real();
    let mut held: BTreeMap<PathBuf, Held> = BTreeMap::new();
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let mut words = line.splitn(3, ' ');
        let (Some(what), Some(count), Some(database)) = (words.next(), words.next(), words.next()) else { continue };
        let database = PathBuf::from(database);
        match what {
            "hold" => {
                if let Ok(open) = sample::hold(&database) {
                    held.insert(database, open);
                }
            }
            "load" if held.contains_key(&database) => {
                let count = count.parse().unwrap_or_default();
                // A database that is busy gets its events the next time.
                let _ = sample::append_events(&database, count, world.now());
            }
            _ => {}
        }
    }
    0
}
