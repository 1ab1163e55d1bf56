//! Looking for one thing in a whole source: a pasted ID, address or key; the organisation of a hub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt};
use uuid::Uuid;

use super::{ConnectorFolder, ConnectorsPage, HubFolder, connectors, organisations};
use crate::catalog::layout::{self, Place};
use crate::catalog::{Backup, Catalog, CatalogError, Listing, split_bucket};
use crate::identity::{self, ConnectorId, HubId};
use crate::text::{Untrusted, printable};

/// As many small listings run at once.
const AT_ONCE: usize = 16;

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
        /// What to look for there: the key, with its version as it was given.
        text: String,
    },
    /// Nothing of that kind is in the source.
    Nowhere {
        /// What was looked for, as a phrase.
        looked: String,
    },
}

/// Looks for a pasted text in the whole source: an ID of a connector or a hub, an address `s3://bucket/key` (with
/// `?versionId=…`), a key, or an organisation. An ID costs one or two small listings for each organisation. Dropping the
/// future stops it.
pub async fn locate(catalog: &Arc<dyn Catalog>, text: &str) -> Result<Located, CatalogError> {
    let text = text.trim();
    let Some(address) = text.strip_prefix("s3://") else {
        return match identity::find_all(text).as_slice() {
            [] => key(catalog, text).await,
            _ if text.contains("/datahub/") && !text.contains("://") => key(catalog, text).await,
            // A web address may hold the hub before the connector: the last ID is the narrowest.
            ids => id(catalog, ids).await,
        };
    };
    let (bucket, rest) = split_bucket(address);
    let described = catalog.describe();
    let own = described.strip_prefix("s3://").map(|own| split_bucket(own).0);
    if own != Some(bucket) {
        return Ok(Located::Elsewhere { bucket: bucket.to_owned(), text: rest.to_owned() });
    }
    key(catalog, rest).await
}

/// A key with its version, as addresses have it: `key?versionId=…`.
pub fn split_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once("?versionId=") {
        Some((key, version)) if !version.is_empty() => (key, Some(version)),
        _ => (text, None),
    }
}

async fn key(catalog: &Arc<dyn Catalog>, text: &str) -> Result<Located, CatalogError> {
    let (text, version) = split_version(text);
    if text.is_empty() {
        return Ok(Located::Nowhere { looked: "nothing".to_owned() });
    }
    let prefix = catalog.prefix();
    if !text.ends_with('/') && text.contains('/') {
        // As it stands, or below the prefix of the source.
        let whole = if text.starts_with(prefix) { text.to_owned() } else { format!("{prefix}{text}") };
        match catalog.head(&whole, version).await {
            Ok(head) => return Ok(Located::Backup(Box::new(head.backup))),
            Err(error) if error.is_missing() && version.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    let below = text.strip_prefix(prefix).unwrap_or(text).trim_end_matches('/');
    let parts: Vec<&str> = below.split('/').collect();
    let found = match parts.as_slice() {
        [org, "datahub", hub, "connector", connector] => {
            let place = layout::parse_key("", &format!("{org}/datahub/{hub}/connector/{connector}/-"));
            place.as_ref().map(|place: &Place| Located::Connector(ConnectorFolder::from(place)))
        }
        [org, "datahub", hub] | [org, "datahub", hub, "connector"] => layout::parse_id(hub)
            .map(|id| Located::Hub((*org).into(), HubFolder { hub: id.into(), written: (*hub).into() })),
        [org] | [org, "datahub"] => Some(Located::Organisation((*org).into())),
        _ => None,
    };
    let nowhere = Located::Nowhere { looked: format!("the key {}", printable(text)) };
    match found {
        Some(found) if something(catalog, &format!("{prefix}{below}/")).await? => Ok(found),
        _ => Ok(nowhere),
    }
}

/// Whether anything lies below a prefix: a page of one.
async fn something(catalog: &Arc<dyn Catalog>, prefix: &str) -> Result<bool, CatalogError> {
    let page = catalog.list(Listing { prefix, delimiter: false, limit: Some(1), from: None }).await?;
    Ok(!page.objects.is_empty() || !page.prefixes.is_empty())
}

async fn id(catalog: &Arc<dyn Catalog>, ids: &[Uuid]) -> Result<Located, CatalogError> {
    let orgs = all_organisations(catalog).await?;
    for wanted in ids.iter().rev() {
        let wanted = *wanted;
        let mut answers = futures::stream::iter(orgs.iter().cloned())
            .map(|org| async move { in_organisation(catalog, org, wanted).await })
            .buffered(AT_ONCE);
        while let Some(found) = answers.try_next().await? {
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }
    let looked = ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", ");
    Ok(Located::Nowhere { looked: format!("a connector or a hub {looked}") })
}

async fn in_organisation(
    catalog: &Arc<dyn Catalog>,
    org: Untrusted,
    wanted: Uuid,
) -> Result<Option<Located>, CatalogError> {
    let mut hubs = Vec::new();
    let mut pages = connectors(catalog, &org);
    while let Some(page) = pages.next().await? {
        match page {
            ConnectorsPage::Hubs(found) => hubs.extend(found),
            ConnectorsPage::Others(_) => {}
            ConnectorsPage::Connectors(_, found) => {
                if let Some(folder) = found.into_iter().find(|folder| folder.connector.uuid() == wanted) {
                    return Ok(Some(Located::Connector(folder)));
                }
            }
        }
        if let Some(hub) = hubs.iter().find(|hub| hub.hub.uuid() == wanted) {
            return Ok(Some(Located::Hub(org, hub.clone())));
        }
    }
    Ok(None)
}

async fn all_organisations(catalog: &Arc<dyn Catalog>) -> Result<Vec<Untrusted>, CatalogError> {
    let mut found = Vec::new();
    let mut pages = organisations(catalog);
    while let Some(page) = pages.next().await? {
        found.extend(page.organisations);
    }
    Ok(found)
}

/// Whose organisation is looked up.
#[derive(Debug, Clone, Copy)]
enum Looked {
    Hub(HubId),
    Connector(ConnectorId),
}

impl Looked {
    /// What its answer is kept under: one ID may be looked for as either, where hub and connector were swapped.
    fn key(self) -> (bool, Uuid) {
        match self {
            Self::Hub(hub) => (true, hub.uuid()),
            Self::Connector(connector) => (false, connector.uuid()),
        }
    }
}

/// Under which organisation a hub's, or a connector's, own backups lie. Answers are kept, so that asking twice costs nothing.
pub struct Affiliations {
    catalog: Arc<dyn Catalog>,
    known: Mutex<HashMap<(bool, Uuid), Option<Untrusted>>>,
}

impl Affiliations {
    /// Knows nothing yet.
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog, known: Mutex::default() }
    }

    /// The organisation under which `hub` has backups; none when it has them nowhere yet. Looks under `first`, then under
    /// all others, and stops at the first hit. An error ([`CatalogError::Refused`]) means that it could not be looked up.
    pub async fn of(&self, hub: HubId, first: Option<&Untrusted>) -> Result<Option<Untrusted>, CatalogError> {
        self.look(Looked::Hub(hub), first).await
    }

    /// The same of a connector, under whichever hub: a listing for each hub of an organisation.
    pub async fn of_connector(
        &self,
        connector: ConnectorId,
        first: Option<&Untrusted>,
    ) -> Result<Option<Untrusted>, CatalogError> {
        self.look(Looked::Connector(connector), first).await
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(bool, Uuid), Option<Untrusted>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self, looked: Looked, first: Option<&Untrusted>) -> Result<Option<Untrusted>, CatalogError> {
        if let Some(known) = self.known().get(&looked.key()) {
            return Ok(known.clone());
        }
        let found = self.search(looked, first).await?;
        self.known().insert(looked.key(), found.clone());
        Ok(found)
    }

    async fn search(&self, looked: Looked, first: Option<&Untrusted>) -> Result<Option<Untrusted>, CatalogError> {
        if let Some(first) = first
            && self.is_under(looked, first).await?
        {
            return Ok(Some(first.clone()));
        }
        let mut pages = organisations(&self.catalog);
        while let Some(page) = pages.next().await? {
            let others = page.organisations.into_iter().filter(|org| Some(org) != first);
            let mut answers = futures::stream::iter(others)
                .map(|org| async move { self.is_under(looked, &org).await.map(|here| here.then_some(org)) })
                .buffered(AT_ONCE);
            while let Some(found) = answers.try_next().await? {
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    async fn is_under(&self, looked: Looked, org: &Untrusted) -> Result<bool, CatalogError> {
        match looked {
            Looked::Hub(hub) => {
                let prefix = layout::connectors_prefix(self.catalog.prefix(), org.raw(), &hub.to_string());
                something(&self.catalog, &prefix).await
            }
            Looked::Connector(connector) => {
                let found = in_organisation(&self.catalog, org.clone(), connector.uuid()).await?;
                Ok(matches!(found, Some(Located::Connector(_))))
            }
        }
    }

    /// Forgets what was found, to look again.
    pub fn forget(&self) {
        self.known().clear();
    }
}
