//! Source: checks that turn in place, Enter that waits, credentials that are never shown.

use crossterm::event::KeyCode;

use jiff::SignedDuration;

use super::*;
use crate::finding::Severity;
use crate::wizard::backup::tests::Played;
use crate::wizard::{Message, Screen};

fn bucket(name: &str) -> SourceSpec {
    SourceSpec::new(SourceKind::S3 { bucket: name.into(), prefix: String::new() })
}

fn screen() -> Source {
    let environment = |name: &str| Environment {
        name: name.into(),
        spec: bucket(&format!("ts-platform-{name}-backup")),
        shown: format!("s3://ts-platform-{name}-backup"),
        origin: "from the configuration".into(),
        hub_root: "/var/datahub".into(),
    };
    Source::new(vec![environment("prod"), environment("stage")], 0)
}

fn is(work: &effect::Work, like: fn(&Work) -> bool) -> bool {
    matches!(work, effect::Work::Source(work) if like(work))
}

/// The story's screen: this machine looked at, the checks of the source running.
fn checking() -> (Played, JobId) {
    let mut played = Played::new(screen());
    let machine = played.job(|work| is(work, |work| matches!(work, Work::Machine(_))));
    let hub = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
    let folder = RowOutcome::Good(format!("{hub}, 3 connectors, writable"));
    let hub = Some(hub.parse().unwrap());
    played.answer(machine, Said::Source(Answer::HubFolder(Some("/var/datahub".into()), hub, folder)));
    let space = RowOutcome::Good("84.3 GiB in /var/datahub, 212 GiB in /var/lib/reseat".into());
    played.answer(machine, Said::Source(Answer::FreeSpace(space)));
    played.press(KeyCode::Enter);
    let job = played.job(|work| is(work, |work| matches!(work, Work::Check(_))));
    (played, job)
}

fn check(played: &mut Played, job: JobId, check: Check, outcome: Outcome) {
    played.answer(job, Said::Source(Answer::Check(check, outcome)));
}

fn expired() -> Finding {
    Finding::new(
        Code::R112,
        Severity::Block,
        "They expired 14 min ago, at 13:51 UTC. S3 answered \"ExpiredToken\" to profile support-prod.",
    )
    .why("Temporary credentials end after some hours. Nothing is lost.")
    .remedy("Paste new ones, or log in in a shell: aws sso login --profile support-prod. Then check again.")
}

/// 3, as the story has it.
fn stopped() -> Played {
    let (mut played, job) = checking();
    check(&mut played, job, Check::Credentials, Outcome::Failed(Box::new(expired())));
    let clock = "1 s away from the clock of S3: the clock is not the cause";
    check(&mut played, job, Check::Clock, Outcome::Good(clock.into()));
    check(&mut played, job, Check::Bucket, Outcome::Waits("waits for the credentials".into()));
    played.answer(job, Said::Source(Answer::Checked(None)));
    played
}

#[test]
fn checks_of_the_story_run() {
    let (mut played, job) = checking();
    let credentials = "profile support-prod, key ending in 4QXZ, valid for 52 min";
    check(&mut played, job, Check::Credentials, Outcome::Good(credentials.into()));
    check(&mut played, job, Check::Clock, Outcome::Good("1 s away from the clock of S3".into()));
    check(&mut played, job, Check::Bucket, Outcome::Runs("reads the first page".into()));
    let later = crate::view::tests::now() + SignedDuration::from_secs(2);
    assert_eq!(played.wizard.deadline(), Some(crate::view::tests::now() + SignedDuration::from_secs(1)));
    played.send_at(Message::Tick, later);
    assert_eq!(played.wizard.deadline(), Some(later + SignedDuration::from_secs(1)));
    played.snapshots("2_source");
    // An Enter that comes before the last check has ended is not kept.
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Source(_)));
    assert!(played.wizard.shared.notice.as_ref().unwrap().contains("Bucket still runs"));
    check(&mut played, job, Check::Bucket, Outcome::Good("214 organisations on the first page".into()));
    played.answer(job, Said::Source(Answer::Checked(None)));
    assert!(matches!(played.wizard.screen(), Screen::Source(_)));
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Organisations(_)));
    assert_eq!(played.wizard.shared.crumbs.source.as_deref(), Some("prod"));
}

#[test]
fn another_source_has_checks_of_its_own_and_stale_answers_are_dropped() {
    let (mut played, job) = checking();
    played.press(KeyCode::Down);
    let Screen::Source(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.rows().len(), 2, "only this machine was looked at for stage");
    played.press(KeyCode::Enter);
    check(&mut played, job, Check::Credentials, Outcome::Good("old".into()));
    let Screen::Source(state) = played.wizard.screen() else { panic!() };
    assert!(state.rows().iter().all(|row| row.outcome != RowOutcome::Good("old".into())));
}

#[test]
fn expired_credentials_of_the_story() {
    let mut played = stopped();
    played.snapshots("3_source_expired");
    played.key('r');
    assert_eq!(played.count(|work| is(work, |work| matches!(work, Work::Check(_)))), 2);
}

#[test]
fn pasted_credentials_are_never_shown_and_the_source_is_checked_again() {
    let mut played = stopped();
    played.key('p');
    played.snapshots("3_credentials_empty");
    // Without bracketed paste each line comes as keys, with an Enter behind it.
    played.type_in("export AWS_ACCESS_KEY_ID=ASIA4QXZ");
    played.press(KeyCode::Enter);
    played.type_in("export AWS_SECRET_ACCESS_KEY=topsecret");
    played.press(KeyCode::Enter);
    assert_eq!(played.count(|work| is(work, |work| matches!(work, Work::Renew(..)))), 0, "the token is missing");
    played.send(Message::Paste("export AWS_SESSION_TOKEN=alsosecret".into()));
    let shown = crate::view::tests::picture(&mut played.wizard, 80, 24);
    assert!(!shown.contains("secret") && shown.contains("a key ending in 4QXZ"), "{shown}");
    assert!(!format!("{:?}", played.wizard).contains("secret"));
    played.snapshots("3_credentials");
    played.press(KeyCode::Enter);
    assert!(!format!("{:?}", played.effects).contains("topsecret"));
    let renew = played.job(|work| is(work, |work| matches!(work, Work::Renew(..))));
    played.answer(renew, Said::Source(Answer::Renewed));
    assert!(matches!(played.wizard.screen(), Screen::Source(_)));
    assert_eq!(played.count(|work| is(work, |work| matches!(work, Work::Check(_)))), 2);
}

#[test]
fn a_field_opens_keeps_its_text_and_is_read_as_an_address() {
    let mut played = Played::new(screen());
    played.press(KeyCode::Down);
    played.press(KeyCode::Down);
    played.press(KeyCode::Enter);
    assert!(played.wizard.typing());
    played.type_in("s3://q");
    played.snapshots("2_source_field");
    played.press(KeyCode::Tab);
    assert!(!played.wizard.typing());
    played.press(KeyCode::Enter);
    let Screen::Source(state) = played.wizard.screen() else { panic!() };
    assert_eq!(state.entries()[2].field().unwrap().text(), "s3://q");
    played.press(KeyCode::Enter);
    let checked = played.effects.iter().any(|effect| {
        matches!(effect, crate::wizard::Effect::Start { work: effect::Work::Source(Work::Check(spec)), .. } if **spec == bucket("q"))
    });
    assert!(checked);
    assert!(!played.wizard.typing());
}

#[test]
fn one_file_goes_straight_to_inspect() {
    let mut played = Played::new(screen());
    played.press(KeyCode::End);
    played.press(KeyCode::Enter);
    played.type_in("/tmp/sqlite.db");
    played.press(KeyCode::Enter);
    let machine = played.job(|work| is(work, |work| matches!(work, Work::Machine(_))));
    let none = RowOutcome::Told("none here".into());
    played.answer(machine, Said::Source(Answer::HubFolder(None, None, none.clone())));
    played.answer(machine, Said::Source(Answer::FreeSpace(none)));
    assert_eq!(played.wizard.shared.rule(), "database not seen from here");
    let job = played.job(|work| is(work, |work| matches!(work, Work::Check(_))));
    let file = crate::wizard::chain::story::backup();
    played.answer(job, Said::Source(Answer::Checked(Some(Box::new(file)))));
    played.press(KeyCode::Enter);
    assert!(matches!(played.wizard.screen(), Screen::Inspect(_)));
}

#[test]
fn an_environment_brings_its_own_hub_folder() {
    let mut environments: Vec<Environment> = Vec::new();
    for (name, root) in [("prod", "/var/datahub"), ("prod2", "/var/datahub"), ("stage", "/srv/stage")] {
        environments.push(Environment {
            name: name.into(),
            spec: bucket(name),
            shown: format!("s3://{name}"),
            origin: "from the configuration".into(),
            hub_root: root.into(),
        });
    }
    let mut played = Played::new(Source::new(environments, 0));
    let looked = |played: &mut Played| {
        let job = played.job(|work| is(work, |work| matches!(work, Work::Machine(_))));
        let none = RowOutcome::Told("none here".into());
        played.answer(job, Said::Source(Answer::HubFolder(None, None, none.clone())));
        played.answer(job, Said::Source(Answer::FreeSpace(none)));
    };
    looked(&mut played);
    let asked =
        |played: &Played| played.effects.iter().filter(|effect| format!("{effect:?}").contains("Machine(")).count();
    let before = asked(&played);
    played.press(KeyCode::Down);
    assert_eq!(asked(&played), before, "the same folder is not looked at again");
    played.press(KeyCode::Down);
    assert!(played.effects.iter().any(|effect| format!("{effect:?}").contains("Machine(Some(\"/srv/stage\"))")));
    looked(&mut played);
}

#[test]
fn an_access_point_is_typed_by_its_arn() {
    let spec = |text: &str| {
        let mut field = crate::wizard::Field::default();
        field.set(text);
        Entry { name: "bucket".into(), kind: EntryKind::Bucket(field) }.spec()
    };
    let arn = "arn:aws:s3:eu-central-1:123456789012:accesspoint/backups-ro";
    let kind = SourceKind::S3 { bucket: arn.into(), prefix: "moved/".into() };
    assert_eq!(spec(&format!("s3://{arn}/moved")), Ok(SourceSpec::new(kind)));
    assert!(spec("s3://arn:aws:s3:::backups").unwrap_err().contains("access point"));
}
