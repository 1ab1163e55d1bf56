//! What differs, for a person: who both are, a table with the worst first, the first examples, and one sentence for each kind.

use super::Side;
use crate::database::compare::{Comparison, RowExample, TableComparison, Where};
use crate::restore::documents::IdentityDocument;
use crate::text::{self, Untrusted, count, counted};

/// Examples of one table.
const EXAMPLES: usize = 3;
/// Differences of the schema.
const OBJECTS: usize = 10;

/// How it is told.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// What both are called, in a column: `A` and `B`, `backup` and `target`.
    pub names: [&'a str; 2],
    /// Whether B was read with the IDs of A.
    pub aside: bool,
    /// Columns that a line may take.
    pub columns: usize,
}

impl Telling<'_> {
    /// All of it, printable, secrets masked.
    pub fn lines(&self, comparison: &Comparison, sides: [&Side; 2]) -> Vec<String> {
        let mut lines = self.who(sides);
        let mut tables: Vec<&TableComparison> = comparison.tables.iter().filter(|table| !table.same()).collect();
        tables.sort_by_key(|table| std::cmp::Reverse(table.differences()));
        if !tables.is_empty() {
            lines.push(String::new());
            lines.extend(self.grid(&tables));
        }
        let same = (comparison.tables.len() - tables.len()) as u64;
        if same > 0 {
            lines.push(String::new());
            let are = if same == 1 { "is" } else { "are" };
            lines.push(format!("   {} {are} the same", counted(same, "table", "tables")));
        }
        for table in &tables {
            self.examples(table, &mut lines);
        }
        self.schema(comparison, &mut lines);
        lines.push(String::new());
        lines.extend(self.sentences(comparison));
        lines
    }

    fn who(&self, sides: [&Side; 2]) -> Vec<String> {
        let [one, other] = self.names;
        let identity = sides.map(|side| IdentityDocument::of_glance(&side.glance, side.connector));
        let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let printable = |text: &Option<Untrusted>| dash(text.as_ref().map(Untrusted::printable));
        let of = |shown: &dyn Fn(&IdentityDocument) -> String| [shown(&identity[0]), shown(&identity[1])];
        let newest = sides.map(|side| dash(side.glance.newest.as_ref().map(|newest| text::moment(newest.at))));
        let title = |(name, side): (&&str, &Side)| format!("   {name:<14}{}", side.title);
        let mut lines: Vec<String> = self.names.iter().zip(sides).map(title).collect();
        let connector = of(&|one| dash(one.connector.map(|id| id.to_string())));
        let hub = of(&|one| dash(one.hub.map(|id| id.to_string())));
        let differ = connector[0] != connector[1] || hub[0] != hub[1];
        for (label, [a, b]) in [
            ("name", of(&|one| printable(&one.name))),
            ("type", of(&|one| printable(&one.kind))),
            ("connector", connector),
            ("hub", hub),
            ("newest event", newest),
        ] {
            if a == b {
                lines.push(format!("   {label:<14}{a}"));
            } else {
                lines.push(format!("   {label:<14}{}  {a}", self.side(one)));
                lines.push(format!("   {:<14}{}  {b}", "", self.side(other)));
            }
        }
        if differ {
            lines.push(if self.aside {
                format!("   {} is read as if it had the IDs of {}.", capital(&self.the(1)), self.the(0))
            } else {
                format!("   The IDs differ; --ids-aside compares as if {other} had those of {one}.")
            });
        }
        lines
    }

    /// A side in a sentence: `A`, `the backup`.
    fn the(&self, side: usize) -> String {
        let name = self.names[side];
        if name.len() == 1 { name.to_owned() } else { format!("the {name}") }
    }

    /// The name of a side, as wide as the longer of both.
    fn side(&self, name: &str) -> String {
        text::fit(name, self.names.map(text::width).into_iter().max().unwrap_or_default())
    }

    /// A head and one line for each table.
    fn grid(&self, tables: &[&TableComparison]) -> Vec<String> {
        let (first, wide) = if self.columns < 80 { (12, 11) } else { (20, 14) };
        let row = |table: &&TableComparison| {
            let [a, b, different, same] =
                [table.only_a, table.only_b, table.different, table.same].map(|rows| format!("{:>wide$}", count(rows)));
            let alone = if table.in_a && table.in_b { "" } else { " *" };
            format!("   {}{a}{b}{different}{same}{alone}", text::fit(&table.name.printable(), first))
        };
        let only =
            self.names.map(|name| if name.len() == 1 { format!("only in {name}") } else { format!("{name} only") });
        let [a, b] = only.map(|name| format!("{name:>wide$}"));
        let head = format!("   {:<first$}{a}{b}{:>wide$}{:>wide$}", "rows of", "different", "the same");
        let alone = tables.iter().any(|table| !table.in_a || !table.in_b);
        let note = alone.then(|| "   * only one of them has this table".to_owned());
        std::iter::once(head).chain(tables.iter().map(row)).chain(note).collect()
    }

    fn examples(&self, table: &TableComparison, lines: &mut Vec<String>) {
        let [one, other] = self.names.map(|name| self.side(name));
        let mut shown: Vec<&RowExample> = table.examples.iter().collect();
        // What differs tells more than what is new.
        shown.sort_by_key(|example| example.found != Where::Both);
        for example in shown.into_iter().take(EXAMPLES) {
            let found = match example.found {
                Where::A => format!("only in {}", self.the(0)),
                Where::B => format!("only in {}", self.the(1)),
                Where::Both => "different".to_owned(),
            };
            lines.push(String::new());
            lines.push(self.cut(format!("   {}, {}: {found}", table.name.printable(), example.row)));
            for cell in &example.cells {
                let column = text::fit(&cell.column.printable(), 14);
                match (&cell.a, &cell.b) {
                    (Some(a), Some(b)) => {
                        let (a, b) = text::around_difference(a, b, self.columns.saturating_sub(21 + text::width(&one)));
                        lines.push(format!("     {column}{one}  {a}"));
                        lines.push(format!("     {:<14}{other}  {b}", ""));
                    }
                    (Some(value), None) | (None, Some(value)) => {
                        lines.push(self.cut(format!("     {column}{value}")));
                    }
                    (None, None) => {}
                }
            }
        }
    }

    fn cut(&self, line: String) -> String {
        text::cut(&line, self.columns)
    }

    fn schema(&self, comparison: &Comparison, lines: &mut Vec<String>) {
        if comparison.schema_differences > 0 {
            lines.push(String::new());
        }
        let [one, other] = self.names;
        for part in comparison.schema.iter().take(OBJECTS) {
            let name = format!("{} {}", part.kind.printable(), part.name.printable());
            lines.push(self.cut(match (&part.a, &part.b) {
                (Some(_), None) => format!("   {name}: only in {}", self.the(0)),
                (None, Some(_)) => format!("   {name}: only in {}", self.the(1)),
                (Some(a), Some(b)) if part.kind.raw() == "pragma" => format!("   {name}: {one} {a}, {other} {b}"),
                _ => format!("   {name}: different"),
            }));
        }
        let more = comparison.schema_differences.saturating_sub(OBJECTS as u64);
        if more > 0 {
            lines.push(format!("   and {} more", count(more)));
        }
    }

    /// What a person wants to know, in full sentences.
    fn sentences(&self, comparison: &Comparison) -> Vec<String> {
        let (one, other) = (self.the(0), self.the(1));
        if comparison.same() {
            return vec![format!("✓ {} and {other} hold the same.", capital(&one))];
        }
        let mut said = Vec::new();
        if let Some(events) = comparison.table("Events") {
            for (has, has_not, rows, newest) in [
                (&other, &one, events.only_b, &events.newest_only_b),
                (&one, &other, events.only_a, &events.newest_only_a),
            ] {
                if rows > 0 {
                    let newest = newest
                        .as_ref()
                        .map_or_else(String::new, |newest| format!(", the newest of {}", text::moment(newest.at)));
                    let events = counted(rows, "event", "events");
                    said.push(format!("{} has {events} that {has_not} has not{newest}.", capital(has)));
                }
            }
            if events.different > 0 {
                said.push(format!("{}.", differ(events.different, "event", "events")));
            }
        }
        if comparison.schema_differences > 0 {
            let parts = counted(comparison.schema_differences, "part", "parts");
            said.push(format!("The schema differs in {parts}."));
        }
        if said.is_empty() {
            let tables = comparison.tables.iter().filter(|table| !table.same()).count() as u64;
            said.push(format!("The events are the same; {}.", differ(tables, "other table", "other tables")));
        }
        said
    }
}

/// `1 event differs`, `3 events differ`.
fn differ(many: u64, one: &str, more: &str) -> String {
    format!("{} {}", counted(many, one, more), if many == 1 { "differs" } else { "differ" })
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
