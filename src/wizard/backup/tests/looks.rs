//! Looks into backups: the rows on screen first, stopped when they scroll away, told in the row when they cannot be had.

use super::*;

/// Connectors of one hub, as many as are wanted, all listed.
fn many(count: usize) -> (Played, Vec<ConnectorFolder>) {
    let folders: Vec<ConnectorFolder> =
        (0..count).map(|at| folder(story::OLD_HUB, &format!("7d0c{at:04}-3c55-4e6e-9a58-11b0c0a2e4b1"))).collect();
    let mut played = Played::new(Connectors::new(prod(), "acme-bio".into(), None));
    let listing = backup_job(&played, |work| matches!(work, Work::Connectors(..)));
    let page = ConnectorsPage::Connectors(folders[0].hub.clone(), folders.clone());
    played.answer(listing, Said::Backup(Answer::Connectors(page)));
    (played, folders)
}

/// The connectors that are being looked at: started, and not cancelled since.
fn looked_at(played: &Played) -> Vec<(JobId, ConnectorFolder)> {
    let mut running = Vec::new();
    for effect in &played.effects {
        match effect {
            Effect::Start { job, work: effect::Work::Backup(Work::Peek(_, folder)), .. } => {
                running.push((*job, folder.clone()));
            }
            Effect::Cancel(ended) => running.retain(|(job, _)| job != ended),
            _ => {}
        }
    }
    running
}

fn peeked(played: &mut Played, job: JobId, folder: &ConnectorFolder, peek: Peek) {
    played.answer(job, Said::Backup(Answer::Peeked(Box::new(folder.clone()), Box::new(peek))));
}

fn named(played: &Played, folder: &ConnectorFolder) -> Option<String> {
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    let found = state.rows().into_iter().find_map(|row| match row {
        Connector::Folder(one, peek) if one == folder => Some(peek.cloned()),
        _ => None,
    });
    found.unwrap().and_then(|peek| peek.name).map(|name| name.printable())
}

#[test]
fn a_row_is_filled_twice_by_one_job() {
    let (mut played, folders) = many(30);
    assert_eq!(looked_at(&played).len(), Slot::Names.limit());
    let (job, first) = looked_at(&played)[0].clone();
    assert_eq!(first, folders[0], "the row under the cursor comes first");
    let half = Peek { more: true, ..peek("", "", "2026-11-18T22:05:00Z", 98_304, 14) };
    peeked(&mut played, job, &first, half);
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    assert!(state.is_reading(&first), "its name is still being read");
    assert_eq!(looked_at(&played).len(), Slot::Names.limit(), "its job goes on: there is no room for another");
    let whole = Peek {
        event: Some("2026-11-18T22:00:00Z".parse().unwrap()),
        ..peek("Cellario Boston", "hrb-cellario", "2026-11-18T22:05:00Z", 98_304, 14)
    };
    peeked(&mut played, job, &first, whole.clone());
    assert_eq!(named(&played, &first).as_deref(), Some("Cellario Boston"));
    assert_eq!(looked_at(&played).len(), Slot::Names.limit() + 1, "the next one has begun");
    // It has said its last word: whatever comes under its id is stale.
    peeked(&mut played, job, &first, Peek { name: Some("Other".into()), ..whole });
    assert_eq!(named(&played, &first).as_deref(), Some("Cellario Boston"));
}

#[test]
fn what_scrolls_away_makes_room_for_what_is_on_screen() {
    let (mut played, folders) = many(60);
    let before = looked_at(&played);
    played.press(KeyCode::End);
    let after = looked_at(&played);
    assert_eq!(after.len(), Slot::Names.limit());
    assert!(before.iter().all(|one| !after.contains(one)), "{after:?}");
    let on_screen = &folders[60 - 14..];
    assert!(after.iter().all(|(_, folder)| on_screen.contains(folder)), "{after:?}");
    assert_eq!(after[0].1, folders[59], "the row under the cursor comes first");
    // An answer of a stopped one changes nothing.
    let (job, folder) = before[0].clone();
    peeked(&mut played, job, &folder, peek("Late", "sdc", "2026-11-18T22:05:00Z", 1, 1));
    assert_eq!(named(&played, &folder), None);
    // It is read again once it is on screen.
    played.press(KeyCode::Home);
    assert!(looked_at(&played).iter().any(|(_, again)| *again == folder));
    // One row further, what runs for other rows on screen goes on.
    let before = looked_at(&played);
    played.press(KeyCode::Down);
    assert_eq!(looked_at(&played), before);
}

#[test]
fn what_cannot_be_read_says_why_in_its_row() {
    let (mut played, _) = many(4);
    let jobs = looked_at(&played);
    let barred = |code: Option<Code>, why: &str| Peek {
        barred: Some(Barred { code, why: why.into() }),
        ..peek("", "", "2026-11-16T12:52:00Z", 5_976_883, 3)
    };
    let cut = "The file ends too early: 4.0 KiB are missing. It has 5 976 883 bytes; its own header says 5 980 979.";
    let peeks = [
        Peek {
            event: Some("2026-11-17T02:51:00Z".parse().unwrap()),
            ..peek("Cellario Boston", "hrb-cellario", "2026-11-17T02:52:00Z", 8_598_323, 9)
        },
        barred(Some(Code::R203), cut),
        barred(Some(Code::R105), "S3 refuses the object."),
        barred(None, "It would take too much to read without a download."),
    ];
    for ((job, folder), peek) in jobs.iter().zip(peeks) {
        peeked(&mut played, *job, folder, peek);
    }
    played.snapshots("5_connectors_looked");
    played.press(KeyCode::Down);
    played.press(KeyCode::Down);
    played.snapshot("5_connectors_barred", 80, 24);
    played.key('e');
    assert!(played.wizard.reader().is_some(), "e explains the code of the row");
}

fn looks(played: &Played) -> Vec<(JobId, Backup)> {
    let mut running = Vec::new();
    for effect in &played.effects {
        match effect {
            Effect::Start { job, work: effect::Work::Backup(Work::Look(_, backup)), .. } => {
                running.push((*job, backup.as_ref().clone()));
            }
            Effect::Cancel(ended) => running.retain(|(job, _)| job != ended),
            _ => {}
        }
    }
    running
}

fn looked(played: &mut Played, job: JobId, backup: &Backup, seen: Seen) {
    played.answer(job, Said::Backup(Answer::Looked(Box::new(backup.clone()), Box::new(seen))));
}

#[test]
fn versions_are_looked_into_but_not_those_that_were_inspected_or_are_archived() {
    let mut played = story_versions();
    let begun: Vec<_> = looks(&played).into_iter().filter_map(|(_, backup)| backup.version).collect();
    // The first was only made up: nobody has looked into it. v13 and v12 were inspected, v8 is archived.
    assert_eq!(begun, ["v14", "v11", "v10", "v9"]);
    let (job, backup) = looks(&played)[1].clone();
    let seen = Seen { events: Some(17_871), newest: Some("2026-11-14T08:01:00Z".parse().unwrap()), ..Seen::default() };
    looked(&mut played, job, &backup, seen);
    let (job, backup) = looks(&played)[2].clone();
    let barred = Some(Barred {
        code: Some(Code::R202),
        why: "The file, 59.6 MiB, is not an SQLite database. It is compressed with gzip.".into(),
    });
    looked(&mut played, job, &backup, Seen { barred, ..Seen::default() });
    played.snapshots("6_versions_looked");
    for _ in 0..3 {
        played.press(KeyCode::Down);
    }
    played.snapshot("6_versions_barred", 80, 24);
    played.key('e');
    assert!(played.wizard.reader().is_some(), "e explains the code of the row");
    played.press(KeyCode::Esc);
    // Nothing proves that a download meets the same: it can be chosen.
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Inspect(_)));
    played.press(KeyCode::Esc);
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.entries().iter().filter(|entry| state.seen(entry).is_some()).count(), 2, "what was seen is kept");
}

#[test]
fn a_version_whose_connector_had_no_name_gives_it_one() {
    let mut played = Played::new(Versions::new(prod(), folder(story::OLD_HUB, story::OLD_CONNECTOR), None, None));
    let listing = backup_job(&played, |work| matches!(work, Work::Backups(..)));
    let entries = vec![version("2026-11-18T22:05:00Z", 98_304, "v1")];
    let backups = Backups { entries, versions: Kept::Listed, more: false };
    played.answer(listing, Said::Backup(Answer::Backups(Box::new(backups), vec![None])));
    let (job, backup) = looks(&played)[0].clone();
    looked(&mut played, job, &backup, Seen { name: Some("Cellario Boston".into()), ..Seen::default() });
    assert_eq!(played.wizard.shared.crumbs.connector.as_deref(), Some("Cellario Boston"));
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.called(), "Cellario Boston");
}

#[test]
fn a_look_that_meets_expired_credentials_stops_the_others_until_asked_again() {
    let mut played = story_versions();
    let running = looks(&played);
    let expired = Finding::new(Code::R112, Severity::Block, "They have expired.");
    played.answer(running[0].0, Said::Backup(Answer::Failed(Box::new(expired))));
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.failure().map(|finding| finding.code), Some(Code::R112));
    looked(&mut played, running[1].0, &running[1].1, Seen::default());
    assert_eq!(looks(&played).len(), 4, "nothing else is begun");
    played.key('r');
    let Screen::Versions(state) = played.wizard.screen() else { panic!() };
    assert!(state.failure().is_none() && state.listing().runs());
}

/// A few requests for each of thousands of connectors that nobody looks at are too many: a filter asks for their names.
#[test]
fn of_many_connectors_only_those_on_screen_are_read_until_a_name_is_looked_for() {
    let (mut played, _) = many(250);
    let answer_all = |played: &mut Played| {
        let mut answered = std::collections::HashSet::new();
        while let Some((job, folder)) = looked_at(played).into_iter().find(|(job, _)| !answered.contains(job)) {
            answered.insert(job);
            peeked(played, job, &folder, peek("Boston", "sdc", "2026-11-18T22:05:00Z", 1, 1));
        }
    };
    answer_all(&mut played);
    assert!(looked_at(&played).len() < 30, "{}", looked_at(&played).len());
    played.key('/');
    played.type_in("bos");
    answer_all(&mut played);
    assert_eq!(looked_at(&played).len(), 250);
}

#[test]
fn the_chart_shows_the_day_on_which_the_newest_event_stood_still_or_went_back() {
    let mut played = story_versions();
    let newest = [("v11", "2026-11-14T08:01:00Z"), ("v10", "2026-11-14T08:01:00Z"), ("v9", "2026-11-15T05:11:00Z")];
    for (version, newest) in newest {
        let (job, backup) =
            looks(&played).into_iter().find(|(_, backup)| backup.version.as_deref() == Some(version)).unwrap();
        let seen = Seen { events: Some(17_871), newest: Some(newest.parse().unwrap()), ..Seen::default() };
        looked(&mut played, job, &backup, seen);
    }
    let charted = |played: &Played, columns: usize| {
        let Screen::Versions(state) = played.wizard.screen() else { panic!() };
        state.growth(columns, usize::MAX)
    };
    for columns in [60, 80] {
        let lines = charted(&played, columns);
        assert!(lines.iter().all(|line| crate::text::width(line) <= columns), "{lines:#?}");
        assert!(lines[0].ends_with("newest event"), "{lines:#?}");
        assert!(lines[4].ends_with("11-14 08:01 same"), "nothing came between the two: {lines:#?}");
        assert!(lines[5].ends_with("11-14 08:01 OLDER"), "it went back: {lines:#?}");
        // Of the one before nothing is known: nothing is said of it.
        assert!(lines[6].ends_with("11-15 05:11"), "{lines:#?}");
        assert!(lines[7].ends_with("✗ R107") && lines[8].ends_with('…'), "{lines:#?}");
    }
    for _ in 0..3 {
        played.press(KeyCode::Down);
    }
    played.snapshots("6_versions_older");
    for (columns, rows) in [(80, 24), (60, 20)] {
        played.send(Message::Resize(columns, rows));
        played.key('v');
        played.snapshot("6_versions_growth_older", columns, rows);
        played.press(KeyCode::Esc);
    }
}

/// Backups that cannot be read have no names: they stay in the list only as long as no name fits.
#[test]
fn where_a_name_fits_those_without_one_are_left_out() {
    let (mut played, _) = many(30);
    let mut number = 0;
    while let Some((job, folder)) = looked_at(&played).into_iter().find(|(_, folder)| unread(&played, folder)) {
        number += 1;
        let name = if number == 20 { "Cellario Lyon" } else { "" };
        let barred = Barred { code: Some(Code::R202), why: "It is a text.".into() };
        let read = peek(name, "sdc", "2026-11-18T22:05:00Z", 1, 1);
        let read = Peek { name: (!name.is_empty()).then(|| name.into()), barred: Some(barred), ..read };
        peeked(&mut played, job, &folder, read);
    }
    let rows = |played: &Played| {
        let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
        state.rows().len()
    };
    played.key('/');
    played.type_in("bos");
    assert_eq!(rows(&played), 29, "it may be one of those that could not be read");
    (0..3).for_each(|_| played.press(KeyCode::Backspace));
    played.type_in("lyon");
    assert_eq!(rows(&played), 1);
    let shown = crate::view::tests::picture(&mut played.wizard, 80, 24);
    assert!(shown.contains("1 match; 29 without a name are left out"), "{shown}");
}

/// Whether this one was not answered yet.
fn unread(played: &Played, folder: &ConnectorFolder) -> bool {
    let Screen::Connectors(state) = played.wizard.screen() else { panic!() };
    state.is_reading(folder)
}
