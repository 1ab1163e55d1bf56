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
    let mut examined = context.examine(&arguments.chosen.backup)?;
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
        let (old, new) = around_difference(&example.old.printable(), &example.new.printable(), wide);
        output.say(&format!("   - {old}"));
        output.say(&format!("   + {new}"));
    }
    output.say("");
}

/// Both texts cut to a width so that their first difference can be seen.
fn around_difference(old: &str, new: &str, wide: usize) -> (String, String) {
    const BEFORE: usize = 12;
    let common = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    let skip = if text::width(old) <= wide { 0 } else { common.saturating_sub(BEFORE) };
    let shown = |whole: &str| {
        let from: String = whole.chars().skip(skip).collect();
        let from = if skip > 0 { format!("…{from}") } else { from };
        text::cut(&from, wide)
    };
    (shown(old), shown(new))
}

fn same(changes: bool) -> &'static str {
    if changes { "" } else { "  (the same)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_stays_in_sight() {
        let text = |id: &str| format!("{{\"name\":\"a rather long name of a connector\",\"id\":\"{id}\",\"tags\":[]}}");
        let (old, new) = around_difference(&text("7d0c88f1"), &text("a91f03de"), 30);
        assert!(old.contains("7d0c88f1") && new.contains("a91f03de"), "{old} {new}");
        assert!(text::width(&old) <= 30 && old.starts_with('…'));
        assert_eq!(around_difference("ab", "ac", 30), ("ab".to_owned(), "ac".to_owned()));
    }
}
