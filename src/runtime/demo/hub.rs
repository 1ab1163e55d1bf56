//! The made-up hub: a folder with connectors, and the service that has their databases open.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::service::{Commands, Service};
use crate::catalog::demo::script::{self, Stored};
use crate::database::sample::Sample;
use crate::hub::DATABASE;
use crate::identity::{ConnectorId, HubId};

/// How many events a connector loads at once after Sync.
const LOADED: u64 = 3;

/// The hub.
pub(super) struct Hub {
    id: HubId,
    connectors: Vec<script::Running>,
    root: PathBuf,
    start: Timestamp,
    service: Arc<Mutex<Service>>,
}

impl Hub {
    /// A hub whose connectors will lie in `root`, and whose processes will be seen in `proc`.
    pub(super) fn new(hub: &script::Hub, root: &Path, proc: &Path, start: Timestamp) -> io::Result<Self> {
        let service = Service::new(&hub.service, root, proc)?;
        Ok(Self {
            id: hub.id,
            connectors: hub.connector.clone(),
            root: root.to_owned(),
            start,
            service: Arc::new(Mutex::new(service)),
        })
    }

    /// What runs the commands that stop and start the service.
    pub(super) fn runner(&self) -> Commands {
        Commands::new(Arc::clone(&self.service))
    }

    /// Makes the connectors that are there from the start, and starts the service.
    pub(super) fn prepare(&self) {
        for connector in &self.connectors {
            let newest = self.start - SignedDuration::from_hours(i64::from(connector.hours));
            let sample = Sample {
                name: connector.name.clone(),
                kind: connector.kind.clone(),
                metadata: connector.metadata.clone(),
                tags: connector.tags.clone(),
                events: connector.events,
                ..Sample::new(self.id, connector.id, newest)
            };
            self.make(connector.id, &sample);
        }
        if let Err(error) = self.service().start() {
            tracing::error!("the service of the demo does not start: {error}");
        }
    }

    /// A connector with this ID appears: empty, and else as the one in the bucket.
    pub(super) fn appear(&self, id: ConnectorId, like: &Stored) {
        let sample = Sample {
            name: like.name.clone(),
            kind: like.kind.clone(),
            metadata: like.metadata.clone(),
            tags: like.tags.clone(),
            ..Sample::new(self.id, id, self.start)
        };
        self.make(id, &sample);
        self.service().hold(&self.database(id));
    }

    /// New events come, if the service runs.
    pub(super) fn load(&self) {
        let connectors = fs::read_dir(&self.root).into_iter().flatten().flatten();
        for connector in connectors {
            // What is empty was never told where to load from.
            self.service().load(&connector.path().join(DATABASE), LOADED);
        }
    }

    /// Ends the service for good.
    pub(super) fn end(&self) {
        self.service().end();
    }

    fn database(&self, id: ConnectorId) -> PathBuf {
        self.root.join(id.to_string()).join(DATABASE)
    }

    /// Makes a connector's folder; it appears whole.
    fn make(&self, id: ConnectorId, sample: &Sample) {
        let make = || -> anyhow::Result<()> {
            let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(&self.root)?;
            sample.create(&aside.path().join(DATABASE))?;
            let folder = self.root.join(id.to_string());
            fs::rename(aside.path(), &folder)?;
            // As the services of real hubs have it: others may look, nobody else may write.
            fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
            Ok(())
        };
        if let Err(error) = make() {
            tracing::error!("a connector of the demo cannot be made: {error:#}");
        }
    }

    fn service(&self) -> std::sync::MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An ID for the new connector of another restore: the same for the same old one.
pub(super) fn made_up(old: ConnectorId) -> ConnectorId {
    let digest = Sha256::digest(format!("new connector for {old}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    ConnectorId::from(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
