//! Carries out the work of `wizard::rollback`.

use super::after::{shown, steps};
use super::place::{finding_of, look_again, looked, others, session, sudo};
use super::{Job, Outside};
use crate::hub::place::Stopped;
use crate::hub::stage::Safety;
use crate::hub::undo::Undone;
use crate::identity::{ConnectorId, HubId};
use crate::restore::engine::Session;
use crate::restore::trouble::Trouble;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::after::Contents;
use crate::wizard::rollback::{self, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let answer = match work {
        Work::Look { restore } => look(&restore, job, outside)
            .unwrap_or_else(|trouble| rollback::Answer::NotLooked(vec![finding_of(&trouble)])),
        Work::LookAgain { path } => rollback::Answer::LookedAgain(Box::new(look_again(None, &path, job, outside))),
        Work::RollBack { restore } => roll_back(&restore, job, outside),
    };
    job.say(Answer::Rollback(answer));
}

fn look(restore: &str, job: &Job, outside: &Outside) -> Result<rollback::Answer, Trouble> {
    let session = session(outside, restore)?;
    let history = session.history();
    let missing = || Trouble::Missing(format!("restore {restore} placed nothing on this machine"));
    let placing = history.placing.clone().ok_or_else(missing)?;
    let root = placing.target.parent().and_then(|folder| folder.parent()).ok_or_else(missing)?.to_owned();
    let file = outside.restored(&placing.file, &placing.sha256, &job.cancel)?;
    let ids: (HubId, ConnectorId) = (placing.hub, placing.connector);
    let mut seen = outside.engine.look_at_place(&root, &file, ids, &sudo(restore, outside), &job.cancel)?;
    // What speaks against placing this file again does not speak against putting the old one back.
    seen.findings.retain(|finding| finding.code.as_str().starts_with("R6") && !is_own_mark(finding.code));
    let others = others(&root, job, outside);
    let now = seen.place.now.as_ref().map_or_else(Contents::default, |now| {
        let glance = now.seen.glance();
        Contents {
            size: now.size,
            events: glance.map(|glance| glance.events),
            newest: glance.and_then(|glance| glance.newest.as_ref()).map(|newest| newest.at),
        }
    });
    let kept = format!("{}/after/", shown(session.folder()));
    let look = looked(&seen, now.size, String::new(), kept, &others);
    Ok(rollback::Answer::Looked { look: Box::new(look), now })
}

/// The mark of the very restore that is rolled back, and what is only asked before placing.
fn is_own_mark(code: crate::finding::Code) -> bool {
    use crate::finding::Code;
    matches!(code, Code::R602 | Code::R603 | Code::R604 | Code::R609 | Code::R612)
}

fn roll_back(restore: &str, job: &Job, outside: &Outside) -> rollback::Answer {
    let stopped = |Stopped { finding, left }| rollback::Answer::Stopped { finding, left };
    let session = match session(outside, restore) {
        Ok(session) => session,
        Err(trouble) => {
            let finding = Some(Box::new(finding_of(&trouble)));
            return stopped(Stopped { finding, left: crate::hub::place::Left::New });
        }
    };
    let undone = session.undo(&job.cancel, &mut |progress| {
        job.say(Answer::Rollback(rollback::Answer::Step(progress.stage)));
    });
    match undone {
        Ok(undone) => rollback::Answer::RolledBack(Box::new(shown_undone(&session, &undone))),
        Err(reason) => stopped(reason),
    }
}

/// What a rollback did, as the screen shows it.
fn shown_undone(session: &Session, undone: &Undone) -> rollback::Undone {
    let history = session.history();
    let size = |safety: &Safety| {
        [&safety.database, &safety.wal, &safety.journal].into_iter().flatten().map(|saved| saved.size).sum()
    };
    let before = undone.before.as_ref();
    let mut side_files = Vec::new();
    if before.is_some_and(|safety| safety.wal.is_some()) {
        side_files.push("-wal".to_owned());
    }
    if before.is_some_and(|safety| safety.journal.is_some()) {
        side_files.push("-journal".to_owned());
    }
    rollback::Undone {
        at: undone.when,
        now: Contents {
            size: before.map(size).unwrap_or_default(),
            events: history.placing.as_ref().and_then(|placing| placing.before),
            newest: None,
        },
        side_files,
        into_live: undone.online,
        after: undone.after.as_ref().map(|safety| text::printable(&safety.folder.to_string_lossy())),
        steps: steps(session, &history),
    }
}
