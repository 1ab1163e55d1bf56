//! The steps that the commands and the wizard share, on real files: from a source to a hub, cut, continued, undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code)] // Each test program uses a part.
#[path = "support/doors.rs"]
mod doors;
#[path = "support/engines.rs"]
mod engines;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use engines::{HUB, NEW, OLD, engine_on_hub, mapping, to_place};
use jiff::Timestamp;
use reseat::catalog::{self, SourceKind, SourceSpec};
use reseat::database::sample::Sample;
use reseat::finding::{Code, Severity};
use reseat::progress::Cancel;
use reseat::restore::documents::{PlanDocument, RestoresLine};
use reseat::restore::engine::ToPlace;
use reseat::restore::facts::{Fact, Facts, Taken};
use reseat::restore::journal::{Event, Rewrote, Stood};
use reseat::restore::recovery::Way;
use reseat::restore::{Stage, State};

#[test]
fn a_placing_is_in_the_journal_and_in_the_report_and_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_on_hub(folder.path());
    let session = engine.begin().unwrap();
    let what = to_place(&engine, folder.path());
    let old = fs::read(&what.target).unwrap();
    let cancel = Cancel::default();

    session.place(&what, &cancel, &mut |_| {}).unwrap();
    assert_eq!(fs::read(&what.target).unwrap(), fs::read(&what.file).unwrap());
    let history = session.history();
    assert_eq!((history.way(), history.stage, history.stood), (Way::Finish, Stage::Finish, Stood::Placed));
    assert_eq!(session.listed().unwrap().open_steps, ["connection-settings", "update-config", "sync"]);
    let report = fs::read_to_string(session.report_path()).unwrap();
    assert!(report.contains(&what.sha256) && report.contains("reseat rollback 2026-11-21-1"), "{report}");
    assert!(session.place(&what, &cancel, &mut |_| {}).is_err(), "once is enough");
    assert!(session.history().can_roll_back());

    let watched = session.watch(&cancel).unwrap();
    assert_eq!((watched.events, watched.new_events, watched.ids_right), (20, Some(0), true));
    let checkup = engine.check(&folder.path().join("hub"), what.connector, &cancel).unwrap();
    assert_eq!(checkup.restore.as_ref(), Some(session.id()));

    session.undo(&cancel, &mut |_| {}).unwrap();
    assert_eq!(fs::read(&what.target).unwrap(), old, "byte for byte");
    let listed = session.listed().unwrap();
    assert_eq!(
        (listed.state, listed.open_steps.as_slice()),
        (State::RolledBack, ["false-connection".to_owned()].as_slice())
    );
    let left: Vec<_> = fs::read_dir(what.target.parent().unwrap()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "nothing of ours stays beside the database");

    // The same restore once more: what was rolled back can be placed again.
    session.place(&what, &cancel, &mut |_| {}).unwrap();
    assert_eq!(session.listed().unwrap().state, State::Placed);
}

/// The disk fills while the safety copy is written: what could go is named, when it is on that disk.
#[test]
fn a_disk_that_fills_while_it_is_placed_says_what_could_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine_on_hub(folder.path());
    let earlier = engine.begin().unwrap();
    let what = to_place(&engine, folder.path());
    let backup = fs::read(&what.file).unwrap();
    engines::with_download(&engine, &earlier, &engines::keep(&engine, &backup, "\"1\""));
    drop(earlier);
    engine.files = Arc::new(doors::Hooked::new(|at| {
        let copy = at.path.to_string_lossy().contains("/before");
        if copy { Err(std::io::Error::from_raw_os_error(nix::libc::ENOSPC)) } else { Ok(()) }
    }));
    let stopped = engine.begin().unwrap().place(&what, &Cancel::default(), &mut |_| {}).unwrap_err();
    let finding = stopped.finding.unwrap();
    assert_eq!(finding.code, Code::R610);
    let could_go = "Make room, then try again. These could go: reseat restores --forget 2026-11-21-1 frees ";
    assert!(finding.remedy.starts_with(could_go), "{finding:?}");
}

/// All steps that both faces call, over a folder with the bucket's layout.
#[test]
fn a_whole_restore_goes_from_a_source_to_a_hub() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_on_hub(folder.path());
    let (copies, root) = (folder.path().join("copies"), folder.path().join("hub"));
    let key = format!("acme/datahub/{HUB}/connector/{OLD}/sqlite.db");
    fs::create_dir_all(copies.join(&key).parent().unwrap()).unwrap();
    let newest: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    let sample = Sample { events: 300, ..Sample::new(HUB.parse().unwrap(), OLD.parse().unwrap(), newest) };
    sample.create(&copies.join(&key)).unwrap();
    let place = root.join(NEW);
    fs::create_dir_all(&place).unwrap();
    engines::sample(&place.join("sqlite.db"), 0);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spec = SourceSpec::new(SourceKind::Folder(copies.clone()));
    let catalog = catalog::open(&spec, &engine.world).unwrap();
    let cancel = Cancel::default();
    let head = runtime.block_on(catalog.head(&key, None)).unwrap();
    let obtain = || runtime.block_on(engine.obtain(catalog.as_ref(), &head.backup, &mut |_| {}, &cancel)).unwrap();
    let obtained = obtain();
    assert_eq!(fs::read(&obtained.path).unwrap(), fs::read(copies.join(&key)).unwrap());

    let session = engine.begin().unwrap();
    session.take(&obtained).unwrap();
    // A folder tells no ETag, so it is copied again; the bytes are kept once all the same.
    let number = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_eq!(obtain().path, obtained.path);
    assert_eq!(number(&obtained.path), number(&session.backup_path()));
    let file = engine.examine(&session.backup_path(), &cancel, &mut |_| {}).unwrap();
    let old = (HUB.parse().unwrap(), OLD.parse().unwrap());
    session.note_file(&file, Some(old), &[]).unwrap();
    session.choose_target(mapping(), Some(root.clone())).unwrap();
    let facts = Facts {
        key: Fact::Known(obtained.key_facts(Taken::Named)),
        file: Fact::Known(file),
        bucket: runtime.block_on(engine.bucket_facts(&catalog, &obtained.backup)),
        folder: engine.folder_facts(&root, Some(old.1), &cancel).unwrap(),
        target: Fact::Known(engine.target_facts(&root, NEW.parse().unwrap(), &cancel).unwrap()),
        mapping: Some(mapping()),
    };
    let preview = engine.preview(&session.backup_path(), Some(&obtained.sha256), &facts, &cancel, &mut |_| {}).unwrap();
    let plan = preview.plan.as_ref().unwrap();
    assert_eq!(plan.rows_of("Events"), 300);
    let document = serde_json::to_value(PlanDocument::new(&preview, &facts, |_| false)).unwrap();
    assert_eq!(document["changes"][1], serde_json::json!({"table": "Events", "rows": 300}));
    assert_eq!(document["mapping"]["connector"]["new"], NEW);

    let proof = session.rewrite(plan, &cancel, &mut |_| {}).unwrap();
    assert_eq!((proof.reused, session.rewrite(plan, &cancel, &mut |_| {}).unwrap().reused), (false, true));
    let restored = engine.examine(&proof.path, &cancel, &mut |_| {}).unwrap();
    let new = (HUB.parse().unwrap(), NEW.parse().unwrap());
    assert!(restored.source(new.0, new.1).is_some());
    let look = engine.look_at_place(&root, &restored, new, "sudo reseat", &cancel).unwrap();
    assert!(look.holders.nobody(), "{:?}", look.holders);
    let blocks: Vec<_> = look.findings.iter().filter(|finding| finding.severity == Severity::Block).collect();
    assert!(blocks.is_empty(), "{blocks:?}");
    let what = ToPlace::new(&proof.path, &proof.rewritten.sha256, &restored, new, &look.place);
    session.place(&what, &cancel, &mut |_| {}).unwrap();
    assert_eq!(session.watch(&cancel).unwrap().events, 300);
    let line = RestoresLine::from(&session.listed().unwrap());
    assert_eq!((line.state, line.stage), (State::Placed, Stage::Finish));
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(session.folder().join("report.json")).unwrap()).unwrap();
    assert_eq!(report["changes"][1]["rows"], 300);
    assert_eq!(report["backup"]["sha256"], obtained.sha256.as_str());
    assert_eq!(report["placed"]["before"]["files"][0]["file"], "raw.db");

    // Other IDs, or another backup: the proved copy is not used again.
    session.record(Event::Rewrote(Rewrote { from: "00".repeat(32), ..session.history().rewrote.unwrap() })).unwrap();
    assert!(!session.rewrite(plan, &cancel, &mut |_| {}).unwrap().reused);
}

#[test]
fn a_placing_that_was_cut_is_continued_or_undone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_on_hub(folder.path());
    let session = engine.begin().unwrap();
    let what = to_place(&engine, folder.path());
    let cancel = Cancel::default();
    session.place(&what, &cancel, &mut |_| {}).unwrap();
    let (id, path) = (session.id().clone(), session.folder().join("journal.jsonl"));
    drop(session);
    engine.close(&id);
    // The journal as it is when the power fails right after the exchange: "swapped" is its last line.
    let text = fs::read_to_string(&path).unwrap();
    let end = text.find("\"stage\":\"swapped\"").map(|at| at + text[at..].find('\n').unwrap() + 1).unwrap();
    fs::write(&path, &text[..end]).unwrap();

    let session = engine.session(&id).unwrap();
    let history = session.history();
    assert_eq!(history.way(), Way::GoOnOrUndo);
    assert!(session.forget().is_err(), "its safety copy is needed");
    let stopped = session.place(&what, &cancel, &mut |_| {}).unwrap_err();
    assert!(session.history().is_cut(), "{stopped}: what was begun keeps its record");
    session.proceed(&cancel, &mut |_| {}).unwrap();
    assert_eq!(session.history().way(), Way::Finish);
    session.undo(&cancel, &mut |_| {}).unwrap();
    assert_eq!(session.history().way(), Way::RolledBack);
}
