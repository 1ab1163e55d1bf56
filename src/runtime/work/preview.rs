//! Carries out the work of `wizard::preview`.

use std::sync::Arc;

use super::target::{sentence, session};
use super::{Job, Outside};
use crate::database::DatabaseError;
use crate::database::compare;
use crate::finding::Finding;
use crate::restore::Stage;
use crate::restore::comparison::{self, Side, Telling};
use crate::restore::engine::Preview;
use crate::restore::trouble::Trouble;
use crate::restore::witnesses::witnesses;
use crate::runtime::pace::Pace;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::chain::Targeted;
use crate::wizard::preview::{self, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    match work {
        Work::Plan(targeted) => {
            let answer = match plan(&targeted, job, outside) {
                Ok(Preview { plan, findings }) => preview::Answer::Planned(plan.map(Arc::new), findings),
                Err(Trouble::Cancelled) => return,
                Err(Trouble::Blocked(findings)) => preview::Answer::Planned(None, findings),
                Err(trouble) => preview::Answer::Trouble(sentence(&trouble)),
            };
            job.say(Answer::Preview(answer));
        }
        Work::Compare(targeted, columns) => {
            let answer = match compare(&targeted, columns, job, outside) {
                Ok(page) => preview::Answer::Compared(page),
                Err(Trouble::Cancelled) => return,
                Err(trouble) => preview::Answer::NotCompared(sentence(&trouble)),
            };
            job.say(Answer::Preview(answer));
        }
        Work::Accept { restore, finding, on } => {
            if let Err(trouble) = accept(&restore, &finding, on, outside) {
                job.say(Answer::Broken(sentence(&trouble)));
            }
        }
    }
}

/// Notes the target and what was answered about it, then works out every change.
fn plan(targeted: &Targeted, job: &Job, outside: &Outside) -> Result<Preview, Trouble> {
    let inspected = &targeted.inspected;
    let session = session(outside, &inspected.restore)?;
    session.choose_target(targeted.mapping, targeted.hub_root.clone())?;
    session.note_findings(Stage::Target, &targeted.findings)?;
    let answered = |finding: &&Finding| {
        let acceptance = finding.acceptance();
        targeted.answered.iter().any(|accepted| accepted.acceptance == acceptance)
    };
    for finding in targeted.findings.iter().filter(answered) {
        session.accept(finding)?;
    }
    session.go_to(Stage::Preview)?;
    let mut pace = Pace::default();
    let mut report = |progress| {
        if pace.lets(progress) {
            job.say(Answer::Preview(preview::Answer::Progress(progress)));
        }
    };
    // Without its digest, so that the bytes are read and compared once more.
    let preview = outside.engine.preview(&inspected.path, None, &targeted.facts, &job.cancel, &mut report)?;
    if let Some(plan) = preview.plan.as_ref().filter(|plan| plan.sha256 != inspected.sha256) {
        let changed = DatabaseError::SourceChanged { expected: inspected.sha256.clone(), found: plan.sha256.clone() };
        return Err(changed.into());
    }
    session.note_findings(Stage::Preview, &preview.findings)?;
    session.note_witnesses(&witnesses(&targeted.facts, &preview.findings))?;
    Ok(preview)
}

/// What the target's present database has and the backup has not: what a restore takes away. Its IDs are set aside.
fn compare(targeted: &Targeted, columns: u16, job: &Job, outside: &Outside) -> Result<String, Trouble> {
    let (inspected, mapping) = (&targeted.inspected, &targeted.mapping);
    let Some(place) = targeted.place() else {
        return Err(Trouble::Missing("the target is on another machine".to_owned()));
    };
    let backup = inspected.chosen.backup.address();
    let backup = Side::still(backup, &inspected.path, Some(mapping.connector.old), &job.cancel)?;
    let target = Side::live(&outside.engine, &place, Some(mapping.connector.new), &job.cancel)?;
    let aside = comparison::aside((mapping.hub.new, mapping.connector.new), (mapping.hub.old, mapping.connector.old));
    let mut pace = Pace::default();
    let mut report = |progress| {
        if pace.lets(progress) {
            job.say(Answer::Preview(preview::Answer::Comparing(progress)));
        }
    };
    let found = compare::compare(&backup.path, &target.path, Some(&aside), &job.cancel, &mut report)?;
    let telling = Telling { names: ["backup", "target"], aside: true, columns: columns.into() };
    let mut lines = telling.lines(&found, [&backup, &target]);
    if let Some(events) = found.table("Events") {
        // Another event under the same number goes, too.
        lines.push(match events.only_b + events.different {
            0 => "No event of the target goes with this restore.".to_owned(),
            lost => format!(
                "The backup does not have {} of the target. The safety copy keeps what this restore replaces.",
                text::counted(lost, "event", "events")
            ),
        });
    }
    Ok(lines.join("\n"))
}

fn accept(restore: &str, finding: &Finding, on: bool, outside: &Outside) -> Result<(), Trouble> {
    let session = session(outside, restore)?;
    if on { session.accept(finding) } else { session.take_back(finding) }
}
