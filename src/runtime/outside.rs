//! What work needs from outside: the machine, what is in force, and what stays open between jobs.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::work::Job;
use crate::catalog::{self, Catalog, CatalogError, SourceSpec};
use crate::config::Settings;
use crate::files::{Files, Real};
use crate::hub::helper::Helper;
use crate::progress::Cancelled;
use crate::restore::store::Store;
use crate::world::World;

/// A source that is open, under the words that it was asked for with.
type Open = (SourceSpec, Arc<dyn Catalog>);

/// What work needs from outside. Clones share what stays open.
#[derive(Clone)]
pub struct Outside {
    /// The machine.
    pub world: World,
    /// Runs what is asynchronous: the bucket.
    pub handle: tokio::runtime::Handle,
    /// What is in force.
    pub settings: Arc<Settings>,
    /// The one door to the file system.
    pub files: Arc<dyn Files>,
    /// How a fresh process is started.
    pub helper: Helper,
    /// Sources stay open: credentials that were pasted live in them.
    sources: Arc<Mutex<Vec<Open>>>,
}

impl Outside {
    /// The real machine, with nothing open.
    pub fn new(world: World, handle: tokio::runtime::Handle, settings: Settings) -> io::Result<Self> {
        Ok(Self {
            world,
            handle,
            settings: Arc::new(settings),
            files: Arc::new(Real),
            helper: Helper::current()?,
            sources: Arc::default(),
        })
    }

    /// The open source for `spec`; opened when it is asked for first. Nothing is asked of the source itself.
    pub fn catalog(&self, spec: &SourceSpec) -> Result<Arc<dyn Catalog>, CatalogError> {
        let mut open = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, catalog)) = open.iter().find(|(known, _)| known == spec) {
            return Ok(Arc::clone(catalog));
        }
        let catalog = catalog::open(spec, &self.world)?;
        open.push((spec.clone(), Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// The state folder of this person.
    pub fn store(&self) -> Store {
        Store::new(self.state_dir(), &self.world, &self.files)
    }

    /// Where downloads, safety copies and journals are kept.
    pub fn state_dir(&self) -> &Path {
        &self.settings.state_dir.value
    }

    /// The folder that holds the connectors' folders, where this machine has one.
    pub fn hub_root(&self) -> Option<PathBuf> {
        let root = &self.settings.hub_root.value;
        root.is_dir().then(|| root.clone())
    }

    /// A folder for private copies of live databases, made when it is not there. Only this user may enter it.
    pub fn scratch(&self) -> io::Result<PathBuf> {
        use std::os::unix::fs::DirBuilderExt;
        let folder = self.state_dir().join("scratch");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(folder)
    }

    /// Waits for something asynchronous, and drops it as soon as the job is cancelled.
    pub fn wait<T>(&self, job: &Job, future: impl Future<Output = T>) -> Result<T, Cancelled> {
        let cancel = job.cancel.clone();
        let asked = async move {
            while !cancel.is_cancelled() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        self.handle.block_on(async {
            tokio::select! {
                value = future => Ok(value),
                () = asked => Err(Cancelled),
            }
        })
    }
}
