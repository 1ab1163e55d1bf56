//! `reseat` alone, `reseat demo`, and `reseat resume` on a terminal: the wizard.

use std::io::IsTerminal;
use std::sync::Arc;

use super::failure::Failure;
use crate::arguments::Global;
use crate::config::Settings;
use crate::files::{Files, Real};
use crate::restore::engine::Engine;
use crate::restore::store::Store;
use crate::runtime::{self, First, Start};
use crate::world::World;

/// Whether `reseat resume` opens the wizard: on a terminal, unless `--yes` goes on without it.
pub(super) fn can_resume(global: &Global) -> bool {
    !global.yes && !global.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Opens the wizard at the restore that is meant.
pub(super) fn resume(global: &Global, world: World, named: Option<&str>) -> Result<(), Failure> {
    let settings = Settings::load(&global.flags(), &world)?;
    let id = super::resume::meant(named, &Engine::new(world.clone(), settings)?)?;
    run(global, world, First::Resume(id.to_string()))
}

/// Runs the wizard until it is left.
pub(super) fn run(global: &Global, world: World, first: First) -> Result<(), Failure> {
    if global.json {
        return Err(Failure::Usage("--json needs a command; the wizard has no JSON".to_owned()));
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::Usage("the wizard needs a terminal; `reseat --help` shows the commands".to_owned()));
    }
    let settings = Settings::load(&global.flags(), &world)?;
    super::log::start(&settings.state_dir.value, first != First::Demo);
    let files: Arc<dyn Files> = Arc::new(Real);
    let store = Store::new(settings.state_dir.value.clone(), &world, &files);
    let start = Start { first, settings, world };
    let left = runtime::run(start);
    store.adopt_everything();
    match left.map_err(Failure::Failed)? {
        0 => Ok(()),
        status => Err(Failure::Said(status)),
    }
}
