//! The whole rewrite (copy, change, checks, proof, residue, sync, digest) against the manual procedure's two UPDATE statements
//! in `sqlite3` alone: same disk, same file, alternating. Run it with `cargo bench --bench rewrite`.
//!
//! `RESEAT_BENCH_EVENTS` (1 000 000), `RESEAT_BENCH_ROUNDS` (3), `RESEAT_BENCH_FOLDER` (the target folder).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use reseat::database::rewrite::{RewriteStage, rewrite};
use reseat::database::sample::Sample;
use reseat::database::{inspect, plan};
use reseat::identity::{Mapping, Renamed};
use reseat::progress::{Cancel, Progress};
use reseat::text;

const OLD_HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const OLD_CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const NEW_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
const NEW_CONNECTOR: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("child") => child(&arguments[2], Path::new(&arguments[3])),
        // `cargo test --benches` only wants to know that it compiles.
        _ if arguments.iter().any(|argument| argument == "--test") => {}
        _ if arguments.iter().any(|argument| argument == "--bench") => compare(),
        _ => {}
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn mapping() -> Mapping {
    Mapping {
        hub: Renamed { old: OLD_HUB.parse().unwrap(), new: NEW_HUB.parse().unwrap() },
        connector: Renamed { old: OLD_CONNECTOR.parse().unwrap(), new: NEW_CONNECTOR.parse().unwrap() },
    }
}

fn sample(events: u64) -> Sample {
    let mapping = mapping();
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    Sample { events, payload: 190, wal: false, ..Sample::new(mapping.hub.old, mapping.connector.old, newest) }
}

fn compare() {
    let (events, rounds) = (number("RESEAT_BENCH_EVENTS", 1_000_000), number("RESEAT_BENCH_ROUNDS", 3));
    let folder = std::env::var_os("RESEAT_BENCH_FOLDER")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let source = folder.path().join("backup.db");
    sample(events).create(&source).unwrap();
    let size = source.metadata().unwrap().len();
    println!("{} events, {}, {} bytes an event", text::count(events), text::size(size), size / events.max(1));
    for what in ["inspect", "plan"] {
        println!("{what}: {}", run_child(what, &source));
    }
    let (mut ours, mut manual) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        manual.push(by_hand(&source, &folder.path().join("manual.db"), &sample(0)));
        sync();
        let said = run_child("rewrite", &source);
        ours.push(said.split_whitespace().next().unwrap().parse::<f64>().unwrap());
        println!("round {round}: sqlite3 {:.2} s, reseat {said}", manual[manual.len() - 1]);
        std::fs::remove_file(source.with_extension("restored")).unwrap();
    }
    let (ours, manual) = (median(&mut ours), median(&mut manual));
    println!("median: sqlite3 {manual:.2} s, reseat {ours:.2} s, ratio {:.2} (goal 1.00, later 0.60)", ours / manual);
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn sync() {
    assert!(Command::new("sync").status().unwrap().success());
}

/// The documented statements, in the distribution's `sqlite3` with its defaults.
fn by_hand(source: &Path, copy: &Path, sample: &Sample) -> f64 {
    std::fs::copy(source, copy).unwrap();
    sync();
    let new = sample.source().replace(OLD_HUB, NEW_HUB).replace(OLD_CONNECTOR, NEW_CONNECTOR);
    let sql = format!(
        "PRAGMA foreign_keys=off;
         update Integrations set id='{NEW_HUB}', sources=json('[{new}]') where id='{OLD_HUB}';
         update Events set integration='{NEW_HUB}', source=json('{new}') where integration='{OLD_HUB}';"
    );
    let start = Instant::now();
    let status = Command::new("sqlite3").arg(copy).arg(sql).stdout(Stdio::null()).status().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(status.success());
    std::fs::remove_file(copy).unwrap();
    seconds
}

/// A process of its own, so that its peak memory is that of the one command.
fn run_child(what: &str, source: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap()).args(["child", what]).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn child(what: &str, source: &Path) {
    let cancel = Cancel::default();
    let planned = (what == "rewrite").then(|| plan(source, &mapping(), None, &cancel, &mut |_| {}).unwrap());
    let start = Instant::now();
    let mut stages: Vec<(RewriteStage, f64)> = Vec::new();
    match what {
        "inspect" => drop(inspect(source, &cancel, &mut |_| {}).unwrap()),
        "plan" => drop(plan(source, &mapping(), Some("known"), &cancel, &mut |_| {}).unwrap()),
        _ => {
            let mut seen = |progress: Progress<RewriteStage>| {
                if stages.last().is_none_or(|(stage, _)| *stage != progress.stage) {
                    stages.push((progress.stage, start.elapsed().as_secs_f64()));
                }
            };
            rewrite(source, &source.with_extension("restored"), &planned.unwrap(), &cancel, &mut seen).unwrap();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    let stages: Vec<String> = stages.iter().map(|(stage, at)| format!("{stage:?} from {at:.2}")).collect();
    println!("{seconds:.2} s, peak {peak} (goal 65536 kB) {}", stages.join(", "));
}
