//! The tables, and below or beside them what is told of one: its columns and its indexes.

use ratatui::text::Span;

use super::fetched;
use crate::database::facts::TableKind;
use crate::text;
use crate::view::body::{Body, Room};
use crate::view::list;
use crate::view::theme::{Role, Theme};
use crate::wizard::Shared;
use crate::wizard::browse::{Browse, Table, schema};

/// Draws them.
pub(super) fn tables(state: &Browse, shared: &Shared, room: Room, theme: Theme) -> Body {
    let all = state.tables();
    let right = text::counted(all.len() as u64, "table", "tables");
    let right = if all.is_empty() { "" } else { right.as_str() };
    let mut body = Body::asking_with("Which table? It is only read.", right, room, theme);
    fetched(&mut body, Span::default(), state, room, theme);
    let (list_room, side_room) = room.halves().unwrap_or((room, room));
    let (name, rows) = widths(list_room);
    let head = format!("  {} {:>rows$} {:>8} {:>8}", text::fit("table", name), "rows", "columns", "indexes");
    body.styled(&head, Role::Dim, theme);
    let from = body.len();
    if state.reads() && all.is_empty() {
        body.text("  is being read");
    }
    let (height, _) = Browse::heights(shared.size);
    let window = state.cursor().window(all.len(), height);
    let at = state.cursor().at(all.len());
    for (number, table) in all.iter().enumerate().skip(window.start).take(window.len()) {
        let content = content(state, table, name, rows);
        list::row(&mut body, number == at, &content, list_room, theme);
    }
    list::position(&mut body, &window, all.len(), list_room, theme);
    let (mut side, beside) = (Body::default(), room.halves().is_some());
    if let Some(table) = state.table() {
        let lines = room.rows().saturating_sub(if beside { from } else { body.len() });
        details(&mut side, table, lines, side_room, theme);
    }
    if beside {
        body.beside(side, from, room);
    } else {
        body.lines.append(&mut side.lines);
    }
    body
}

/// Columns of a table's name, and of the number of its rows.
fn widths(room: Room) -> (usize, usize) {
    if room.columns() < 76 { (16, 18) } else { (26, 18) }
}

fn content(state: &Browse, table: &Table, name: usize, rows: usize) -> String {
    let facts = &table.facts;
    let kind = match facts.kind {
        TableKind::Ordinary => "",
        TableKind::Shadow => "   of virtual",
        TableKind::Virtual => "   virtual",
        TableKind::Internal => "   SQLite's",
    };
    let counts = state.counts() == Some(facts.name.raw());
    // As long as the tables are being read, more may be said.
    let unknown = if state.reads_tables() { "…" } else { "not counted" };
    let known = schema::count(table.rows).unwrap_or_else(|| unknown.to_owned());
    let known = if counts { "is counted".to_owned() } else { known };
    let (columns, indexes) = (text::count(facts.columns.len() as u64), text::count(facts.indexes.len() as u64));
    format!("{} {known:>rows$} {columns:>8} {indexes:>8}{kind}", text::fit(&facts.name.printable(), name))
}

/// Columns and indexes, in so many lines; `v` shows the rest.
fn details(body: &mut Body, table: &Table, lines: usize, room: Room, theme: Theme) {
    body.styled(&table.facts.name.printable(), Role::Title, theme);
    let indexes = schema::indexes(&table.facts);
    let width = indexes.iter().map(|(name, _)| text::width(name)).max().unwrap_or_default().min(room.columns() / 2 - 6);
    let for_indexes = indexes.len().clamp(1, (lines / 2).max(1));
    let mut columns = Body::default();
    columns.labelled("  columns", &schema::columns(&table.facts), 13, room);
    cut(&mut columns, lines.saturating_sub(1 + for_indexes).max(1));
    body.lines.append(&mut columns.lines);
    let mut list = Body::default();
    for (at, (name, over)) in indexes.iter().enumerate() {
        let label = if at == 0 { "  indexes" } else { "" };
        let line = format!("{}  {over}", text::fit(name, width));
        list.text(format!("{}{}", text::fit(label, 12), text::cut(&line, room.columns().saturating_sub(14))));
    }
    if indexes.is_empty() {
        list.text("  indexes   none");
    }
    cut(&mut list, lines.saturating_sub(body.len()).max(1));
    body.lines.append(&mut list.lines);
}

/// At most so many lines; the last one says that there are more.
fn cut(body: &mut Body, lines: usize) {
    if body.len() > lines {
        body.lines.truncate(lines.saturating_sub(1));
        body.text(format!("{}… v shows all", " ".repeat(12)));
    }
}
