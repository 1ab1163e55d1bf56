//! The screens beside their drawings: 22.

use crate::view::tests::{picture, showing};
use crate::wizard::after::After;
use crate::wizard::after::story::{all_done, clean_look, open_look, service};
use crate::wizard::chain::story;
use crate::wizard::rollback::tests::{looked, undone};
use crate::wizard::rollback::{Rollback, RolledBack, Undone};
use crate::wizard::{Message, PlaceState, Wizard};

fn snapshots(name: &str, wizard: &mut Wizard) {
    wizard.shared.crumbs.source = Some("prod".into());
    wizard.shared.crumbs.organisation = Some("acme-bio".into());
    wizard.shared.crumbs.connector = Some("Cellario Boston".into());
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn the_question() {
    let mut wizard = showing(Rollback::new(all_done()));
    wizard.shared.place = PlaceState::Placed;
    looked(&mut wizard, open_look());
    snapshots("22_open", &mut wizard);
    wizard.shared.stopped = Some(service());
    looked(&mut wizard, clean_look("2026-11-19T14:41:02Z"));
    looked(&mut wizard, clean_look("2026-11-19T14:41:04Z"));
    wizard.update(Message::Drawn, story::now());
    snapshots("22_confirm", &mut wizard);
}

#[test]
fn of_what_was_placed_online() {
    let mut wizard = showing(Rollback::new(After { online: true, ..all_done() }));
    wizard.shared.place = PlaceState::Placed;
    looked(&mut wizard, open_look());
    wizard.update(Message::Drawn, story::now());
    snapshots("22_online", &mut wizard);
    let undone = Undone { into_live: true, ..undone() };
    let mut wizard = showing(RolledBack::new(After { online: true, ..all_done() }, undone));
    wizard.shared.place = PlaceState::RolledBack;
    snapshots("22_online_result", &mut wizard);
}

#[test]
fn the_result() {
    let mut wizard = showing(RolledBack::new(all_done(), undone()));
    wizard.shared.place = PlaceState::RolledBack;
    wizard.shared.stopped = Some(service());
    snapshots("22_result", &mut wizard);
}
