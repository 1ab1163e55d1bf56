//! `reseat man`: the manual page, of the program and of each command, made from the definition of the command line.

use anyhow::Context;
use clap::CommandFactory;

use super::failure::Failure;
use crate::arguments::Arguments;

/// Prints the manual page: the program's own, then each command's.
pub fn run() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = Arguments::command();
    command.build();
    render(&command, &mut page)?;
    for one in command.get_subcommands() {
        let named = one.clone().name(format!("reseat-{}", one.get_name()));
        render(&named, &mut page)?;
    }
    super::output::raw(&page);
    Ok(())
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> Result<(), Failure> {
    let manual = clap_mangen::Man::new(command.clone());
    Ok(manual.render(page).context("the manual page could not be made")?)
}
