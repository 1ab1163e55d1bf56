//! What a document says, for tests of traps.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::desk::{Desk, NEW, OLD, OTHER_HUB, Ran, codes, key, sample};

/// A desk whose backup was changed by these statements.
pub fn with_sql(statements: &str) -> Desk {
    let desk = Desk::new();
    sql(&desk.backup_path(), statements);
    desk
}

/// A desk whose backup's bytes were changed.
pub fn with_bytes(change: impl FnOnce(&mut Vec<u8>)) -> Desk {
    let desk = Desk::new();
    let mut bytes = fs::read(desk.backup_path()).unwrap();
    change(&mut bytes);
    fs::write(desk.backup_path(), bytes).unwrap();
    desk
}

/// Runs statements, foreign keys off, as a careless tool does.
pub fn sql(path: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
    connection.execute_batch(statements).unwrap();
}

/// `inspect` of the desk's backup.
pub fn inspect(desk: &Desk) -> Value {
    desk.reseat(&["inspect", &key(OLD), "--json"]).json()
}

/// `plan` of the usual restore: a new connector on the same hub.
pub fn plan(desk: &Desk) -> Value {
    desk.reseat(&["plan", &key(OLD), "--new-connector", NEW, "--json"]).json()
}

/// `plan` of a move to another hub, on which the new connector is.
pub fn plan_to_another_hub(desk: &Desk) -> Value {
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    desk.reseat(&["plan", &key(OLD), "--new-hub", OTHER_HUB, "--new-connector", NEW, "--json"]).json()
}

/// `rewrite`, with what has to be accepted.
pub fn rewrite(desk: &Desk, output: &Path, new_hub: &str, accepted: &[&str]) -> Ran {
    let (backup, output) = (key(OLD), output.to_str().unwrap());
    let mut words = vec!["rewrite", &backup, "--new-hub", new_hub, "--new-connector", NEW, "--output", output];
    for code in accepted {
        words.extend(["--accept", code]);
    }
    words.push("--json");
    desk.reseat(&words)
}

/// The document has this finding, of this severity, and its detail has all these words.
#[track_caller]
pub fn says(document: &Value, code: &str, severity: &str, words: &[&str]) {
    let found = document["findings"].as_array().unwrap_or_else(|| panic!("no findings: {document:#}"));
    let found: Vec<&Value> = found.iter().filter(|finding| finding["code"] == code).collect();
    let fits = |finding: &&&Value| {
        let detail = finding["detail"].as_str().unwrap();
        finding["severity"] == severity && words.iter().all(|word| detail.contains(word))
    };
    assert!(found.iter().any(|finding| fits(&finding)), "no {severity} {code} with {words:?} in {document:#}");
    // The verdict is never better than a finding.
    let verdict = document["verdict"].as_str().unwrap();
    let rank = |word: &str| ["ok", "info", "warn", "ask", "block"].iter().position(|known| *known == word).unwrap();
    assert!(rank(verdict) >= rank(severity) || severity == "info", "{verdict} with {severity} {code}");
}

/// The document does not have this finding.
#[track_caller]
pub fn is_silent(document: &Value, code: &str) {
    assert!(!codes(document).iter().any(|found| found == code), "{code} in {document:#}");
}
