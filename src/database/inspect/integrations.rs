//! The rows of `Integrations`.

use crate::identity::{self, HubId};
use crate::progress::Cancel;
use crate::text::Untrusted;

use super::super::DatabaseError;
use super::super::book::{Book, generated};
use super::super::cell::as_utf8;
use super::super::facts::{FileFacts, IntegrationRow, JsonProblem, WhichId};
use super::super::open::Db;
use super::super::residue::{Finder, Wanted};
use super::super::schema::Table;
use super::super::source_json::{self, SourceJson};
use super::super::walk::{RowView, walk, walk_first};

/// Rows that are kept.
const MOST: usize = 64;

/// Reads every row.
pub(super) fn read(db: &Db, table: &Table, cancel: &Cancel, facts: &mut FileFacts) -> Result<(), DatabaseError> {
    let (Some(id), Some(sources)) = (table.column("id"), table.column("sources")) else { return Ok(()) };
    facts.integration_rows = walk(db, table, cancel, |row| see(row, id, sources, facts))?;
    Ok(())
}

/// Reads the first rows, and of those only what tells the IDs: for a file of which little is read.
pub(in crate::database) fn read_first(
    db: &Db,
    table: &Table,
    cancel: &Cancel,
    facts: &mut FileFacts,
) -> Result<(), DatabaseError> {
    let (Some(id), Some(sources)) = (table.column("id"), table.column("sources")) else { return Ok(()) };
    let columns = [id, sources].map(|at| table.columns[at].clone()).to_vec();
    let narrow = Table { columns, ..table.clone() };
    facts.integration_rows = walk_first(db, &narrow, MOST as u64, cancel, |row| see(row, 0, 1, facts))?;
    Ok(())
}

fn see(row: &RowView<'_>, id: usize, sources: usize, facts: &mut FileFacts) -> Result<(), DatabaseError> {
    let cell = row.cell(id)?;
    let stored = match as_utf8(cell, row.wide) {
        Some(text) => Untrusted::from_bytes(&text),
        None => cell.shown(row.wide, 400),
    };
    let hub = cell.bytes().and_then(|_| identity::parse_loosely(stored.raw())).map(HubId::from);
    let sources = sources_of(row, sources).unwrap_or_else(|what| {
        let (row, rows) = (row.called(), 1);
        let (table, column, stored_hub) = ("Integrations", "sources", stored.clone());
        facts.add_json_problem(JsonProblem { table, column, stored_hub, hub, row, what, rows });
        Vec::new()
    });
    if facts.integrations.len() < MOST {
        facts.integrations.push(IntegrationRow { row: row.called(), stored, hub, sources });
    }
    Ok(())
}

fn sources_of(row: &RowView<'_>, column: usize) -> Result<Vec<SourceJson>, String> {
    let cell = row.cell(column).map_err(|error| format!("cannot be read: {error}"))?;
    let text = as_utf8(cell, row.wide).ok_or_else(|| cell.no_text("a JSON array"))?;
    let tokens = source_json::array(&text)?;
    Ok(tokens.iter().map(|tokens| source_json::details(&text, tokens)).collect())
}

/// All IDs that the file calls its own.
pub(super) fn own_ids(facts: &FileFacts) -> Finder {
    let hubs = facts.integrations.iter().filter_map(|row| row.hub);
    let connectors = facts.integrations.iter().flat_map(|row| &row.sources).filter_map(SourceJson::connector);
    Finder::new(
        hubs.map(|hub| Wanted { which: WhichId::Hub, id: hub.uuid() })
            .chain(connectors.map(|connector| Wanted { which: WhichId::Connector, id: connector.uuid() })),
    )
}

/// IDs beside those that belong there.
pub(super) fn residue(db: &Db, table: &Table, cancel: &Cancel, book: &mut Book<'_>) -> Result<(), DatabaseError> {
    let (Some(id), Some(sources)) = (table.column("id"), table.column("sources")) else { return Ok(()) };
    let mut except = generated(table);
    except.extend([id, sources]);
    let rows = walk(db, table, cancel, |row| {
        let text = as_utf8(row.cell(sources)?, row.wide).unwrap_or_default();
        let tokens = source_json::array(&text).unwrap_or_default();
        let spans: Vec<_> = tokens.into_iter().flat_map(|one| [one.id_at, one.integration_at]).collect();
        let mask = book.finder.find_outside(&text, &spans);
        if mask != 0 {
            book.record(table, sources, mask, 0, row);
        }
        book.scan(table, row, &except)
    })?;
    book.end_table(rows);
    Ok(())
}
