//! The catalog against a real S3 protocol server in this process.

use std::sync::Arc;

use crate::support::bucket::{Ask, Bucket, Fault};
use jiff::Timestamp;
use reseat::catalog::levels::{self, ConnectorsPage, Located, Versions};
use reseat::catalog::{Catalog, Check, Outcome};
use reseat::text::Untrusted;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const OTHER_HUB: &str = "91d3c7f6-0b2e-4a58-bd19-e47a6c50f382";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const DAY: &str = "2026-11-17T02:54:00Z";

fn key(org: &str, hub: &str, connector: &str) -> String {
    format!("{org}/datahub/{hub}/connector/{connector}/sqlite.db")
}

fn now() -> Timestamp {
    reseat::world::World::real().now()
}

async fn organisations(catalog: &Arc<dyn Catalog>) -> (Vec<String>, Vec<String>) {
    let (mut names, mut others) = (Vec::new(), Vec::new());
    let mut pages = levels::organisations(catalog);
    while let Some(page) = pages.next().await.unwrap() {
        names.extend(page.organisations.iter().map(|org| org.raw().to_owned()));
        others.extend(page.others.iter().map(|other| other.key.raw().to_owned()));
    }
    (names, others)
}

async fn checks(catalog: &Arc<dyn Catalog>) -> Vec<(Check, Outcome)> {
    let mut rows: Vec<(Check, Outcome)> = Vec::new();
    let mut report = |check, outcome| {
        rows.retain(|(other, _)| *other != check);
        rows.push((check, outcome));
    };
    catalog.check(now(), &mut report).await;
    rows.sort_by_key(|(check, _)| *check);
    rows
}

#[tokio::test]
async fn a_level_of_more_than_a_thousand_comes_page_by_page() {
    let bucket = Bucket::start();
    for at in 0..2345 {
        bucket.put(&key(&format!("org-{at:05}"), HUB, CONNECTOR), *b"x", DAY);
    }
    bucket.put("readme.txt", *b"x", DAY);
    let catalog = bucket.catalog();
    let (names, others) = organisations(&catalog).await;
    assert_eq!(names.len(), 2345);
    assert!(names.is_sorted());
    assert_eq!(others, ["readme.txt"]);
    assert_eq!(bucket.log().len(), 3);
    assert!(bucket.log().iter().all(|request| request.query.contains("encoding-type=url")));
    assert!(bucket.only_read());
}

#[tokio::test]
async fn names_of_every_kind_come_back_byte_for_byte() {
    let bucket = Bucket::start();
    let odd = ["a b+c%2F", "größe", "\u{1b}[2J", "a&b<c>\"'", "100%", "new\nline", "实验"];
    for org in odd {
        bucket.put(&key(org, HUB, CONNECTOR), *b"x", DAY);
    }
    let catalog = bucket.catalog();
    let (mut names, _) = organisations(&catalog).await;
    let mut expected = odd.map(str::to_owned).to_vec();
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    for org in odd {
        let head = catalog.head(&key(org, HUB, CONNECTOR), None).await.unwrap();
        assert_eq!(head.backup.place.unwrap().org.raw(), org);
    }
}

#[tokio::test]
async fn an_organisation_shows_its_hubs_their_connectors_and_what_else_lies_there() {
    let bucket = Bucket::start();
    bucket.put(&key("acme", HUB, CONNECTOR), *b"x", DAY);
    bucket.put(&key("acme", HUB, OTHER_HUB), *b"x", DAY);
    bucket.put(&key("acme", OTHER_HUB, CONNECTOR), *b"x", DAY);
    bucket.put("acme/agent-7/RAW/sqlitedb", *b"x", DAY);
    bucket.put("acme/datahub/not-an-id/x", *b"x", DAY);
    bucket.put("acme-bio/x", *b"x", DAY);
    let catalog = bucket.catalog();
    let (mut hubs, mut found, mut others) = (0, Vec::new(), Vec::new());
    let mut pages = levels::connectors(&catalog, &Untrusted::new("acme"));
    while let Some(page) = pages.next().await.unwrap() {
        match page {
            ConnectorsPage::Hubs(page) => hubs += page.len(),
            ConnectorsPage::Connectors(hub, page) => {
                found.extend(page.into_iter().map(|folder| (hub.hub, folder.connector)));
            }
            ConnectorsPage::Others(page) => others.extend(page.into_iter().map(|other| other.key.raw().to_owned())),
        }
    }
    assert_eq!((hubs, found.len()), (2, 3));
    assert_eq!(others, ["acme/agent-7/", "acme/datahub/not-an-id/"]);
}

#[tokio::test]
async fn versions_and_delete_markers_come_newest_first() {
    let bucket = Bucket::start();
    bucket.versioned();
    let key = key("acme", HUB, CONNECTOR);
    bucket.page_size(3);
    for day in 1..=7 {
        bucket.put(&key, vec![0; 100_000 * day], &format!("2026-11-{day:02}T02:00:00Z"));
    }
    bucket.delete(&key, "2026-11-08T02:00:00Z");
    bucket.put(&key, vec![0; 1000], "2026-11-09T02:00:00Z");
    let catalog = bucket.catalog();
    let head = catalog.head(&key, None).await.unwrap();
    let folder = (&head.backup.place.unwrap()).into();
    let found = levels::backups(&catalog, &folder).await.unwrap();
    assert_eq!(found.versions, Versions::Listed);
    assert_eq!(found.entries.len(), 9);
    assert!(found.entries.windows(2).all(|pair| pair[0].modified >= pair[1].modified));
    assert!(found.entries[0].latest && found.entries[1].deleted && !found.entries[2].latest);
    assert!(found.newest_is_far_smaller());
    assert!(!found.more);
}

#[tokio::test]
async fn a_thousand_versions_come_over_several_pages() {
    let bucket = Bucket::start();
    bucket.versioned();
    let key = key("acme 实验", HUB, CONNECTOR);
    let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for hour in 0..1_234 {
        let when = first + jiff::SignedDuration::from_hours(hour);
        bucket.put(&key, [1].repeat(1 + usize::try_from(hour).unwrap()), &when.to_string());
    }
    let catalog = bucket.catalog();
    let folder = (&catalog.head(&key, None).await.unwrap().backup.place.unwrap()).into();
    bucket.clear_log();
    let found = levels::backups(&catalog, &folder).await.unwrap();
    assert_eq!((found.entries.len(), found.more), (1_234, false));
    let sizes: Vec<u64> = found.entries.iter().map(|entry| entry.size).collect();
    assert_eq!(sizes, (1..=1_234).rev().collect::<Vec<u64>>(), "newest first");
    assert_eq!(bucket.log().len(), 2);
}

#[tokio::test]
async fn a_list_that_never_ends_ends_for_a_walk_and_for_a_search() {
    let bucket = Bucket::start();
    for org in 0..3 {
        bucket.put(&key(&format!("org-{org}"), HUB, CONNECTOR), *b"x", DAY);
    }
    bucket.repeat_pages();
    let catalog = bucket.catalog();
    let mut walk = levels::walk(&catalog, levels::Narrow::default(), false);
    let walked = loop {
        match walk.next().await {
            Ok(page) => assert!(page.is_some()),
            Err(error) => break error,
        }
    };
    let mut objects = levels::Objects::new(&catalog);
    let searched = loop {
        match objects.next(|_| {}).await {
            Ok(page) => assert!(page.is_some()),
            Err(error) => break error,
        }
    };
    for error in [walked, searched] {
        assert_eq!(error.finding(now()).unwrap().code.as_str(), "R116");
    }
    assert!(bucket.log().len() < 40, "{}", bucket.log().len());
}

#[tokio::test]
async fn without_permission_for_versions_what_is_newest_is_listed() {
    let bucket = Bucket::start();
    bucket.versioned();
    let key = key("acme", HUB, CONNECTOR);
    bucket.put(&key, *b"x", DAY);
    bucket.put(&key, *b"y", DAY);
    bucket.deny_versions();
    let catalog = bucket.catalog();
    let folder = (&catalog.head(&key, None).await.unwrap().backup.place.unwrap()).into();
    let found = levels::backups(&catalog, &folder).await.unwrap();
    assert_eq!(found.entries.len(), 1);
    assert!(matches!(found.versions, Versions::NotListed { why } if why.contains("refuses the versions")));
}

#[tokio::test]
async fn a_server_that_repeats_its_pages_is_an_error_and_no_loop() {
    let bucket = Bucket::start();
    bucket.put(&key("acme", HUB, CONNECTOR), *b"x", DAY);
    bucket.repeat_pages();
    let catalog = bucket.catalog();
    let mut pages = levels::organisations(&catalog);
    let error = loop {
        match pages.next().await {
            Ok(page) => assert!(page.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.finding(now()).unwrap().code.as_str(), "R116");
    assert!(bucket.log().len() <= 3);
}

#[tokio::test]
async fn a_pasted_text_is_found_in_the_whole_bucket() {
    let bucket = Bucket::start();
    for org in ["a", "b", "c"] {
        bucket.put(&key(org, OTHER_HUB, &OTHER_HUB.replace("91d3", "0000")), *b"x", DAY);
    }
    let key = key("zeta", HUB, CONNECTOR);
    bucket.put(&key, *b"x", DAY);
    let catalog = bucket.catalog();
    let connector = |found: Located| match found {
        Located::Connector(folder) => (folder.org.raw().to_owned(), folder.connector.to_string()),
        other => panic!("{other:?}"),
    };
    let expected = ("zeta".to_owned(), CONNECTOR.to_owned());
    assert_eq!(connector(levels::locate(&catalog, CONNECTOR).await.unwrap()), expected);
    let web = format!("https://platform.example/hubs/{HUB}/connectors/{CONNECTOR}");
    assert_eq!(connector(levels::locate(&catalog, &web).await.unwrap()), expected);
    let folder = format!("s3://backups/zeta/datahub/{HUB}/connector/{CONNECTOR}/");
    assert_eq!(connector(levels::locate(&catalog, &folder).await.unwrap()), expected);
    assert!(matches!(levels::locate(&catalog, HUB).await.unwrap(), Located::Hub(org, _) if org.raw() == "zeta"));
    for text in [key.clone(), format!("s3://backups/{key}")] {
        assert!(matches!(levels::locate(&catalog, &text).await.unwrap(), Located::Backup(found) if found.size == 1));
    }
    assert!(matches!(levels::locate(&catalog, "zeta").await.unwrap(), Located::Organisation(_)));
    let elsewhere = levels::locate(&catalog, "s3://other/x?versionId=1").await.unwrap();
    assert_eq!(elsewhere, Located::Elsewhere { bucket: "other".to_owned(), text: "x?versionId=1".to_owned() });
    let nothing = "ffffffff-ffff-4fff-8fff-ffffffffffff";
    assert!(matches!(levels::locate(&catalog, nothing).await.unwrap(), Located::Nowhere { .. }));
}

#[tokio::test]
async fn the_organisation_of_a_hub_is_looked_up_once() {
    let bucket = Bucket::start();
    for org in ["a", "b", "c"] {
        bucket.put(&key(org, OTHER_HUB, CONNECTOR), *b"x", DAY);
    }
    bucket.put(&key("d", HUB, CONNECTOR), *b"x", DAY);
    let affiliations = levels::Affiliations::new(bucket.catalog());
    let (hub, first) = (HUB.parse().unwrap(), Untrusted::new("d"));
    assert_eq!(affiliations.of(hub, Some(&first)).await.unwrap(), Some(first.clone()));
    assert_eq!(bucket.log().len(), 1);
    affiliations.forget();
    assert_eq!(affiliations.of(hub, Some(&Untrusted::new("a"))).await.unwrap(), Some(first.clone()));
    let asked = bucket.log().len();
    assert_eq!(affiliations.of(hub, None).await.unwrap(), Some(first));
    assert_eq!(bucket.log().len(), asked);
    let nowhere = "ffffffff-ffff-4fff-8fff-ffffffffffff".parse().unwrap();
    assert_eq!(affiliations.of(nowhere, None).await.unwrap(), None);
    bucket.deny_list();
    affiliations.forget();
    assert!(affiliations.of(hub, None).await.is_err());
}

#[tokio::test]
async fn the_checks_of_a_good_bucket_are_three_rows() {
    let bucket = Bucket::start();
    bucket.put(&key("acme", HUB, CONNECTOR), *b"x", DAY);
    let rows = checks(&bucket.catalog()).await;
    let texts: Vec<String> = rows
        .into_iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Good(text) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts[0], "environment variables, key ending in 4QXZ");
    assert!(texts[1].ends_with("away from the clock of S3"), "{}", texts[1]);
    assert_eq!(texts[2], "answers; 1 organisation on the first page");
    assert!(bucket.only_read());
    bucket.fail(Ask::List, 1, Fault::Status(503, "SlowDown"));
    assert!(matches!(&checks(&bucket.catalog()).await[2].1, Outcome::Good(_)));
}

#[tokio::test]
async fn a_list_says_which_backups_have_a_checksum() {
    let bucket = Bucket::start();
    bucket.versioned();
    let key = |name: &str| key("acme", HUB, CONNECTOR).replace("sqlite.db", name);
    bucket.put(&key("with.db"), *b"x", DAY);
    bucket.put(&key("without.db"), *b"x", DAY);
    bucket.change(&key("without.db"), |stored| stored.checksum = None);
    let catalog = bucket.catalog();
    let page = catalog.list(reseat::catalog::Listing::default()).await.unwrap();
    let versions = catalog.versions("", None).await.unwrap();
    for object in page.objects.iter().chain(&versions.objects) {
        assert_eq!(object.has_checksum, object.key.raw().ends_with("/with.db"), "{object:?}");
        assert_eq!(catalog.head(object.key.raw(), None).await.unwrap().backup.has_checksum, object.has_checksum);
    }
    assert_eq!((page.objects.len(), versions.objects.len()), (2, 2));
}
