//! What is told of a table beside its rows: its columns and its indexes.

use crate::database::browse::RowCount;
use crate::database::facts::{ColumnFacts, IndexFacts, TableFacts};
use crate::text::{self, Untrusted};

/// How many rows a table has, in words; none where nobody knows.
pub fn count(rows: Option<RowCount>) -> Option<String> {
    rows.map(|rows| match rows {
        RowCount::Counted(rows) => text::count(rows),
        RowCount::AtMost(rows) => format!("at most {}", text::count(rows)),
    })
}

/// The columns in one line: `id INTEGER key, source TEXT`.
pub fn columns(table: &TableFacts) -> String {
    let column = |column: &ColumnFacts| format!("{} {}", column.name.printable(), kind(column)).trim_end().to_owned();
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

/// The indexes, each in one line: its name, and what it is over: `source, id descending; unique`.
pub fn indexes(table: &TableFacts) -> Vec<(String, String)> {
    table.indexes.iter().map(|index| (index.name.printable(), over(index))).collect()
}

/// All of it, as a page to read.
pub fn page(table: &TableFacts, rows: Option<RowCount>) -> String {
    let rows = match (rows, count(rows)) {
        (Some(RowCount::Counted(1)), _) => "1 row".to_owned(),
        (_, Some(count)) => format!("{count} rows"),
        (_, None) => "its rows are not counted".to_owned(),
    };
    let mut lines = vec![format!("{}: {rows}", table.name.printable())];
    let of_it = [(table.without_rowid, "without row IDs"), (table.strict, "strict")];
    lines.extend(of_it.into_iter().filter(|(is, _)| *is).map(|(_, words)| format!("It is {words}.")));
    lines.extend([String::new(), "Columns".to_owned()]);
    let widest = |names: &mut dyn Iterator<Item = usize>| names.max().unwrap_or_default().min(40);
    let width = widest(&mut table.columns.iter().map(|column| text::width(&column.name.printable())));
    for column in &table.columns {
        let line = format!("  {}  {}", text::fit(&column.name.printable(), width), kind(column));
        lines.push(line.trim_end().to_owned());
    }
    lines.extend([String::new(), "Indexes".to_owned()]);
    let indexes = indexes(table);
    if indexes.is_empty() {
        lines.push("  none".to_owned());
    }
    let width = widest(&mut indexes.iter().map(|(name, _)| text::width(name)));
    for ((name, over), index) in indexes.iter().zip(&table.indexes) {
        lines.push(format!("  {}  {over}", text::fit(name, width)));
        // What an expression or a condition is, only the statement tells.
        if let Some(sql) = index.sql.as_ref().filter(|_| is_odd(index)) {
            lines.extend(text::wrap(&sql.printable(), 72).into_iter().map(|line| format!("    {line}")));
        }
    }
    lines.join("\n")
}

/// `INTEGER key`.
fn kind(column: &ColumnFacts) -> String {
    let marks = [(column.key > 0, "key"), (column.generated, "computed")];
    let declared = Some(column.declared.printable()).filter(|declared| !declared.is_empty());
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned());
    declared.into_iter().chain(marks).collect::<Vec<_>>().join(" ")
}

fn over(index: &IndexFacts) -> String {
    let parts = index.parts.iter().map(|part| {
        let name = part.column.as_ref().map_or_else(|| "an expression".to_owned(), Untrusted::printable);
        if part.descending { format!("{name} descending") } else { name }
    });
    let parts = parts.collect::<Vec<_>>().join(", ");
    let marks = [(index.unique, "unique"), (index.partial, "of some rows")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    if marks.is_empty() { parts } else { format!("{parts}; {}", marks.join(", ")) }
}

fn is_odd(index: &IndexFacts) -> bool {
    index.partial || index.parts.iter().any(|part| part.column.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::facts::{IndexPart, TableKind};

    #[test]
    fn columns_and_indexes_are_told() {
        let column = |name: &str, declared: &str, key| ColumnFacts {
            name: name.into(),
            declared: declared.into(),
            key,
            generated: false,
        };
        let part = |column: Option<&str>, descending| IndexPart { column: column.map(Into::into), descending };
        let index = |name: &str, parts, unique, partial, sql: Option<&str>| IndexFacts {
            name: name.into(),
            parts,
            unique,
            partial,
            made: sql.is_some(),
            sql: sql.map(Into::into),
        };
        let table = TableFacts {
            name: "Events".into(),
            kind: TableKind::Ordinary,
            columns: vec![column("id", "INTEGER", 1), column("source", "TEXT", 0), column("x\u{202e}", "", 0)],
            without_rowid: false,
            strict: true,
            rows: None,
            indexes: vec![
                index(
                    "late",
                    vec![part(None, false)],
                    false,
                    true,
                    Some("CREATE INDEX late ON Events (lower(source)) WHERE id > 9"),
                ),
                index("auto", vec![part(Some("source"), true), part(Some("id"), false)], true, false, None),
            ],
        };
        assert_eq!(columns(&table), "id INTEGER key, source TEXT, x\\u{202e}");
        let page = page(&table, Some(RowCount::AtMost(18_204)));
        let expected = "Events: at most 18 204 rows\nIt is strict.\n\nColumns\n  id         INTEGER key\n  source     TEXT\n  x\\u{202e}\n\n\
                        Indexes\n  late  an expression; of some rows\n    CREATE INDEX late ON Events (lower(source)) WHERE id > 9\n  auto  \
                        source descending, id; unique";
        assert_eq!(page.replace('\u{a0}', " "), expected);
    }
}
