//! Rows as SQLite gives them, from one end or from a key on.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::super::cell::CellRef;
use super::super::error::DatabaseError;
use super::super::open::quote;
use super::super::schema::{Column, Table};
use super::cells::{Selected, cells, secrets, short};
use super::{Browser, CellKind, KeyPart, Page, Row, RowFilter, RowKey, WholeCell, whole};

impl Browser {
    /// Rows in the direction of the page, nearest first.
    pub(super) fn read(
        &self,
        table: &Table,
        page: &Page,
        filter: Option<&RowFilter>,
        limit: usize,
        width: usize,
    ) -> Result<Vec<Row>, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let keys = table.key();
        if keys.is_empty() && filter.is_some() {
            // Rows are told apart by their number only, which a filter would change.
            let message = "its rows have no names".into();
            return Err(DatabaseError::Sqlite { what: format!("filter {}", table.shown()), message });
        }
        if keys.is_empty() {
            return self.read_by_number(table, page, limit, width);
        }
        let shape = Selected::of(table, self.is_far());
        let selected: Vec<String> = keys.iter().cloned().chain(shape.columns(table)).collect();
        let backwards = matches!(page, Page::Last | Page::Before(_));
        let direction = if backwards { " DESC" } else { "" };
        let order: Vec<String> = keys.iter().map(|key| format!("{key}{direction}")).collect();
        let (mut condition, mut values) = place(table, page);
        if let Some((holds, text)) = filter.map(|filter| filter.condition(table)) {
            // The text is the first value: each column names it again.
            condition =
                if condition.is_empty() { format!("WHERE {holds}") } else { format!("{condition} AND {holds}") };
            values.insert(0, text);
        } else if !values.is_empty() {
            values.insert(0, Value::Null);
        }
        let sql = format!(
            "SELECT {} FROM {} NOT INDEXED {condition} ORDER BY {} LIMIT {limit}",
            selected.join(", "),
            quote(&table.name),
            order.join(", ")
        );
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let mut found = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let key = (0..keys.len()).map(|at| row.get_ref(at).map(|value| CellRef::from(value).key_part()));
            let key = RowKey(key.collect::<Result<_, _>>().map_err(failed)?);
            rows.push(Row { key, cells: cells(row, keys.len(), table, shape, width).map_err(failed)? });
        }
        Ok(rows)
    }

    /// One cell in full.
    pub(super) fn read_cell(&self, table: &Table, key: &RowKey, column: usize) -> Result<WholeCell, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let nothing = || WholeCell { kind: CellKind::Null, size: 0, lines: Vec::new(), plain: None, cut: false };
        if column >= table.columns.len() {
            return Ok(nothing());
        }
        // The whole row: a neighbour may say that this cell is a secret. A long one does not.
        let select = |(at, other): (usize, &Column)| {
            if self.is_far() && at != column { short(&other.name) } else { quote(&other.name) }
        };
        let names: Vec<String> = table.columns.iter().enumerate().map(select).collect();
        let (condition, values) = place(table, &Page::From(key.clone()));
        let sql = format!(
            "SELECT {} FROM {} {condition} LIMIT 1{}",
            names.join(", "),
            quote(&table.name),
            offset(table, &values)
        );
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let no_filter = [Value::Null];
        let bound = if table.key().is_empty() { Vec::new() } else { [&no_filter[..], &values[..]].concat() };
        let mut rows = statement.query(params_from_iter(bound)).map_err(failed)?;
        match rows.next().map_err(failed)? {
            Some(row) => {
                let secret = secrets(row, |at| at, table).get(column).copied().unwrap_or_default();
                Ok(whole::cell(row.get_ref(column).map_err(failed)?, secret))
            }
            None => Ok(nothing()),
        }
    }

    /// A table in which nothing names a row: rows are counted off.
    fn read_by_number(
        &self,
        table: &Table,
        page: &Page,
        limit: usize,
        width: usize,
    ) -> Result<Vec<Row>, DatabaseError> {
        let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", table.shown()), &error);
        let name = quote(&table.name);
        let number = |key: &RowKey| match key.0.as_slice() {
            [KeyPart::Integer(number)] => *number,
            _ => 0,
        };
        let many = i64::try_from(limit).unwrap_or(i64::MAX);
        let (from, to) = match page {
            Page::First | Page::Typed(_) => (0, many),
            Page::From(key) => (number(key), number(key).saturating_add(many)),
            Page::After(key) => (number(key) + 1, (number(key) + 1).saturating_add(many)),
            Page::Before(key) => (number(key) - many, number(key)),
            Page::Last => {
                let end = i64::try_from(self.count_rows(table)?).unwrap_or(i64::MAX);
                (end - many, end)
            }
        };
        let from = from.max(0);
        let shape = Selected::of(table, self.is_far());
        let columns: Vec<String> = shape.columns(table).collect();
        let sql =
            format!("SELECT {} FROM {name} NOT INDEXED LIMIT {} OFFSET {from}", columns.join(", "), (to - from).max(0));
        let mut statement = self.db.connection.prepare(&sql).map_err(failed)?;
        let mut found = statement.query([]).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let key = RowKey(vec![KeyPart::Integer(from + i64::try_from(rows.len()).unwrap_or_default())]);
            rows.push(Row { key, cells: cells(row, 0, table, shape, width).map_err(failed)? });
        }
        if matches!(page, Page::Last | Page::Before(_)) {
            rows.reverse();
        }
        Ok(rows)
    }
}

/// The condition under which a page's rows lie, and its values.
fn place(table: &Table, page: &Page) -> (String, Vec<Value>) {
    let (comparison, key) = match page {
        Page::First | Page::Last | Page::Typed(_) => return (String::new(), Vec::new()),
        Page::From(key) => (">=", key),
        Page::After(key) => (">", key),
        Page::Before(key) => ("<", key),
    };
    let values: Vec<Value> = key.0.iter().map(KeyPart::value).collect();
    let mut keys = table.key();
    if keys.is_empty() {
        return (String::new(), values);
    }
    // A typed key may be only the first part of a longer one. The number 1 is that of a filter's text.
    keys.truncate(values.len());
    let places = (0..keys.len()).map(|at| format!("?{}", at + 2)).collect::<Vec<_>>().join(", ");
    (format!("WHERE ({}) {comparison} ({places})", keys.join(", ")), values)
}

fn offset(table: &Table, values: &[Value]) -> String {
    match values {
        [Value::Integer(number)] if table.key().is_empty() => format!(" OFFSET {number}"),
        _ => String::new(),
    }
}
