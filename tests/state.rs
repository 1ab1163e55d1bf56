//! What a restore leaves in the state folder: journal, downloads, list, forgetting. In temporary folders, without network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/engines.rs"]
mod engines;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use engines::{NEW, backup, engine_in, keep, mapping, with_download};
use proptest::prelude::*;
use reseat::catalog::Backup;
use reseat::finding::{Code, Finding, Severity};
use reseat::guide;
use reseat::hub::service::{Service, ServiceKind};
use reseat::progress::Cancel;
use reseat::restore::documents::RestoresLine;
use reseat::restore::engine::{Rechecked, Still};
use reseat::restore::journal::{Event, SourceChoice};
use reseat::restore::recovery::Way;
use reseat::restore::store::downloads::Altered;
use reseat::restore::trouble::Trouble;
use reseat::restore::{Stage, State};
use reseat::text::Untrusted;

#[test]
fn a_restore_comes_back_at_the_step_it_was_left_with_what_was_typed() {
    let state = tempfile::tempdir().unwrap();
    let finding = Finding::new(Code::R409, Severity::Warn, "It may still run.");
    {
        let engine = engine_in(state.path(), true);
        let session = engine.begin().unwrap();
        assert_eq!(session.id().as_str(), "2026-11-21-1");
        session.choose_source(SourceChoice { source: "s3://bucket".into(), ..SourceChoice::default() }).unwrap();
        let kept = keep(&engine, b"a backup", "e1");
        with_download(&engine, &session, &kept);
        session.type_into("connector", &Untrusted::new("a91f\u{1b}")).unwrap();
        session.choose_target(mapping(), None).unwrap();
        session.accept(&finding).unwrap();
        session.go_to(Stage::Preview).unwrap();
    }
    let engine = engine_in(state.path(), true);
    let session = engine.find("2026-11").unwrap();
    let history = session.history();
    assert_eq!(history.way(), Way::Resume(Stage::Inspect), "nothing was looked into yet");
    assert_eq!(history.stage, Stage::Preview);
    assert_eq!(history.typed["connector"].raw(), "a91f\u{1b}");
    assert_eq!(history.backup, Some(backup(8, "e1")));
    assert_eq!(history.target.as_ref().unwrap().mapping, mapping());
    assert!(history.accepts(&finding));
    assert!(!history.accepts(&finding.clone().evidence("other facts")), "an acceptance falls with its facts");
    assert_eq!(history.header.person, "mk");
    session.take_back(&finding).unwrap();
    assert!(!session.history().accepts(&finding));
}

#[test]
fn everything_in_the_state_folder_is_for_one_person() {
    let state = tempfile::tempdir().unwrap();
    let root = state.path().join("deeper/state");
    let engine = engine_in(&root, true);
    assert!(engine.store.list(&engine.guide).unwrap().is_empty());
    assert!(!root.exists(), "nothing is made before something is kept");
    let session = engine.begin().unwrap();
    let kept = keep(&engine, b"a backup", "e1");
    with_download(&engine, &session, &kept);
    session.write_report().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [root.clone(), root.join("backups"), session.folder().clone()] {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    }
    for entry in fs::read_dir(session.folder()).unwrap().flatten() {
        assert_eq!(mode(&entry.path()) & 0o077, 0, "{}", entry.path().display());
    }
    assert_eq!(mode(&engine.store.backup_path(&kept.sha256)), 0o400);
    let same = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_eq!(same(&session.backup_path()), same(&engine.store.backup_path(&kept.sha256)));
}

#[test]
fn numbers_are_not_given_twice_and_a_beginning_is_enough() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let ids: Vec<String> = (0..11).map(|_| engine.begin().unwrap().id().to_string()).collect();
    assert_eq!(ids[10], "2026-11-21-11");
    assert_eq!(engine.store.resolve("2026-11-21-11").unwrap().as_str(), "2026-11-21-11");
    assert_eq!(engine.store.resolve("2026-11-21-1").unwrap().as_str(), "2026-11-21-1");
    assert_eq!(engine.store.resolve("2026-11-21-2").unwrap().as_str(), "2026-11-21-2");
    assert!(engine.store.resolve("2026").unwrap_err().to_string().contains("2026-11-21-2"));
    assert!(matches!(engine.find("2025").err(), Some(Trouble::Missing(_))));
    assert!(matches!(engine.find("../..").err(), Some(Trouble::Missing(_))));
    let lines: Vec<String> =
        engine.store.list(&engine.guide).unwrap().iter().map(|row| RestoresLine::from(row).restore).collect();
    assert_eq!(lines, ids, "newest last");
}

/// Trap R608: two processes take the same restore.
/// Quiet R608: the first one has given it back.
#[test]
fn the_second_one_is_told_who_has_it() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    let other = engine_in(state.path(), true);
    let Err(Trouble::Blocked(findings)) = other.session(session.id()) else { panic!("taken twice") };
    assert_eq!(findings[0].code, Code::R608);
    assert!(findings[0].detail.contains("mk works on it"), "{}", findings[0].detail);
    assert_eq!(other.store.history(session.id()).unwrap().stage, Stage::Source, "reading needs no lock");
    // The same process has it once, however often it asks.
    assert_eq!(engine.session(session.id()).unwrap().id(), session.id());
    let id = session.id().clone();
    drop(session);
    engine.close(&id);
    other.session(&id).unwrap();
}

/// Trap R616: a bit of the journal flipped, or it is that of another restore.
/// Quiet R616: its last line is torn.
#[test]
fn a_torn_last_line_is_cut_off_and_a_damaged_one_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    session.go_to(Stage::Target).unwrap();
    session.go_to(Stage::Preview).unwrap();
    let (id, path) = (session.id().clone(), session.folder().join("journal.jsonl"));
    drop(session);
    engine.close(&id);
    let whole = fs::read(&path).unwrap();

    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"crc\":\"0000").unwrap();
    assert_eq!(engine.store.history(&id).unwrap().stage, Stage::Preview);
    engine.session(&id).unwrap().go_to(Stage::Place).unwrap();
    engine.close(&id);
    let longer = fs::read(&path).unwrap();
    assert!(longer.starts_with(&whole) && longer.len() > whole.len());
    assert_eq!(engine.store.history(&id).unwrap().stage, Stage::Place);

    let mut bad = longer.clone();
    bad[whole.len() / 2] ^= 1;
    fs::write(&path, &bad).unwrap();
    let Err(Trouble::Blocked(findings)) = engine.session(&id) else { panic!("a damaged journal was believed") };
    assert_eq!(findings[0].code, Code::R616);
    assert_eq!(fs::read(&path).unwrap(), bad, "it stays as it is, for a person to look at");
    let rows = engine.store.list(&engine.guide).unwrap();
    assert_eq!((rows[0].state, rows[0].refused.is_some()), (State::Refused, true));

    // The journal of another restore.
    fs::write(&path, &longer).unwrap();
    let other = engine.begin().unwrap();
    fs::copy(&path, other.folder().join("journal.jsonl")).unwrap();
    let why = engine.store.history(other.id()).unwrap_err();
    assert_eq!(why.finding().unwrap().code, Code::R616);
}

#[test]
fn a_download_is_kept_once_and_its_bytes_are_checked_again() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let kept = keep(&engine, b"a backup", "e1");
    assert_eq!(engine.store.known(&backup(8, "e1")), Some(kept.clone()));
    assert_eq!(engine.store.known(&backup(8, "e2")), None);
    assert_eq!(engine.store.known(&backup(9, "e1")), None);
    assert_eq!(engine.store.known(&Backup { etag: None, ..backup(8, "e1") }), None);
    let path = engine.store.check(&kept.sha256, &Cancel::default(), &mut |_| {}).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, b"a backuq").unwrap();
    let error = engine.store.check(&kept.sha256, &Cancel::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.downcast_ref::<Altered>().unwrap().finding().code, Code::R110);
    let stopped = Cancel::default();
    stopped.cancel();
    let error = engine.store.check(&kept.sha256, &stopped, &mut |_| {}).unwrap_err();
    assert!(matches!(Trouble::from(error), Trouble::Cancelled));
}

#[test]
fn forgetting_says_what_it_deletes_and_the_report_stays() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let (one, two) = (engine.begin().unwrap(), engine.begin().unwrap());
    let shared = keep(&engine, b"a backup of two", "e1");
    for session in [&one, &two] {
        with_download(&engine, session, &shared);
        session.write_report().unwrap();
    }
    fs::create_dir(one.folder().join("before")).unwrap();
    fs::write(one.folder().join("before/raw.db"), b"old").unwrap();
    let said = one.to_forget().unwrap();
    let names: Vec<_> = said.items.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["backup.db", "before"]);
    assert_eq!(said.bytes, 3, "the other restore still holds the download");
    assert_eq!(one.forget().unwrap(), said);
    let left: Vec<String> = {
        let entries = fs::read_dir(one.folder()).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(left, ["journal.jsonl", "lock", "report.json", "report.md"]);
    assert!(engine.store.backup_path(&shared.sha256).is_file());
    assert_eq!(one.listed().unwrap().state, State::Refused, "nobody is asked to go on with it");
    assert_eq!(two.forget().unwrap().bytes, 15);
    assert!(engine.store.downloads().unwrap().is_empty());
}

#[test]
fn a_backup_that_was_set_aside_goes_with_its_restore() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    let bad = keep(&engine, b"a bad backup", "e1");
    with_download(&engine, &session, &bad);
    let aside = session.set_aside().unwrap();
    assert!(aside.starts_with(session.folder().join("refused")), "{}", aside.display());
    with_download(&engine, &session, &keep(&engine, b"a good one", "e2"));
    assert_eq!(fs::read(&aside).unwrap(), b"a bad backup");
    assert_eq!(session.forget().unwrap().bytes, 22);
    assert!(engine.store.downloads().unwrap().is_empty());
}

#[test]
fn a_download_that_was_stopped_is_listed_and_forgotten() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    engine.store.backups().unwrap();
    fs::create_dir(engine.store.partial_folder()).unwrap();
    let data = engine.store.partial_folder().join("0123456789abcdef.part");
    fs::write(&data, vec![1; 5_000]).unwrap();
    fs::write(data.with_extension("parts"), "{}").unwrap();
    let row = engine.store.list(&engine.guide).unwrap().remove(0);
    assert_eq!((row.id.as_str(), row.stage), ("download-part-0123456789ab", Stage::Backup));
    assert!(row.bytes >= 5_000, "{}", row.bytes);
    let named = engine.store.resolve_download(&row.id).unwrap();
    engine.store.forget_download(&named).unwrap();
    assert_eq!(fs::read_dir(engine.store.partial_folder()).unwrap().count(), 0);
}

#[test]
fn a_download_of_inspect_is_listed_and_forgotten() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let kept = keep(&engine, b"looked into only", "e1");
    let rows = engine.store.list(&engine.guide).unwrap();
    let line = RestoresLine::from(&rows[0]);
    assert_eq!((line.stage, line.state, line.bytes), (Stage::Inspect, State::Done, 16));
    assert_eq!(engine.store.resolve_download(&line.restore).unwrap(), kept.sha256);
    assert!(engine.store.resolve_download("download-ffff").is_err());
    assert_eq!(engine.store.forget_download(&kept.sha256).unwrap().bytes, 16);
    assert!(engine.store.list(&engine.guide).unwrap().is_empty());
    assert_eq!(fs::read_dir(state.path().join("backups")).unwrap().count(), 0);
}

#[test]
fn a_download_that_somebody_needs_is_not_forgotten() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    let kept = keep(&engine, b"a backup", "e1");
    with_download(&engine, &session, &kept);
    let refused = engine.store.forget_download(&kept.sha256).unwrap_err();
    assert!(refused.to_string().contains("forget the restore"), "{refused}");
    assert!(engine.store.backup_path(&kept.sha256).is_file());

    // One that goes on just now: somebody holds its list.
    fs::create_dir(engine.store.partial_folder()).unwrap();
    let data = engine.store.partial_folder().join("0123456789abcdef.part");
    fs::write(&data, "some").unwrap();
    fs::write(data.with_extension("parts"), "{}").unwrap();
    let list = fs::File::open(data.with_extension("parts")).unwrap();
    list.lock().unwrap();
    let named = engine.store.resolve_download("download-part-0123456789ab").unwrap();
    let refused = engine.store.forget_download(&named).unwrap_err();
    assert!(refused.to_string().contains("goes on just now"), "{refused}");
    assert_eq!(fs::read(&data).unwrap(), b"some");
    drop(list);
    // One without a list is whole, and was not kept yet.
    fs::remove_file(data.with_extension("parts")).unwrap();
    engine.store.forget_download(&named).unwrap();
    assert!(!data.exists());
}

#[test]
fn a_beginning_that_fits_two_downloads_names_both() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let one = keep(&engine, b"one", "e1");
    let other = format!("{}{}", &one.sha256[..8], "0".repeat(56));
    fs::write(engine.store.backup_path(&other), "another").unwrap();
    let info = fs::read_to_string(state.path().join("backups").join(format!("{}.json", one.sha256))).unwrap();
    let info = info.replace(&one.sha256, &other);
    fs::write(state.path().join("backups").join(format!("{other}.json")), info).unwrap();
    assert_eq!(engine.store.downloads().unwrap().len(), 2);
    let refused = engine.store.resolve_download(&format!("download-{}", &one.sha256[..8])).unwrap_err();
    assert!(refused.to_string().contains(&other[..12]), "{refused}");
    let exact = format!("download-{}", &one.sha256[..16]);
    assert_eq!(engine.store.resolve_download(&exact).unwrap(), one.sha256);
}

#[test]
fn a_file_where_a_folder_belongs_is_said() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    fs::write(state.path().join("backups"), "somebody's").unwrap();
    let said = format!("{:#}", engine.store.downloads().unwrap_err());
    assert!(said.contains("the downloads cannot be listed"), "{said}");
    let said = format!("{:#}", engine.store.make_folder(&state.path().join("backups/partial")).unwrap_err());
    assert!(said.contains("cannot be made"), "{said}");
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("state");
    fs::write(&file, "somebody's").unwrap();
    let engine = engine_in(&file, true);
    let said = format!("{:#}", engine.store.ids().unwrap_err());
    assert!(said.contains("cannot be read"), "{said}");
    assert!(engine.begin().is_err());
    assert_eq!(fs::read(&file).unwrap(), b"somebody's");
}

#[test]
fn a_journal_beyond_all_measure_is_not_read_into_memory() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    let (id, journal) = (session.id().clone(), session.folder().join("journal.jsonl"));
    drop(session);
    engine.close(&id);
    fs::File::options().write(true).open(&journal).unwrap().set_len(17 << 20).unwrap();
    let said = engine.store.history(&id).unwrap_err().to_string();
    assert!(said.contains("larger than any journal"), "{said}");
}

#[test]
fn a_service_counts_as_stopped_until_it_is_seen_to_start() {
    let state = tempfile::tempdir().unwrap();
    let service = Service { kind: ServiceKind::Systemd, name: "datahub.service".into(), stops_also: vec![] };
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    session.stop_service(&service).unwrap();
    assert_eq!(session.history().stopped_service().unwrap().service, service);
    assert!(session.forget().is_err(), "it is not forgotten while something stands still");
    assert_eq!(session.start_service().unwrap(), Some(service.clone()));
    assert_eq!(session.start_service().unwrap(), None);

    let broken = engine_in(&state.path().join("other"), false);
    let session = broken.begin().unwrap();
    let Err(Trouble::Blocked(findings)) = session.stop_service(&service) else { panic!("it did not fail") };
    assert_eq!(findings[0].code, Code::R614);
    assert!(session.history().stopped_service().is_none(), "the command failed: it runs");
    // Cut between the journal and the command: it may stand still.
    session.record(Event::Stopping { service }).unwrap();
    assert!(session.start_service().is_err());
    assert!(session.history().stopped_service().is_some());
}

#[test]
fn steps_are_ticked_in_their_order_after_a_receipt() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    assert!(session.steps().is_empty(), "nothing is placed");
    assert!(matches!(session.tick("sync", false), Err(Trouble::Missing(_))));
    session.choose_target(mapping(), None).unwrap();
    session.record(Event::Receipt { connector: NEW.parse().unwrap(), sha256: None }).unwrap();
    let ids: Vec<String> = session.steps().into_iter().map(|(step, _)| step.id).collect();
    assert_eq!(ids, ["connection-settings", "update-config", "sync"], "no service was stopped");
    let skipped = session.skipped_by("sync").unwrap();
    assert_eq!(skipped.len(), 2);
    session.tick("connection-settings", false).unwrap();
    let listed = session.listed().unwrap();
    assert_eq!(
        (listed.state, listed.open_steps.as_slice()),
        (State::Placed, ["update-config".to_owned(), "sync".into()].as_slice())
    );
    session.tick("update-config", false).unwrap();
    session.tick("sync", true).unwrap();
    assert_eq!(session.listed().unwrap().state, State::Done);
    session.untick("sync").unwrap();
    assert_eq!(session.listed().unwrap().state, State::Placed);
    let report = fs::read_to_string(session.report_path()).unwrap();
    assert!(report.contains("1. [x] correct the connection"), "{report}");
    let guide = guide::integration_connector().unwrap();
    assert_eq!(guide.finish.len(), 4);
}

#[test]
fn what_a_restore_holds_is_read_again_before_it_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine_in(state.path(), true);
    let session = engine.begin().unwrap();
    let look = || session.recheck(&Cancel::default(), &mut |_| {}).unwrap();
    assert_eq!(look(), Rechecked { backup: Still::NotYet, restored: Still::NotYet });
    let kept = keep(&engine, b"a backup", "e1");
    with_download(&engine, &session, &kept);
    assert_eq!(look().backup, Still::Same);
    fs::set_permissions(session.backup_path(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(session.backup_path(), b"a backuq").unwrap();
    assert_eq!(look().backup, Still::Changed);
    fs::remove_file(session.backup_path()).unwrap();
    assert_eq!(look().backup, Still::Gone);
}

proptest! {
    /// Whatever a journal's bytes are: it is read as what was written, or refused; never as something else, never a panic.
    #[test]
    fn garbage_is_never_believed(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok((lines, whole)) = reseat::restore::journal::parse(&bytes) {
            prop_assert!(lines.is_empty() && whole == 0);
        }
    }
}
