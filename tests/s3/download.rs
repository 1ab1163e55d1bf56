//! Downloads against a real S3 protocol server in this process, with every fault that a connection can have.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use crate::support::bucket::{Ask, Bucket, Fault, KEY};
use reseat::catalog::download::{self, DownloadStage, Downloaded, Verification};
use reseat::catalog::{Algorithm, Backup, Catalog, CatalogError, pasted_credentials};
use reseat::progress::{Cancel, Progress};
use sha2::{Digest, Sha256};

pub const PATH: &str =
    "acme/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1/sqlite.db";
pub const DAY: &str = "2026-11-17T02:54:00Z";
/// Three ranges, the last one short.
pub const LENGTH: usize = 10 * 1024 * 1024 + 17;

/// Where the second range begins.
pub const PART: u64 = 4 * 1024 * 1024;

/// Bytes of which no two pieces are alike.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(length);
    out
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    aws_smithy_types::base64::encode(bytes)
}

pub fn hash(bytes: &[u8]) -> String {
    reseat::text::hex(&Sha256::digest(bytes))
}

pub async fn chosen(catalog: &Arc<dyn Catalog>) -> Backup {
    catalog.head(PATH, None).await.unwrap().backup
}

pub async fn fetch(catalog: &Arc<dyn Catalog>, backup: &Backup, folder: &Path) -> Result<Downloaded, CatalogError> {
    download::fetch(catalog.as_ref(), backup, folder, &mut |_| {}, &Cancel::default()).await
}

/// Where within its part each ranged read began.
fn begun_within(bucket: &Bucket) -> Vec<u64> {
    let starts = bucket.log().into_iter().filter_map(|request| request.range).map(|range| {
        let start = range.trim_start_matches("bytes=").split('-').next().unwrap().to_owned();
        start.parse::<u64>().unwrap() % PART
    });
    starts.collect()
}

pub fn code(error: &CatalogError) -> String {
    let now = reseat::world::World::real().now();
    error.finding(now).map_or_else(|| "none".to_owned(), |finding| finding.code.to_string())
}

pub struct Setting {
    pub bucket: Bucket,
    pub catalog: Arc<dyn Catalog>,
    pub folder: tempfile::TempDir,
    pub bytes: Vec<u8>,
}

pub fn setting() -> Setting {
    let bucket = Bucket::start();
    let bytes = bytes(1, LENGTH);
    bucket.put(PATH, bytes.clone(), DAY);
    Setting { catalog: bucket.catalog(), bucket, folder: tempfile::tempdir().unwrap(), bytes }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_is_private_whole_and_verified() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    let mut seen: Vec<Progress<DownloadStage>> = Vec::new();
    let folder = set.folder.path().join("partial");
    let report = &mut |progress| seen.push(progress);
    let done = download::fetch(set.catalog.as_ref(), &backup, &folder, report, &Cancel::default()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    assert_eq!(std::fs::read(&done.path).unwrap(), set.bytes);
    assert_eq!(done.verification, Verification::Checksum(Algorithm::Crc64Nvme));
    assert!(done.findings().is_empty());
    assert_eq!(std::fs::metadata(&done.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let last = seen.last().unwrap();
    assert_eq!((last.stage, last.done, last.total), (DownloadStage::Compares, LENGTH as u64, Some(LENGTH as u64)));
    assert!(seen.iter().all(|one| one.total.is_none_or(|total| one.done <= total)));
    let gets: Vec<_> = set.bucket.log().into_iter().filter(|request| request.method == "GET").collect();
    assert_eq!(gets.len(), 3);
    assert!(gets.iter().all(|get| get.range.is_some() && get.if_match.is_some()));
    assert!(set.bucket.only_read());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_checksum_of_s3_is_compared() {
    let set = setting();
    let crc = |kind, length: usize| {
        let digest = crc_fast::checksum(kind, &set.bytes).to_be_bytes();
        base64(&digest[8 - length..])
    };
    let kinds = [
        (Algorithm::Crc32, crc(crc_fast::CrcAlgorithm::Crc32IsoHdlc, 4)),
        (Algorithm::Crc32C, crc(crc_fast::CrcAlgorithm::Crc32Iscsi, 4)),
        (Algorithm::Sha1, base64(sha1::Sha1::digest(&set.bytes))),
        (Algorithm::Sha256, base64(Sha256::digest(&set.bytes))),
    ];
    let backup = chosen(&set.catalog).await;
    for (algorithm, value) in kinds {
        set.bucket.change(PATH, |stored| stored.checksum = Some((algorithm, value.clone(), false)));
        let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
        assert_eq!(done.verification, Verification::Checksum(algorithm));
        let wrong = base64(vec![7; algorithm.length()]);
        set.bucket.change(PATH, |stored| stored.checksum = Some((algorithm, wrong, false)));
        let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
        assert_eq!(code(&error), "R110", "{error}");
    }
    set.bucket.change(PATH, |stored| stored.checksum = None);
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.verification, Verification::Md5Etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_checksum_the_finding_says_so() {
    let set = setting();
    let composite: fn(&mut crate::support::bucket::Stored) =
        |stored| stored.checksum = Some((Algorithm::Sha256, format!("{}-3", base64([1; 32])), true));
    let none: fn(&mut crate::support::bucket::Stored) = |stored| stored.checksum = None;
    let kms: fn(&mut crate::support::bucket::Stored) = |stored| stored.kms = true;
    for change in [composite, none, kms] {
        set.bucket.change(PATH, |stored| {
            stored.etag = Some("0123456789abcdef0123456789abcdef-3".to_owned());
            change(stored);
        });
        let done = fetch(&set.catalog, &chosen(&set.catalog).await, set.folder.path()).await.unwrap();
        assert!(matches!(done.verification, Verification::LengthOnly { .. }));
        assert_eq!(done.findings()[0].code.as_str(), "R111");
        assert_eq!(done.sha256, hash(&set.bytes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_omits_its_headers_is_read_all_the_same() {
    let set = setting();
    set.bucket.bare();
    let backup = chosen(&set.catalog).await;
    assert_eq!((&backup.etag, &backup.modified), (&None, &None));
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    assert_eq!(done.findings()[0].code.as_str(), "R111");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_or_stands_still_is_taken_up_where_it_was() {
    for fault in [
        Fault::Cut(3_000_000),
        Fault::Cut(0),
        Fault::Stall(2_500_000),
        Fault::Hangup,
        Fault::Status(500, "InternalError"),
    ] {
        let set = setting();
        let backup = chosen(&set.catalog).await;
        set.bucket.fail(Ask::Get, 2, fault.clone());
        let mut waited = false;
        let report =
            &mut |progress: Progress<DownloadStage>| waited |= matches!(progress.stage, DownloadStage::Waits { .. });
        let done = download::fetch(set.catalog.as_ref(), &backup, set.folder.path(), report, &Cancel::default()).await;
        assert_eq!(done.unwrap().sha256, hash(&set.bytes), "{fault:?}");
        if let Fault::Stall(_) = fault {
            assert!(begun_within(&set.bucket).contains(&2_500_000), "{:?}", set.bucket.log());
        }
        assert!(set.bucket.log().iter().filter(|request| request.method == "GET").all(|get| get.if_match.is_some()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_another_length_than_announced_is_counted() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail(Ask::Get, 2, Fault::Short(1_000_000));
    assert_eq!(fetch(&set.catalog, &backup, set.folder.path()).await.unwrap().sha256, hash(&set.bytes));
    assert!(begun_within(&set.bucket).contains(&1_000_000), "{:?}", set.bucket.log());
    for fault in [Fault::Short(0), Fault::Padded(5)] {
        let set = setting();
        set.bucket.fail(Ask::Get, 1000, fault.clone());
        let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
        assert_eq!(code(&error), "R109", "{fault:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_stays_broken_is_one_clear_finding_and_keeps_the_bytes() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_after(Ask::Get, 2, 1000, Fault::Stall(0));
    let mut longest = None;
    let report = &mut |progress: Progress<DownloadStage>| {
        if let DownloadStage::Waits { .. } = progress.stage {
            longest = Some(progress.done);
        }
    };
    let error = download::fetch(set.catalog.as_ref(), &backup, set.folder.path(), report, &Cancel::default()).await;
    assert_eq!(code(&error.unwrap_err()), "R116");
    assert!(longest.is_some_and(|done| done > 0), "nobody was told that no data comes");
    set.bucket.heal();
    set.bucket.clear_log();
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    let gets = set.bucket.log().iter().filter(|request| request.method == "GET").count();
    assert_eq!(gets, 1, "only the missing range is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn esc_is_answered_within_a_frame_and_costs_nothing() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_after(Ask::Get, 2, 1000, Fault::Stall(100_000));
    let cancel = Cancel::default();
    let (asked, mut when) = (cancel.clone(), None);
    let report = &mut |progress: Progress<DownloadStage>| {
        // On a busy machine it may wait earlier, too: the other two ranges are to be here.
        let two_are_here = progress.done >= LENGTH as u64 - PART;
        if matches!(progress.stage, DownloadStage::Waits { .. }) && two_are_here && when.is_none() {
            asked.cancel();
            when = Some(std::time::Instant::now());
        }
    };
    let error = download::fetch(set.catalog.as_ref(), &backup, set.folder.path(), report, &cancel).await.unwrap_err();
    assert_eq!(error, CatalogError::Cancelled);
    assert!(when.unwrap().elapsed().as_millis() < 100);
    // Another process goes on, days later: only the files tell where.
    set.bucket.heal();
    set.bucket.clear_log();
    let again = set.bucket.catalog();
    let done = fetch(&again, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    assert_eq!(set.bucket.log().iter().filter(|request| request.method == "GET").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_dropped_gives_its_files_back_at_once() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail(Ask::Get, 3, Fault::Stall(1_500_000));
    let dropped =
        tokio::time::timeout(std::time::Duration::from_millis(300), fetch(&set.catalog, &backup, set.folder.path()));
    assert!(dropped.await.is_err());
    assert_eq!(fetch(&set.catalog, &backup, set.folder.path()).await.unwrap().sha256, hash(&set.bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_turned_on_the_way_is_found_and_not_kept() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail(Ask::Get, 1, Fault::Flip(4_711));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert_eq!(code(&error), "R110");
    assert_eq!(std::fs::read_dir(set.folder.path()).unwrap().count(), 0);
    assert_eq!(fetch(&set.catalog, &backup, set.folder.path()).await.unwrap().sha256, hash(&set.bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_turned_on_disk_between_two_calls_is_fetched_again() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_after(Ask::Get, 2, 1000, Fault::Status(503, "SlowDown"));
    fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    set.bucket.heal();
    let files = std::fs::read_dir(set.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let part = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "part")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&std::fs::File::options().write(true).open(&part).unwrap(), b"XYZ", 100)
        .unwrap();
    assert_eq!(fetch(&set.catalog, &backup, set.folder.path()).await.unwrap().sha256, hash(&set.bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_replaced_is_never_mixed() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    // Between the head and the first range; and, of the same size, between two ranges.
    set.bucket.replace_after_head(PATH, bytes(2, LENGTH));
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&bytes(2, LENGTH)));
    assert!(done.began_again);
    assert_eq!(done.findings()[0].code.as_str(), "R108");
    assert_ne!(done.backup.etag, backup.etag);

    let backup = chosen(&set.catalog).await;
    set.bucket.fail_after(Ask::Get, 2, 1000, Fault::Stall(0));
    fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    set.bucket.heal();
    set.bucket.put(PATH, bytes(3, LENGTH), DAY);
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&bytes(3, LENGTH)));
    assert!(done.began_again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_version_stays_the_chosen_version() {
    let bucket = Bucket::start();
    bucket.versioned();
    let old = bytes(4, 300_000);
    let version = bucket.put(PATH, old.clone(), DAY);
    bucket.put(PATH, bytes(5, 300_000), DAY);
    bucket.delete(PATH, DAY);
    let catalog = bucket.catalog();
    let backup = catalog.head(PATH, version.as_deref()).await.unwrap().backup;
    let folder = tempfile::tempdir().unwrap();
    let done = fetch(&catalog, &backup, folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&old));
    assert_eq!(done.backup.version, version);
    let error = catalog.head(PATH, None).await.unwrap_err();
    assert!(error.is_missing(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_sends_one_stream() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail(Ask::Get, 1000, Fault::Whole);
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_midway_are_replaced_in_memory_and_it_goes_on() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    // The third range stands still; when it is asked for again, the credentials have expired.
    set.bucket.fail_after(Ask::Get, 2, 1, Fault::Stall(200_000));
    set.bucket.fail_after(Ask::Get, 3, 1000, Fault::Said(400, "ExpiredToken", "The provided token has expired."));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert!(error.needs_credentials());
    assert_eq!(code(&error), "R112");
    set.bucket.heal();
    set.bucket.expire(KEY);
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert!(matches!(error, CatalogError::Credentials(_)), "{error}");
    set.bucket.add_key("ASIANEWNEWNEW1234", "other");
    let pasted =
        "export AWS_ACCESS_KEY_ID=ASIANEWNEWNEW1234\nexport AWS_SECRET_ACCESS_KEY=other\nexport AWS_SESSION_TOKEN=t";
    set.catalog.renew(pasted_credentials(pasted).unwrap());
    set.bucket.clear_log();
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    assert!(
        matches!(begun_within(&set.bucket).as_slice(), [200_000]),
        "it goes on at its byte: {:?}",
        set.bucket.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_archived_and_deleted_objects_are_told_apart() {
    let set = setting();
    let key = PATH.replace("sqlite.db", "empty.db");
    set.bucket.put(&key, Vec::new(), DAY);
    let empty = set.catalog.head(&key, None).await.unwrap().backup;
    let done = fetch(&set.catalog, &empty, set.folder.path()).await.unwrap();
    assert_eq!((done.size, done.sha256), (0, hash(b"")));
    let backup = chosen(&set.catalog).await;
    set.bucket.change(PATH, |stored| stored.storage_class = Some("GLACIER".to_owned()));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert_eq!(code(&error), "R107");
    let remedy = error.finding(reseat::world::World::real().now()).unwrap().remedy;
    assert!(remedy.contains("aws s3api restore-object --bucket backups --key acme/datahub/"), "{remedy}");
    set.bucket.change(PATH, |stored| stored.restore = Some("ongoing-request=\"true\"".to_owned()));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("on its way"), "{error}");
    let back = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2026 00:00:00 GMT\"";
    set.bucket.change(PATH, |stored| stored.restore = Some(back.to_owned()));
    fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    set.bucket.put("acme/agent-7/RAW/sqlitedb", *b"x", DAY);
    let other = set.catalog.head("acme/agent-7/RAW/sqlitedb", None).await.unwrap().backup;
    let error = fetch(&set.catalog, &other, set.folder.path()).await.unwrap_err();
    assert_eq!(code(&error), "R113");
    assert!(error.to_string().contains("the database of an agent"), "{error}");
    let deleted = Backup { deleted: true, ..backup };
    assert!(fetch(&set.catalog, &deleted, set.folder.path()).await.unwrap_err().is_missing());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_folders_are_copied_and_never_changed() {
    let root = tempfile::tempdir().unwrap();
    let bytes = bytes(6, 3_000_000);
    let original = root.path().join("source").join(PATH);
    std::fs::create_dir_all(original.parent().unwrap()).unwrap();
    std::fs::write(&original, &bytes).unwrap();
    let before = std::fs::metadata(&original).unwrap().modified().unwrap();
    let world = reseat::world::World::real();
    let source = root.path().join("source");
    for (text, key) in [(source.to_str().unwrap(), PATH), (original.to_str().unwrap(), original.to_str().unwrap())] {
        let spec = reseat::catalog::SourceSpec::parse(text).unwrap();
        let catalog = reseat::catalog::open(&spec, &world).unwrap();
        let backup = catalog.head(key, None).await.unwrap().backup;
        assert_eq!(backup.place.as_ref().unwrap().org.raw(), "acme");
        let done = fetch(&catalog, &backup, &root.path().join("partial")).await.unwrap();
        assert_eq!((done.sha256.as_str(), &done.verification), (hash(&bytes).as_str(), &Verification::Copied));
        assert_eq!(std::fs::metadata(&done.path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_file(done.path).unwrap();
    }
    assert_eq!(std::fs::metadata(&original).unwrap().modified().unwrap(), before);
}
