//! The machine around the program, injectable: the clock, `/proc`, commands of the system, who is typing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use jiff::Timestamp;

/// Everything outside that the core asks for. Tests replace parts of it.
#[derive(Clone)]
pub struct World {
    /// Where processes are looked up; `/proc`, or a made-up tree in tests.
    pub proc: PathBuf,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Runs a command of the system and waits for it.
    pub runner: Arc<dyn RunCommand>,
    /// The environment variables, as at start.
    pub environment: BTreeMap<OsString, OsString>,
}

/// What a command of the system answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its exit status; none when a signal ended it.
    pub status: Option<i32>,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Ran {
    /// Whether it ended with status 0.
    pub fn ok(&self) -> bool {
        self.status == Some(0)
    }
}

/// Runs commands such as `systemctl` or `docker`. Words are passed as they are: no shell is in between.
pub trait RunCommand: Send + Sync {
    /// Runs `program` with `arguments` and waits. An error means that it could not be started.
    fn run(&self, program: &str, arguments: &[&str]) -> std::io::Result<Ran>;
}

struct SystemCommands;

impl RunCommand for SystemCommands {
    fn run(&self, program: &str, arguments: &[&str]) -> std::io::Result<Ran> {
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
        Ok(Ran {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl World {
    /// The real machine.
    pub fn real() -> Self {
        Self {
            proc: PathBuf::from("/proc"),
            // The one place where the clock is read; everything else is given the time.
            #[allow(clippy::disallowed_methods)]
            clock: Arc::new(Timestamp::now),
            runner: Arc::new(SystemCommands),
            environment: std::env::vars_os().collect(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// An environment variable, when it is set, not empty, and UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(&OsString::from(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// Who really types: `SUDO_USER` where there is one, else the user's name.
    pub fn person(&self) -> String {
        self.variable("SUDO_USER").map_or_else(|| self.user(), str::to_owned)
    }

    /// As whom the program runs.
    pub fn user(&self) -> String {
        let uid = nix::unistd::geteuid();
        nix::unistd::User::from_uid(uid).ok().flatten().map_or_else(|| format!("uid {uid}"), |user| user.name)
    }

    /// The name of this machine, up to the first dot.
    pub fn machine(&self) -> String {
        let name = rustix::system::uname();
        let name = name.nodename().to_string_lossy();
        name.split('.').next().unwrap_or_default().to_owned()
    }

    /// Whether the program runs as root.
    pub fn is_root(&self) -> bool {
        nix::unistd::geteuid().is_root()
    }
}
