//! The commands that only look: list, inspect, plan, and the ones about state.

use serde_json::json;

use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, OTHER_HUB, codes, hours_ago, key, sample, with_bucket};

#[test]
fn list_gives_one_line_for_each_backup() {
    let desk = Desk::new();
    let lines = desk.reseat(&["list", "--json"]).is(0).lines();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    for (field, value) in [
        ("schema", json!(1)),
        ("org", json!("acme-bio")),
        ("hub", json!(HUB)),
        ("connector", json!(OLD)),
        ("file", json!("sqlite.db")),
        ("version", json!(null)),
        ("latest", json!(true)),
        ("deleted", json!(false)),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert!(line["size"].as_u64().unwrap() > 0 && line["modified"].is_string());
    assert!(line.as_object().unwrap().contains_key("etag") && line.as_object().unwrap().contains_key("storageClass"));
    let text = desk.reseat(&["list"]).is(0).stdout;
    assert!(text.contains(&key(OLD)), "{text}");
}

#[test]
fn list_with_versions_names_older_ones_and_delete_markers() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    let first = bucket.put(&key(OLD), vec![1; 10], "2026-11-10T02:54:00Z").unwrap();
    bucket.put(&key(OLD), vec![2; 20], "2026-11-17T02:54:00Z");
    bucket.delete(&key(OLD), "2026-11-18T02:54:00Z");
    bucket.put("acme-bio/readme.txt", "x", "2026-11-18T02:54:00Z");
    let ran = desk.reseat(&["list", "--versions", "--json", "--org", "acme-bio", "--hub", HUB]).is(0);
    let lines = ran.lines();
    assert_eq!(lines.len(), 3, "{}", ran.stdout);
    assert_eq!(lines.iter().filter(|line| line["deleted"] == true).count(), 1);
    assert!(lines.iter().any(|line| line["version"] == json!(first) && line["latest"] == false));
    let beside = desk.reseat(&["list", "--versions"]).is(0);
    assert!(beside.stderr.contains("readme.txt  (not a connector backup)"), "{}", beside.stderr);
    assert!(bucket.only_read());
}

#[test]
fn inspect_says_what_is_inside() {
    let desk = Desk::new();
    let before = desk.tree();
    let document = desk.reseat(&["inspect", &key(OLD), "--json"]).is(0).json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["backup"]["org"], "acme-bio");
    assert_eq!(document["backup"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(document["identity"]["hub"], HUB);
    assert_eq!(document["identity"]["connector"], OLD);
    assert_eq!(document["identity"]["type"], "hrb-cellario");
    assert_eq!(document["identity"]["sources"], 1);
    assert!(document["newestEvent"].is_string());
    let index = json!({"name": "events_integration", "columns": ["integration"], "unique": false, "partial": false});
    let events = json!({"name": "Events", "rows": EVENTS, "indexes": [index]});
    assert!(document["tables"].as_array().unwrap().contains(&events), "{document}");
    assert_eq!(document["verdict"], "ok", "a healthy backup meets no warning: {document}");
    assert_eq!(desk.tree(), before);
    // The download shows among the restores, and can be forgotten.
    let listed = desk.reseat(&["restores", "--json"]).is(0).lines();
    assert_eq!(listed[0]["state"], "done");
    let id = listed[0]["restore"].as_str().unwrap();
    assert!(listed[0]["bytes"].as_u64().unwrap() > 0);
    desk.reseat(&["restores", "--forget", id, "--yes", "--json"]).is(0);
    assert_eq!(desk.reseat(&["restores", "--json"]).is(0).stdout, "");
}

#[test]
fn inspect_takes_an_address_a_version_and_a_file() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    let bytes = std::fs::read(desk.backup_path()).unwrap();
    let moment = hours_ago(3).to_string();
    let version = bucket.put(&key(OLD), bytes.clone(), &moment).unwrap();
    bucket.put(&key(OLD), bytes[..4096].to_vec(), &hours_ago(1).to_string());
    let address = format!("{}/{}?versionId={version}", bucket.source(), key(OLD));
    let document = desk.reseat(&["inspect", &address, "--json"]).is(0).json();
    assert_eq!(document["backup"]["version"], json!(version));
    // Without a version the newest is taken, and said.
    let newest = desk.reseat(&["inspect", &key(OLD), "--json"]).is(3).json();
    assert_eq!(newest["verdict"], "block");
    let found = codes(&newest);
    assert!(found.contains(&"R104".to_owned()) && found.contains(&"R203".to_owned()), "{found:?}");
    // A local path with the bucket's layout is checked like a key.
    let path = desk.backup_path();
    let document = desk.reseat(&["inspect", path.to_str().unwrap(), "--json"]).is(0).json();
    assert_eq!(document["backup"]["hub"], HUB);
    assert!(bucket.only_read());
}

#[test]
fn a_deleted_backup_is_found_behind_its_marker() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    bucket.put(&key(OLD), std::fs::read(desk.backup_path()).unwrap(), &hours_ago(3).to_string());
    bucket.delete(&key(OLD), &hours_ago(1).to_string());
    let document = desk.reseat(&["inspect", &key(OLD), "--json"]).is(0).json();
    let finding = document["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "R104").unwrap();
    assert!(finding["detail"].as_str().unwrap().contains("deleted in the bucket after it"), "{finding}");
}

#[test]
fn plan_is_the_preview_and_changes_nothing() {
    let desk = Desk::new();
    desk.backup(&reseat::database::sample::Sample { hub_in_cursors: true, ..sample(HUB, OLD, EVENTS) });
    let before = desk.tree();
    let document =
        desk.reseat(&["plan", &key(OLD), "--new-hub", OTHER_HUB, "--new-connector", NEW, "--json"]).is(0).json();
    assert_eq!(document["mapping"]["hub"], json!({"old": HUB, "new": OTHER_HUB}));
    assert_eq!(document["mapping"]["connector"], json!({"old": OLD, "new": NEW}));
    assert_eq!(document["changes"], json!([{"table": "Integrations", "rows": 1}, {"table": "Events", "rows": EVENTS}]));
    let examples = document["examples"].as_array().unwrap();
    let source = examples.iter().find(|example| example["column"] == "source").unwrap();
    assert!(source["old"].as_str().unwrap().contains(OLD) && source["new"].as_str().unwrap().contains(NEW));
    assert_eq!(document["leftovers"], json!([{"table": "Cursors", "column": "v", "rows": 1}]));
    let found = codes(&document);
    // Another hub than the connector's own database names, whose organisation the bucket does not show; and the leftover.
    for code in ["R309", "R413", "R408"] {
        assert!(found.contains(&code.to_owned()), "{code} in {found:?}");
    }
    assert_eq!(document["verdict"], "ask");
    assert_eq!(desk.tree(), before);
}

#[test]
fn the_usual_plan_stays_on_the_hub_and_finds_nothing() {
    let desk = Desk::new();
    let document = desk.reseat(&["plan", &key(OLD), "--new-connector", NEW, "--json"]).is(0).json();
    assert_eq!(document["mapping"]["hub"], json!({"old": HUB, "new": HUB}));
    assert_eq!(document["verdict"], "ok", "{document}");
}

#[test]
fn config_shows_each_value_with_its_origin_and_no_secret() {
    let (mut desk, _bucket) = with_bucket();
    desk.variables.push(("AWS_SESSION_TOKEN", "very-secret".to_owned()));
    let ran = desk.reseat(&["config", "show", "--json", "--profile", "support"]).is(0);
    let document = ran.json();
    let value =
        |key: &str| document["values"].as_array().unwrap().iter().find(|value| value["key"] == key).unwrap().clone();
    assert_eq!(value("profile"), json!({"key": "profile", "value": "support", "from": "flag"}));
    assert_eq!(value("source")["from"], "environment");
    assert_eq!(value("region")["from"], "default");
    assert!(!ran.stdout.contains("secret") && !ran.stdout.contains("AKIA"));
    let example = desk.reseat(&["config", "example"]).is(0).stdout;
    assert!(example.contains("[environments."), "{example}");
}
