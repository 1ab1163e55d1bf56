//! `reseat compare`: what differs between two backups, or between a backup and a database.

mod told;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Context;
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use super::source::id;
use crate::arguments::Compare;
use crate::database::compare::{self, CompareStage};
use crate::database::glance::{self, Glance};
use crate::hub::DATABASE;
use crate::hub::safe_copy::{CopyError, safe_copy, side_file};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::documents::CompareDocument;
use crate::restore::engine::Engine;
use crate::restore::trouble::Trouble;
use crate::text;

/// One of the two, lying still on this machine.
struct Operand {
    /// What it is called.
    title: String,
    path: PathBuf,
    glance: Glance,
    /// The connector that it was found under, where the file has it.
    connector: Option<ConnectorId>,
    /// Holds the private copy of a live database.
    _scratch: Option<TempDir>,
}

/// Prints what differs; as `diff` does, 0 when nothing does, 1 when something does, 2 when that cannot be said.
pub(super) fn run(arguments: &Compare, context: &Context) -> Result<(), Failure> {
    match compared(arguments, context) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Said(1)),
        Err(failure) => Err(Failure::Trouble(Box::new(failure))),
    }
}

fn compared(arguments: &Compare, context: &Context) -> Result<bool, Failure> {
    let a = context.operand(&arguments.a)?;
    let b = match (&arguments.with_target, &arguments.b) {
        (Some(target), _) => context.target_operand(target)?,
        (None, Some(b)) => context.operand(b)?,
        (None, None) => return Err(Failure::Usage("compare with what? Name B, or add --with-target".to_owned())),
    };
    let aside = if arguments.ids_aside { Some(aside(&a, &b)?) } else { None };
    let comparison = {
        let mut bar = Bar::<CompareStage>::new();
        let mut progress = |progress| bar.show(progress);
        compare::compare(&a.path, &b.path, aside.as_ref(), &context.cancel, &mut progress).map_err(Trouble::from)?
    };
    if context.output.json {
        let (of_a, of_b) = ((&a.glance, a.connector), (&b.glance, b.connector));
        output::document(&CompareDocument::new(&comparison, of_a, of_b, arguments.ids_aside))?;
    } else {
        told::told(&comparison, [&a, &b], arguments.ids_aside, context.output);
    }
    Ok(comparison.same())
}

/// B's IDs as the old ones, A's as the new ones.
fn aside(a: &Operand, b: &Operand) -> Result<Mapping, Failure> {
    let (a, b) = (a.ids("A")?, b.ids("B")?);
    Ok(Mapping { hub: Renamed { old: b.0, new: a.0 }, connector: Renamed { old: b.1, new: a.1 } })
}

impl Operand {
    fn new(
        title: String,
        path: PathBuf,
        found_under: Option<ConnectorId>,
        scratch: Option<TempDir>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let glance = glance::glance(&path, &context.cancel).map_err(Trouble::from)?;
        let connector = found_under.filter(|connector| glance.source(*connector).is_some());
        Ok(Self { title, path, glance, connector, _scratch: scratch })
    }

    fn ids(&self, name: &str) -> Result<(HubId, ConnectorId), Failure> {
        let connector = self.connector.or_else(|| self.glance.connector());
        self.glance.hub.zip(connector).ok_or_else(|| {
            Failure::Usage(format!("--ids-aside needs one hub and one connector in {name}, whose IDs can be read"))
        })
    }
}

impl Context {
    /// A backup of this name, or a file on this machine.
    fn operand(&self, named: &str) -> Result<Operand, Failure> {
        if let Some(path) = self.live(named) {
            return self.copied(&path, None);
        }
        let fetched = self.fetch(named)?.readable(self)?;
        let backup = &fetched.obtained.backup;
        let connector = backup.place.as_ref().map(|place| place.connector);
        let written = backup.modified.map_or_else(String::new, |at| format!(", written {}", text::moment(at)));
        Operand::new(backup.address() + &written, fetched.obtained.path.clone(), connector, None, self)
    }

    /// The path of a database that somebody may have open: one on the hub, or one with a log beside it.
    fn live(&self, named: &str) -> Option<PathBuf> {
        let path = fs::canonicalize(named).ok().filter(|path| path.is_file())?;
        let root = fs::canonicalize(&self.settings.hub_root.value).ok();
        let logged = |suffix: &&str| fs::metadata(side_file(&path, suffix)).is_ok_and(|status| status.len() > 0);
        let live = root.is_some_and(|root| path.starts_with(root)) || ["-wal", "-journal"].iter().any(|it| logged(&it));
        live.then_some(path)
    }

    /// The database of a connector on this hub, or the one at a path.
    fn target_operand(&self, target: &str) -> Result<Operand, Failure> {
        if target.contains('/') || Path::new(target).exists() {
            let path = PathBuf::from(target);
            return self.copied(&if path.is_dir() { path.join(DATABASE) } else { path }, None);
        }
        let connector: ConnectorId = id(target, "connector")?;
        self.copied(&Engine::place_of(&self.settings.hub_root.value, connector), Some(connector))
    }

    /// A private copy of a database that may be live.
    fn copied(&self, path: &Path, connector: Option<ConnectorId>) -> Result<Operand, Failure> {
        let scratch = self.engine()?.scratch()?;
        let shown = text::printable(&path.display().to_string());
        let copy = safe_copy(path, scratch.path(), &self.cancel).map_err(|error| match error {
            CopyError::Missing(_) => Failure::missing(format!("there is no database at {shown}")),
            CopyError::Cancelled(_) => Failure::Stopped,
            other => Failure::Failed(other.into()),
        })?;
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let connector = connector.or_else(|| folder.and_then(|name| name.parse().ok()));
        Operand::new(shown, copy, connector, Some(scratch), self)
    }
}
