//! Screens 9 and 10 with the data of the story.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyCode::{Char, Down, Enter, Up};

use crate::view::tests::picture;
use crate::wizard::chain::story;
use crate::wizard::target::{self, Answer, Here, PasteIds, Pick};
use crate::wizard::{Answer as Any, JobId, Message, Wizard};

fn here(here: Here) -> Any {
    Any::Target(Answer::Here(Ok(here)))
}

fn pick(seen: Option<Here>) -> Wizard {
    let (mut wizard, effects) = story::showing(Pick::new(story::inspected(), "/var/datahub".into()));
    let watch = story::job(&effects);
    if let Some(seen) = seen {
        let effects = story::says(&mut wizard, watch, here(seen));
        if effects.iter().any(|effect| matches!(effect, crate::wizard::Effect::Start { .. })) {
            let lookup = story::job(&effects);
            story::says(&mut wizard, lookup, story::same_organisation());
        }
    }
    wizard
}

fn both(name: &str, wizard: &mut Wizard) {
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn pick_the_new_connector() {
    both("pick", &mut pick(Some(story::here())));
}

#[test]
fn pick_before_the_connector_is_there() {
    both("pick_before", &mut pick(Some(story::here_before())));
    both("pick_looking", &mut pick(None));
}

#[test]
fn pick_one_with_data() {
    let mut wizard = pick(Some(story::here()));
    let effects = story::press(&mut wizard, &[Down]);
    target::tests::looked_up(&mut wizard, &effects, &["acme-bio"], &[]);
    both("pick_data", &mut wizard);
    story::press(&mut wizard, &[Enter]);
    both("pick_data_asks", &mut wizard);
    story::press(&mut wizard, &[crossterm::event::KeyCode::Esc, Down, Enter]);
    both("pick_other_type", &mut wizard);
}

#[test]
fn pick_on_a_value() {
    let mut wizard = pick(Some(story::here()));
    story::press(&mut wizard, &[Up, Up]);
    both("pick_value", &mut wizard);
}

#[test]
fn paste_swapped() {
    let screen = PasteIds::new(story::inspected(), Some(PathBuf::from("/var/datahub")), Some(story::here()));
    let (mut wizard, _) = story::showing(screen);
    wizard.update(Message::Paste(story::NEW_CONNECTOR.into()), story::now());
    story::press(&mut wizard, &[crossterm::event::KeyCode::Tab]);
    wizard.update(Message::Paste(story::NEW_HUB.into()), story::now());
    both("paste_swapped", &mut wizard);
    story::press(&mut wizard, &[Enter]);
    both("paste_right", &mut wizard);
}

#[test]
fn paste_typing() {
    let screen = PasteIds::new(story::inspected(), Some(PathBuf::from("/var/datahub")), Some(story::here()));
    let (mut wizard, _) = story::showing(screen);
    story::typed(&mut wizard, &story::NEW_HUB[..35]);
    story::press(&mut wizard, &[Down, Char('7'), Char('g')]);
    both("paste_typing", &mut wizard);
}

#[test]
fn paste_on_another_machine() {
    let mut inspected = story::inspected().as_ref().clone();
    inspected.chosen.hub_root = None;
    let (mut wizard, _) = story::showing(target::first(Arc::new(inspected)));
    both("paste_elsewhere", &mut wizard);
    let both_ids = format!("https://platform.example/hubs/{}/connectors/{}", story::NEW_HUB, story::NEW_CONNECTOR);
    let effects = wizard.update(Message::Paste(both_ids), story::now());
    let lookup = effects.iter().find_map(|effect| match effect {
        crate::wizard::Effect::Start {
            job,
            work: crate::wizard::effect::Work::Target(target::Work::Organisations { .. }),
            ..
        } => Some(*job),
        _ => None,
    });
    let nowhere = story::organisations(crate::restore::facts::Fact::Known(Vec::new()));
    story::says(&mut wizard, lookup.unwrap_or(JobId(0)), nowhere);
    both("paste_elsewhere_filled", &mut wizard);
    story::press(&mut wizard, &[Enter]);
    both("paste_elsewhere_compare", &mut wizard);
    story::press(&mut wizard, &[Char('y')]);
    both("paste_elsewhere_organisation", &mut wizard);
}

/// A backup whose name moves the cursor and turns the direction, with a password in its metadata.
fn hostile() -> Arc<crate::wizard::chain::Inspected> {
    let mut inspected = (*story::inspected()).clone();
    let source = &mut inspected.file.integrations[0].sources[0];
    source.name = Some("Cell\u{1b}[2Jario\u{202e}\nBoston\u{200b}".into());
    source.metadata = Some(r#"{"site":"BOS-3","login":{"user":"svc","password":"hunter2-hunter2"}}"#.into());
    inspected.facts.file = crate::restore::facts::Fact::Known(inspected.file.clone());
    Arc::new(inspected)
}

#[test]
fn hostile_names_are_visible_and_secrets_are_masked_until_a_key_shows_them() {
    let mut elsewhere = (*hostile()).clone();
    elsewhere.chosen.hub_root = None;
    let elsewhere = Arc::new(elsewhere);
    let screens: [(&str, crate::wizard::Screen, crossterm::event::KeyEvent); 2] = [
        ("pick_hostile", Pick::new(hostile(), "/var/datahub".into()).into(), Char('u').into()),
        ("paste_hostile", target::first(elsewhere), crossterm::event::KeyCode::F(3).into()),
    ];
    for (name, screen, show) in screens {
        let (mut wizard, _) = story::showing(screen);
        both(name, &mut wizard);
        let masked = picture(&mut wizard, 120, 40);
        assert!(masked.contains("Cell\\u{1b}[2Jario\\u{202e}\\nBoston\\u{200b}"), "{masked}");
        assert!(masked.contains("••••••") && !masked.contains("hunter2"), "{masked}");
        assert!(!masked.chars().any(|c| c == '\u{1b}' || c == '\u{202e}' || c == '\u{200b}'), "{masked}");
        wizard.update(Message::Key(show), story::now());
        let shown = picture(&mut wizard, 120, 40);
        assert!(shown.contains("hunter2-hunter2"), "{shown}");
    }
}
