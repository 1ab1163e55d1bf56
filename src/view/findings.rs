//! Findings on a screen: mark, code, sentence; never cut, wrapped and hanging.

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::theme::{Role, Theme};
use crate::finding::Finding;
use crate::text;

/// Pushes one finding: ` ! R103  sentence…`, wrapped under itself. `mark` overrides the severity's (`»` once accepted).
pub(crate) fn finding(body: &mut Body, finding: &Finding, mark: Option<char>, room: Room, theme: Theme) {
    let mark = mark.unwrap_or_else(|| finding.severity.mark());
    let columns = room.columns().saturating_sub(10);
    for (at, line) in text::wrap(&finding.detail, columns).into_iter().enumerate() {
        let head = if at == 0 { format!("{mark} {}  ", finding.code) } else { " ".repeat(8) };
        let role = if at == 0 { Theme::severity(finding.severity) } else { Role::Normal };
        body.lines.push(Line::from(vec![Span::raw(" "), Span::styled(head, theme.style(role)), Span::raw(line)]));
    }
}

/// Pushes the three parts of a failure: what happened, why, what to do.
pub(crate) fn failure(body: &mut Body, finding: &Finding, room: Room) {
    body.labelled("What happened", &finding.detail, 17, room);
    body.labelled("Why", &finding.why, 17, room);
    body.labelled("What to do", &finding.remedy, 17, room);
}

/// The first sentence of a text: a row's share of a longer story.
pub(crate) fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// What comes behind the first sentence; all of it where there is only one.
pub(crate) fn rest(text: &str) -> &str {
    text.find(". ").map_or(text, |end| text[end + 1..].trim_start())
}
