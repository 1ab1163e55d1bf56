//! Looking around in a database that stays in the bucket: requests and bytes of each step, what stops it, what cancels it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::peek::{CONNECTOR, PLAIN, Shape, asked, bytes, holding, path};
use crate::support::bucket::{Ask, Bucket, Fault};
use reseat::catalog::remote::Tell;
use reseat::catalog::{Backup, CatalogError};
use reseat::database::DatabaseError;
use reseat::database::browse::{Browser, Page, RowCount, RowFilter, Rows};
use reseat::database::far::{Allowance, CountedTable};
use reseat::finding::Code;
use reseat::progress::Cancel;
use reseat::restore::far::{FarBackup, FarTrouble};

/// A backup in a bucket, and somebody who looks around in it.
struct Around {
    bucket: Bucket,
    far: FarBackup,
    cancel: Cancel,
    allowance: Allowance,
    runtime: tokio::runtime::Runtime,
}

fn quiet() -> Tell {
    Arc::new(|_, _| {})
}

impl Around {
    fn of(bytes: Vec<u8>) -> Self {
        Self::over(holding(bytes))
    }

    /// With the ETag and the size of the listing, as the wizard has them.
    fn over(bucket: Bucket) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let catalog = bucket.catalog();
        let listed = runtime.block_on(catalog.head(&path(), None)).unwrap().backup;
        let far = FarBackup::new(catalog, listed, runtime.handle().clone());
        bucket.clear_log();
        Self { bucket, far, cancel: Cancel::default(), allowance: Allowance::default(), runtime }
    }

    fn look<T>(&mut self, look: impl FnOnce(&Browser) -> Result<T, DatabaseError>) -> Result<T, FarTrouble> {
        self.far.look(self.allowance, &self.cancel, quiet(), look)
    }

    fn tables(&mut self) -> Result<Vec<CountedTable>, FarTrouble> {
        self.far.tables(self.allowance, &self.cancel, quiet(), |_| {})
    }

    fn page(&mut self, page: &Page, filter: Option<&RowFilter>) -> Result<Rows, FarTrouble> {
        self.look(|browser| browser.fitting("Events", page, filter, 12, 240))
    }

    /// Requests and KiB since the last time.
    fn took(&self, what: &str) -> (usize, u64) {
        let (requests, bytes) = asked(&self.bucket);
        println!("{what}: {requests} requests, {} KiB", bytes / 1024);
        assert!(self.bucket.only_read());
        for request in self.bucket.log() {
            assert!(request.method == "GET" && request.range.is_some() && request.if_match.is_some(), "{request:?}");
        }
        self.bucket.clear_log();
        (requests, bytes / 1024)
    }
}

fn ids(rows: &Rows) -> Vec<&str> {
    rows.rows.iter().map(|row| row.cells[0].shown.as_str()).collect()
}

#[test]
fn each_step_takes_a_few_pinned_requests() {
    // 24 000 events, 15 MB.
    let mut around = Around::of(bytes(PLAIN));
    let tables = around.tables().unwrap();
    let known: Vec<_> = tables.iter().map(|(table, rows)| (table.name.raw(), *rows)).collect();
    assert_eq!(known[0], ("Integrations", Some(RowCount::Counted(1))));
    assert_eq!(known[1], ("Events", Some(RowCount::AtMost(24_000))));
    let indexes: Vec<_> = tables[1].0.indexes.iter().map(|index| index.name.raw()).collect();
    assert_eq!(indexes, ["events_integration", "events_created"]);
    let (requests, kib) = around.took("the tables");
    assert!(requests <= 5 && kib <= 256);
    let first = around.page(&Page::First, None).unwrap();
    assert_eq!(ids(&first)[11], "12");
    assert!(around.took("the first page").0 <= 1);
    let last = around.page(&Page::Last, None).unwrap();
    assert_eq!(ids(&last)[11], "24000");
    assert_eq!(around.took("the last page").0, 0, "the estimate was there before");
    let jumped = around.page(&Page::Typed("12345".into()), None).unwrap();
    assert_eq!((ids(&jumped)[0], jumped.more_before), ("12345", true));
    let (requests, kib) = around.took("a jump into the middle");
    assert!(requests <= 2 && kib <= 96);
    let next = around.page(&Page::After(jumped.rows[11].key.clone()), None).unwrap();
    assert_eq!(ids(&next)[0], "12357");
    assert!(around.took("the next page").0 <= 1);
    let cell = around.look(|browser| browser.cell("Events", &next.rows[0].key, 2)).unwrap();
    assert!(cell.lines.iter().any(|line| line.contains(CONNECTOR)), "{:?}", cell.lines);
    assert_eq!(around.took("a cell in full").0, 0);
    let filter = RowFilter { column: Some(3), text: "00012399 payload".into() };
    let near = around.page(&Page::Typed("12345".into()), Some(&filter)).unwrap();
    assert_eq!(ids(&near), ["12400"]);
    let (requests, kib) = around.took("a filter from there to the end");
    assert!(requests <= 40 && kib < 16 << 10);
    let fetched = around.far.fetched();
    assert!(fetched.requests >= 10 && fetched.bytes > 1 << 20);
}

#[test]
fn the_limit_holds_and_asking_for_more_goes_on() {
    let mut around = Around::of(bytes(PLAIN));
    around.allowance = Allowance { requests: 200, bytes: 2 << 20 };
    let none = RowFilter { column: None, text: "nowhere".into() };
    assert!(matches!(around.page(&Page::First, Some(&none)), Err(FarTrouble::Spent)));
    assert!(around.took("a filter within 2 MiB").1 <= 2 << 10);
    assert_eq!(ids(&around.page(&Page::First, None).unwrap())[0], "1", "what is here is read");
    around.allowance = around.allowance.more();
    assert!(matches!(around.page(&Page::First, Some(&none)), Err(FarTrouble::Spent)));
    assert!(around.took("within 8 MiB").1 <= 7 << 10, "what was fetched counts");
    around.allowance = around.allowance.more();
    assert!(around.page(&Page::First, Some(&none)).unwrap().rows.is_empty());
    around.took("to the end");
    assert_eq!(around.look(|browser| browser.count("Events")).unwrap(), 24_000);
    around.took("a count");
    // The same by requests.
    let mut around = Around::of(bytes(PLAIN));
    around.allowance = Allowance { requests: 3, bytes: 1 << 30 };
    around.tables().unwrap_or_default();
    assert!(matches!(around.page(&Page::Typed("9000".into()), None), Err(FarTrouble::Spent)));
    assert!(around.took("with three requests").0 <= 3);
}

#[test]
fn another_object_underneath_is_a_finding_and_never_mixed() {
    let mut around = Around::of(bytes(Shape { late: true, ..PLAIN }));
    around.page(&Page::First, None).unwrap();
    around.bucket.put(&path(), bytes(Shape { late: true, events: 23_000, ..PLAIN }), "2026-11-18T02:54:00Z");
    let error = around.page(&Page::Typed("15000".into()), None).unwrap_err();
    let FarTrouble::Source(error @ CatalogError::Replaced { .. }) = error else { panic!("{error:?}") };
    let finding = error.finding(reseat::world::World::real().now()).unwrap();
    assert_eq!(finding.code, Code::R108);
    // What was read before is still shown; it is of one object.
    assert_eq!(ids(&around.page(&Page::First, None).unwrap())[0], "1");
    // The listing is old already when it opens.
    let around = Around::of(bytes(PLAIN));
    let Around { bucket, mut far, runtime, .. } = around;
    bucket.put(&path(), bytes(Shape { events: 20, ..PLAIN }), "2026-11-18T02:54:00Z");
    let error = far.tables(Allowance::default(), &Cancel::default(), quiet(), |_| {}).unwrap_err();
    assert!(matches!(error, FarTrouble::Source(CatalogError::Replaced { .. })), "{error:?}");
    drop(runtime);
}

#[test]
fn a_source_that_fails_is_named_and_asked_again_when_wanted() {
    let mut around = Around::of(bytes(PLAIN));
    around.tables().unwrap();
    around.bucket.fail(Ask::Get, 100, Fault::Status(503, "SlowDown"));
    let error = around.page(&Page::Typed("12345".into()), None).unwrap_err();
    assert!(matches!(error, FarTrouble::Source(_)), "{error:?}");
    around.bucket.heal();
    assert_eq!(ids(&around.page(&Page::Typed("12345".into()), None).unwrap())[0], "12345");
}

#[test]
fn leaving_cancels_the_request_and_the_next_read_goes_on() {
    let mut around = Around::of(bytes(PLAIN));
    around.tables().unwrap();
    around.bucket.fail(Ask::Get, 1, Fault::Stall(0));
    let asked = around.cancel.clone();
    let begun = Instant::now();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        asked.cancel();
    });
    let error = around.page(&Page::Typed("12345".into()), None).unwrap_err();
    assert!(matches!(error, FarTrouble::Cancelled), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    thread.join().unwrap();
    around.cancel = Cancel::default();
    assert_eq!(ids(&around.page(&Page::Typed("12345".into()), None).unwrap())[0], "12345");
}

#[test]
fn a_version_is_browsed_and_no_other() {
    let bucket = Bucket::start();
    bucket.versioned();
    let first = bucket.put(&path(), bytes(Shape { events: 20, ..PLAIN }), "2026-11-17T02:54:00Z").unwrap();
    bucket.put(&path(), bytes(Shape { events: 5, ..PLAIN }), "2026-11-18T02:54:00Z");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let named = Backup { version: Some(first), ..Backup::named("s3://backups", "", &path()) };
    let mut far = FarBackup::new(bucket.catalog(), named, runtime.handle().clone());
    let counted = far.look(Allowance::default(), &Cancel::default(), quiet(), |browser| browser.count("Events"));
    assert_eq!(counted.unwrap(), 20);
    let log = bucket.log();
    assert!(log.iter().all(|request| request.query.contains("versionId=")), "{log:?}");
}
