//! Target: where shall it live? The new connector is picked from this machine's hub folder, or its IDs are pasted.

mod ended;
mod gate;
mod here;
mod paste;
mod pick;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod value;

use std::path::PathBuf;
use std::sync::Arc;

pub use ended::Ended;
pub use gate::{Answered, Gate};
pub use here::{Affiliations, Here, Judged, Organisations, hub_in};
pub use paste::{Focus, PasteIds, Told};
pub use pick::{Candidate, Fit, Pick};
pub use value::Value;

use super::Screen;
use super::chain::Inspected;
use crate::finding::Finding;
use crate::identity::{ConnectorId, HubId};

/// The journal's words for the two fields.
pub const HUB_FIELD: &str = "new hub ID";
/// The same for the connector's.
pub const CONNECTOR_FIELD: &str = "new connector ID";

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Look at the hub folder every 2 s, and say when something changed, until the job is cancelled.
    Watch {
        /// The hub folder.
        root: PathBuf,
        /// The old connector: whether it is here, and open.
        old: ConnectorId,
    },
    /// Look up under which organisations the source holds backups of a hub and of a connector.
    Organisations {
        /// Which restore asks: its source is looked through, its organisation first.
        inspected: Arc<Inspected>,
        /// The hub and the connector.
        ids: (HubId, ConnectorId),
    },
    /// Note that the restore stands at this step now.
    Arrived {
        /// The restore's ID.
        restore: String,
    },
    /// Keep what stands in the two fields.
    Typed {
        /// The restore's ID.
        restore: String,
        /// The hub's field, and the connector's.
        ids: [String; 2],
    },
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// The hub folder, or why it cannot be listed: a sentence.
    Here(Result<Here, String>),
    /// The organisations.
    Organisations {
        /// Of this hub and this connector.
        ids: (HubId, ConnectorId),
        /// Where their backups lie.
        organisations: Organisations,
        /// The credentials ended meanwhile: what S3 answered.
        ended: Option<Box<Finding>>,
    },
}

/// The screen on which a target is chosen: picked where this machine has a hub folder, pasted elsewhere.
pub fn first(inspected: Arc<Inspected>) -> Screen {
    match inspected.chosen.hub_root.clone() {
        Some(root) => Pick::new(inspected, root).into(),
        None => PasteIds::alone(inspected).into(),
    }
}
