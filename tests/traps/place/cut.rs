//! R609, R616, R704: what a cut leaves, and what is done with it.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::in_the_way::traced;
use super::{dry, find, place_stops, rewritten, run, said, tool};
use crate::desk::{Desk, NEW, is_root};

/// Which call of `fsync` is the first after the exchange: the kill there leaves the new file at the target.
fn first_sync_after_the_exchange(file_words: &dyn Fn(&Desk, &Path) -> Vec<String>) -> usize {
    let desk = Desk::new();
    let file = rewritten(&desk);
    let log = desk.folder.parent().unwrap().join("calls");
    let words = file_words(&desk, &file);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let how = ["-o", log.to_str().unwrap(), "-e", "trace=fsync,renameat2"];
    assert_eq!(traced(&desk, &how, &words).status.code(), Some(0));
    let calls = fs::read_to_string(&log).unwrap();
    let exchange = calls.lines().position(|line| line.contains("RENAME_EXCHANGE")).unwrap();
    let pid = calls.lines().nth(exchange).unwrap().split_whitespace().next().unwrap();
    let own = |line: &&str| line.starts_with(pid) && line.contains("fsync(");
    calls.lines().take(exchange).filter(own).count() + 1
}

fn place_words(_: &Desk, file: &Path) -> Vec<String> {
    ["place", file.to_str().unwrap(), "--connector", NEW, "--yes", "--json"].map(str::to_owned).to_vec()
}

/// The restore that was begun last.
fn last_restore(desk: &Desk) -> String {
    desk.reseat(&["restores", "--json"]).lines().last().unwrap()["restore"].as_str().unwrap().to_owned()
}

/// A desk on which placing was killed right after the exchange.
fn killed() -> Option<(Desk, std::path::PathBuf)> {
    if !is_root() || !tool("strace", &["-V"]) {
        return None;
    }
    let number = first_sync_after_the_exchange(&place_words);
    let desk = Desk::new();
    let file = rewritten(&desk);
    let words = place_words(&desk, &file);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let inject = format!("inject=fsync:signal=SIGKILL:when={number}");
    let output = traced(&desk, &["-e", "trace=fsync", "-e", &inject], &words);
    assert!(!output.status.success());
    assert_eq!(fs::read(desk.target(NEW)).unwrap(), fs::read(&file).unwrap(), "the exchange happened");
    Some((desk, file))
}

/// Trap R609: killed right after the exchange; whoever comes next is asked to finish or undo it first.
/// Quiet R609: once it was finished, nothing of it is left.
#[test]
fn killed_midway() {
    let Some((mut desk, file)) = killed() else { return };
    let another = desk.state.with_file_name("another");
    let state = std::mem::replace(&mut desk.state, another);
    let finding = place_stops(&desk, &file, &[], "R609", "ask");
    assert!(finding["remedy"].as_str().unwrap().contains("reseat resume"), "{finding}");
    desk.state = state;
    assert_eq!(desk.reseat(&["resume", "--yes", "--json"]).is(0).json()["state"], "placed");
    assert!(find(&dry(&desk, &file, &["--accept", "R407"]), "R609").is_none());
    let id = last_restore(&desk);
    desk.reseat(&["rollback", &id, "--yes", "--json"]).is(0);
}

/// Trap R704: a process has the old file open, which lost its name when the restore went on after a cut.
/// Quiet R704: the process was restarted.
#[test]
fn a_process_stays_on_the_old_file() {
    let Some((desk, _)) = killed() else { return };
    let old = fs::read_dir(desk.root.join(NEW)).unwrap().map(|entry| entry.unwrap().path());
    let old = old.into_iter().find(|path| path.to_string_lossy().ends_with(".swap")).unwrap();
    let held = fs::File::open(old).unwrap();
    desk.reseat(&["resume", "--yes", "--json"]).is(0);
    let finding = said(&desk.reseat(&["check", NEW, "--json"]).is(0).json(), "R704", "warn");
    assert!(finding["detail"].as_str().unwrap().contains(&std::process::id().to_string()), "{finding}");
    drop(held);
    assert!(find(&desk.reseat(&["check", NEW, "--json"]).is(0).json(), "R704").is_none());
}

/// Trap R616: a byte in the middle of the journal flipped.
/// Quiet R616: the last line is torn, as a power failure leaves it: it is dropped, and the restore goes on.
#[test]
fn a_journal_that_cannot_be_trusted() {
    if !is_root() {
        return;
    }
    let desk = Desk::new();
    let held = fs::File::open(desk.target(NEW)).unwrap();
    let words = super::restore(&[]);
    run(&desk, &words.iter().map(String::as_str).collect::<Vec<_>>()).is(3);
    drop(held);
    let id = last_restore(&desk);
    let journal = desk.state.join(&id).join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(&journal, &damaged).unwrap();
    super::stops(&desk, &["resume", &id, "--accept", "R616"], "R616", "block");
    assert_eq!(fs::read(&journal).unwrap(), damaged, "it stays as it is");
    fs::write(&journal, &whole).unwrap();
    fs::File::options().append(true).open(&journal).unwrap().write_all(b"{\"v\":1,\"crc\":\"12").unwrap();
    assert_eq!(run(&desk, &["resume", &id]).is(0).json()["state"], "placed");
}
