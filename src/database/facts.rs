//! What `inspect` finds in a file, as plain data. Findings are made of it elsewhere.

mod tables;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::identity::{ConnectorId, HubId};
use crate::text::Untrusted;

use super::browse::RowKey;
use super::header::HeaderFacts;
use super::source_json::SourceJson;

pub use tables::{ColumnFacts, IndexFacts, IndexPart, TableFacts, TableKind};

/// Everything that is known about one database file. What an earlier fault kept from being looked at is `None`.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// The first bytes and the length.
    pub header: HeaderFacts,
    /// Why SQLite cannot read the file or its schema at all; then nothing below is known.
    pub unreadable: Option<Untrusted>,
    /// Parts of the schema that need a collation, function or module which only the connector has (R210).
    pub needs: Vec<Need>,
    /// What SQLite's integrity check says, at most 100 lines; empty when it says `ok`.
    pub integrity: Option<Vec<Untrusted>>,
    /// Full-text indexes that no longer fit the table that they index, in SQLite's words. Not damage: `rebuild` mends them.
    pub stale_full_text: Vec<Untrusted>,
    /// Broken foreign keys (R206).
    pub foreign_keys: Option<ForeignKeys>,
    /// All tables, in the order of the schema.
    pub tables: Vec<TableFacts>,
    /// Names of the triggers.
    pub triggers: Vec<Untrusted>,
    /// Names of the views.
    pub views: Vec<Untrusted>,
    /// The virtual tables.
    pub virtual_tables: Vec<VirtualTable>,
    /// Tables and columns of a connector's database that are not there (R205).
    pub missing: Vec<Missing>,
    /// The rows of `Integrations`, at most 64.
    pub integrations: Vec<IntegrationRow>,
    /// How many rows `Integrations` has.
    pub integration_rows: u64,
    /// What `Events` holds.
    pub events: Option<EventFacts>,
    /// JSON that is not what it should be, one for each kind of fault and column, at most 20 (R302).
    pub json_problems: Vec<JsonProblem>,
    /// Rows with such faults that no longer fitted into `json_problems`.
    pub more_json_problems: u64,
    /// IDs in upper case, with blanks, braces or without dashes (R308).
    pub loose_ids: Vec<LooseId>,
    /// The newest event, where a column tells.
    pub newest: Option<NewestEvent>,
    /// Where else the file's own IDs stand (R309).
    pub residue: Option<Vec<Residue>>,
}

impl FileFacts {
    /// Nothing but the header is known yet.
    pub(super) fn new(header: HeaderFacts) -> Self {
        Self {
            header,
            unreadable: None,
            needs: Vec::new(),
            integrity: None,
            stale_full_text: Vec::new(),
            foreign_keys: None,
            tables: Vec::new(),
            triggers: Vec::new(),
            views: Vec::new(),
            virtual_tables: Vec::new(),
            missing: Vec::new(),
            integrations: Vec::new(),
            integration_rows: 0,
            events: None,
            json_problems: Vec::new(),
            more_json_problems: 0,
            loose_ids: Vec::new(),
            newest: None,
            residue: None,
        }
    }

    /// One more row with a fault in its JSON.
    pub(super) fn add_json_problem(&mut self, problem: JsonProblem) {
        let same = |known: &&mut JsonProblem| {
            (known.table, known.column, &known.stored_hub, &known.what)
                == (problem.table, problem.column, &problem.stored_hub, &problem.what)
        };
        let room = self.json_problems.len() < 20;
        match self.json_problems.iter_mut().find(same) {
            Some(known) => known.rows += problem.rows,
            None if room => self.json_problems.push(problem),
            None => self.more_json_problems += problem.rows,
        }
    }

    /// The hub, when `Integrations` has exactly one row and its ID can be read.
    pub fn only_hub(&self) -> Option<HubId> {
        match (self.integration_rows, self.integrations.as_slice()) {
            (1, [row]) => row.hub,
            _ => None,
        }
    }

    /// The sources of one hub, in the order of the file.
    pub fn sources_of(&self, hub: HubId) -> impl Iterator<Item = &SourceJson> {
        self.integrations.iter().filter(move |row| row.hub == Some(hub)).flat_map(|row| &row.sources)
    }

    /// The source of one connector.
    pub fn source(&self, hub: HubId, connector: ConnectorId) -> Option<&SourceJson> {
        self.sources_of(hub).find(|source| source.connector() == Some(connector))
    }

    /// A table by its name, letter case ignored as SQLite does.
    pub fn table(&self, name: &str) -> Option<&TableFacts> {
        self.tables.iter().find(|table| table.name.raw().eq_ignore_ascii_case(name))
    }

    /// Whether everything was looked at: no fault kept a part from being checked.
    pub fn complete(&self) -> bool {
        self.unreadable.is_none() && self.residue.is_some()
    }
}

/// A part of the schema that SQLite cannot work with here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The table or index; empty when SQLite does not say.
    pub object: Untrusted,
    /// What is missing, in SQLite's words: `no such collation sequence: LOCALE`.
    pub what: Untrusted,
}

/// What `foreign_key_check` says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ForeignKeys {
    /// How many rows refer to a row that is not there.
    pub broken: u64,
    /// By table and the table referred to.
    pub by_table: Vec<BrokenKeys>,
    /// What SQLite cannot check, in its words: `foreign key mismatch - "A" referencing "B"`.
    pub unchecked: Vec<Untrusted>,
}

/// Broken foreign keys from one table to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenKeys {
    /// The table whose rows refer.
    pub table: Untrusted,
    /// The table referred to.
    pub parent: Untrusted,
    /// How many rows.
    pub rows: u64,
    /// The row ID of the first; none in a table without row IDs.
    pub first_row: Option<i64>,
}

/// One virtual table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VirtualTable {
    /// Its name.
    pub name: Untrusted,
    /// Its module: `fts5`.
    pub module: Untrusted,
    /// Whether it is a full-text index, which may keep old text.
    pub full_text: bool,
}

/// A part of a connector's database that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The table.
    pub table: &'static str,
    /// The column, when the table is there.
    pub column: Option<&'static str>,
}

/// One row of `Integrations`.
#[derive(Debug, Clone)]
pub struct IntegrationRow {
    /// Which row: `row 1`. Printable.
    pub row: String,
    /// Its ID as stored.
    pub stored: Untrusted,
    /// Its ID, read loosely.
    pub hub: Option<HubId>,
    /// Its sources; empty when the JSON is not what it should be (see [`FileFacts::json_problems`]).
    pub sources: Vec<SourceJson>,
}

/// What `Events` holds, grouped.
#[derive(Debug, Clone, Default)]
pub struct EventFacts {
    /// How many events there are in all.
    pub rows: u64,
    /// By the hub that they stand under, at most 1 000; the rest is in `more_hubs`.
    pub hubs: Vec<HubEvents>,
    /// Events of hubs that no longer fitted into `hubs`.
    pub more_hubs: u64,
    /// By hub, connector and inner hub of their source, at most 1 000; the rest is in `more_groups`.
    pub groups: Vec<SourceGroup>,
    /// Events whose group no longer fitted into `groups`.
    pub more_groups: u64,
}

/// The events under one stored hub ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubEvents {
    /// The ID as stored.
    pub stored: Untrusted,
    /// The ID, read loosely.
    pub hub: Option<HubId>,
    /// How many events.
    pub rows: u64,
}

/// The events whose source carries the same IDs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceGroup {
    /// `Events.integration` as stored.
    pub stored_hub: Untrusted,
    /// The same, read loosely.
    pub hub: Option<HubId>,
    /// `id` of the source as stored.
    pub stored_connector: Untrusted,
    /// The same, read loosely.
    pub connector: Option<ConnectorId>,
    /// `integrationId` of the source as stored.
    pub stored_inner_hub: Untrusted,
    /// The same, read loosely.
    pub inner_hub: Option<HubId>,
    /// How many events.
    pub rows: u64,
    /// Events whose source differs from the entry of the same connector in `Integrations.sources` (R307).
    pub differing: u64,
    /// One such source, for an example.
    pub differing_example: Option<Untrusted>,
    /// Which row was the first: `row 17`. Printable.
    pub first_row: String,
    /// How many different texts; a lower bound when very many.
    pub texts: u64,
}

/// A JSON text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonProblem {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The hub ID as stored in the same row.
    pub stored_hub: Untrusted,
    /// The same, read loosely.
    pub hub: Option<HubId>,
    /// The first such row: `row 17`. Printable.
    pub row: String,
    /// What is wrong, as the rest of a sentence: `is no JSON object`. Printable.
    pub what: String,
    /// How many rows have the same fault.
    pub rows: u64,
}

impl JsonProblem {
    /// The whole sentence: `Events.source in row 17 is no JSON object`.
    pub fn sentence(&self) -> String {
        format!("{}.{} in {} {}", self.table, self.column, self.row, self.what)
    }
}

/// An ID that is not stored in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseId {
    /// The table.
    pub table: &'static str,
    /// The column, or the column and the field inside: `source.integrationId`.
    pub column: &'static str,
    /// As stored.
    pub stored: Untrusted,
    /// The ID that it is.
    pub id: Uuid,
    /// How many rows.
    pub rows: u64,
}

/// The newest event by a time-like column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewestEvent {
    /// The table.
    pub table: Untrusted,
    /// The column.
    pub column: Untrusted,
    /// Its greatest value.
    pub at: Timestamp,
}

/// Which of the two IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhichId {
    /// A hub's.
    Hub,
    /// A connector's.
    Connector,
}

/// Cells of one column in which an ID stands where no restore changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residue {
    /// The table.
    pub table: Untrusted,
    /// The column.
    pub column: Untrusted,
    /// Whose ID.
    pub which: WhichId,
    /// The ID.
    pub id: Uuid,
    /// How many rows hold it.
    pub rows: u64,
    /// The first such row, counted from 1.
    pub row_number: u64,
    /// How many rows the table has.
    pub table_rows: u64,
    /// The first such row, cell by cell: column and value, cut.
    pub example: Vec<(Untrusted, Untrusted)>,
    /// Where `browse` finds that row.
    pub key: Option<RowKey>,
    /// Whether it stands in a field that a restore maps (the hub's column, `id`, `integrationId`), and stays there: in a
    /// row that is not mapped.
    pub in_mapped_field: bool,
    /// Whether it is statistics of SQLite (`sqlite_stat1` and others): harmless.
    pub statistics: bool,
}
