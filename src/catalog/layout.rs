//! The layout of the keys: `{org}/datahub/{hub}/connector/{connector}/{file}`, and nothing else.
//!
//! Keys are taken as they are, byte for byte: a `%41` in a key is three characters, never an `A`.

use serde::Serialize;

use crate::identity::{self, ConnectorId, HubId};
use crate::text::Untrusted;

/// The fixed words of the layout.
const HUBS: &str = "datahub";
const CONNECTORS: &str = "connector";

/// Where in the layout a backup lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The organisation's slug.
    pub org: Untrusted,
    /// The hub.
    pub hub: HubId,
    /// The connector.
    pub connector: ConnectorId,
    /// The name of the file.
    pub file: Untrusted,
    /// The hub's ID as it stands in the key.
    #[serde(skip)]
    pub hub_written: Untrusted,
    /// The connector's ID as it stands in the key.
    #[serde(skip)]
    pub connector_written: Untrusted,
}

/// Reads a key below `prefix` (empty, or with its final `/`). None: not the backup of a connector.
pub fn parse_key(prefix: &str, key: &str) -> Option<Place> {
    let mut parts = key.strip_prefix(prefix)?.split('/');
    let org = parts.next().filter(|org| is_name(org))?;
    parts.next().filter(|word| *word == HUBS)?;
    let hub = parts.next()?;
    parts.next().filter(|word| *word == CONNECTORS)?;
    let connector = parts.next()?;
    let file = parts.next().filter(|file| is_name(file))?;
    if parts.next().is_some() {
        return None;
    }
    Some(Place {
        org: org.into(),
        hub: parse_id(hub)?.into(),
        connector: parse_id(connector)?.into(),
        file: file.into(),
        hub_written: hub.into(),
        connector_written: connector.into(),
    })
}

/// Reads the tail of a local path, as `parse_key` reads a key: `…/acme/datahub/<hub>/connector/<connector>/sqlite.db`.
pub fn parse_path(path: &std::path::Path) -> Option<Place> {
    let names: Vec<&str> = path.iter().map(|name| name.to_str()).collect::<Option<_>>()?;
    let tail = names.get(names.len().checked_sub(6)?..)?;
    parse_key("", &tail.join("/"))
}

/// An ID as a key holds it: 36 characters, in either letter case, not nil.
pub fn parse_id(segment: &str) -> Option<uuid::Uuid> {
    // Blanks or braces around 32 digits make 36 characters, too.
    identity::parse(segment).ok().filter(|id| segment.eq_ignore_ascii_case(&id.to_string()))
}

/// Whether `name` can be one segment of the layout: there, and not a step through folders.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".."
}

impl Place {
    /// The key of this place below `prefix`, exactly as it was read.
    pub fn key(&self, prefix: &str) -> String {
        let folder = folder_of(prefix, self.org.raw(), self.hub_written.raw(), self.connector_written.raw());
        format!("{folder}{}", self.file.raw())
    }

    /// The prefix of everything that belongs to this connector, as it was read.
    pub fn folder(&self, prefix: &str) -> String {
        folder_of(prefix, self.org.raw(), self.hub_written.raw(), self.connector_written.raw())
    }
}

/// The prefix of an organisation.
pub fn org_prefix(prefix: &str, org: &str) -> String {
    format!("{prefix}{org}/")
}

/// The prefix below which an organisation's hubs lie.
pub fn hubs_prefix(prefix: &str, org: &str) -> String {
    format!("{prefix}{org}/{HUBS}/")
}

/// The prefix below which a hub's connectors lie. `hub` as it is written in the keys.
pub fn connectors_prefix(prefix: &str, org: &str, hub: &str) -> String {
    format!("{prefix}{org}/{HUBS}/{hub}/{CONNECTORS}/")
}

/// The prefix below which a connector's files lie. IDs as they are written in the keys.
pub fn folder_of(prefix: &str, org: &str, hub: &str, connector: &str) -> String {
    format!("{prefix}{org}/{HUBS}/{hub}/{CONNECTORS}/{connector}/")
}

/// What a key that is not a connector's backup looks like, for the list: one short phrase.
pub fn what_else(prefix: &str, key: &str) -> &'static str {
    let Some(rest) = key.strip_prefix(prefix) else { return "outside the prefix" };
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        [_, agent, "RAW", name] if !agent.is_empty() && *name == "sqlitedb" => "the database of an agent",
        [_, _, "RAW", ..] => "data of an agent",
        [.., ""] => "a folder",
        [_, "datahub", ..] => "not a connector backup: another layout below datahub",
        _ => "not a connector backup",
    }
}

#[cfg(test)]
mod tests;
