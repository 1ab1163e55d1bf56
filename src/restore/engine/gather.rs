//! The other witnesses: what lies beside the backup in the bucket, the hub folder of this machine, the new connector's
//! own database. What cannot be seen is said as such.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use crate::catalog::levels::{self, Affiliations, ConnectorFolder};
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::database::glance;
use crate::finding::Finding;
use crate::hub::discover::{Discovery, HubConnector, Seen};
use crate::hub::safe_copy::{CopyError, safe_copy};
use crate::identity::{ConnectorId, Mapping};
use crate::progress::Cancel;
use crate::restore::facts::{BucketFacts, Fact, FolderFacts, OldConnector, OtherVersion, TargetFacts, There};
use crate::restore::trouble::Trouble;
use crate::text;

impl Engine {
    /// What lies beside the chosen backup in its source. `events` are counts that are known from earlier looks, by version.
    pub async fn bucket_facts(&self, catalog: &Arc<dyn Catalog>, backup: &Backup) -> Fact<BucketFacts> {
        let Some(place) = &backup.place else {
            return Fact::Unknown("The key does not say which connector it is.".to_owned());
        };
        match levels::backups(catalog, &ConnectorFolder::from(place)).await {
            Err(error) => Fact::Unknown(why(&error)),
            Ok(found) => {
                let others = found.entries.iter().filter(|other| !same(other, backup)).map(|other| OtherVersion {
                    modified: other.modified,
                    size: if other.deleted { 0 } else { other.size },
                    deleted: other.deleted,
                    same_file: other.key == backup.key,
                    events: None,
                });
                let uploads = found.entries.iter().filter(|other| !other.deleted);
                let kept = |other: &&Backup| {
                    other.key == backup.key && other.version.as_deref().is_some_and(|it| it != "null")
                };
                Fact::Known(BucketFacts {
                    others: others.collect(),
                    versioned: found.entries.iter().any(|other| kept(&other)),
                    old_upload: uploads.filter_map(|other| other.modified).max(),
                    ..BucketFacts::default()
                })
            }
        }
    }

    /// Adds under which organisations the new hub and the new connector have backups (R413). Looked for only where the key
    /// has an organisation to compare with.
    ///
    /// # Errors
    /// What S3 answered when the credentials ended meanwhile; the facts say then that it was not seen.
    pub async fn add_organisations(
        &self,
        facts: &mut BucketFacts,
        affiliations: &Affiliations,
        backup: &Backup,
        mapping: &Mapping,
    ) -> Result<(), Finding> {
        let first = backup.place.as_ref().map(|place| &place.org);
        let mut ended = None;
        let mut unseen = |error: CatalogError| {
            if error.needs_credentials() {
                ended = error.finding(self.world.now());
            }
            Fact::Unknown(why(&error))
        };
        facts.new_hub_orgs = match affiliations.of(mapping.hub.new, first).await {
            Ok(org) => Fact::Known(org.into_iter().collect()),
            Err(error) => unseen(error),
        };
        // The old connector's own backup is the one that is restored.
        if mapping.connector.changes() {
            facts.new_connector_orgs = match affiliations.of_connector(mapping.connector.new, first).await {
                Ok(org) => Fact::Known(org.into_iter().collect()),
                Err(error) => unseen(error),
            };
            // A listing an organisation, and the one witness of swapped IDs where there is no hub folder. Not permitted to
            // list: the two answers above say so.
            let as_hub = affiliations.of(mapping.connector.new.uuid().into(), first).await;
            facts.new_connector_is_hub = as_hub.is_ok_and(|org| org.is_some());
        }
        ended.map_or(Ok(()), Err)
    }

    /// The hub folder of this machine; unknown where there is none. `old` is the old connector: whether it runs here.
    pub fn folder_facts(
        &self,
        root: &Path,
        old: Option<ConnectorId>,
        cancel: &Cancel,
    ) -> Result<Fact<FolderFacts>, Trouble> {
        if !root.is_dir() {
            return Ok(Fact::Unknown(format!("There is no hub folder {} here.", shown(root))));
        }
        let scratch = self.scratch()?;
        let found = Discovery::new(scratch.path()).look(root, self.world.now(), cancel);
        cancel.check()?;
        Ok(match found {
            Ok(connectors) => Fact::Known(self.folder_of(root, &connectors, old)),
            Err(error) => Fact::Unknown(format!("{}.", text::printable(&error.to_string()))),
        })
    }

    /// The same from connectors that were listed already.
    pub fn folder_of(&self, root: &Path, connectors: &[HubConnector], old: Option<ConnectorId>) -> FolderFacts {
        let hub = |one: &HubConnector| match &one.seen {
            Seen::Known(glance) => {
                glance.hub.map_or_else(|| Fact::Unknown("Its database does not name one hub.".to_owned()), Fact::Known)
            }
            Seen::Missing => Fact::Unknown("It has no database.".to_owned()),
            Seen::Unknown(why) => Fact::Unknown(why.clone()),
        };
        let old = connectors.iter().find(|one| Some(one.connector) == old && !matches!(one.seen, Seen::Missing));
        FolderFacts {
            root: root.to_owned(),
            connectors: connectors.iter().map(|one| (one.connector, hub(one))).collect(),
            old: old.map(|one| OldConnector { open_by: self.open_by(root, one), written: one.written }),
        }
    }

    /// Who has a connector's database open, as a person reads it.
    fn open_by(&self, root: &Path, one: &HubConnector) -> Option<String> {
        let holders = self.holders(root, &one.database());
        let first = holders.seen.into_iter().next()?;
        let pid = first.pid.map_or_else(String::new, |pid| format!("pid {pid} "));
        Some(format!("{pid}{}", first.command).trim().to_owned())
    }

    /// The place of the new connector's database, and what a safe copy of it tells.
    pub fn target_facts(&self, root: &Path, connector: ConnectorId, cancel: &Cancel) -> Result<TargetFacts, Trouble> {
        let path = Self::place_of(root, connector);
        let scratch = self.scratch()?;
        let there = match safe_copy(&path, scratch.path(), cancel) {
            Ok(copy) => match glance::glance(&copy, cancel) {
                Ok(glance) => There::Database(Arc::new(glance)),
                Err(error) if error.is_cancelled() => return Err(Trouble::Cancelled),
                Err(error) => There::Unreadable(format!("{}.", text::printable(&error.to_string()))),
            },
            Err(CopyError::Cancelled(_)) => return Err(Trouble::Cancelled),
            Err(CopyError::Missing(_)) if path.parent().is_some_and(Path::is_dir) => There::NoDatabase,
            Err(CopyError::Missing(_)) => There::NoFolder,
            Err(error) => There::Unreadable(format!("{}.", text::printable(&error.to_string()))),
        };
        Ok(TargetFacts { path, there })
    }
}

fn same(other: &Backup, backup: &Backup) -> bool {
    other.key == backup.key && (other.version == backup.version || (backup.version.is_none() && other.latest))
}

fn why(error: &CatalogError) -> String {
    format!("{}.", text::printable(&error.to_string()).trim_end_matches('.'))
}

fn shown(path: &Path) -> String {
    text::printable(&path.display().to_string())
}
