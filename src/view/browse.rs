//! Draws the screens of `wizard::browse`: tables, rows, one cell.

mod below;
mod tables;

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::list;
use super::theme::{Role, Theme};
use crate::database::browse::{CellKind, Row};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::browse::{Browse, CellView, RowsView, Typed, schema};

/// Draws the level that is open.
pub(super) fn browse(state: &Browse, shared: &Shared, room: Room, theme: Theme) -> Body {
    let revealed = shared.revealed;
    let name = state.table().map(|table| table.facts.name.printable()).unwrap_or_default();
    let mut body = match (state.rows(), state.cell()) {
        (Some(rows), Some(cell)) => one_cell(state, &name, (rows, cell), revealed, room, theme),
        (Some(rows), None) => rows_of(state, &name, rows, revealed, room, theme),
        (None, _) => tables::tables(state, shared, room, theme),
    };
    below::below(&mut body, state, room, theme);
    body
}

/// A line with something at the left, and at the right what was fetched so far.
fn fetched(body: &mut Body, left: Span<'static>, state: &Browse, room: Room, theme: Theme) {
    let right = state.fetched().filter(|fetched| fetched.requests > 0).map(|fetched| {
        let requests = text::counted(u64::from(fetched.requests), "request", "requests");
        format!("fetched {} in {requests}", text::size(fetched.bytes))
    });
    let right = right.unwrap_or_default();
    let words = text::cut(&left.content, room.columns().saturating_sub(text::width(&right) + 3));
    let gap = room.columns().saturating_sub(text::width(&words) + text::width(&right) + 2);
    body.spans(vec![
        Span::styled(words, left.style),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, theme.style(Role::Dim)),
    ]);
}

fn rows_of(state: &Browse, name: &str, view: &RowsView, revealed: bool, room: Room, theme: Theme) -> Body {
    let page = &view.page;
    let searches = state.reads() && !state.filter().is_empty();
    let right = if state.asks().is_some() {
        String::new()
    } else if searches {
        "is being searched".to_owned()
    } else {
        which_rows(state, view)
    };
    let mut body = Body::asking_with(&format!("Rows of {name}"), &right, room, theme);
    match state.field() {
        Some((Typed::Filter, field)) => {
            body.field("/ ", &text::printable(field.text()), Some(field.cursor()));
        }
        Some((Typed::Key, field)) => {
            body.field("row ", &text::printable(field.text()), Some(field.cursor()));
        }
        None if state.filter().is_empty() => fetched(&mut body, Span::default(), state, room, theme),
        None => fetched(&mut body, Span::raw(format!("/ {}", text::printable(state.filter()))), state, room, theme),
    }
    let columns: Vec<String> = page.columns.iter().map(text::Untrusted::printable).collect();
    let widths = widths(&columns, &page.rows, revealed);
    let shown = columns_shown(&widths, view.column, room.columns().saturating_sub(4));
    let mut head = vec![Span::raw("   ")];
    for at in shown.clone() {
        let role = if at == view.column { Role::Selected } else { Role::Dim };
        head.push(Span::styled(text::fit(&columns[at], widths[at]), theme.style(role)));
        head.push(Span::raw("  "));
    }
    body.lines.push(Line::from(head));
    let height = Browse::height((room.width, room.height + 5));
    for (number, row) in page.rows.iter().enumerate().take(height) {
        let cells = shown.clone().map(|at| cell_text(row, at, widths[at], revealed));
        list::row(&mut body, number == view.row, &cells.collect::<Vec<_>>().join("  "), room, theme);
    }
    if page.rows.is_empty() {
        body.text(if state.filter().is_empty() { "  The table has no rows." } else { "  No row fits." });
    }
    let hidden = columns.len() - shown.len();
    if hidden > 0 {
        let words = format!("columns {}-{} of {}", shown.start + 1, shown.end, columns.len());
        let gap = room.columns().saturating_sub(text::width(&words) + 2);
        body.styled(&format!("{}{words}", " ".repeat(gap)), Role::Dim, theme);
    } else {
        body.gap();
    }
    let here = page.rows.get(view.row).and_then(|row| row.cells.get(view.column));
    if let (Some(cell), Some(column)) = (here, columns.get(view.column)) {
        body.styled(&format!("{column}   {}", kind_of(cell.kind, cell.told_size(revealed))), Role::Title, theme);
        for line in text::wrap(cell.text(revealed), room.columns().saturating_sub(4)).into_iter().take(3) {
            body.text(format!("  {line}"));
        }
    }
    body
}

/// `rows 9-16 of 18 204`.
fn which_rows(state: &Browse, view: &RowsView) -> String {
    let all = state.table().and_then(|table| table.rows).filter(|_| state.filter().is_empty());
    let of = schema::count(all).map(|all| format!(" of {all}")).unwrap_or_default();
    let up = if view.page.more_before { "↑" } else { "" };
    let down = if view.page.more_after { "↓" } else { "" };
    match view.before {
        Some(before) if !view.page.rows.is_empty() => {
            let last = before + view.page.rows.len() as u64;
            format!("rows {}-{}{of} {up}{down}", text::count(before + 1), text::count(last))
        }
        _ => format!("{} rows{of} {up}{down}", text::count(view.page.rows.len() as u64)),
    }
}

/// The width of each column: as wide as its widest cell, within bounds.
fn widths(columns: &[String], rows: &[Row], revealed: bool) -> Vec<usize> {
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| text::width(cell.text(revealed)));
        cells.max().unwrap_or_default().max(text::width(&columns[at]))
    };
    (0..columns.len()).map(|at| widest(at).clamp(3, 36)).collect()
}

/// The columns on screen: the one under the cursor is always among them.
fn columns_shown(widths: &[usize], at: usize, room: usize) -> std::ops::Range<usize> {
    let mut start = 0;
    loop {
        let mut used = 0;
        let mut end = start;
        while end < widths.len() && (end == start || used + widths[end] <= room) {
            used += widths[end] + 2;
            end += 1;
        }
        if at < end || end >= widths.len() || start >= at {
            return start..end;
        }
        start += 1;
    }
}

fn cell_text(row: &Row, at: usize, width: usize, revealed: bool) -> String {
    let Some(cell) = row.cells.get(at) else { return " ".repeat(width) };
    match cell.kind {
        // Numbers stand at the right, so that their size shows.
        CellKind::Integer | CellKind::Real => format!("{:>width$}", text::cut(cell.text(revealed), width)),
        _ => text::fit(cell.text(revealed), width),
    }
}

/// The kind of a value, with its length where that may be told.
fn kind_of(kind: CellKind, size: Option<u64>) -> String {
    let long = size.map_or_else(|| "masked".to_owned(), |size| text::counted(size, "byte", "bytes"));
    match kind {
        CellKind::Null => "NULL".to_owned(),
        CellKind::Integer => "whole number".to_owned(),
        CellKind::Real => "number".to_owned(),
        CellKind::Text => format!("text, {long}"),
        CellKind::Blob => format!("bytes, {long}"),
    }
}

fn one_cell(
    state: &Browse,
    name: &str,
    (rows, view): (&RowsView, &CellView),
    revealed: bool,
    room: Room,
    theme: Theme,
) -> Body {
    let column = rows.page.columns.get(rows.column).map(text::Untrusted::printable).unwrap_or_default();
    let lines = view.cell.text(revealed);
    let columns = room.columns().saturating_sub(3);
    let wrapped: Vec<String> = lines.iter().flat_map(|line| wrap_keeping(line, columns)).collect();
    let height = room.rows().saturating_sub(3);
    let top = view.top.min(wrapped.len().saturating_sub(height));
    let window = top..(top + height).min(wrapped.len());
    let right = list::position_words("lines", &window, wrapped.len());
    let mut body = Body::asking_with(&format!("{name}.{column}"), &right, room, theme);
    let cut = if view.cell.cut { "; only its beginning is shown" } else { "" };
    let kind = format!("{}{cut}", kind_of(view.cell.kind, view.cell.told_size(revealed)));
    fetched(&mut body, Span::styled(kind, theme.style(Role::Dim)), state, room, theme);
    body.gap();
    for line in &wrapped[window] {
        body.text(line);
    }
    body
}

/// Wraps a line of a cell, its indentation kept.
fn wrap_keeping(line: &str, columns: usize) -> Vec<String> {
    if text::width(line) <= columns {
        return vec![line.to_owned()];
    }
    let indent = line.chars().take_while(|c| *c == ' ').count().min(columns / 2);
    let pad = " ".repeat(indent);
    text::wrap(line.trim_start(), columns - indent).into_iter().map(|line| format!("{pad}{line}")).collect()
}
