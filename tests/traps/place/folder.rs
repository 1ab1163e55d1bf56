//! R406: the connector has no database here, or not even a folder. Accepted, placing makes it, and a rollback takes it away.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use super::{NOBODY, SIBLING, find, place_stops, planned, quiet, restore_stops, rewritten, run, said};
use crate::desk::{Desk, HUB, NEW, OLD, is_root, key, sample};
use crate::support::terminal::Starter;

fn without_folder() -> Desk {
    let desk = Desk::new();
    fs::remove_dir_all(desk.root.join(NEW)).unwrap();
    desk
}

/// Trap R406: the connector was never started: no database, or no folder, in each command that needs one.
/// Quiet R406: an empty database is there.
#[test]
fn a_target_that_is_not_there() {
    let desk = Desk::new();
    assert!(find(&planned(&desk, &[]), "R406").is_none());
    let file = rewritten(&desk);
    fs::remove_file(desk.target(NEW)).unwrap();
    let with_hub = &["--new-hub", HUB];
    for what in ["database", "folder"] {
        let finding = restore_stops(&desk, with_hub, "R406", "ask");
        assert!(finding["detail"].as_str().unwrap().contains(&format!("no {what}")), "{finding}");
        restore_stops(&desk, &[], "R406", "ask");
        if is_root() {
            place_stops(&desk, &file, &[], "R406", "ask");
        }
        let _ = fs::remove_dir(desk.root.join(NEW));
    }
}

#[test]
fn an_accepted_folder_is_made_as_those_of_the_others_and_goes_with_a_rollback() {
    if !is_root() {
        return;
    }
    let desk = without_folder();
    let sibling = desk.connector(&sample(HUB, SIBLING, 0));
    for path in [sibling.as_path(), sibling.parent().unwrap()] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(sibling.parent().unwrap(), fs::Permissions::from_mode(0o2750)).unwrap();
    fs::set_permissions(&sibling, fs::Permissions::from_mode(0o640)).unwrap();
    let before = desk.tree();
    let words = ["restore", &key(OLD), "--new-hub", HUB, "--new-connector", NEW, "--accept", "R406"];
    let document = run(&desk, &words).is(0).json();
    let made = said(&document["place"], "R603", "info");
    assert!(document["place"].to_string().contains("The connector's folder is made"), "{made}");
    let looks = |path: &std::path::Path| {
        let status = fs::metadata(path).unwrap();
        (status.uid(), status.gid(), status.mode() & 0o7777)
    };
    assert_eq!(looks(&desk.root.join(NEW)), (NOBODY, NOBODY, 0o2750));
    assert_eq!(looks(&desk.target(NEW)), (NOBODY, NOBODY, 0o640));
    let id = document["restore"].as_str().unwrap();
    let report = fs::read_to_string(desk.state.join(id).join("report.md")).unwrap();
    assert!(report.contains("make the connector's folder") || report.contains("R406"), "{report}");

    desk.reseat(&["rollback", id, "--yes", "--json"]).is(0);
    assert!(!desk.root.join(NEW).exists(), "the folder is gone");
    assert_eq!(desk.tree(), before);
    assert_eq!(fs::read_dir(&desk.root).unwrap().count(), 1, "nothing is left among the connectors");
}

#[test]
fn a_folder_that_holds_somebody_elses_file_stays() {
    if !is_root() {
        return;
    }
    let desk = without_folder();
    let words = ["restore", &key(OLD), "--new-hub", HUB, "--new-connector", NEW, "--accept", "R406"];
    let document = run(&desk, &words).is(0).json();
    fs::write(desk.root.join(NEW).join("connector.log"), "started").unwrap();
    desk.reseat(&["rollback", document["restore"].as_str().unwrap(), "--yes", "--json"]).is(0);
    let left: Vec<_> = fs::read_dir(desk.root.join(NEW)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["connector.log"]);
}

#[test]
fn a_hub_folder_that_is_not_there_is_a_wrong_usage() {
    let desk = Desk::new();
    let file = rewritten(&desk);
    fs::remove_dir_all(&desk.root).unwrap();
    let ran = run(&desk, &["place", file.to_str().unwrap(), "--connector", NEW, "--accept", "R406"]).is(2);
    assert!(ran.stderr.contains("--hub-root"), "{}", ran.stderr);
    assert!(!desk.root.exists());
    let plan = planned(&desk, &["--new-hub", HUB]);
    quiet(&plan, "R407");
    said(&plan, "R406", "ask");
}

/// Trap R406: IDs are pasted of a connector that has no folder here; accepted in the wizard, placing makes it.
#[test]
fn by_keys_it_is_accepted_once_and_placed() {
    if !is_root() {
        return;
    }
    let desk = without_folder();
    let before = desk.tree();
    let program = assert_cmd::cargo::cargo_bin!("reseat").to_str().unwrap().to_owned();
    let mut terminal = Starter::program(&program, &[], desk.folder.parent().unwrap())
        .env("RESEAT_STATE_DIR", desk.state.to_str().unwrap())
        .env("RESEAT_HUB_ROOT", desk.root.to_str().unwrap())
        .env("RESEAT_SOURCE", &desk.source)
        .size(100, 30)
        .start();
    terminal.wait_for("Where are the backups?");
    terminal.send("\r");
    terminal.wait("the checks end", |screen| screen.contains("✓ Folder"));
    terminal.send("\r");
    terminal.wait("the organisation", |screen| screen.contains("► acme-bio "));
    terminal.send("\r");
    terminal.wait("the connector", |screen| screen.lines().any(|line| line.contains("►") && line.contains(&OLD[..8])));
    terminal.send("\r");
    terminal.wait_for("Which version");
    terminal.send("\r");
    terminal.wait_for("✓ It is sound");
    terminal.send("\r");
    terminal.wait_for("Where shall it live?");
    terminal.send("p");
    terminal.wait_for("Paste the two new IDs");
    terminal.paste(&format!("{HUB} {NEW}"));
    terminal.wait_for("Enter takes this hub and this connector");
    terminal.send("\r");
    terminal.wait_for("? R406");
    terminal.send("y");
    terminal.wait_for("Enter rewrites");
    terminal.send("\r");
    terminal.wait_for("✓ Yes. Only what was planned");
    terminal.send("\r");
    terminal.wait_for("no folder: placing makes it");
    terminal.wait_for("ID from the platform");
    terminal.type_slowly(&NEW[..8]);
    terminal.send("\r");
    terminal.wait_for("The restored database is in its place.");
    assert!(desk.target(NEW).is_file());
    terminal.send("q");
    terminal.status();
    let id = desk.reseat(&["restores", "--json"]).lines().last().unwrap()["restore"].as_str().unwrap().to_owned();
    let report = fs::read_to_string(desk.state.join(&id).join("report.md")).unwrap();
    let line = report.lines().find(|line| line.contains("R406")).unwrap();
    assert!(line.contains("ccepted") && !line.contains("Not accepted"), "{line}");
    desk.reseat(&["rollback", &id, "--yes", "--json"]).is(0);
    assert!(!desk.root.join(NEW).exists());
    assert_eq!(desk.tree(), before);
}
