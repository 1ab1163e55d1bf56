//! Looking for one thing in a whole source: a pasted ID, address or key; the organisation of a hub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::{ConnectorFolder, HubFolder};
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::identity::HubId;
use crate::text::Untrusted;

/// What a pasted text led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// One backup: an object, or a version of one.
    Backup(Box<Backup>),
    /// A connector that has backups.
    Connector(ConnectorFolder),
    /// A hub that has backups, and its organisation.
    Hub(Untrusted, HubFolder),
    /// An organisation that has something.
    Organisation(Untrusted),
    /// An address in another bucket: open that source, and look there.
    Elsewhere {
        /// The bucket.
        bucket: String,
        /// What to look for there.
        text: String,
    },
    /// Nothing of that kind is in the source.
    Nowhere {
        /// What was looked for, as a phrase.
        looked: String,
    },
}

/// Looks for a pasted text in the whole source: an ID of a connector or a hub, an address `s3://bucket/key` (with
/// `?versionId=…`), a key, or an organisation. Ids cost one or two small listings for each organisation.
pub async fn locate(catalog: &Arc<dyn Catalog>, text: &str) -> Result<Located, CatalogError> {
    std::future::ready(()).await;
    let _ = (catalog, text);
    todo!()
}

/// Under which organisation a hub's own backups lie. Answers are kept, so that asking twice costs nothing.
pub struct Affiliations {
    catalog: Arc<dyn Catalog>,
    known: Mutex<HashMap<HubId, Option<Untrusted>>>,
}

impl Affiliations {
    /// Knows nothing yet.
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog, known: Mutex::new(HashMap::new()) }
    }

    /// The organisation under which `hub` has backups; none when it has them nowhere yet. Looks under `first`, then under
    /// all others, and stops at the first hit. An error ([`CatalogError::Refused`]) means that it could not be looked up.
    pub async fn of(&self, hub: HubId, first: Option<&Untrusted>) -> Result<Option<Untrusted>, CatalogError> {
        std::future::ready(()).await;
        let _ = (&self.catalog, &self.known, hub, first);
        todo!()
    }

    /// Forgets what was found, to look again.
    pub fn forget(&self) {
        if let Ok(mut known) = self.known.lock() {
            known.clear();
        }
    }
}
