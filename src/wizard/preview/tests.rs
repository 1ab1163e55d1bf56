//! Keys and answers on 11 and 12.

use std::sync::Arc;

use crossterm::event::KeyCode::{Char, Down, Enter, Esc, Tab, Up};

use super::changes::Kind;
use super::{Answer, Preview, Work};
use crate::finding::{Code, Finding, Severity};
use crate::wizard::chain::{Targeted, story};
use crate::wizard::effect::{self, Effect};
use crate::wizard::{Answer as Any, Screen, Wizard};

fn planned(targeted: Arc<Targeted>, findings: Vec<Finding>) -> Wizard {
    let (mut wizard, effects) = story::showing(Preview::new(targeted));
    let job = story::job(&effects);
    story::says(&mut wizard, job, Any::Preview(Answer::Planned(Some(story::plan()), findings)));
    wizard
}

fn selected(wizard: &Wizard) -> Code {
    match wizard.screen() {
        Screen::Preview(preview) => preview.selected().unwrap().code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_warning_is_accepted_by_name_then_enter_rewrites() {
    let mut wizard = planned(story::targeted(), story::findings());
    assert_eq!(selected(&wizard), Code::R103);
    let effects = story::press(&mut wizard, &[Char('a')]);
    let noted = effects.iter().any(|effect| {
        matches!(effect, Effect::Start { work: effect::Work::Preview(Work::Accept { finding, on: true, .. }), .. } if finding.code == Code::R103)
    });
    assert!(noted, "{effects:?}");
    assert_eq!(selected(&wizard), Code::R409);
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)), "two are open");
    story::press(&mut wizard, &[Char('a'), Char('a'), Enter]);
    let Screen::Rewrite(rewrite) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(rewrite.planned.accepted.len(), 3);
    assert!(rewrite.planned.accepted_at(&story::r409()).is_some());
}

#[test]
fn an_acceptance_is_taken_back_by_the_same_key() {
    let mut wizard = planned(story::targeted(), story::findings());
    story::press(&mut wizard, &[Char('a'), Up, Char('a')]);
    assert_eq!(selected(&wizard), Code::R103);
    assert!(wizard.shared.kept.accepted.is_empty());
}

#[test]
fn enter_goes_to_the_first_open_finding() {
    let mut wizard = planned(story::targeted(), story::findings());
    story::press(&mut wizard, &[Down, Char('a'), Enter]);
    assert_eq!(selected(&wizard), Code::R103);
}

#[test]
fn acceptances_outlive_going_back_but_not_another_connector() {
    let mut wizard = planned(story::targeted(), story::findings());
    story::press(&mut wizard, &[Char('a')]);
    let kept = wizard.shared.kept.clone();
    let again = |targeted: Arc<Targeted>| {
        let (mut wizard, _) = story::showing(Preview::new(targeted));
        // What an earlier screen kept, as if the person had come back.
        wizard.shared.kept = kept.clone();
        let Screen::Preview(preview) = wizard.screen() else { panic!() };
        wizard.shared.kept.for_connector(preview.targeted.mapping.connector.new);
        wizard.shared.kept.accepts(&story::r103())
    };
    assert!(again(story::targeted()));
    let mut other = story::targeted().as_ref().clone();
    other.mapping.connector.new = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410".parse().unwrap();
    assert!(!again(Arc::new(other)));
}

#[test]
fn a_block_has_no_way_on() {
    let block = Finding::new(Code::R403, Severity::Block, "The new hub ID stands in the backup already.");
    let mut wizard = planned(story::targeted(), vec![block, story::r103()]);
    story::press(&mut wizard, &[Char('a'), Char('a'), Enter]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)));
    assert!(wizard.shared.notice.as_ref().unwrap().contains("R403"));
}

#[test]
fn nothing_to_accept_needs_one_key() {
    let mut wizard = planned(story::targeted(), Vec::new());
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Rewrite(_)));
}

#[test]
fn what_failed_is_tried_again() {
    let (mut wizard, effects) = story::showing(Preview::new(story::targeted()));
    story::says(&mut wizard, story::job(&effects), Any::Preview(Answer::Trouble("The disk answers no more.".into())));
    let effects = story::press(&mut wizard, &[Enter]);
    story::job(&effects);
    let Screen::Preview(preview) = wizard.screen() else { panic!() };
    assert!(preview.running.is_some() && preview.trouble.is_none());
}

#[test]
fn the_changes_open_at_the_row_that_stays_and_tab_goes_on() {
    let mut wizard = planned(story::targeted(), story::findings());
    story::press(&mut wizard, &[Char('a'), Char('a'), Char('v')]);
    let Screen::Changes(changes) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(changes.top, 0);
    let kinds = |wanted| changes.lines.iter().filter(|line| line.kind == wanted).count();
    assert_eq!((kinds(Kind::Old), kinds(Kind::New), kinds(Kind::Stays)), (6, 6, 1));
    assert!(changes.page(false).contains("    \"metadata\": {\"site\":\"BOS-3\"}"));
    story::press(&mut wizard, &[Tab]);
    let Screen::Changes(changes) = wizard.screen() else { panic!() };
    assert!(changes.lines[changes.top].text.starts_with("Integrations"), "{:?}", changes.lines[changes.top]);
    story::press(&mut wizard, &[Esc]);
    assert_eq!(selected(&wizard), Code::R309);
}
