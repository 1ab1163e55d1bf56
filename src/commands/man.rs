//! `reseat man`: the manual page, of the program and of each command, made from the definition of the command line.

use anyhow::Context;
use clap::CommandFactory;
use clap_mangen::Man;

use super::failure::Failure;
use super::output;
use crate::arguments::Arguments;

/// Prints the manual page: the program first, then a section for each command.
pub(super) fn run() -> Result<(), Failure> {
    let page = page().context("the manual page could not be made")?;
    output::raw(page.as_bytes());
    Ok(())
}

fn page() -> std::io::Result<String> {
    let mut program = Arguments::command();
    program.build();
    let mut page = Vec::new();
    Man::new(program.clone()).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in program.get_subcommands() {
        let manual = Man::new(command.clone());
        let mut part = Vec::new();
        manual.render_description_section(&mut part)?;
        manual.render_synopsis_section(&mut part)?;
        manual.render_options_section(&mut part)?;
        page.push_str(&format!(".SH \"RESEAT {}\"\n", command.get_name().to_uppercase()));
        // Each part has its own sections; below a command they are one level deeper.
        let part = String::from_utf8_lossy(&part);
        for line in part.lines().filter(|line| !line.starts_with(".ie ") && !line.starts_with(".el ")) {
            match line.strip_prefix(".SH ") {
                Some(heading) => page.push_str(&format!(".SS {heading}\n")),
                None => page.push_str(&format!("{line}\n")),
            }
        }
    }
    Ok(page)
}
