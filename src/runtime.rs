//! Runs the wizard on a terminal: guard, event loop, effects.

pub mod work;

use std::path::PathBuf;

use crate::catalog::SourceSpec;
use crate::world::World;

/// What the wizard starts with.
pub struct Start {
    /// Which screen opens first.
    pub first: First,
    /// What is in force.
    pub settings: Settings,
    /// The machine.
    pub world: World,
}

/// Which screen opens first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// The first screen where this machine knows a restore, else Source.
    Wizard,
    /// The restore with this ID goes on.
    Resume(String),
    /// A made-up bucket and hub: the settings are replaced by made-up ones.
    Demo,
}

/// What the configuration and the command line say, as far as the wizard asks.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where downloads, safety copies and journals are kept.
    pub state_dir: PathBuf,
    /// The folder that holds the connectors' folders on the hub.
    pub hub_root: PathBuf,
    /// Whether somebody named the hub root, or it is only the usual one.
    pub hub_root_named: bool,
    /// The environments of the configuration, in its order.
    pub environments: Vec<Environment>,
    /// The environment that is chosen at start, by its name.
    pub environment: Option<String>,
    /// A source that was named instead of an environment.
    pub source: Option<SourceSpec>,
}

/// One environment of the configuration.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Where its backups are.
    pub source: SourceSpec,
    /// Where it says so: `from the configuration`.
    pub from: String,
}

/// Runs the wizard until it is left, and gives the exit status. Needs a terminal on standard input and output.
pub fn run(start: Start) -> anyhow::Result<i32> {
    let _ = start;
    todo!()
}
