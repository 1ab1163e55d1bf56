//! Memory stays bounded: with more different texts than are remembered, and with cells of any size.

use std::fs;
use std::path::Path;

use crate::desk::{Desk, HUB, NEW, OLD, key};

fn sql(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// A backup with this many events, each with a source text of its own.
fn distinct_sources(desk: &Desk, events: u64) {
    sql(
        &desk.backup_path(),
        &format!(
            "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;
             WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {events})
             INSERT INTO Events (integration, source, kind, payload, createdAt)
             SELECT '{HUB}', json_set((SELECT source FROM Events WHERE id = 1), '$.name', 'Cellario ' || x), 'k', 'p' || x,
                    (SELECT max(createdAt) FROM Events) FROM n"
        ),
    );
}

/// Each command's peak on this backup, in KiB.
fn peaks(desk: &Desk) -> Vec<(&'static str, u64)> {
    let output = desk.folder.parent().unwrap().join("rewritten.db");
    let (backup, output_path) = (key(OLD), output.to_str().unwrap());
    let found = vec![
        ("inspect", desk.peak(&["inspect", &backup, "--json"])),
        ("plan", desk.peak(&["plan", &backup, "--new-connector", NEW, "--json"])),
        ("rewrite", desk.peak(&["rewrite", &backup, "--new-connector", NEW, "--output", output_path, "--json"])),
    ];
    fs::remove_file(&output).unwrap();
    found
}

#[test]
fn many_different_texts_stay_in_bounded_memory() {
    let events = std::env::var("RESEAT_EVENTS").map_or(60_000, |events| events.parse().unwrap());
    let desk = Desk::new();
    let usual = peaks(&desk);
    distinct_sources(&desk, events);
    let many = peaks(&desk);
    println!("{events} texts: {many:?} KiB, 200 equal ones: {usual:?} KiB");
    for (what, peak) in many {
        assert!(peak < 64 << 10, "{what} took {peak} KiB");
    }
}

#[test]
fn a_huge_cell_takes_a_small_multiple_of_itself() {
    let mib = std::env::var("RESEAT_CELL").map_or(16, |mib| mib.parse::<u64>().unwrap());
    let desk = Desk::new();
    let usual = peaks(&desk);
    sql(
        &desk.backup_path(),
        &format!(
            "UPDATE Events SET source = json_set(source, '$.metadata.x', printf('%.{}c', 'x')) WHERE id = 100",
            mib << 20
        ),
    );
    for ((what, before), (_, peak)) in usual.into_iter().zip(peaks(&desk)) {
        let times = (peak - before) as f64 / (mib << 10) as f64;
        println!("{what}: a cell of {mib} MiB takes {times:.1} times its size");
        assert!(times < 7.0, "{what} took {times} times the size of the cell");
    }
}
