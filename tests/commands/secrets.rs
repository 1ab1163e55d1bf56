//! A planted secret reaches no document, report, journal or log; hostile keys and names move nothing.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::desk::{Desk, EVENTS, HUB, NEW, OLD, sample, walk};

const SECRET: &str = "Zq7hunter2Zq";
const BULLETS: &str = "••••••";

/// A desk whose backup holds the secret in its metadata, in cells, and in an event's source.
fn planted() -> Desk {
    let desk = Desk::new();
    let mut old = sample(HUB, OLD, EVENTS);
    old.metadata = format!(
        r#"{{"site":"BOS-3","login":{{"user":"svc","password":"{SECRET}"}},"url":"amqp://svc:{SECRET}@mq/lab","note":"Server=x;Pwd={SECRET};"}}"#
    );
    old.tags = format!(r#"["cellario",{{"name":"apiKey","value":"{SECRET}"}}]"#);
    let path = desk.backup(&old);
    let connection = Connection::open(path).unwrap();
    connection.execute("INSERT INTO Settings VALUES ('db_password', ?1)", [SECRET]).unwrap();
    // The old ID beside a secret: a leftover whose row is an example.
    connection.execute("INSERT INTO Cursors VALUES (?1, ?2)", [&format!("token={SECRET}"), OLD]).unwrap();
    desk
}

#[track_caller]
fn clean(what: &str, text: &str) {
    assert!(!text.contains(SECRET), "{what}: {text}");
}

/// The files of the state folder that reseat writes to be read: all but the databases.
fn written(folder: &Path) -> String {
    let mut tree = std::collections::BTreeMap::new();
    walk(folder, &mut tree);
    let words = tree.into_iter().filter(|(path, _)| {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        matches!(end, "json" | "jsonl" | "md" | "log" | "txt")
    });
    let all: Vec<String> =
        words.map(|(path, bytes)| format!("{}\n{}", path.display(), String::from_utf8_lossy(&bytes))).collect();
    assert!(all.iter().any(|file| file.contains("report.json")), "{all:?}");
    assert!(all.iter().any(|file| file.contains("journal.jsonl")), "{all:?}");
    all.join("\n")
}

#[test]
fn a_planted_secret_is_in_no_output() {
    let desk = planted();
    let backup = desk.backup_path().display().to_string();
    for words in [
        vec!["inspect", &backup],
        vec!["inspect", &backup, "--json"],
        vec!["plan", &backup, "--new-connector", NEW],
        vec!["plan", &backup, "--new-connector", NEW, "--json"],
        vec!["list"],
        vec!["list", "--json"],
    ] {
        let ran = desk.reseat(&words).is(0);
        clean(&words.join(" "), &ran.stdout);
        clean(&words.join(" "), &ran.stderr);
    }
    let plan = desk.reseat(&["plan", &backup, "--new-connector", NEW, "--json"]).is(0);
    assert!(plan.stdout.contains(BULLETS), "what is masked stays recognisable: {}", plan.stdout);
    let document = plan.json();
    let old = document["examples"].as_array().unwrap().iter().find(|one| one["column"] == "source").unwrap();
    let source: serde_json::Value = serde_json::from_str(old["old"].as_str().unwrap()).unwrap();
    assert_eq!(source["metadata"]["login"]["password"], BULLETS);
    assert_eq!((source["id"].as_str(), source["integrationId"].as_str()), (Some(OLD), Some(HUB)), "IDs stay");
    let metadata = document["witnesses"].as_array().unwrap().iter().find(|one| one["of"] == "metadata").unwrap();
    assert_eq!((metadata["agree"].as_bool(), &metadata["disagreements"][0]["code"]), (Some(false), &"R405".into()));
}

#[test]
fn a_planted_secret_is_in_no_report_journal_or_log() {
    let desk = planted();
    let backup = desk.backup_path().display().to_string();
    let accept = ["--accept", "R405", "--accept", "R309"];
    let words = [["restore", &backup, "--new-connector", NEW, "--yes"].as_slice(), &accept].concat();
    let ran = desk.reseat(&words).is(0);
    clean("restore", &ran.stdout);
    clean("restore", &ran.stderr);
    let all = written(&desk.state);
    clean("state folder", &all);
    assert!(all.contains("What each witness said") && all.contains(BULLETS), "{all}");
    // What was placed still has it: masking is for eyes only.
    let placed: String = Connection::open(desk.target(NEW))
        .unwrap()
        .query_row("SELECT value FROM Settings WHERE name = 'db_password'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(placed, SECRET);
}

/// What a terminal would obey, a shell would run, or an eye would not see.
const HOSTILE: [&str; 6] =
    ["\u{1b}[2Jevil", "a\u{202e}bd.etilqs", "x\u{200b}y", "; touch pwned $(id) `id` '", "line\nbreak", "-rf"];

#[track_caller]
fn harmless(text: &str) {
    for c in text.chars().filter(|c| *c != '\n') {
        let hidden =
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!hidden, "U+{:04X} in {text:?}", u32::from(c));
    }
}

#[test]
fn hostile_names_in_a_file_and_keys_in_a_folder_move_nothing() {
    for name in HOSTILE {
        let desk = Desk::new();
        let mut old = sample(HUB, OLD, EVENTS);
        old.name = name.to_owned();
        desk.backup(&old);
        // Another organisation of that name, beside the good one.
        let key = format!("{name}/datahub/{HUB}/connector/{OLD}/{name}");
        let path = desk.folder.join(key.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        sample(HUB, OLD, 1).create(&path).unwrap();
        let before = desk.tree();
        let backup = desk.backup_path().display().to_string();
        for words in [
            vec!["list"],
            vec!["list", "--json", "--versions"],
            vec!["inspect", &backup],
            vec!["inspect", path.to_str().unwrap(), "--json"],
            vec!["plan", &backup, "--new-connector", NEW],
            vec!["restore", &backup, "--new-connector", NEW, "--yes", "--accept", "R405"],
            vec!["restores"],
            vec!["restores", "--json"],
        ] {
            let ran = desk.reseat(&words);
            harmless(&ran.stdout);
            harmless(&ran.stderr);
            assert!(ran.status == 0 || ran.status == 3, "{words:?}: {} {}", ran.status, ran.stderr);
        }
        harmless(&written(&desk.state));
        let mut tree = std::collections::BTreeMap::new();
        walk(&desk.state, &mut tree);
        for path in tree.keys() {
            harmless(path.to_str().unwrap());
            assert!(
                !path.to_str().unwrap().contains("evil"),
                "{path:?}: names under the state folder are reseat's own"
            );
        }
        assert!(before.keys().all(|path| desk.tree().contains_key(path)), "nothing went");
        assert!(!Path::new("pwned").exists());
    }
}

#[test]
fn a_key_is_never_a_path_out_of_the_source() {
    let desk = Desk::new();
    let outside = desk.folder.parent().unwrap().join("outside.db");
    sample(HUB, OLD, 1).create(&outside).unwrap();
    let long = format!("acme-bio/{}", "k".repeat(1_100));
    for key in ["acme-bio/../../outside.db", "acme-bio/./x", "acme-bio//x", "acme-bio/\nx", long.as_str()] {
        let ran = desk.reseat(&["inspect", key, "--json"]);
        assert!(matches!(ran.status, 1..=4), "{key}: {} {}", ran.status, ran.stdout);
        assert!(!ran.stdout.contains("\"sha256\":\""), "{key} was read: {}", ran.stdout);
        harmless(&ran.stdout);
        harmless(&ran.stderr);
    }
}

#[test]
fn names_that_look_alike_are_told_apart() {
    let desk = Desk::new();
    let mut new = sample(HUB, NEW, 0);
    new.name = "Cellario B\u{43e}ston".to_owned();
    desk.connector(&new);
    let backup = desk.backup_path().display().to_string();
    let plan = desk.reseat(&["plan", &backup, "--new-connector", NEW, "--json"]).is(0).json();
    let finding = plan["findings"].as_array().unwrap().iter().find(|one| one["code"] == "R405").unwrap().clone();
    let detail = finding["detail"].as_str().unwrap();
    assert!(
        detail.contains("they look alike, but character 11 is U+006F in the backup, U+043E in the new one"),
        "{detail}"
    );
}
