//! Carries out the work of `wizard::start`.

mod again;
mod row;

use std::path::PathBuf;

use super::after::after;
use super::place::{finding_of, session};
use super::{Job, Outside};
use crate::finding::{Code, Finding, Severity};
use crate::hub::place::Stopped;
use crate::restore::RestoreId;
use crate::restore::trouble::Trouble;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::start::{self, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let done = match work {
        Work::List => list(outside),
        Work::Continue(id) => again::again(&id, job, outside),
        Work::Proceed(id) => proceed(&id, job, outside),
        Work::After(id) => read_back(&id, outside),
        Work::Report(id) => report(&id, outside),
        Work::WouldForget(id) => would_forget(&id, outside),
        Work::Forget(id) => forget(&id, outside),
    };
    let answer = match done {
        Ok(answer) => answer,
        Err(Trouble::Cancelled) => return,
        Err(Trouble::Missing(what)) => start::Answer::Failed(Box::new(missing(&what))),
        Err(trouble) => start::Answer::Failed(Box::new(finding_of(&trouble))),
    };
    job.say(Answer::Start(answer));
}

fn missing(what: &str) -> Finding {
    Finding::new(Code::R616, Severity::Block, format!("{}.", text::printable(what.trim_end_matches('.'))))
        .why("What it needs is not on this machine.")
        .remedy("Begin another restore; the bucket still has the backup.")
}

fn list(outside: &Outside) -> Result<start::Answer, Trouble> {
    let engine = &outside.engine;
    let mut listed = engine.store.list(&engine.guide)?;
    listed.reverse();
    let stopped = listed.iter().find_map(|row| row.history.as_ref()?.stopped_service().cloned());
    let now = outside.world.now();
    let mut known: Vec<start::Known> = listed.iter().map(|row| row::known(row, outside, now)).collect();
    // Unfinished ones first, the newest on top; what was cut while it replaced before all others.
    known.sort_by_key(|known| match known.kind {
        start::Kind::Cut | start::Kind::CutUndo => 0,
        start::Kind::Resume | start::Kind::StepsOpen => 1,
        start::Kind::Past | start::Kind::Download | start::Kind::Unreadable => 2,
    });
    Ok(start::Answer::Listed(known, stopped.map(|stopped| stopped.service)))
}

fn proceed(id: &str, job: &Job, outside: &Outside) -> Result<start::Answer, Trouble> {
    let session = session(outside, id)?;
    let checks = |words: &str| job.say(Answer::Start(start::Answer::Checks(words.to_owned())));
    checks("the replacement goes on");
    let placed = session.proceed(&job.cancel, &mut |_| {});
    let notes = placed.map_err(|Stopped { finding, .. }| finding.map_or(Trouble::Cancelled, Trouble::from))?.notes;
    let after = after(&session, notes).ok_or_else(|| Trouble::Missing(format!("restore {id} placed nothing")))?;
    Ok(start::Answer::Proceeded(Box::new(after)))
}

fn read_back(id: &str, outside: &Outside) -> Result<start::Answer, Trouble> {
    let session = session(outside, id)?;
    let after =
        after(&session, Vec::new()).ok_or_else(|| Trouble::Missing(format!("restore {id} placed nothing here")))?;
    Ok(start::Answer::After(Box::new(after)))
}

/// The report as it lies there; one that was never written is written now.
fn report(id: &str, outside: &Outside) -> Result<start::Answer, Trouble> {
    let path = outside.engine.store.folder(&parse(id)?).join("report.md");
    if !path.is_file() {
        session(outside, id)?.write_report()?;
    }
    let report = std::fs::read_to_string(&path).map_err(anyhow::Error::from)?;
    Ok(start::Answer::Report(report))
}

fn parse(id: &str) -> Result<RestoreId, Trouble> {
    id.parse().map_err(|_| Trouble::Missing(format!("{id} is no restore's ID")))
}

fn would_forget(id: &str, outside: &Outside) -> Result<start::Answer, Trouble> {
    let store = &outside.engine.store;
    let forget = match parse(id) {
        Ok(id) => store.to_forget(&id)?,
        Err(_) => store.to_forget_download(&store.resolve_download(id)?)?,
    };
    let items: Vec<(PathBuf, u64)> = forget.items;
    Ok(start::Answer::WouldForget(items, forget.bytes))
}

fn forget(id: &str, outside: &Outside) -> Result<start::Answer, Trouble> {
    let store = &outside.engine.store;
    let forgotten = match parse(id) {
        Ok(parsed) => {
            let forgotten = session(outside, id)?.forget()?;
            outside.engine.close(&parsed);
            forgotten
        }
        Err(_) => store.forget_download(&store.resolve_download(id)?)?,
    };
    Ok(start::Answer::Forgotten(forgotten.bytes))
}
