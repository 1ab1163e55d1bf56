//! What is known about the places a restore could go to: this machine's hub folder, and the organisation of a hub. From it
//! each possible target is judged; pure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::finding::{Code, Finding, Severity, Verdict};
use crate::hub::discover::{HubConnector, Seen, hub_of};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::assess::{self, Clock};
use crate::restore::facts::{Fact, Facts, FolderFacts, OldConnector, TargetFacts, There};
use crate::text::Untrusted;
use crate::wizard::chain::Inspected;

/// This machine's hub folder, as one look saw it.
#[derive(Debug, Clone, Default)]
pub struct Here {
    /// Its connectors, newest first.
    pub connectors: Vec<HubConnector>,
    /// The old connector's database, where this machine has it.
    pub old: Option<OldConnector>,
}

impl Here {
    /// The hub that this machine is, as its connectors' databases say.
    pub fn hub(&self) -> Option<HubId> {
        hub_of(&self.connectors)
    }

    /// One of its connectors.
    pub fn connector(&self, id: ConnectorId) -> Option<&HubConnector> {
        self.connectors.iter().find(|there| there.connector == id)
    }

    /// How many connectors here belong to a hub.
    pub fn belonging(&self, hub: HubId) -> usize {
        self.connectors.iter().filter(|there| hub_in(there) == Some(hub)).count()
    }

    fn folder(&self, root: &Path) -> FolderFacts {
        let named = self.connectors.iter().map(|there| {
            let hub = hub_in(there).map_or_else(|| Fact::Unknown("Its database does not say.".to_owned()), Fact::Known);
            (there.connector, hub)
        });
        FolderFacts { root: root.to_owned(), connectors: named.collect(), old: self.old.clone() }
    }

    fn target(&self, root: &Path, id: ConnectorId) -> TargetFacts {
        let path = root.join(id.to_string()).join("sqlite.db");
        let there = match self.connector(id).map(|there| &there.seen) {
            None => There::NoFolder,
            Some(Seen::Missing) => There::NoDatabase,
            Some(Seen::Unknown(why)) => There::Unreadable(why.clone()),
            Some(Seen::Known(glance)) => There::Database(Arc::clone(glance)),
        };
        TargetFacts { path, there }
    }
}

/// The hub that a connector's own database names.
pub fn hub_in(there: &HubConnector) -> Option<HubId> {
    there.seen.glance().and_then(|glance| glance.hub)
}

/// Under which organisations the source holds backups of a hub and of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisations {
    /// Of the hub.
    pub of_hub: Fact<Vec<Untrusted>>,
    /// Of the connector, under whichever hub.
    pub of_connector: Fact<Vec<Untrusted>>,
    /// The ID given for the connector is that of a hub with backups.
    pub connector_is_hub: bool,
}

/// The organisations of each target that was looked up so far.
pub type Affiliations = BTreeMap<(HubId, ConnectorId), Organisations>;

/// One possible target, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Old and new IDs.
    pub mapping: Mapping,
    /// Everything that is known.
    pub facts: Facts,
    /// What follows from it, the worst first.
    pub findings: Vec<Finding>,
    /// Whether its organisation was not looked up yet.
    pub pending: bool,
}

impl Judged {
    /// Judges the target `hub`, `connector` for a backup. `root` is this machine's hub folder, if it has one.
    pub fn new(
        inspected: &Inspected,
        (hub, connector): (HubId, ConnectorId),
        root: Option<&Path>,
        here: Option<&Here>,
        affiliations: &Affiliations,
        now: Timestamp,
    ) -> Self {
        let mapping = Mapping {
            hub: Renamed { old: inspected.hub, new: hub },
            connector: Renamed { old: inspected.connector, new: connector },
        };
        let mut facts = inspected.facts.clone();
        facts.file = Fact::Known(inspected.file.clone());
        facts.mapping = Some(mapping);
        if let (Some(root), Some(here)) = (root, here) {
            facts.folder = Fact::Known(here.folder(root));
            facts.target = Fact::Known(here.target(root, connector));
        } else if root.is_none() {
            facts.target = Fact::Unknown("This machine has no hub folder.".to_owned());
        }
        let affiliation = affiliations.get(&(hub, connector));
        if let (Fact::Known(bucket), Some(affiliation)) = (&mut facts.bucket, affiliation) {
            bucket.new_hub_orgs = affiliation.of_hub.clone();
            bucket.new_connector_orgs = affiliation.of_connector.clone();
            bucket.new_connector_is_hub = affiliation.connector_is_hub;
        }
        let pending = affiliation.is_none() && can_look_up(inspected, &facts, &mapping);
        let mut findings = assess::target(&facts, Clock::at(now));
        if pending {
            findings.retain(|finding| finding.code != Code::R413);
        }
        Self { mapping, facts, findings, pending }
    }

    /// The new hub and the new connector.
    pub fn ids(&self) -> (HubId, ConnectorId) {
        (self.mapping.hub.new, self.mapping.connector.new)
    }

    /// What stops it, if something does.
    pub fn block(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Block)
    }

    /// The worst of its findings.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// The sentence about the organisation of another hub, once it was found to be the same.
    pub fn same_organisation(&self, inspected: &Inspected) -> Option<String> {
        if !self.mapping.hub.changes() {
            return None;
        }
        let org = inspected.chosen.organisation()?;
        let orgs = self.facts.bucket.known()?.new_hub_orgs.known()?;
        let (hub, org) = (self.mapping.hub.new.short(), Some(org).filter(|org| orgs.contains(org))?.printable());
        Some(format!("hub {hub} has its backups under {org}: the same organisation (R413)."))
    }
}

/// Whether the source can tell the organisation, and somebody needs to know it. The old connector's own backup is the one
/// that is restored: where both stay the same, the organisation is known.
fn can_look_up(inspected: &Inspected, facts: &Facts, mapping: &Mapping) -> bool {
    (mapping.hub.changes() || mapping.connector.changes())
        && inspected.chosen.organisation().is_some()
        && facts.bucket.known().is_some()
}
