//! The house keeps its floors: a module imports only from floors below its own, and `unsafe` stands in one module.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of the map in `src/lib.rs`, lowest first. Modules of one floor do not import each other, but for floor 0,
/// whose words everyone uses.
const FLOORS: &[&[&str]] = &[
    &["identity", "finding", "config", "text", "files", "progress", "ranges", "world"],
    &["database", "arguments"],
    &["catalog", "hub", "guide"],
    &["restore", "keys"],
    &["wizard"],
    &["view"],
    &["runtime"],
    &["commands"],
    &["main"],
];

/// Modules that lift `unsafe_code = "deny"`, each with the reason written in it.
const UNSAFE_ALLOWED: &[&str] = &["database/remote/vfs.rs"];

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

fn all_sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The top-level modules that a source file names as `crate::module` (or `reseat::module` in `main.rs`), with `use` groups.
fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for prefix in ["crate::", "reseat::"] {
            for (at, _) in line.match_indices(prefix) {
                let rest = &line[at + prefix.len()..];
                let names = rest.strip_prefix('{').map_or(rest, |group| group);
                let names = if rest.starts_with('{') { names.split(',').collect() } else { vec![names] };
                for name in names {
                    let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    found.push(name);
                }
            }
        }
    }
    found
}

#[test]
fn imports_only_point_down() {
    let floor: BTreeMap<&str, usize> = FLOORS
        .iter()
        .enumerate()
        .flat_map(|(floor, modules)| modules.iter().map(move |module| (*module, floor)))
        .collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, source) in all_sources() {
        let module = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let own = *floor.get(module.as_str()).unwrap_or_else(|| panic!("{module} stands on no floor"));
        // Tests of a module may use what they like of the house.
        let source = source.split("#[cfg(test)]").next().unwrap();
        if path.ends_with("tests.rs") || path.iter().any(|part| part == "tests") {
            continue;
        }
        for name in imports(source) {
            let Some(&other) = floor.get(name.as_str()) else { continue };
            seen += 1;
            if name != module && (other > own || (other == own && own != 0)) {
                wrong.push(format!("{} (floor {own}) imports {name} (floor {other})", path.display()));
            }
        }
    }
    assert!(seen > 0, "the test reads no imports at all");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_is_lifted_nowhere_else() {
    let lifting: Vec<String> = all_sources()
        .into_iter()
        .filter(|(_, source)| source.contains("allow(unsafe_code") || source.contains("expect(unsafe_code"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(lifting, UNSAFE_ALLOWED);
}

#[test]
fn foreign_types_stay_behind_their_doors() {
    for (path, source) in all_sources() {
        let name = path.display().to_string();
        let uses = |word: &str| source.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(word));
        assert!(!uses("rusqlite::") || name.starts_with("database") || name.starts_with("hub"), "{name} uses rusqlite");
        for word in ["aws_sdk_s3::", "aws_config::"] {
            assert!(!uses(word) || name.starts_with("catalog/s3"), "{name} uses {word}");
        }
        let draws = ["view", "runtime", "wizard", "keys"].iter().any(|door| name.starts_with(door));
        assert!(!uses("ratatui::") || draws, "{name} draws");
    }
}
