//! The screens beside their drawings: 15, 16, 17.

use crate::view::tests::{picture, showing};
use crate::wizard::after::story::{after, open_look, service};
use crate::wizard::chain::story;
use crate::wizard::place::elsewhere::{Commands, Elsewhere};
use crate::wizard::place::tests::{confirming, looked, wizard};
use crate::wizard::place::{Answer, Placed};
use crate::wizard::{Answer as AnyAnswer, JobId, Message, PlaceState, Wizard};

fn crumbs(wizard: &mut Wizard) {
    wizard.shared.crumbs.source = Some("prod".into());
    wizard.shared.crumbs.organisation = Some("acme-bio".into());
    wizard.shared.crumbs.connector = Some("Cellario Boston".into());
}

fn snapshots(name: &str, wizard: &mut Wizard) {
    crumbs(wizard);
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn somebody_has_it_open() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    snapshots("15_open", &mut wizard);
}

#[test]
fn the_question_about_the_service() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    wizard.update(Message::Key(crossterm::event::KeyCode::Char('o').into()), story::now());
    snapshots("15_question", &mut wizard);
}

#[test]
fn the_question_about_online_mode_and_its_confirmation() {
    let mut wizard = wizard();
    looked(&mut wizard, open_look());
    wizard.update(Message::Key(crossterm::event::KeyCode::Char('n').into()), story::now());
    snapshots("15_online_question", &mut wizard);
    wizard.update(Message::Key(crossterm::event::KeyCode::Char('y').into()), story::now());
    wizard.update(Message::Drawn, story::now());
    snapshots("15_online", &mut wizard);
}

#[test]
fn the_confirmation() {
    let mut wizard = wizard();
    wizard.shared.stopped = Some(service());
    confirming(&mut wizard);
    wizard.update(Message::Drawn, story::now());
    snapshots("15_confirm", &mut wizard);
    let shown = picture(&mut wizard, 80, 24);
    assert!(!shown.contains("a91f03de"), "the picked ID is on the screen:\n{shown}");
}

#[test]
fn it_replaces() {
    let mut wizard = wizard();
    confirming(&mut wizard);
    wizard.update(Message::Drawn, story::now());
    wizard.update(Message::Paste("a91f03de".into()), story::now());
    wizard.update(Message::Key(crossterm::event::KeyCode::Enter.into()), story::now());
    snapshots("15_replacing", &mut wizard);
}

#[test]
fn placed() {
    let mut wizard = showing(Placed::new(after()));
    wizard.shared.place = PlaceState::Placed;
    wizard.shared.stopped = Some(service());
    snapshots("16", &mut wizard);
}

#[test]
fn placed_online() {
    let mut wizard = showing(Placed::new(crate::wizard::after::After { online: true, last_look: None, ..after() }));
    wizard.shared.place = PlaceState::Placed;
    snapshots("16_online", &mut wizard);
}

#[test]
fn elsewhere() {
    let mut wizard = showing(Elsewhere::new(story::proved()));
    wizard.shared.who.machine = "jump-01".into();
    let commands = Commands {
        copy: "scp /usr/local/bin/reseat \\\n    ~/.local/state/reseat/2026-11-19-1/restored.db support@bos-hub-02:".into(),
        place: "ssh -t support@bos-hub-02 'sudo ./reseat place restored.db \\\n  --connector a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22 \\\n  --sha256 da834e1fa528b3c0f6d9a1b57feb92c341665874c813189636e573569bff6c1b \\\n  && rm restored.db'".into(),
        sizes: (16_567_500, story::SIZE),
        file: Some("~/.local/state/reseat/2026-11-19-1/commands.txt".into()),
    };
    let answer = AnyAnswer::Place(Answer::Commands(Box::new(commands)));
    wizard.update(Message::Answer { job: JobId(1), answer }, story::now());
    snapshots("17", &mut wizard);
}
