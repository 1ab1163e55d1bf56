//! What the line carries: the first frame, and the bytes of one key.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{Duration, Instant};

mod support;
use support::terminal::{Starter, Terminal};

/// The most that one key may cost at 80 by 24, in bytes.
const LIMIT: usize = 400;

fn connectors(home: &tempfile::TempDir) -> Terminal {
    let mut terminal = Starter::new(&["demo"], home.path()).start();
    terminal.wait_for("Where are the backups?");
    terminal.send("\r");
    terminal.wait_for("✓ Bucket");
    terminal.send("\r");
    terminal.wait("the cursor finds the own hub", |screen| screen.contains("► acme-bio "));
    terminal.send("\r");
    terminal.wait_for("► Cellario Boston  ");
    // Names and sizes of the rows on screen are all there.
    terminal.quiet_for(Duration::from_secs(1));
    terminal
}

#[test]
fn the_first_frame_is_small_and_soon() {
    let home = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let terminal = Starter::new(&["demo"], home.path()).start();
    while !terminal.screen().contains("Where are the backups?") {
        std::thread::sleep(Duration::from_millis(1));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    println!("first frame after {} ms, {} bytes", begun.elapsed().as_millis(), terminal.bytes().len());
}

#[test]
fn a_key_in_the_list_costs_little() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = connectors(&home);
    // The first step leaves the row with a finding, whose sentence goes, too.
    for key in ["\x1b[B", "\x1b[B", "\x1b[B", "\x1b[A", "\x1b[A", "\x1b[A"] {
        let cost = terminal.cost(key);
        println!("list, {key:?}: {cost} bytes");
        assert!(cost > 0 && cost < LIMIT, "{key:?} costs {cost} bytes\n{}", terminal.screen());
    }
}

#[test]
fn a_letter_in_a_field_costs_little() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = connectors(&home);
    terminal.send("\r");
    terminal.wait_for("Which version of Cellario Boston?");
    terminal.send("\r");
    terminal.wait_for("✓ It is sound");
    terminal.send("\r");
    terminal.wait_for("Where shall it live?");
    terminal.send("p");
    terminal.wait_for("Paste the two new IDs");
    for letter in "a91f03de-7a10-4d0".chars() {
        let cost = terminal.cost(&letter.to_string());
        println!("field, {letter:?}: {cost} bytes");
        assert!(cost > 0 && cost < LIMIT, "{letter:?} costs {cost} bytes\n{}", terminal.screen());
    }
}
