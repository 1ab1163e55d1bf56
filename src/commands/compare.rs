//! `reseat compare`: what differs between two backups, or between a backup and a database.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Context;
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use super::source::id;
use crate::arguments::{Chosen, Compare};
use crate::database::compare::{self, CompareStage};
use crate::database::header::{self, Length};
use crate::hub::DATABASE;
use crate::hub::safe_copy::side_file;
use crate::identity::{ConnectorId, Mapping};
use crate::restore::comparison::{self, Side, Telling};
use crate::restore::documents::CompareDocument;
use crate::restore::engine::Engine;
use crate::restore::trouble::Trouble;
use crate::text;

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
    let found = {
        let mut bar = Bar::<CompareStage>::new();
        let mut progress = |progress| bar.show(progress);
        compare::compare(&a.path, &b.path, aside.as_ref(), &context.cancel, &mut progress).map_err(Trouble::from)?
    };
    a.is_unchanged()?;
    b.is_unchanged()?;
    if context.output.json {
        let (of_a, of_b) = ((&a.glance, a.connector), (&b.glance, b.connector));
        output::document(&CompareDocument::new(&found, of_a, of_b, arguments.ids_aside))?;
    } else {
        let telling = Telling { names: ["A", "B"], aside: arguments.ids_aside, columns: output::columns() };
        for line in telling.lines(&found, [&a, &b]) {
            context.output.line(&line);
        }
    }
    Ok(found.same())
}

/// B with the IDs of A.
fn aside(a: &Side, b: &Side) -> Result<Mapping, Failure> {
    let ids = |side: &Side, name| {
        side.ids().ok_or_else(|| {
            Failure::Usage(format!("--ids-aside needs one hub and one connector in {name}, whose IDs can be read"))
        })
    };
    Ok(comparison::aside(ids(b, "B")?, ids(a, "A")?))
}

impl Context {
    /// A backup of this name, or a file on this machine: one that lies still is read where it is.
    fn operand(&self, named: &str) -> Result<Side, Failure> {
        if let Some(path) = self.live(named) {
            return self.copied(&path, None);
        }
        if let Some(side) = self.in_place(named)? {
            return Ok(side);
        }
        let fetched = self.fetch(&Chosen { backup: named.to_owned(), as_of: None })?.readable(self)?;
        let backup = &fetched.obtained.backup;
        let connector = backup.place.as_ref().map(|place| place.connector);
        let written = backup.modified.map_or_else(String::new, |at| format!(", written {}", text::moment(at)));
        Ok(Side::still(backup.address() + &written, &fetched.obtained.path, connector, &self.cancel)?)
    }

    /// A file on this machine that SQLite can read. What else it is, the way of a backup says.
    fn in_place(&self, named: &str) -> Result<Option<Side>, Failure> {
        let path = Path::new(named);
        let Ok(status) = fs::metadata(path) else { return Ok(None) };
        let readable = || {
            let header = header::read(path).ok()?;
            (header.is_sqlite() && !matches!(header.length, Length::Shorter { .. })).then_some(())
        };
        if !status.is_file() || readable().is_none() {
            return Ok(None);
        }
        let written = status.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
        let written = written.map_or_else(String::new, |at| format!(", written {}", text::moment(at)));
        let title = text::printable(&path.display().to_string()) + &written;
        Ok(Some(Side::still(title, path, None, &self.cancel)?))
    }

    /// The path of a database that somebody may have open: one on the hub, or one with a log beside it.
    fn live(&self, named: &str) -> Option<PathBuf> {
        let path = fs::canonicalize(named).ok().filter(|path| path.is_file())?;
        let root = fs::canonicalize(&self.settings.hub_root.value).ok();
        let logged = |suffix: &str| fs::metadata(side_file(&path, suffix)).is_ok_and(|status| status.len() > 0);
        let live = root.is_some_and(|root| path.starts_with(root)) || ["-wal", "-journal"].into_iter().any(logged);
        live.then_some(path)
    }

    /// The database of a connector on this hub, or the one at a path.
    fn target_operand(&self, target: &str) -> Result<Side, Failure> {
        if target.contains('/') || Path::new(target).exists() {
            let path = PathBuf::from(target);
            return self.copied(&if path.is_dir() { path.join(DATABASE) } else { path }, None);
        }
        let connector: ConnectorId = id(target, "connector")?;
        self.copied(&Engine::place_of(&self.settings.hub_root.value, connector), Some(connector))
    }

    /// A private copy of a database that may be live.
    fn copied(&self, path: &Path, connector: Option<ConnectorId>) -> Result<Side, Failure> {
        Ok(Side::live(&self.engine()?, path, connector, &self.cancel)?)
    }
}
