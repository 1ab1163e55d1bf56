//! Which columns of an answer are covered as a whole: those under the name of a secret are found row by row; here it is about
//! what a statement may have made of one, under another name.

use crate::text::secret::{holds_a_value, labels, names_a_secret};

use super::super::schema::Table;
use super::allowed::Read;

/// One for each column of the answer.
pub(super) fn columns(names: &[String], reads: &[Read], tables: &[Table]) -> Vec<bool> {
    let reads: Vec<Seen<'_>> = reads.iter().map(|read| Seen::of(read, tables)).collect();
    let touches = reads.iter().any(|read| read.secret || read.label.is_some());
    let cover = |name: &String| {
        let mut same = reads.iter().filter(|read| read.column.eq_ignore_ascii_case(name)).peekable();
        if same.peek().is_none() {
            // An expression, or a new name: nobody knows what of.
            return touches && !counts(name);
        }
        // What the value is stands in another column of its row, and is not among those that were asked for.
        same.any(|read| read.label.is_some_and(|label| !names.iter().any(|name| name.eq_ignore_ascii_case(label))))
    };
    names.iter().map(cover).collect()
}

/// A column that is read.
struct Seen<'a> {
    column: &'a str,
    /// Its name is that of a secret.
    secret: bool,
    /// The column that says what the value in this one is: in a table of settings.
    label: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn of((table, column): &'a Read, tables: &'a [Table]) -> Self {
        let table = tables.iter().find(|known| known.is(table)).filter(|_| holds_a_value(column));
        let label = table.and_then(|table| table.columns.iter().find(|column| labels(&column.name)));
        Self { column, secret: names_a_secret(column), label: label.map(|label| label.name.as_str()) }
    }
}

/// Whether a column without a name of its own holds a count.
fn counts(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    name.starts_with("count(") && name.find(')') == Some(name.len() - 1)
}
