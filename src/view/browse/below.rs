//! What stands below tables, rows and cells: why the last read gave nothing, and whether more may be fetched.

use crate::finding::Code;
use crate::text;
use crate::view::body::{Body, Room};
use crate::view::findings;
use crate::view::source::credentials_ways;
use crate::view::theme::{Role, Theme};
use crate::wizard::browse::{Browse, Trouble};

/// Puts it there, over what stands there otherwise.
pub(super) fn below(body: &mut Body, state: &Browse, room: Room, theme: Theme) {
    let mut below = Body::default();
    if let Some(trouble) = state.trouble() {
        self::trouble(&mut below, trouble, room, theme);
    }
    limit(&mut below, state, room, theme);
    if below.is_empty() {
        return;
    }
    let keep = room.rows().saturating_sub(below.len() + 1);
    if body.len() > keep {
        body.lines.truncate(keep);
        if body.cursor.is_some_and(|(_, y)| usize::from(y) >= keep) {
            body.cursor = None;
        }
    }
    body.gap();
    body.lines.append(&mut below.lines);
}

fn trouble(body: &mut Body, trouble: &Trouble, room: Room, theme: Theme) {
    match trouble {
        Trouble::Said(why) => {
            for (at, line) in text::wrap(why, room.columns().saturating_sub(4)).into_iter().take(4).enumerate() {
                body.styled(&format!("{} {line}", if at == 0 { '✗' } else { ' ' }), Role::Bad, theme);
            }
        }
        Trouble::Finding(finding) => {
            findings::finding(body, finding, None, room, theme);
            if !room.is_narrow() {
                body.labelled("Why", &finding.why, 17, room);
            }
            if finding.code == Code::R112 {
                credentials_ways(body, finding, room);
            } else {
                body.labelled("What to do", &finding.remedy, 17, room);
            }
        }
    }
}

/// Whether more may be fetched.
fn limit(body: &mut Body, state: &Browse, room: Room, theme: Theme) {
    let (Some((now, more)), Some(fetched)) = (state.asks(), state.fetched()) else { return };
    let question = if fetched.requests >= now.requests {
        let requests = |count: u32| text::count(u64::from(count));
        format!(
            "? This would take more than {} requests. Go on to {}?",
            requests(now.requests),
            requests(more.requests)
        )
    } else {
        format!("? This would fetch more than {}. Go on to {}?", text::size(now.bytes), text::size(more.bytes))
    };
    body.styled(&question, Role::Caution, theme);
    let size = state.source().map_or(0, |(_, backup)| backup.size);
    body.wrapped(
        &format!("The whole backup has {}: a download fetches it once, and checks it.", text::size(size)),
        3,
        room,
    );
}
