//! What a person wants to see of a table: the rows that hold a text, and the row with a typed key.

use rusqlite::OptionalExtension;
use rusqlite::types::Value;

use crate::text::Untrusted;

use super::super::error::DatabaseError;
use super::super::open::quote;
use super::super::schema::Table;
use super::{Browser, KeyPart, RowKey};

/// Rows that hold a text: in one column, or in any. Letters A to Z fit in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFilter {
    /// The column, from 0; none for all.
    pub column: Option<usize>,
    /// The text.
    pub text: String,
}

impl RowFilter {
    /// Reads `column text`, or a text that any column may hold. None where nothing is typed.
    pub fn of(typed: &str, columns: &[Untrusted]) -> Option<Self> {
        let typed = typed.trim();
        if let Some((first, rest)) = typed.split_once(' ')
            && let Some(column) = columns.iter().position(|column| column.raw().eq_ignore_ascii_case(first))
        {
            return Some(Self { column: Some(column), text: rest.trim_start().to_owned() });
        }
        (!typed.is_empty()).then(|| Self { column: None, text: typed.to_owned() })
    }

    /// The condition in SQL, and its value.
    pub(super) fn condition(&self, table: &Table) -> (String, Value) {
        let all = table.columns.iter().enumerate();
        let wanted = all.filter(|(at, _)| self.column.is_none_or(|column| column == *at));
        let holds: Vec<String> =
            wanted.map(|(_, column)| format!("instr(lower(CAST({} AS TEXT)), ?1) > 0", quote(&column.name))).collect();
        let condition = if holds.is_empty() { "0".to_owned() } else { format!("({})", holds.join(" OR ")) };
        (condition, Value::Text(self.text.to_ascii_lowercase()))
    }
}

impl Browser {
    /// The row that a typed key names, or the place where it would stand: a row ID, or a value of the primary key.
    pub(super) fn typed(&self, table: &Table, typed: &str) -> Result<RowKey, DatabaseError> {
        let number = typed.trim().parse::<i64>().ok();
        let nothing = || DatabaseError::Sqlite {
            what: format!("find the row {} in {}", crate::text::printable(typed), table.shown()),
            message: "no row has this key".into(),
        };
        if table.without_rowid {
            let first = table.columns.iter().find(|column| column.key == 1);
            // A number in a column of texts is a text there.
            let is_text = first.is_some_and(|column| column.declared.to_ascii_uppercase().contains("CHAR"))
                || first.is_some_and(|column| column.declared.eq_ignore_ascii_case("TEXT"));
            let part = number.filter(|_| !is_text).map(KeyPart::Integer);
            return Ok(RowKey(vec![part.unwrap_or_else(|| KeyPart::Text(typed.as_bytes().to_vec()))]));
        }
        let Some(rowid) = &table.rowid else {
            // Rows that nothing names are counted from 1.
            return number.map(|number| RowKey(vec![KeyPart::Integer(number.max(1) - 1)])).ok_or_else(nothing);
        };
        let mut keys = table.columns.iter().filter(|column| column.key > 0);
        if let (Some(key), None) = (keys.next(), keys.next()) {
            let (name, key) = (quote(&table.name), quote(&key.name));
            let sql = format!("SELECT {rowid} FROM {name} WHERE {key} = ?1 LIMIT 1");
            let found = self.db.connection.query_row(&sql, [typed], |row| row.get::<_, i64>(0)).optional();
            let failed = |error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
            if let Some(row) = found.map_err(failed)? {
                return Ok(RowKey(vec![KeyPart::Integer(row)]));
            }
        }
        number.map(|number| RowKey(vec![KeyPart::Integer(number)])).ok_or_else(nothing)
    }
}
