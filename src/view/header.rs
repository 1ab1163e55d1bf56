//! The two lines above the body: what is chosen and who works here; the step rail.

use ratatui::text::{Line, Span};

use super::theme::{Role, Theme};
use crate::text;
use crate::wizard::{Rail, RailMark, Shared, Stage};

/// The header. Narrow: `reseat` goes, then the connector's name is cut; the rest never.
pub(super) fn line(shared: &Shared, width: u16, theme: Theme) -> Line<'static> {
    let width = usize::from(width);
    let who = &shared.who;
    let right = if who.person == who.user {
        format!("{} on {}", who.person, who.machine)
    } else {
        format!("{} as {} on {}", who.person, who.user, who.machine)
    };
    let right = if shared.demo { format!("DEMO   {right}") } else { right };
    let crumbs = &shared.crumbs;
    let fixed: Vec<&str> = [&crumbs.source, &crumbs.organisation].into_iter().flatten().map(String::as_str).collect();
    let fixed = fixed.join(" · ");
    let name = crumbs.connector.as_ref().map(|name| format!(" · {name}")).unwrap_or_default();
    let room = width.saturating_sub(text::width(&right) + 4);
    let mut title = "reseat";
    if text::width(&fixed) + text::width(&name) + 8 > room && !fixed.is_empty() {
        title = "";
    }
    let head = if title.is_empty() || fixed.is_empty() { title.to_owned() } else { format!("{title}  ") };
    let left_room = room.saturating_sub(text::width(&head) + text::width(&fixed));
    let left = format!("{head}{fixed}{}", text::cut(&name, left_room));
    let left = text::cut(&left, room);
    let gap = width.saturating_sub(text::width(&left) + text::width(&right) + 2);
    Line::from(vec![
        Span::styled(format!(" {left}"), theme.style(Role::Title)),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, theme.style(if shared.demo { Role::Caution } else { Role::Normal })),
    ])
}

/// The step rail: one line at every width.
pub(super) fn rail(rail: Rail, width: u16, theme: Theme) -> Line<'static> {
    let at = rail.and_then(|(stage, _)| Stage::ALL.iter().position(|other| *other == stage));
    let mark = |index: usize| match (at, rail) {
        (Some(at), _) if index < at => '✓',
        (Some(at), Some((_, mark))) if index == at => match mark {
            RailMark::Here => '●',
            RailMark::Stopped => '✗',
            RailMark::Done => '✓',
        },
        _ => '○',
    };
    let role = |index: usize| match mark(index) {
        '✓' => Role::Good,
        '✗' => Role::Bad,
        '●' => Role::Title,
        _ => Role::Dim,
    };
    let mut spans = vec![Span::raw(" ")];
    if width >= 80 {
        for (index, stage) in Stage::ALL.iter().enumerate() {
            if index > 0 {
                spans.push(Span::styled(" ─ ", theme.style(Role::Dim)));
            }
            spans.push(Span::styled(format!("{}{}", mark(index), stage.name()), theme.style(role(index))));
        }
        return Line::from(spans);
    }
    let mut used = 1;
    for (index, stage) in Stage::ALL.iter().enumerate() {
        let here = at == Some(index);
        let piece = if here { format!(" {}{} ", mark(index), stage.name()) } else { mark(index).to_string() };
        let piece = if here && index == 0 { piece.trim_start().to_owned() } else { piece };
        used += text::width(&piece);
        spans.push(Span::styled(piece, theme.style(role(index))));
    }
    if let Some(at) = at {
        let count = format!("step {} of 8", at + 1);
        let gap = usize::from(width).saturating_sub(used + text::width(&count) + 1);
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::raw(count));
    }
    Line::from(spans)
}
