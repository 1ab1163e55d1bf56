//! Screen 14 with the data of the story: running, the proof, a failure.

use crate::database::rewrite::RewriteStage;
use crate::finding::{Code, Finding, Severity};
use crate::progress::Progress;
use crate::view::tests::picture;
use crate::wizard::chain::story;
use crate::wizard::rewrite::{Answer, Rewrite};
use crate::wizard::{Answer as Any, Message, Wizard};

fn both(name: &str, wizard: &mut Wizard) {
    insta::assert_snapshot!(format!("{name}_80x24"), picture(wizard, 80, 24));
    insta::assert_snapshot!(format!("{name}_60x20"), picture(wizard, 60, 20));
}

#[test]
fn running() {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    let job = story::job(&effects);
    let half = |done| Progress { stage: RewriteStage::Rewrite, done, total: Some(18_204) };
    story::says(&mut wizard, job, Any::Rewrite(Answer::Progress(half(0))));
    let answer = Any::Rewrite(Answer::Progress(half(9_830)));
    wizard.update(Message::Answer { job, answer }, story::at("2026-11-19T14:05:01Z"));
    both("rewrite_running", &mut wizard);
}

#[test]
fn proof() {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    story::says(&mut wizard, story::job(&effects), Any::Rewrite(Answer::Proved(story::proved())));
    assert!(wizard.awaits_drawing());
    both("rewrite_proof", &mut wizard);
}

#[test]
fn failure() {
    let (mut wizard, effects) = story::showing(Rewrite::new(story::planned()));
    let finding = Finding::new(
        Code::R503,
        Severity::Block,
        "Something else changed: Events.payload, row 17: 12 bytes instead of 11.",
    )
    .why("A restored database may differ from its backup only in the planned cells.")
    .remedy("Send this text to the makers of reseat. The backup and the hub are untouched.");
    story::says(&mut wizard, story::job(&effects), Any::Rewrite(Answer::Failed(Box::new(finding))));
    both("rewrite_failed", &mut wizard);
}
