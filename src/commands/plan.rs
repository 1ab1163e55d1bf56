//! `reseat plan`: what a restore would change. Writes nothing but the download.

use super::Context;
use super::backup::{Examined, NewIds};
use super::failure::Failure;
use super::output::{self, Output};
use crate::arguments::Plan;
use crate::finding::Verdict;
use crate::restore::documents::PlanDocument;
use crate::restore::engine::Preview;
use crate::text;

/// Prints the mapping, the rows, the examples, the leftovers and the findings; 3 when something blocks.
pub(super) fn run(arguments: &Plan, context: &Context) -> Result<(), Failure> {
    let new = NewIds::read(&arguments.target)?;
    let mut examined = context.examine(&arguments.chosen)?;
    examined.aim(&new, context)?;
    let preview = examined.preview(context)?;
    if context.output.json {
        output::document(&PlanDocument::new(&preview, &examined.facts, |finding| context.accepts(finding)))?;
    } else {
        show(&examined, &preview, context.output);
        context.output.findings(&preview.findings, &context.accepted);
    }
    if preview.verdict() == Verdict::Block { Err(Failure::Said(3)) } else { Ok(()) }
}

/// What changes and what stays, for a person.
pub(super) fn show(examined: &Examined, preview: &Preview, output: Output) {
    if let Some(mapping) = &examined.facts.mapping {
        output.say(&format!("   hub         old  {}", mapping.hub.old));
        output.say(&format!("               new  {}{}", mapping.hub.new, same(mapping.hub.changes())));
        output.say(&format!("   connector   old  {}", mapping.connector.old));
        output.say(&format!("               new  {}{}", mapping.connector.new, same(mapping.connector.changes())));
        output.say("");
    }
    let Some(plan) = &preview.plan else { return };
    for change in &plan.changes {
        let columns: Vec<&str> = plan
            .columns
            .iter()
            .filter(|column| column.table == change.table && column.rows > 0)
            .map(|it| it.column)
            .collect();
        let rows = text::counted(change.rows, "row", "rows");
        output.say(&format!("   {:<13}{rows:>12}    {}", change.table, columns.join(", ")));
    }
    let others = plan.tables.iter().filter(|table| plan.changes.iter().all(|change| change.table != table.name.raw()));
    let others = others.map(|table| table.name.printable()).filter(|name| !name.starts_with("sqlite_"));
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        output.say(&format!("   other tables       0 rows    {} stay as they are", others.join(", ")));
    }
    let wide = output::columns() - 6;
    for example in &plan.examples {
        output.say("");
        output.say(&format!("   {}.{}, {}", example.table, example.column, text::counted(example.rows, "row", "rows")));
        let (old, new) = text::around_difference(&example.old.printable(), &example.new.printable(), wide);
        output.say(&format!("   - {old}"));
        output.say(&format!("   + {new}"));
    }
    output.say("");
}

fn same(changes: bool) -> &'static str {
    if changes { "" } else { "  (the same)" }
}
