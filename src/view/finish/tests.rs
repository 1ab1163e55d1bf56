//! The screens beside their drawings: 18, 19.

use crate::view::tests::{picture, showing};
use crate::wizard::after::story::{all_done, half_done, watch};
use crate::wizard::chain::story;
use crate::wizard::finish::{Answer, Done, Finish};
use crate::wizard::{Answer as AnyAnswer, JobId, Message, PlaceState, Wizard};

fn snapshots(name: &str, wizard: &mut Wizard) {
    wizard.shared.crumbs.source = Some("prod".into());
    wizard.shared.crumbs.organisation = Some("acme-bio".into());
    wizard.shared.crumbs.connector = Some("Cellario Boston".into());
    wizard.shared.place = PlaceState::Placed;
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn the_checklist() {
    let mut wizard = showing(Finish::new(half_done()));
    let look = watch("2026-11-19T14:29:12Z", story::EVENTS);
    let answer = AnyAnswer::Finish(Answer::Watched(Box::new(look)));
    wizard.update(Message::Answer { job: JobId(1), answer }, story::now());
    snapshots("18", &mut wizard);
    wizard.update(Message::Key(crossterm::event::KeyCode::Char('n').into()), story::now());
    snapshots("18_error", &mut wizard);
}

#[test]
fn done() {
    let look = watch("2026-11-19T14:36:00Z", story::EVENTS + 12);
    let mut wizard = showing(Done::new(all_done(), Some(look), Some(12)));
    snapshots("19", &mut wizard);
    let mut open = showing(Done::new(half_done(), None, None));
    snapshots("19_open", &mut open);
}
