//! The frame at every size, and helpers for snapshots of the screens.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Theme, render};
use crate::wizard::{Message, PlaceState, Screen, Shared, Who, Wizard};

/// The moment at which the story of the screens plays.
pub(crate) fn now() -> jiff::Timestamp {
    "2026-11-19T14:05:00Z".parse().unwrap()
}

/// A wizard that shows `screen` in the story's surroundings.
pub(crate) fn showing(screen: impl Into<Screen>) -> Wizard {
    let who = Who { person: "mk".into(), user: "root".into(), machine: "bos-hub-02".into() };
    Wizard::new(Shared::new(who, false, (80, 24), now()), screen.into()).0
}

/// What a window of this size shows, line by line, without trailing blanks.
pub(crate) fn picture(wizard: &mut Wizard, columns: u16, rows: u16) -> String {
    wizard.update(Message::Resize(columns, rows), now());
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    render(wizard, Theme::new(true, false), area, &mut buffer);
    let mut out = String::new();
    for y in 0..rows {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..columns {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = crate::text::width(symbol).max(1);
            }
            skip -= 1;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn plain() -> Wizard {
    showing(crate::wizard::backup::tests::organisations())
}

#[test]
fn no_size_panics() {
    let mut wizard = plain();
    for columns in [0, 1, 2, 10, 59, 60, 79, 80, 120, 200] {
        for rows in [0, 1, 2, 5, 19, 20, 24, 60] {
            picture(&mut wizard, columns, rows);
        }
    }
}

#[test]
fn the_frame_keeps_its_lines() {
    let mut wizard = plain();
    wizard.shared.crumbs.source = Some("prod".into());
    wizard.shared.crumbs.organisation = Some("acme-bio".into());
    wizard.shared.crumbs.connector = Some("Cellario Boston".into());
    wizard.shared.place = PlaceState::Placed;
    wizard.shared.stopped = Some(crate::wizard::tests::service());
    let wide = picture(&mut wizard, 80, 24);
    let lines: Vec<&str> = wide.lines().collect();
    assert_eq!(lines[0], " reseat  prod · acme-bio · Cellario Boston             mk as root on bos-hub-02");
    assert_eq!(lines[1], " ✓Source ─ ●Backup ─ ○Inspect ─ ○Target ─ ○Preview ─ ○Rewrite ─ ○Place ─ ○Finish");
    assert_eq!(lines[21], "────────────────────────────────────────── placed; datahub.service is STOPPED ──");
    let narrow = picture(&mut wizard, 60, 20);
    let lines: Vec<&str> = narrow.lines().collect();
    assert_eq!(lines[0], " prod · acme-bio · Cellario Bost…  mk as root on bos-hub-02");
    assert_eq!(lines[1], " ✓ ●Backup ○○○○○○                               step 2 of 8");
    insta::assert_snapshot!("frame_120x40", picture(&mut wizard, 120, 40));
    insta::assert_snapshot!("too_small", picture(&mut wizard, 40, 5));
}

#[test]
fn help_is_made_from_the_table() {
    let mut wizard = plain();
    wizard.update(Message::Key(crossterm::event::KeyCode::Char('?').into()), now());
    let help = picture(&mut wizard, 80, 24);
    assert!(help.contains("narrow the list by typing"), "{help}");
    assert!(help.contains("Esc back   q close help   Ctrl-C twice: leave"), "{help}");
}
