//! Carries out the work of `wizard::finish`.

use super::place::{finding_of, session};
use super::{Job, Outside};
use crate::finding::Code;
use crate::restore::engine::Session;
use crate::restore::trouble::Trouble;
use crate::wizard::Answer;
use crate::wizard::finish::{self, Watch, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let answer = match work {
        Work::Watch { restore } => finish::Answer::Watched(Box::new(watch(&restore, job, outside))),
        Work::Report { restore } => finish::Answer::Report(report(&restore, outside)),
    };
    job.say(Answer::Finish(answer));
}

fn watch(restore: &str, job: &Job, outside: &Outside) -> Watch {
    let blank = Watch {
        at: outside.world.now(),
        size: None,
        same_file: None,
        right_ids: None,
        events: None,
        newest: None,
        open_by: None,
        findings: Vec::new(),
    };
    let session = match session(outside, restore) {
        Ok(session) => session,
        Err(trouble) => return Watch { findings: vec![finding_of(&trouble)], ..blank },
    };
    let open_by = open_by(&session, outside);
    match session.watch(&job.cancel) {
        Ok(seen) => Watch {
            at: seen.at,
            size: Some(seen.size),
            same_file: Some(!seen.findings.iter().any(|finding| finding.code == Code::R703)),
            right_ids: Some(seen.ids_right),
            events: Some(seen.events),
            newest: seen.newest,
            open_by,
            findings: seen.findings,
        },
        // A database that never holds still is no fault: the next look may have more luck.
        Err(Trouble::Blocked(findings)) => Watch { open_by, findings, ..blank },
        Err(_) => Watch { open_by, ..blank },
    }
}

/// The process that has the placed database open: `pid 3308`.
fn open_by(session: &Session, outside: &Outside) -> Option<String> {
    let target = session.history().target_path()?;
    let root = target.parent()?.parent()?.to_owned();
    let holders = outside.engine.holders(&root, &target);
    holders.seen.iter().find_map(|holder| holder.pid).map(|pid| format!("pid {pid}"))
}

fn report(restore: &str, outside: &Outside) -> Result<String, String> {
    let session = session(outside, restore).map_err(|trouble| finding_of(&trouble).detail)?;
    session.write_report().map_err(|trouble| finding_of(&trouble).detail)?;
    std::fs::read_to_string(session.folder().join("report.md"))
        .map_err(|error| format!("the report cannot be read: {error}"))
}
