//! The tables and columns of a database, as SQL needs them to address every cell.

use rusqlite::Connection;

use crate::text::Untrusted;

use super::facts::{ColumnFacts, IndexFacts, IndexPart, TableFacts, TableKind};
use super::open::quote;

/// Columns of a connector's database without which nothing can be restored.
pub(super) const REQUIRED: [(&str, [&str; 2]); 2] =
    [("Integrations", ["id", "sources"]), ("Events", ["integration", "source"])];

/// One table, with what SQL needs.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) kind: TableKind,
    pub(super) without_rowid: bool,
    pub(super) strict: bool,
    pub(super) columns: Vec<Column>,
    /// A name under which the row ID can be read; none in a WITHOUT ROWID table, and where all its names are columns.
    pub(super) rowid: Option<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) key: u32,
    pub(super) generated: Generated,
}

/// Whether and how a column's value is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generated {
    No,
    Virtual,
    Stored,
}

impl Table {
    /// Whether its cells lie in the file as rows that can be read.
    pub(super) fn has_rows(&self) -> bool {
        self.kind != TableKind::Virtual
    }

    /// Its name for a sentence.
    pub(super) fn shown(&self) -> String {
        crate::text::printable(&self.name)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The name of a column, as the file writes it, in quotes.
    pub(super) fn quoted(&self, name: &str) -> String {
        self.column(name).map_or_else(|| quote(name), |at| quote(&self.columns[at].name))
    }

    /// What names a row, in SQL: the row ID, or the columns of the primary key. Empty where nothing does.
    pub(super) fn key(&self) -> Vec<String> {
        if let Some(rowid) = &self.rowid {
            return vec![rowid.clone()];
        }
        if !self.without_rowid {
            return Vec::new();
        }
        let mut parts: Vec<&Column> = self.columns.iter().filter(|column| column.key > 0).collect();
        parts.sort_by_key(|column| column.key);
        parts.iter().map(|column| quote(&column.name)).collect()
    }

    pub(super) fn facts(&self, rows: Option<u64>) -> TableFacts {
        TableFacts {
            name: Untrusted::new(self.name.clone()),
            kind: self.kind,
            columns: self
                .columns
                .iter()
                .map(|column| ColumnFacts {
                    name: Untrusted::new(column.name.clone()),
                    declared: Untrusted::new(column.declared.clone()),
                    key: column.key,
                    generated: column.generated != Generated::No,
                })
                .collect(),
            without_rowid: self.without_rowid,
            strict: self.strict,
            rows,
            indexes: Vec::new(),
        }
    }
}

/// All tables in the order of the schema, without the schema's own.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut listed = connection.prepare(
        "SELECT l.name, l.type, l.wr, l.strict FROM pragma_table_list AS l JOIN sqlite_schema AS s
         ON s.name = l.name AND s.type = 'table' WHERE l.schema = 'main' AND l.type <> 'view' ORDER BY s.rowid",
    )?;
    let found = listed.query_map([], |row| {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let kind = match kind.as_str() {
            "virtual" => TableKind::Virtual,
            "shadow" => TableKind::Shadow,
            _ if name.starts_with("sqlite_") => TableKind::Internal,
            _ => TableKind::Ordinary,
        };
        Ok((name, kind, row.get(2)?, row.get(3)?))
    })?;
    found
        .map(|found| {
            let (name, kind, without_rowid, strict) = found?;
            let columns = columns(connection, &name)?;
            let rowid = if without_rowid || kind == TableKind::Virtual { None } else { rowid(&columns) };
            Ok(Table { name, kind, without_rowid, strict, columns, rowid })
        })
        .collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut listed = connection.prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?;
    let columns = listed.query_map([table], |row| {
        Ok(Column {
            name: row.get(0)?,
            declared: row.get(1)?,
            key: row.get(2)?,
            generated: match row.get(3)? {
                2 => Generated::Virtual,
                3 => Generated::Stored,
                _ => Generated::No,
            },
        })
    })?;
    columns.collect()
}

/// The indexes of a table, those that a person made first.
pub(super) fn indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<IndexFacts>> {
    let mut listed = connection.prepare(
        "SELECT l.name, l.\"unique\", l.origin, l.partial, s.sql FROM pragma_index_list(?1) AS l
         LEFT JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = l.name ORDER BY l.seq DESC",
    )?;
    let mut columns =
        connection.prepare("SELECT cid, name, \"desc\" FROM pragma_index_xinfo(?1) WHERE \"key\" ORDER BY seqno")?;
    let found = listed.query_map([table], |row| {
        let name: String = row.get(0)?;
        let parts = columns.query_map([&name], |row| {
            let column: Option<String> = row.get(1)?;
            Ok(IndexPart { column: column.map(Untrusted::new), descending: row.get(2)? })
        })?;
        let origin: String = row.get(2)?;
        Ok(IndexFacts {
            parts: parts.collect::<rusqlite::Result<_>>()?,
            name: Untrusted::new(name),
            unique: row.get(1)?,
            partial: row.get(3)?,
            made: origin == "c",
            sql: row.get::<_, Option<String>>(4)?.map(Untrusted::new),
        })
    })?;
    let mut found: Vec<IndexFacts> = found.collect::<rusqlite::Result<_>>()?;
    found.sort_by_key(|index| !index.made);
    Ok(found)
}

/// A name of the row ID that no column takes.
fn rowid(columns: &[Column]) -> Option<String> {
    let free = |name: &&str| !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    if let Some(name) = ["rowid", "_rowid_", "oid"].into_iter().find(free) {
        return Some(name.to_owned());
    }
    // An INTEGER PRIMARY KEY is the row ID itself.
    let mut keys = columns.iter().filter(|column| column.key > 0);
    match (keys.next(), keys.next()) {
        (Some(key), None) if key.declared.eq_ignore_ascii_case("INTEGER") => Some(quote(&key.name)),
        _ => None,
    }
}
