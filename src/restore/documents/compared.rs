//! The document of `compare`.

use jiff::Timestamp;
use serde::Serialize;

use super::{IdentityDocument, SCHEMA};
use crate::database::compare::{Comparison, PairedBy, RowExample, SchemaDifference, TableComparison};
use crate::database::glance::Glance;
use crate::identity::ConnectorId;
use crate::text::Untrusted;

/// One value of each side.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sides<T> {
    /// A's.
    pub a: T,
    /// B's.
    pub b: T,
}

/// `compare`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompareDocument {
    /// The version of the document.
    pub schema: u32,
    /// Whether nothing differs.
    pub same: bool,
    /// Whether tables, indexes, triggers, views or the version of the schema differ.
    pub schema_differs: bool,
    /// Whether B was read with the IDs of A.
    pub ids_aside: bool,
    /// Who they belong to.
    pub identity: Sides<IdentityDocument>,
    /// The newest event of each.
    pub newest_event: Sides<Option<Timestamp>>,
    /// The first differences of the schema.
    pub schema_differences: Vec<SchemaDifference>,
    /// Every table, in the order of the schema.
    pub tables: Vec<ComparedTable>,
    /// Virtual tables: they have no rows of their own.
    pub left_out: Vec<Untrusted>,
}

/// A column that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferingColumn {
    /// The column.
    pub name: Untrusted,
    /// In how many rows.
    pub rows: u64,
}

/// One table of both sides.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedTable {
    /// Its name.
    pub name: Untrusted,
    /// Rows that only A has.
    #[serde(rename = "onlyA")]
    pub only_a: u64,
    /// Rows that only B has.
    #[serde(rename = "onlyB")]
    pub only_b: u64,
    /// Rows that both have, and that differ.
    pub different: u64,
    /// Rows that are the same.
    pub same: u64,
    /// Whether A has the table.
    #[serde(rename = "inA")]
    pub in_a: bool,
    /// Whether B has the table.
    #[serde(rename = "inB")]
    pub in_b: bool,
    /// How rows were paired.
    pub paired_by: PairedBy,
    /// In how many rows that both have each column differs.
    pub columns: Vec<DifferingColumn>,
    /// The newest time in rows that only A has.
    #[serde(rename = "newestOnlyA")]
    pub newest_only_a: Option<Timestamp>,
    /// The newest time in rows that only B has.
    #[serde(rename = "newestOnlyB")]
    pub newest_only_b: Option<Timestamp>,
    /// The first rows of each kind.
    pub examples: Vec<RowExample>,
}

impl CompareDocument {
    /// What differs between two databases, of which both were looked at.
    pub fn new(
        comparison: &Comparison,
        a: (&Glance, Option<ConnectorId>),
        b: (&Glance, Option<ConnectorId>),
        ids_aside: bool,
    ) -> Self {
        let newest = |glance: &Glance| glance.newest.as_ref().map(|newest| newest.at);
        Self {
            schema: SCHEMA,
            same: comparison.same(),
            schema_differs: comparison.schema_differences > 0,
            ids_aside,
            identity: Sides { a: IdentityDocument::of_glance(a.0, a.1), b: IdentityDocument::of_glance(b.0, b.1) },
            newest_event: Sides { a: newest(a.0), b: newest(b.0) },
            schema_differences: comparison.schema.clone(),
            tables: comparison.tables.iter().map(ComparedTable::new).collect(),
            left_out: comparison.left_out.clone(),
        }
    }
}

impl ComparedTable {
    fn new(table: &TableComparison) -> Self {
        let columns = table.columns.iter().map(|(name, rows)| DifferingColumn { name: name.clone(), rows: *rows });
        Self {
            name: table.name.clone(),
            only_a: table.only_a,
            only_b: table.only_b,
            different: table.different,
            same: table.same,
            in_a: table.in_a,
            in_b: table.in_b,
            paired_by: table.by,
            columns: columns.collect(),
            newest_only_a: table.newest_only_a.as_ref().map(|newest| newest.at),
            newest_only_b: table.newest_only_b.as_ref().map(|newest| newest.at),
            examples: table.examples.clone(),
        }
    }
}

impl IdentityDocument {
    /// What a quick look at a file says of one of its connectors, or of the only one.
    pub fn of_glance(glance: &Glance, connector: Option<ConnectorId>) -> Self {
        let connector = connector.or_else(|| glance.connector());
        let source = connector.and_then(|connector| glance.source(connector));
        Self {
            hub: glance.hub,
            connector,
            name: source.and_then(|source| source.name.clone()),
            kind: source.and_then(|source| source.kind.clone().or_else(|| source.source_type.clone())),
            sources: glance.sources.len() as u64,
        }
    }
}
