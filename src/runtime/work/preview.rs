//! Carries out the work of `wizard::preview`.

use std::sync::Arc;

use super::target::{sentence, session};
use super::{Job, Outside};
use crate::database::DatabaseError;
use crate::finding::Finding;
use crate::restore::Stage;
use crate::restore::engine::Preview;
use crate::restore::trouble::Trouble;
use crate::restore::witnesses::witnesses;
use crate::runtime::pace::Pace;
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

fn accept(restore: &str, finding: &Finding, on: bool, outside: &Outside) -> Result<(), Trouble> {
    let session = session(outside, restore)?;
    if on { session.accept(finding) } else { session.take_back(finding) }
}
