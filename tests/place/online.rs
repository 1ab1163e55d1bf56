//! Online mode: the contents go into the live file while somebody has it open, and come back the same way.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};

use reseat::files::{Files, Real};
use reseat::finding::Code;
use reseat::hub::place::{self, Left};
use reseat::hub::stage::{Folded, Stage, Standing, standing};
use reseat::hub::undo;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::support::doors::Hooked;
use crate::support::hubs::{Old, Place, contents, keep, sha256};
use crate::support::visitors::{Visit, Visitor, visit};

const CHILD: &str = "RESEAT_TEST_ONLINE";

fn online(old: Old) -> Place {
    let mut place = Place::quick(old);
    place.order.online = true;
    place
}

/// What a file is, whatever it holds.
fn who(place: &Place) -> (u64, u64, u32, u32, u32) {
    let data = fs::metadata(&place.target).unwrap();
    (data.dev(), data.ino(), data.uid(), data.gid(), data.permissions().mode())
}

/// All of the old contents, or all of the new.
#[track_caller]
fn holds(place: &Place, new: bool, at: &str) {
    let there = contents(&place.live());
    let expected = if new { contents(&set_at_source(place)) } else { contents(&place.before) };
    assert!(there == expected, "{at}: not the {} contents", if new { "new" } else { "old" });
}

fn set_at_source(place: &Place) -> crate::support::hubs::Set {
    [("sqlite.db".to_owned(), place.new_bytes())].into()
}

/// Nothing of ours lies in the connector's folder or the restore's.
#[track_caller]
fn is_tidy(place: &Place, at: &str) {
    let left: Vec<String> = place.names().into_iter().filter(|name| !name.starts_with("sqlite.db")).collect();
    assert!(left.is_empty(), "{at}: {left:?}");
    assert!(!place.order.folder.join("read-out.db").exists(), "{at}");
}

#[test]
fn a_connector_that_has_it_open_keeps_its_file_and_sees_the_new_contents_and_the_old_ones_again() {
    for (old, visitor) in
        [(Old::Clean, true), (Old::Wal, true), (Old::Clean, false), (Old::Hot, false), (Old::Persist, false)]
    {
        let place = online(old);
        let at = format!("{old:?}, open {visitor}");
        let visitor = visitor.then(|| visit(Visit::Idle, &place.target));
        let (file, there) = (who(&place), contents(&place.live()));
        let placed = place.place(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
        assert!(placed.read_back.is_some(), "{at}: {:?}", placed.notes);
        assert_eq!(who(&place), file, "{at}: the same file, owner and mode");
        holds(&place, true, &at);
        is_tidy(&place, &at);
        let Folded::Yes { sha256: folded } = &placed.safety.folded else { panic!("{at}: {:?}", placed.safety) };
        assert_eq!(&sha256(&fs::read(placed.safety.path("folded.db")).unwrap()), folded);
        let open = visitor.is_some();
        let undone = place.undo(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"));
        assert_eq!(undone.online, open, "{at}");
        assert_eq!(contents(&place.live()), there, "{at}");
        assert_eq!(who(&place) == file, open, "{at}: online it is the same file again");
        is_tidy(&place, &at);
        if let Some(visitor) = visitor {
            visitor.leave();
        } else {
            place.assert_as_before();
        }
        assert_eq!(contents(&place.live()), there, "{at}: after the connector has left");
    }
}

#[test]
fn a_restore_that_was_placed_by_exchange_is_put_back_online_when_that_is_asked_for() {
    let place = Place::quick(Old::Wal);
    place.place(&Real).unwrap();
    let visitor = visit(Visit::Idle, &place.target);
    let file = who(&place);
    assert_eq!(place.undo(&Real).unwrap_err().finding.unwrap().code, Code::R601);
    let undone = place.with(&Real, undo::undo_online).unwrap();
    assert!(undone.online && undone.after.is_some());
    assert_eq!(who(&place), file);
    holds(&place, false, "online");
    visitor.leave();
    holds(&place, false, "online, and the connector has left");
}

#[test]
fn a_connector_that_writes_all_the_time_loses_nothing() {
    for old in [Old::Clean, Old::Wal] {
        let place = online(old);
        let visitor = visit(Visit::Busy, &place.target);
        let placed = place.place(&Real).unwrap_or_else(|stopped| panic!("{old:?}: {stopped}"));
        let undone = place.undo(&Real).unwrap_or_else(|stopped| panic!("{old:?}: {stopped}"));
        visitor.leave();
        // Pairs are whole wherever they are kept, and each commit is in the old contents, the new ones, or both.
        let mut all = std::collections::BTreeSet::new();
        for file in [placed.safety.path("folded.db"), undone.after.unwrap().path("folded.db"), place.target.clone()] {
            let connection = Connection::open(&file).unwrap();
            let count = |v: &str| -> i64 {
                connection.query_row("select count(*) from Cursors where v = ?1", [v], |row| row.get(0)).unwrap()
            };
            assert_eq!(count("one"), count("two"), "{}", file.display());
            let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(check, "ok");
            let mut rows = connection.prepare("select k from Cursors where v in ('one', 'two')").unwrap();
            all.extend(rows.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
        }
        assert!(all.len() > 2, "{old:?}: it did not write");
        let last = |file: &std::path::Path| -> i64 {
            let connection = Connection::open(file).unwrap();
            connection.query_row("select length(v) from Cursors where k = 'last'", [], |row| row.get(0)).unwrap_or(0)
        };
        assert!(last(&place.target) >= last(&placed.safety.path("folded.db")), "{old:?}");
    }
}

/// Trap R617: the live database is in WAL mode, and its pages have another size.
#[test]
fn other_pages_under_a_log_are_refused_and_without_a_log_they_are_not() {
    for wal in [true, false] {
        let place = online(Old::Clean);
        let connection = Connection::open(&place.target).unwrap();
        let mode = if wal { "wal" } else { "delete" };
        connection
            .execute_batch(&format!(
                "pragma journal_mode = delete; pragma page_size = 1024; vacuum; pragma journal_mode = {mode}"
            ))
            .unwrap();
        drop(connection);
        let visitor = visit(Visit::Idle, &place.target);
        let there = contents(&place.live());
        let done = place.place(&Real);
        if wal {
            let stopped = done.unwrap_err();
            let finding = stopped.finding.unwrap();
            assert_eq!((finding.code, stopped.left), (Code::R617, Left::Untouched), "{}", finding.detail);
            assert!(finding.detail.contains("1024"), "{}", finding.detail);
            assert_eq!(contents(&place.live()), there);
            is_tidy(&place, "refused");
        } else {
            assert!(done.unwrap().read_back.is_some());
            holds(&place, true, "pages of another size, without a log");
        }
        visitor.leave();
    }
}

/// Trap R617: somebody has a transaction open for longer than anybody waits.
#[test]
fn a_lock_that_is_never_given_back_leaves_all_as_it_was() {
    let place = online(Old::Clean);
    let visitor = visit(Visit::Reader, &place.target);
    let stopped = place.place(&Real).unwrap_err();
    let finding = stopped.finding.unwrap();
    assert_eq!((finding.code, stopped.left), (Code::R617, Left::Untouched), "{}", finding.detail);
    holds(&place, false, "refused");
    is_tidy(&place, "refused");
    visitor.leave();
    place.place(&Real).unwrap();
    holds(&place, true, "later");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Act {
    Place,
    Undo,
}

/// Runs in a process of its own: acts online, and dies before an operation.
#[test]
fn child() {
    let Ok(asked) = std::env::var(CHILD) else { return };
    let (act, number, path): (Act, usize, std::path::PathBuf) = serde_json::from_str(&asked).unwrap();
    let place = Place::load(&path);
    let files: &'static dyn Files = keep(Hooked::killing(number));
    match act {
        Act::Place => place.place(files).map(drop).unwrap(),
        Act::Undo => place.undo(files).map(drop).unwrap(),
    }
}

fn act_alone(mut command: Command, act: Act, number: usize, place: &std::path::Path) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let status = command
        .args(["--exact", "online::child", "--test-threads=1"])
        .env(CHILD, serde_json::to_string(&(act, number, place)).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.signal().is_some() || !status.success()
}

/// After a cut, with the connector still there: wholly old or wholly new, and either way it comes to its end.
fn settle(place: &Place, visitor: Visitor, file: (u64, u64, u32, u32, u32), goes_on: bool, at: &str) {
    place.assert_whole();
    assert_eq!(who(place), file, "{at}");
    match (standing(&place.stages()), goes_on) {
        (Standing::Nothing | Standing::Refused | Standing::Undone, true) => drop(place.place(&Real).unwrap()),
        (Standing::Unfinished | Standing::Placed, true) => {
            drop(place.with(&Real, place::proceed).unwrap_or_else(|stopped| panic!("{at}: {stopped}")));
        }
        (Standing::Nothing | Standing::Refused | Standing::Undone, false) => {}
        _ => drop(place.undo(&Real).unwrap_or_else(|stopped| panic!("{at}: {stopped}"))),
    }
    let new = standing(&place.stages()) == Standing::Placed;
    assert!(new || !goes_on || place.stages().contains(&Stage::Undone), "{at}");
    holds(place, new, at);
    assert_eq!(who(place), file, "{at}");
    is_tidy(place, at);
    visitor.leave();
    holds(place, new, at);
}

/// One cut; true when there was something left to cut.
fn cut(old: Old, act: Act, goes_on: bool, at: &str, kill: impl Fn(&std::path::Path) -> bool) -> bool {
    let place = online(old);
    let saved = place.save();
    let visitor = visit(Visit::Idle, &place.target);
    let file = who(&place);
    if act == Act::Undo {
        place.place(&Real).unwrap();
    }
    let cut = kill(&saved);
    settle(&place, visitor, file, goes_on, &format!("{old:?} {act:?} {at}, goes on: {goes_on}"));
    cut
}

#[test]
fn a_kill_between_any_two_operations_leaves_it_whole() {
    let exhaustive = std::env::var_os("RESEAT_EXHAUSTIVE").is_some();
    let stride = if exhaustive { 1 } else { 7 };
    let mut points = 0;
    for (shift, (old, act)) in
        [(Old::Clean, Act::Place), (Old::Wal, Act::Place), (Old::Clean, Act::Undo), (Old::Wal, Act::Undo)]
            .into_iter()
            .enumerate()
    {
        let mut number = if exhaustive { 0 } else { shift };
        while cut(old, act, number % 2 == 0, &format!("before operation {number}"), |place| {
            act_alone(Command::new(std::env::current_exe().unwrap()), act, number, place)
        }) {
            points += 1;
            number += stride;
        }
    }
    eprintln!("killed at {points} points");
    assert!(points > 8, "{points}");
}

#[test]
fn a_kill_at_the_system_calls_of_the_writing_leaves_it_whole() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("NOT TESTED: kills at each system call, because strace is not there");
        return;
    }
    let exhaustive = std::env::var_os("RESEAT_EXHAUSTIVE").is_some();
    let mut points = 0;
    for (old, act) in [(Old::Clean, Act::Place), (Old::Wal, Act::Place), (Old::Clean, Act::Undo), (Old::Wal, Act::Undo)]
    {
        for call in ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"] {
            // Most of what SQLite writes comes late: the usual run takes ever larger steps.
            let mut number = 3;
            while cut(old, act, number % 2 == 0, &format!("at {call} {number}"), |place| {
                let mut command = Command::new("strace");
                let inject = format!("inject={call}:signal=SIGKILL:when={number}");
                command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
                command.arg(std::env::current_exe().unwrap());
                act_alone(command, act, usize::MAX, place)
            }) {
                points += 1;
                number += if exhaustive { 1 } else { number + 4 };
            }
        }
    }
    eprintln!("killed at {points} system calls");
    assert!(points > 8, "strace killed only {points} times");
}
