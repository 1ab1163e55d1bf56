//! The steps of a restore, as the commands and the wizard call them: the same functions for both faces.
//!
//! [`Engine`] is what all steps share; clones are cheap. [`Session`] is one restore that this process has; what was chosen
//! and done goes through it into the journal. Functions that take a [`crate::progress::Cancel`] block, and run on a worker.

mod gather;
mod obtain;
mod place;
mod preview;
mod recheck;
mod rewrite;
mod room;
mod session;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use super::RestoreId;
use super::store::{Scratch, Store};
use super::trouble::Trouble;
use crate::config::Settings;
use crate::files::{Files, Real};
use crate::guide::{self, Guide};
use crate::hub::helper::Helper;
use crate::world::World;

pub use obtain::Obtained;
pub use place::{HubLook, ToPlace, receipt_line};
pub use preview::Preview;
pub use recheck::{Rechecked, Still};
pub use rewrite::{Proof, room};
pub use session::Session;
pub use watch::{Checkup, Watched};

/// What all steps share.
#[derive(Clone)]
pub struct Engine {
    /// The machine.
    pub world: World,
    /// What is configured.
    pub settings: Arc<Settings>,
    /// The state folder.
    pub store: Store,
    /// The steps for a person.
    pub guide: Arc<Guide>,
    /// The door to the file system.
    pub files: Arc<dyn Files>,
    /// How a fresh process is started.
    pub helper: Helper,
    open: Arc<Mutex<BTreeMap<RestoreId, Session>>>,
}

impl Engine {
    /// The engine of the real machine.
    pub fn new(world: World, settings: Settings) -> anyhow::Result<Self> {
        let helper = Helper::current().context("the program cannot find itself")?;
        Self::with(world, settings, Arc::new(Real), helper)
    }

    /// The engine with another door to the file system, or another program as its fresh process: for tests.
    pub fn with(world: World, settings: Settings, files: Arc<dyn Files>, helper: Helper) -> anyhow::Result<Self> {
        Ok(Self {
            store: Store::new(settings.state_dir.value.clone(), &world, &files),
            guide: Arc::new(guide::integration_connector()?),
            settings: Arc::new(settings),
            world,
            files,
            helper,
            open: Arc::default(),
        })
    }

    /// Begins a new restore.
    pub fn begin(&self) -> Result<Session, Trouble> {
        let session = Session::new(self, self.store.create()?);
        self.sessions().insert(session.id().clone(), session.clone());
        Ok(session)
    }

    /// The restore of this ID: the one that this process has already, or else taken now (R608, R616).
    pub fn session(&self, id: &RestoreId) -> Result<Session, Trouble> {
        let mut open = self.sessions();
        if let Some(session) = open.get(id) {
            return Ok(session.clone());
        }
        if !self.store.folder(id).is_dir() {
            return Err(Trouble::Missing(format!("there is no restore {id} on this machine")));
        }
        let session = Session::new(self, self.store.open(id)?);
        open.insert(id.clone(), session.clone());
        Ok(session)
    }

    /// The restore that an ID or its unique beginning means.
    pub fn find(&self, beginning: &str) -> Result<Session, Trouble> {
        self.session(&self.store.resolve(beginning)?)
    }

    /// Gives a restore back, so that others may take it; clones of its session keep it until they go.
    pub fn close(&self, id: &RestoreId) {
        self.sessions().remove(id);
    }

    /// A private folder for copies of live databases, removed when it is dropped.
    pub fn scratch(&self) -> Result<Scratch, Trouble> {
        Ok(self.store.scratch()?)
    }

    /// Where the new connector's database lies below a hub root.
    pub fn place_of(root: &std::path::Path, connector: crate::identity::ConnectorId) -> PathBuf {
        root.join(connector.to_string()).join(crate::hub::DATABASE)
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, BTreeMap<RestoreId, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
