//! Several ranges at once: each goes wrong by itself, and none is ever mixed with another object's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt;
use reseat::catalog::download::{self, DownloadStage, Verification};
use reseat::catalog::{
    Algorithm, Body, Catalog, CatalogError, Check, Head, Listing, OnCheck, Page, Patience, Pinned, Pressure, Token,
};
use reseat::progress::{Cancel, Progress};

use crate::download::{DAY, LENGTH, PART, PATH, bytes, chosen, code, fetch, hash, setting};
use crate::support::bucket::{Ask, Bucket, Fault};

/// The reads that were asked for, each by where it began.
fn starts(bucket: &Bucket) -> Vec<u64> {
    let ranges = bucket.log().into_iter().filter(|request| request.method == "GET").map(|request| request.range);
    let mut starts: Vec<u64> = ranges
        .map(|range| range.unwrap().trim_start_matches("bytes=").split('-').next().unwrap().parse().unwrap())
        .collect();
    starts.sort_unstable();
    starts
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_come_in_an_odd_order_make_the_same_file() {
    let set = setting();
    set.bucket.fail_within(0..1, 1, Fault::Late(Duration::from_millis(300)));
    set.bucket.fail_within(PART..PART + 1, 1, Fault::Late(Duration::from_millis(150)));
    let backup = chosen(&set.catalog).await;
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    assert_eq!(done.verification, Verification::Checksum(Algorithm::Crc64Nvme));
    assert_eq!(std::fs::read(&done.path).unwrap(), set.bytes);
    assert_eq!(starts(&set.bucket), [0, PART, 2 * PART]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_range_that_goes_wrong_is_asked_for_again_by_itself() {
    let faults = [
        (Fault::Cut(3_000_000), 3_000_000),
        (Fault::Stall(3_000_000), 3_000_000),
        (Fault::Short(3_000_000), 3_000_000),
        (Fault::Status(500, "InternalError"), 0),
        (Fault::Status(503, "SlowDown"), 0),
        (Fault::Hangup, 0),
    ];
    for (fault, came) in faults {
        let set = setting();
        let backup = chosen(&set.catalog).await;
        set.bucket.fail_within(PART..2 * PART, 1, fault.clone());
        let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
        assert_eq!(done.sha256, hash(&set.bytes), "{fault:?}");
        let asked = starts(&set.bucket);
        // What a connection still held when it broke may be lost, but no other range is asked for twice.
        assert_eq!((asked.len(), asked[0], asked[1], asked[3]), (4, 0, PART, 2 * PART), "{fault:?}: {asked:?}");
        assert!((PART..=PART + came).contains(&asked[2]), "{fault:?}: {asked:?}");
        if came > 0 && !matches!(fault, Fault::Cut(_)) {
            assert!(asked[2] > PART, "{fault:?}: {asked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_one_range_is_never_called_verified() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_within(2 * PART..2 * PART + 1, 1, Fault::Flip(77));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert_eq!(code(&error), "R110");
    assert_eq!(std::fs::read_dir(set.folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_the_same_size_that_comes_between_two_ranges_is_not_mixed_in() {
    for reads in [1, 2] {
        let set = setting();
        let backup = chosen(&set.catalog).await;
        let other = bytes(9, LENGTH);
        set.bucket.replace_after_reads(PATH, reads, other.clone());
        let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
        assert!(done.began_again);
        assert_eq!(done.findings()[0].code.as_str(), "R108");
        assert_eq!((done.sha256.as_str(), std::fs::read(&done.path).unwrap()), (hash(&other).as_str(), other));
        assert_eq!(std::fs::read_dir(set.folder.path()).unwrap().count(), 1, "nothing is left of the first one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_range_of_a_server_that_sends_the_whole_is_one_stream_from_then_on() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_within(PART..PART + 1, 1, Fault::Whole);
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    let log = set.bucket.log();
    let gets: Vec<_> = log.iter().filter(|request| request.method == "GET").collect();
    assert_eq!(gets.len(), 4);
    assert!(gets[3].range.is_none() && gets[3].if_match.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_ranges_that_breaks_begins_again_and_is_verified() {
    for bare in [false, true] {
        let set = setting();
        if bare {
            set.bucket.bare();
        }
        let backup = chosen(&set.catalog).await;
        set.bucket.fail(Ask::Get, if bare { 0 } else { 3 }, Fault::Whole);
        set.bucket.fail(Ask::Get, 1, Fault::Cut(5_000_000));
        let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
        assert_eq!(done.sha256, hash(&set.bytes));
        assert_eq!(std::fs::read(&done.path).unwrap(), set.bytes);
        let whole = set.bucket.log().iter().filter(|asked| asked.method == "GET" && asked.range.is_none()).count();
        assert_eq!(whole, 2, "bare: {bare}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_apart_is_never_mixed_by_a_second_stream() {
    let set = setting();
    set.bucket.bare();
    let backup = chosen(&set.catalog).await;
    let other = bytes(10, LENGTH);
    set.bucket.replace_after_reads(PATH, 1, other.clone());
    set.bucket.fail(Ask::Get, 1, Fault::Cut(6_000_000));
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    // Nothing tells of the change, but the file is wholly one of the two, and the digest is that of the file.
    assert_eq!((done.sha256.as_str(), std::fs::read(&done.path).unwrap()), (hash(&other).as_str(), other));
    assert_eq!(done.findings()[0].code.as_str(), "R111");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_is_no_stall_and_esc_is_answered_at_once() {
    let set = setting();
    let key = PATH.replace("sqlite.db", "small.db");
    let small = bytes(11, 3_000);
    set.bucket.put(&key, small.clone(), DAY);
    // Ten times as long as a stall may last, in all.
    set.bucket.fail(Ask::Get, 1, Fault::Slow(50));
    let backup = set.catalog.head(&key, None).await.unwrap().backup;
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&small));
    assert_eq!(set.bucket.log().iter().filter(|request| request.method == "GET").count(), 1);

    let backup = chosen(&set.catalog).await;
    set.bucket.fail(Ask::Get, 1000, Fault::Slow(50));
    let (cancel, mut when) = (Cancel::default(), None);
    let asked = cancel.clone();
    let report = &mut |progress: Progress<DownloadStage>| {
        if progress.done > 200 && when.is_none() {
            asked.cancel();
            when = Some(Instant::now());
        }
    };
    let error = download::fetch(set.catalog.as_ref(), &backup, set.folder.path(), report, &cancel).await.unwrap_err();
    assert_eq!(error, CatalogError::Cancelled);
    assert!(when.unwrap().elapsed() < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_to_be_left_alone_is_left_alone() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    // As often as the SDK asks by itself.
    set.bucket.fail_within(0..1, 4, Fault::Busy(60));
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&set.bytes));
    let first = |range: &str| range.starts_with("bytes=0-");
    let reads = set.bucket.log().into_iter().filter(|request| request.range.as_deref().is_some_and(first));
    let at: Vec<Instant> = reads.map(|request| request.at).collect();
    assert_eq!(at.len(), 5);
    // No longer than the patience of a stall, 400 ms here.
    assert!(at[4] - at[3] >= Duration::from_millis(390), "{:?}", at[4] - at[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_host_is_one_finding_and_never_followed() {
    let set = setting();
    let backup = chosen(&set.catalog).await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let address = format!("http://{}/{PATH}", other.local_addr().unwrap());
    set.bucket.fail(Ask::Get, 1000, Fault::Elsewhere(address));
    let error = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap_err();
    assert_eq!(code(&error), "R106", "{error}");
    assert_eq!(other.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody else was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_answers_are_long_in_coming_fewer_are_asked_for() {
    let set = setting();
    let large = bytes(13, 12 * 4 * 1024 * 1024);
    set.bucket.put(PATH, large.clone(), DAY);
    let backup = chosen(&set.catalog).await;
    set.bucket.fail_within(0..large.len() as u64, 1000, Fault::Late(Duration::from_millis(20)));
    let done = fetch(&set.catalog, &backup, set.folder.path()).await.unwrap();
    assert_eq!(done.sha256, hash(&large));
    // Eight at once before anything is known, then larger ones.
    let larger = [8 * PART, 10 * PART];
    assert_eq!(starts(&set.bucket), (0..8).map(|number| number * PART).chain(larger).collect::<Vec<_>>());
}

/// A source that counts how many reads run, and holds the later ones back until the first has been refused.
struct Counted {
    inner: Arc<dyn Catalog>,
    running: Arc<AtomicUsize>,
    /// How many ran when each read began.
    seen: Mutex<Vec<usize>>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Catalog for Counted {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn prefix(&self) -> &str {
        self.inner.prefix()
    }
    fn checks(&self) -> &'static [Check] {
        self.inner.checks()
    }
    async fn check(&self, now: jiff::Timestamp, report: OnCheck<'_>) {
        self.inner.check(now, report).await;
    }
    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        self.inner.list(listing).await
    }
    async fn versions(&self, prefix: &str, from: Option<&Token>) -> Result<Page, CatalogError> {
        self.inner.versions(prefix, from).await
    }
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        self.inner.head(key, version).await
    }
    async fn read(
        &self,
        key: &str,
        range: Option<std::ops::Range<u64>>,
        pinned: &Pinned,
    ) -> Result<Body, CatalogError> {
        let one = Running(Arc::clone(&self.running));
        self.seen.lock().unwrap().push(self.running.fetch_add(1, Ordering::SeqCst) + 1);
        // The first one is complained about only when all are on their way, and none of the others ends before that.
        let first = range.as_ref().is_none_or(|range| range.start == 0);
        while if first { self.seen.lock().unwrap().len() < 8 } else { self.inner.pressure().complaints == 0 } {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let body = self.inner.read(key, range, pinned).await?;
        let bytes = body.bytes.map(move |bytes| {
            let _still = &one;
            bytes
        });
        Ok(Body { bytes: bytes.boxed(), ..body })
    }
    fn patience(&self) -> Patience {
        self.inner.patience()
    }
    fn pressure(&self) -> Pressure {
        self.inner.pressure()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_too_much_is_asked_less_at_once() {
    let set = setting();
    let large = bytes(12, 12 * 4 * 1024 * 1024);
    set.bucket.put(PATH, large.clone(), DAY);
    let backup = chosen(&set.catalog).await;
    // The SDK asks again by itself; that the server complained is heard all the same.
    set.bucket.fail_within(0..1, 1, Fault::Status(503, "SlowDown"));
    let counted = Counted { inner: Arc::clone(&set.catalog), running: Arc::default(), seen: Mutex::default() };
    let (mut silent, cancel) = (|_| {}, Cancel::default());
    let fetched = download::fetch(&counted, &backup, set.folder.path(), &mut silent, &cancel);
    // Fewer than eight at once would wait for the eighth for ever.
    let done = tokio::time::timeout(Duration::from_mins(1), fetched).await.expect("eight at once").unwrap();
    assert_eq!(done.sha256, hash(&large));
    let seen = counted.seen.lock().unwrap().clone();
    assert_eq!(seen[..8], [1, 2, 3, 4, 5, 6, 7, 8], "{seen:?}");
    assert!(seen.iter().all(|running| *running <= 8), "{seen:?}");
    // How much is asked for by one request depends on how soon the bucket answers; it may be asked more again later.
    assert!(seen[8..].iter().take(4).all(|running| *running <= 4), "{seen:?}");
}
