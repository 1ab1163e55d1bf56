//! Draws the state of the wizard, and nothing else: no state of its own, no I/O, no clock.
//!
//! [`draw`] lays out the frame (header, step rail, body, lower rule, notice line, footer) and asks the screen's own module for
//! the lines of its body. A body is a list of lines, so that it can be tested and cut without a terminal.

pub mod body;
pub mod findings;
pub mod list;
pub mod progress;
pub mod theme;

mod backup;
mod browse;
mod diff;
mod finish;
mod footer;
mod header;
mod help;
mod inspect;
mod place;
mod preview;
mod reader;
mod rewrite;
mod rollback;
mod source;
mod start;
mod target;
#[cfg(test)]
pub(crate) mod tests;
mod witnesses;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

pub use body::{Body, Room};
pub use theme::{Role, Theme};

use crate::text;
use crate::wizard::{Screen, Shared, Wizard};

/// Rows of the frame that are not body: header, rail, rule, notice line, footer.
const FRAME_ROWS: u16 = 5;

/// Draws the whole wizard. Never panics, whatever the size.
pub fn draw(frame: &mut Frame<'_>, wizard: &Wizard, theme: Theme) {
    let area = frame.area();
    let cursor = render(wizard, theme, area, frame.buffer_mut());
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Renders into a buffer and says where the terminal's cursor stands, if a field has the focus.
pub fn render(wizard: &Wizard, theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let shared = &wizard.shared;
    let cursor = if area.width < 60 || area.height < 20 {
        too_small(area, buffer);
        None
    } else {
        let room = Room { width: area.width, height: area.height - FRAME_ROWS };
        let body = wizard.reader().map_or_else(
            || screen_body(wizard.screen(), shared, room, theme),
            |reader| reader::body(reader, shared, room, theme),
        );
        let below = area.height - 3;
        put(buffer, area, 0, &header::line(shared, area.width, theme));
        put(buffer, area, 1, &header::rail(wizard.screen().step().rail(), area.width, theme));
        for (row, line) in (2..below).zip(&body.lines) {
            put(buffer, area, row, line);
        }
        put(buffer, area, below, &footer::rule(wizard, &body, area.width, theme));
        put(buffer, area, below + 1, &footer::notice(wizard, area.width, theme));
        put(buffer, area, below + 2, &footer::keys(wizard, area.width, theme));
        body.cursor.map(|(x, y)| Position::new(area.x + x, area.y + 2 + y)).filter(|at| area.contains(*at))
    };
    theme.fit_glyphs(buffer, area);
    cursor
}

/// Asks the screen's own module for its body.
fn screen_body(screen: &Screen, shared: &Shared, room: Room, theme: Theme) -> Body {
    match screen {
        Screen::Start(state) => start::start(state, shared, room, theme),
        Screen::Past(state) => start::past(state, shared, room, theme),
        Screen::Source(state) => source::source(state, shared, room, theme),
        Screen::Credentials(state) => source::credentials(state, shared, room, theme),
        Screen::Organisations(state) => backup::organisations(state, shared, room, theme),
        Screen::Connectors(state) => backup::connectors(state, shared, room, theme),
        Screen::Versions(state) => backup::versions(state, shared, room, theme),
        Screen::Search(state) => backup::search(state, shared, room, theme),
        Screen::Inspect(state) => inspect::inspect(state, shared, room, theme),
        Screen::Browse(state) => browse::browse(state, shared, room, theme),
        Screen::Pick(state) => target::pick(state, shared, room, theme),
        Screen::PasteIds(state) => target::paste(state, shared, room, theme),
        Screen::Preview(state) => preview::preview(state, shared, room, theme),
        Screen::Changes(state) => preview::changes(state, shared, room, theme),
        Screen::Witnesses(state) => witnesses::witnesses(state, shared, room, theme),
        Screen::Rewrite(state) => rewrite::rewrite(state, shared, room, theme),
        Screen::Place(state) => place::place(state, shared, room, theme),
        Screen::Placed(state) => place::placed(state, shared, room, theme),
        Screen::Elsewhere(state) => place::elsewhere(state, shared, room, theme),
        Screen::Finish(state) => finish::finish(state, shared, room, theme),
        Screen::Done(state) => finish::done(state, shared, room, theme),
        Screen::Rollback(state) => rollback::question(state, shared, room, theme),
        Screen::RolledBack(state) => rollback::result(state, shared, room, theme),
    }
}

/// What stands in a window that is too small; fits down to 1×1 by cutting.
fn too_small(area: Rect, buffer: &mut Buffer) {
    let lines = [
        " reseat needs 60 columns and 20 rows.".to_owned(),
        format!(" This window has {} columns and {} rows.", area.width, area.height),
        " Make it larger, or its letters smaller.".to_owned(),
        " Nothing is lost. Running work goes on.".to_owned(),
        " q leave".to_owned(),
    ];
    for (row, line) in (0..area.height).zip(lines) {
        put(buffer, area, row, &Line::from(text::cut(&line, usize::from(area.width))));
    }
}

fn put(buffer: &mut Buffer, area: Rect, row: u16, line: &Line<'_>) {
    let line_area = Rect { x: area.x, y: area.y.saturating_add(row), width: area.width, height: 1 }.intersection(area);
    line.render(line_area.intersection(*buffer.area()), buffer);
}
