//! A bucket. The only place, with its children, that knows a type of the AWS SDK.

mod ask;
mod check;
mod client;
mod errors;
mod pressure;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{
    Body, Catalog, CatalogError, Check, Head, Listing, OnCheck, Page, Part, PastedCredentials, Patience, Pinned,
    Pressure, SourceSpec, Token,
};
use crate::world::World;
use client::{Session, Setup};

/// A bucket, or a part of it.
pub(super) struct S3 {
    setup: Setup,
    held: Mutex<Held>,
}

/// What changes while the program runs.
#[derive(Default)]
struct Held {
    /// Connected at the first question; again after credentials or the region changed.
    session: Option<Arc<Session>>,
    pasted: Option<PastedCredentials>,
    /// The region that an answer named, followed once.
    region: Option<String>,
    /// Counts what makes a session stale, so that one that was begun before is not kept.
    changes: u64,
}

impl S3 {
    pub(super) fn new(spec: &SourceSpec, bucket: &str, prefix: &str, world: &World) -> Self {
        Self { setup: Setup::new(spec, bucket, prefix, world), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn session(&self) -> Result<Arc<Session>, CatalogError> {
        let (pasted, region, changes) = {
            let held = self.held();
            if let Some(session) = &held.session {
                return Ok(Arc::clone(session));
            }
            (held.pasted.clone(), held.region.clone(), held.changes)
        };
        let session = Arc::new(Session::connect(&self.setup, pasted.as_ref(), region.as_deref()).await?);
        let mut held = self.held();
        if held.changes == changes {
            held.session = Some(Arc::clone(&session));
        }
        Ok(session)
    }

    /// Connects anew at the next question. A request that runs keeps the old client.
    fn change(&self, change: impl FnOnce(&mut Held)) {
        let mut held = self.held();
        change(&mut held);
        held.changes += 1;
        held.session = None;
    }

    /// Asks; when the answer names another region, asks there, once for the life of this source.
    async fn following<'a, T>(
        &'a self,
        ask: impl Fn(Arc<Session>) -> BoxFuture<'a, Result<T, CatalogError>> + Send + Sync + 'a,
    ) -> Result<T, CatalogError> {
        let session = self.session().await?;
        match ask(Arc::clone(&session)).await {
            Err(CatalogError::Region { named: Some(named), .. }) if self.follow(&session, &named) => {
                ask(self.session().await?).await
            }
            answer => answer,
        }
    }

    /// Whether the named region can be followed: nobody has been followed yet, or another request just did.
    fn follow(&self, session: &Session, named: &str) -> bool {
        let followed = self.held().region.clone();
        match followed {
            None => {
                self.change(|held| held.region = Some(named.to_owned()));
                true
            }
            Some(followed) => followed == named && session.region != named,
        }
    }
}

#[async_trait]
impl Catalog for S3 {
    fn describe(&self) -> String {
        client::source(&self.setup.bucket, &self.setup.prefix)
    }

    fn prefix(&self) -> &str {
        &self.setup.prefix
    }

    fn checks(&self) -> &'static [Check] {
        &[Check::Credentials, Check::Clock, Check::Bucket]
    }

    async fn check(&self, now: Timestamp, report: OnCheck<'_>) {
        // Whatever was renewed in a shell meanwhile is read again.
        self.change(|_| {});
        check::all(self, now, report).await;
    }

    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        let (prefix, from) = (listing.prefix.to_owned(), listing.from.cloned());
        self.following(move |session| {
            let (prefix, from) = (prefix.clone(), from.clone());
            let (delimiter, limit) = (listing.delimiter, listing.limit);
            Box::pin(
                async move { session.list(Listing { prefix: &prefix, delimiter, limit, from: from.as_ref() }).await },
            )
        })
        .await
    }

    async fn versions(&self, prefix: &str, from: Option<&Token>) -> Result<Page, CatalogError> {
        let (prefix, from) = (prefix.to_owned(), from.cloned());
        self.following(move |session| {
            let (prefix, from) = (prefix.clone(), from.clone());
            Box::pin(async move { session.versions(&prefix, from.as_ref()).await })
        })
        .await
    }

    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        let (key, version) = (key.to_owned(), version.map(str::to_owned));
        self.following(move |session| {
            let (key, version) = (key.clone(), version.clone());
            Box::pin(async move { session.head(&key, version.as_deref()).await })
        })
        .await
    }

    async fn part(&self, key: &str, number: u32, pinned: &Pinned) -> Result<Option<Part>, CatalogError> {
        let (key, pinned) = (key.to_owned(), pinned.clone());
        self.following(move |session| {
            let (key, pinned) = (key.clone(), pinned.clone());
            Box::pin(async move { session.part(&key, number, &pinned).await })
        })
        .await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>, pinned: &Pinned) -> Result<Body, CatalogError> {
        let (key, pinned) = (key.to_owned(), pinned.clone());
        self.following(move |session| {
            let (key, range, pinned) = (key.clone(), range.clone(), pinned.clone());
            Box::pin(async move { session.read(&key, range, &pinned).await })
        })
        .await
    }

    fn patience(&self) -> Patience {
        self.setup.patience.clone()
    }

    fn pressure(&self) -> Pressure {
        self.setup.listener.heard()
    }

    fn renew(&self, credentials: PastedCredentials) {
        self.change(|held| held.pasted = Some(credentials));
    }
}
