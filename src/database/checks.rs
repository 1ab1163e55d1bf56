//! SQLite's own checks: integrity, foreign keys, and whether it can work with the schema at all.

use crate::text::Untrusted;

use super::DatabaseError;
use super::error::message;
use super::facts::{BrokenKeys, ForeignKeys, Need};
use super::open::{Db, quote};
use super::schema::Table;
use super::walk::estimate;

/// What the integrity check says.
#[derive(Debug, Clone, Default)]
pub(super) struct Integrity {
    /// Lines other than `ok`.
    pub(super) faults: Vec<Untrusted>,
    /// Lines about full-text indexes that no longer fit the table they index.
    pub(super) full_text: Vec<Untrusted>,
    /// What the schema needs and only the connector has.
    pub(super) needs: Vec<Need>,
}

/// Runs `integrity_check` with at most 100 lines.
pub(super) fn integrity(db: &Db) -> Result<Integrity, DatabaseError> {
    let mut found = Integrity::default();
    match db.lines("PRAGMA integrity_check(100)") {
        Ok(answers) => {
            for line in answers.iter().flat_map(|answer| answer.lines()).filter(|line| *line != "ok") {
                let text = Untrusted::from(line);
                if is_need(line) {
                    found.needs.push(Need { object: Untrusted::default(), what: text });
                } else if line.contains("inverted index for FTS") {
                    found.full_text.push(text);
                } else {
                    found.faults.push(text);
                }
            }
        }
        Err(error) => match DatabaseError::sqlite("check the integrity", &error) {
            DatabaseError::Sqlite { message, .. } if is_need(message.raw()) => {
                found.needs.push(Need { object: Untrusted::default(), what: message });
            }
            // The check itself stumbles over the damage.
            DatabaseError::Sqlite { message, .. } => found.faults.push(message),
            other => return Err(other),
        },
    }
    Ok(found)
}

/// Whether SQLite misses something that a program can register.
fn is_need(text: &str) -> bool {
    [
        "no such collation",
        "no such function",
        "unknown function",
        "no such module",
        "no such tokenizer",
        "unknown tokenizer",
    ]
    .iter()
    .chain(&["unsafe use of"])
    .any(|sign| text.contains(sign))
}

/// Finds parts of the schema that cannot be worked with, by preparing (not running) what a restore would run.
pub(super) fn needs(db: &Db, tables: &[Table]) -> Vec<Need> {
    let mut found = Vec::new();
    let mut try_to = |object: &str, sql: &str| {
        if let Err(error) = db.connection.prepare(sql) {
            let what = message(&error);
            if is_need(what.raw()) {
                found.push(Need { object: Untrusted::from(object), what });
            }
        }
    };
    for table in tables.iter().filter(|table| table.has_rows()) {
        let name = quote(&table.name);
        try_to(&table.name, &format!("SELECT * FROM {name}"));
        let first = table.columns.iter().find(|column| column.generated == super::schema::Generated::No);
        if let Some(first) = first.filter(|_| !table.name.starts_with("sqlite_")) {
            // An update prepares checks, generated columns and indexes, too.
            let column = quote(&first.name);
            try_to(&table.name, &format!("UPDATE {name} SET {column} = {column}"));
        }
    }
    for (table, columns) in super::schema::REQUIRED {
        let Some(table) = tables.iter().find(|known| known.is(table)) else { continue };
        let sets: Vec<String> = columns
            .iter()
            .filter(|column| table.column(column).is_some())
            .map(|column| format!("{0} = {0}", table.quoted(column)))
            .collect();
        if !sets.is_empty() {
            try_to(&table.name, &format!("UPDATE {} SET {}", quote(&table.name), sets.join(", ")));
        }
    }
    found.dedup();
    found
}

/// Runs `foreign_key_check` over every table.
pub(super) fn foreign_keys(db: &Db, tables: &[Table]) -> Result<ForeignKeys, DatabaseError> {
    let mut found = ForeignKeys::default();
    for table in tables.iter().filter(|table| table.has_rows() && !table.name.starts_with("sqlite_")) {
        match broken_keys(db, table, &mut found) {
            Ok(()) => {}
            Err(error) => match DatabaseError::sqlite("check the foreign keys", &error) {
                // A reference to something that is no key, or to a table that is not there: SQLite cannot check it.
                DatabaseError::Sqlite { message, .. } => found.unchecked.push(message),
                other => return Err(other),
            },
        }
    }
    Ok(found)
}

fn broken_keys(db: &Db, table: &Table, found: &mut ForeignKeys) -> rusqlite::Result<()> {
    let mut statement = db.connection.prepare(&format!("PRAGMA foreign_key_check({})", quote(&table.name)))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (first_row, parent): (Option<i64>, String) = (row.get(1)?, row.get(2)?);
        found.broken += 1;
        let known = found.by_table.iter_mut().find(|one| one.table.raw() == table.name && one.parent.raw() == parent);
        match known {
            Some(known) => known.rows += 1,
            None => found.by_table.push(BrokenKeys {
                table: Untrusted::new(table.name.clone()),
                parent: Untrusted::new(parent),
                rows: 1,
                first_row,
            }),
        }
    }
    Ok(())
}

/// About how many steps of SQLite the integrity check and the foreign keys take, for a progress bar.
pub(super) fn steps(db: &Db, tables: &[Table]) -> u64 {
    tables
        .iter()
        .filter(|table| table.has_rows())
        .map(|table| estimate(db, table) * (12 + 2 * table.columns.len() as u64))
        .sum::<u64>()
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::sample::Sample;
    use crate::database::schema;
    use crate::progress::Cancel;

    /// The bar of the check would stand still, or jump, if the estimate were far off.
    #[test]
    fn the_estimate_of_steps_is_near() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let id = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
        let mut sample = Sample::new(id.parse().unwrap(), id.parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
        (sample.events, sample.payload) = (20_000, 109);
        sample.create(&path).unwrap();
        let db = Db::still(&path, &Cancel::default()).unwrap();
        let tables = schema::tables(&db.connection).unwrap();
        let estimated = steps(&db, &tables);
        let before = db.steps().count();
        integrity(&db).unwrap();
        foreign_keys(&db, &tables).unwrap();
        let real = db.steps().count() - before;
        assert!(real * 2 > estimated && real < estimated * 2, "{real} steps, estimated {estimated}");
    }
}
