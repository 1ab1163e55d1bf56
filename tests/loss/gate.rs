//! The mutation gate: each sync of placing and undoing is left out, one by one, and the power then fails at any moment.
//! Where that shows nothing, the test names the sync and says why it stays.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use reseat::files::recording::Operation;

use crate::model::{Step, key};
use crate::support::hubs::{CONNECTOR, Old};
use crate::tape::{EACH, Tape, What, record};

/// Old states by the way that they are replaced and put back.
const CLASSES: [(&str, &[Old]); 3] = [
    ("readable", &[Old::Wal, Old::Clean, Old::Hot, Old::Persist]),
    ("unreadable", &[Old::Garbage, Old::Ruined]),
    ("missing", &[Old::Strays, Old::Missing]),
];

/// Syncs whose loss shows nothing in any tree, with the reason that they stay.
const SURVIVORS: [(&str, &str); 15] = [
    ("place: F journal, header", "the sync of the next line covers it, and nothing is done before that"),
    ("place: D state, after journal.jsonl is written", "a new journal: without it nothing was touched yet"),
    ("missing, place: D folder, after journal.jsonl is written", "no side file had to be moved away: nothing to sync"),
    ("missing, place: D before, after .swap is written", "nothing was there: the safety copy is an empty folder"),
    ("missing, place: D state, after .swap is written", "the same"),
    ("missing, undo: D folder, after .W is renamed", "a missing old file: the side files alone are nothing"),
    ("unreadable, undo: D folder, after .J is renamed", "SQLite cannot open it, with or without its side files"),
    ("unreadable, undo: D folder, after .W is renamed", "the same"),
    (
        "missing, undo: D folder, after sqlite.db is folded",
        "the next sync of the folder covers the log, too, and until then the journal says that undoing goes on",
    ),
    ("unreadable, undo: D folder, after sqlite.db is folded", "the same"),
    // A run that ends before the journal says so needs these: the power loss in a second run shows it.
    ("place: D folder, after .swap is unlinked", "the journal says by then that it is placed, so the rest is nobody's"),
    ("missing, place: D folder, after .away-wal is unlinked", "the same"),
    ("undo: D folder, after .R is unlinked", "the same, with what is put back"),
    ("missing, undo: D folder, after .gone is unlinked", "the same"),
    ("undo: F journal, restored", "the marker goes only after the other own files: until then undoing goes on"),
];

/// Syncs that other old states need than the one of the usual run, so only the whole run looks at them.
const ELSEWHERE: [&str; 4] = [
    // A database without side files: SQLite syncs nothing in it.
    "readable, place: F folded.db",
    "readable, undo: D folder, after .R is exchanged",
    // Somebody wrote to the new database.
    "readable, undo: D folder, after sqlite.db is folded",
    "readable, undo: F folded.db",
];

fn survives(called: &str) -> bool {
    SURVIVORS.iter().any(|(survivor, _)| called.ends_with(survivor))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap().replace(".reseat-2026-11-19-1-k3vq8z2m", "");
    if name == CONNECTOR { "folder".to_owned() } else { name }
}

/// What stands in the journal's last line before this step.
fn line_before(steps: &[Step]) -> String {
    let line = steps.iter().rev().find_map(|step| match step {
        Step::Did(Operation::Write { path, bytes, .. }) if path.ends_with("journal.jsonl") => Some(bytes),
        _ => None,
    });
    let line: serde_json::Value = serde_json::from_slice(line.unwrap()).unwrap();
    line["act"]["stage"].as_str().unwrap_or("header").to_owned()
}

/// What came before this step and is no sync.
fn change_before(steps: &[Step]) -> String {
    let change = steps.iter().rev().find_map(|step| match step {
        Step::Did(Operation::Sync { .. } | Operation::SyncFolder { .. } | Operation::BarSqlite { .. }) => None,
        Step::Did(Operation::Write { path, .. }) => Some(format!("{} is written", name(path))),
        Step::Did(Operation::Exchange { one, .. }) => Some(format!("{} is exchanged", name(one))),
        Step::Did(Operation::Rename { from, .. } | Operation::RenameNew { from, .. }) => {
            Some(format!("{} is renamed", name(from)))
        }
        Step::Did(Operation::Unlink { path }) => Some(format!("{} is unlinked", name(path))),
        Step::Did(Operation::Create { path, .. }) => Some(format!("{} is made", name(path))),
        Step::Sqlite { database, .. } => Some(format!("{} is folded", name(database))),
        Step::Did(_) => None,
    });
    change.unwrap_or_default()
}

/// Each sync of a tape: where it is, and how it is called here.
fn syncs(tape: &Tape) -> Vec<(usize, String)> {
    let act = if tape.what == What::Place { "place" } else { "undo" };
    let call = |(at, step): (usize, &Step)| match step {
        Step::Did(Operation::Sync { path, .. }) if path.ends_with("journal.jsonl") => {
            Some((at, format!("{act}: F journal, {}", line_before(&tape.steps[..at]))))
        }
        Step::Did(Operation::Sync { path, .. }) => Some((at, format!("{act}: F {}", name(path)))),
        Step::Did(Operation::SyncFolder { path }) => {
            Some((at, format!("{act}: D {}, after {}", name(path), change_before(&tape.steps[..at]))))
        }
        _ => None,
    };
    tape.steps.iter().enumerate().filter_map(call).collect()
}

/// How thoroughly it is looked.
struct Care {
    at_one_moment: usize,
    recovered: usize,
}

/// The first violation that leaving out one step brings; only trees that could not be there before are looked at.
fn found_without(tape: &Tape, at: usize, known: &HashSet<([u8; 32], bool)>, care: &Care) -> Option<String> {
    let mut steps = tape.steps.clone();
    steps.remove(at);
    let mut trees = tape.trees(&steps, care.at_one_moment);
    trees.retain(|after| !known.contains(&(key(&after.tree), after.at_the_end)));
    let judged = trees.iter().find_map(|after| tape.judge(after).err());
    let recovered = || {
        let runs = trees.iter().flat_map(|after| [(after, false), (after, true)]);
        runs.take(care.recovered).find_map(|(after, undoes)| tape.recover(after, undoes).err())
    };
    judged.or_else(recovered).map(|violation| violation.to_string())
}

type Found = BTreeMap<String, Option<String>>;

/// Leaves out each sync over these old states; what was found for it, or nothing.
fn gate(class: &str, olds: &[Old], whats: &[What], care: &Care, quick: bool, found: &mut Found) {
    for (old, what) in olds.iter().flat_map(|old| whats.iter().map(|what| (*old, *what))) {
        let tape = record(old, what, None);
        let known: HashSet<_> = tape
            .trees(&tape.steps, care.at_one_moment * 3)
            .iter()
            .map(|after| (key(&after.tree), after.at_the_end))
            .collect();
        for (at, called) in syncs(&tape) {
            let called = format!("{class}, {called}");
            let is_found = found.get(&called).is_some_and(Option::is_some);
            let skipped = quick && (survives(&called) || ELSEWHERE.contains(&called.as_str()));
            if is_found || skipped {
                continue;
            }
            let violation = found_without(&tape, at, &known, care);
            let said = violation.as_deref().unwrap_or("SURVIVES").lines().next().unwrap_or_default();
            eprintln!("{called}: {old:?} {what:?}: {said}");
            found.insert(called, violation.map(|violation| format!("{old:?} {what:?}: {violation}")));
        }
    }
}

#[test]
fn no_sync_can_be_left_out() {
    let mut found = Found::new();
    let exhaustive = std::env::var_os("RESEAT_EXHAUSTIVE").is_some();
    if exhaustive {
        for (class, olds) in CLASSES {
            gate(class, olds, &EACH, &Care { at_one_moment: 400, recovered: 120 }, false, &mut found);
        }
    } else {
        let care = Care { at_one_moment: 24, recovered: 12 };
        gate("readable", &[Old::Wal], &[What::Place, What::Undo], &care, true, &mut found);
    }
    let survivors: Vec<&str> =
        found.iter().filter(|(_, violation)| violation.is_none()).map(|(called, _)| called.as_str()).collect();
    eprintln!("mutation gate: {} syncs left out, {} survive", found.len(), survivors.len());
    let unnamed: Vec<_> = survivors.iter().filter(|called| !survives(called)).collect();
    assert!(unnamed.is_empty(), "nothing shows that these are needed: {unnamed:#?}");
    assert!(found.len() > 22, "{}", found.len());
    if exhaustive {
        let stale = SURVIVORS.iter().filter(|(named, _)| !survivors.iter().any(|called| called.ends_with(named)));
        let stale: Vec<_> = stale.collect();
        assert!(stale.is_empty(), "these are found by now, so they are no exceptions: {stale:#?}");
    }
}

/// The gate leaves a sync out of the tape; here it is left out of the run itself, and the tape is the same.
#[test]
fn leaving_out_of_the_tape_is_leaving_out_of_the_run() {
    for what in [What::Place, What::Undo] {
        let shown = |tape: &Tape| -> Vec<String> {
            let all = syncs(tape);
            tape.steps
                .iter()
                .enumerate()
                .map(|(at, step)| match (all.iter().find(|(sync, _)| *sync == at), step) {
                    (Some((_, called)), _) => called.clone(),
                    (None, Step::Sqlite { .. }) => "by SQLite".to_owned(),
                    (None, Step::Did(operation)) => {
                        format!("{operation:?}").chars().take_while(char::is_ascii_alphabetic).collect()
                    }
                })
                .collect()
        };
        let whole = record(Old::Wal, what, None);
        let (all, lines) = (syncs(&whole), shown(&whole));
        for number in [0, all.len() / 2] {
            let mut expected = lines.clone();
            expected.remove(all[number].0);
            assert_eq!(shown(&record(Old::Wal, what, Some(number))), expected, "{what:?}, {number}");
        }
    }
}
