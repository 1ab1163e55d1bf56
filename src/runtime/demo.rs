//! The surroundings of `reseat demo`: a folder of its own with a state folder, a hub folder and a bucket, a service that
//! holds the hub's databases open, and a view of `/proc` that shows it. Everything is fake but the code that works on it.

mod hub;
pub(super) mod service;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use tempfile::TempDir;

use crate::catalog::demo::script::Script;
use crate::catalog::{self, Catalog};
use crate::config::{Flags, Settings};
use crate::identity::ConnectorId;
use crate::world::World;
use hub::Hub;

/// How long it takes until the platform's new connector appears, once somebody looks for it.
const APPEARS: Duration = Duration::from_secs(4);

/// How long it takes after Sync until new events come, and how many times they do.
const LOADS: Duration = Duration::from_secs(3);
const ROUNDS: u64 = 4;

/// How long clearing away may take.
const PATIENCE: Duration = Duration::from_millis(800);

/// The variables that would lead out of the made-up surroundings.
const OWN_VARIABLES: [&str; 8] = [
    "RESEAT_SOURCE",
    "RESEAT_ENVIRONMENT",
    "RESEAT_PROFILE",
    "RESEAT_REGION",
    "RESEAT_ENDPOINT_URL",
    "RESEAT_HUB_ROOT",
    "RESEAT_STATE_DIR",
    "RESEAT_WARN_AGE_HOURS",
];

/// The surroundings. [`Demo::clear`] ends the service and removes the folder.
#[derive(Clone)]
pub struct Demo(Arc<Parts>);

struct Parts {
    // Before the folder: whoever has something of it open ends first.
    hub: Arc<Hub>,
    bucket: catalog::demo::Demo,
    script: Script,
    /// The connectors that were asked for, by the one that is restored.
    appeared: Mutex<BTreeMap<ConnectorId, ConnectorId>>,
    ended: Arc<AtomicBool>,
    folder: TempDir,
}

impl Demo {
    /// Makes the surroundings, and gives the machine and the settings that go with them.
    pub fn make(world: &World) -> anyhow::Result<(Self, World, Settings)> {
        let script = Script::read()?;
        let folder = tempfile::Builder::new()
            .prefix("reseat-demo-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .context("no folder for the demo can be made; TMPDIR says where it is tried")?;
        let at = |name: &str| folder.path().join(name);
        for name in ["bucket", "datahub", "state", "proc"] {
            fs::create_dir(at(name))?;
        }
        service::prepare_proc(&at("proc"))?;
        let configuration = format!(
            "hub_root = {}\nstate_dir = {}\n\n[environments.demo]\nbucket = \"{}\"\n",
            quoted(&at("datahub")),
            quoted(&at("state")),
            script.bucket
        );
        fs::write(at("config.toml"), configuration)?;
        let hub = Arc::new(Hub::new(&script.hub, &at("datahub"), &at("proc"), world.now())?);
        let mut world = World { proc: at("proc"), runner: Arc::new(hub.runner()), ..world.clone() };
        for name in OWN_VARIABLES {
            world.environment.remove(std::ffi::OsStr::new(name));
        }
        world.environment.insert("RESEAT_CONFIG".into(), at("config.toml").into());
        let settings = Settings::load(&Flags::default(), &world)?;
        let bucket = catalog::demo::Demo::new(&script, &at("bucket"), world.now());
        let demo =
            Self(Arc::new(Parts { hub, bucket, script, appeared: Mutex::default(), ended: Arc::default(), folder }));
        demo.prepare();
        Ok((demo, world, settings))
    }

    /// The made-up bucket.
    pub fn bucket(&self) -> Arc<dyn Catalog> {
        Arc::new(self.0.bucket.clone())
    }

    /// The line for whoever opens a shell.
    pub fn shell_note(&self) -> String {
        format!("The demo's made-up hub and state are in {}", self.0.folder.path().display())
    }

    /// Somebody looks for the new connector of a restore: it appears after a while, as if it had been made in the platform.
    pub fn look_for(&self, old: ConnectorId) {
        let Some(stored) = self.0.script.stored(old) else { return };
        let mut appeared = self.0.appeared.lock().unwrap_or_else(PoisonError::into_inner);
        if appeared.contains_key(&old) {
            return;
        }
        let id = if appeared.is_empty() { self.0.script.hub.appears } else { hub::made_up(old) };
        appeared.insert(old, id);
        drop(appeared);
        let (hub, stored) = (Arc::downgrade(&self.0.hub), stored.clone());
        thread::spawn(move || {
            thread::sleep(APPEARS);
            if let Some(hub) = hub.upgrade() {
                hub.appear(id, &stored);
            }
        });
    }

    /// Somebody pressed Sync in the platform: the hub's connectors load new events after a while.
    pub fn sync(&self) {
        let hub = Arc::downgrade(&self.0.hub);
        thread::spawn(move || {
            for _ in 0..ROUNDS {
                thread::sleep(LOADS);
                let Some(hub) = hub.upgrade() else { return };
                hub.load();
            }
        });
    }

    /// Removes everything: the program ends. Nothing of the surroundings works any more after this.
    pub fn clear(&self) {
        self.0.ended.store(true, Ordering::SeqCst);
        self.0.hub.end();
        let deadline = Instant::now() + PATIENCE;
        // What is being made at this moment can get in the way once.
        while fs::remove_dir_all(self.0.folder.path()).is_err() && self.0.folder.path().exists() {
            if Instant::now() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Makes the hub, on which the first screen looks, and the bucket's files while that is on its way.
    fn prepare(&self) {
        self.0.hub.prepare();
        let (bucket, ended) = (self.0.bucket.clone(), Arc::clone(&self.0.ended));
        thread::spawn(move || bucket.prepare(&|| !ended.load(Ordering::SeqCst)));
    }
}

/// Clears the surroundings away when it is dropped.
pub struct Cleared(pub Demo);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// A path as TOML has it.
fn quoted(path: &Path) -> String {
    toml::Value::String(path.to_string_lossy().into_owned()).to_string()
}

#[cfg(test)]
mod tests;
