//! `reseat peek`: whose backup one is, by a few requests.

use serde_json::json;

use crate::desk::{Desk, HUB, NEW, OLD, codes, hours_ago, key, sample, with_bucket};
use crate::support::bucket::{Ask, Bucket, Fault};

const AT: &str = "2026-11-17T02:54:00Z";

/// The bytes of a backup with this many events.
fn bytes(events: u64) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample(HUB, OLD, events).create(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn holding(bytes: Vec<u8>) -> (Desk, Bucket) {
    let (desk, bucket) = with_bucket();
    bucket.put(&key(OLD), bytes, AT);
    (desk, bucket)
}

#[test]
fn peek_says_whose_it_is_and_what_that_took() {
    let (desk, bucket) = holding(bytes(5_000));
    let document = desk.reseat(&["peek", &key(OLD), "--json"]).is(0).json();
    assert_eq!(document["schema"], 1);
    for (field, value) in [("org", json!("acme-bio")), ("hub", json!(HUB)), ("sha256", json!(null))] {
        assert_eq!(document["backup"][field], value, "{field}");
    }
    assert_eq!(document["backup"]["modified"], AT);
    assert!(document["backup"]["etag"].is_string() && document["backup"]["size"].as_u64().unwrap() > 1_000_000);
    let identity =
        json!({"hub": HUB, "connector": OLD, "name": "Cellario Boston", "type": "hrb-cellario", "sources": 1});
    assert_eq!(document["identity"], identity);
    assert_eq!(document["eventsAtMost"], 5_000);
    let newest: jiff::Timestamp = document["newestEvent"].as_str().unwrap().parse().unwrap();
    assert!(hours_ago(3).duration_since(newest).abs() < jiff::SignedDuration::from_mins(5));
    assert_eq!(document["journalMode"], "delete");
    assert_eq!(document["notChecked"], json!(["checksum", "integrity", "events"]));
    assert_eq!(document["tables"].as_array().unwrap().len(), 5);
    assert_eq!((&document["verdict"], codes(&document)), (&json!("ok"), vec!["R103".to_owned()]));
    let log = bucket.log();
    assert_eq!(document["requests"], log.len());
    assert!(log.len() <= 6 && document["bytes"].as_u64().unwrap() <= 256 * 1024, "{document}");
    assert!(log.iter().all(|request| request.method == "GET" && request.range.is_some()));
    assert!(!desk.state.exists(), "nothing is kept");

    let text = desk.reseat(&["peek", &format!("s3://backups/{}", key(OLD))]).is(0).stdout;
    for words in ["Cellario Boston, hrb-cellario", "at most 5 000", "requests", "is not known"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("sound:") && !text.contains('✓'), "what was not checked has no mark: {text}");
}

/// Trap R203: a look into a backup that was cut before it was uploaded.
/// Quiet R204: a look does not read what an integrity check reads, and says nothing of it.
#[test]
fn peek_knows_what_cannot_be_restored() {
    let whole = bytes(500);
    let (desk, bucket) = holding(whole[..whole.len() - 4096].to_vec());
    let document = desk.reseat(&["peek", &key(OLD), "--json"]).is(3).json();
    assert_eq!((&document["verdict"], codes(&document)[0].as_str()), (&json!("block"), "R203"));
    assert_eq!((&document["identity"]["name"], &document["requests"]), (&json!(null), &json!(1)));
    let text = desk.reseat(&["peek", &key(OLD)]).is(3).stdout;
    assert!(text.contains("✗ R203") && text.contains("cannot be restored"), "{text}");
    // A page in the middle is damaged: nothing of that is seen, and nothing of it is said.
    let mut damaged = whole;
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    bucket.put(&key(OLD), damaged, AT);
    let document = desk.reseat(&["peek", &key(OLD), "--json"]).is(0).json();
    assert!(!codes(&document).contains(&"R204".to_owned()), "{document}");
}

#[test]
fn peek_finds_versions_files_and_what_is_not_there() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    let first = bucket.put(&key(OLD), bytes(20), AT).unwrap();
    bucket.put(&key(OLD), bytes(30), "2026-11-18T02:54:00Z");
    let events = |words: &str| desk.reseat(&["peek", words, "--json"]).is(0).json()["eventsAtMost"].clone();
    assert_eq!(events(&key(OLD)), 30);
    assert_eq!(events(&format!("{}?versionId={first}", key(OLD))), 20);
    bucket.delete(&key(OLD), "2026-11-19T02:54:00Z");
    assert_eq!(events(&key(OLD)), 30, "the newest version below the delete marker");
    desk.reseat(&["peek", &key(NEW), "--json"]).is(4);
    let local = Desk::new();
    let document = local.reseat(&["peek", local.backup_path().to_str().unwrap(), "--json"]).is(0).json();
    assert_eq!((&document["identity"]["connector"], &document["eventsAtMost"]), (&json!(OLD), &json!(200)));
    assert_eq!(local.reseat(&["peek", &key(OLD), "--json"]).is(0).json()["identity"]["connector"], OLD);
}

/// Trap R107: a look into an archived backup.
/// Trap R108: the backup is replaced while a look reads it.
/// Trap R116: a server that sends the whole object whatever is asked for.
#[test]
fn peek_says_what_the_source_answered() {
    let (desk, bucket) = holding(bytes(60_000));
    let refused = |code: &str| {
        let document = desk.reseat(&["peek", &key(OLD), "--json"]).is(3).json();
        assert_eq!(codes(&document), [code], "{document}");
    };
    bucket.fail_after(Ask::Get, 1, 1, Fault::Status(412, "PreconditionFailed"));
    refused("R108");
    bucket.heal();
    bucket.fail(Ask::Get, 100, Fault::Whole);
    refused("R116");
    bucket.heal();
    bucket.change(&key(OLD), |stored| stored.storage_class = Some("DEEP_ARCHIVE".into()));
    refused("R107");
}

#[test]
fn the_state_as_of_a_time_picks_the_version() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    bucket.put(&key(OLD), bytes(20), AT);
    bucket.put(&key(OLD), bytes(30), "2026-11-18T02:54:00Z");
    bucket.delete(&key(OLD), "2026-11-18T12:00:00Z");
    let events = |time: &str| {
        let document = desk.reseat(&["peek", &key(OLD), "--as-of", time, "--json"]).is(0).json();
        document["eventsAtMost"].clone()
    };
    assert_eq!((events("2026-11-17"), events("2026-11-18 02:53")), (json!(20), json!(20)));
    assert_eq!(events("2026-11-18 02:54"), 30);
    assert_eq!(events("2026-11-19"), 30, "behind the delete marker");

    let document = desk.reseat(&["inspect", &key(OLD), "--as-of", "2026-11-17", "--json"]).is(0).json();
    let events = document["tables"].as_array().unwrap().iter().find(|table| table["name"] == "Events").unwrap();
    assert_eq!((&document["backup"]["modified"], &events["rows"]), (&json!(AT), &json!(20)), "{document}");
    let r104 = document["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "R104").unwrap();
    assert!(r104.to_string().contains("Of 2 versions the newest not after 2026-11-17 23:59 UTC"), "{r104}");

    let too_old = desk.reseat(&["inspect", &key(OLD), "--as-of", "2026-11-16"]).is(4);
    assert!(too_old.stderr.contains("the oldest is of 2026-11-17 02:54 UTC"), "{}", too_old.stderr);
    desk.reseat(&["inspect", &format!("{}?versionId=x", key(OLD)), "--as-of", "2026-11-17"]).is(2);
    desk.reseat(&["inspect", desk.backup_path().to_str().unwrap(), "--as-of", "2026-11-17"]).is(2);
}

#[test]
fn without_a_list_of_versions_the_newest_may_be_as_old_as_that() {
    let (desk, bucket) = holding(bytes(20));
    bucket.deny_versions();
    desk.reseat(&["peek", &key(OLD), "--as-of", "2026-11-17", "--json"]).is(0);
    let refused = desk.reseat(&["peek", &key(OLD), "--as-of", "2026-11-16"]).is(4);
    assert!(refused.stderr.contains("older versions are not seen"), "{}", refused.stderr);
}
