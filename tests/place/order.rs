//! The exact order of the operations, and that each sync is there.

use reseat::files::Real;
use reseat::files::recording::{Operation, Recording};

use crate::support::hubs::{Old, Place, keep};

/// The operations by name, own names without what differs from restore to restore.
fn shown(operations: &[Operation]) -> Vec<String> {
    let name = |path: &std::path::Path| {
        let name = path.file_name().unwrap().to_str().unwrap().replace(".reseat-2026-11-19-1-k3vq8z2m", "");
        match name.as_str() {
            crate::support::hubs::CONNECTOR => "folder".to_owned(),
            name if name.starts_with(".tmp") => "base".to_owned(),
            name => name.to_owned(),
        }
    };
    let mut lines: Vec<String> = Vec::new();
    for operation in operations {
        let line = match operation {
            Operation::Create { path, .. } => format!("create {}", name(path)),
            Operation::Write { path, .. } => format!("write {}", name(path)),
            Operation::Truncate { path, .. } => format!("truncate {}", name(path)),
            Operation::Sync { path, .. } => format!("F {}", name(path)),
            Operation::SyncFolder { path } => format!("D {}", name(path)),
            Operation::SetOwner { path, .. } => format!("owner {}", name(path)),
            Operation::SetMode { path, .. } => format!("mode {}", name(path)),
            Operation::SetAttribute { path, .. } | Operation::RemoveAttribute { path, .. } => {
                format!("attribute {}", name(path))
            }
            Operation::MakeFolder { path } => format!("folder {}", name(path)),
            Operation::RemoveFolder { path } => format!("no folder {}", name(path)),
            Operation::Rename { from, to } | Operation::RenameNew { from, to } => {
                format!("rename {} {}", name(from), name(to))
            }
            Operation::Exchange { one, other } => format!("exchange {} {}", name(one), name(other)),
            Operation::Link { from, to } => format!("link {} {}", name(from), name(to)),
            Operation::Unlink { path } => format!("unlink {}", name(path)),
            Operation::LockFolder { path } => format!("flock {}", name(path)),
            Operation::BarSqlite { path, .. } => format!("bar {}", name(path)),
            Operation::BySqlite { what, path } => format!("{what} {}", name(path)),
        };
        // Several writes of one file are one.
        if lines.last() != Some(&line) || !line.starts_with("write ") {
            lines.push(line);
        }
    }
    lines
}

/// A record is written and synced.
const RECORD: &str = "write journal.jsonl, F journal.jsonl";

fn expected(steps: &[&str]) -> Vec<String> {
    steps.iter().flat_map(|step| step.split(", ")).map(str::to_owned).collect()
}

fn placed(old: Old) -> Vec<String> {
    let place = Place::new(old);
    let files = keep(Recording::new(Real));
    place.place(files).unwrap();
    shown(&files.operations())
}

fn undone(old: Old) -> Vec<String> {
    let place = Place::new(old);
    place.place(&Real).unwrap();
    let files = keep(Recording::new(Real));
    place.undo(files).unwrap();
    shown(&files.operations())
}

#[test]
fn placing_keeps_the_order() {
    let steps = [
        "flock folder",
        "create journal.jsonl, write journal.jsonl, F journal.jsonl, D base",
        "create .json, write .json, F .json, D folder",
        "create .swap, write .swap, mode .swap, F .swap",
        "folder before",
        "create raw.db, write raw.db, F raw.db",
        "create raw.wal, write raw.wal, F raw.wal",
        "create folded.db, write folded.db, create folded.db-wal, write folded.db-wal, fold folded.db, F folded.db",
        "D before, D state",
        RECORD,
        "fold and hold sqlite.db, D folder",
        "bar .swap",
        RECORD,
        "exchange .swap sqlite.db, D folder",
        RECORD,
        RECORD,
        "unlink .swap, D folder, unlink .json, D folder",
    ];
    assert_eq!(placed(Old::Wal), expected(&steps));
}

#[test]
fn placing_over_what_sqlite_cannot_open_keeps_the_order() {
    let steps = [
        RECORD,
        "bar sqlite.db, rename sqlite.db-journal .away-journal, D folder",
        "bar .swap",
        RECORD,
        "exchange .swap sqlite.db, D folder",
        RECORD,
        RECORD,
        "unlink .away-journal, unlink .swap, D folder, unlink .json, D folder",
    ];
    let (found, expected) = (placed(Old::Garbage), expected(&steps));
    assert_eq!(found[found.len() - expected.len()..], expected);
}

#[test]
fn placing_where_nothing_was_keeps_the_order() {
    let steps = [
        RECORD,
        "rename sqlite.db-wal .away-wal, D folder",
        "bar .swap",
        RECORD,
        "rename .swap sqlite.db, D folder",
        RECORD,
        RECORD,
        "unlink .away-wal, D folder, unlink .json, D folder",
    ];
    let (found, expected) = (placed(Old::Strays), expected(&steps));
    assert_eq!(found[found.len() - expected.len()..], expected);
}

#[test]
fn placing_where_no_folder_was_makes_it_first_and_undoing_takes_it_away() {
    let steps = [
        "create journal.jsonl, write journal.jsonl, F journal.jsonl, D base",
        "folder .folder, flock .folder, mode .folder, F .folder",
        RECORD,
        "rename .folder folder, D datahub",
        "create .json, write .json, F .json, D folder",
    ];
    let (found, expected_first) = (placed(Old::NoFolder), expected(&steps));
    assert_eq!(found[..expected_first.len()], expected_first);
    let steps = [RECORD, "unlink .gone, D folder, unlink .json, D folder", "no folder folder, D datahub", RECORD];
    let (found, expected) = (undone(Old::NoFolder), expected(&steps));
    assert_eq!(found[found.len() - expected.len()..], expected);
}

#[test]
fn undoing_keeps_the_order() {
    let steps = [
        "flock folder",
        RECORD,
        "create .json, write .json, F .json, D folder",
        "create .F, write .F, mode .F, F .F",
        "create .R, write .R, mode .R, F .R",
        "create .W, write .W, mode .W, F .W",
        "fold and hold sqlite.db, D folder",
        "bar .F, exchange .F sqlite.db, D folder",
        "rename .W sqlite.db-wal, D folder",
        "bar .R, exchange .R sqlite.db, D folder",
        RECORD,
        "unlink .F, unlink .R, D folder, unlink .json, D folder",
        RECORD,
    ];
    assert_eq!(undone(Old::Wal), expected(&steps));
}

#[test]
fn undoing_what_sqlite_cannot_open_keeps_the_order() {
    let steps = [
        "fold and hold sqlite.db, D folder",
        "bar .R, exchange .R sqlite.db, D folder",
        "rename .J sqlite.db-journal, D folder",
        RECORD,
        "unlink .R, D folder, unlink .json, D folder",
        RECORD,
    ];
    let (found, expected) = (undone(Old::Garbage), expected(&steps));
    assert_eq!(found[found.len() - expected.len()..], expected);
}

#[test]
fn undoing_to_nothing_keeps_the_order() {
    let steps = [
        "fold and hold sqlite.db, D folder",
        "rename sqlite.db .gone, D folder",
        "rename .W sqlite.db-wal, D folder",
        RECORD,
        "unlink .gone, D folder, unlink .json, D folder",
        RECORD,
    ];
    let (found, expected) = (undone(Old::Strays), expected(&steps));
    assert_eq!(found[found.len() - expected.len()..], expected);
}
