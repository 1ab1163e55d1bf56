use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use bytes::Bytes;

use super::blocks::{NotHere, Window};
use super::{Blocks, Budget, Ended, NAME, offer};
use crate::ranges::{Piece, ReadAt};

/// A file in memory that keeps what was asked of it.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    asked: Mutex<Vec<Range<u64>>>,
    panics: AtomicU32,
}

impl ReadAt for Memory {
    fn read(&self, range: Range<u64>, _: u64) -> io::Result<Piece> {
        self.asked.lock().unwrap().push(range.clone());
        assert_eq!(self.panics.load(Ordering::Relaxed), 0, "a fault that is only made for this test");
        let total = self.bytes.len() as u64;
        let (from, to) = (range.start.min(total), range.end.min(total));
        let bytes = Bytes::copy_from_slice(&self.bytes[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()]);
        Ok(Piece { from, bytes, total })
    }
}

fn counting(length: usize) -> Arc<Memory> {
    let bytes = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
    Arc::new(Memory { bytes, ..Memory::default() })
}

fn start(memory: &Arc<Memory>, budget: Budget) -> Blocks {
    Blocks::start(Arc::clone(memory) as Arc<dyn ReadAt>, budget).unwrap()
}

fn kib(memory: &Memory) -> Vec<(u64, u64)> {
    memory.asked.lock().unwrap().iter().map(|range| (range.start / 1024, range.end.div_ceil(1024))).collect()
}

fn window() -> Window {
    Window::new(Arc::default())
}

#[test]
fn a_reader_that_goes_on_reads_ahead_and_one_that_jumps_does_not() {
    let memory = counting(1_000_000);
    let blocks = start(&memory, Budget::default());
    let (mut window, mut buffer) = (window(), [0; 4096]);
    for offset in (0..300).map(|page| page * 4096 % 500_000) {
        let read = blocks.read(&mut window, &mut buffer, offset).unwrap();
        let from = usize::try_from(offset).unwrap();
        assert_eq!((read, &buffer[..]), (4096, &memory.bytes[from..from + 4096]));
    }
    blocks.read(&mut window, &mut buffer, 900_000).unwrap();
    assert_eq!(kib(&memory), [(0, 64), (64, 128), (128, 256), (256, 512), (864, 896)]);
    assert_eq!(blocks.spent(), (5, (512 + 32) * 1024, 5));
}

#[test]
fn a_read_stops_at_the_end_and_at_what_is_here() {
    let memory = counting(200_000);
    let blocks = start(&memory, Budget::default());
    let (mut window, mut buffer) = (window(), [0; 4096]);
    assert_eq!(blocks.read(&mut window, &mut buffer, 199_000), Ok(1000));
    assert_eq!(blocks.read(&mut window, &mut buffer, 200_000), Ok(0));
    assert_eq!(blocks.read(&mut window, &mut buffer, u64::MAX), Ok(0));
    // From 64 KiB on: two blocks, then the one that is here already.
    let mut other = Window::new(Arc::default());
    blocks.read(&mut other, &mut buffer, 65_536).unwrap();
    blocks.read(&mut other, &mut buffer, 131_072).unwrap();
    assert_eq!(kib(&memory), [(0, 64), (192, 196), (64, 128), (128, 192)]);
    assert_eq!(blocks.spent().2, 3, "two reads of one chain, each after the first");
}

#[test]
fn readers_share_what_is_on_its_way() {
    let memory = counting(1_000_000);
    let blocks = start(&memory, Budget::default());
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let (mut window, mut buffer) = (window(), [0; 100]);
                together.wait();
                assert_eq!(blocks.read(&mut window, &mut buffer, 500_000), Ok(100));
                assert_eq!(buffer[..], memory.bytes[500_000..500_100]);
            });
        }
    });
    assert_eq!(memory.asked.lock().unwrap().len(), 2);
}

#[test]
fn the_budget_ends_it_and_a_flag_keeps_to_what_is_here() {
    let memory = counting(1_000_000);
    let blocks = start(&memory, Budget { requests: 2, bytes: 200_000 });
    let only_here = Arc::<std::sync::atomic::AtomicBool>::default();
    let (mut window, mut buffer) = (Window::new(Arc::clone(&only_here)), [0; 10]);
    only_here.store(true, Ordering::Relaxed);
    assert_eq!(blocks.read(&mut window, &mut buffer, 300_000), Err(NotHere));
    assert!(blocks.ended().is_none(), "nothing was asked for, so nothing has ended");
    only_here.store(false, Ordering::Relaxed);
    assert_eq!(blocks.read(&mut window, &mut buffer, 300_000), Ok(10));
    assert_eq!(blocks.read(&mut window, &mut buffer, 600_000), Err(NotHere));
    assert!(matches!(blocks.ended(), Some(Ended::Spent)));
    assert_eq!(memory.asked.lock().unwrap().len(), 2);
}

#[test]
fn a_source_of_another_size_and_a_panic_are_errors() {
    struct Grows(AtomicU32);
    impl ReadAt for Grows {
        fn read(&self, range: Range<u64>, _: u64) -> io::Result<Piece> {
            let more = u64::from(self.0.fetch_add(1, Ordering::Relaxed));
            let bytes = Bytes::from(vec![0; usize::try_from(range.end - range.start).unwrap()]);
            Ok(Piece { from: range.start, bytes, total: 1_000_000 + more })
        }
    }
    let blocks = Blocks::start(Arc::new(Grows(AtomicU32::new(0))), Budget::default()).unwrap();
    assert_eq!(blocks.read(&mut window(), &mut [0; 10], 500_000), Err(NotHere));
    assert!(matches!(blocks.ended(), Some(Ended::Failed(_))));

    let memory = counting(1_000_000);
    let blocks = start(&memory, Budget::default());
    memory.panics.store(1, Ordering::Relaxed);
    assert_eq!(blocks.read(&mut window(), &mut [0; 10], 500_000), Err(NotHere));
    let Some(Ended::Failed(error)) = blocks.ended() else { panic!("it is an error") };
    assert!(error.to_string().contains("a fault of reseat"), "{error}");
}

#[test]
fn only_what_is_offered_can_be_opened_and_only_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let made = rusqlite::Connection::open(&path).unwrap();
    made.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (17)").unwrap();
    drop(made);
    let memory = Arc::new(Memory { bytes: std::fs::read(&path).unwrap(), ..Memory::default() });
    let blocks = Arc::new(start(&memory, Budget::default()));
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let open = |name: &str| {
        let connection = rusqlite::Connection::open_with_flags_and_vfs(name, flags, NAME)?;
        connection.query_row("SELECT x FROM t", [], |row| row.get::<_, i64>(0)).map(|x| (connection, x))
    };
    assert!(open("remote-x").is_err());
    let ticket = offer(&blocks).unwrap();
    let (connection, x) = open(&ticket.name).unwrap();
    assert_eq!(x, 17);
    assert!(connection.execute("INSERT INTO t VALUES (1)", []).is_err());
    assert!(connection.execute_batch("ATTACH '/tmp/reseat-must-not-be' AS other").is_err());
    let name = ticket.name.clone();
    drop(ticket);
    assert!(open(&name).is_err(), "what is no longer offered is not opened again");
    assert_eq!(connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}
