//! The IDs in the file: whose database it is, whether its parts agree, and where else the old IDs stand.

use uuid::Uuid;

use super::some_of;
use crate::database::Plan;
use crate::database::facts::{EventFacts, FileFacts, Residue, WhichId};
use crate::database::source_json::SourceJson;
use crate::finding::Severity::{Ask, Block, Info, Warn};
use crate::finding::{Code, Finding};
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::restore::facts::Facts;
use crate::text::{self, Untrusted};

/// The IDs that a restore replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldIds {
    /// The old hub.
    pub hub: HubId,
    /// The old connector.
    pub connector: ConnectorId,
}

/// The old IDs: those of the key, where there is one; else those of the file. Where a file without a key holds several hubs
/// or connectors, the ones with the most events are meant (R303 and R304 say so).
pub fn old_ids(facts: &Facts) -> Option<OldIds> {
    if let Some((hub, connector)) = facts.key.known().and_then(|key| key.ids) {
        return Some(OldIds { hub, connector });
    }
    let file = facts.file.known()?;
    let events = |wanted: &dyn Fn(Option<HubId>, Option<ConnectorId>) -> bool| -> u64 {
        let groups = file.events.iter().flat_map(|events| &events.groups);
        groups.filter(|group| wanted(group.hub, group.connector)).map(|group| group.rows).sum()
    };
    // `max_by_key` takes the last of equals; the first in the file is meant.
    let hubs = file.integrations.iter().filter_map(|row| row.hub).rev();
    let hub = hubs.max_by_key(|hub| events(&|there, _| there == Some(*hub)))?;
    let connectors: Vec<ConnectorId> = file.sources_of(hub).filter_map(SourceJson::connector).collect();
    let most = |connector: &ConnectorId| events(&|there, inner| there == Some(hub) && inner == Some(*connector));
    let connector = connectors.into_iter().rev().max_by_key(most)?;
    Some(OldIds { hub, connector })
}

pub(super) fn findings(facts: &Facts, file: &FileFacts, findings: &mut Vec<Finding>) {
    // A file that ends too early is not opened: nothing is known of its IDs then.
    let unseen = file.unreadable.is_some() || file.integrity.is_none();
    if !file.missing.is_empty() || !file.header.is_sqlite() || unseen {
        return;
    }
    in_rows(facts, file, findings);
    findings.extend(leftovers(file.residue.as_deref().unwrap_or_default(), false));
}

/// What the rows tell that were read.
pub(super) fn in_rows(facts: &Facts, file: &FileFacts, findings: &mut Vec<Finding>) {
    let old = old_ids(facts);
    findings.extend(rows(facts, file));
    findings.extend(json(file, old));
    findings.extend(nameless(file, old));
    if let Some(old) = old {
        let disagreement = disagreement(facts, file, old);
        findings.extend(several_sources(file, old));
        if let Some(events) = &file.events {
            // The events of the key's connector are not listed either when the file is another connector's: one cause.
            findings.extend(disagreement.is_none().then(|| unlisted(file, events, old)).flatten());
            // All events belong to another hub than the key's when the file is another hub's: one cause.
            let inside = file.integrations.iter().any(|row| row.hub == Some(old.hub));
            findings.extend((inside || disagreement.is_none()).then(|| other_hubs(events, old)).flatten());
            findings.extend(renamed(events, old));
        }
        findings.extend(disagreement);
    }
    findings.extend(loose(file, |_| true));
}

/// R303: `Integrations` should have one row.
fn rows(facts: &Facts, file: &FileFacts) -> Option<Finding> {
    let several = |severity, detail: String| {
        Finding::new(Code::R303, severity, detail)
            .why("Only the row of the old hub gets the new ID.")
            .remedy("Look at the rows, and compare with the platform.")
    };
    let named = facts.key.known().and_then(|key| key.ids).map(|(hub, _)| hub);
    match file.integration_rows {
        0 => Some(
            Finding::new(Code::R303, Block, "Integrations has no row: the file names no hub.")
                .why("There is no ID in it that could be changed.")
                .remedy("Choose another version of this backup."),
        ),
        1 => None,
        n => {
            let hub = named.or_else(|| old_ids(facts).map(|old| old.hub));
            let same = file.integrations.iter().filter(|row| row.hub.is_some() && row.hub == hub).count();
            let rows = text::counted(n, "row", "rows");
            if same > 1 {
                return Some(several(Block, format!("Integrations has {rows}, {same} of them with the same hub ID.")));
            }
            let meant = hub.map_or_else(String::new, |hub| format!(" Hub {hub} is meant: it has the most events."));
            named.is_none().then(|| several(Ask, format!("Integrations has {rows}: several hubs.{meant}")))
        }
    }
}

/// R302: JSON of the old hub's rows that is not what it should be.
fn json(file: &FileFacts, old: Option<OldIds>) -> Option<Finding> {
    let ours = |hub: Option<HubId>| hub.is_none() || old.is_none() || hub == old.map(|old| old.hub);
    let problems: Vec<_> = file.json_problems.iter().filter(|problem| ours(problem.hub)).collect();
    let first = problems.first()?;
    let rows = match first.rows {
        0 | 1 => String::new(),
        n => format!(" (and in {} more)", text::counted(n - 1, "row", "rows")),
    };
    let more = match problems.len() {
        1 => String::new(),
        n => format!(" {} more.", text::counted(n as u64 - 1, "fault", "faults")),
    };
    Some(
        Finding::new(Code::R302, Block, format!("{}{rows}.{more}", first.sentence()))
            .why("reseat cannot know which part of it is the ID, and does not guess.")
            .remedy("Choose another version, or send the text to the makers of reseat.")
            .about(format!("{}.{}", first.table, first.column)),
    )
}

/// R301 for a file without a key that names nobody.
fn nameless(file: &FileFacts, old: Option<OldIds>) -> Option<Finding> {
    let row = file.integrations.first().filter(|_| old.is_none() && file.json_problems.is_empty())?;
    let detail = match row.hub {
        None => format!("Integrations.id is {}, which is no ID.", stored(&row.stored)),
        Some(hub) => format!("Integrations.sources of hub {hub} names no connector."),
    };
    Some(
        Finding::new(Code::R301, Block, detail)
            .why("Without old IDs nothing can be changed.")
            .remedy("Choose another version; if all have it, ask the connector's makers."),
    )
}

fn stored(text: &Untrusted) -> String {
    text::cut(&text.printable(), 60)
}

/// R301: key and file, or the parts of the file, name different IDs. One cause, one finding.
fn disagreement(facts: &Facts, file: &FileFacts, old: OldIds) -> Option<Finding> {
    let rows = &file.integrations;
    let all_known = file.integration_rows == rows.len() as u64;
    let there = rows.iter().any(|row| row.hub == Some(old.hub));
    let named = facts.key.known().and_then(|key| key.ids).is_some();
    let blocked = |detail: String, remedy: &str| {
        Finding::new(Code::R301, Block, detail).why("You would restore the data of another connector.").remedy(remedy)
    };
    let remedy = "Choose the backup of the connector that is named inside.";
    if named && all_known && !rows.is_empty() && !there {
        let inside: Vec<ConnectorId> =
            rows.iter().flat_map(|row| &row.sources).filter_map(SourceJson::connector).collect();
        let same_connector = inside.contains(&old.connector) || inside.is_empty();
        let hubs: Vec<String> =
            rows.iter().map(|row| row.hub.map_or_else(|| stored(&row.stored), |hub| hub.to_string())).collect();
        let connectors: Vec<String> = inside.iter().map(ToString::to_string).collect();
        let detail = if same_connector {
            format!(
                "The key and the file name different hubs. The key names {}; the file names {}.",
                old.hub,
                some_of(&hubs, 2)
            )
        } else {
            format!(
                "The key and the file name different hubs and connectors. The key names hub {} and connector {}; \
                 the file names hub {} and connector {}.",
                old.hub,
                old.connector,
                some_of(&hubs, 2),
                some_of(&connectors, 2)
            )
        };
        return Some(blocked(detail, remedy));
    }
    let faulty = file.json_problems.iter().any(|it| it.table == "Integrations" && it.hub == Some(old.hub));
    if named && there && !faulty && file.source(old.hub, old.connector).is_none() {
        let inside: Vec<String> = file.sources_of(old.hub).map(|source| stored(&source.id)).collect();
        let inside = if inside.is_empty() { "none".to_owned() } else { some_of(&inside, 2) };
        let detail = format!(
            "The key and the file name different connectors. The key names {}; the file names {inside}.",
            old.connector
        );
        return Some(blocked(detail, remedy));
    }
    let inner = inner_hub(file, old)?;
    Some(blocked(inner, "Choose another version; if all have it, ask the connector's makers."))
}

/// A source under the old hub that names another hub inside.
fn inner_hub(file: &FileFacts, old: OldIds) -> Option<String> {
    if let Some(source) = file.sources_of(old.hub).find(|source| source.hub() != Some(old.hub)) {
        let inside = stored(&source.integration_id);
        return Some(format!(
            "The file names different hubs. Integrations.sources names {inside} inside; its row is hub {}.",
            old.hub
        ));
    }
    let groups = file.events.iter().flat_map(|events| &events.groups);
    let groups: Vec<_> =
        groups.filter(|group| group.hub == Some(old.hub) && group.inner_hub != Some(old.hub)).collect();
    let first = groups.first()?;
    let rows = text::counted(groups.iter().map(|group| group.rows).sum(), "event names", "events name");
    let inside = stored(&first.stored_inner_hub);
    Some(format!("{rows} another hub inside than their own. Inside stands {inside}; they stand under hub {}.", old.hub))
}

/// R304: other connectors move along.
fn several_sources(file: &FileFacts, old: OldIds) -> Option<Finding> {
    let others: Vec<_> = file.sources_of(old.hub).filter(|source| source.connector() != Some(old.connector)).collect();
    if others.is_empty() || file.source(old.hub, old.connector).is_none() {
        return None;
    }
    let groups = || file.events.iter().flat_map(|events| &events.groups).filter(|group| group.hub == Some(old.hub));
    let named: Vec<String> = others
        .iter()
        .map(|source| {
            let events = groups().filter(|group| group.connector == source.connector()).map(|group| group.rows).sum();
            let name = source.name.as_ref().map_or_else(String::new, |name| format!(" {}", name.printable()));
            let events = match file.events {
                Some(_) => format!(" ({})", text::counted(events, "event", "events")),
                None => String::new(),
            };
            format!("{}{name}{events}", source.id.printable())
        })
        .collect();
    let first = match named.len() {
        1 => "Another connector moves along and keeps its ID".to_owned(),
        n => format!("{n} other connectors move along and keep their IDs"),
    };
    Some(
        Finding::new(
            Code::R304,
            Warn,
            format!("{first}. Only {} gets a new ID; these keep theirs: {}.", old.connector, some_of(&named, 6)),
        )
        .why("If it still runs elsewhere, its data is there twice.")
        .remedy("Ask the customer whether the others still run; accept if their events belong to the new hub."),
    )
}

/// R305: events of a connector that nobody lists.
fn unlisted(file: &FileFacts, events: &EventFacts, old: OldIds) -> Option<Finding> {
    let listed: Vec<ConnectorId> = file.sources_of(old.hub).filter_map(SourceJson::connector).collect();
    let mut rows = 0;
    let unlisted: Vec<String> = events
        .groups
        .iter()
        .filter(|group| group.hub == Some(old.hub) && group.connector.is_none_or(|id| !listed.contains(&id)))
        .map(|group| {
            rows += group.rows;
            format!("{} ({})", text::cut(&group.stored_connector.printable(), 60), text::count(group.rows))
        })
        .collect();
    (!unlisted.is_empty() && !listed.is_empty()).then(|| {
        let rows = text::counted(rows, "event names", "events name");
        let detail =
            format!("{rows} a connector that Integrations.sources does not hold. It is {}.", some_of(&unlisted, 3));
        Finding::new(Code::R305, Block, detail)
            .why("After the restore nobody would own these events.")
            .remedy("Choose another version; if all have it, ask the connector's makers.")
    })
}

/// R306: events of other hubs stay as they are.
fn other_hubs(events: &EventFacts, old: OldIds) -> Option<Finding> {
    let others: Vec<_> = events.hubs.iter().filter(|hub| hub.hub != Some(old.hub) && hub.rows > 0).collect();
    let rows = others.iter().map(|hub| hub.rows).sum::<u64>() + events.more_hubs;
    if rows == 0 {
        return None;
    }
    let named: Vec<String> = others
        .iter()
        .map(|hub| format!("{} ({})", text::cut(&hub.stored.printable(), 60), text::count(hub.rows)))
        .collect();
    let rows = text::counted(rows, "event belongs", "events belong");
    Some(
        Finding::new(
            Code::R306,
            Warn,
            format!("{rows} to other hubs and stay as they are. They stand under {}.", some_of(&named, 4)),
        )
        .why("They keep the ID of their hub; the new connector may not use them.")
        .remedy("They are often left from an earlier move: accept if the connector does not need them."),
    )
}

/// R307: the sources changed over time in more than the IDs.
fn renamed(events: &EventFacts, old: OldIds) -> Option<Finding> {
    let ours = || events.groups.iter().filter(|group| group.hub == Some(old.hub));
    let rows: u64 = ours().map(|group| group.differing).sum();
    (rows > 0).then(|| {
        let carry = text::counted(rows, "event carries", "events carry");
        Finding::new(Code::R307, Info, format!("{carry} another name or setting than Integrations.sources."))
            .why("The connector was renamed or changed over time.")
            .remedy("Nothing has to be done: each text gets the new IDs and stays as it is otherwise.")
    })
}

/// R308: IDs in another form than usual.
fn loose(file: &FileFacts, concerns: impl Fn(Uuid) -> bool) -> Option<Finding> {
    let forms: Vec<_> = file.loose_ids.iter().filter(|loose| concerns(loose.id)).collect();
    let named: Vec<String> = forms
        .iter()
        .map(|loose| {
            let rows = text::counted(loose.rows, "row", "rows");
            format!("{}.{} has {} in {rows}", loose.table, loose.column, text::cut(&loose.stored.printable(), 60))
        })
        .collect();
    (!named.is_empty()).then(|| {
        Finding::new(Code::R308, Warn, format!("IDs are written in another form. {}.", some_of(&named, 3)))
            .why("They are matched exactly as stored; the new IDs are written in lower case.")
            .remedy("Accept if the old connector worked so, and watch the new one's log.")
    })
}

/// R309: the old IDs in places that no restore changes. Only statistics of SQLite: a note, even before a rewrite.
fn leftovers(residue: &[Residue], before_rewrite: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (statistics, places): (Vec<_>, Vec<_>) = residue.iter().partition(|residue| residue.statistics);
    let (fields, places): (Vec<_>, Vec<_>) =
        places.into_iter().partition(|residue| before_rewrite && residue.in_mapped_field);
    if !fields.is_empty() {
        findings.push(
            Finding::new(Code::R309, Block, stay_sentence(&fields))
                .why("After the restore they would name a hub or a connector that does not exist any more.")
                .remedy("Choose another version; if all have it, ask the connector's makers.")
                .about("fields"),
        );
    }
    if !places.is_empty() {
        let severity = if before_rewrite { Warn } else { Info };
        findings.push(
            Finding::new(Code::R309, severity, leftover_sentence(&places))
                .why("What uses it may look for a hub or a connector that does not exist any more.")
                .remedy("Look at the rows. Logs do no harm; positions of loading may.")
                .evidence(leftover_evidence(&places)),
        );
    }
    if !statistics.is_empty() {
        findings.push(
            Finding::new(Code::R309, Info, leftover_sentence(&statistics))
                .why("These are statistics of SQLite: harmless.")
                .remedy("Nothing has to be done.")
                .about("sqlite_stat"),
        );
    }
    findings
}

fn stay_sentence(places: &[&Residue]) -> String {
    let named: Vec<String> = places
        .iter()
        .map(|place| {
            let which = if place.which == WhichId::Hub { "hub" } else { "connector" };
            let rows = text::counted(place.rows, "row", "rows");
            format!("the old {which} ID in {}.{}, in {rows}", place.table.printable(), place.column.printable())
        })
        .collect();
    format!("Rows that do not stand under the old hub keep {}.", some_of(&named, 4))
}

fn leftover_sentence(places: &[&Residue]) -> String {
    let which = |which: WhichId| match which {
        WhichId::Hub => "hub",
        WhichId::Connector => "connector",
    };
    let (hub, connector) = (
        places.iter().any(|place| place.which == WhichId::Hub),
        places.iter().any(|place| place.which == WhichId::Connector),
    );
    let at = |place: &Residue| {
        format!(
            "{}.{}, in {}",
            place.table.printable(),
            place.column.printable(),
            text::counted(place.rows, "row", "rows")
        )
    };
    if let [only] = places {
        return format!(
            "The old {} ID also stands in {}. reseat cannot tell if it is used; if it is, data may load twice or not at all.",
            which(only.which),
            at(only)
        );
    }
    let subject = match (hub, connector) {
        (true, false) => "The old hub ID also stands",
        (false, true) => "The old connector ID also stands",
        _ => "The old IDs also stand",
    };
    let named: Vec<String> = places
        .iter()
        .map(|place| if hub && connector { format!("{} ({})", at(place), which(place.which)) } else { at(place) })
        .collect();
    format!(
        "{subject} in {} places. They are {}. reseat cannot tell if they are used; if they are, data may load twice or \
         not at all.",
        named.len(),
        some_of(&named, 4)
    )
}

fn leftover_evidence(places: &[&Residue]) -> String {
    let named =
        places.iter().map(|place| format!("{}.{} {} {}", place.table.raw(), place.column.raw(), place.id, place.rows));
    named.collect::<Vec<_>>().join("; ")
}

/// What changes in the findings once the new IDs are known: an ID that stays the same is no leftover, and an ID that changes
/// is a warning. A file that was rewritten already is that, and not another connector's.
pub(super) fn judge_for(facts: &Facts, mapping: &Mapping, plan: Option<&Plan>, findings: &mut Vec<Finding>) {
    let changes = |id: Uuid| {
        (mapping.hub.changes() && id == mapping.hub.old.uuid())
            || (mapping.connector.changes() && id == mapping.connector.old.uuid())
    };
    let file = facts.file.known();
    findings.retain(|finding| finding.code != Code::R309 && finding.code != Code::R308);
    if let Some(file) = file.filter(|file| file.missing.is_empty()) {
        findings.extend(loose(file, changes));
        let residue = plan.map_or_else(|| file.residue.clone().unwrap_or_default(), |plan| plan.leftovers.clone());
        let residue: Vec<Residue> = residue.into_iter().filter(|residue| changes(residue.id)).collect();
        findings.extend(leftovers(&residue, true));
    }
    if findings.iter().any(|finding| finding.code == Code::R403) {
        findings.retain(|finding| finding.code != Code::R301);
    }
}
