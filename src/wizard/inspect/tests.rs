//! Inspect: rows that turn in place, the answer as a deciding screen, what stops and how one goes on.

use crossterm::event::KeyCode;

use super::*;
use crate::database::facts::{IntegrationRow, Residue};
use crate::restore::facts::OtherVersion;
use crate::view::tests::now;
use crate::wizard::backup::tests::{Played, keep};
use crate::wizard::browse::{Ask, Work as Browsing};
use crate::wizard::chain::story;
use crate::wizard::{Answer as Said, Message, Screen, effect};

fn beside() -> Fact<BucketFacts> {
    let other = |modified: &str, size| OtherVersion {
        modified: Some(modified.parse().unwrap()),
        size,
        deleted: false,
        same_file: true,
        events: None,
    };
    let mut others = vec![other("2026-11-17T02:54:00Z", story::SIZE)];
    others.extend((1..11).map(|at| other(&format!("2026-10-{at:02}T02:54:00Z"), 60_000_000)));
    Fact::Known(BucketFacts { others, versioned: true, ..BucketFacts::default() })
}

fn begun() -> (Played, JobId) {
    let mut played = Played::new(Inspect::new(story::chosen(), beside()));
    let crumbs = &mut played.wizard.shared.crumbs;
    crumbs.source = Some("prod".into());
    crumbs.organisation = Some("acme-bio".into());
    crumbs.connector = Some("Cellario Boston".into());
    let job = played.job(|work| matches!(work, effect::Work::Inspect(Work::Inspect { .. })));
    let path = "/var/lib/reseat/2026-11-19-1/backup.db".into();
    played.answer(job, Said::Inspect(Answer::Began { restore: "2026-11-19-1".into(), path }));
    (played, job)
}

fn downloading(done: u64) -> Said {
    let progress = Progress { stage: DownloadStage::Receives, done, total: Some(story::SIZE) };
    Said::Inspect(Answer::Downloading(progress))
}

fn compared() -> Said {
    let compared = "length and checksum as in the bucket".into();
    Said::Inspect(Answer::Downloaded { size: story::SIZE, compared })
}

/// The story's answer: sound, with a warning.
fn sound() -> (Played, JobId) {
    let (mut played, job) = begun();
    played.answer(job, compared());
    let inspected = story::inspected();
    let looked = Looked {
        file: inspected.file.clone(),
        findings: inspected.findings.clone(),
        witnesses: crate::restore::witnesses::witnesses(&inspected.facts, &inspected.findings),
        path: inspected.path.clone(),
        inspected: Some(inspected),
    };
    played.answer(job, Said::Inspect(Answer::Looked(Box::new(looked))));
    (played, job)
}

fn refused(finding: Finding) -> Looked {
    let inspected = story::inspected();
    let mut file = inspected.file.clone();
    file.integrity = None;
    file.events = None;
    file.residue = None;
    let path = "/var/lib/reseat/2026-11-19-1/refused/2026-11-15-2140.db".into();
    Looked { file, findings: vec![finding], witnesses: Vec::new(), path, inspected: None }
}

#[test]
fn the_download_of_the_story() {
    let (mut played, job) = begun();
    played.answer(job, downloading(1_000_000));
    let later = now() + jiff::SignedDuration::from_secs(9);
    played.send_at(Message::Answer { job, answer: downloading(40_055_603) }, later);
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.part(Part::Download), PartState::Now);
    keep("7_inspect_download_80x24", &later_picture(&mut played, 80, 24, later));
    keep("7_inspect_download_60x20", &later_picture(&mut played, 60, 20, later));
    let waits = Progress { stage: DownloadStage::Waits { seconds: 7 }, done: 40_055_603, total: Some(story::SIZE) };
    played.answer(job, Said::Inspect(Answer::Downloading(waits)));
    assert!(crate::view::tests::picture(&mut played.wizard, 80, 24).contains("no data for 7 s, asks again"));
}

fn later_picture(played: &mut Played, columns: u16, rows: u16, at: Timestamp) -> String {
    let picture = crate::view::tests::picture(&mut played.wizard, columns, rows);
    // The helper draws at the story's time; the rate counts from then.
    played.send_at(Message::Tick, at);
    let area = ratatui::layout::Rect::new(0, 0, columns, rows);
    let mut buffer = ratatui::buffer::Buffer::empty(area);
    crate::view::render(&played.wizard, crate::view::Theme::new(true, false), area, &mut buffer);
    let lines = buffer.content.chunks(usize::from(columns));
    let text =
        lines.map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned());
    let text = text.collect::<Vec<_>>().join("\n");
    assert_eq!(text.lines().count(), picture.lines().count());
    text
}

#[test]
fn a_check_with_its_bar() {
    let (mut played, job) = begun();
    played.answer(job, compared());
    let progress = Progress { stage: InspectStage::Events, done: 9_000, total: Some(18_204) };
    played.answer(job, Said::Inspect(Answer::Checking(progress)));
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.part(Part::RightIds), PartState::Good);
    assert_eq!(state.part(Part::Events), PartState::Now);
    assert_eq!(state.part(Part::Leftovers), PartState::Later);
    played.snapshots("7_inspect_events");
}

#[test]
fn the_answer_of_the_story_decides() {
    let (mut played, _) = sound();
    assert!(played.wizard.awaits_drawing(), "keys typed before it was drawn are thrown away");
    played.snapshots("7_inspect_answer");
    played.send(Message::Key(KeyCode::Enter.into()));
    assert!(matches!(played.wizard.screen(), Screen::Inspect(_)));
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Pick(_)));
}

#[test]
fn the_finding_under_the_cursor_is_explained() {
    let (mut played, _) = sound();
    played.press(KeyCode::Down);
    played.press(KeyCode::Down);
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.at(), (1, true));
    played.snapshot("7_inspect_cursor", 60, 20);
    played.key('e');
    assert!(played.wizard.reader().is_some());
}

#[test]
fn v_opens_the_leftover_s_row_and_t_the_tables() {
    let (mut played, _) = sound();
    played.key('v');
    let Screen::Browse(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.table().unwrap().facts.name.raw(), "Cursors");
    let rows = |work: &effect::Work| matches!(work, effect::Work::Browse(Browsing { ask: Ask::Rows { .. }, .. }));
    assert_eq!(played.count(rows), 1);
    played.press(KeyCode::Esc);
    played.key('t');
    assert!(matches!(played.wizard.screen(), Screen::Browse(state) if state.rows().is_none()));
}

#[test]
fn a_version_that_is_cut_is_refused() {
    let (mut played, job) = begun();
    played.answer(job, compared());
    let finding = Finding::new(
        Code::R203,
        Severity::Block,
        "The file ends too early: 112 KiB are missing. It has 63 856 640 bytes; its own header says 63 971 328.",
    )
    .why("It was cut before it came to the bucket: the bytes here and there are the same. A new download would not help.")
    .remedy("Choose another version.");
    played.answer(job, Said::Inspect(Answer::Looked(Box::new(refused(finding)))));
    played.snapshots("8_inspect_blocked");
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.part(Part::Events), PartState::NotChecked);
    assert_eq!(state.alternatives().unwrap().0, 11);
}

#[test]
fn swapped_ids_name_the_connector_inside() {
    let (mut played, job) = begun();
    played.answer(job, compared());
    let finding = Finding::new(Code::R301, Severity::Block, "The key names 7d0c88f1…; the file names a91f03de….")
        .why("You would restore the data of another connector.")
        .remedy("Choose the backup of the connector that is named inside.");
    let mut looked = refused(finding);
    let mut source = looked.file.integrations[0].sources[0].clone();
    source.id = story::NEW_CONNECTOR.into();
    looked.file.integrations = vec![IntegrationRow { sources: vec![source], ..looked.file.integrations[0].clone() }];
    looked.file.residue = Some(Vec::<Residue>::new());
    played.answer(job, Said::Inspect(Answer::Looked(Box::new(looked))));
    played.snapshots("8_inspect_other_inside");
    played.key('n');
    let wanted = |work: &effect::Work| matches!(work, effect::Work::Backup(crate::wizard::backup::Work::Locate(_, id)) if id == story::NEW_CONNECTOR);
    assert_eq!(played.count(wanted), 1);
}

#[test]
fn credentials_that_end_midway_are_renewed_and_the_work_goes_on() {
    let (mut played, job) = begun();
    played.answer(job, downloading(40_055_603));
    let finding =
        Finding::new(Code::R112, Severity::Block, "They expired 1 min ago, at 14:04 UTC (profile support-prod).")
            .why("Temporary credentials end after some hours. Nothing is lost.")
            .remedy("Paste new ones, or log in in a shell: aws sso login --profile support-prod. Then check again.");
    played.answer(job, Said::Inspect(Answer::Failed(Box::new(finding))));
    played.snapshots("7_inspect_expired");
    played.key('p');
    assert!(matches!(played.wizard.screen(), Screen::Credentials(_)));
    played.press(KeyCode::Esc);
    assert_eq!(played.count(|work| matches!(work, effect::Work::Inspect(Work::Inspect { .. }))), 2);
}

#[test]
fn ctrl_c_stops_and_a_late_answer_is_dropped() {
    let (mut played, job) = begun();
    played.answer(job, downloading(1_000));
    let ctrl_c = crossterm::event::KeyEvent::new(KeyCode::Char('c'), crossterm::event::KeyModifiers::CONTROL);
    played.send(Message::Key(ctrl_c));
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert!(matches!(state.outcome(), Outcome::Stopped));
    played.answer(job, downloading(2_000));
    let Screen::Inspect(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.download().progress, Some((1_000, Some(story::SIZE))));
    played.press(KeyCode::Enter);
    assert_eq!(played.count(|work| matches!(work, effect::Work::Inspect(Work::Inspect { .. }))), 2);
}
