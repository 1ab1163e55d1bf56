//! Placing, undoing and going on after a cut, killed at each system call and failed at each system call, by strace.
//!
//! `strace` attaches to the thread that acts, so that each number counts that thread's calls alone; only calls that touch
//! the target, what lies beside it, the safety copies or the journal are counted. By default a slice of all points;
//! `RESEAT_EXHAUSTIVE=1` tries them all, or as many as `RESEAT_SWEEP_MINUTES` allows, in an order that mixes them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reseat::files::{Files, Real};
use reseat::hub::place::{self, Kit};
use reseat::hub::undo;
use reseat::world::World;
use serde::{Deserialize, Serialize};

use crate::support::again::{Actor, Do, Ended};
use crate::support::checker::{Checked, Checker, Holds, Violation};
use crate::support::doors::{At, Hooked};
use crate::support::hubs::{Old, Place};
use crate::support::looks::adorn;

const CHILD: &str = "RESEAT_TEST_SWEEP";

/// The old states of the recipe, and a connector whose folder placing makes.
const OLDS: [Old; 8] =
    [Old::Clean, Old::Wal, Old::Hot, Old::Missing, Old::Persist, Old::Garbage, Old::Ruined, Old::NoFolder];

/// Which of its names a call has differs between machines, so a call that is never made is no fault.
const CALLS: [&str; 22] = [
    "openat",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "fchown",
    "fchmod",
    "fsetxattr",
    "fremovexattr",
    "mkdir",
    "mkdirat",
    "rmdir",
    "flock",
    "close",
];

const ERRORS: [&str; 6] = ["ENOSPC", "EIO", "EROFS", "EPERM", "EXDEV", "EBUSY"];

/// What is under way when the fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Act {
    Place,
    Undo,
    /// Going on after a cut just before the exchange.
    GoOnBefore,
    /// Going on after a cut right after it.
    GoOnAfter,
    /// Undoing after a cut right after the first exchange of an undo.
    UndoAgain,
}

const ACTS: [Act; 5] = [Act::Place, Act::Undo, Act::GoOnBefore, Act::GoOnAfter, Act::UndoAgain];

/// The fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    KillThenContinue,
    KillThenUndo,
    Error(&'static str),
    ErrorFromThereOn(&'static str),
}

#[derive(Debug, Clone, Copy)]
struct Point {
    old: Old,
    act: Act,
    call: &'static str,
    number: usize,
    fault: Fault,
}

fn real() -> Arc<dyn Files> {
    Arc::new(Real)
}

fn act(place: &Place, act: Act) -> Ended {
    let what = match act {
        Act::Place => Do::Place,
        Act::GoOnBefore | Act::GoOnAfter => Do::GoOn,
        Act::Undo | Act::UndoAgain => Do::Undo,
    };
    Actor::real().act(place, what)
}

/// Acts up to a gap, as a process that is killed there does: nothing is cleared away.
fn cut(place: &Place, at: Act, gap: fn(At<'_>) -> bool) {
    let door: Arc<dyn Files> = Arc::new(Hooked::new(move |here| {
        if gap(here) {
            resume_unwind(Box::new("cut"));
        }
        Ok(())
    }));
    let done = catch_unwind(AssertUnwindSafe(|| {
        place.with_journal(&World::real(), &door, |kit| match at {
            Act::Undo => undo::undo(kit).map(drop).unwrap(),
            _ => place::place(&place.order, kit).map(drop).unwrap(),
        })
    }));
    assert!(done.is_err(), "it was not cut");
}

/// A place at which the act begins, with the checker that knows how it was before everything.
fn prepared(old: Old, what: Act) -> (Place, Checker) {
    let place = Place::quick(old);
    adorn(&place);
    let checker = place.checker();
    let placed = |kit: &mut Kit<'_>| place::place(&place.order, kit).map(drop).unwrap();
    let exchange = |at: At<'_>| (at.is("exchange", ".swap") || at.is("rename_new", ".swap")) && !at.done;
    match what {
        // The journal is there long before a restore is placed.
        Act::Place => place.with_journal(&World::real(), &real(), |_| ()).unwrap(),
        Act::Undo => place.with_journal(&World::real(), &real(), placed).unwrap(),
        Act::GoOnBefore => cut(&place, Act::Place, exchange),
        Act::GoOnAfter => {
            cut(&place, Act::Place, |at| (at.is("exchange", ".swap") || at.is("rename_new", ".swap")) && at.done);
        }
        Act::UndoAgain => {
            place.with_journal(&World::real(), &real(), placed).unwrap();
            cut(&place, Act::Undo, |at| (at.operation == "exchange" || at.is("rename", "sqlite.db")) && at.done);
        }
    }
    (place, checker)
}

/// The other process: waits until strace has its thread, acts, and says how that ended.
#[test]
fn sweep_child() {
    let Ok(asked) = std::env::var(CHILD) else { return };
    let (what, path): (Act, PathBuf) = serde_json::from_str(&asked).unwrap();
    let place = Place::load(&path);
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    println!("\nthread: {}", thread.file_name().unwrap().to_str().unwrap());
    let deadline = Instant::now() + Duration::from_secs(20);
    while std::fs::read_to_string("/proc/thread-self/status").unwrap().contains("TracerPid:\t0\n") {
        assert!(Instant::now() < deadline, "strace does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
    println!("ended: {}", serde_json::to_string(&act(&place, what)).unwrap());
}

/// Every path that the act may touch.
fn paths(place: &Place) -> Vec<PathBuf> {
    let (folder, state) = (place.folder(), &place.order.folder);
    let own = format!(".reseat-{}-{}", place.order.restore, place.order.token);
    let mut paths = vec![folder.to_owned(), state.clone(), place.journal()];
    paths.extend(["", "-wal", "-shm", "-journal"].map(|suffix| folder.join(format!("sqlite.db{suffix}"))));
    let own_names = ["json", "swap", "F", "R", "W", "J", "old", "F-old", "R-old", "gone"];
    paths.extend(own_names.map(|name| folder.join(format!("{own}.{name}"))));
    paths.extend(["-wal", "-shm", "-journal"].map(|name| folder.join(format!("{own}.away{name}"))));
    for copy in ["before", "before-2", "after", "after-2"] {
        paths.push(state.join(copy));
        let names = ["raw.db", "raw.wal", "raw.journal", "folded.db"];
        paths.extend(names.map(|name| state.join(copy).join(name)));
        paths.extend(["-wal", "-shm", "-journal"].map(|name| state.join(copy).join(format!("folded.db{name}"))));
    }
    paths
}

/// Runs the act under strace. None when it was killed.
fn traced(place: &Place, what: Act, options: &[String], log: &Path) -> Option<Ended> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sweep::sweep_child", "--nocapture", "--test-threads=1"])
        .env(CHILD, serde_json::to_string(&(what, place.save())).unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let thread = line_of(&mut said, "thread: ").expect("the child says its thread");
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o"]).arg(log).args(["-p", &thread]).args(options);
    for path in paths(place) {
        strace.arg("-P").arg(path);
    }
    let mut strace = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ended = line_of(&mut said, "ended: ").map(|line| serde_json::from_str(&line).unwrap());
    wait_for(&mut child, "the child");
    wait_for(&mut strace, "strace");
    if ended.is_none() {
        let mut trouble = String::new();
        child.stderr.take().unwrap().read_to_string(&mut trouble).unwrap();
        assert!(!trouble.contains("panicked"), "{trouble}");
    }
    ended
}

fn line_of(said: &mut impl BufRead, begins: &str) -> Option<String> {
    said.lines().map_while(Result::ok).find_map(|line| line.strip_prefix(begins).map(str::to_owned))
}

/// I8: nothing hangs, whatever fails.
fn wait_for(child: &mut Child, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("{what} does not end");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How often the act makes each call.
fn counted(old: Old, what: Act) -> BTreeMap<&'static str, usize> {
    let (place, _) = prepared(old, what);
    let log = place.base.join("strace");
    let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
    let ended = traced(&place, what, &["-e".to_owned(), format!("trace={}", calls.join(","))], &log);
    assert!(matches!(ended, Some(Ended::Placed | Ended::Undone)), "{old:?} {what:?}: {ended:?}");
    let mut counted = BTreeMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let name = line.split('(').next().unwrap_or_default();
        if let Some(call) = CALLS.iter().find(|call| **call == name) {
            *counted.entry(*call).or_default() += 1;
        }
    }
    counted
}

/// One point: what does not hold afterwards.
fn tried(point: Point) -> Checked {
    let Point { old, act: what, call, number, fault } = point;
    let (place, checker) = prepared(old, what);
    let inject = match fault {
        Fault::KillThenContinue | Fault::KillThenUndo => format!("signal=SIGKILL:when={number}"),
        Fault::Error(error) => format!("error={error}:when={number}"),
        Fault::ErrorFromThereOn(error) => format!("error={error}:when={number}+"),
    };
    let options = ["-e".to_owned(), format!("trace={call}"), "-e".to_owned(), format!("inject={call}:{inject}")];
    let ended = traced(&place, what, &options, Path::new("/dev/null"));
    let holds = checker.always()?;
    match &ended {
        None => {}
        Some(Ended::Placed) => checker.i4_agrees(Some(Holds::New))?,
        Some(Ended::Undone) => checker.i4_agrees(Some(Holds::Old))?,
        Some(Ended::Stopped { left, code, .. }) => refused(&checker, holds, left, code.as_deref())?,
        Some(Ended::Journal(_)) => {}
    }
    let undoes = match fault {
        Fault::KillThenContinue => false,
        Fault::KillThenUndo => true,
        Fault::Error(_) | Fault::ErrorFromThereOn(_) => number.is_multiple_of(2),
    };
    let looks_used =
        matches!(&ended, Some(Ended::Stopped { left, code, .. }) if left == "Old" && code.as_deref() == Some("R601"));
    if looks_used { by_contents(&place, &checker, undoes) } else { Actor::real().second_run(&place, &checker, undoes) }
}

/// SQLite itself could not remove its log, which looks as if somebody used the database: what is there then stays, with its
/// contents and not with its bytes, for it could be somebody's work. The bytes from before are in the safety copy.
fn by_contents(place: &Place, checker: &Checker, undoes: bool) -> Checked {
    let old = |checker: &Checker| match checker.always()? {
        Holds::Old => Ok(()),
        Holds::New => {
            Err(Violation { invariant: "I5", what: "it was stopped, and the new database is there".to_owned() })
        }
    };
    if undoes {
        return old(checker);
    }
    let act = |what| Actor::real().act(place, what);
    let placed = act(Do::Place);
    if placed != Ended::Placed {
        return Err(Violation { invariant: "I5", what: format!("it cannot be placed: {placed:?}") });
    }
    checker.i5_placed()?;
    let undone = act(Do::Undo);
    if undone != Ended::Undone {
        return Err(Violation { invariant: "I5", what: format!("it cannot be undone: {undone:?}") });
    }
    old(checker)
}

/// It stopped: what it says is there is there.
fn refused(checker: &Checker, holds: Holds, left: &str, code: Option<&str>) -> Checked {
    let known =
        code.is_some_and(|code| ["R601", "R605", "R606", "R607", "R609", "R610", "R611", "R613"].contains(&code));
    let right = match left {
        "Untouched" | "Old" | "Undone" => holds == Holds::Old,
        "New" => holds == Holds::New,
        _ => true,
    };
    let violation = |what| Err(Violation { invariant: "I4", what });
    match (known, right) {
        (false, _) => violation(format!("it stopped with {code:?}")),
        (_, false) => violation(format!("it says {left}, and there is {holds:?}")),
        _ if left == "Undone" => checker.i5_back(),
        _ => Ok(()),
    }
}

/// Every point of some acts over some old states: the kills, then the errors. Of these, each call fails once in some way
/// before any fails in another way.
fn points(olds: &[Old], acts: &[Act]) -> [Vec<Point>; 2] {
    let (mut kills, mut rounds) = (Vec::new(), vec![Vec::new(); 2 * ERRORS.len()]);
    for (old, act) in olds.iter().flat_map(|old| acts.iter().map(|act| (*old, *act))) {
        for (call, count) in counted(old, act) {
            for number in 1..=count {
                let point = |fault| Point { old, act, call, number, fault };
                kills.extend([Fault::KillThenContinue, Fault::KillThenUndo].map(point));
                let once = ERRORS.map(|error| point(Fault::Error(error)));
                let for_ever = ERRORS.map(|error| point(Fault::ErrorFromThereOn(error)));
                let first = kills.len() / 2;
                for (at, error) in once.into_iter().zip(for_ever).flat_map(|(one, other)| [one, other]).enumerate() {
                    rounds[(first + at) % (2 * ERRORS.len())].push(error);
                }
            }
        }
    }
    eprintln!("sweep: {} kills, and {} calls to fail, over {olds:?}", kills.len(), rounds[0].len());
    [mixed(kills), rounds.into_iter().flat_map(mixed).collect()]
}

/// In an order that mixes everything, the same in each run.
fn mixed(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by_cached_key(|point| crate::support::hubs::sha256(format!("{point:?}").as_bytes()));
    points
}

/// Tries points, on two threads, until the deadline. Gives how many were tried, and what did not hold.
fn try_all(points: &[Point], deadline: Option<Instant>) -> (usize, Vec<String>) {
    let (next, tried_points) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let violations = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                        return;
                    }
                    let outcome = catch_unwind(|| tried(*point));
                    let said = match outcome {
                        Ok(Ok(())) => None,
                        Ok(Err(violation)) => Some(format!("{point:?}: {violation}")),
                        Err(_) => Some(format!("{point:?}: the test itself panicked")),
                    };
                    if let Some(said) = said {
                        eprintln!("{said}");
                        violations.lock().unwrap().push(said);
                    }
                    let tried = tried_points.fetch_add(1, Ordering::Relaxed) + 1;
                    if tried.is_multiple_of(500) {
                        eprintln!("… {tried} of {} points", points.len());
                    }
                }
            });
        }
    });
    (tried_points.into_inner(), violations.into_inner().unwrap())
}

#[test]
fn a_fault_at_any_system_call_loses_nothing() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("NOT TESTED: faults at each system call, because strace is not there");
        return;
    }
    if std::env::var_os("RESEAT_EXHAUSTIVE").is_none() {
        let [kills, errors] = points(&[Old::Wal], &[Act::Place, Act::Undo]);
        let [later, _] = points(&[Old::Garbage], &[Act::GoOnAfter, Act::UndoAgain]);
        // SQLite goes on when it cannot remove a file: the fold is then not what it seems.
        let kept = errors
            .iter()
            .filter(|point| (point.act, point.call, point.fault) == (Act::Place, "unlink", Fault::Error("EROFS")));
        // Going on after a cut fails before the exchange: the log that was folded before the cut comes back, too.
        let [_, cut] = points(&[Old::Wal], &[Act::GoOnBefore]);
        let unsynced = cut.iter().filter(|point| (point.call, point.fault) == ("fsync", Fault::Error("EPERM"))).take(8);
        let slice = kills[..12].iter().chain(&later[..6]).chain(&errors[..16]).chain(kept).chain(unsynced);
        let slice: Vec<Point> = slice.copied().collect();
        report("a slice", &slice, &[], None);
        return;
    }
    let minutes = std::env::var("RESEAT_SWEEP_MINUTES").ok().map(|minutes| minutes.parse().unwrap());
    let deadline = minutes.map(|minutes: u64| Instant::now() + Duration::from_secs(minutes * 60));
    let [kills, errors] = points(&OLDS, &ACTS);
    // One point again, by a part of the line that reported it.
    if let Ok(only) = std::env::var("RESEAT_SWEEP_ONLY") {
        let again: Vec<Point> =
            kills.into_iter().chain(errors).filter(|point| format!("{point:?}").contains(&only)).collect();
        let (tried, violations) = try_all(&again, deadline);
        assert!(tried > 0 && violations.is_empty(), "{tried} tried: {violations:#?}");
        return;
    }
    // Where an earlier run ended; only for one of the parts.
    let from = std::env::var("RESEAT_SWEEP_FROM").map_or(0, |from| from.parse().unwrap());
    let calls = errors.len() / (2 * ERRORS.len());
    // As much of the one as of the other, should the time not last.
    let mut first = kills.iter().zip(&errors[..calls]).flat_map(|(kill, error)| [*kill, *error]).collect::<Vec<_>>();
    first.extend(&kills[calls..]);
    match std::env::var("RESEAT_SWEEP_PART").as_deref() {
        Ok("errors") => report("errors", &errors[from..], &[], deadline),
        Ok("kills") => report("kills", &kills[from..], &[], deadline),
        _ => report("all", &first, &errors[calls..], deadline),
    }
}

fn report(what: &str, first: &[Point], then: &[Point], deadline: Option<Instant>) {
    let (mut tried, mut violations) = try_all(first, deadline);
    eprintln!("sweep, first part: {tried} of {} points tried, {} violations", first.len(), violations.len());
    let (more, others) = try_all(then, deadline);
    tried += more;
    violations.extend(others);
    let all = first.len() + then.len();
    eprintln!("sweep ({what}): {tried} of {all} points tried, {} violations", violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(tried > 30, "only {tried} points were tried");
}
