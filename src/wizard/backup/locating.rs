//! A pasted ID or address is looked for in the whole source.

use super::{Connectors, Versions, Wanted};
use crate::catalog::levels::{ConnectorFolder, Located};
use crate::identity;
use crate::wizard::source::SourceRef;
use crate::wizard::step::{Cx, Flow};

/// Whether a pasted or typed text is something to look for in the whole source: it holds an ID, or is an address or a key.
pub(in crate::wizard) fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("s3://") || text.contains("/datahub/") || !identity::find_all(text).is_empty()
}

/// What is sent to be looked for: the address as it is, else the last ID in the text.
pub(in crate::wizard) fn wanted(text: &str) -> String {
    let text = text.trim();
    if text.starts_with("s3://") || text.contains("/datahub/") {
        return text.lines().next().unwrap_or_default().to_owned();
    }
    // A web address names the hub first and the connector last: the connector is what is restored.
    identity::find_all(text).last().map_or_else(|| text.to_owned(), ToString::to_string)
}

/// Goes to what was found.
pub(in crate::wizard) fn follow(located: Located, source: &SourceRef, cx: &mut Cx<'_>) -> Flow {
    match located {
        Located::Backup(backup) => {
            let Some(place) = &backup.place else {
                cx.say("This key is not that of a connector's backup (R113).");
                return Flow::Stay;
            };
            let folder = ConnectorFolder::from(place);
            let wanted = Wanted { key: backup.key.clone(), version: backup.version.clone() };
            Flow::Push(Versions::new(source.clone(), folder, None, Some(wanted)).into())
        }
        Located::Connector(folder) => Flow::Push(Versions::new(source.clone(), folder, None, None).into()),
        Located::Hub(org, hub) => Flow::Push(Connectors::new(source.clone(), org, Some(hub.hub)).into()),
        Located::Organisation(org) => Flow::Push(Connectors::new(source.clone(), org, None).into()),
        Located::Elsewhere { bucket, .. } => {
            cx.say(format!("It lies in another bucket, {bucket}: Esc to Source, then bucket."));
            Flow::Stay
        }
        Located::Nowhere { looked } => {
            cx.say(format!("Nothing of it is in this source. Looked for: {looked}."));
            Flow::Stay
        }
    }
}
