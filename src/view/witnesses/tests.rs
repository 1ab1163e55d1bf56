use crossterm::event::KeyCode::{Char, End};

use crate::finding::{Code, Finding, Severity};
use crate::restore::witnesses::{Disagreement, Said, Subject, Testimony, Witness, witnesses};
use crate::view::tests::{picture, showing};
use crate::wizard::chain::story;
use crate::wizard::step::Stage;
use crate::wizard::witnesses::Witnesses;

fn testimonies() -> Vec<Testimony> {
    let targeted = story::targeted();
    let mut all = witnesses(&targeted.facts, &[Finding::new(Code::R405, Severity::Warn, "They differ.")]);
    let metadata = all.iter_mut().find(|testimony| testimony.of == Subject::Metadata).unwrap();
    metadata.contents = Some(Said::Says(r#"{"site":"BOS-3","apiKey":"hunter2"}"#.into()));
    let hub = &mut all[0];
    hub.contents = Some(Said::Says("91d3c7f6-0b2e-4a58-bd19-e47a6c50f382".into()));
    hub.disagreements.push(Disagreement {
        witness: Witness::Contents,
        code: Some(Code::R301),
        severity: Severity::Block,
        detail: "The contents name another hub than the key's 3f2a51c0….".to_owned(),
    });
    let name = all.iter_mut().find(|testimony| testimony.of == Subject::Name).unwrap();
    name.target = Some(Said::Says("Cellario Bost\u{43e}n\u{202e}".into()));
    name.disagreements.push(Disagreement {
        witness: Witness::Target,
        code: Some(Code::R405),
        severity: Severity::Warn,
        detail: "They look alike, but character 14 is U+006F in the backup, U+043E in the target.".to_owned(),
    });
    all
}

#[test]
fn what_the_witnesses_say() {
    let mut wizard = showing(Witnesses::new(testimonies(), Stage::Preview));
    insta::assert_snapshot!("witnesses_80x24", picture(&mut wizard, 80, 24));
    insta::assert_snapshot!("witnesses_60x20", picture(&mut wizard, 60, 20));
    story::press(&mut wizard, &[End]);
    let end = picture(&mut wizard, 60, 20);
    insta::assert_snapshot!("witnesses_end_60x20", end);
    assert!(end.contains("secrets masked: u shows") && !end.contains("hunter2"), "{end}");
    story::press(&mut wizard, &[Char('u')]);
    let end = picture(&mut wizard, 60, 20);
    assert!(end.contains("hunter2") && end.contains("SECRETS SHOWN: u masks"), "{end}");
    for (columns, rows) in [(0, 0), (1, 1), (60, 20), (200, 60)] {
        picture(&mut wizard, columns, rows);
    }
}
