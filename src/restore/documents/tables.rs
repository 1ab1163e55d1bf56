//! The tables of a database, as a document.

use serde::Serialize;

use crate::database::facts::{IndexFacts, TableFacts};
use crate::text::Untrusted;

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDocument {
    /// Its name.
    pub name: Untrusted,
    /// How many rows.
    pub rows: u64,
    /// Its indexes.
    pub indexes: Vec<IndexDocument>,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexDocument {
    /// Its name.
    pub name: Untrusted,
    /// Its columns, in order; null where it is over an expression.
    pub columns: Vec<Option<Untrusted>>,
    /// Whether no two rows may have the same.
    pub unique: bool,
    /// Whether it holds only some of the rows.
    pub partial: bool,
}

impl TableDocument {
    /// A table whose rows were counted.
    pub fn of(table: &TableFacts) -> Option<Self> {
        let indexes = table.indexes.iter().map(IndexDocument::of).collect();
        Some(Self { name: table.name.clone(), rows: table.rows?, indexes })
    }
}

impl IndexDocument {
    fn of(index: &IndexFacts) -> Self {
        let columns = index.parts.iter().map(|part| part.column.clone()).collect();
        Self { name: index.name.clone(), columns, unique: index.unique, partial: index.partial }
    }
}
