//! The unit or container that has a database open: the command that stops it, what else stops, and starting it again.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::identity::ConnectorId;
use crate::world::World;

/// Who runs a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// A systemd unit.
    Systemd,
    /// A container of Docker.
    Docker,
    /// A container of Podman.
    Podman,
}

/// A service that can be stopped and started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Who runs it.
    pub kind: ServiceKind,
    /// Its name, such as `datahub.service`.
    pub name: String,
    /// The other connectors whose databases it has open: they stop with it. Sorted.
    pub stops_also: Vec<ConnectorId>,
}

impl Service {
    /// The words of the command that stops it.
    pub fn stop_words(&self) -> Vec<String> {
        self.words("stop")
    }

    /// The words of the command that starts it.
    pub fn start_words(&self) -> Vec<String> {
        self.words("start")
    }

    fn words(&self, verb: &str) -> Vec<String> {
        let program = match self.kind {
            ServiceKind::Systemd => "systemctl",
            ServiceKind::Docker => "docker",
            ServiceKind::Podman => "podman",
        };
        vec![program.to_owned(), verb.to_owned(), self.name.clone()]
    }
}

/// Stops it, and waits until the command is done. R614 when the command fails.
pub fn stop(world: &World, service: &Service) -> Result<(), Box<Finding>> {
    run(world, &service.stop_words())
}

/// Starts it again. R614 when the command fails.
pub fn start(world: &World, service: &Service) -> Result<(), Box<Finding>> {
    run(world, &service.start_words())
}

fn run(world: &World, words: &[String]) -> Result<(), Box<Finding>> {
    let _ = (world, words);
    todo!()
}
