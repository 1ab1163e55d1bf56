//! `reseat config`: what is in force and where each value comes from; an example of the file.

use serde::Serialize;

use super::failure::Failure;
use super::output::{self, Output};
use crate::arguments::{Config, ConfigCommand, Global};
use crate::config::{EXAMPLE, Settings, Shown};
use crate::restore::documents::{ConfigDocument, SCHEMA};
use crate::text;
use crate::world::World;

#[derive(Serialize)]
struct Example {
    schema: u32,
    example: &'static str,
}

/// Prints the values in force, or the example.
pub(super) fn run(arguments: &Config, global: &Global, world: &World, output: Output) -> Result<(), Failure> {
    match arguments.command {
        ConfigCommand::Example if output.json => output::document(&Example { schema: SCHEMA, example: EXAMPLE })?,
        ConfigCommand::Example => output.line(EXAMPLE.trim_end()),
        ConfigCommand::Show => {
            let values = Settings::load(&global.flags(), world)?.shown();
            if output.json {
                output::document(&ConfigDocument { schema: SCHEMA, values })?;
            } else {
                for line in table(&values) {
                    output.line(&line);
                }
            }
        }
    }
    Ok(())
}

fn table(values: &[Shown]) -> Vec<String> {
    let wide = values.iter().map(|row| text::width(row.key)).max().unwrap_or_default();
    let shown = |row: &Shown| row.value.as_deref().map_or_else(|| "-".to_owned(), text::printable);
    let widest = values.iter().map(|row| text::width(&shown(row))).max().unwrap_or_default().min(60);
    values
        .iter()
        .map(|row| {
            let value = shown(row);
            // A long value is never cut: it may be copied from here.
            let value = if text::width(&value) > widest { value } else { text::fit(&value, widest) };
            format!("{}  {value}  {}", text::fit(row.key, wide), row.from.as_str())
        })
        .collect()
}
