//! Texts that lie over a screen: help made from the table of keys, the long text of a finding, a page to select from.

use ratatui::text::Line;

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use super::{help, list};
use crate::finding::texts;
use crate::text;
use crate::wizard::Shared;
use crate::wizard::reader::{Kind, Reader};

/// The body of a reader.
pub(super) fn body(reader: &Reader, shared: &Shared, room: Room, theme: Theme) -> Body {
    let all = match &reader.kind {
        Kind::Help(screen) => help::body(*screen, shared, room, theme),
        Kind::Explain(code) => {
            let mut body = Body::default();
            let text = texts::explained(*code, room.columns().saturating_sub(2));
            for (at, line) in text.lines().enumerate() {
                // The first line names the code; the parts below have headings at the margin.
                let heading = at == 0 || !line.is_empty() && !line.starts_with(' ');
                body.styled(line, if heading { Role::Title } else { Role::Normal }, theme);
            }
            body
        }
        Kind::Page(page) => {
            let mut body = Body::default();
            // Without the left margin: what is selected by mouse is exactly the text.
            body.lines.extend(page.lines().flat_map(|line| text::wrap(line, room.columns())).map(Line::from));
            body
        }
    };
    let count = all.len();
    let said = usize::from(count > room.rows() && !matches!(reader.kind, Kind::Page(_)));
    let space = room.rows().saturating_sub(said);
    let top = reader.top.min(count.saturating_sub(space));
    let mut body = Body { lines: all.lines.into_iter().skip(top).take(space).collect(), cursor: None };
    if said > 0 {
        let words = list::position_words("lines", &(top..(top + space).min(count)), count);
        body.styled(&words, Role::Dim, theme);
    }
    body
}
