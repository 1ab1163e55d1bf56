//! The tables of the story's backup, with their columns and indexes.

use super::EVENTS;
use crate::database::facts::{ColumnFacts, IndexFacts, IndexPart, TableFacts, TableKind};

/// The tables of the story's backup.
pub(crate) fn tables() -> Vec<TableFacts> {
    let part = |column: &str| IndexPart { column: Some(column.into()), descending: false };
    let index = |name: &str, column: &str, unique| IndexFacts {
        name: name.into(),
        parts: vec![part(column)],
        unique,
        partial: false,
        made: !unique,
        sql: None,
    };
    let mut events =
        table("Events", EVENTS, &["id INTEGER", "integration TEXT", "source TEXT", "payload TEXT", "createdAt TEXT"]);
    events.indexes =
        vec![index("events_created_at", "createdAt", false), index("events_integration", "integration", false)];
    let key = |mut table: TableFacts| {
        let name = format!("sqlite_autoindex_{}_1", table.name.raw());
        table.indexes = vec![index(&name, table.columns[0].name.raw(), true)];
        table
    };
    let others = [("Settings", 12, ["name TEXT", "value TEXT"]), ("Cursors", 3, ["k TEXT", "v TEXT"])];
    let mut tables = vec![events];
    tables.extend(others.map(|(name, rows, columns)| key(table(name, rows, &columns))));
    tables.push(key(table("Integrations", 1, &["id TEXT", "sources TEXT"])));
    tables
}

fn table(name: &str, rows: u64, columns: &[&str]) -> TableFacts {
    let column = |(at, column): (usize, &&str)| {
        let (name, declared) = column.split_once(' ').unwrap();
        ColumnFacts { name: name.into(), declared: declared.into(), key: u32::from(at == 0), generated: false }
    };
    TableFacts {
        name: name.into(),
        kind: TableKind::Ordinary,
        columns: columns.iter().enumerate().map(column).collect(),
        without_rowid: false,
        strict: false,
        rows: Some(rows),
        indexes: Vec::new(),
    }
}
