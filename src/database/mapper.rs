//! Old IDs to new ones, in single values and in JSON.

use std::ops::Range;

use crate::identity::{self, ConnectorId, HubId, Mapping};
use crate::text::Untrusted;

use super::residue::{Finder, Mask};
use super::source_json::{self, Tokens};

/// Works out the new text of a cell.
#[derive(Debug, Clone)]
pub(super) struct Mapper {
    pub(super) mapping: Mapping,
    hub: String,
    connector: String,
}

/// The new text of a cell, and what changed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    /// The new text in UTF-8; none when it stays as it is.
    pub(super) new: Option<Vec<u8>>,
}

/// Why a JSON text cannot be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not what it should be: the rest of a sentence.
    Json(String),
    /// It names another hub inside.
    OtherHub(Untrusted),
}

impl Mapper {
    pub(super) fn new(mapping: &Mapping) -> Self {
        Self { mapping: *mapping, hub: mapping.hub.new.to_string(), connector: mapping.connector.new.to_string() }
    }

    /// Whether a stored hub ID is the old hub's, read loosely.
    pub(super) fn is_old_hub(&self, stored: &[u8]) -> bool {
        std::str::from_utf8(stored)
            .ok()
            .and_then(identity::parse_loosely)
            .is_some_and(|id| id == self.mapping.hub.old.uuid())
    }

    /// The new text of the old hub's stored ID.
    pub(super) fn hub(&self) -> Option<&str> {
        self.mapping.hub.changes().then_some(self.hub.as_str())
    }

    /// `Events.source` of an event under the old hub.
    pub(super) fn object(&self, text: &[u8]) -> Result<Mapped, Fault> {
        let tokens = source_json::object(text).map_err(Fault::Json)?;
        let mut changes = Vec::new();
        self.changes(&tokens, &mut changes)?;
        Ok(spliced(text, changes))
    }

    /// `Integrations.sources` of the old hub.
    pub(super) fn array(&self, text: &[u8]) -> Result<Mapped, Fault> {
        let mut changes = Vec::new();
        for tokens in &source_json::array(text).map_err(Fault::Json)? {
            self.changes(tokens, &mut changes)?;
        }
        Ok(spliced(text, changes))
    }

    /// Old IDs that stay in the fields that a restore maps: those of a row that it does not map (`ours` is false), and in
    /// entries whose ID only holds the old one.
    pub(super) fn stays_in_fields(&self, finder: &Finder, text: &[u8], tokens: &[Tokens<'_>], ours: bool) -> Mask {
        let mut found = 0;
        for one in tokens {
            if !ours || one.connector() != Some(self.mapping.connector.old) {
                found |= finder.find(&text[one.id_at.clone()]) | finder.bit(one.connector().map(ConnectorId::uuid));
            }
            if !ours {
                found |= finder.find(&text[one.integration_at.clone()]) | finder.bit(one.hub().map(HubId::uuid));
            }
        }
        found
    }

    fn changes(&self, tokens: &Tokens<'_>, changes: &mut Vec<(Range<usize>, String)>) -> Result<(), Fault> {
        if tokens.hub() != Some(self.mapping.hub.old) {
            return Err(Fault::OtherHub(Untrusted::new(tokens.integration.clone())));
        }
        if self.mapping.connector.changes() && tokens.connector() == Some(self.mapping.connector.old) {
            changes.push((tokens.id_at.clone(), self.connector.clone()));
        }
        if self.mapping.hub.changes() {
            changes.push((tokens.integration_at.clone(), self.hub.clone()));
        }
        Ok(())
    }
}

fn spliced(text: &[u8], mut changes: Vec<(Range<usize>, String)>) -> Mapped {
    changes.sort_by_key(|(at, _)| at.start);
    Mapped { new: (!changes.is_empty()).then(|| source_json::splice(text, &changes)) }
}
