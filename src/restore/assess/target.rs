//! The new IDs, and what they name: the connector on this hub, and the organisation in the bucket.

use std::time::Duration;

use super::compare::fits;
use super::{Clock, later, sentence, some_of};
use crate::database::FileFacts;
use crate::finding::Severity::{Ask, Block, Info, Warn};
use crate::finding::{Code, Finding};
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::restore::facts::{Fact, Facts, FolderFacts, TargetFacts, There};
use crate::text::{self, Untrusted};

/// A database that was written within this time may belong to a running connector.
const FRESHLY: Duration = Duration::from_secs(60 * 60);

const COMPARE: &str = "Compare both IDs with the platform.";

pub(super) fn findings(facts: &Facts, clock: Clock, findings: &mut Vec<Finding>) {
    let Some(mapping) = &facts.mapping else { return };
    if let Some(swapped) = swapped(facts, mapping) {
        // Everything else would follow from it.
        findings.push(swapped);
        return;
    }
    let own = own_backup(facts, mapping);
    // The backup of the new connector itself has the new IDs: nothing else follows from that.
    if own.is_none() {
        findings.extend(already_there(facts, mapping));
        findings.extend(nothing_changes(mapping));
        findings.extend(overwritten(facts, mapping, clock));
    }
    findings.extend(own);
    findings.extend(organisation(facts, mapping));
    findings.extend(other_hub(&facts.folder, mapping.hub.new, mapping.connector.new));
    findings.extend(still_running(facts, mapping, clock));
    match &facts.target {
        Fact::Unknown(why) => findings.push(
            Finding::new(Code::R412, Info, format!("The place was not looked at: {}", sentence(why)))
                .why("Its checks are missing so far.")
                .remedy("`reseat place` makes them on the hub."),
        ),
        Fact::Known(target) => place(facts, target, mapping, clock, findings),
    }
    fold(findings);
}

/// What follows from a worse finding is not said beside it.
pub(super) fn fold(findings: &mut Vec<Finding>) {
    let has = |code: Code, severity| findings.iter().any(|one| one.code == code && one.severity == severity);
    // A connector of another type has another name and other tables.
    let other_type = has(Code::R404, Block);
    // Its own database says best which hub the new connector belongs to.
    let own_hub = findings.iter().any(|one| one.code == Code::R408 && !one.subject.is_empty());
    // Without permission neither the others nor the database are seen.
    let denied = has(Code::R607, Block);
    findings.retain(|one| match one.code {
        Code::R405 | Code::R208 => !other_type,
        Code::R408 => !own_hub || !one.subject.is_empty(),
        Code::R411 | Code::R613 => !denied,
        _ => true,
    });
}

/// R402: hub and connector are swapped, or one ID stands for both.
fn swapped(facts: &Facts, mapping: &Mapping) -> Option<Finding> {
    let (hub, connector) = (mapping.hub.new, mapping.connector.new);
    let blocked = |detail: String| {
        Finding::new(Code::R402, Block, detail)
            .why("The restored database would belong to nobody.")
            .remedy("Swap the two IDs, or copy both again from the platform.")
    };
    if hub.uuid() == connector.uuid() {
        return Some(blocked(format!("Hub and connector are the same ID, {hub}.")));
    }
    let here = facts.folder.known().map_or(&[][..], |folder| folder.connectors.as_slice());
    let is_connector =
        |uuid| mapping.connector.old.uuid() == uuid || here.iter().any(|(there, _)| there.uuid() == uuid);
    let in_bucket = facts.bucket.known().is_some_and(|bucket| bucket.new_connector_is_hub);
    let is_hub = |uuid| {
        in_bucket
            || mapping.hub.old.uuid() == uuid
            || here.iter().any(|(_, hub)| hub.known().is_some_and(|hub| hub.uuid() == uuid))
    };
    match (is_connector(hub.uuid()), is_hub(connector.uuid())) {
        (true, true) => Some(blocked(format!("The two IDs are swapped. {hub} is a connector, {connector} is a hub."))),
        (true, false) => Some(blocked(format!("The new hub ID {hub} is that of a connector."))),
        (false, true) => Some(blocked(format!("The new connector ID {connector} is that of a hub."))),
        (false, false) => None,
    }
}

/// R102: the backup is the new connector's own.
fn own_backup(facts: &Facts, mapping: &Mapping) -> Option<Finding> {
    let (hub, connector) = facts.key.known()?.ids?;
    let events = facts.file.known()?.events.as_ref()?.rows;
    (hub == mapping.hub.new && connector == mapping.connector.new && events == 0).then(|| {
        Finding::new(
            Code::R102,
            Block,
            format!("This is the backup of the new connector {connector}; it holds 0 events."),
        )
        .why("It would put an empty database in the place of an empty database.")
        .remedy("Choose the backup of the old connector: the one whose data is missing.")
    })
}

/// R403: a new ID that differs from its old one stands in the backup.
fn already_there(facts: &Facts, mapping: &Mapping) -> Option<Finding> {
    let file = facts.file.known()?;
    let hub = mapping.hub.changes() && holds_hub(file, mapping.hub.new);
    let connector = mapping.connector.changes() && holds_connector(file, mapping.connector.new);
    if !hub && !connector {
        return None;
    }
    let all_new = file.only_hub() == Some(mapping.hub.new)
        && file.sources_of(mapping.hub.new).any(|source| source.connector() == Some(mapping.connector.new))
        && !holds_connector(file, mapping.connector.old);
    let blocked = |detail: String, remedy: &str| {
        Finding::new(Code::R403, Block, detail)
            .why("Two connectors would become one, and could not be told apart again.")
            .remedy(remedy)
    };
    if all_new {
        let remedy = "Place this file as it is, or start from the download.";
        return Some(blocked("This file was already rewritten: it holds the new IDs.".to_owned(), remedy));
    }
    let named = match (hub, connector) {
        (true, true) => {
            format!(
                "Both new IDs stand in the backup already: hub and connector. They are {} and {}.",
                mapping.hub.new, mapping.connector.new
            )
        }
        (true, false) => format!("The new hub ID stands in the backup already. It is {}.", mapping.hub.new),
        _ => format!("The new connector ID stands in the backup already. It is {}.", mapping.connector.new),
    };
    Some(blocked(named, "Check that old and new are not the wrong way round."))
}

fn holds_hub(file: &FileFacts, hub: HubId) -> bool {
    let in_events = file.events.iter().any(|events| {
        events.hubs.iter().any(|there| there.hub == Some(hub))
            || events.groups.iter().any(|group| group.inner_hub == Some(hub))
    });
    in_events
        || file
            .integrations
            .iter()
            .any(|row| row.hub == Some(hub) || row.sources.iter().any(|source| source.hub() == Some(hub)))
}

fn holds_connector(file: &FileFacts, connector: ConnectorId) -> bool {
    file.integrations.iter().flat_map(|row| &row.sources).any(|source| source.connector() == Some(connector))
        || file.events.iter().flat_map(|events| &events.groups).any(|group| group.connector == Some(connector))
}

/// R410: old and new are the same.
fn nothing_changes(mapping: &Mapping) -> Option<Finding> {
    (!mapping.hub.changes() && !mapping.connector.changes()).then(|| {
        Finding::new(Code::R410, Ask, "No ID changes: the backup is placed as it is.")
            .why("A connector that was created for this restore has an ID of its own.")
            .remedy("Accept if this very connector lost its data; else give the new connector's ID.")
            .evidence(mapping.connector.new.to_string())
    })
}

/// R101: the restored connector uploads over the backup that it came from.
fn overwritten(facts: &Facts, mapping: &Mapping, clock: Clock) -> Option<Finding> {
    let key = facts.key.known()?;
    let versioned = facts.bucket.known().is_some_and(|bucket| bucket.versioned);
    let old = key.modified.is_none_or(|at| clock.age(at) >= Duration::from_secs(24 * 60 * 60));
    if mapping.connector.changes() || mapping.hub.changes() || (versioned && !old) {
        return None;
    }
    let because = match (versioned, old) {
        (true, _) => "the backup is older than 24 hours",
        (false, true) => "the backup is older than 24 hours, and no older version is known",
        (false, false) => "no older version is known",
    };
    let kept = key.kept_at.as_ref().map(|path| format!(" in {}", text::printable(&path.display().to_string())));
    let remedy = format!(
        "reseat keeps the download{}: do not forget this restore before the connector works.",
        kept.unwrap_or_default()
    );
    Some(
        Finding::new(Code::R101, Warn, format!("The connector's next restart can overwrite this backup: {because}."))
            .why("If the restore went wrong, the good backup is gone from the bucket.")
            .remedy(remedy)
            .evidence(format!("{} {versioned}", mapping.connector.new)),
    )
}

/// R413: the organisation of the new hub, by where its backups lie.
fn organisation(facts: &Facts, mapping: &Mapping) -> Option<Finding> {
    let org = facts.key.known()?.org.as_ref()?;
    let bucket = match &facts.bucket {
        Fact::Known(bucket) => bucket,
        Fact::Unknown(why) if mapping.hub.changes() => return Some(unseen_organisation(org, mapping, why)),
        Fact::Unknown(_) => return None,
    };
    let elsewhere = |orgs: &Fact<Vec<Untrusted>>| {
        let orgs = orgs.known().filter(|orgs| !orgs.is_empty() && !orgs.contains(org))?;
        Some(some_of(&orgs.iter().map(Untrusted::printable).collect::<Vec<_>>(), 3))
    };
    let blocked = |what: &str, orgs: &str| {
        let detail = format!(
            "The new {} belongs to another organisation. Backups of {what} lie under {orgs}; this one is of {}.",
            if what.starts_with("the new hub") { "hub" } else { "connector" },
            org.printable()
        );
        Finding::new(Code::R413, Block, detail)
            .why("One organisation would get the data of another.")
            .remedy("Compare the hub and its organisation with the platform.")
    };
    let (hub, connector) = (mapping.hub.new, mapping.connector.new);
    if mapping.connector.changes()
        && let Some(orgs) = elsewhere(&bucket.new_connector_orgs)
    {
        return Some(blocked(&format!("the new connector {connector}"), &orgs));
    }
    // The old hub's own backup lies under this organisation: it is the one that is restored.
    if !mapping.hub.changes() {
        return None;
    }
    if let Some(orgs) = elsewhere(&bucket.new_hub_orgs) {
        return Some(blocked(&format!("the new hub {hub}"), &orgs));
    }
    let under = |orgs: &Fact<Vec<Untrusted>>| orgs.known().is_some_and(|orgs| orgs.contains(org));
    if under(&bucket.new_hub_orgs) || under(&bucket.new_connector_orgs) {
        return None;
    }
    let why = bucket.new_hub_orgs.why_unknown().unwrap_or("The bucket holds no backup of the new hub yet.");
    Some(unseen_organisation(org, mapping, why))
}

fn unseen_organisation(org: &Untrusted, mapping: &Mapping, why: &str) -> Finding {
    let org = org.printable();
    let detail = format!("The organisation of hub {} is not seen. {} Is it {org}?", mapping.hub.new, sentence(why));
    Finding::new(Code::R413, Ask, detail)
        .why("Under another organisation, one customer would get the data of another.")
        .remedy(format!("Look in the platform: accept if this hub belongs to {org}."))
        .evidence(format!("{} {org}", mapping.hub.new))
}

/// R408: the other connectors here belong to another hub.
pub(super) fn other_hub(folder: &Fact<FolderFacts>, new: HubId, connector: ConnectorId) -> Option<Finding> {
    let folder = folder.known()?;
    let named: Vec<HubId> = folder
        .connectors
        .iter()
        .filter(|(other, _)| *other != connector)
        .filter_map(|(_, hub)| hub.known().copied())
        .collect();
    if named.is_empty() || named.contains(&new) {
        return None;
    }
    let mut hubs: Vec<String> = named.iter().map(ToString::to_string).collect();
    hubs.sort();
    hubs.dedup();
    let connectors = text::counted(named.len() as u64, "connector", "connectors");
    let belong = if named.len() == 1 { "belongs" } else { "belong" };
    let detail = format!("{connectors} here {belong} to another hub. It is {}; none is of {new}.", some_of(&hubs, 2));
    Some(
        Finding::new(Code::R408, Warn, detail)
            .why("This machine may never run the new connector.")
            .remedy("Compare the hub's ID with the platform, and this machine with the hub's.")
            .evidence(format!("{} {new}", hubs.join(" "))),
    )
}

/// R409: signs that the old connector still runs.
fn still_running(facts: &Facts, mapping: &Mapping, clock: Clock) -> Option<Finding> {
    if !mapping.connector.changes() {
        return None;
    }
    let id = mapping.connector.old;
    let warn = |detail: String, evidence: String| {
        Finding::new(Code::R409, Warn, detail)
            .why("Two running connectors load the same data twice.")
            .remedy(format!("Stop {}, or see that it is off; then accept. Do not delete it yet.", id.short()))
            .evidence(evidence)
    };
    let old = facts.folder.known().and_then(|folder| folder.old.as_ref());
    if let Some(who) = old.and_then(|old| old.open_by.as_ref()) {
        return Some(warn(format!("The old connector's database is open here: {who}."), format!("open {id}")));
    }
    let upload = facts.bucket.known().and_then(|bucket| bucket.old_upload);
    let chosen = facts.key.known().and_then(|key| key.modified);
    // The chosen backup itself is no sign: it was uploaded before the connector was lost.
    let upload = upload
        .filter(|at| chosen.is_none_or(|chosen| later(*at, chosen)) && clock.age(*at) < Duration::from_secs(86_400));
    if let Some(at) = upload {
        let age = text::age(at, clock.now);
        return Some(warn(format!("The old connector wrote a backup {age} ago: it may still run."), at.to_string()));
    }
    let old = old?;
    if let Some(at) = old.written.filter(|at| clock.age(*at) < FRESHLY) {
        let age = text::age(at, clock.now);
        let detail = format!("The old connector's database here was written {age} ago: it may still run.");
        return Some(warn(detail, format!("written {id}")));
    }
    Some(
        Finding::new(Code::R409, Info, "The old connector still has its folder here; nobody was seen to use it.")
            .why("A folder alone does not load data.")
            .remedy("Do not start the old connector again."),
    )
}

/// R406: nothing is there yet. `what` is the folder or the database.
pub(super) fn missing(connector: ConnectorId, what: &str) -> Finding {
    Finding::new(Code::R406, Ask, format!("Connector {connector} has no {what} here."))
        .why("If the ID is wrong, no connector will ever read this database.")
        .remedy(format!(
            "{COMPARE} Usually it was never started: Update config and Sync do that. Accepted, placing makes it."
        ))
}

/// R411: it is there, and was not read.
pub(super) fn unread(why: &str) -> Finding {
    Finding::new(Code::R411, Ask, format!("The new connector's database was not read: {}", sentence(why)))
        .why("Its hub, type, name and events are not checked.")
        .remedy(format!("Run reseat as root, or stop the connector and look again. {COMPARE}"))
}

/// What lies at the place of the new connector's database.
fn place(facts: &Facts, target: &TargetFacts, mapping: &Mapping, clock: Clock, findings: &mut Vec<Finding>) {
    let connector = mapping.connector.new;
    let glance = match &target.there {
        There::NoFolder => return findings.push(missing(connector, "folder")),
        There::NoDatabase => return findings.push(missing(connector, "database")),
        There::Unreadable(why) => return findings.push(unread(why)),
        There::Database(glance) => glance,
    };
    let Some(file) = facts.file.known() else { return };
    let (old, new) = ((mapping.hub.old, mapping.connector.old), (mapping.hub.new, connector));
    findings.extend(fits(file, old, new, glance, clock));
}
