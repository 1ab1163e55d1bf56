//! Each code of a finding has a test that walks into its trap and one that shows when it stays silent; the table of them is
//! generated here, and is a part of the crate's documentation (`reseat::finding::traps`).
//!
//! A test says so in a documentation line of its own: `Trap R203: how it is provoked.`, `Quiet R203: when it is not said.`
//! After a change of such a line, `RESEAT_BLESS=1 cargo test --test traps` writes the table anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use reseat::finding::Code;

const TABLE: &str = "src/finding/traps.md";

/// One line of a test's documentation: which code, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    quiet: bool,
    how: String,
    test: String,
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `Trap R203: how` or `Quiet R203: how`, as it stands behind `///`.
fn parse(line: &str) -> Option<(Code, bool, &str)> {
    let (quiet, rest) = match line.split_once(' ')? {
        ("Trap", rest) => (false, rest),
        ("Quiet", rest) => (true, rest),
        _ => return None,
    };
    let (code, how) = rest.split_once(": ")?;
    Some((code.parse().ok()?, quiet, how.trim()))
}

/// What the tests of one file say. A line that no test follows is a mistake.
fn said_in(name: &str, source: &str, found: &mut BTreeMap<Code, Vec<Said>>) {
    let mut pending: Vec<(Code, bool, String)> = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            pending.extend(parse(text).map(|(code, quiet, how)| (code, quiet, how.to_owned())));
        } else if line.starts_with("#[") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
        } else if let Some(function) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            let test = function.split('(').next().unwrap_or_default();
            assert!(pending.is_empty() || is_test, "{name}: {test} speaks of a trap and is no test");
            for (code, quiet, how) in pending.drain(..) {
                found.entry(code).or_default().push(Said { quiet, how, test: format!("{name} {test}") });
            }
            is_test = false;
        } else {
            assert!(pending.is_empty(), "{name}: no test follows the lines about {:?}", pending[0].0);
            is_test = false;
        }
    }
    assert!(pending.is_empty(), "{name}: no test follows the last lines about a trap");
}

fn all() -> BTreeMap<Code, Vec<Said>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut paths);
    }
    let mut found = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if name != "tests/traps.rs" {
            said_in(&name, &fs::read_to_string(&path).unwrap(), &mut found);
        }
    }
    for said in found.values_mut() {
        said.sort();
    }
    found
}

fn table(all: &BTreeMap<Code, Vec<Said>>) -> String {
    let mut out = String::from(
        "Every trap, how the tests walk into it, and when it stays silent. Written by `tests/traps.rs`.\n\n\
         | code | how it is provoked, or when it is silent | test |\n| --- | --- | --- |\n",
    );
    for (code, said) in all {
        for Said { quiet, how, test } in said {
            let silent = if *quiet { "silent: " } else { "" };
            let _ = writeln!(out, "| {code} | {silent}{} | `{test}` |", how.replace('|', "\\|"));
        }
    }
    out
}

#[test]
fn every_code_is_walked_into_and_kept_silent() {
    let all = all();
    let lacks = |quiet| {
        let said = |code: &&Code| all.get(code).is_some_and(|said| said.iter().any(|said| said.quiet == quiet));
        Code::ALL.iter().filter(|code| !said(code)).map(|code| code.as_str()).collect::<Vec<_>>()
    };
    let (walked, silent) = (lacks(false), lacks(true));
    assert!(
        walked.is_empty() && silent.is_empty(),
        "no test walks into {walked:?}; none shows the silence of {silent:?}"
    );
}

#[test]
fn the_table_is_what_the_tests_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let table = table(&all());
    if std::env::var_os("RESEAT_BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == table, "{TABLE} is not what the tests say: run RESEAT_BLESS=1 cargo test --test traps");
}

#[test]
fn lines_about_traps_are_found() {
    let mut found = BTreeMap::new();
    said_in("a.rs", "/// Other words.\n/// Trap R203: cut.\n/// Quiet r209: a | b\n#[test]\nfn one() {\n", &mut found);
    let said = |quiet, how: &str| vec![Said { quiet, how: how.into(), test: "a.rs one".into() }];
    assert_eq!(found, BTreeMap::from([(Code::R203, said(false, "cut.")), (Code::R209, said(true, "a | b"))]));
    assert!(table(&found).contains("| R209 | silent: a \\| b | `a.rs one` |"));
}
