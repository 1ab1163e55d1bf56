//! `reseat completions SHELL`: made from the definition of the command line.

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};

/// Prints the completions for a shell.
pub fn run(arguments: &Completions) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "reseat", &mut script);
    super::output::raw(&script);
}
