//! The fresh process: digests, reading back and asking for locks happen in a child.
//!
//! A process that opens and closes a database loses all its own locks on it, so the process that holds the locks never
//! does. The program starts itself with a hidden sub-command.

mod child;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::live::{self, Out};

/// The hidden sub-command.
pub const COMMAND: &str = "__helper";

/// How a fresh process is started.
#[derive(Debug, Clone)]
pub struct Helper {
    program: PathBuf,
}

/// Length and digest of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The digest (SHA-256), in hex.
    pub sha256: String,
    /// The length in bytes.
    pub size: u64,
}

/// What a fresh process found in a placed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// Digest of the file, in hex.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// Why it is not sound; none when it is.
    pub trouble: Option<String>,
    /// The hub IDs in it, as stored, printable.
    pub hubs: Vec<String>,
    /// The connector IDs in its sources, as stored, printable.
    pub connectors: Vec<String>,
    /// How many events it holds, where they could be counted.
    pub events: Option<u64>,
}

/// A lock on a database's lock bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Who holds it; none when that process cannot be seen from here.
    pub pid: Option<u32>,
}

impl Helper {
    /// The running program.
    pub fn current() -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()? })
    }

    /// Another program that knows the hidden sub-command: for tests of the library.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// The digest of each file; none for one that is missing.
    pub fn digests(&self, paths: &[&Path]) -> io::Result<Vec<Option<Digest>>> {
        self.ask("digests", paths)
    }

    /// Reads back what lies at `path`: digest, soundness, IDs. Nothing may write to it meanwhile.
    pub fn read_back(&self, path: &Path) -> io::Result<ReadBack> {
        self.ask("read-back", &[path])
    }

    /// A lock that somebody holds on the database at `path`, if any. A lock of this process counts, too.
    pub fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        self.ask("lock", &[path])
    }

    /// Reads a live database through SQLite into `to`, a private file that is there and empty.
    pub fn read_out(&self, live: &Path, to: &Path) -> io::Result<Out> {
        self.ask("read-out", &[live, to])
    }

    /// Whether two private databases hold the same pages.
    pub fn same_pages(&self, one: &Path, other: &Path) -> io::Result<bool> {
        self.ask("same-pages", &[one, other])
    }

    fn ask<T: DeserializeOwned>(&self, what: &str, paths: &[&Path]) -> io::Result<T> {
        let output =
            Command::new(&self.program).arg(COMMAND).arg(what).args(paths).stdin(Stdio::null()).output().map_err(
                |error| io::Error::new(error.kind(), format!("a fresh process could not be started: {error}")),
            )?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().last().unwrap_or("it said nothing");
            return Err(io::Error::other(crate::text::printable(said)));
        }
        serde_json::from_slice(&output.stdout).map_err(io::Error::other)
    }
}

/// Runs the hidden sub-command when `arguments`, the program's name first, ask for it. Gives the exit status.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<i32> {
    let mut arguments = arguments.into_iter().skip(1);
    (arguments.next()? == COMMAND).then(|| run(&arguments.collect::<Vec<_>>()))
}

/// The hidden sub-command: `arguments` are the words after [`COMMAND`]. Gives the exit status.
pub fn run(arguments: &[OsString]) -> i32 {
    let answer = match arguments {
        [what, paths @ ..] => {
            let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
            answer(what, &paths)
        }
        [] => Err(io::Error::other("nothing is asked")),
    };
    match answer {
        Ok(answer) => {
            println!("{answer}");
            0
        }
        Err(error) => {
            eprintln!("{error}");
            1
        }
    }
}

fn answer(what: &OsStr, paths: &[&Path]) -> io::Result<serde_json::Value> {
    let value = match (what.to_str(), paths) {
        (Some("digests"), paths) => {
            let digests = paths.iter().map(|path| child::digest(path)).collect::<io::Result<Vec<_>>>()?;
            serde_json::to_value(digests)
        }
        (Some("read-back"), [path]) => serde_json::to_value(child::read_back(path)?),
        (Some("read-out"), [live, to]) => serde_json::to_value(live::read_out(live, to).map_err(io::Error::other)?),
        (Some("same-pages"), [one, other]) => serde_json::to_value(live::same_pages(one, other)?),
        (Some("lock"), [path]) => serde_json::to_value(child::lock(path)?),
        _ => return Err(io::Error::other("the helper does not know what is asked")),
    };
    value.map_err(io::Error::other)
}
