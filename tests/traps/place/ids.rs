//! R401 to R405, R410: the new IDs, and the connector that they name. R505: what the rewrite leaves as it was.

use std::fs;

use reseat::database::sample::Sample;

use super::{find, planned, quiet, restore_stops, said, stops};
use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, OTHER_HUB, key, sample};

/// Trap R401: a digit of the connector's ID is missing, or it is the nil UUID.
/// Quiet R401: an ID in upper case, with blanks and braces, is trimmed without a word.
#[test]
fn what_is_no_id() {
    let desk = Desk::new();
    let backup = key(OLD);
    for wrong in [&NEW[..35], "00000000-0000-0000-0000-000000000000", ""] {
        stops(&desk, &["restore", &backup, "--new-hub", HUB, "--new-connector", wrong], "R401", "block");
        stops(&desk, &["restore", &backup, "--new-hub", wrong, "--new-connector", NEW], "R401", "block");
    }
    let dressed = format!(" {{{}}} ", NEW.to_uppercase());
    let plan = desk.reseat(&["plan", &backup, "--new-connector", &dressed, "--json"]).is(0).json();
    assert_eq!(plan["verdict"], "ok");
    assert_eq!(plan["mapping"]["connector"]["new"], NEW);
}

/// Trap R402: no hub folder is here, and the bucket holds backups of a hub under the connector's ID.
#[test]
fn a_hub_of_the_bucket_is_no_connector() {
    let desk = Desk::new();
    let backup = desk.backup_path();
    let of_hub = desk.folder.join(format!("acme-bio/datahub/{OTHER_HUB}/connector/{NEW}/sqlite.db"));
    fs::create_dir_all(of_hub.parent().unwrap()).unwrap();
    fs::copy(&backup, &of_hub).unwrap();
    fs::remove_dir_all(&desk.root).unwrap();
    let words = ["plan", &key(OLD), "--new-hub", NEW, "--new-connector", OTHER_HUB, "--json"];
    let document = desk.reseat(&words).is(3).json();
    let swapped = find(&document, "R402").unwrap();
    assert!(swapped["detail"].as_str().unwrap().contains(OTHER_HUB), "{swapped}");
    let right = ["plan", &key(OLD), "--new-hub", OTHER_HUB, "--new-connector", NEW, "--json"];
    assert!(find(&desk.reseat(&right).is(0).json(), "R402").is_none());
}

/// Trap R402: the two IDs are swapped, both are the same, or a connector of this machine is given as the hub.
/// Quiet R402: a hub that nobody here has heard of.
#[test]
fn hub_and_connector_swapped() {
    let desk = Desk::new();
    let backup = key(OLD);
    for (hub, connector) in [(NEW, HUB), (NEW, NEW), (OLD, NEW), (OTHER_HUB, HUB)] {
        stops(&desk, &["restore", &backup, "--new-hub", hub, "--new-connector", connector], "R402", "block");
    }
    assert!(find(&planned(&desk, &["--new-hub", OTHER_HUB]), "R402").is_none());
}

/// Trap R403: the backup holds the new connector already, beside the old one.
/// Quiet R403: the hub stays the same, as in most restores.
#[test]
fn a_new_id_that_is_in_the_backup_already() {
    let desk = Desk::new();
    assert!(find(&planned(&desk, &[]), "R403").is_none());
    let (old, new) = (sample(HUB, OLD, 0).source(), sample(HUB, NEW, 0).source());
    let connection = rusqlite::Connection::open(desk.backup_path()).unwrap();
    connection.execute("update Integrations set sources = ?1", [format!("[{old},{new}]")]).unwrap();
    drop(connection);
    let finding = restore_stops(&desk, &["--accept", "R304"], "R403", "block");
    assert!(finding["detail"].as_str().unwrap().contains(NEW));
}

/// Trap R404: the new connector was created with another type.
/// Quiet R404: a type that nobody documented, the same on both sides.
#[test]
fn another_type() {
    let desk = Desk::new();
    desk.connector(&Sample { kind: "solace".to_owned(), ..sample(HUB, NEW, 0) });
    restore_stops(&desk, &["--accept", "R404"], "R404", "block");
    desk.backup(&Sample { kind: "lab-of-2031".to_owned(), ..sample(HUB, OLD, EVENTS) });
    desk.connector(&Sample { kind: "lab-of-2031".to_owned(), ..sample(HUB, NEW, 0) });
    assert_eq!(planned(&desk, &[])["verdict"], "ok");
}

/// Trap R405: the new connector has another name and lacks a tag.
/// Quiet R405: the same metadata with other blanks, which mean nothing.
#[test]
fn another_description() {
    let desk = Desk::new();
    let other = Sample { name: "Cellario Bosten".into(), tags: r#"["cellario"]"#.into(), ..sample(HUB, NEW, 0) };
    desk.connector(&other);
    let finding = restore_stops(&desk, &[], "R405", "warn");
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.contains("Cellario Bosten") && detail.contains("tags"), "{detail}");
    desk.connector(&Sample { metadata: r#"{ "site" : "BOS-3" }"#.into(), ..sample(HUB, NEW, 0) });
    assert!(find(&planned(&desk, &[]), "R405").is_none());
}

/// Trap R410: the old connector itself is given as the new one.
/// Quiet R410: only the connector changes, or only the hub.
#[test]
fn nothing_changes() {
    let desk = Desk::new();
    desk.connector(&sample(HUB, OLD, 0));
    let backup = key(OLD);
    stops(&desk, &["restore", &backup, "--new-connector", OLD], "R410", "ask");
    assert!(find(&planned(&desk, &[]), "R410").is_none());
    let words = ["plan", &backup, "--new-hub", OTHER_HUB, "--new-connector", OLD, "--json"];
    let plan = desk.reseat(&words).json();
    said(&plan, "R413", "ask");
    quiet(&plan, "R410");
}

/// Quiet R505: a foreign key that was broken in the backup is broken in the same way after the rewrite.
#[test]
fn what_was_broken_before() {
    let desk = Desk::new();
    for path in [desk.backup_path(), desk.target(NEW)] {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
        let table = "create table Notes (event integer references Events (id)); insert into Notes values (4711)";
        connection.execute_batch(table).unwrap();
    }
    restore_stops(&desk, &[], "R206", "warn");
    let output = desk.folder.parent().unwrap().join("out.db");
    let backup = key(OLD);
    let words = ["rewrite", &backup, "--new-connector", NEW, "--output", output.to_str().unwrap(), "--json"];
    let ran = desk.reseat(&[&words[..], &["--accept", "R206"]].concat()).is(0);
    assert_eq!(ran.json()["verified"], true);
    assert!(find(&ran.json(), "R505").is_none());
}

/// Trap R413: the source is one file, and another hub is given: nothing can tell whose hub it is.
/// Quiet R413: the source is one file, and the hub stays.
#[test]
fn one_file_does_not_tell_whose_hub_it_is() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    let document = |hub| desk.reseat(&["plan", &backup, "--new-hub", hub, "--new-connector", NEW, "--json"]).json();
    assert_eq!(find(&document(OTHER_HUB), "R413").unwrap()["severity"], "ask");
    assert!(find(&document(HUB), "R413").is_none());
}
