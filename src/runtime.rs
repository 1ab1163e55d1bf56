//! Runs the wizard on a terminal: guard, event loop, effects.
//!
//! [`run`] takes the terminal, draws the first frame, and then sleeps until something comes in: a key, an answer, a signal,
//! or the wizard's own deadline. Work runs on threads of its own ([`work`]); only changed cells are drawn.

mod canvas;
mod clipboard;
mod demo;
mod hangup;
mod input;
mod looks;
mod outside;
mod pace;
mod shell;
mod terminal;
mod turns;
pub mod work;
mod workers;

use std::ffi::OsString;
use std::io::Write;
use std::sync::mpsc;

use anyhow::Context;

use crate::config::Settings;
use crate::view::Theme;
use crate::wizard::{Effect, Shared, Who, Wizard};
use crate::world::World;
use demo::Demo;
use hangup::Hangup;
use terminal::Terminal;
use turns::Turns;
use work::Outside;
use workers::Workers;

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

/// Runs the wizard until it is left, and gives the exit status. Needs a terminal on standard input and output: without one
/// it is wrong usage, and said.
pub fn run(start: Start) -> anyhow::Result<i32> {
    if !Terminal::is_there() {
        eprintln!("reseat: the wizard needs a terminal. The commands work without one: reseat --help");
        return Ok(2);
    }
    let Start { first, mut settings, mut world } = start;
    let mut demo = None;
    if first == First::Demo {
        let (made, its_world, its_settings) = Demo::make(&world)?;
        (world, settings, demo) = (its_world, its_settings, Some(made));
    }
    // Goes last, on every way out of here.
    let _cleared = demo.clone().map(demo::Cleared);
    let (sender, receiver) = mpsc::channel();
    let last = demo.clone();
    let clear = move || last.iter().for_each(Demo::clear);
    let hangup = Hangup::watch(sender.clone(), clear).context("signals cannot be watched")?;
    terminal::restore_on_panic();
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the threads of the network could not be started")?;
    let outside = Outside::new(&world, tokio.handle().clone(), &settings, demo.clone())?;
    let (wizard, effects) = wizard(&first, &settings, &world);
    let turns = Turns {
        theme: Theme::for_environment(|name| world.variable(name)),
        handle: tokio.handle().clone(),
        workers: Workers::new(outside, sender.clone()),
        shell_note: demo.as_ref().map(Demo::shell_note),
        wizard,
        world,
        settings,
        receiver,
        sender,
    };
    let exit = turns.run(effects, hangup).context("the terminal could not be used")?;
    // Work that does not end is not waited for.
    tokio.shutdown_background();
    let mut out = std::io::stdout();
    for line in &exit.farewell {
        // A terminal that is gone does not take it.
        let _ = writeln!(out, "{line}");
    }
    Ok(exit.status)
}

/// Plays the demo's service when the command line (the program's name first) asks for it. Gives the exit status.
pub fn demo_service(arguments: impl IntoIterator<Item = OsString>) -> Option<i32> {
    demo::service::asked(arguments)
}

/// The wizard on its first screen.
fn wizard(first: &First, settings: &Settings, world: &World) -> (Wizard, Vec<Effect>) {
    let who = Who { person: world.person(), user: world.user(), machine: world.machine() };
    // A terminal that does not say how large it is (a serial line) is as large as they used to be.
    let size = Terminal::size().unwrap_or((80, 24));
    let shared = Shared::new(who, *first == First::Demo, size, world.now());
    let knows_restores = settings.state_dir.value.is_dir();
    let screen = match first {
        First::Wizard if knows_restores => work::first_start(settings, None).into(),
        First::Resume(id) => work::first_start(settings, Some(id.clone())).into(),
        First::Wizard | First::Demo => work::first_source(settings).into(),
    };
    Wizard::new(shared, screen)
}
