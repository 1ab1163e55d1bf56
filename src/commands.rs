//! The commands: one function each, over the same library calls as the wizard. Nothing is asked but for consent to an act,
//! and only on a terminal.
//!
//! A command gives its result on standard output, as text or as JSON; progress and messages go to standard error. Its
//! exit status is 0, or that of its `Failure`.

mod ask;
mod audit;
mod backup;
mod bar;
mod check;
mod compare;
mod completions;
mod config;
mod explain;
mod failure;
mod inspect;
mod list;
mod log;
mod man;
mod output;
mod peek;
mod place;
mod plan;
mod query;
mod restore;
mod restores;
mod resume;
mod rewrite;
mod rollback;
mod service;
mod signals;
mod source;
mod tick;
mod wizard;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use clap::Parser;
use clap::error::ErrorKind;

use self::failure::Failure;
use self::output::Output;
use crate::arguments::{self, Arguments, Command};
use crate::config::{ConfigError, Settings};
use crate::files::{Files, Real};
use crate::finding::Code;
use crate::progress::Cancel;
use crate::restore::store::Store;
use crate::runtime::First;
use crate::world::World;

/// What every command works with.
struct Context {
    world: World,
    settings: Settings,
    output: Output,
    accepted: Vec<Code>,
    yes: bool,
    cancel: Cancel,
    tokio: OnceLock<tokio::runtime::Runtime>,
}

/// Reads the words of the command line, the program's name first, and does what they say. Gives the exit status.
pub fn run(words: Vec<OsString>, world: World) -> i32 {
    crate::files::failing_instead_of_dying();
    output::decide(&world);
    let json = words.iter().any(|word| word == "--json");
    match Arguments::try_parse_from(words) {
        Ok(arguments) => dispatch(arguments, world),
        Err(error) => usage(&error, json),
    }
}

/// What clap has to say: help and version are answers, the rest is wrong usage.
fn usage(error: &clap::Error, json: bool) -> i32 {
    let answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if answer || !json {
        // Nobody is left to read it when it cannot be printed.
        let _ = error.print();
        return if answer { 0 } else { 2 };
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Output { json }.error(&crate::text::printable(first), &[], &[]);
    2
}

fn dispatch(arguments: Arguments, world: World) -> i32 {
    let output = Output { json: arguments.global.json };
    let accepted = arguments.global.accept.clone();
    let cancel = Cancel::default();
    let Some(command) = arguments.command.clone() else {
        return ended(wizard::run(&arguments.global, world, First::Wizard), output, &accepted, None);
    };
    if let Command::Resume(wanted) = &command
        && wizard::can_resume(&arguments.global)
    {
        let resumed = wizard::resume(&arguments.global, world, wanted.restore.as_deref());
        return ended(resumed, output, &accepted, None);
    }
    let caught = match signals::watch(&cancel) {
        Ok(caught) => caught,
        Err(error) => return ended(Err(Failure::Failed(error)), output, &accepted, None),
    };
    let result = match &command {
        // These work without a configuration, a broken one included.
        Command::Explain(arguments) => explain::run(arguments, output),
        Command::Completions(arguments) => {
            completions::run(arguments);
            Ok(())
        }
        Command::Man => man::run(),
        Command::Config(wanted) => config::run(wanted, &arguments.global, &world, output),
        Command::Demo => return ended(wizard::run(&arguments.global, world, First::Demo), output, &accepted, None),
        command => Settings::load(&arguments.global.flags(), &world).map_err(Failure::from).and_then(|settings| {
            log::start(&settings.state_dir.value, keeps_state(command));
            let yes = arguments.global.yes;
            let context =
                Context { world, settings, output, accepted: accepted.clone(), yes, cancel, tokio: OnceLock::new() };
            let done = with_settings(command, &context);
            context.give_back();
            done
        }),
    };
    ended(result, output, &accepted, Some(&caught))
}

impl Context {
    /// What root made in a person's state folder belongs to that person: otherwise they could not go on with it.
    fn give_back(&self) {
        let files: Arc<dyn Files> = Arc::new(Real);
        let store = Store::new(self.settings.state_dir.value.clone(), &self.world, &files);
        store.adopt_everything();
    }
}

/// The commands that need the configuration.
fn with_settings(command: &Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, context),
        Command::Inspect(arguments) => inspect::run(arguments, context),
        Command::Peek(arguments) => peek::run(arguments, context),
        Command::Query(arguments) => query::run(arguments, context),
        Command::Compare(arguments) => compare::run(arguments, context),
        Command::Audit(arguments) => audit::run(arguments, context),
        Command::Plan(arguments) => plan::run(arguments, context),
        Command::Rewrite(arguments) => rewrite::run(arguments, context),
        Command::Place(arguments) => place::run(arguments, context),
        Command::Restore(arguments) => restore::run(arguments, context),
        Command::Rollback(arguments) => rollback::run(arguments, context),
        Command::Restores(arguments) => restores::run(arguments, context),
        Command::Resume(arguments) => resume::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Tick(arguments) => tick::run(arguments, context),
        // These need no settings, and were answered before.
        Command::Explain(_) | Command::Config(_) | Command::Demo | Command::Completions(_) | Command::Man => Ok(()),
    }
}

/// Whether the command keeps something in the state folder.
fn keeps_state(command: &Command) -> bool {
    !matches!(
        command,
        Command::List(_)
            | Command::Peek(_)
            | Command::Audit(arguments::Audit { deep: false, .. })
            | Command::Restores(_)
            | Command::Check(_)
            | Command::Tick(_)
    )
}

/// Says why a command ended, and gives its exit status.
fn ended(result: Result<(), Failure>, output: Output, accepted: &[Code], caught: Option<&signals::Caught>) -> i32 {
    let Err(failure) = result else { return 0 };
    match failure {
        Failure::Told(failure) => ended(Err(*failure), Output { json: false }, accepted, caught),
        Failure::Trouble(failure) => {
            match ended(Err(*failure), output, accepted, caught) {
                // A signal is none of the three answers of `diff`.
                signal @ 129.. => signal,
                _ => 2,
            }
        }
        failure => said(&failure, output, accepted, caught),
    }
}

/// Says the sentence of a failure, and gives its exit status.
fn said(failure: &Failure, output: Output, accepted: &[Code], caught: Option<&signals::Caught>) -> i32 {
    match failure {
        Failure::Usage(message) => output.error(message, &[], accepted),
        Failure::Refused { message, findings } | Failure::Missing { message, findings } => {
            output.error(message, findings, accepted);
        }
        Failure::Stopped => output.error("stopped, as asked", &[], accepted),
        Failure::Failed(error) => output.error(&crate::text::printable(&format!("{error:#}")), &[], accepted),
        Failure::Said(_) | Failure::Told(_) | Failure::Trouble(_) => {}
    }
    match failure {
        Failure::Usage(_) => 2,
        Failure::Refused { .. } => 3,
        Failure::Missing { .. } => 4,
        Failure::Stopped => caught.map_or(130, signals::Caught::status),
        Failure::Failed(_) | Failure::Told(_) | Failure::Trouble(_) => 1,
        Failure::Said(status) => *status,
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(crate::text::printable(&error.to_string()))
    }
}
