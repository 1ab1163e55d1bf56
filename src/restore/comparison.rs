//! Two databases that lie still on this machine, looked at and told apart: the same for the command and the wizard.

mod told;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::engine::Engine;
use super::store::Scratch;
use super::trouble::Trouble;
use crate::database::glance::{self, Glance};
use crate::hub::safe_copy::{CopyError, safe_copy};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::progress::Cancel;
use crate::text;

pub use told::Telling;

/// One of the two.
#[derive(Debug)]
pub struct Side {
    /// What it is called; printable.
    pub title: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What a quick look tells.
    pub glance: Glance,
    /// The connector that it was found under, where the file has it.
    pub connector: Option<ConnectorId>,
    /// The file's length and time when it was opened; none of a private copy.
    opened: Option<(u64, SystemTime)>,
    /// Holds the private copy of a live database.
    _scratch: Option<Scratch>,
}

impl Side {
    /// A file that lies still.
    pub fn still(title: String, path: &Path, under: Option<ConnectorId>, cancel: &Cancel) -> Result<Self, Trouble> {
        Self::new(title, path.to_owned(), under, None, cancel)
    }

    /// A private copy of a database that somebody may have open.
    pub fn live(engine: &Engine, path: &Path, under: Option<ConnectorId>, cancel: &Cancel) -> Result<Self, Trouble> {
        let scratch = engine.scratch()?;
        let shown = text::printable(&path.display().to_string());
        let copy = safe_copy(path, scratch.path(), cancel).map_err(|error| match error {
            CopyError::Missing(_) => Trouble::Missing(format!("there is no database at {shown}")),
            CopyError::Cancelled(_) => Trouble::Cancelled,
            other => Trouble::Failed(other.into()),
        })?;
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let under = under.or_else(|| folder.and_then(|name| name.parse().ok()));
        Self::new(shown, copy, under, Some(scratch), cancel)
    }

    fn new(
        title: String,
        path: PathBuf,
        under: Option<ConnectorId>,
        scratch: Option<Scratch>,
        cancel: &Cancel,
    ) -> Result<Self, Trouble> {
        // A private copy takes in its log when it is opened, and nobody else writes to it.
        let opened = if scratch.is_none() { stamp(&path) } else { None };
        let glance = glance::glance(&path, cancel)?;
        let connector = under.filter(|connector| glance.source(*connector).is_some());
        Ok(Self { title, path, glance, connector, opened, _scratch: scratch })
    }

    /// Whether nobody wrote to the file while it was read.
    pub fn is_unchanged(&self) -> Result<(), Trouble> {
        if self.opened.is_none() || stamp(&self.path) == self.opened {
            return Ok(());
        }
        Err(Trouble::Failed(anyhow::anyhow!("{} was changed while it was read; compare it once more", self.title)))
    }

    /// Its hub and connector, where there is one of each.
    pub fn ids(&self) -> Option<(HubId, ConnectorId)> {
        self.glance.hub.zip(self.connector.or_else(|| self.glance.connector()))
    }
}

fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let status = std::fs::metadata(path).ok()?;
    Some((status.len(), status.modified().ok()?))
}

/// The mapping that gives one database the IDs of another.
pub fn aside(of: (HubId, ConnectorId), to: (HubId, ConnectorId)) -> Mapping {
    Mapping { hub: Renamed { old: of.0, new: to.0 }, connector: Renamed { old: of.1, new: to.1 } }
}
