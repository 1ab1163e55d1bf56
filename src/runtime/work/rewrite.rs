//! Carries out the work of `wizard::rewrite`.

use std::sync::{Arc, Mutex, PoisonError};

use super::target::{sentence, session};
use super::{Job, Outside};
use crate::restore::Stage;
use crate::restore::engine::Proof;
use crate::restore::trouble::Trouble;
use crate::runtime::pace::Pace;
use crate::wizard::Answer;
use crate::wizard::chain::{Planned, Proved};
use crate::wizard::rewrite::{self, Work};

/// Held while a copy is made: two would write to one file.
static ALONE: Mutex<()> = Mutex::new(());

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let Work::Rewrite(planned) = work;
    let answer = match rewrite(&planned, job, outside) {
        Ok(Proof { path, rewritten, at, .. }) => {
            rewrite::Answer::Proved(Arc::new(Proved { planned, path, rewritten, at }))
        }
        Err(Trouble::Cancelled) => return,
        Err(trouble) => match trouble.findings().first() {
            Some(finding) => rewrite::Answer::Failed(Box::new(finding.clone())),
            None => rewrite::Answer::Trouble(sentence(&trouble)),
        },
    };
    job.say(Answer::Rewrite(answer));
}

fn rewrite(planned: &Planned, job: &Job, outside: &Outside) -> Result<Proof, Trouble> {
    let session = session(outside, &planned.targeted.inspected.restore)?;
    session.go_to(Stage::Rewrite)?;
    let mut pace = Pace::default();
    let mut report = |progress| {
        if pace.lets(progress) {
            job.say(Answer::Rewrite(rewrite::Answer::Progress(progress)));
        }
    };
    // One that was stopped a moment ago still deletes its copy.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    session.rewrite(&planned.plan, &job.cancel, &mut report)
}
