//! Help of every screen, at the first size and at the smallest.

use super::body;
use crate::keys::{self, Screen};
use crate::view::tests::now;
use crate::view::{Room, Theme};
use crate::wizard::{Shared, Who};

fn shared() -> Shared {
    let mut shared = Shared::new(Who::default(), false, (80, 24), now());
    shared.restore = Some("2026-11-19-1".into());
    shared
}

fn text(screen: Screen, room: Room) -> Vec<String> {
    body(screen, &shared(), room, Theme::new(false, false)).lines.iter().map(ToString::to_string).collect()
}

#[test]
fn every_screen_has_its_help_on_one_page_at_the_first_size() {
    for screen in keys::SCREENS {
        let lines = text(*screen, Room { width: 80, height: 19 });
        assert!(lines.len() <= 19, "{screen:?}: {} lines\n{}", lines.len(), lines.join("\n"));
        assert!(lines.iter().all(|line| crate::text::width(line) <= 80), "{screen:?}\n{}", lines.join("\n"));
    }
}

#[test]
fn every_key_of_a_screen_stands_in_its_help() {
    for screen in keys::SCREENS {
        let lines = text(*screen, Room { width: 80, height: 19 }).join("\n");
        for binding in keys::bindings(*screen) {
            let name = match binding.action {
                keys::Action::Up | keys::Action::Down => "↑↓".to_owned(),
                keys::Action::Shell => "s".to_owned(),
                keys::Action::Suspend => continue,
                keys::Action::First | keys::Action::Last | keys::Action::Previous => continue,
                keys::Action::Service if binding.help == keys::START_SERVICE => continue,
                _ => binding.keys[0].name(),
            };
            assert!(lines.contains(&name), "{screen:?}: {name}\n{lines}");
        }
    }
}

#[test]
fn help_over_place() {
    insta::assert_snapshot!("help_place_80x24", text(Screen::Blocked, Room { width: 80, height: 19 }).join("\n"));
    insta::assert_snapshot!("help_finish_80x24", text(Screen::Finish, Room { width: 80, height: 19 }).join("\n"));
    insta::assert_snapshot!("help_place_60x20", text(Screen::Blocked, Room { width: 60, height: 15 }).join("\n"));
}
