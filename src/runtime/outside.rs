//! What work needs from outside: the machine, what is in force, and what stays open between jobs.

use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use anyhow::Context;

use super::demo::Demo;
use super::looks::Looks;
use super::work::{Job, Listed, Opened};
use crate::catalog::demo::script::Script;
use crate::catalog::{self, Catalog, CatalogError, SourceKind, SourceSpec};
use crate::config::Settings;
use crate::database::FileFacts;
use crate::hub::discover::{Discovery, HubConnector};
use crate::progress::{Cancel, Cancelled};
use crate::restore::engine::Engine;
use crate::restore::store::Scratch;
use crate::restore::trouble::Trouble;
use crate::wizard::backup;
use crate::wizard::effect::Work;
use crate::wizard::place::{self, Tick};
use crate::wizard::target;
use crate::world::World;

/// The step of the list after which a connector loads events.
const SYNC: &str = "sync";

/// A source that is open, under the words that it was asked for with.
type Open = (SourceSpec, Arc<dyn Catalog>);

/// What is inside a restored file, under its digest.
type Restored = (String, Arc<FileFacts>);

/// What work needs from outside. Clones share what stays open.
#[derive(Clone)]
pub struct Outside {
    /// The machine.
    pub world: World,
    /// Runs what is asynchronous: the bucket.
    pub handle: tokio::runtime::Handle,
    /// What is in force.
    pub settings: Arc<Settings>,
    /// The steps of a restore, as the commands call them, too.
    pub engine: Engine,
    /// The hub folder, looked at again and again: a database that did not change is not read twice.
    discovery: Arc<Mutex<Option<(Discovery, Scratch)>>>,
    /// The restored file that was looked into last, under its digest.
    restored: Arc<Mutex<Option<Restored>>>,
    /// Sources stay open: credentials that were pasted live in them.
    sources: Arc<Mutex<Vec<Open>>>,
    /// What looks into backups told.
    pub(super) looks: Looks,
    /// What the last search has listed, of one source.
    pub(super) objects: Arc<tokio::sync::Mutex<Option<Listed>>>,
    /// The backup that is browsed where it lies.
    pub(super) far: Arc<Mutex<Option<Opened>>>,
    demo: Option<Demo>,
}

impl Outside {
    /// A machine with nothing open.
    pub fn new(
        world: &World,
        handle: tokio::runtime::Handle,
        settings: &Settings,
        demo: Option<Demo>,
    ) -> anyhow::Result<Self> {
        let engine = Engine::new(world.clone(), settings.clone())?;
        let (settings, looks) = (Arc::new(settings.clone()), Looks::new(&settings.state_dir.value));
        Ok(Self {
            world: world.clone(),
            handle,
            settings,
            engine,
            discovery: Arc::default(),
            restored: Arc::default(),
            sources: Arc::default(),
            looks,
            objects: Arc::default(),
            far: Arc::default(),
            demo,
        })
    }

    /// The open source for `spec`; opened when it is asked for first. Nothing is asked of the source itself.
    pub fn catalog(&self, spec: &SourceSpec) -> Result<Arc<dyn Catalog>, CatalogError> {
        let mut open = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, catalog)) = open.iter().find(|(known, _)| known == spec) {
            return Ok(Arc::clone(catalog));
        }
        let catalog = match (&self.demo, &spec.kind) {
            // In the demo every bucket is the made-up one: nothing is asked over a network.
            (Some(demo), SourceKind::S3 { .. }) => demo.bucket(),
            _ => catalog::open(spec, &self.world)?,
        };
        open.push((spec.clone(), Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// Opens this source for `spec`.
    #[cfg(test)]
    pub(super) fn lend(&self, spec: &SourceSpec, catalog: Arc<dyn Catalog>) {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).push((spec.clone(), catalog));
    }

    /// What is made up, in the demo.
    pub fn made_up(&self) -> Option<Script> {
        self.demo.as_ref().and_then(|_| Script::read().ok())
    }

    /// Where downloads, safety copies and journals are kept.
    pub fn state_dir(&self) -> &Path {
        &self.settings.state_dir.value
    }

    /// The folder that holds the connectors' folders, where this machine has one: that of an environment, or of the
    /// configuration in force.
    pub fn hub_root(&self, environment: Option<&str>) -> Option<PathBuf> {
        Some(hub_root_of(&self.settings, environment)).filter(|root| root.is_dir())
    }

    /// What has to be known of work that begins: the browser was left, or, in the demo, the hub plays along.
    pub fn notice(&self, work: &Work) {
        if matches!(work, Work::Inspect(_) | Work::Backup(backup::Work::Backups(..))) {
            *self.far.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let Some(demo) = &self.demo else { return };
        match work {
            Work::Target(target::Work::Watch { old, .. }) => demo.look_for(*old),
            Work::Place(place::Work::Tick { step, tick: Tick::Said, .. }) if step == SYNC => demo.sync(),
            _ => {}
        }
    }

    /// The connectors under a hub root, newest first.
    pub fn connectors(&self, root: &Path, cancel: &Cancel) -> anyhow::Result<Vec<HubConnector>> {
        let mut known = self.discovery.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut discovery, scratch) = if let Some(known) = known.take() {
            known
        } else {
            let scratch = self.engine.scratch().context("there is no room for private copies")?;
            (Discovery::new(scratch.path()), scratch)
        };
        let found = discovery.look(root, self.world.now(), cancel);
        *known = Some((discovery, scratch));
        Ok(found?)
    }

    /// What is inside a restored database. It is read in full once.
    pub fn restored(&self, path: &Path, sha256: &str, cancel: &Cancel) -> Result<Arc<FileFacts>, Trouble> {
        let mut known = self.restored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((digest, facts)) = known.as_ref()
            && digest == sha256
        {
            return Ok(Arc::clone(facts));
        }
        let facts = Arc::new(self.engine.examine(path, cancel, &mut |_| {})?);
        *known = Some((sha256.to_owned(), Arc::clone(&facts)));
        Ok(facts)
    }

    /// Waits for something asynchronous, and drops it as soon as the job is cancelled. What is cancelled is not even told
    /// that something has come: it would ask on.
    pub fn wait<T>(&self, job: &Job, future: impl Future<Output = T>) -> Result<T, Cancelled> {
        let (cancel, cancelled) = (job.cancel.clone(), job.cancel.clone());
        let asked = async move {
            while !cancel.is_cancelled() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        self.handle.block_on(async {
            let mut future = pin!(future);
            let unless_cancelled = poll_fn(|context| {
                if cancelled.is_cancelled() {
                    Poll::Ready(Err(Cancelled))
                } else {
                    future.as_mut().poll(context).map(Ok)
                }
            });
            tokio::select! {
                ended = unless_cancelled => ended,
                () = asked => Err(Cancelled),
            }
        })
    }
}

/// The folder of the connectors that goes with an environment; an unknown one has that of the configuration in force.
pub(super) fn hub_root_of(settings: &Settings, environment: Option<&str>) -> PathBuf {
    let named = environment.and_then(|name| settings.with_environment(name).ok());
    named.as_ref().unwrap_or(settings).hub_root.value.clone()
}
