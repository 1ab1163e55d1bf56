//! After the restore: is what was placed still there, and is it used.

use super::sorted;
use crate::finding::Severity::{Ask, Info, Warn};
use crate::finding::{Code, Finding};
use crate::identity::{ConnectorId, HubId};
use crate::text;

/// What a look at the connector's database after the restore tells.
#[derive(Debug, Clone, Default)]
pub struct After {
    /// The hub and the connector that were placed.
    pub placed: Option<(HubId, ConnectorId)>,
    /// How many events were placed.
    pub placed_events: u64,
    /// The hub in the database now, where it holds exactly one.
    pub hub: Option<HubId>,
    /// The connectors in the database now.
    pub connectors: Vec<ConnectorId>,
    /// How many events it holds now.
    pub events: Option<u64>,
    /// Who still has the old file open, as a person reads it.
    pub old_file_open: Option<String>,
    /// The steps of a person that are open, by their words in the JSON.
    pub open_steps: Vec<String>,
}

/// The findings after a restore. Nothing here blocks: what was placed is placed.
pub fn after(after: &After) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(changed(after));
    if let Some(who) = &after.old_file_open {
        findings.push(
            Finding::new(Code::R704, Warn, format!("The old file is still open: {who}."))
                .why("What that program writes goes to the old file, and is lost.")
                .remedy("Restart the connector's service."),
        );
    }
    let open = |step: &str| after.open_steps.iter().any(|open| open == step);
    if open("connection-settings") {
        findings.push(
            Finding::new(Code::R701, Ask, "The connection settings are not said to be corrected.")
                .why("The connector loads nothing until its server and port are right.")
                .remedy("Correct them in the platform, then tick the step."),
        );
    }
    match (open("update-config"), open("sync")) {
        (true, true) => findings.push(follow("Update config and Sync are not said to be done.")),
        (true, false) => findings.push(follow("Sync is said to be done, Update config is not.")),
        (false, true) => findings.push(follow("Sync is not said to be done.")),
        (false, false) => {}
    }
    if after.placed.is_some() {
        findings.push(
            Finding::new(Code::R705, Info, "The connector's next restart uploads this database to its own key.")
                .why("From then on it has a backup of its own.")
                .remedy("Nothing has to be done."),
        );
    }
    sorted(findings)
}

fn follow(detail: &str) -> Finding {
    Finding::new(Code::R702, Ask, detail)
        .why("Sync before Update config works with the old settings.")
        .remedy("In the hub's menu: Update config first, then Sync; then tick both.")
}

/// R703: other IDs, or fewer events than were placed.
fn changed(after: &After) -> Option<Finding> {
    let (hub, connector) = after.placed?;
    let detail = if let Some(other) = after.hub.filter(|now| *now != hub) {
        format!("The database now names hub {other}, not {hub}.")
    } else if !after.connectors.is_empty() && !after.connectors.contains(&connector) {
        format!("The database does not name connector {connector} any more.")
    } else {
        let now = after.events.filter(|now| *now < after.placed_events)?;
        let placed = text::counted(after.placed_events, "event", "events");
        format!("{placed} were placed; {} are there now.", text::count(now))
    };
    Some(
        Finding::new(Code::R703, Warn, detail)
            .why("The connector may have made a new database, and the platform shows no old events.")
            .remedy("Look at the connector's log. Put the old state back: reseat rollback."),
    )
}
