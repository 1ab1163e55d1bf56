//! Keys and answers on 11 and 12.

use std::sync::Arc;

use crossterm::event::KeyCode::{Char, Down, Enter, Esc, Tab, Up};

use super::changes::Kind as LineKind;
use super::{Answer, Preview, Work};
use crate::database::compare::CompareStage;
use crate::finding::{Code, Finding, Severity};
use crate::progress::Progress;
use crate::wizard::chain::{Targeted, story};
use crate::wizard::effect::{self, Effect};
use crate::wizard::reader::Kind;
use crate::wizard::step::Step as _;
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

fn comparing(targeted: Arc<Targeted>) -> (Wizard, Vec<Effect>) {
    let mut wizard = planned(targeted, story::findings());
    let effects = story::press(&mut wizard, &[Char('c')]);
    (wizard, effects)
}

#[test]
fn the_backup_is_compared_with_what_it_replaces_on_a_page() {
    let (mut wizard, effects) = comparing(story::targeted());
    let job = story::job(&effects);
    let asked = |effect: &Effect| matches!(effect, Effect::Start { work: effect::Work::Preview(Work::Compare(targeted, 80)), .. } if targeted.place().is_some());
    assert!(effects.iter().any(asked), "{effects:?}");
    let progress = Progress { stage: CompareStage::Rows, done: 1_200, total: Some(2_000) };
    story::says(&mut wizard, job, Any::Preview(Answer::Comparing(progress)));
    let Screen::Preview(preview) = wizard.screen() else { panic!() };
    let said = preview.main(&wizard.shared);
    assert_eq!(said, "It compares with the target: 1 200 rows so far. Esc stops it.");
    story::says(&mut wizard, job, Any::Preview(Answer::Compared("The target has 12 events".into())));
    assert_eq!(wizard.reader().unwrap().kind, Kind::Page("The target has 12 events".into()));
    story::press(&mut wizard, &[Esc]);
    assert!(wizard.reader().is_none());
    assert_eq!(selected(&wizard), Code::R103);
}

#[test]
fn a_comparison_is_stopped_by_esc_and_by_what_opens_another_page() {
    for key in [Esc, Char('w'), Char('e'), Char('v')] {
        let (mut wizard, effects) = comparing(story::targeted());
        let job = story::job(&effects);
        let effects = story::press(&mut wizard, &[key]);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(ended) if *ended == job)), "{effects:?}");
        story::says(&mut wizard, job, Any::Preview(Answer::Compared("late".into())));
        let late = wizard.reader().is_some_and(|reader| reader.kind == Kind::Page("late".into()));
        assert!(!late, "{key:?}: a stale answer opens nothing");
        if key == Esc {
            assert!(matches!(wizard.screen(), Screen::Preview(_)), "the first Esc only stops");
        }
    }
}

#[test]
fn without_a_database_at_the_target_there_is_nothing_to_compare() {
    let mut elsewhere = story::targeted().as_ref().clone();
    elsewhere.hub_root = None;
    let (wizard, effects) = comparing(Arc::new(elsewhere));
    assert!(effects.iter().all(|effect| !matches!(effect, Effect::Start { .. })), "{effects:?}");
    assert!(wizard.shared.notice.as_ref().unwrap().contains("nothing to compare with"));
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
    assert_eq!((kinds(LineKind::Old), kinds(LineKind::New), kinds(LineKind::Stays)), (6, 6, 1));
    assert!(changes.page(false).contains("    \"metadata\": {\"site\":\"BOS-3\"}"));
    story::press(&mut wizard, &[Tab]);
    let Screen::Changes(changes) = wizard.screen() else { panic!() };
    assert!(changes.lines[changes.top].text.starts_with("Integrations"), "{:?}", changes.lines[changes.top]);
    story::press(&mut wizard, &[Esc]);
    assert_eq!(selected(&wizard), Code::R309);
}
