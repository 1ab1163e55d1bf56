//! What a person is told for each way in which a bucket can refuse, against a real S3 protocol server in this process.

use std::sync::Arc;

use crate::support::bucket::{Ask, Bucket, Fault, KEY, REGION};
use reseat::catalog::{Catalog, CatalogError, Check, Listing, Outcome, SourceKind, SourceSpec, open};
use reseat::finding::Finding;
use reseat::world::World;

const PATH: &str =
    "acme/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1/sqlite.db";
const DAY: &str = "2026-11-17T02:54:00Z";

fn bucket() -> Bucket {
    let bucket = Bucket::start();
    bucket.put(PATH, *b"x", DAY);
    bucket
}

fn finding(error: &CatalogError) -> Finding {
    error.finding(World::real().now()).unwrap()
}

async fn first_page(catalog: &Arc<dyn Catalog>) -> Result<usize, CatalogError> {
    let listing = Listing { delimiter: true, ..Listing::default() };
    catalog.list(listing).await.map(|page| page.prefixes.len())
}

/// What the head and the first page answer, as codes and sentences.
async fn answers(bucket: &Bucket) -> (Finding, Finding) {
    let catalog = bucket.catalog();
    let head = catalog.head(PATH, None).await.unwrap_err();
    let page = first_page(&catalog).await.unwrap_err();
    assert!(bucket.only_read());
    (finding(&head), finding(&page))
}

async fn checks(catalog: &Arc<dyn Catalog>) -> Vec<Outcome> {
    let mut rows = std::collections::BTreeMap::new();
    let mut report = |check: Check, outcome| {
        rows.insert(check, outcome);
    };
    catalog.check(World::real().now(), &mut report).await;
    rows.into_values().collect()
}

fn failed(outcome: &Outcome) -> &Finding {
    match outcome {
        Outcome::Failed(finding) => finding,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_refusal_has_its_code_and_its_own_sentence() {
    let cases = [
        (Fault::Said(403, "AccessDenied", "Access Denied"), "R105", "Access Denied"),
        (Fault::Said(400, "ExpiredToken", "The provided token has expired."), "R112", "expired"),
        (Fault::Said(403, "InvalidAccessKeyId", "no such key"), "R112", "does not know the key ending in"),
        (Fault::Said(403, "SignatureDoesNotMatch", "no match"), "R112", "secret does not belong"),
        (Fault::Said(400, "InvalidToken", "malformed"), "R112", "session token"),
        (Fault::Said(403, "RequestTimeTooSkewed", "too large"), "R112", "clock of this machine"),
        (Fault::Said(403, "AccessDenied", "not authorized to perform: kms:Decrypt on the resource"), "R118", "KMS"),
        (Fault::Said(403, "AccessDenied", "The bucket is a Requester Pays bucket"), "R118", "pay"),
        (
            Fault::Said(
                400,
                "InvalidRequest",
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided",
            ),
            "R118",
            "SSE-C",
        ),
        (Fault::Said(404, "NoSuchBucket", "no"), "R117", "no bucket backups"),
        (Fault::Said(500, "InternalError", "oops"), "R116", "500 InternalError"),
        (Fault::Said(503, "SlowDown", "slow"), "R116", "503 SlowDown"),
        (Fault::Hangup, "R116", "No connection"),
    ];
    for (fault, code, words) in cases {
        let bucket = bucket();
        bucket.fail(Ask::Any, 1000, fault.clone());
        let (head, page) = answers(&bucket).await;
        for found in [&head, &page] {
            assert_eq!(found.code.as_str(), code, "{fault:?}: {found:?}");
            assert!(found.detail.contains(words), "{fault:?}: {}", found.detail);
            assert!(!found.why.is_empty() && !found.remedy.is_empty());
        }
    }
}

#[tokio::test]
async fn a_missing_object_is_told_from_one_that_may_not_be_read() {
    let bucket = bucket();
    let catalog = bucket.catalog();
    let missing = catalog.head("acme/other/x", None).await.unwrap_err();
    assert!(missing.is_missing());
    assert_eq!(finding(&missing).code.as_str(), "R117");
    bucket.deny_list();
    let either = finding(&catalog.head("acme/other/x", None).await.unwrap_err());
    assert_eq!(either.code.as_str(), "R105");
    assert!(either.why.contains("missing") && either.why.contains("may not be read"), "{}", either.why);
    assert!(either.remedy.contains("s3:ListBucket"));
    // What may be read is read, although nothing may be listed.
    assert_eq!(catalog.head(PATH, None).await.unwrap().backup.size, 1);
}

#[tokio::test]
async fn another_region_is_followed_once_and_then_named() {
    let bucket = bucket();
    bucket.lies_in("ap-south-1");
    let catalog = bucket.catalog();
    assert_eq!(catalog.head(PATH, None).await.unwrap().backup.size, 1);
    assert_eq!(first_page(&catalog).await.unwrap(), 1);
    bucket.lies_in("us-west-2");
    let found = finding(&first_page(&catalog).await.unwrap_err());
    assert_eq!(found.code.as_str(), "R106");
    assert!(found.detail.contains("us-west-2") && found.remedy.contains("--region us-west-2"), "{found:?}");
    assert_ne!(REGION, "us-west-2");
}

#[tokio::test]
async fn an_address_where_nobody_listens_or_that_is_no_name_is_said_so() {
    let world = bucket().world();
    for (endpoint, words) in [("http://127.0.0.1:9", "No connection"), ("http://nowhere.invalid", "name of the server")]
    {
        let kind = SourceKind::S3 { bucket: "backups".to_owned(), prefix: String::new() };
        let mut spec = SourceSpec { endpoint: Some(endpoint.to_owned()), ..SourceSpec::new(kind) };
        spec.patience.pause = std::time::Duration::from_millis(1);
        spec.patience.attempts = 1;
        let catalog = open(&spec, &world).unwrap();
        let found = finding(&first_page(&catalog).await.unwrap_err());
        assert_eq!(found.code.as_str(), "R116");
        assert!(found.detail.contains(words), "{}", found.detail);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_is_away() {
    let bucket = bucket();
    let spec = SourceSpec { endpoint: Some(bucket.endpoint().replace("http:", "https:")), ..bucket.spec() };
    let catalog = open(&spec, &bucket.world()).unwrap();
    let found = finding(&first_page(&catalog).await.unwrap_err());
    assert_eq!(found.code.as_str(), "R116");
    assert!(found.detail.contains("No secure connection"), "{}", found.detail);
}

#[tokio::test]
async fn checks_put_each_trouble_on_its_own_row() {
    // Expired: the credentials fail, the clock is said not to be the cause, the bucket waits.
    let bucket = bucket();
    bucket.expire(KEY);
    let rows = checks(&bucket.catalog()).await;
    assert_eq!(failed(&rows[0]).code.as_str(), "R112");
    assert!(matches!(&rows[1], Outcome::Good(text) if text.ends_with("the clock is not the cause")), "{:?}", rows[1]);
    assert_eq!(rows[2], Outcome::Waits("waits for the credentials".to_owned()));

    // Skewed: the clock fails, and by how much.
    let bucket = self::bucket();
    bucket.clock_ahead(3600);
    let rows = checks(&bucket.catalog()).await;
    assert!(matches!(&rows[0], Outcome::Good(_)), "{:?}", rows[0]);
    let clock = failed(&rows[1]);
    assert_eq!(clock.code.as_str(), "R112");
    assert!(clock.detail.contains("behind the clock of S3"), "{}", clock.detail);
    assert!(clock.detail.contains("1 h") || clock.detail.contains("59 min"), "{}", clock.detail);

    // Empty.
    let rows = checks(&Bucket::start().catalog()).await;
    assert_eq!(failed(&rows[2]).code.as_str(), "R117");

    // Not permitted to list: nothing stops, a key can be typed.
    let bucket = self::bucket();
    bucket.deny_list();
    let rows = checks(&bucket.catalog()).await;
    assert!(matches!(&rows[2], Outcome::Limited(text) if text.contains("type")), "{:?}", rows[2]);

    // No such bucket.
    let kind = SourceKind::S3 { bucket: "other".to_owned(), prefix: String::new() };
    let catalog = open(&SourceSpec { kind, ..bucket.spec() }, &bucket.world()).unwrap();
    let rows = checks(&catalog).await;
    assert_eq!(failed(&rows[2]).code.as_str(), "R117");
    assert!(failed(&rows[2]).detail.contains("bucket other"));
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_missing_credentials() {
    let bucket = bucket();
    let spec = SourceSpec { profile: Some("no-such-profile".to_owned()), ..bucket.spec() };
    let rows = checks(&open(&spec, &bucket.world()).unwrap()).await;
    let found = failed(&rows[0]);
    assert_eq!(found.code.as_str(), "R112");
    assert!(found.detail.contains("no-such-profile"), "{}", found.detail);
    assert!(found.remedy.contains("aws sso login --profile no-such-profile"), "{}", found.remedy);
    assert_eq!(rows[2], Outcome::Waits("waits for the credentials".to_owned()));
}

#[tokio::test]
async fn credentials_say_who_gave_them_and_how_long_they_last() {
    let bucket = bucket();
    let mut world = bucket.world();
    let soon = World::real().now() + jiff::SignedDuration::from_mins(53);
    world.environment.insert("AWS_CREDENTIAL_EXPIRATION".into(), soon.to_string().into());
    let catalog = open(&bucket.spec(), &world).unwrap();
    let Outcome::Good(text) = checks(&catalog).await.remove(0) else { panic!() };
    assert_eq!(text, "environment variables, key ending in 4QXZ, valid for 52 min");
    bucket.add_key("ASIAPASTED1234", "s");
    let paste = "export AWS_ACCESS_KEY_ID=ASIAPASTED1234\nexport AWS_SECRET_ACCESS_KEY=s\nexport AWS_SESSION_TOKEN=t";
    catalog.renew(reseat::catalog::pasted_credentials(paste).unwrap());
    let Outcome::Good(text) = checks(&catalog).await.remove(0) else { panic!() };
    assert_eq!(text, "pasted, key ending in 1234");
    // Expired by their own word, while the server still takes them: the server has the last word.
    let past = World::real().now() - jiff::SignedDuration::from_mins(14);
    world.environment.insert("AWS_CREDENTIAL_EXPIRATION".into(), past.to_string().into());
    let catalog = open(&bucket.spec(), &world).unwrap();
    assert!(matches!(&checks(&catalog).await[2], Outcome::Good(_)));
    bucket.expire(KEY);
    let rows = checks(&catalog).await;
    let found = failed(&rows[0]);
    assert!(found.detail.starts_with("The credentials expired 14 min ago, at "), "{}", found.detail);
    assert!(found.why.contains("\"ExpiredToken\" to environment variables"), "{}", found.why);
    assert!(!found.remedy.contains("sso"), "{}", found.remedy);
}

#[tokio::test]
async fn no_secret_is_in_any_sentence() {
    let bucket = bucket();
    for fault in [Fault::Status(403, "SignatureDoesNotMatch"), Fault::Status(403, "InvalidAccessKeyId"), Fault::Hangup]
    {
        bucket.heal();
        bucket.fail(Ask::Any, 1000, fault);
        let (head, page) = answers(&bucket).await;
        let text = format!("{head:?}{page:?}");
        assert!(!text.contains(crate::support::bucket::SECRET) && !text.contains(KEY));
    }
}
