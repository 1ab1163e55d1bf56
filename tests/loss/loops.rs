//! Many restores in a row, and at once: no file, descriptor, thread, lock or memory is left. A slice by default;
//! `RESEAT_EXHAUSTIVE=1` runs 200 in a row and 20 at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use reseat::catalog::{self, SourceKind, SourceSpec};
use reseat::config::{Flags, Settings};
use reseat::files::Real;
use reseat::hub::helper::Helper;
use reseat::identity::{Mapping, Renamed};
use reseat::progress::Cancel;
use reseat::restore::engine::{Engine, ToPlace};
use reseat::restore::facts::{Fact, Facts, Taken};
use reseat::restore::journal::Stood;
use reseat::world::World;

use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, key, sample};
use crate::support::checker::Checker;

const CHILD: &str = "RESEAT_TEST_LOOP";

/// What a process has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InHand {
    descriptors: usize,
    threads: usize,
    kilobytes: u64,
}

impl InHand {
    fn now() -> Self {
        let count = |folder: &str| fs::read_dir(folder).unwrap().count();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes = line.split_whitespace().next().unwrap().parse().unwrap();
        Self { descriptors: count("/proc/self/fd"), threads: count("/proc/self/task"), kilobytes }
    }
}

fn engine(desk: &Desk) -> Engine {
    let mut world = World::real();
    world.environment.retain(|name, _| !name.to_string_lossy().starts_with("RESEAT_"));
    // Nobody else is looked for: the test is about what this process leaves.
    world.proc = desk.state.with_file_name("proc");
    fs::create_dir_all(&world.proc).unwrap();
    let flags = Flags { state_dir: Some(desk.state.clone()), ..Flags::default() };
    let settings = Settings::load(&flags, &world).unwrap();
    Engine::with(world, settings, Arc::new(Real), Helper::at(env!("CARGO_BIN_EXE_reseat"))).unwrap()
}

/// All steps from the source to the hub, and every second time back.
fn whole_restore(engine: &Engine, desk: &Desk, runtime: &tokio::runtime::Runtime, back: bool) {
    let cancel = Cancel::default();
    let ids = |id: &str| (id.parse().unwrap(), id.parse().unwrap());
    let ((hub, _), (_, old), (_, new)) = (ids(HUB), ids(OLD), ids(NEW));
    let mapping = Mapping { hub: Renamed { old: hub, new: hub }, connector: Renamed { old, new } };
    let catalog = catalog::open(&SourceSpec::new(SourceKind::Folder(desk.folder.clone())), &engine.world).unwrap();
    let head = runtime.block_on(catalog.head(&key(OLD), None)).unwrap();
    let obtained = runtime.block_on(engine.obtain(catalog.as_ref(), &head.backup, &mut |_| {}, &cancel)).unwrap();
    let session = engine.begin().unwrap();
    session.take(&obtained).unwrap();
    let file = engine.examine(&session.backup_path(), &cancel, &mut |_| {}).unwrap();
    session.note_file(&file, Some((hub, old)), &[]).unwrap();
    session.choose_target(mapping, Some(desk.root.clone())).unwrap();
    let facts = Facts {
        key: Fact::Known(obtained.key_facts(Taken::Named)),
        file: Fact::Known(file),
        bucket: runtime.block_on(engine.bucket_facts(&catalog, &obtained.backup)),
        folder: engine.folder_facts(&desk.root, Some(old), &cancel).unwrap(),
        target: Fact::Known(engine.target_facts(&desk.root, new, &cancel).unwrap()),
        mapping: Some(mapping),
    };
    let preview = engine.preview(&session.backup_path(), Some(&obtained.sha256), &facts, &cancel, &mut |_| {}).unwrap();
    let proof = session.rewrite(preview.plan.as_ref().unwrap(), &cancel, &mut |_| {}).unwrap();
    let restored = engine.examine(&proof.path, &cancel, &mut |_| {}).unwrap();
    let look = engine.look_at_place(&desk.root, &restored, (hub, new), "sudo reseat", &cancel).unwrap();
    let what = ToPlace::new(&proof.path, &proof.rewritten.sha256, &restored, (hub, new), &look.place);
    session.place(&what, &cancel, &mut |_| {}).unwrap();
    if back {
        session.undo(&cancel, &mut |_| {}).unwrap();
    }
    let stood = if back { Stood::RolledBack } else { Stood::Placed };
    assert_eq!(session.history().stood, stood);
    let id = session.id().clone();
    drop(session);
    engine.close(&id);
}

/// The other process: nothing but the loop runs in it.
#[test]
fn restores_in_a_row() {
    let Ok(times) = std::env::var(CHILD) else { return };
    let times: usize = times.parse().unwrap();
    let desk = Desk::new();
    desk.backup(&sample(HUB, OLD, 20));
    let engine = engine(&desk);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // What is made once and kept is made by now.
    for warm in 0..5 {
        whole_restore(&engine, &desk, &runtime, warm % 2 == 0);
    }
    let before = InHand::now();
    for number in 0..times {
        whole_restore(&engine, &desk, &runtime, number % 2 == 0);
    }
    let after = InHand::now();
    println!("in a row: {times} restores, {before:?}, then {after:?}");
    assert_eq!(after.descriptors, before.descriptors);
    // An idle thread for blocking work ends by itself after some seconds, and comes again when it is needed.
    Checker::i8_bounded("threads", after.threads as u64, before.threads as u64 + 2).unwrap();
    let grown = after.kilobytes.saturating_sub(before.kilobytes);
    Checker::i8_bounded("kilobytes more", grown, 4096 + 8 * times as u64).unwrap();
    nothing_left(&desk, &[NEW], times + 5);
}

/// Only the databases lie on the hub, and in the state folder only what belongs to the restores.
fn nothing_left(desk: &Desk, connectors: &[&str], restores: usize) {
    for connector in connectors {
        let names: Vec<_> =
            fs::read_dir(desk.root.join(connector)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["sqlite.db"]);
    }
    let mut folders = 0;
    for entry in fs::read_dir(&desk.state).unwrap().map(|entry| entry.unwrap()) {
        let folder = entry.path();
        if !folder.join("journal.jsonl").is_file() {
            continue;
        }
        folders += 1;
        let known =
            ["journal.jsonl", "lock", "report.md", "report.json", "backup.db", "restored.db", "before", "after"];
        for left in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            assert!(known.contains(&left.as_str()), "left in a restore's folder: {left}");
        }
        for name in ["before", "after"].map(|name| folder.join(name)) {
            for left in
                fs::read_dir(name).into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap())
            {
                assert!(["raw.db", "folded.db"].contains(&left.as_str()), "left beside a safety copy: {left}");
            }
        }
        assert_unlocked(&folder.join("lock"));
    }
    assert_eq!(folders, restores);
}

fn assert_unlocked(lock: &Path) {
    let file = fs::File::open(lock).unwrap();
    assert!(file.try_lock().is_ok(), "{} is still locked", lock.display());
}

fn exhaustive() -> bool {
    std::env::var_os("RESEAT_EXHAUSTIVE").is_some()
}

#[test]
fn many_in_a_row_leave_nothing() {
    let times = if exhaustive() { 200 } else { 20 };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "loops::restores_in_a_row", "--nocapture", "--test-threads=1"])
        .env(CHILD, times.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    eprintln!("{}", said.lines().find(|line| line.contains("in a row:")).unwrap_or_default());
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn many_at_once_leave_nothing() {
    if !crate::desk::is_root() {
        return;
    }
    let times = if exhaustive() { 20 } else { 5 };
    let desk = Desk::new();
    fs::remove_dir_all(desk.root.join(NEW)).unwrap();
    let id = |kind: &str, number: usize| format!("{kind}0f03de-7a10-4d0f-8a3e-{:012x}", number + 1);
    let pairs: Vec<(String, String)> = (0..times).map(|number| (id("a9", number), id("7d", number))).collect();
    for (new, old) in &pairs {
        desk.connector(&sample(HUB, new, 0));
        desk.backup(&sample(HUB, old, EVENTS));
    }
    let start = |(new, old): &(String, String)| {
        let mut command = desk.command(&["restore", &key(old), "--new-connector", new, "--yes", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = pairs.iter().map(start).collect();
    let mut ids = BTreeSet::new();
    for (child, (new, _)) in children.into_iter().zip(&pairs) {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(document["place"]["target"], desk.target(new).to_str().unwrap());
        assert!(ids.insert(document["restore"].as_str().unwrap().to_owned()), "an ID was given twice");
    }
    let connectors: Vec<&str> = pairs.iter().map(|(new, _)| new.as_str()).collect();
    nothing_left(&desk, &connectors, times);
    let locks = fs::read_to_string("/proc/locks").unwrap();
    for connector in connectors {
        use std::os::unix::fs::MetadataExt;
        let inode = fs::metadata(desk.target(connector)).unwrap().ino();
        assert!(!locks.contains(&format!(":{inode} ")), "a lock is left");
    }
}

/// Quiet R608: two connectors from one backup, in the same moment.
/// Two that begin in the same moment: the download is shared by nobody, and one target is replaced by one after the other.
#[test]
fn two_of_the_same_backup_do_not_spoil_each_others_download() {
    if !crate::desk::is_root() {
        return;
    }
    for _ in 0..3 {
        let desk = Desk::new();
        let other = "a91f03de-7a10-4d0f-8a3e-000000000001";
        desk.connector(&sample(HUB, other, 0));
        let start = |new: &str| {
            let mut command = desk.command(&["restore", &key(OLD), "--new-connector", new, "--yes", "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        for child in [NEW, other].map(start) {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        }
        nothing_left(&desk, &[NEW, other], 2);
        let parts = fs::read_dir(desk.state.join("backups/partial")).unwrap().count();
        assert_eq!(parts, 0, "a part of a download is left");
    }
}

/// Stops the first one while it works in the connector's folder; none when it was done too soon.
fn stopped_at_work(desk: &Desk, words: &[&str]) -> Option<std::process::Child> {
    use nix::sys::signal::{Signal, kill};
    let mut first = desk.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = nix::unistd::Pid::from_raw(first.id().cast_signed());
    let folder = desk.root.join(NEW);
    loop {
        let marked =
            fs::read_dir(&folder).unwrap().flatten().any(|entry| entry.path().extension().is_some_and(|e| e == "json"));
        if marked {
            kill(pid, Signal::SIGSTOP).unwrap();
            let still = fs::read_dir(&folder).unwrap().flatten().count() > 1;
            if still {
                return Some(first);
            }
            kill(pid, Signal::SIGCONT).unwrap();
        }
        if first.try_wait().unwrap().is_some() {
            return None;
        }
    }
}

/// Trap R608: a second `reseat` places while the first one is at work in the same folder.
#[test]
fn of_two_at_once_on_one_target_one_is_refused() {
    if !crate::desk::is_root() {
        return;
    }
    let desk = Desk::new();
    let words = ["restore", &key(OLD), "--new-connector", NEW, "--yes", "--json"];
    let first = (0..5).find_map(|_| stopped_at_work(&desk, &words)).expect("it is caught at work");
    let second = desk.reseat(&words).is(3);
    assert!(crate::desk::codes(&second.json()).contains(&"R608".to_owned()), "{}", second.stdout);
    let pid = nix::unistd::Pid::from_raw(first.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT).unwrap();
    let output = first.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let names: Vec<_> = fs::read_dir(desk.root.join(NEW)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["sqlite.db"]);
}
