//! What a query may do: read tables, and call functions that touch nothing.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, Authorization};

/// A column of a table that a statement reads.
pub(super) type Read = (String, String);

/// Columns that are remembered.
const MOST: usize = 10_000;

/// SQLite's mark of a function that neither acts nor tells anything but what it is given.
const INNOCUOUS: i64 = 0x0020_0000;

/// Functions of full-text search: they read the index in whose query they stand.
const SEARCH: &[&str] = &["match", "bm25", "highlight", "snippet", "offsets", "matchinfo"];

/// Pragmas that tell about a table or an index.
const ABOUT: &[&str] = &[
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
];

/// Pragmas that tell about the file, and write when a value is given.
const BARE: &[&str] = &[
    "application_id",
    "auto_vacuum",
    "collation_list",
    "compile_options",
    "data_version",
    "encoding",
    "freelist_count",
    "function_list",
    "journal_mode",
    "module_list",
    "page_count",
    "page_size",
    "schema_version",
    "user_version",
];

/// The names of the functions that a query may call, in lower case.
pub(super) fn functions(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut listed = connection.prepare("SELECT DISTINCT lower(name), flags FROM pragma_function_list")?;
    let mut rows = listed.query([])?;
    let (mut harmless, mut others) = (BTreeSet::new(), BTreeSet::new());
    while let Some(row) = rows.next()? {
        let innocuous = row.get::<_, i64>(1)? & INNOCUOUS != 0;
        if innocuous { &mut harmless } else { &mut others }.insert(row.get::<_, String>(0)?);
    }
    // Of one name in several forms, the worst counts.
    harmless.retain(|name| !others.contains(name));
    harmless.extend(SEARCH.iter().map(|name| (*name).to_owned()));
    Ok(harmless)
}

/// Whether an action is let through; what it reads is noted.
pub(super) fn judge(action: &AuthAction<'_>, functions: &BTreeSet<String>, reads: &mut Vec<Read>) -> Authorization {
    let allowed = match action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Read { table_name, column_name } => {
            let read = ((*table_name).to_owned(), (*column_name).to_owned());
            let known = reads.contains(&read);
            if !known {
                reads.push(read);
            }
            // A statement that reads more columns than this is refused: what it would show could not be told.
            known || reads.len() <= MOST
        }
        AuthAction::Function { function_name } => functions.contains(&function_name.to_ascii_lowercase()),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let among = |names: &[&str]| names.iter().any(|name| pragma_name.eq_ignore_ascii_case(name));
            among(ABOUT) || (pragma_value.is_none() && among(BARE))
        }
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}
