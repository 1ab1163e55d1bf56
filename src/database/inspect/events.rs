//! Every event: grouped, counted, and looked through for IDs elsewhere, in one pass.

use std::collections::HashMap;

use serde_json::Value;

use crate::identity::{self, ConnectorId, HubId};
use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::Untrusted;

use super::super::DatabaseError;
use super::super::book::{Book, generated};
use super::super::cell::{CellRef, as_utf8};
use super::super::distinct::{Distinct, Weigh};
use super::super::facts::{EventFacts, FileFacts, HubEvents, JsonProblem, SourceGroup};
use super::super::newest::Newest;
use super::super::open::Db;
use super::super::residue::{Finder, Mask};
use super::super::schema::Table;
use super::super::source_json::{self, Tokens};
use super::super::walk::{RowView, estimate, walk};
use super::InspectStage;

/// Groups that are kept apart.
const MOST: usize = 1_000;
/// The longest text that is compared by its values.
const COMPARED: usize = 1 << 20;
/// Bytes of an example.
const EXAMPLE: usize = 64 << 10;

/// What one pair of hub and source means: worked out once.
struct Meaning {
    hub: Option<usize>,
    source: Source,
    residue: Mask,
}

enum Source {
    Group { at: Option<usize>, differs: bool },
    Problem { what: String },
}

impl Weigh for Meaning {
    fn heap(&self) -> usize {
        match &self.source {
            Source::Problem { what } => what.capacity(),
            Source::Group { .. } => 0,
        }
    }
}

/// Reads every event.
pub(super) fn read(
    db: &Db,
    table: &Table,
    cancel: &Cancel,
    facts: &mut FileFacts,
    book: &mut Book<'_>,
    on_progress: OnProgress<'_, InspectStage>,
) -> Result<(), DatabaseError> {
    let (Some(hub), Some(source)) = (table.column("integration"), table.column("source")) else { return Ok(()) };
    let mut except = generated(table);
    except.extend([hub, source]);
    let total = Some(estimate(db, table));
    let mut pass = Pass { events: EventFacts::default(), entries: entries(facts), finder: book.finder };
    let mut distinct = Distinct::new();
    let mut newest = Newest::of(table);
    let rows = walk(db, table, cancel, |row| {
        if row.number % 10_000 == 1 {
            on_progress(Progress { stage: InspectStage::Events, done: row.number - 1, total });
        }
        let cells = (row.cell(hub)?, row.cell(source)?);
        let meaning = distinct.get(cells.0, cells.1, || Ok::<_, DatabaseError>(pass.meaning(cells.0, cells.1, row)))?;
        let problem = pass.events.count(meaning);
        if let Some(what) = problem {
            facts.add_json_problem(problem_of(cells.0, row, what));
        }
        if meaning.residue != 0 {
            book.record(table, source, meaning.residue, 0, row);
        }
        newest.see(row)?;
        book.scan(table, row, &except)
    })?;
    book.end_table(rows);
    on_progress(Progress { stage: InspectStage::Events, done: rows, total: Some(rows) });
    pass.events.rows = rows;
    facts.events = Some(pass.events);
    facts.newest = newest.found(table);
    Ok(())
}

/// The entries of `Integrations.sources`, parsed, to compare events with.
fn entries(facts: &FileFacts) -> HashMap<(HubId, ConnectorId), (String, Option<Value>)> {
    let mut entries = HashMap::new();
    for row in &facts.integrations {
        for source in &row.sources {
            if let (Some(hub), Some(connector)) = (row.hub, source.connector()) {
                let text = source.text.raw();
                entries.insert((hub, connector), (text.to_owned(), value(text.as_bytes())));
            }
        }
    }
    entries
}

/// A text as values, where that tells more than its bytes: not beyond some size, as values take many times the room.
fn value(text: &[u8]) -> Option<Value> {
    if text.len() <= COMPARED { serde_json::from_slice(text).ok() } else { None }
}

/// Whether a text means the same. What cannot be read as values (a number that no double holds) counts as different.
fn same_json(entry: Option<&Value>, text: &[u8]) -> bool {
    entry.is_some() && value(text).as_ref() == entry
}

fn stored(cell: CellRef<'_>, row: &RowView<'_>) -> Untrusted {
    as_utf8(cell, row.wide)
        .map_or_else(|| cell.shown(row.wide, 400), |text| Untrusted::from_bytes(&text[..text.len().min(400)]))
}

fn problem_of(hub: CellRef<'_>, row: &RowView<'_>, what: &str) -> JsonProblem {
    let stored_hub = stored(hub, row);
    let hub = identity::parse_loosely(stored_hub.raw()).map(HubId::from);
    let (table, column, row, what) = ("Events", "source", row.called(), what.to_owned());
    JsonProblem { table, column, stored_hub, hub, row, what, rows: 1 }
}

struct Pass<'f> {
    events: EventFacts,
    entries: HashMap<(HubId, ConnectorId), (String, Option<Value>)>,
    finder: &'f Finder,
}

impl Pass<'_> {
    fn meaning(&mut self, hub: CellRef<'_>, source: CellRef<'_>, row: &RowView<'_>) -> Meaning {
        let stored_hub = stored(hub, row);
        let hub_at = self.events.hub(&stored_hub);
        let Some(text) = as_utf8(source, row.wide) else {
            let source = Source::Problem { what: source.no_text("a JSON object") };
            return Meaning { hub: hub_at, source, residue: 0 };
        };
        match source_json::object(&text) {
            Ok(tokens) => {
                let residue = self.finder.find_outside(&text, &[tokens.id_at.clone(), tokens.integration_at.clone()]);
                let source = self.group(stored_hub, &tokens, &text, row);
                Meaning { hub: hub_at, source, residue }
            }
            Err(what) => Meaning { hub: hub_at, source: Source::Problem { what }, residue: self.finder.find(&text) },
        }
    }

    fn group(&mut self, stored_hub: Untrusted, tokens: &Tokens<'_>, text: &[u8], row: &RowView<'_>) -> Source {
        let hub = identity::parse_loosely(stored_hub.raw()).map(HubId::from);
        let connector = tokens.connector();
        let differs = hub
            .zip(connector)
            .and_then(|key| self.entries.get(&key))
            .is_some_and(|(entry, parsed)| entry.as_bytes() != text && !same_json(parsed.as_ref(), text));
        let groups = &mut self.events.groups;
        let same = |known: &SourceGroup| {
            known.stored_hub == stored_hub
                && known.stored_connector.raw() == tokens.id
                && known.stored_inner_hub.raw() == tokens.integration
        };
        let at = groups.iter().position(same).or_else(|| {
            if groups.len() >= MOST {
                return None;
            }
            groups.push(SourceGroup {
                stored_hub,
                hub,
                stored_connector: Untrusted::new(tokens.id.clone()),
                connector,
                stored_inner_hub: Untrusted::new(tokens.integration.clone()),
                inner_hub: tokens.hub(),
                rows: 0,
                differing: 0,
                differing_example: None,
                first_row: row.called(),
                texts: 0,
            });
            Some(groups.len() - 1)
        });
        if let Some(group) = at.and_then(|at| groups.get_mut(at)) {
            group.texts += 1;
            if differs && group.differing_example.is_none() {
                group.differing_example = Some(Untrusted::from_bytes(&text[..text.len().min(EXAMPLE)]));
            }
        }
        Source::Group { at, differs }
    }
}

impl EventFacts {
    /// The place of a stored hub ID among the hubs.
    fn hub(&mut self, stored: &Untrusted) -> Option<usize> {
        let known = self.hubs.iter().position(|hub| hub.stored == *stored);
        known.or_else(|| {
            if self.hubs.len() >= MOST {
                return None;
            }
            let hub = identity::parse_loosely(stored.raw()).map(HubId::from);
            self.hubs.push(HubEvents { stored: stored.clone(), hub, rows: 0 });
            Some(self.hubs.len() - 1)
        })
    }

    /// One more event of this meaning; answers what is wrong with its JSON.
    fn count<'m>(&mut self, meaning: &'m Meaning) -> Option<&'m str> {
        match meaning.hub.and_then(|at| self.hubs.get_mut(at)) {
            Some(hub) => hub.rows += 1,
            None => self.more_hubs += 1,
        }
        match &meaning.source {
            Source::Group { at, differs } => {
                match at.and_then(|at| self.groups.get_mut(at)) {
                    Some(group) => {
                        group.rows += 1;
                        group.differing += u64::from(*differs);
                    }
                    None => self.more_groups += 1,
                }
                None
            }
            Source::Problem { what } => Some(what),
        }
    }
}
