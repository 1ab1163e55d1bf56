//! The search of all levels in the real wizard, in a terminal, against a real S3 protocol server in this process.

use std::path::Path;
use std::time::Duration;

use crate::support::bucket::{Ask, Bucket, Fault};
use crate::support::terminal::{Starter, Terminal};
use reseat::database::sample::Sample;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const DAY: &str = "2026-11-17T02:54:00Z";
const CTRL_F: &str = "\x06";
const CTRL_U: &str = "\x15";

fn key(org: &str, connector: &str) -> String {
    format!("{org}/datahub/{HUB}/connector/{connector}/sqlite.db")
}

/// A database of a connector that is called Cellario Boston.
fn database(folder: &Path) -> Vec<u8> {
    let path = folder.join("made.db");
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    let sample = Sample::new(HUB.parse().unwrap(), CONNECTOR.parse().unwrap(), newest);
    Sample { events: 10, name: "Cellario Boston".to_owned(), ..sample }.create(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    bytes
}

/// The wizard on the organisations of this bucket.
fn wizard(bucket: &Bucket, home: &Path) -> Terminal {
    let mut starter = Starter::new(&["--source", &bucket.source()], home);
    for (name, value) in bucket.environment() {
        starter = starter.env(name, &value);
    }
    let mut terminal = starter.start();
    terminal.wait_for("Where are the backups?");
    terminal.send("\r");
    terminal.wait("the checks end", |screen| screen.contains("Bucket        answers"));
    terminal.send("\r");
    terminal.wait_for("Which organisation?");
    terminal
}

fn lists(bucket: &Bucket) -> usize {
    bucket.log().iter().filter(|request| request.key.is_empty() && request.query.contains("list-type")).count()
}

/// The most memory that the wizard had at once, in kB.
fn peak(terminal: &Terminal) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn leave(mut terminal: Terminal) {
    terminal.send("\x03");
    terminal.wait_for("Ctrl-C once more leaves");
    terminal.send("\x03");
    assert_eq!(terminal.status(), 0);
}

#[test]
fn two_hundred_thousand_objects_are_searched_while_they_are_listed_and_esc_ends_it() {
    let home = tempfile::tempdir().unwrap();
    let bucket = Bucket::start();
    let connector = |at: usize| format!("{at:08x}-3c55-4e6e-9a58-11b0c0a2e4b1");
    let one = |at: usize| key(&format!("org-{:03}", at / 1_000), &connector(at));
    bucket.fill((0..200_000).map(one), DAY);
    bucket.put(&key("acme", CONNECTOR), database(home.path()), DAY);
    bucket.put(&key("org-150", &connector(150_007)).replace("sqlite.db", "größe 实验.db"), *b"x", DAY);
    let mut terminal = wizard(&bucket, home.path());
    terminal.wait_for("► acme ");
    terminal.send("\r");
    // A look into it tells its name.
    terminal.wait_for("Cellario Boston");

    // Hits grow while it is listed; Esc ends it at once, and nobody asks on.
    bucket.fail(Ask::List, usize::MAX, Fault::Late(Duration::from_millis(40)));
    terminal.send(&format!("{CTRL_F}org-0"));
    let fit = |screen: &str| {
        let line = screen.lines().find(|line| line.starts_with(" / "))?;
        let line = line.split(" fit").next()?.trim_start_matches(" / org-0").replace(' ', "");
        line.parse::<u64>().ok()
    };
    let growing = |screen: &str, from: u64| {
        screen.contains(" so far") && screen.contains("► org-0") && fit(screen).is_some_and(|fit| fit > from)
    };
    let first = loop {
        let screen = terminal.screen();
        if growing(&screen, 0) {
            break fit(&screen).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    while !growing(&terminal.screen(), first) {
        assert!(terminal.screen().contains(" so far"), "{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(5));
    }
    terminal.send("\x1b");
    terminal.wait_for("Which connector was lost");
    let asked = bucket.log().len();
    assert!(lists(&bucket) < 190, "{} lists: it had ended before", lists(&bucket));
    std::thread::sleep(Duration::from_millis(700));
    let after: Vec<String> = bucket.log().drain(asked..).map(|request| request.query).collect();
    assert!(after.is_empty(), "after Esc nobody asks: {after:?}");

    // Every level is searched, and another text lists nothing anew.
    bucket.heal();
    terminal.send(CTRL_F);
    terminal.wait("all is listed", |screen| screen.contains(" 200 002 objects") && !screen.contains("so far"));
    let listed = lists(&bucket);
    for (text, fits, row) in [
        ("cellario", "1 fit", "► acme            3f2a51c0… Cellario Boston"),
        ("ORG-199", "1 000 fit", "► org-199 "),
        ("150 größe", "1 fit", "► org-150         3f2a51c0… 000249f7…e4b1"),
        ("00030d3f-3c55", "1 fit", "► org-199         3f2a51c0… 00030d3f…e4b1"),
        ("3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d", "200 002 fit, the first 1 000 are shown", "► acme "),
    ] {
        terminal.send(CTRL_U);
        terminal.paste(text);
        terminal.wait(text, |screen| screen.contains(&format!(" {fits}")) && screen.contains(row));
    }
    assert_eq!(lists(&bucket), listed);
    // Versions were listed for what is deleted; a bucket without versions has each object once.
    assert!(bucket.only_read());
    let peak = peak(&terminal);
    println!("searched 200 002 objects; the wizard had {peak} kB at most");
    assert!(peak < 64 * 1024, "{peak} kB");
    leave(terminal);
}

#[test]
fn where_the_root_may_not_be_listed_what_is_typed_is_searched() {
    let home = tempfile::tempdir().unwrap();
    let bucket = Bucket::start();
    bucket.put(&key("acme", CONNECTOR), database(home.path()), DAY);
    bucket.put(&key("other", CONNECTOR), *b"x", DAY);
    bucket.list_only_below("acme/");
    let mut terminal = wizard(&bucket, home.path());
    terminal.wait_for("organisation:");
    terminal.send(CTRL_F);
    terminal.wait_for("! The root may not be listed: type an organisation first.");
    terminal.send("other sqlite");
    terminal.wait_for("! The root may not be listed: type an organisation first.");
    terminal.send(&format!("{CTRL_U}7d0c acme"));
    terminal.wait("it is found", |screen| {
        screen.contains("searched below acme/") && screen.contains("1 fit") && screen.contains("► acme ")
    });
    // An address is one, too.
    terminal.send(CTRL_U);
    terminal.paste(&format!("s3://backups/{}", key("acme", CONNECTOR)));
    terminal.wait("its key", |screen| screen.contains("► acme ") && screen.contains("searched below acme/datahub/"));
    terminal.send("\r");
    terminal.wait_for("Which version of");
    // From within an organisation that one is searched.
    terminal.send(&format!("{CTRL_F}0c88"));
    terminal.wait("it is found", |screen| screen.contains("searched below acme/") && screen.contains("► acme "));
    assert!(bucket.only_read());
    leave(terminal);
}

#[test]
fn what_was_deleted_is_found_and_can_be_restored_from_its_versions() {
    let home = tempfile::tempdir().unwrap();
    let bucket = Bucket::start();
    bucket.versioned();
    bucket.put(&key("acme", HUB), *b"x", DAY);
    bucket.put(&key("zeta", CONNECTOR), database(home.path()), "2026-11-15T02:54:00Z");
    bucket.put(&key("zeta", CONNECTOR), database(home.path()), "2026-11-16T02:54:00Z");
    bucket.delete(&key("zeta", CONNECTOR), DAY);
    let mut terminal = wizard(&bucket, home.path());
    terminal.send(&format!("{CTRL_F}7d0c"));
    let screen = terminal.wait_for("► zeta ");
    assert!(screen.contains("1 fit") && screen.contains("deleted"), "{screen}");
    assert!(screen.contains("at 2026-11-17 02:54 UTC; older versions may still be there"), "{screen}");
    terminal.send("\r");
    let screen = terminal.wait_for("deleted here");
    assert!(screen.contains("► 2026-11-16 02:54"), "the cursor is on what can be restored:\n{screen}");
    terminal.wait_for("newest event   2026-11-17 02:51 UTC");
    terminal.send("\r");
    terminal.wait_for("✓ It is sound");
    leave(terminal);

    bucket.deny_versions();
    let home = tempfile::tempdir().unwrap();
    let mut terminal = wizard(&bucket, home.path());
    terminal.send(&format!("{CTRL_F}7"));
    terminal.wait_for("Deleted backups are not found: versions may not be listed here.");
    terminal.send("d0c");
    terminal.wait("it is said once", |screen| screen.contains("0 fit") && !screen.contains("Deleted backups"));
    let versions = bucket.log().iter().filter(|request| request.query.contains("versions")).count();
    assert!(bucket.only_read() && versions < 60, "{versions}");
    leave(terminal);
}
