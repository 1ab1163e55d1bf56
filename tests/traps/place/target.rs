//! R406 to R409, R411 to R413: what lies at the target, and around it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use reseat::database::sample::Sample;

use super::{SIBLING, find, planned, quiet, restore_stops, said, stops};
use crate::desk::{Desk, HUB, NEW, OLD, OTHER_HUB, hours_ago, key, sample};
use crate::support::bucket::Bucket;

/// Trap R407: seven events are in the new connector already.
/// Quiet R407: a database that was only just created holds none.
#[test]
fn a_target_that_holds_data() {
    let desk = Desk::new();
    quiet(&planned(&desk, &[]), "R407");
    desk.connector(&sample(HUB, NEW, 7));
    let finding = restore_stops(&desk, &[], "R407", "ask");
    assert!(finding["detail"].as_str().unwrap().contains("7 events"), "{finding}");
}

/// Trap R408: every other connector of this machine belongs to another hub.
/// Quiet R408: one of them belongs to the new hub.
#[test]
fn a_machine_of_another_hub() {
    let desk = Desk::new();
    desk.connector(&sample(OTHER_HUB, SIBLING, 0));
    let finding = restore_stops(&desk, &[], "R408", "warn");
    assert!(finding["detail"].as_str().unwrap().contains(OTHER_HUB), "{finding}");
    desk.connector(&sample(HUB, "d3c8f521-1111-4222-8333-9d5c00000000", 0));
    quiet(&planned(&desk, &[]), "R408");
}

/// Trap R409: the old connector's database is open here, or was written a moment ago.
/// Quiet R409: its folder alone, untouched for hours, is only mentioned.
#[test]
fn the_old_connector_still_runs() {
    let desk = Desk::new();
    let path = desk.connector(&sample(HUB, OLD, 5));
    let fresh = restore_stops(&desk, &[], "R409", "warn");
    assert!(fresh["detail"].as_str().unwrap().contains("was written"), "{fresh}");
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::from(hours_ago(3))).unwrap();
    let open = restore_stops(&desk, &[], "R409", "warn");
    assert!(open["detail"].as_str().unwrap().contains("is open here"), "{open}");
    drop(file);
    let plan = planned(&desk, &[]);
    quiet(&plan, "R409");
    said(&plan, "R409", "info");
}

/// Trap R411: the new connector's database is no database, or is written to at each look.
/// Quiet R411: a database in WAL mode whose last rows are in its log is read.
#[test]
fn a_target_that_cannot_be_read() {
    let desk = Desk::new();
    let target = desk.target(NEW);
    fs::write(&target, "somebody's notes").unwrap();
    let finding = restore_stops(&desk, &["--new-hub", HUB], "R411", "ask");
    assert!(finding["detail"].as_str().unwrap().contains("was not read"), "{finding}");

    fs::remove_file(&target).unwrap();
    Sample { wal: true, ..sample(HUB, NEW, 0) }.create(&target).unwrap();
    // So long that somebody writes during each copy of it, however busy the machine.
    fs::File::options().write(true).open(&target).unwrap().set_len(256 << 20).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (stop, file) = (Arc::clone(&stop), fs::File::options().write(true).open(&target).unwrap());
        std::thread::spawn(move || {
            for number in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // The counter of changes in the header: the file stays a database.
                file.write_all_at(&number.to_be_bytes()[4..], 24).unwrap();
            }
        })
    };
    let plan = planned(&desk, &["--new-hub", HUB]);
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    said(&plan, "R411", "ask");

    fs::remove_file(&target).unwrap();
    Sample { wal: true, ..sample(HUB, NEW, 0) }.create(&target).unwrap();
    let connection = rusqlite::Connection::open(&target).unwrap();
    connection.execute("insert into Settings values ('in the log', 1)", []).unwrap();
    assert!(fs::metadata(format!("{}-wal", target.display())).unwrap().len() > 0);
    quiet(&planned(&desk, &[]), "R411");
}

/// Trap R412: planned on a machine without a hub folder.
/// Quiet R412: planned on the hub itself.
#[test]
fn another_machine_than_the_hub() {
    let desk = Desk::new();
    assert!(find(&planned(&desk, &[]), "R412").is_none());
    if std::path::Path::new("/var/datahub").exists() {
        eprintln!("NOT TRIED: this machine has a hub folder of its own");
        return;
    }
    let words = ["plan", &key(OLD), "--new-hub", HUB, "--new-connector", NEW, "--json"];
    let output = desk.command(&words).env_remove("RESEAT_HUB_ROOT").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = said(&plan, "R412", "info");
    assert!(finding["detail"].as_str().unwrap().contains("no hub folder"), "{finding}");
    assert_eq!(plan["verdict"], "ok");
}

/// Lays a backup of a connector under an organisation.
fn backup_of(desk: &Desk, org: &str, hub: &str, connector: &str) {
    let path = desk.folder.join(format!("{org}/datahub/{hub}/connector/{connector}/sqlite.db"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    sample(hub, connector, 0).create(&path).unwrap();
}

/// Trap R413: the new hub's backups lie under another organisation, or the new connector's do, whatever the hub.
/// Quiet R413: both have their backups under the organisation of the backup; the usual restore on the same hub.
#[test]
fn another_organisation() {
    let other = &["--new-hub", OTHER_HUB];
    let desk = Desk::new();
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    restore_stops(&desk, other, "R413", "ask");
    backup_of(&desk, "acme", OTHER_HUB, SIBLING);
    let finding = restore_stops(&desk, other, "R413", "block");
    assert!(finding["detail"].as_str().unwrap().contains("the new hub"), "{finding}");

    // The hub is of this organisation, and the connector had a backup under another one.
    let desk = Desk::new();
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    backup_of(&desk, "acme-bio", OTHER_HUB, SIBLING);
    assert!(find(&planned(&desk, &[]), "R413").is_none());
    backup_of(&desk, "zeta", SIBLING, NEW);
    let finding = restore_stops(&desk, &[], "R413", "block");
    assert!(finding["detail"].as_str().unwrap().contains("the new connector"), "{finding}");

    // The same on the hub of the backup itself.
    let desk = Desk::new();
    assert_eq!(planned(&desk, &[])["verdict"], "ok");
    backup_of(&desk, "acme-bio", HUB, NEW);
    assert!(find(&planned(&desk, &[]), "R413").is_none());
    let desk = Desk::new();
    backup_of(&desk, "acme", OTHER_HUB, NEW);
    restore_stops(&desk, &[], "R413", "block");
}

/// Trap R413: the bucket may be read, and not listed: nobody can tell the organisation, so it is asked.
#[test]
fn an_organisation_that_cannot_be_seen() {
    let bucket = Bucket::start();
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    bucket.put(&key(OLD), fs::read(desk.backup_path()).unwrap(), &hours_ago(3).to_string());
    bucket.deny_list();
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    let words = ["restore", &key(OLD), "--new-connector", NEW];
    let finding = stops(&desk, &words, "R413", "ask");
    assert!(finding["detail"].as_str().unwrap().contains("is not seen"), "{finding}");
    assert!(bucket.only_read());
}
