//! What is configured: `config.toml`, environment variables and the command line, each value with where it comes from.
//! Nothing in it is a secret; a key that looks like one is refused.

mod file;
mod settings;

use std::path::PathBuf;

use serde::Serialize;

pub use file::{ConfigError, Environment};
pub use settings::{Settings, Shown};

/// A commented configuration file, for `reseat config example`.
pub const EXAMPLE: &str = include_str!("../assets/config.example.toml");

/// Where a value comes from, in the words of the JSON. The first of these that has it wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The configuration file.
    File,
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// A value with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub from: Origin,
}

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--source`
    pub source: Option<String>,
    /// `--environment`
    pub environment: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--region`
    pub region: Option<String>,
    /// `--endpoint-url`
    pub endpoint_url: Option<String>,
    /// `--requester-pays`
    pub requester_pays: Option<bool>,
    /// `--hub-root`
    pub hub_root: Option<PathBuf>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
}
