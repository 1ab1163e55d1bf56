use crate::wizard::chain::story;
use crate::wizard::effect::Effect;
use crate::wizard::preview::{Answer, Preview};
use crate::wizard::{Answer as Any, Screen, Wizard};
use crossterm::event::KeyCode::{Char, Esc};

fn opened() -> Wizard {
    let (mut wizard, effects) = story::showing(Preview::new(story::targeted()));
    let job = story::job(&effects);
    story::says(&mut wizard, job, Any::Preview(Answer::Planned(Some(story::plan()), story::findings())));
    story::press(&mut wizard, &[Char('w')]);
    wizard
}

#[test]
fn the_page_opens_from_preview_scrolls_and_goes_back() {
    let mut wizard = opened();
    story::press(&mut wizard, &[Char('j'), Char('j')]);
    let Screen::Witnesses(state) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(state.top, 2);
    let effects = story::press(&mut wizard, &[Char('y')]);
    let Some(Effect::Copy { text, .. }) = effects.first() else { panic!("{effects:?}") };
    assert!(text.starts_with("hub\n  ✓ key in S3"), "{text}");
    story::press(&mut wizard, &[Esc, Esc]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)));
}

#[test]
fn secrets_are_shown_for_this_view_only() {
    let mut wizard = opened();
    story::press(&mut wizard, &[Char('u')]);
    assert!(wizard.shared.revealed);
    story::press(&mut wizard, &[Char('u')]);
    assert!(!wizard.shared.revealed);
    story::press(&mut wizard, &[Char('u'), Esc]);
    assert!(!wizard.shared.revealed, "forgotten when the view is left");
}
