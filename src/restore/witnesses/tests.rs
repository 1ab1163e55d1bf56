use std::sync::Arc;

use super::*;
use crate::restore::assess::tests::{changed, clock, connector, glance, healthy, hub, source, with_file};
use crate::restore::assess::{inspect, preview};

fn cross(facts: &Facts) -> Vec<Testimony> {
    witnesses(facts, &preview(facts, None, clock()))
}

fn of(all: &[Testimony], subject: Subject) -> &Testimony {
    all.iter().find(|testimony| testimony.of == subject).unwrap()
}

fn with_glance(change: impl FnOnce(&mut Glance)) -> Facts {
    changed(|facts| {
        let mut glance = glance();
        change(&mut glance);
        if let Fact::Known(target) = &mut facts.target {
            target.there = There::Database(Arc::new(glance));
        }
    })
}

#[test]
fn all_agree_in_a_healthy_restore() {
    let all = cross(&healthy());
    assert!(all.iter().all(|testimony| testimony.agree), "{all:#?}");
    let ids = of(&all, Subject::Connector);
    assert_eq!(ids.key, Some(Said::Says(connector(1).to_string().into())));
    assert_eq!(ids.contents, ids.key);
    assert_eq!(ids.folder, Some(Said::Says(connector(2).to_string().into())));
    assert_eq!(ids.target, ids.folder);
    assert_eq!(ids.given, Some(connector(2).to_string()));
    assert_eq!(of(&all, Subject::Name).key, None, "a key cannot tell a name");
}

#[test]
fn a_disagreement_carries_the_code_of_its_finding() {
    let key = with_file(|file| {
        file.integrations[0].hub = Some(hub(9));
        file.integrations[0].stored = hub(9).to_string().into();
        file.integrations[0].sources = vec![source(hub(9), connector(9))];
    });
    let all = cross(&key);
    for subject in [Subject::Hub, Subject::Connector] {
        let against = of(&all, subject).contradicts(Witness::Contents).unwrap();
        assert_eq!((against.code, against.severity), (Some(Code::R301), Severity::Block), "{all:#?}");
    }
    let kind = with_glance(|glance| {
        glance.sources[0].kind = Some("sdc".into());
        glance.sources[0].source_type = Some("sdc".into());
    });
    assert_eq!(of(&cross(&kind), Subject::Type).disagreements[0].code, Some(Code::R404));
    let name = with_glance(|glance| glance.sources[0].name = Some("Cellario Bost\u{43e}n".into()));
    let all = cross(&name);
    let against = &of(&all, Subject::Name).disagreements[0];
    assert_eq!(against.code, Some(Code::R405));
    assert_eq!(against.detail, "They look alike, but character 14 is U+006F in the backup, U+043E in the target.");
    let tags = with_glance(|glance| glance.sources[0].tags = Some(r#"[ "cellario","boston" ]"#.into()));
    assert!(of(&cross(&tags), Subject::Tags).agree, "blanks make no difference");
    let other = with_glance(|glance| glance.hub = Some(hub(4)));
    assert_eq!(of(&cross(&other), Subject::Hub).contradicts(Witness::Target).unwrap().code, Some(Code::R408));
}

#[test]
fn what_is_unknown_says_why() {
    let facts = changed(|facts| {
        facts.mapping = None;
        facts.key = Fact::Unknown("the key was not seen".to_owned());
    });
    let all = witnesses(&facts, &inspect(&facts, clock()));
    assert_eq!(of(&all, Subject::Hub).key, Some(Said::Unknown("the key was not seen.".to_owned())));
    assert_eq!(of(&all, Subject::Name).target, Some(Said::Unknown("No target is chosen yet.".to_owned())));
    let json = serde_json::to_value(of(&all, Subject::Hub)).unwrap();
    assert_eq!(json["of"], "hub");
    assert_eq!(json["key"]["unknown"], "the key was not seen.");
    assert_eq!(json["contents"]["says"], hub(1).to_string());
}

#[test]
fn secrets_are_masked_where_a_testimony_leaves_the_program() {
    let facts = with_file(|file| file.integrations[0].sources[0].metadata = Some(r#"{"apiKey":"hunter2"}"#.into()));
    let all = cross(&facts);
    let noted: Vec<Noted> = all.iter().map(Noted::from).collect();
    for text in [serde_json::to_string(&all).unwrap(), serde_json::to_string(&noted).unwrap(), format!("{all:?}")] {
        assert!(!text.contains("hunter2") && text.contains(crate::text::secret::MASK), "{text}");
    }
}
