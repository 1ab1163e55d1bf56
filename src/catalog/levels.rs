//! What a person sees of a source, level by level: organisations, the connectors of one under their hubs, files and versions.
//!
//! Everything comes page by page, so that a list can fill while a person reads it, and stops when its walker is dropped.
//! What does not fit the layout comes along as [`Other`]: it is shown, not hidden.

mod backups;
mod find;
mod flat;
mod search;
mod walk;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::identity::{ConnectorId, HubId};
use crate::text::Untrusted;

use super::layout;
use super::{Catalog, CatalogError, Listing, Page, Token};

pub use backups::{Backups, Versions, as_of, backups, is_far_smaller, not_listed};
pub use find::{Affiliations, Located, locate, split_version};
#[cfg(test)]
pub(crate) use search::tests as search_tests;
pub use search::{Hit, Matcher, Names, Object, Objects, Words};
pub use walk::{Narrow, Walk, WalkPage, walk};

/// Something in a source that is not part of the layout: "not a connector backup".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its key, or its prefix with the final `/`.
    pub key: Untrusted,
    /// What it looks like: a short phrase.
    pub is: &'static str,
}

impl Other {
    fn new(catalog: &dyn Catalog, key: &Untrusted) -> Self {
        Self { key: key.clone(), is: layout::what_else(catalog.prefix(), key.raw()) }
    }
}

/// One page of organisations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationsPage {
    /// Their slugs, in the order of the source.
    pub organisations: Vec<Untrusted>,
    /// What lies beside them.
    pub others: Vec<Other>,
}

/// A hub of an organisation, as its keys write it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HubFolder {
    /// The hub.
    pub hub: HubId,
    /// Its ID as it stands in the keys.
    pub written: Untrusted,
}

/// A connector of a hub, as its keys write it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectorFolder {
    /// The organisation.
    pub org: Untrusted,
    /// The hub.
    pub hub: HubFolder,
    /// The connector.
    pub connector: ConnectorId,
    /// Its ID as it stands in the keys.
    pub written: Untrusted,
}

impl ConnectorFolder {
    /// The prefix of its files.
    pub fn prefix(&self, catalog: &dyn Catalog) -> String {
        layout::folder_of(catalog.prefix(), self.org.raw(), self.hub.written.raw(), self.written.raw())
    }
}

impl From<&layout::Place> for ConnectorFolder {
    fn from(place: &layout::Place) -> Self {
        Self {
            org: place.org.clone(),
            hub: HubFolder { hub: place.hub, written: place.hub_written.clone() },
            connector: place.connector,
            written: place.connector_written.clone(),
        }
    }
}

/// One page of what an organisation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectorsPage {
    /// Some of its hubs.
    Hubs(Vec<HubFolder>),
    /// Some connectors of one hub.
    Connectors(HubFolder, Vec<ConnectorFolder>),
    /// What does not fit the layout.
    Others(Vec<Other>),
}

/// One listing, page after page; a source that repeats itself is an error instead of a loop.
#[derive(Clone)]
pub(crate) struct Pages {
    catalog: Arc<dyn Catalog>,
    prefix: String,
    kind: Kind,
    from: Option<Token>,
    seen: Vec<Token>,
    done: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Level,
    Deep,
    Versions,
}

impl Pages {
    pub(crate) fn new(catalog: &Arc<dyn Catalog>, prefix: String, kind: Kind) -> Self {
        Self { catalog: Arc::clone(catalog), prefix, kind, from: None, seen: Vec::new(), done: false }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Page>, CatalogError> {
        if self.done {
            return Ok(None);
        }
        let from = self.from.as_ref();
        let page = if self.kind == Kind::Versions {
            self.catalog.versions(&self.prefix, from).await?
        } else {
            let delimiter = self.kind == Kind::Level;
            self.catalog.list(Listing { prefix: &self.prefix, delimiter, limit: None, from }).await?
        };
        match &page.next {
            None => self.done = true,
            Some(token) if self.seen.contains(token) => {
                let what = format!("the list of {}", Untrusted::new(self.prefix.as_str()).printable());
                return Err(CatalogError::NoAnswer { how: super::NoAnswer::Loop, what });
            }
            Some(token) => {
                // A broken server repeats the last page, or a short round of pages: a few tokens catch both.
                if self.seen.len() == 16 {
                    self.seen.remove(0);
                }
                self.seen.push(token.clone());
                self.from = Some(token.clone());
            }
        }
        Ok(Some(page))
    }
}

/// The name of the last segment of a common prefix.
pub(crate) fn last_segment<'a>(parent: &str, prefix: &'a str) -> Option<&'a str> {
    prefix.strip_prefix(parent)?.strip_suffix('/').filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The organisations of a source.
pub struct Organisations {
    pages: Pages,
}

/// Begins to list the organisations of a source.
pub fn organisations(catalog: &Arc<dyn Catalog>) -> Organisations {
    Organisations { pages: Pages::new(catalog, catalog.prefix().to_owned(), Kind::Level) }
}

impl Organisations {
    /// The next page; none after the last one.
    pub async fn next(&mut self) -> Result<Option<OrganisationsPage>, CatalogError> {
        let Some(page) = self.pages.next().await? else { return Ok(None) };
        let catalog = self.pages.catalog.as_ref();
        let mut found = OrganisationsPage::default();
        for prefix in &page.prefixes {
            match last_segment(catalog.prefix(), prefix.raw()) {
                Some(org) if org != "." && org != ".." => found.organisations.push(org.into()),
                _ => found.others.push(Other::new(catalog, prefix)),
            }
        }
        found.others.extend(page.objects.iter().map(|object| Other::new(catalog, &object.key)));
        Ok(Some(found))
    }
}

/// The hubs of an organisation, and their connectors.
pub struct Connectors {
    catalog: Arc<dyn Catalog>,
    org: Untrusted,
    /// What is being listed now.
    pages: Pages,
    level: Level,
    hubs: VecDeque<HubFolder>,
    /// Found, but not handed out yet.
    ready: VecDeque<ConnectorsPage>,
}

enum Level {
    Org,
    Hubs,
    Hub(HubFolder),
}

/// Begins to list what an organisation holds: what stands beside its hubs, then all hubs, then the connectors hub by hub.
pub fn connectors(catalog: &Arc<dyn Catalog>, org: &Untrusted) -> Connectors {
    let prefix = layout::org_prefix(catalog.prefix(), org.raw());
    Connectors {
        catalog: Arc::clone(catalog),
        org: org.clone(),
        pages: Pages::new(catalog, prefix, Kind::Level),
        level: Level::Org,
        hubs: VecDeque::new(),
        ready: VecDeque::new(),
    }
}

impl Connectors {
    /// The next page; none after the last one. A page holds one kind of thing, and is never empty.
    pub async fn next(&mut self) -> Result<Option<ConnectorsPage>, CatalogError> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Ok(Some(found));
            }
            match self.pages.next().await? {
                Some(page) => self.sort(&page),
                None if self.deeper() => {}
                None => return Ok(None),
            }
        }
    }

    /// Turns to the next listing; false after the last one.
    fn deeper(&mut self) -> bool {
        let (prefix, org) = (self.catalog.prefix(), self.org.raw());
        let (level, below) = match &self.level {
            Level::Org => (Level::Hubs, layout::hubs_prefix(prefix, org)),
            Level::Hubs | Level::Hub(_) => {
                let Some(hub) = self.hubs.pop_front() else { return false };
                let below = layout::connectors_prefix(prefix, org, hub.written.raw());
                (Level::Hub(hub), below)
            }
        };
        self.level = level;
        self.pages = Pages::new(&self.catalog, below, Kind::Level);
        true
    }

    /// Sorts one page of the present listing into what fits the layout and what does not.
    fn sort(&mut self, page: &Page) {
        let catalog = self.catalog.as_ref();
        let mut others: Vec<Other> = page.objects.iter().map(|object| Other::new(catalog, &object.key)).collect();
        let (mut hubs, mut connectors) = (Vec::new(), Vec::new());
        for prefix in &page.prefixes {
            let segment = last_segment(&self.pages.prefix, prefix.raw());
            let id = segment.and_then(layout::parse_id);
            let written = Untrusted::from(segment.unwrap_or_default());
            match (&self.level, id) {
                (Level::Org, _) if segment == Some("datahub") => {}
                (Level::Hubs, Some(id)) => hubs.push(HubFolder { hub: id.into(), written }),
                (Level::Hub(hub), Some(id)) => connectors.push(ConnectorFolder {
                    org: self.org.clone(),
                    hub: hub.clone(),
                    connector: id.into(),
                    written,
                }),
                _ => others.push(Other::new(catalog, prefix)),
            }
        }
        self.hubs.extend(hubs.iter().cloned());
        if !hubs.is_empty() {
            self.ready.push_back(ConnectorsPage::Hubs(hubs));
        }
        if let (Level::Hub(hub), false) = (&self.level, connectors.is_empty()) {
            self.ready.push_back(ConnectorsPage::Connectors(hub.clone(), connectors));
        }
        if !others.is_empty() {
            self.ready.push_back(ConnectorsPage::Others(others));
        }
    }
}
