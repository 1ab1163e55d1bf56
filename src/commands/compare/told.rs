//! What differs, for a person: who both are, a table with the worst first, the first examples, and one sentence for each kind.

use super::Operand;
use crate::commands::output::{self, Output};
use crate::database::compare::{Comparison, RowExample, TableComparison, Where};
use crate::identity::ConnectorId;
use crate::restore::documents::IdentityDocument;
use crate::text::{self, Untrusted, count, counted};

/// Examples of one table.
const EXAMPLES: usize = 3;
/// Differences of the schema.
const OBJECTS: usize = 10;

/// Prints all of it.
pub(super) fn told(comparison: &Comparison, sides: [&Operand; 2], aside: bool, output: Output) {
    let say = |line: &str| output.line(line);
    who(sides, aside, &say);
    let mut tables: Vec<&TableComparison> = comparison.tables.iter().filter(|table| !table.same()).collect();
    tables.sort_by_key(|table| std::cmp::Reverse(table.differences()));
    if !tables.is_empty() {
        say("");
        for line in grid(&tables) {
            say(&line);
        }
    }
    let same = (comparison.tables.len() - tables.len()) as u64;
    if same > 0 {
        say("");
        let are = if same == 1 { "is" } else { "are" };
        say(&format!("   {} {are} the same", counted(same, "table", "tables")));
    }
    for table in &tables {
        examples(table, &say);
    }
    schema(comparison, &say);
    say("");
    for line in sentences(comparison) {
        say(&line);
    }
}

fn who(sides: [&Operand; 2], aside: bool, say: &dyn Fn(&str)) {
    let identity = sides.map(|side| IdentityDocument::of_glance(&side.glance, side.connector));
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let printable = |text: &Option<Untrusted>| dash(text.as_ref().map(Untrusted::printable));
    let of = |shown: &dyn Fn(&IdentityDocument) -> String| [shown(&identity[0]), shown(&identity[1])];
    let newest = sides.map(|side| dash(side.glance.newest.as_ref().map(|newest| text::moment(newest.at))));
    for (name, side) in ["A", "B"].into_iter().zip(sides) {
        say(&format!("   {name:<14}{}", side.title));
    }
    let connector = of(&|one| dash(one.connector.map(|id: ConnectorId| id.to_string())));
    let hub = of(&|one| dash(one.hub.map(|id| id.to_string())));
    let other = connector[0] != connector[1] || hub[0] != hub[1];
    for (label, [a, b]) in [
        ("name", of(&|one| printable(&one.name))),
        ("type", of(&|one| printable(&one.kind))),
        ("connector", connector),
        ("hub", hub),
        ("newest event", newest),
    ] {
        if a == b {
            say(&format!("   {label:<14}{a}"));
        } else {
            say(&format!("   {label:<14}A  {a}"));
            say(&format!("   {:<14}B  {b}", ""));
        }
    }
    if other {
        say(if aside {
            "   B is read as if it had the IDs of A."
        } else {
            "   The IDs differ; --ids-aside compares as if B had those of A."
        });
    }
}

/// A head and one line for each table.
fn grid(tables: &[&TableComparison]) -> Vec<String> {
    let row = |table: &&TableComparison| {
        let [a, b, different, same] =
            [table.only_a, table.only_b, table.different, table.same].map(|rows| format!("{:>14}", count(rows)));
        let name = text::fit(&table.name.printable(), 20);
        let paired = match (table.in_a, table.in_b) {
            (true, true) => "",
            (true, false) => "  only A has it",
            _ => "  only B has it",
        };
        format!("   {name}{a}{b}{different}{same}{paired}")
    };
    let head =
        format!("   {:<20}{:>14}{:>14}{:>14}{:>14}", "rows of", "only in A", "only in B", "different", "the same");
    std::iter::once(head).chain(tables.iter().map(row)).collect()
}

fn examples(table: &TableComparison, say: &dyn Fn(&str)) {
    let mut shown: Vec<&RowExample> = table.examples.iter().collect();
    // What differs tells more than what is new.
    shown.sort_by_key(|example| example.found != Where::Both);
    let wide = output::columns();
    for example in shown.into_iter().take(EXAMPLES) {
        say("");
        let found = match example.found {
            Where::A => "only in A",
            Where::B => "only in B",
            Where::Both => "different",
        };
        say(&text::cut(&format!("   {}, {}: {found}", table.name.printable(), example.row), wide));
        for cell in &example.cells {
            let column = text::fit(&cell.column.printable(), 14);
            match (&cell.a, &cell.b) {
                (Some(a), Some(b)) => {
                    let (a, b) = text::around_difference(a, b, wide.saturating_sub(22));
                    say(&format!("     {column}A  {a}"));
                    say(&format!("     {:<14}B  {b}", ""));
                }
                (Some(value), None) | (None, Some(value)) => say(&text::cut(&format!("     {column}{value}"), wide)),
                (None, None) => {}
            }
        }
    }
}

fn schema(comparison: &Comparison, say: &dyn Fn(&str)) {
    if comparison.schema_differences == 0 {
        return;
    }
    say("");
    for part in comparison.schema.iter().take(OBJECTS) {
        let name = format!("{} {}", part.kind.printable(), part.name.printable());
        say(&text::cut(
            &match (&part.a, &part.b) {
                (Some(_), None) => format!("   {name}: only A has it"),
                (None, Some(_)) => format!("   {name}: only B has it"),
                (Some(a), Some(b)) if part.kind.raw() == "pragma" => format!("   {name}: A {a}, B {b}"),
                _ => format!("   {name}: different"),
            },
            output::columns(),
        ));
    }
    let more = comparison.schema_differences.saturating_sub(OBJECTS as u64);
    if more > 0 {
        say(&format!("   and {} more", count(more)));
    }
}

/// What a person wants to know, in full sentences.
fn sentences(comparison: &Comparison) -> Vec<String> {
    if comparison.same() {
        return vec!["✓ A and B hold the same.".to_owned()];
    }
    let mut said = Vec::new();
    if let Some(events) = comparison.table("Events") {
        for (has, has_not, rows, newest) in
            [("B", "A", events.only_b, &events.newest_only_b), ("A", "B", events.only_a, &events.newest_only_a)]
        {
            if rows > 0 {
                let newest =
                    newest.as_ref().map_or_else(String::new, |at| format!(", the newest of {}", text::moment(at.at)));
                said.push(format!("{has} has {} that {has_not} has not{newest}.", counted(rows, "event", "events")));
            }
        }
        if events.different > 0 {
            let differ = if events.different == 1 { "differs" } else { "differ" };
            said.push(format!("{} {differ}.", counted(events.different, "event", "events")));
        }
    }
    if comparison.schema_differences > 0 {
        let parts = counted(comparison.schema_differences, "part", "parts");
        said.push(format!("The schema differs in {parts}."));
    }
    if said.is_empty() {
        let tables = comparison.tables.iter().filter(|table| !table.same()).count() as u64;
        said.push(format!("The events are the same; {} otherwise.", differs_in(tables)));
    }
    said
}

fn differs_in(tables: u64) -> String {
    let differ = if tables == 1 { "differs" } else { "differ" };
    format!("{} {differ}", counted(tables, "table", "tables"))
}
