//! Every backup of a source, or of a part of it, page by page: for the `list` command.

use std::collections::VecDeque;
use std::sync::Arc;

use super::flat::Flat;
use super::{Kind, Organisations, Other, organisations};
use crate::catalog::{Backup, Catalog, CatalogError, layout};
use crate::identity::{ConnectorId, HubId};
use crate::text::Untrusted;

/// Which part of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrow {
    /// Of this organisation only.
    pub org: Option<Untrusted>,
    /// Of this hub only.
    pub hub: Option<HubId>,
    /// Of this connector only.
    pub connector: Option<ConnectorId>,
}

/// Some backups, and what lies between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalkPage {
    /// Backups in the order of the source.
    pub backups: Vec<Backup>,
    /// What does not fit the layout.
    pub others: Vec<Other>,
}

/// A walk through a source.
pub struct Walk {
    catalog: Arc<dyn Catalog>,
    narrow: Narrow,
    kind: Kind,
    pages: Option<Flat>,
    prefixes: VecDeque<String>,
    organisations: Option<Organisations>,
}

/// Begins a walk. With `versions`, older versions and delete markers come, too.
pub fn walk(catalog: &Arc<dyn Catalog>, narrow: Narrow, versions: bool) -> Walk {
    let kind = if versions { Kind::Versions } else { Kind::Deep };
    let mut walk = Walk {
        catalog: Arc::clone(catalog),
        kind,
        pages: None,
        prefixes: VecDeque::new(),
        organisations: None,
        narrow,
    };
    match (&walk.narrow.org, walk.narrow.hub) {
        (Some(org), _) => {
            let prefix = walk.prefix_in(org.raw());
            walk.prefixes.push_back(prefix);
        }
        // A hub alone: one listing for each organisation is far less than the whole bucket.
        (None, Some(_)) => walk.organisations = Some(organisations(catalog)),
        (None, None) => walk.prefixes.push_back(catalog.prefix().to_owned()),
    }
    walk
}

impl Walk {
    /// The longest prefix that holds everything wanted of one organisation.
    fn prefix_in(&self, org: &str) -> String {
        let prefix = self.catalog.prefix();
        match (self.narrow.hub, self.narrow.connector) {
            (Some(hub), Some(connector)) => layout::folder_of(prefix, org, &hub.to_string(), &connector.to_string()),
            (Some(hub), None) => layout::connectors_prefix(prefix, org, &hub.to_string()),
            (None, Some(_)) => layout::hubs_prefix(prefix, org),
            (None, None) => layout::org_prefix(prefix, org),
        }
    }

    /// The next page; none after the last one. A page may be empty.
    pub async fn next(&mut self) -> Result<Option<WalkPage>, CatalogError> {
        loop {
            if let Some(pages) = &mut self.pages {
                if let Some(page) = pages.next().await? {
                    return Ok(Some(self.sort(page.objects)));
                }
                self.pages = None;
            }
            if let Some(prefix) = self.prefixes.pop_front() {
                self.pages = Some(Flat::new(&self.catalog, prefix, self.kind));
                continue;
            }
            let Some(organisations) = &mut self.organisations else { return Ok(None) };
            let Some(page) = organisations.next().await? else { return Ok(None) };
            let more: Vec<String> = page.organisations.iter().map(|org| self.prefix_in(org.raw())).collect();
            self.prefixes.extend(more);
        }
    }

    fn sort(&self, objects: Vec<Backup>) -> WalkPage {
        let mut page = WalkPage::default();
        let narrow = self.narrow.hub.is_some() || self.narrow.connector.is_some();
        for object in objects {
            match &object.place {
                Some(place) => {
                    let wanted = self.narrow.hub.is_none_or(|hub| hub == place.hub)
                        && self.narrow.connector.is_none_or(|connector| connector == place.connector);
                    if wanted {
                        page.backups.push(object);
                    }
                }
                None if narrow => {}
                None => page.others.push(Other::new(self.catalog.as_ref(), &object.key)),
            }
        }
        page
    }
}
