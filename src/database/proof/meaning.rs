//! What a mapped row must hold afterwards, worked out once for each different pair of hub and source.

use super::super::cell::{CellRef, Wide, as_utf8, in_file};
use super::super::distinct::Weigh;
use super::super::mapper::Mapper;
use super::super::residue::{Finder, Mask};
use super::super::schema::Table;
use super::super::source_json;

/// The two mapped columns of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct MappedColumns {
    pub(super) hub: usize,
    pub(super) source: usize,
    array: bool,
}

impl MappedColumns {
    /// Where `table` is one of the two.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let (names, array) = match () {
            () if table.is("Integrations") => (["id", "sources"], true),
            () if table.is("Events") => (["integration", "source"], false),
            () => return None,
        };
        Some(Self { hub: table.column(names[0])?, source: table.column(names[1])?, array })
    }
}

/// What the two cells must be afterwards.
#[derive(Default)]
pub(super) struct Meaning {
    /// The new bytes of the hub's cell in the encoding of the file; none when it stays.
    pub(super) hub: Option<Vec<u8>>,
    /// The same of the source's cell.
    pub(super) source: Option<Vec<u8>>,
    /// Old IDs that stand there afterwards.
    pub(super) residue: [Mask; 2],
    /// Those of them that stand in a field that a restore maps.
    pub(super) fields: [Mask; 2],
}

impl Weigh for Meaning {
    fn heap(&self) -> usize {
        [&self.hub, &self.source].into_iter().flatten().map(Vec::capacity).sum()
    }
}

impl Meaning {
    pub(super) fn of(
        mapper: &Mapper,
        columns: MappedColumns,
        (hub, source): (CellRef<'_>, CellRef<'_>),
        wide: Option<Wide>,
        finder: &Finder,
    ) -> Result<Self, String> {
        let ours = as_utf8(hub, wide).is_some_and(|text| mapper.is_old_hub(&text));
        let text = as_utf8(source, wide);
        let tokens = text.as_deref().and_then(|text| {
            if columns.array {
                source_json::array(text).ok()
            } else {
                source_json::object(text).ok().map(|one| vec![one])
            }
        });
        let inside = match (&text, &tokens) {
            (Some(text), Some(tokens)) => mapper.stays_in_fields(finder, text, tokens, ours),
            _ => 0,
        };
        if !ours {
            let [hub, source] = [hub, source].map(|cell| cell.bytes().map_or(0, |bytes| finder.find(bytes)));
            return Ok(Self { hub: None, source: None, residue: [hub, source | inside], fields: [hub, inside] });
        }
        let text = text.ok_or("it is no text that can be kept as it is")?;
        let mapped = if columns.array { mapper.array(&text) } else { mapper.object(&text) };
        let mapped = mapped.map_err(|fault| format!("it cannot be mapped: {fault:?}"))?;
        let stays = [0, finder.find(mapped.new.as_deref().unwrap_or(&text)) | inside];
        let is_text = |cell| matches!(cell, CellRef::Text(_));
        Ok(Self {
            hub: mapper.hub().map(|new| in_file(new.as_bytes(), is_text(hub), wide).into_owned()),
            source: mapped.new.map(|new| in_file(&new, is_text(source), wide).into_owned()),
            residue: stays,
            fields: [0, inside],
        })
    }

    /// Whether the row changes at all.
    pub(super) fn changes(&self) -> bool {
        self.hub.is_some() || self.source.is_some()
    }
}

/// A cell with other bytes in the same storage class.
pub(super) fn with_bytes<'a>(cell: CellRef<'a>, bytes: Option<&'a [u8]>) -> CellRef<'a> {
    match (cell, bytes) {
        (CellRef::Text(_), Some(bytes)) => CellRef::Text(bytes),
        (CellRef::Blob(_), Some(bytes)) => CellRef::Blob(bytes),
        (cell, _) => cell,
    }
}
