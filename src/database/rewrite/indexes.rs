//! Indexes on rewritten columns: building them anew is faster than moving each of their entries.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

use super::super::open::quote;
use super::super::schema::Table;

/// An index that was dropped and has to come back at its place in the schema, with its text.
pub(super) struct Dropped {
    place: i64,
    name: String,
    sql: String,
}

/// Drops the indexes of `table` that hold one of `columns`, where they can come back exactly.
pub(super) fn drop(connection: &Connection, table: &Table, columns: &[&str]) -> rusqlite::Result<Vec<Dropped>> {
    let mut listed = connection.prepare(
        "SELECT rowid, name, sql FROM sqlite_schema
         WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid",
    )?;
    let found = listed
        .query_map([&table.name], |row| Ok(Dropped { place: row.get(0)?, name: row.get(1)?, sql: row.get(2)? }))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut dropped = Vec::new();
    for index in found {
        if holds(connection, &index, columns)? && !has_statistics(connection, &index.name) {
            connection.execute_batch(&format!("DROP INDEX {}", quote(&index.name)))?;
            dropped.push(index);
        }
    }
    Ok(dropped)
}

fn holds(connection: &Connection, index: &Dropped, columns: &[&str]) -> rusqlite::Result<bool> {
    // The row ID, which ends each entry, has the number -1.
    let mut listed = connection.prepare("SELECT name FROM pragma_index_xinfo(?1) WHERE cid <> -1")?;
    let mut names = listed.query_map([&index.name], |row| row.get::<_, Option<String>>(0))?;
    // An expression has no name; it may well hold a column.
    names.try_fold(false, |held, name| {
        let name = name?;
        Ok(held || name.is_none_or(|name| columns.iter().any(|column| name.eq_ignore_ascii_case(column))))
    })
}

/// Dropping an index drops its statistics: those have to stay.
fn has_statistics(connection: &Connection, index: &str) -> bool {
    ["sqlite_stat1", "sqlite_stat3", "sqlite_stat4"].iter().any(|table| {
        let sql = format!("SELECT 1 FROM {table} WHERE idx = ?1 COLLATE NOCASE");
        connection.prepare(&sql).and_then(|mut statement| statement.exists([index])).unwrap_or(false)
    })
}

/// Builds the dropped indexes anew, each at its place in the schema and with its own text.
pub(super) fn restore(connection: &Connection, dropped: &[Dropped]) -> rusqlite::Result<()> {
    for index in dropped {
        connection.execute_batch(&index.sql)?;
        // SQLite lists a new index last. The schema of the copy has to read as before, so its row moves back; that needs
        // a door which is shut again at once.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
        let moved = connection.execute(
            "UPDATE sqlite_schema SET rowid = ?1, sql = ?2 WHERE type = 'index' AND name = ?3",
            params![index.place, index.sql, index.name],
        );
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        moved?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::schema;

    #[test]
    fn only_indexes_that_hold_a_column_are_built_anew() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE Events (id INTEGER PRIMARY KEY, integration TEXT, source TEXT, payload UNIQUE);
                 CREATE INDEX hub ON Events(integration); CREATE INDEX both ON Events(payload, source);
                 CREATE INDEX computed ON Events(lower(payload)); CREATE INDEX aside ON Events(payload)",
            )
            .unwrap();
        let tables = schema::tables(&connection).unwrap();
        let dropped = drop(&connection, &tables[0], &["source"]).unwrap();
        let names: Vec<&str> = dropped.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names, ["both", "computed"]);
        restore(&connection, &dropped).unwrap();
        let after: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(after, ["Events", "hub", "both", "computed", "aside"]);
    }
}
