//! The new connector as its own database describes it, compared with the backup.

use super::{Clock, some_of};
use crate::database::FileFacts;
use crate::database::facts::{TableFacts, TableKind};
use crate::database::glance::Glance;
use crate::database::source_json::SourceJson;
use crate::finding::Severity::{Ask, Block, Warn};
use crate::finding::{Code, Finding};
use crate::identity::{ConnectorId, HubId};
use crate::text::{self, Untrusted, alike};

/// Whether what is in `file` under the IDs `ours` fits the new connector, by a look at its own database.
pub(super) fn fits(
    file: &FileFacts,
    ours: (HubId, ConnectorId),
    (hub, connector): (HubId, ConnectorId),
    glance: &Glance,
    clock: Clock,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let named = glance.hub.filter(|there| *there != hub);
    findings.extend(named.map(|there| names_another_hub(there, hub)));
    findings.extend(holds_data(connector, glance, clock));
    if let (Some(old), Some(new)) = (file.source(ours.0, ours.1), glance.source(connector)) {
        findings.extend(other_type(old, new));
        findings.extend(other_description(old, new));
    }
    findings.extend(other_schema(file, glance));
    findings
}

/// R408 of the new connector itself: its own database names another hub.
fn names_another_hub(named: HubId, given: HubId) -> Finding {
    Finding::new(
        Code::R408,
        Warn,
        format!("The new connector's own database names another hub. It names {named}, not {given}."),
    )
    .why("The platform made this connector on another hub than the one that you gave.")
    .remedy("Compare the hub's ID with the platform.")
    .about("the new connector")
}

/// R407: there is something to lose.
fn holds_data(connector: ConnectorId, glance: &Glance, clock: Clock) -> Option<Finding> {
    let newest = glance.newest.as_ref().map(|newest| newest.at);
    (glance.events > 0).then(|| {
        let events = text::counted(glance.events, "event", "events");
        let newest = newest.map_or_else(String::new, |at| format!(", the newest {} old", text::age(at, clock.now)));
        Finding::new(Code::R407, Ask, format!("The new connector holds {events}{newest}: the restore replaces them."))
            .why("Only the safety copy keeps them.")
            .remedy("Check that it is the right connector; accept if this data may go.")
            // A connector that loads data changes its number of events all the time.
            .evidence(connector.to_string())
    })
}

/// R404: another type.
fn other_type(old: &SourceJson, new: &SourceJson) -> Option<Finding> {
    let pairs = [("type", &old.kind, &new.kind), ("source type", &old.source_type, &new.source_type)];
    let (what, old, new) = pairs.into_iter().find_map(|(what, old, new)| {
        let (old, new) = (old.as_ref()?, new.as_ref()?);
        (old != new).then(|| (what, old.printable(), new.printable()))
    })?;
    Some(
        Finding::new(Code::R404, Block, format!("The new connector's {what} is {new}; the backup's is {old}."))
            .why("A connector of one type cannot use the data of another.")
            .remedy("Pick the right connector, or create it again with the right type."),
    )
}

/// R405: name, metadata or tags differ.
fn other_description(old: &SourceJson, new: &SourceJson) -> Option<Finding> {
    let shown = |text: &Option<Untrusted>| {
        text.as_ref().map_or_else(|| "nothing".to_owned(), |text| text::cut(&text.printable(), 60))
    };
    let pairs = [
        ("name", &old.name, &new.name, old.name == new.name),
        ("metadata", &old.metadata, &new.metadata, same_json(old.metadata.as_ref(), new.metadata.as_ref())),
        ("tags", &old.tags, &new.tags, same_json(old.tags.as_ref(), new.tags.as_ref())),
    ];
    let differing: Vec<String> = pairs
        .iter()
        .filter(|pair| !pair.3)
        .map(|(what, old, new, _)| {
            let (one, other) = (old.as_ref().map_or("", Untrusted::raw), new.as_ref().map_or("", Untrusted::raw));
            let apart = alike::told_apart(one, other, "in the backup", "in the new one");
            let apart = apart.map_or_else(String::new, |apart| format!(" (they look alike, but {apart})"));
            format!("{what}: backup {}, new {}{apart}", shown(old), shown(new))
        })
        .collect();
    (!differing.is_empty()).then(|| {
        Finding::new(Code::R405, Warn, format!("The new connector's description differs. {}.", differing.join("; ")))
            .why("The restored database brings the old values with it.")
            .remedy("Correct it in the platform, or accept if the change is wanted.")
    })
}

/// Whether two JSON texts mean the same. Nothing, `{}` and `[]` all mean nothing.
pub(in crate::restore) fn same_json(old: Option<&Untrusted>, new: Option<&Untrusted>) -> bool {
    let value = |text: Option<&Untrusted>| -> Option<serde_json::Value> {
        let text = text?.raw();
        let value = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
        let empty = match &value {
            serde_json::Value::Null => true,
            serde_json::Value::Array(items) => items.is_empty(),
            serde_json::Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        (!empty).then_some(value)
    };
    old.map(Untrusted::raw) == new.map(Untrusted::raw) || value(old) == value(new)
}

/// R208: another version of the connector's program made the new database.
fn other_schema(file: &FileFacts, glance: &Glance) -> Option<Finding> {
    let backup = file.header.fields.as_ref()?.user_version;
    let fresh = glance.user_version;
    if backup > fresh {
        let detail = format!("The backup's database has version {backup}, the new connector's {fresh}.");
        return Some(
            Finding::new(Code::R208, Block, detail)
                .why("An older program cannot read a newer database.")
                .remedy("Update the new hub first, then restore."),
        );
    }
    let mut differs = Vec::new();
    if backup < fresh {
        differs.push(format!("version {backup} in the backup, {fresh} in the new one"));
    }
    let columns = |table: &TableFacts| {
        let mut names: Vec<String> =
            table.columns.iter().map(|column| column.name.raw().to_ascii_lowercase()).collect();
        names.sort();
        names
    };
    let own = |tables: &[TableFacts]| -> Vec<(String, String, Vec<String>)> {
        let own = tables.iter().filter(|table| matches!(table.kind, TableKind::Ordinary | TableKind::Virtual));
        own.map(|table| (table.name.raw().to_ascii_lowercase(), table.name.printable(), columns(table))).collect()
    };
    let (old, new) = (own(&file.tables), own(&glance.tables));
    for (name, shown, columns) in &old {
        match new.iter().find(|table| table.0 == *name) {
            None => differs.push(format!("only the backup has the table {shown}")),
            Some(table) if table.2 != *columns => differs.push(format!("the table {shown} has other columns")),
            Some(_) => {}
        }
    }
    let only_new = new.iter().filter(|table| !old.iter().any(|there| there.0 == table.0));
    differs.extend(only_new.map(|table| format!("only the new one has the table {}", table.1)));
    (!differs.is_empty()).then(|| {
        Finding::new(Code::R208, Warn, format!("The tables differ: {}.", some_of(&differs, 4)))
            .why("The connector's program is of another version than the backup's.")
            .remedy("A newer program usually updates an older database: watch its log at the first start.")
    })
}
