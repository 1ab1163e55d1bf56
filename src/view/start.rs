//! Draws the screens of `wizard::start`.

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::findings;
use super::list;
use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::start::{Known, Mark, Past, Row, Start};

/// 1: continue, start a new restore, or look at a past one.
pub(super) fn start(state: &Start, _shared: &Shared, room: Room, theme: Theme) -> Body {
    if let Some(ask) = state.ask() {
        let mut body = Body::asking(&ask.question, theme);
        body.gap();
        for line in &ask.lines {
            body.wrapped(line, 3, room);
        }
        return body;
    }
    let mut body = Body::asking("Continue, start a new restore, or look at a past one?", theme);
    body.gap();
    if state.lists() {
        body.text("  the restores of this machine are being listed");
        return body;
    }
    let mut details = Body::default();
    if let Some(finding) = state.failed() {
        findings::finding(&mut details, finding, None, room, theme);
        details.labelled("Why", &finding.why, 17, room);
        details.labelled("What to do", &finding.remedy, 17, room);
    } else if let Some(known) = state.under() {
        known_restore(&mut details, known, room, theme);
    }
    let rows = state.rows();
    let names = rows.iter().map(|row| match row {
        Row::Known(known) => text::width(&known.name),
        Row::New => 0,
    });
    let wide = names.max().unwrap_or_default().clamp(12, if room.is_narrow() { 18 } else { 26 });
    let height = room.rows().saturating_sub(body.len() + 2 + details.len()).clamp(3, rows.len().max(3));
    let mut cursor = crate::wizard::Cursor::default();
    cursor.follow(state.at());
    let window = cursor.window(rows.len(), height);
    let unfinished = rows.iter().any(|row| matches!(row, Row::Known(known) if known.is_open()));
    for (number, row) in rows.iter().enumerate().skip(window.start).take(window.len()) {
        list::row(&mut body, number == state.at(), &content(*row, wide, unfinished), room, theme);
    }
    let words = list::position_words("rows", &window, rows.len());
    if words.is_empty() {
        body.gap();
    } else {
        list::position(&mut body, &window, rows.len(), room, theme);
    }
    if let Some(checks) = state.checks() {
        body.styled(&format!("● {checks}"), Role::Title, theme);
    }
    body.lines.extend(details.lines);
    body
}

fn content(row: Row<'_>, wide: usize, unfinished: bool) -> String {
    match row {
        Row::New => {
            let stays = if unfinished { "; the unfinished one stays here" } else { "" };
            format!("{} another restore{stays}", text::fit("New", 24))
        }
        Row::Known(known) => {
            let word = if known.is_open() { "Continue" } else { "Past" };
            let id = text::fit(&known.id, 14);
            format!("{} {id} {}  {}", text::fit(word, 10), text::fit(&known.name, wide), known.state)
        }
    }
}

/// What is known of one restore, step by step.
fn known_restore(body: &mut Body, known: &Known, room: Room, theme: Theme) {
    body.wrapped(&known.title, 1, room);
    if let Some((service, connectors, since)) = &known.stopped {
        let others = match connectors {
            0 | 1 => String::new(),
            count => format!(", and with it all {count} connectors of this hub"),
        };
        let words = format!(
            "{} is STOPPED: this restore stopped it at {since}{others}. o starts it again.",
            text::printable(&service.name)
        );
        for (at, line) in text::wrap(&words, room.columns().saturating_sub(4)).into_iter().enumerate() {
            let head = if at == 0 { "! " } else { "  " };
            body.spans(vec![Span::styled(format!("{head}{line}"), theme.style(Role::Caution))]);
        }
    }
    let low = room.height < 19;
    for (mark, label, words) in &known.lines {
        // Where the room is small, what is still to come goes without saying.
        if low && *mark == Mark::Later {
            continue;
        }
        let columns = room.columns().saturating_sub(16);
        for (at, line) in text::wrap(words, columns).into_iter().enumerate() {
            let head = if at == 0 && !label.is_empty() {
                format!("  {} {}", mark.glyph(), text::fit(label, 9))
            } else {
                " ".repeat(13)
            };
            let role = if *mark == Mark::Later { Role::Dim } else { Role::Normal };
            body.lines.push(Line::from(vec![
                Span::raw(" "),
                Span::styled(head, theme.style(role)),
                Span::raw(" "),
                Span::raw(line),
            ]));
        }
    }
}

/// The report of a past restore.
pub(super) fn past(state: &Past, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let columns = room.columns().saturating_sub(2);
    let lines: Vec<String> =
        state.report().lines().flat_map(|line| text::wrap(&text::printable(line), columns)).collect();
    let height = room.rows().saturating_sub(2);
    let top = state.top().min(lines.len().saturating_sub(height));
    let window = top..(top + height).min(lines.len());
    let right = list::position_words("lines", &window, lines.len());
    let mut body = Body::asking_with(&format!("The report of restore {}", state.known().id), &right, room, theme);
    body.gap();
    for line in &lines[window] {
        body.text(line);
    }
    body
}
