use super::*;
use crate::restore::facts::{OtherVersion, Taken};

fn with_key(change: impl FnOnce(&mut KeyFacts, &mut BucketFacts)) -> Vec<Finding> {
    let facts = changed(|facts| {
        if let (Fact::Known(key), Fact::Known(bucket)) = (&mut facts.key, &mut facts.bucket) {
            change(key, bucket);
        }
    });
    inspect(&facts, clock())
}

fn version(modified: &str, size: u64) -> OtherVersion {
    OtherVersion { modified: Some(at(modified)), size, deleted: false, same_file: true, events: None }
}

#[test]
fn r103_counts_from_the_newest_event() {
    let facts = with_file(|file| {
        file.newest =
            Some(NewestEvent { table: "Events".into(), column: "createdAt".into(), at: at("2026-11-17T02:51:00Z") });
    });
    let findings = inspect(&facts, clock());
    let finding = only(&findings, Code::R103);
    assert_eq!(finding.severity, Severity::Warn);
    assert_eq!(finding.detail, "NOT in this backup: 2 d 11 h, all events after 2026-11-17 02:51 UTC.");
    let later = inspect(&facts, Clock::at(at("2026-11-20T14:05:00Z")));
    assert_eq!(only(&later, Code::R103).acceptance(), finding.acceptance(), "an age is no evidence");
}

#[test]
fn r103_names_what_newer_versions_hold() {
    let facts = changed(|facts| {
        if let (Fact::Known(key), Fact::Known(bucket)) = (&mut facts.key, &mut facts.bucket) {
            key.modified = Some(at("2026-11-17T02:54:00Z"));
            bucket.others = vec![OtherVersion { events: Some(0), ..version("2026-11-18T22:05:00Z", 98_304) }];
        }
        let mut file = file();
        file.newest = None;
        facts.file = Fact::Known(file);
    });
    let findings = inspect(&facts, clock());
    assert_eq!(
        only(&findings, Code::R103).detail,
        "NOT in this backup: 2 d 11 h, what came after its upload of 2026-11-17 02:54 UTC. \
         1 newer version, 96.0 KiB, 0 events inside."
    );
}

#[test]
fn r103_turns_into_a_warning_at_the_configured_age() {
    let strict = Clock { stale_after: Duration::from_secs(3600), ..clock() };
    assert_eq!(only(&inspect(&healthy(), strict), Code::R103).severity, Severity::Warn);
    let exactly = Clock::at(at("2026-11-20T02:51:00Z"));
    assert_eq!(only(&inspect(&healthy(), exactly), Code::R103).severity, Severity::Warn);
}

#[test]
fn r104_is_said_only_when_nobody_chose() {
    let several = |taken| {
        with_key(|key, bucket| {
            key.taken = taken;
            bucket.others = vec![version("2026-11-17T02:54:00Z", 409_600)];
        })
    };
    assert_eq!(
        only(&several(Taken::Newest), Code::R104).detail,
        "The newest of 2 versions was taken, of 2026-11-19 02:54 UTC."
    );
    assert_silent(&several(Taken::Named), Code::R104);
    let as_of = only(&several(Taken::AsOf(at("2026-11-19T23:59:59Z"))), Code::R104).detail.clone();
    assert_eq!(as_of, "Of 2 versions the newest not after 2026-11-19 23:59 UTC was taken, of 2026-11-19 02:54 UTC.");
    let deleted = with_key(|key, bucket| {
        key.taken = Taken::Newest;
        bucket.others = vec![OtherVersion { deleted: true, ..version("2026-11-19T03:00:00Z", 0) }];
    });
    assert!(only(&deleted, Code::R104).detail.contains("deleted in the bucket after it"));
}

#[test]
fn r115_is_a_warning_of_the_chosen_version_only() {
    let emptied = with_key(|key, bucket| {
        key.size = 98_304;
        bucket.others = vec![version("2026-11-17T02:54:00Z", 64_385_024), version("2026-11-15T02:54:00Z", 1)];
    });
    assert_eq!(
        only(&emptied, Code::R115).detail,
        "This version has 96.0 KiB; the one before it, of 2026-11-17 02:54 UTC, has 61.4 MiB."
    );
    let before = with_key(|key, bucket| {
        key.size = 64_385_024;
        bucket.others = vec![version("2026-11-19T10:00:00Z", 98_304), version("2026-11-15T02:54:00Z", 63_000_000)];
    });
    assert_silent(&before, Code::R115);
}

#[test]
fn r111_says_what_could_not_be_compared() {
    let findings = with_key(|key, _| key.unverified = Some("It was uploaded in parts.".to_owned()));
    let finding = only(&findings, Code::R111);
    assert_eq!(finding.detail, "The bytes cannot be compared with the bucket. It was uploaded in parts.");
    assert_eq!(finding.severity, Severity::Info);
    assert_silent(&inspect(&healthy(), clock()), Code::R111);
}
