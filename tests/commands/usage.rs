//! Wrong usage, and the commands that need no backup.

use std::io::Read;
use std::process::Stdio;

use clap::CommandFactory;

use crate::desk::{Desk, NEW, OLD, codes, key};

#[test]
fn wrong_usage_is_2_and_says_what_is_wrong() {
    let desk = Desk::new();
    for words in [
        &["inspect"][..],
        &["dance"],
        &["list", "--accept", "R999"],
        &["place", "x", "--connector", NEW, "--sha256", "abc"],
        &["place", "x", "--connector", NEW, "--online", "--stop"],
        &["plan", "k", "--new-hub", OLD],
        &["--source", "a", "--environment", "b", "list"],
        &["list", "--environment", "nowhere"],
        &[],
        &["demo"],
    ] {
        let ran = desk.reseat(words).is(2);
        assert!(ran.stderr.len() > 10, "{words:?}: {}", ran.stderr);
    }
    let document = desk.reseat(&["--json", "explain", "R999"]).is(2).json();
    assert_eq!(document["schema"], 1);
    assert!(document["error"].as_str().unwrap().contains("R999"));
    assert!(!desk.state.exists(), "wrong usage leaves no state");
}

#[test]
fn what_would_ask_is_refused_without_a_terminal_and_never_hangs() {
    let desk = Desk::new();
    let path = desk.backup_path();
    let path = path.to_str().unwrap();
    for words in [
        &["restore", &key(OLD), "--new-connector", NEW][..],
        &["place", path, "--connector", OLD],
        &["rollback", "2026-11-21-1"],
        &["restores", "--forget", "2026-11-21-1"],
    ] {
        let ran = desk.reseat(words).is(2);
        assert!(ran.stderr.contains("--yes"), "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn what_is_not_there_is_4() {
    let desk = Desk::new();
    for words in [
        &["inspect", "acme-bio/datahub/x/connector/y/sqlite.db"][..],
        &["inspect", "/no/such/file.db"],
        &["place", "/no/such/file.db", "--connector", NEW, "--yes"],
        &["rollback", "2026-11-21-1", "--yes"],
        &["resume", "2026-11-21-1", "--yes"],
        &["resume", "--yes"],
        &["restores", "--forget", "2026-11-21-1", "--yes"],
        &["tick", "2026-11-21-1", "sync"],
        &["check", OLD],
    ] {
        let ran = desk.reseat(words).is(4);
        assert!(!ran.stderr.is_empty(), "{words:?}");
        let mut json = words.to_vec();
        json.push("--json");
        assert!(desk.reseat(&json).is(4).json()["error"].is_string(), "{words:?}");
    }
}

#[test]
fn a_typed_id_that_is_none_is_r401() {
    let desk = Desk::new();
    for words in [
        &["plan", &key(OLD), "--new-connector", "7d0g"][..],
        &["place", "x", "--connector", "7d0g", "--yes"],
        &["check", "00000000-0000-0000-0000-000000000000"],
        &["list", "--hub", "hub"],
    ] {
        let mut words = words.to_vec();
        words.push("--json");
        assert_eq!(codes(&desk.reseat(&words).is(3).json()), ["R401"], "{words:?}");
    }
}

#[test]
fn explain_knows_every_code() {
    let desk = Desk::new();
    let all = desk.reseat(&["explain"]).is(0).stdout;
    assert_eq!(all.lines().filter(|line| line.starts_with("  R")).count(), reseat::finding::Code::ALL.len());
    for code in reseat::finding::Code::ALL {
        let (before, line) = all.split_once(&format!("  {code}  ")).unwrap();
        assert!(line.contains(code.title()));
        let heading = before.lines().rfind(|line| !line.is_empty() && !line.starts_with(' ')).unwrap();
        assert_eq!(heading, code.part(), "{code}");
    }
    assert!(all.lines().all(|line| reseat::text::width(line) <= 80));
    // The worst stands first: stops, warns, is a note.
    assert!(all.contains("  R309  ✗!·  An old ID"), "{all}");
    let one = desk.reseat(&["explain", "r309"]).is(0).stdout;
    assert!(one.starts_with("R309") && one.contains("What to do"), "{one}");
    let json = desk.reseat(&["explain", "R309", "--json"]).is(0).json();
    assert_eq!(json["codes"][0]["code"], "R309");
}

#[test]
fn the_texts_name_only_commands_and_options_that_exist() {
    let whole = reseat::arguments::Arguments::command();
    let commands: Vec<&str> = whole.get_subcommands().map(clap::Command::get_name).collect();
    let options: Vec<String> = std::iter::once(&whole)
        .chain(whole.get_subcommands())
        .flat_map(|command| command.get_arguments().filter_map(|option| option.get_long()))
        .map(|long| format!("--{long}"))
        .collect();
    let mut named = 0;
    for code in reseat::finding::Code::ALL {
        let words: Vec<&str> = code.text().split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let word = word.trim_end_matches(['.', ',', ':']);
            if word.starts_with("--") {
                assert!(options.iter().any(|option| option == word), "{code}: {word}");
                named += 1;
            }
            // A command is followed by what it takes; otherwise it is a verb.
            let ["reseat", command, takes, ..] = words[at..] else { continue };
            let takes = takes.trim_end_matches(['.', ',', ':']);
            if takes.starts_with("--") || (takes.len() > 1 && takes.chars().all(|c| c.is_ascii_uppercase())) {
                assert!(commands.contains(&command), "{code}: reseat {command}");
                named += 1;
            }
        }
    }
    assert!(named > 20, "{named}");
}

#[test]
fn completions_and_the_manual_page_know_the_commands() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(desk.reseat(&["completions", shell]).is(0).stdout.contains("rollback"), "{shell}");
    }
    let page = desk.reseat(&["man"]).is(0).stdout;
    assert!(page.starts_with(".ie") && page.contains("RESEAT ROLLBACK") && page.contains("hub\\-root"), "{page}");
    assert!(desk.reseat(&["--help"]).is(0).stdout.contains("Put back what a restore replaced"));
    assert!(desk.reseat(&["--version"]).is(0).stdout.starts_with("reseat "));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let desk = Desk::new();
    let mut child = desk.command(&["explain"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(said, "");
}

#[test]
fn a_wrong_configuration_is_named_with_its_line_and_does_not_stop_explain() {
    let mut desk = Desk::new();
    let file = desk.root.parent().unwrap().join("config.toml");
    std::fs::write(&file, "warn_age_hours = 24\nbukket = \"x\"\n").unwrap();
    desk.variables.push(("RESEAT_CONFIG", file.display().to_string()));
    let ran = desk.reseat(&["list"]).is(2);
    assert!(ran.stderr.contains("line 2"), "{}", ran.stderr);
    desk.reseat(&["explain", "R101"]).is(0);
    desk.reseat(&["config", "example"]).is(0);
}
