//! The browser: three levels, pages by key, a cell in full.

use crossterm::event::KeyCode;

use super::*;
use crate::database::browse::{Cell, CellKind, KeyPart, Page, Row, RowFilter};
use crate::wizard::backup::tests::Played;
use crate::wizard::chain::story;
use crate::wizard::effect;
use crate::wizard::{Answer as Said, Screen};

fn cell(kind: CellKind, shown: &str) -> Cell {
    Cell { kind, shown: shown.into(), plain: None, size: shown.len() as u64 }
}

fn page(from: i64, rows: i64, before: bool, after: bool) -> Rows {
    let row = |id: i64| Row {
        key: RowKey(vec![KeyPart::Integer(id)]),
        cells: vec![
            cell(CellKind::Integer, &id.to_string()),
            cell(CellKind::Text, story::OLD_HUB),
            cell(CellKind::Text, &story::entry(story::OLD_CONNECTOR, story::OLD_HUB)[..36]),
            cell(CellKind::Blob, "32 bytes: 00 01 02"),
            cell(CellKind::Null, "NULL"),
        ],
    };
    let columns = ["id", "integration", "source", "payload", "note"];
    Rows {
        columns: columns.into_iter().map(Untrusted::from).collect(),
        rows: (from..from + rows).map(row).collect(),
        more_before: before,
        more_after: after,
    }
}

fn tables() -> Played {
    let inspected = story::inspected();
    Played::new(Browse::new(inspected.path.clone(), inspected.file.tables.clone(), None))
}

fn rows_job(played: &Played) -> JobId {
    played.job(|work| matches!(work, effect::Work::Browse(Work { ask: Ask::Rows { .. }, .. })))
}

fn last_page(played: &Played) -> Page {
    let pages = played.effects.iter().rev().find_map(|effect| match effect {
        crate::wizard::Effect::Start {
            work: effect::Work::Browse(Work { ask: Ask::Rows { page, .. }, .. }), ..
        } => Some(page.clone()),
        _ => None,
    });
    pages.unwrap()
}

#[test]
fn tables_rows_and_a_cell() {
    let mut played = tables();
    played.snapshots("browse_tables");
    played.press(KeyCode::Enter);
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(1, 12, false, true)))));
    played.key('l');
    played.key('l');
    played.snapshots("browse_rows");
    played.press(KeyCode::Enter);
    let job = played.job(|work| matches!(work, effect::Work::Browse(Work { ask: Ask::Cell { column: 2, .. }, .. })));
    let lines = [
        "{",
        "  \"config\": {",
        "    \"sourceType\": \"hrb-cellario\"",
        "  },",
        "  \"name\": \"Cellario Boston\"",
        "}",
    ];
    let whole =
        WholeCell { kind: CellKind::Text, size: 214, lines: lines.map(String::from).to_vec(), plain: None, cut: false };
    played.answer(job, Said::Browse(Answer::Cell(Box::new(whole))));
    played.snapshots("browse_cell");
    for id in [crate::keys::Screen::Rows, crate::keys::Screen::Tables] {
        played.press(KeyCode::Esc);
        assert_eq!(played.wizard.keys(), id);
    }
}

#[test]
fn pages_turn_at_the_edges_by_key() {
    let mut played = tables();
    played.press(KeyCode::Enter);
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(1, 3, false, true)))));
    for _ in 0..3 {
        played.press(KeyCode::Down);
    }
    assert_eq!(last_page(&played), Page::After(RowKey(vec![KeyPart::Integer(3)])));
    let next = rows_job(&played);
    // A second key while the page is on its way does not ask twice.
    played.press(KeyCode::Down);
    assert_eq!(rows_job(&played), next);
    played.answer(next, Said::Browse(Answer::Rows(Box::new(page(4, 3, true, true)))));
    let Screen::Browse(state) = played.wizard.screen() else { panic!() };
    assert_eq!((state.rows().unwrap().row, state.rows().unwrap().before), (0, Some(3)));
    played.press(KeyCode::Up);
    assert_eq!(last_page(&played), Page::Before(RowKey(vec![KeyPart::Integer(4)])));
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(1, 3, false, true)))));
    let Screen::Browse(state) = played.wizard.screen() else { panic!() };
    assert_eq!((state.rows().unwrap().row, state.rows().unwrap().before), (2, Some(0)));
    // The first answer is stale by now.
    played.answer(next, Said::Browse(Answer::Rows(Box::new(page(7, 3, true, true)))));
    let Screen::Browse(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.rows().unwrap().before, Some(0));
}

#[test]
fn a_filter_and_a_key_are_typed() {
    let mut played = tables();
    played.press(KeyCode::Enter);
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(1, 12, false, true)))));
    let filters = |played: &Played| {
        let filters = played.effects.iter().rev().find_map(|effect| match effect {
            crate::wizard::Effect::Start {
                work: effect::Work::Browse(Work { ask: Ask::Rows { filter, .. }, .. }),
                ..
            } => Some(filter.clone()),
            _ => None,
        });
        filters.unwrap()
    };
    played.key('/');
    played.type_in("q");
    played.press(KeyCode::Esc);
    assert_eq!(played.wizard.keys(), crate::keys::Screen::Rows, "Esc closes the field alone");
    played.key('/');
    played.type_in("Integration 3f2a");
    played.press(KeyCode::Enter);
    assert_eq!(filters(&played), Some(RowFilter { column: Some(1), text: "3f2a".into() }));
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::Rows(Box::new(page(4, 8, false, true)))));
    played.snapshots("browse_filtered");
    // The next page keeps the filter, and so does a jump.
    played.press(KeyCode::PageDown);
    assert!(filters(&played).is_some());
    played.key('i');
    played.type_in("18000");
    played.snapshots("browse_to_a_row");
    played.press(KeyCode::Enter);
    assert_eq!((last_page(&played), filters(&played).is_some()), (Page::Typed("18000".into()), true));
    let job = rows_job(&played);
    played.answer(job, Said::Browse(Answer::NotRead("SQLite cannot find the row 18000: no row has this key".into())));
    let Screen::Browse(state) = played.wizard.screen() else { panic!() };
    assert!(state.trouble().is_some() && state.rows().is_some(), "the page before stays");
    // The tables again: the filter was of this one.
    played.press(KeyCode::Esc);
    played.press(KeyCode::Enter);
    assert_eq!(filters(&played), None);
}

mod far;
