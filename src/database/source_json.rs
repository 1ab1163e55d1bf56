//! The JSON of a source: strict reading, and IDs replaced in place.

use serde::Serialize;

use crate::identity::{self, ConnectorId, HubId};
use crate::text::Untrusted;

/// One source: an element of `Integrations.sources`, or `Events.source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceJson {
    /// `id`, the connector, as stored.
    pub id: Untrusted,
    /// `integrationId`, the hub, as stored.
    pub integration_id: Untrusted,
    /// `name`, where it is a string.
    pub name: Option<Untrusted>,
    /// `type`, where it is a string.
    #[serde(rename = "type")]
    pub kind: Option<Untrusted>,
    /// `config.sourceType`, where it is a string.
    pub source_type: Option<Untrusted>,
    /// `metadata` as it stands in the file, JSON text.
    pub metadata: Option<Untrusted>,
    /// `tags` as it stands in the file, JSON text.
    pub tags: Option<Untrusted>,
    /// The whole source as it stands in the file, JSON text.
    pub text: Untrusted,
}

impl SourceJson {
    /// The connector, read loosely.
    pub fn connector(&self) -> Option<ConnectorId> {
        identity::parse_loosely(self.id.raw()).map(ConnectorId::from)
    }

    /// The hub, read loosely.
    pub fn hub(&self) -> Option<HubId> {
        identity::parse_loosely(self.integration_id.raw()).map(HubId::from)
    }
}
