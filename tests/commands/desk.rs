//! What a support engineer has in front of them: a source with a healthy backup, a hub with a fresh connector, the binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use reseat::database::sample::Sample;
use reseat::identity::{ConnectorId, HubId};
use reseat::world::World;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::bucket::Bucket;

pub const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
pub const OLD: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
pub const NEW: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";
pub const OTHER_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
pub const EVENTS: u64 = 200;

pub struct Desk {
    _temp: TempDir,
    pub folder: PathBuf,
    pub root: PathBuf,
    pub state: PathBuf,
    pub source: String,
    pub variables: Vec<(&'static str, String)>,
}

pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn is(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The one document on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    /// Each line of standard output as a document.
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub fn hours_ago(hours: i64) -> Timestamp {
    World::real().now().checked_sub(hours.hours()).unwrap()
}

pub fn sample(hub: &str, connector: &str, events: u64) -> Sample {
    let (hub, connector): (HubId, ConnectorId) = (hub.parse().unwrap(), connector.parse().unwrap());
    Sample { events, wal: false, ..Sample::new(hub, connector, hours_ago(3)) }
}

pub fn key(connector: &str) -> String {
    format!("acme-bio/datahub/{HUB}/connector/{connector}/sqlite.db")
}

impl Desk {
    /// A folder as the source.
    pub fn new() -> Self {
        let temp = TempDir::new().unwrap();
        // The folder for temporary files may be a link; the program resolves its own paths.
        let base = fs::canonicalize(temp.path()).unwrap();
        let (folder, root, state) = (base.join("backups"), base.join("hub"), base.join("state"));
        let source = folder.display().to_string();
        let desk = Self { _temp: temp, folder, root, state, source, variables: Vec::new() };
        desk.backup(&sample(HUB, OLD, EVENTS));
        desk.connector(&sample(HUB, NEW, 0));
        desk
    }

    /// Lays a backup into the folder, where its own IDs belong.
    pub fn backup(&self, sample: &Sample) -> PathBuf {
        let path = self.folder.join(key(&sample.connector.to_string()));
        fresh(&path, sample);
        path
    }

    /// Puts a connector onto the hub.
    pub fn connector(&self, sample: &Sample) -> PathBuf {
        let path = self.target(&sample.connector.to_string());
        fresh(&path, sample);
        path
    }

    pub fn target(&self, connector: &str) -> PathBuf {
        self.root.join(connector).join("sqlite.db")
    }

    pub fn backup_path(&self) -> PathBuf {
        self.folder.join(key(OLD))
    }

    /// The binary in an environment of its own: nothing of this person's is read or written.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("reseat"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.root.parent().unwrap()).env("TZ", "UTC").env("RESEAT_STATE_DIR", &self.state);
        command.env("RESEAT_HUB_ROOT", &self.root).env("RESEAT_SOURCE", &self.source);
        command.envs(self.variables.iter().cloned()).args(words).stdin(Stdio::null());
        command
    }

    pub fn reseat(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().unwrap();
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the binary to its end and answers the most memory that it had, in KiB, as the system counts it.
    pub fn peak(&self, words: &[&str]) -> u64 {
        let mut child = self.command(words).stdout(Stdio::null()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let ended = loop {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0).max(peak);
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        assert!(matches!(ended.code(), Some(0 | 1)), "{words:?}: {ended}");
        peak
    }

    /// Everything in the source and on the hub, byte for byte.
    pub fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut tree = BTreeMap::new();
        for folder in [&self.folder, &self.root] {
            walk(folder, &mut tree);
        }
        tree
    }
}

pub fn walk(folder: &Path, tree: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            walk(&path, tree);
        } else {
            let bytes = fs::read(&path).unwrap();
            tree.insert(path, bytes);
        }
    }
}

fn fresh(path: &Path, sample: &Sample) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
    sample.create(path).unwrap();
}

/// The codes of the findings in a document.
pub fn codes(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Placing looks at all processes, which only root sees. Says so loudly where it cannot be tried.
pub fn is_root() -> bool {
    let root = World::real().is_root();
    if !root {
        eprintln!("NOT TRIED: placing needs root, who alone sees which programs have a database open");
    }
    root
}

/// The same desk with an empty bucket as its source.
pub fn with_bucket() -> (Desk, Bucket) {
    let bucket = Bucket::start();
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    (desk, bucket)
}
