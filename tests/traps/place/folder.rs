//! R406: the connector has no database here, or not even a folder. Accepted, placing makes it, and a rollback takes it away.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use super::{NOBODY, SIBLING, find, place_stops, planned, quiet, restore_stops, rewritten, run, said};
use crate::desk::{Desk, HUB, NEW, OLD, is_root, key, sample};

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
