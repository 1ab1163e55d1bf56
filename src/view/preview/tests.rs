//! Screens 11, 12 and 21 with the data of the story.

use crossterm::event::KeyCode::{Char, Down, Tab};

use crate::database::PlanStage;
use crate::finding::Finding;
use crate::progress::Progress;
use crate::view::tests::picture;
use crate::wizard::chain::story;
use crate::wizard::preview::{Answer, Preview};
use crate::wizard::{Answer as Any, Wizard};

fn preview(findings: Vec<Finding>) -> Wizard {
    let (mut wizard, effects) = story::showing(Preview::new(story::targeted()));
    let job = story::job(&effects);
    story::says(&mut wizard, job, Any::Preview(Answer::Planned(Some(story::plan()), findings)));
    wizard
}

fn both(name: &str, wizard: &mut Wizard) {
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn findings_to_accept() {
    let mut wizard = preview(story::findings());
    both("preview", &mut wizard);
    story::press(&mut wizard, &[Char('a')]);
    both("preview_one", &mut wizard);
    story::press(&mut wizard, &[Char('a')]);
    both("preview_two", &mut wizard);
    story::press(&mut wizard, &[Char('a')]);
    both("preview_all", &mut wizard);
    insta::assert_snapshot!("preview_120x40", picture(&mut preview(story::findings()), 120, 40));
}

#[test]
fn more_than_fits_scrolls() {
    let mut wizard = preview(story::findings());
    story::press(&mut wizard, &[Char('a'), Char('a'), Down, Down]);
    insta::assert_snapshot!("preview_scrolled_60x20", picture(&mut wizard, 60, 20));
}

#[test]
fn with_more_findings_the_list_scrolls_above_the_reasons() {
    let mut findings = story::findings();
    findings.push(story::r309(crate::finding::Severity::Info));
    let mut wizard = preview(findings);
    both("preview_more", &mut wizard);
    story::press(&mut wizard, &[Down, Down, Down]);
    both("preview_more_last", &mut wizard);
}

#[test]
fn nothing_to_accept() {
    both("preview_clean", &mut preview(Vec::new()));
}

#[test]
fn while_it_plans() {
    let (mut wizard, effects) = story::showing(Preview::new(story::targeted()));
    let job = story::job(&effects);
    let progress = Progress { stage: PlanStage::Events, done: 9_830, total: Some(18_204) };
    story::says(&mut wizard, job, Any::Preview(Answer::Progress(progress)));
    both("preview_plans", &mut wizard);
}

#[test]
fn the_changes() {
    let mut wizard = preview(story::findings());
    story::press(&mut wizard, &[Char('v')]);
    both("changes", &mut wizard);
    story::press(&mut wizard, &[Tab, Tab]);
    both("changes_events", &mut wizard);
}

#[test]
fn the_long_text_of_a_code() {
    let mut wizard = preview(story::findings());
    story::press(&mut wizard, &[Char('a'), Char('e')]);
    both("explain", &mut wizard);
}
