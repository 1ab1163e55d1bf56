//! Keys and answers on 9 and 10.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyCode::{self, Char, Down, Enter, Esc, Tab, Up};

use super::{Answer, Here, Organisations, Pick, Work, first};
use crate::finding::{Code, Finding, Severity};
use crate::keys;
use crate::restore::facts::Fact;
use crate::wizard::chain::story;
use crate::wizard::effect::{self, Effect};
use crate::wizard::{Answer as Any, JobId, Message, Screen, Wizard};

fn seen(here: Here) -> Any {
    Any::Target(Answer::Here(Ok(here)))
}

/// The job that looks up an organisation, among what was started.
fn lookup(effects: &[Effect]) -> Option<JobId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Start { job, work: effect::Work::Target(Work::Organisations { .. }), .. } => Some(*job),
        _ => None,
    })
}

/// Answers the look-up among what was started: where the hub's backups lie, and the connector's.
pub(crate) fn looked_up(wizard: &mut Wizard, effects: &[Effect], of_hub: &[&str], of_connector: &[&str]) {
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Start { job, work: effect::Work::Target(Work::Organisations { ids, .. }), .. } => Some((*job, *ids)),
        _ => None,
    });
    let (job, ids) = asked.expect("a look-up");
    let known = |orgs: &[&str]| Fact::Known(orgs.iter().map(|org| (*org).into()).collect());
    let organisations =
        Organisations { of_hub: known(of_hub), of_connector: known(of_connector), connector_is_hub: false };
    story::says(wizard, job, Any::Target(Answer::Organisations { ids, organisations, ended: None }));
}

fn opened() -> (Wizard, JobId) {
    let (wizard, effects) = story::showing(Pick::new(story::inspected(), PathBuf::from("/var/datahub")));
    let watch = story::job(&effects);
    (wizard, watch)
}

/// Pick with everything known.
fn known() -> (Wizard, JobId) {
    let (mut wizard, watch) = opened();
    let effects = story::says(&mut wizard, watch, seen(story::here()));
    story::says(&mut wizard, lookup(&effects).unwrap(), story::same_organisation());
    (wizard, watch)
}

fn pick(wizard: &Wizard) -> &Pick {
    match wizard.screen() {
        Screen::Pick(pick) => pick,
        other => panic!("{other:?}"),
    }
}

fn under_cursor(wizard: &Wizard) -> String {
    pick(wizard).candidate().map_or_else(String::new, |candidate| candidate.there.connector.to_string())
}

fn fields(wizard: &Wizard) -> [String; 2] {
    match wizard.screen() {
        Screen::PasteIds(paste) => [0, 1].map(|at| paste.fields[at].text().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_key_takes_the_connector_that_fits() {
    let (mut wizard, watch) = known();
    assert_eq!(under_cursor(&wizard), story::NEW_CONNECTOR);
    let effects = story::press(&mut wizard, &[Enter]);
    let Screen::Preview(preview) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(preview.targeted.mapping, story::mapping());
    assert_eq!(preview.targeted.facts.mapping, Some(story::mapping()));
    assert!(preview.targeted.facts.target.known().is_some());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(job) if *job == watch)), "{effects:?}");
    let effects = story::press(&mut wizard, &[Esc]);
    let watched =
        |effect: &Effect| matches!(effect, Effect::Start { work: effect::Work::Target(Work::Watch { .. }), .. });
    assert!(effects.iter().any(watched), "it looks again when the person comes back: {effects:?}");
}

#[test]
fn a_new_connector_appears_by_itself_and_takes_the_cursor_until_a_key_was_pressed() {
    let (mut wizard, watch) = opened();
    story::says(&mut wizard, watch, seen(story::here_before()));
    assert!(pick(&wizard).value().is_some(), "nothing fits yet");
    story::says(&mut wizard, watch, seen(story::here()));
    assert_eq!(under_cursor(&wizard), story::NEW_CONNECTOR);
    let (mut wizard, watch) = opened();
    story::says(&mut wizard, watch, seen(story::here_before()));
    story::press(&mut wizard, &[Down]);
    story::says(&mut wizard, watch, seen(story::here()));
    assert_eq!(pick(&wizard).value().map(|value| value.label), Some("type"));
    assert!(wizard.shared.notice.as_ref().unwrap().contains(story::NEW_CONNECTOR));
}

#[test]
fn the_cursor_stays_on_its_connector_when_another_comes() {
    let (mut wizard, watch) = opened();
    story::says(&mut wizard, watch, seen(story::here_before()));
    story::press(&mut wizard, &[Tab, Down]);
    let before = under_cursor(&wizard);
    story::says(&mut wizard, watch, seen(story::here()));
    assert_eq!(under_cursor(&wizard), before);
}

#[test]
fn values_are_copied_by_a_key() {
    let (mut wizard, _) = known();
    let effects = story::press(&mut wizard, &[Up, Up, Char('y')]);
    let copied = effects.iter().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(copied, Some(r#"["cellario","boston"]"#));
}

#[test]
fn nothing_is_taken_before_the_organisation_is_known() {
    let (mut wizard, watch) = opened();
    let effects = story::says(&mut wizard, watch, seen(story::here()));
    let lookup = lookup(&effects).unwrap();
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Pick(_)));
    let other = story::organisations(Fact::Known(vec!["acme".into()]));
    story::says(&mut wizard, lookup, other);
    story::press(&mut wizard, &[Enter]);
    assert!(wizard.shared.notice.as_ref().unwrap().starts_with("R413"));
    assert!(matches!(wizard.screen(), Screen::Pick(_)), "another customer's hub is never taken");
}

/// Trap R413: the picked connector had a backup under another organisation, although its hub belongs to this one.
/// Quiet R413: neither has its backups elsewhere.
#[test]
fn a_picked_connector_with_backups_of_another_organisation_is_never_taken() {
    let (mut wizard, watch) = opened();
    let effects = story::says(&mut wizard, watch, seen(story::here()));
    story::press(&mut wizard, &[Enter]);
    looked_up(&mut wizard, &effects, &["acme-bio"], &["acme"]);
    story::press(&mut wizard, &[Enter]);
    assert!(wizard.shared.notice.as_ref().unwrap().starts_with("R413"));
    assert!(matches!(wizard.screen(), Screen::Pick(_)));
    let (mut wizard, _) = known();
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)));
}

/// Trap R413: the same for IDs that are pasted, on the hub of the backup, where the hub alone tells nothing.
#[test]
fn a_pasted_connector_with_backups_of_another_organisation_is_never_taken() {
    let (mut wizard, _) = known();
    story::press(&mut wizard, &[Char('p')]);
    let ids = format!("{} {}", story::OLD_HUB, story::NEW_CONNECTOR);
    let effects = wizard.update(Message::Paste(ids), story::now());
    // The connector is looked up, although the hub stays the same.
    looked_up(&mut wizard, &effects, &["acme-bio"], &["acme"]);
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::PasteIds(_)), "{:?}", wizard.screen());
    assert!(wizard.shared.notice.as_ref().unwrap().starts_with("R413"), "{:?}", wizard.shared.notice);
}

#[test]
fn an_unseen_organisation_is_asked_about() {
    let (mut wizard, watch) = opened();
    let effects = story::says(&mut wizard, watch, seen(story::here()));
    story::says(&mut wizard, lookup(&effects).unwrap(), story::organisations(Fact::Known(Vec::new())));
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Question);
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Question, "Enter says nothing");
    story::press(&mut wizard, &[Esc]);
    assert_eq!(wizard.keys(), keys::Screen::Pick);
    story::press(&mut wizard, &[Enter, Char('y')]);
    let Screen::Preview(preview) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(preview.targeted.answered.len(), 1);
    assert_eq!(wizard.shared.kept.accepted, preview.targeted.answered);
}

/// What a look-up says when the credentials ended meanwhile.
fn expired() -> Any {
    let finding = Finding::new(Code::R112, Severity::Block, "The credentials expired 1 min ago, at 14:04 UTC.");
    let unseen = Fact::Unknown("The credentials have expired.".to_owned());
    let organisations = Organisations { of_hub: unseen.clone(), of_connector: unseen, connector_is_hub: false };
    let ids = (story::mapping().hub.new, story::mapping().connector.new);
    Any::Target(Answer::Organisations { ids, organisations, ended: Some(Box::new(finding)) })
}

#[test]
fn credentials_that_end_are_asked_for_before_the_organisation_is() {
    let (mut wizard, watch) = opened();
    let effects = story::says(&mut wizard, watch, seen(story::here()));
    story::says(&mut wizard, lookup(&effects).unwrap(), expired());
    assert!(matches!(wizard.screen(), Screen::Pick(_)), "no key was pressed: the screen stays");
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Credentials);
    assert!(wizard.shared.notice.as_ref().unwrap().starts_with("R112"));
    let lines = "export AWS_ACCESS_KEY_ID=ASIA1234\nexport AWS_SECRET_ACCESS_KEY=s\nexport AWS_SESSION_TOKEN=t";
    wizard.update(Message::Paste(lines.to_owned()), story::now());
    let effects = story::press(&mut wizard, &[Enter]);
    let renewed = Any::Source(crate::wizard::source::Answer::Renewed);
    let effects = story::says(&mut wizard, story::job(&effects), renewed);
    assert!(matches!(wizard.screen(), Screen::Pick(_)), "{:?}", wizard.screen());
    // It is looked up again by itself, and Enter goes on without a question.
    let again = lookup(&effects).or_else(|| {
        let watch = story::job(&effects);
        lookup(&story::says(&mut wizard, watch, seen(story::here())))
    });
    story::says(&mut wizard, again.unwrap(), story::same_organisation());
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)), "{:?}", wizard.screen());
}

#[test]
fn without_new_credentials_the_organisation_is_a_question() {
    let (mut wizard, _) = known();
    let ids = format!("{} {}", story::NEW_HUB, story::NEW_CONNECTOR);
    let effects = wizard.update(Message::Paste(ids), story::now());
    story::says(&mut wizard, lookup(&effects).unwrap(), expired());
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Credentials);
    let effects = story::press(&mut wizard, &[Esc]);
    assert_eq!(wizard.keys(), keys::Screen::PasteIds);
    story::says(&mut wizard, lookup(&effects).unwrap(), expired());
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Question, "it is not asked for twice");
}

#[test]
fn data_is_asked_about_and_another_type_refused() {
    let (mut wizard, _) = known();
    let effects = story::press(&mut wizard, &[Down]);
    looked_up(&mut wizard, &effects, &["acme-bio"], &[]);
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Question);
    story::press(&mut wizard, &[Esc, Down, Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Pick);
    assert!(wizard.shared.notice.as_ref().unwrap().starts_with("R404"));
}

#[test]
fn the_old_connector_is_never_suggested() {
    let mut here = story::here_before();
    here.connectors.insert(
        0,
        story::neighbour(story::OLD_CONNECTOR, "Cellario Boston", "hrb-cellario", 0, "2026-11-19T14:04:50Z"),
    );
    let (mut wizard, watch) = opened();
    story::says(&mut wizard, watch, seen(here));
    assert_ne!(under_cursor(&wizard), story::OLD_CONNECTOR);
    let last = pick(&wizard).candidates.last().unwrap();
    assert_eq!(last.there.connector.to_string(), story::OLD_CONNECTOR);
}

#[test]
fn a_stale_look_changes_nothing() {
    let (mut wizard, watch) = known();
    story::press(&mut wizard, &[Char('r')]);
    story::says(&mut wizard, watch, seen(story::here_before()));
    assert_eq!(pick(&wizard).candidates.len(), 4);
}

#[test]
fn one_paste_fills_both_fields_and_goes_on() {
    let (mut wizard, _) = known();
    let page = format!("https://platform.example/hubs/{}/connectors/{}", story::NEW_HUB, story::NEW_CONNECTOR);
    let effects = wizard.update(Message::Paste(page), story::now());
    assert_eq!(fields(&wizard), [story::NEW_HUB, story::NEW_CONNECTOR]);
    story::says(&mut wizard, lookup(&effects).unwrap(), story::same_organisation());
    story::press(&mut wizard, &[Enter]);
    assert!(matches!(wizard.screen(), Screen::Preview(_)), "{:?}", wizard.screen());
}

#[test]
fn without_bracketed_paste_letters_are_letters() {
    let (mut wizard, _) = known();
    story::press(&mut wizard, &[Char('p')]);
    story::typed(&mut wizard, &format!("https://platform.example/hubs/{}?tab=q", story::NEW_HUB));
    story::press(&mut wizard, &[Tab]);
    story::typed(&mut wizard, &story::NEW_CONNECTOR.to_uppercase());
    story::press(&mut wizard, &[Tab]);
    assert_eq!(fields(&wizard), [story::NEW_HUB, story::NEW_CONNECTOR]);
}

#[test]
fn what_was_typed_is_there_again() {
    let (mut wizard, _) = known();
    story::press(&mut wizard, &[Char('p')]);
    story::typed(&mut wizard, "b774");
    let effects = story::press(&mut wizard, &[Tab]);
    let kept = effects.iter().any(|effect| matches!(effect, Effect::Start { work: effect::Work::Target(Work::Typed { ids, .. }), .. } if ids[0] == "b774"));
    assert!(kept, "{effects:?}");
    story::press(&mut wizard, &[Esc, Char('p')]);
    assert_eq!(fields(&wizard), ["b774", ""]);
}

#[test]
fn swapped_ids_are_put_right_by_enter() {
    let (mut wizard, _) = known();
    story::press(&mut wizard, &[Char('p')]);
    for id in [story::NEW_CONNECTOR, story::NEW_HUB] {
        wizard.update(Message::Paste(id.to_owned()), story::now());
        story::press(&mut wizard, &[Tab]);
    }
    assert_eq!(fields(&wizard), [story::NEW_CONNECTOR, story::NEW_HUB]);
    story::press(&mut wizard, &[Enter]);
    assert_eq!(fields(&wizard), [story::NEW_HUB, story::NEW_CONNECTOR]);
    assert!(matches!(wizard.screen(), Screen::PasteIds(_)), "they are checked again first");
}

#[test]
fn in_the_demo_a_key_opens_the_made_up_page_of_the_platform() {
    let (mut wizard, watch) = opened();
    story::press(&mut wizard, &[Char('v')]);
    assert!(wizard.reader().is_none(), "only in the demo");
    wizard.shared.demo = true;
    story::says(&mut wizard, watch, seen(story::here_before()));
    let page = |wizard: &mut Wizard| {
        story::press(wizard, &[Char('v')]);
        let page = format!("{:?}", wizard.reader());
        story::press(wizard, &[Esc]);
        page
    };
    assert!(page(&mut wizard).contains("New connector"));
    story::says(&mut wizard, watch, seen(story::here()));
    assert!(page(&mut wizard).contains(story::NEW_CONNECTOR));
}

#[test]
fn on_another_machine_both_ids_are_compared_once_more() {
    let mut inspected = story::inspected().as_ref().clone();
    inspected.chosen.hub_root = None;
    let (mut wizard, _) = story::showing(first(Arc::new(inspected)));
    let ids = format!("{} {}", story::NEW_HUB, story::NEW_CONNECTOR);
    let effects = wizard.update(Message::Paste(ids), story::now());
    story::says(&mut wizard, lookup(&effects).unwrap(), story::same_organisation());
    story::press(&mut wizard, &[Enter]);
    assert_eq!(wizard.keys(), keys::Screen::Question);
    story::press(&mut wizard, &[Char('y')]);
    let Screen::Preview(preview) = wizard.screen() else { panic!("{:?}", wizard.screen()) };
    assert_eq!(preview.targeted.hub_root, None);
}

#[test]
fn the_values_stand_above_the_fields_where_no_screen_before_shows_them() {
    let mut inspected = story::inspected().as_ref().clone();
    inspected.chosen.hub_root = None;
    let (mut wizard, _) = story::showing(first(Arc::new(inspected)));
    let effects = story::press(&mut wizard, &[KeyCode::BackTab, Down, Char('y')]);
    let copied = effects.iter().any(|effect| matches!(effect, Effect::Copy { text, .. } if text == "hrb-cellario"));
    assert!(copied, "{effects:?}");
}
