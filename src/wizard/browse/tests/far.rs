//! The same of a backup that stays in its source: what was fetched, the limit that asks, what the source answers.

use super::*;
use crate::database::far::CountedTable;
use crate::finding::{Code, Finding, Severity};
use crate::keys;
use crate::wizard::Effect;
use crate::wizard::backup::tests::{self as backups, prod};

fn counted() -> Vec<CountedTable> {
    let short = |rows: u64| (rows < 100).then_some(RowCount::Counted(rows));
    story::tables::tables()
        .into_iter()
        .map(|table| (TableFacts { rows: None, ..table.clone() }, short(table.rows.unwrap())))
        .collect()
}

/// The browser over the story's backup, nothing said yet.
fn opened() -> Played {
    let mut played = Played::new(Browse::far(prod().spec, story::chosen().backup));
    let crumbs = &mut played.wizard.shared.crumbs;
    (crumbs.source, crumbs.organisation) = (Some("prod".into()), Some("acme-bio".into()));
    crumbs.connector = Some("Cellario Boston".into());
    played
}

fn last(played: &Played) -> (JobId, &Work) {
    let started = played.effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { job, work: effect::Work::Browse(work), .. } => Some((*job, work)),
        _ => None,
    });
    started.unwrap()
}

fn say(played: &mut Played, answer: Answer) {
    let (job, _) = last(played);
    played.answer(job, Said::Browse(answer));
}

fn fetched(played: &mut Played, requests: u32, kib: u64) {
    say(played, Answer::Fetched(Fetched { requests, bytes: kib << 10 }));
}

/// Its tables are there, and of `Events` it is known how many rows it has at most.
fn tables() -> Played {
    let mut played = opened();
    let (_, work) = last(&played);
    assert!(work.opens && work.allowance == Allowance { requests: 200, bytes: 16 << 20 });
    fetched(&mut played, 1, 64);
    say(&mut played, Answer::Tables(counted(), true));
    let mut tables = counted();
    tables[0].1 = Some(RowCount::AtMost(18_204));
    fetched(&mut played, 4, 160);
    say(&mut played, Answer::Tables(tables, false));
    played
}

fn rows(played: &mut Played) {
    played.press(KeyCode::Enter);
    fetched(played, 5, 192);
    say(played, Answer::Rows(Box::new(page(1, 12, false, true))));
}

fn state(played: &Played) -> &Browse {
    let Screen::Browse(state) = played.wizard.screen() else { panic!("{:?}", played.wizard.screen()) };
    state
}

#[test]
fn what_was_fetched_stands_at_the_head_of_each_level() {
    let mut played = opened();
    played.snapshots("far_opens");
    fetched(&mut played, 1, 64);
    say(&mut played, Answer::Tables(counted(), true));
    assert!(state(&played).reads() && state(&played).tables()[0].rows.is_none());
    let mut played = tables();
    played.snapshots("far_tables");
    rows(&mut played);
    played.snapshots("far_rows");
    played.key('G');
    fetched(&mut played, 7, 256);
    say(&mut played, Answer::Rows(Box::new(page(18_193, 12, true, false))));
    assert_eq!(state(&played).rows().unwrap().before, None, "at most so many is no place");
    played.press(KeyCode::Enter);
    let lines = vec!["{".to_owned(), "  \"a\": 1".to_owned(), "}".to_owned()];
    say(
        &mut played,
        Answer::Cell(Box::new(WholeCell { kind: CellKind::Text, size: 9, lines, plain: None, cut: false })),
    );
    played.snapshots("far_cell");
    assert!(!last(&played).1.opens);
}

#[test]
fn rows_are_counted_only_when_asked_for() {
    let mut played = tables();
    played.key('c');
    let Ask::Count { table } = &last(&played).1.ask else { panic!() };
    assert_eq!(table, "Events");
    assert_eq!(state(&played).counts(), Some("Events"));
    // Esc stops the count alone.
    played.press(KeyCode::Esc);
    assert!(!state(&played).reads() && matches!(played.effects.last(), Some(Effect::Cancel(_))));
    played.key('c');
    say(&mut played, Answer::Counted(18_100));
    assert_eq!(state(&played).tables()[0].rows, Some(RowCount::Counted(18_100)));
    let before = played.effects.len();
    played.key('c');
    assert_eq!(played.effects.len(), before, "what is counted is not counted again");
}

#[test]
fn the_limit_asks_and_goes_on_with_the_same_read() {
    let mut played = tables();
    rows(&mut played);
    played.key('/');
    played.type_in("source 7d0c");
    played.press(KeyCode::Enter);
    fetched(&mut played, 21, 12_000);
    played.snapshots("far_searches");
    fetched(&mut played, 31, 16_300);
    say(&mut played, Answer::Spent);
    assert_eq!(played.wizard.keys(), keys::Screen::Limit);
    played.snapshots("far_limit");
    // No: the rows before stay, and so does their filter.
    played.press(KeyCode::Esc);
    assert_eq!((played.wizard.keys(), state(&played).filter()), (keys::Screen::Rows, ""));
    assert_eq!(state(&played).rows().unwrap().page.rows.len(), 12);
    played.key('/');
    played.type_in("source 7d0c");
    played.press(KeyCode::Enter);
    say(&mut played, Answer::Spent);
    played.press(KeyCode::Enter);
    let (_, work) = last(&played);
    assert_eq!(work.allowance, Allowance { requests: 800, bytes: 64 << 20 });
    let Ask::Rows { filter: Some(filter), .. } = &work.ask else { panic!() };
    assert_eq!(filter.text, "7d0c");
    assert!(!work.opens, "what was read is not read again");
    say(&mut played, Answer::Rows(Box::new(page(9, 3, true, false))));
    assert_eq!(state(&played).filter(), "source 7d0c");
    // Many small requests are asked about, too.
    played.press(KeyCode::Home);
    fetched(&mut played, 800, 26_000);
    say(&mut played, Answer::Spent);
    assert!(
        crate::view::tests::picture(&mut played.wizard, 80, 24)
            .contains("This would take more than 800 requests. Go on to 3 200?")
    );
    played.key('y');
    assert_eq!(last(&played).1.allowance.requests, 3_200);
}

#[test]
fn the_limit_of_a_schema_without_end_leads_back() {
    let mut played = backups::story_versions();
    played.key('t');
    say(&mut played, Answer::Spent);
    assert_eq!(played.wizard.keys(), keys::Screen::Limit);
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.keys(), keys::Screen::Versions);
}

#[test]
fn what_runs_is_stopped_first_and_leaving_stops_it() {
    let mut played = tables();
    rows(&mut played);
    played.press(KeyCode::PageDown);
    let (job, _) = last(&played);
    played.press(KeyCode::Esc);
    assert!(matches!(played.effects.last(), Some(Effect::Cancel(other)) if *other == job));
    assert_eq!(played.wizard.keys(), keys::Screen::Rows);
    // Its answer is stale.
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(90, 3, true, true)))));
    assert_eq!(state(&played).rows().unwrap().page.rows.len(), 12);
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.keys(), keys::Screen::Tables);
}

#[test]
fn rows_that_do_not_fit_do_not_hide_those_that_do() {
    let mut played = tables();
    rows(&mut played);
    played.press(KeyCode::PageDown);
    say(&mut played, Answer::Rows(Box::new(page(0, 0, true, false))));
    let rows = state(&played).rows().unwrap();
    assert_eq!((rows.page.rows.len(), rows.page.more_after), (12, false));
}

#[test]
fn another_object_underneath_is_a_finding() {
    let mut played = tables();
    rows(&mut played);
    played.press(KeyCode::PageDown);
    let detail = "s3://ts-platform-prod-backup/acme-bio/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/\
                  7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1/sqlite.db was replaced while it was read.";
    let why = "Bytes of two backups must not be mixed. A connector uploads a new backup when it restarts.";
    let remedy = "Read the list again and choose anew. Where the bucket keeps versions, the old one is still there.";
    let finding = Finding::new(Code::R108, Severity::Warn, detail).why(why).remedy(remedy);
    say(&mut played, Answer::Failed(Box::new(finding)));
    played.snapshots("far_replaced");
    played.key('e');
    assert_eq!(played.wizard.keys(), keys::Screen::Reader);
    played.press(KeyCode::Esc);
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.keys(), keys::Screen::Tables);
    assert!(state(&played).trouble().is_none());
}

#[test]
fn versions_and_connectors_open_it_with_t() {
    let mut played = backups::story_versions();
    played.key('t');
    assert!(state(&played).source().is_some_and(|(_, backup)| *backup == story::backup()));
    assert!(last(&played).1.opens);
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.keys(), keys::Screen::Versions);
    // A row without bytes says why not.
    played.press(KeyCode::End);
    played.key('t');
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("deleted"));
    let mut played = backups::story_connectors();
    played.key('t');
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("not known yet"));
}
