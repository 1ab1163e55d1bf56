//! `Integrations` and `Events` as a plan sees them: which rows change, how, and what stands against it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::identity::{self, ConnectorId, Mapping};
use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::Untrusted;

use super::super::book::{Book, generated};
use super::super::browse::KeyPart;
use super::super::cell::{CellRef, as_utf8};
use super::super::distinct::{Distinct, Weigh};
use super::super::error::{DatabaseError, Refusal};
use super::super::facts::JsonProblem;
use super::super::mapper::{Fault, Mapper};
use super::super::open::Db;
use super::super::residue::{Finder, Mask};
use super::super::schema::Table;
use super::super::source_json::{self, Tokens};
use super::super::walk::{RowView, estimate, walk};
use super::{Change, ColumnChange, Example, PlanStage};

/// Reasons that are kept.
const MOST: usize = 20;
/// Ways in which the old hub's ID may be written: SQLite is given each of them.
const SPELLINGS: usize = 1_000;
/// Bytes of an example.
const EXAMPLE: usize = 64 << 10;

/// What a plan collects on its way.
pub(super) struct Pass {
    mapper: Mapper,
    /// The connectors in `sources` of the old hub.
    connectors: Vec<ConnectorId>,
    kinds: Vec<Kind>,
    rows: [u64; 2],
    pub(super) refusals: Vec<Refusal>,
    pub(super) spellings: Vec<KeyPart>,
    present: BTreeMap<(Uuid, &'static str, &'static str), u64>,
}

/// One kind of change, in one column.
struct Kind {
    table: usize,
    column: &'static str,
    /// Whether the hub's and the connector's ID change in it.
    ids: (bool, bool),
    rows: u64,
    texts: u64,
    row_number: u64,
    old: Untrusted,
    new: Untrusted,
}

const TABLES: [&str; 2] = ["Integrations", "Events"];

/// What one pair of hub and source means for the plan: worked out once.
struct Meaning {
    /// Kinds of change of the hub's and of the source's cell.
    kinds: [Option<usize>; 2],
    residue: [Mask; 2],
    /// Those of `residue` that stand in a field that a restore maps.
    fields: [Mask; 2],
    /// New IDs that stand here already.
    present: Vec<(Uuid, &'static str)>,
    /// A reason against it, by its place among the reasons.
    refusal: Option<usize>,
}

impl Meaning {
    /// A reason against the whole plan, if any.
    fn refused(refusal: Option<usize>, present: Vec<(Uuid, &'static str)>) -> Self {
        Self { kinds: [None; 2], residue: [0; 2], fields: [0; 2], present, refusal }
    }

    fn record(&self, book: &mut Book<'_>, table: &Table, columns: [usize; 2], row: &RowView<'_>) {
        for (at, column) in columns.into_iter().enumerate() {
            if self.residue[at] != 0 {
                book.record(table, column, self.residue[at], self.fields[at], row);
            }
        }
    }
}

impl Weigh for Meaning {
    fn heap(&self) -> usize {
        self.present.capacity() * size_of::<(Uuid, &str)>()
    }
}

impl Pass {
    pub(super) fn new(mapping: &Mapping) -> Self {
        Self {
            mapper: Mapper::new(mapping),
            connectors: Vec::new(),
            kinds: Vec::new(),
            rows: [0; 2],
            refusals: Vec::new(),
            spellings: Vec::new(),
            present: BTreeMap::new(),
        }
    }

    /// Reads `Integrations`; answers its rows.
    pub(super) fn integrations(
        &mut self,
        db: &Db,
        table: &Table,
        cancel: &Cancel,
        book: &mut Book<'_>,
    ) -> Result<u64, DatabaseError> {
        let (Some(id), Some(sources)) = (table.column("id"), table.column("sources")) else { return Ok(0) };
        let mut except = generated(table);
        except.extend([id, sources]);
        let mut found = 0;
        let rows = walk(db, table, cancel, |row| {
            let meaning = self.integration(row, (row.cell(id)?, row.cell(sources)?), book.finder);
            found += u64::from(self.is_ours(row.cell(id)?, row));
            self.count(0, &meaning, ["id", "sources"]);
            meaning.record(book, table, [id, sources], row);
            book.scan(table, row, &except)
        })?;
        book.end_table(rows);
        let (hub, connector) = (self.mapper.mapping.hub.old, self.mapper.mapping.connector.old);
        if self.refusals.is_empty() {
            match found {
                0 => self.refuse(Refusal::NoHub(hub)),
                1 if !self.connectors.contains(&connector) => self.refuse(Refusal::NoConnector(connector)),
                1 => None,
                rows => self.refuse(Refusal::SeveralRows { hub, rows }),
            };
        }
        Ok(rows)
    }

    /// Reads `Events`; answers its rows.
    pub(super) fn events(
        &mut self,
        db: &Db,
        table: &Table,
        cancel: &Cancel,
        book: &mut Book<'_>,
        on_progress: OnProgress<'_, PlanStage>,
    ) -> Result<u64, DatabaseError> {
        let (Some(hub), Some(source)) = (table.column("integration"), table.column("source")) else { return Ok(0) };
        let mut except = generated(table);
        except.extend([hub, source]);
        let total = Some(estimate(db, table));
        let mut distinct = Distinct::new();
        let rows = walk(db, table, cancel, |row| {
            if row.number % 10_000 == 1 {
                on_progress(Progress { stage: PlanStage::Events, done: row.number - 1, total });
            }
            let cells = (row.cell(hub)?, row.cell(source)?);
            let compute = || Ok::<_, DatabaseError>(self.event(row, cells, book.finder));
            let meaning = distinct.get(cells.0, cells.1, compute)?;
            self.count(1, meaning, ["integration", "source"]);
            meaning.record(book, table, [hub, source], row);
            book.scan(table, row, &except)
        })?;
        book.end_table(rows);
        on_progress(Progress { stage: PlanStage::Events, done: rows, total: Some(rows) });
        Ok(rows)
    }

    fn is_ours(&self, hub: CellRef<'_>, row: &RowView<'_>) -> bool {
        as_utf8(hub, row.wide).is_some_and(|text| self.mapper.is_old_hub(&text))
    }

    fn integration(&mut self, row: &RowView<'_>, cells: (CellRef<'_>, CellRef<'_>), finder: &Finder) -> Meaning {
        let text = as_utf8(cells.1, row.wide);
        let tokens = text.as_deref().map(source_json::array);
        let present = self.present_in(row, cells.0, tokens.iter().flatten().flatten());
        if !self.is_ours(cells.0, row) {
            let tokens = tokens.as_ref().and_then(|tokens| tokens.as_deref().ok()).unwrap_or_default();
            return self.others(cells, text.as_deref().unwrap_or_default(), tokens, finder, present);
        }
        self.spelling(cells.0, row);
        let mapped = match &tokens {
            None => Err(Fault::Json(cells.1.no_text("a JSON array"))),
            Some(Err(what)) => Err(Fault::Json(what.clone())),
            Some(Ok(tokens)) => {
                self.connectors.extend(tokens.iter().filter_map(Tokens::connector));
                self.mapper.array(text.as_deref().unwrap_or_default())
            }
        };
        let tokens = tokens.as_ref().and_then(|tokens| tokens.as_deref().ok()).unwrap_or_default();
        let text = (text.as_deref().unwrap_or_default(), tokens);
        self.ours(row, cells, mapped.map(|mapped| mapped.new), text, finder, present, 0)
    }

    fn event(&mut self, row: &RowView<'_>, cells: (CellRef<'_>, CellRef<'_>), finder: &Finder) -> Meaning {
        let text = as_utf8(cells.1, row.wide);
        let tokens = text.as_deref().map(source_json::object);
        let present = self.present_in(row, cells.0, tokens.iter().flatten());
        if !self.is_ours(cells.0, row) {
            let tokens = tokens.as_ref().and_then(|tokens| tokens.as_ref().ok()).map(std::slice::from_ref);
            let text = text.as_deref().unwrap_or_default();
            return self.others(cells, text, tokens.unwrap_or_default(), finder, present);
        }
        self.spelling(cells.0, row);
        let mapped = match &tokens {
            None => Err(Fault::Json(cells.1.no_text("a JSON object"))),
            Some(Err(what)) => Err(Fault::Json(what.clone())),
            Some(Ok(tokens)) => {
                // Without any entry there is a better reason already.
                let known = self.connectors.is_empty()
                    || tokens.connector().is_some_and(|connector| self.connectors.contains(&connector));
                if !known {
                    let connector = Untrusted::new(tokens.id.clone());
                    let refusal = self.refuse(Refusal::UnknownConnector { connector, rows: 0 });
                    return Meaning::refused(refusal, present);
                }
                self.mapper.object(text.as_deref().unwrap_or_default())
            }
        };
        let tokens = tokens.as_ref().and_then(|tokens| tokens.as_ref().ok()).map(std::slice::from_ref);
        let text = (text.as_deref().unwrap_or_default(), tokens.unwrap_or_default());
        self.ours(row, cells, mapped.map(|mapped| mapped.new), text, finder, present, 1)
    }

    /// A row of another hub: it stays, with the old IDs that stand in it.
    fn others(
        &self,
        (hub, source): (CellRef<'_>, CellRef<'_>),
        text: &[u8],
        tokens: &[Tokens<'_>],
        finder: &Finder,
        present: Vec<(Uuid, &'static str)>,
    ) -> Meaning {
        let [hub, source] = [hub, source].map(|cell| cell.bytes().map_or(0, |bytes| finder.find(bytes)));
        let inside = self.mapper.stays_in_fields(finder, text, tokens, false);
        let (residue, fields) = ([hub, source | inside], [hub, inside]);
        Meaning { kinds: [None; 2], residue, fields, present, refusal: None }
    }

    /// A row of the old hub: how its two cells change.
    #[allow(clippy::too_many_arguments)] // Two callers, one above the other.
    fn ours(
        &mut self,
        row: &RowView<'_>,
        cells: (CellRef<'_>, CellRef<'_>),
        mapped: Result<Option<Vec<u8>>, Fault>,
        (text, tokens): (&[u8], &[Tokens<'_>]),
        finder: &Finder,
        present: Vec<(Uuid, &'static str)>,
        table: usize,
    ) -> Meaning {
        let new = match mapped {
            Ok(new) => new,
            Err(fault) => {
                let refusal = self.refusal(row, cells.0, fault, table);
                return Meaning::refused(refusal, present);
            }
        };
        let columns = [["id", "sources"], ["integration", "source"]][table];
        let inside = self.mapper.stays_in_fields(finder, text, tokens, true);
        let (residue, fields) = ([0, finder.find(new.as_deref().unwrap_or(text)) | inside], [0, inside]);
        let hub = self.mapper.hub().map(str::to_owned).map(|new| {
            let old = as_utf8(cells.0, row.wide).unwrap_or_default();
            self.kind(table, columns[0], (true, false), row, &old, new.as_bytes())
        });
        let source = new.map(|new| {
            let connector = self.mapper.mapping.connector;
            let changes_connector = connector.changes() && names(&new, connector.new, table);
            self.kind(table, columns[1], (self.mapper.hub().is_some(), changes_connector), row, text, &new)
        });
        Meaning { kinds: [hub, source], residue, fields, present, refusal: None }
    }

    fn kind(
        &mut self,
        table: usize,
        column: &'static str,
        ids: (bool, bool),
        row: &RowView<'_>,
        old: &[u8],
        new: &[u8],
    ) -> usize {
        let known = self.kinds.iter().position(|kind| (kind.table, kind.column, kind.ids) == (table, column, ids));
        let at = known.unwrap_or_else(|| {
            let example = |text: &[u8]| Untrusted::from_bytes(&text[..text.len().min(EXAMPLE)]);
            let (old, new, row_number) = (example(old), example(new), row.number);
            self.kinds.push(Kind { table, column, ids, rows: 0, texts: 0, row_number, old, new });
            self.kinds.len() - 1
        });
        self.kinds[at].texts += 1;
        at
    }

    fn refusal(&mut self, row: &RowView<'_>, hub: CellRef<'_>, fault: Fault, table: usize) -> Option<usize> {
        let column = ["sources", "source"][table];
        match fault {
            Fault::Json(what) => {
                let stored = as_utf8(hub, row.wide).unwrap_or_default();
                let stored_hub = Untrusted::from_bytes(&stored);
                let hub = Some(self.mapper.mapping.hub.old);
                let (table, row) = (TABLES[table], row.called());
                self.refuse(Refusal::Json(JsonProblem { table, column, stored_hub, hub, row, what, rows: 0 }))
            }
            Fault::OtherHub(integration) => {
                let place = format!("{}.{column}, {}", TABLES[table], row.called());
                self.refuse(Refusal::OtherHubInside { place, integration })
            }
        }
    }

    fn refuse(&mut self, refusal: Refusal) -> Option<usize> {
        let same = |known: &Refusal| match (known, &refusal) {
            (Refusal::Json(a), Refusal::Json(b)) => (a.column, &a.what) == (b.column, &b.what),
            (Refusal::UnknownConnector { connector: a, .. }, Refusal::UnknownConnector { connector: b, .. }) => a == b,
            (a, b) => a == b,
        };
        let known = self.refusals.iter().position(same);
        known.or_else(|| {
            if self.refusals.len() >= MOST {
                return None;
            }
            self.refusals.push(refusal);
            Some(self.refusals.len() - 1)
        })
    }

    fn spelling(&mut self, hub: CellRef<'_>, row: &RowView<'_>) {
        // Bound as UTF-8: SQLite converts it to the encoding of the file.
        let part = match (hub, as_utf8(hub, row.wide)) {
            (CellRef::Text(_), Some(text)) => KeyPart::Text(text.into_owned()),
            _ => hub.key_part(),
        };
        if self.spellings.contains(&part) {
            return;
        }
        if self.spellings.len() < SPELLINGS {
            self.spellings.push(part);
        } else {
            self.refuse(Refusal::TooManyForms(self.mapper.mapping.hub.old));
        }
    }

    /// New IDs that stand in a row before anything is changed.
    fn present_in<'t>(
        &self,
        row: &RowView<'_>,
        hub: CellRef<'_>,
        tokens: impl Iterator<Item = &'t Tokens<'t>>,
    ) -> Vec<(Uuid, &'static str)> {
        let Mapping { hub: hubs, connector } = self.mapper.mapping;
        let stored = as_utf8(hub, row.wide);
        let stored =
            stored.as_deref().and_then(|text| std::str::from_utf8(text).ok()).and_then(identity::parse_loosely);
        let mut found = Vec::new();
        if hubs.changes() && stored == Some(hubs.new.uuid()) {
            found.push((hubs.new.uuid(), "hub"));
        }
        for one in tokens {
            if connector.changes() && one.connector() == Some(connector.new) {
                found.push((connector.new.uuid(), "source"));
            }
        }
        found
    }

    fn count(&mut self, table: usize, meaning: &Meaning, columns: [&'static str; 2]) {
        for at in meaning.kinds.into_iter().flatten() {
            self.kinds[at].rows += 1;
        }
        self.rows[table] += u64::from(meaning.kinds.iter().any(Option::is_some));
        for (id, place) in &meaning.present {
            let column = columns[usize::from(*place == "source")];
            *self.present.entry((*id, TABLES[table], column)).or_default() += 1;
        }
        let refusal = meaning.refusal.and_then(|at| self.refusals.get_mut(at));
        if let Some(Refusal::UnknownConnector { rows, .. } | Refusal::Json(JsonProblem { rows, .. })) = refusal {
            *rows += 1;
        }
    }

    /// New IDs that differ from their old ones and stand in the file already.
    pub(super) fn new_ids_present(&self) -> Vec<Refusal> {
        let refusal = |(&(id, table, column), &rows): (&(Uuid, &'static str, &'static str), &u64)| {
            Refusal::NewIdPresent { id, table, column, rows }
        };
        self.present.iter().map(refusal).collect()
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        TABLES.into_iter().zip(self.rows).map(|(table, rows)| Change { table, rows }).collect()
    }

    pub(super) fn columns(&self) -> Vec<ColumnChange> {
        let mut found: Vec<ColumnChange> = Vec::new();
        for kind in &self.kinds {
            let table = TABLES[kind.table];
            match found.iter_mut().find(|known| (known.table, known.column) == (table, kind.column)) {
                Some(known) => known.rows += kind.rows,
                None => found.push(ColumnChange { table, column: kind.column, rows: kind.rows }),
            }
        }
        found
    }

    pub(super) fn examples(&self, table_rows: [u64; 2]) -> Vec<Example> {
        let example = |kind: &Kind| Example {
            table: TABLES[kind.table],
            column: kind.column,
            rows: kind.rows,
            row_number: kind.row_number,
            table_rows: table_rows[kind.table],
            texts: kind.texts,
            old: kind.old.clone(),
            new: kind.new.clone(),
        };
        self.kinds.iter().map(example).collect()
    }
}

/// Whether a new text names this connector.
fn names(text: &[u8], connector: ConnectorId, table: usize) -> bool {
    let is = |tokens: &Tokens<'_>| tokens.connector() == Some(connector);
    match table {
        0 => source_json::array(text).is_ok_and(|all| all.iter().any(is)),
        _ => source_json::object(text).is_ok_and(|one| is(&one)),
    }
}
