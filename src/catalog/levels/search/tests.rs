//! Searching: what fits, what is kept, and what a source of many objects costs.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::catalog::{Backup, Body, Check, Head, Listing, OnCheck, Page, Pinned, Token};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";

/// A source of so many backups, one for each connector, that lists 1 000 a page; every seventh object is none. An
/// organisation has 1 000 objects.
pub(crate) struct Many {
    pub(crate) objects: usize,
    pub(crate) pages: AtomicUsize,
    /// No level is listed, only what lies below it.
    pub(crate) flat_only: bool,
}

impl Many {
    pub(crate) fn of(objects: usize) -> Arc<Self> {
        Arc::new(Self { objects, pages: AtomicUsize::new(0), flat_only: false })
    }

    /// The key of this object.
    pub(crate) fn key(at: usize) -> String {
        if at % 7 == 6 {
            return format!("org-{:03}/agent/RAW/{at:06}.json", at / 1_000);
        }
        format!("org-{:03}/datahub/{HUB}/connector/{}/sqlite.db", at / 1_000, Self::connector(at))
    }

    pub(crate) fn connector(at: usize) -> String {
        format!("{at:08x}-3c55-4e6e-9a58-11b0c0a2e4b1")
    }
}

#[async_trait]
impl Catalog for Many {
    fn describe(&self) -> String {
        "s3://many".to_owned()
    }

    fn prefix(&self) -> &'static str {
        ""
    }

    fn checks(&self) -> &'static [Check] {
        &[]
    }

    async fn check(&self, _now: Timestamp, _report: OnCheck<'_>) {}

    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        self.pages.fetch_add(1, Ordering::Relaxed);
        let orgs = self.objects.div_ceil(1_000);
        if listing.delimiter {
            if self.flat_only {
                return Err(CatalogError::Refused { what: "the level".to_owned(), said: String::new() });
            }
            let prefixes = (0..orgs).map(|org| format!("org-{org:03}/").as_str().into()).collect();
            return Ok(Page { prefixes, ..Page::default() });
        }
        let org = listing.prefix.trim_start_matches("org-").trim_end_matches('/').parse::<usize>().ok();
        let (begin, end) = org.map_or((0, self.objects), |org| (org * 1_000, ((org + 1) * 1_000).min(self.objects)));
        let from = listing.from.map_or(begin, |token| token.key.parse::<usize>().unwrap());
        let to = (from + 1_000).min(end);
        let object = |at: usize| {
            let modified = Some("2026-11-17T02:54:00Z".parse().unwrap());
            Backup { size: at as u64, modified, ..Backup::named("s3://many", "", &Self::key(at)) }
        };
        Ok(Page {
            prefixes: Vec::new(),
            objects: (from..to).map(object).collect(),
            next: (to < end).then(|| Token { key: to.to_string(), version: None }),
        })
    }

    async fn versions(&self, _prefix: &str, _from: Option<&Token>) -> Result<Page, CatalogError> {
        Ok(Page::default())
    }

    async fn head(&self, key: &str, _version: Option<&str>) -> Result<Head, CatalogError> {
        Err(CatalogError::Missing { what: key.to_owned() })
    }

    async fn read(&self, key: &str, _range: Option<Range<u64>>, _pinned: &Pinned) -> Result<Body, CatalogError> {
        Err(CatalogError::Missing { what: key.to_owned() })
    }
}

fn matcher(text: &str, names: Names) -> Matcher {
    let catalog: Arc<dyn Catalog> = Many::of(0);
    Objects::new(&catalog).matcher(Words::of(text), names)
}

fn fits(text: &str) -> bool {
    let connector = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
    let names = Names::from([(connector.parse().unwrap(), "Cellario Größe".into())]);
    matcher(text, names).fits(&format!("Acme-Bio/datahub/{}/connector/{connector}/sqlite.db", HUB.to_uppercase()))
}

#[test]
fn any_part_of_the_key_and_the_name_fit() {
    for text in [
        "acme",
        "BIO sqlite",
        "84d7-4b1e",
        HUB,
        "0c0a2e4b1",
        "größe",
        "cellario acme",
        "bio/datahub",
        "s3://bucket/acme-bio/datahub/?versionId=x",
        "https://platform.example/hubs/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connectors/7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1",
    ] {
        assert!(fits(text), "{text}");
    }
    for text in ["", " ", "connector", "datahub", "acme chem", "bio/connector", "s3://bucket/other/x"] {
        assert!(!fits(text), "{text}");
    }
}

async fn all(objects: &mut Objects) -> u64 {
    let mut seen = 0;
    while let Some(more) = objects.next(|_| {}).await.unwrap() {
        seen += more;
    }
    seen
}

#[tokio::test]
async fn what_was_listed_is_searched_without_listing_again() {
    let many = Many::of(200_000);
    let catalog: Arc<dyn Catalog> = Arc::clone(&many) as Arc<dyn Catalog>;
    let mut objects = Objects::new(&catalog);
    assert_eq!(all(&mut objects).await, 200_000);
    assert_eq!(objects.listed(), 200_000);
    // About 80 bytes an object, half of what its key alone has.
    assert!(objects.bytes() < 24 << 20, "{} bytes are kept", objects.bytes());

    let mut matcher = objects.matcher(Words::of("0002f"), Names::new());
    let (began, mut hits) = (std::time::Instant::now(), Vec::new());
    objects.again(|object| {
        if matcher.fits(object.key) {
            hits.extend(matcher.hit(object));
        }
        true
    });
    // Some 170 000 backups; the time is that of a build without optimisation on a machine that others use, too.
    println!("200 000 objects in {} bytes, searched in {:?}", objects.bytes(), began.elapsed());
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    let wanted: Vec<usize> = (0..200_000).filter(|at| at % 7 != 6 && Many::key(*at).contains("0002f")).collect();
    assert!(wanted.len() > 3_000);
    let keys: Vec<String> = wanted.iter().map(|at| Many::key(*at)).collect();
    hits.sort_by(|a: &Hit, b| a.key.cmp(&b.key));
    assert_eq!(hits.iter().map(|hit| hit.key.raw()).collect::<Vec<_>>(), keys);
    assert!(hits.iter().zip(&wanted).all(|(hit, at)| hit.size == *at as u64 && hit.modified.is_some()));
    assert_eq!(all(&mut objects).await, 0, "the listing has ended");
    // The first page, the organisations, and each of them.
    assert_eq!(many.pages.load(Ordering::Relaxed), 202);
}

#[tokio::test]
async fn organisations_side_by_side_come_in_the_order_of_the_source_and_each_object_once() {
    for (flat_only, any_order) in [(false, false), (true, false), (false, true)] {
        let many = Arc::new(Many { objects: 23_456, pages: AtomicUsize::new(0), flat_only });
        let catalog: Arc<dyn Catalog> = Arc::clone(&many) as Arc<dyn Catalog>;
        let mut flat = Flat::new(&catalog, String::new(), Kind::Deep);
        if any_order {
            flat = flat.in_any_order();
        }
        let (mut keys, mut clones) = (Vec::new(), Vec::new());
        while let Some(page) = flat.next().await.unwrap() {
            keys.extend(page.objects.iter().map(|object| object.key.raw().to_owned()));
            clones.push((keys.len(), flat.clone()));
            // What ran ahead may be stopped at any time.
            if clones.len() % 5 == 0 {
                flat.rest();
            }
        }
        let mut expected: Vec<String> = (0..many.objects).map(Many::key).collect();
        if any_order {
            expected.sort();
            let mut sorted = keys.clone();
            sorted.sort();
            assert_eq!(sorted, expected);
        } else {
            assert_eq!(keys, expected);
        }
        // A clone goes on where it was made.
        for (from, mut clone) in [clones.swap_remove(0), clones.swap_remove(7)] {
            let mut rest = Vec::new();
            while let Some(page) = clone.next().await.unwrap() {
                rest.extend(page.objects.iter().map(|object| object.key.raw().to_owned()));
            }
            let mut left = keys[from..].to_vec();
            if any_order {
                rest.sort();
                left.sort();
            }
            assert_eq!(rest, left);
        }
    }
}

#[tokio::test]
async fn what_is_not_kept_is_listed_again() {
    let many = Many::of(10_000);
    let catalog: Arc<dyn Catalog> = Arc::clone(&many) as Arc<dyn Catalog>;
    let mut objects = Objects::new(&catalog);
    objects.current.keep_at_most(150_000);
    assert_eq!(all(&mut objects).await, 10_000);
    let kept = objects.listed();
    assert!((1_000..5_000).contains(&kept), "{kept} are kept");
    for _ in 0..2 {
        let mut keys = Vec::new();
        objects.again(|object| {
            keys.push(object.key.to_owned());
            true
        });
        while objects.next(|object| keys.push(object.key.to_owned())).await.unwrap().is_some() {}
        keys.sort();
        assert_eq!(keys, (0..10_000).filter(|at| at % 7 != 6).map(Many::key).collect::<Vec<_>>());
        assert_eq!(objects.listed(), kept);
    }
}
