//! Two versions side by side: both are had on this machine, verified, then read in lockstep.

use super::say;
use crate::catalog::download::DownloadStage;
use crate::catalog::{Backup, SourceSpec};
use crate::database::compare;
use crate::progress::Progress;
use crate::restore::comparison::{self, Side, Telling};
use crate::restore::trouble::Trouble;
use crate::runtime::pace::Pace;
use crate::runtime::work::target::sentence;
use crate::runtime::work::{Job, Outside};
use crate::text;
use crate::wizard::backup::{self, Part};

/// Compares them, and says how as a page of so many columns.
pub(super) fn compare(spec: &SourceSpec, pair: &(Backup, Backup), columns: u16, job: &Job, outside: &Outside) {
    match page(spec, pair, columns, job, outside) {
        Ok(page) => say(job, backup::Answer::Compared(page)),
        Err(Trouble::Cancelled) => {}
        Err(Trouble::Blocked(findings)) if !findings.is_empty() => {
            findings.into_iter().take(1).for_each(|finding| say(job, backup::Answer::Failed(Box::new(finding))));
        }
        Err(trouble) => say(job, backup::Answer::NotCompared(sentence(&trouble))),
    }
}

fn page(
    spec: &SourceSpec,
    (older, newer): &(Backup, Backup),
    columns: u16,
    job: &Job,
    outside: &Outside,
) -> Result<String, Trouble> {
    let older = side(spec, older, Part::Older, job, outside)?;
    let newer = side(spec, newer, Part::Newer, job, outside)?;
    // Of two files of other IDs the rows are told, not the IDs in each of them.
    let ids = older.ids().zip(newer.ids()).filter(|(older, newer)| older != newer);
    let aside = ids.map(|(older, newer)| comparison::aside(newer, older));
    let mut pace = Pace::default();
    let mut report = |progress: Progress<compare::CompareStage>| {
        let progress = Progress { stage: Part::Rows, done: progress.done, total: progress.total };
        if pace.lets(progress) {
            say(job, backup::Answer::Comparing(progress));
        }
    };
    let found = compare::compare(&older.path, &newer.path, aside.as_ref(), &job.cancel, &mut report)?;
    let telling = Telling { names: ["older", "newer"], aside: aside.is_some(), columns: columns.into() };
    Ok(telling.lines(&found, [&older, &newer]).join("\n"))
}

/// One of them, on this machine.
fn side(spec: &SourceSpec, backup: &Backup, part: Part, job: &Job, outside: &Outside) -> Result<Side, Trouble> {
    let catalog = outside.catalog(spec).map_err(|error| Trouble::of_catalog(error, outside.world.now()))?;
    let mut pace = Pace::default();
    let mut report = |progress: Progress<DownloadStage>| {
        let progress = Progress { stage: part, done: progress.done, total: progress.total };
        if pace.lets(progress) {
            say(job, backup::Answer::Comparing(progress));
        }
    };
    let obtained = outside.wait(job, outside.engine.obtain(catalog.as_ref(), backup, &mut report, &job.cancel))??;
    let written = backup.modified.map_or_else(String::new, |at| format!("written {}, ", text::moment(at)));
    let title = format!("{written}{}", text::size(obtained.size));
    Side::still(title, &obtained.path, backup.place.as_ref().map(|place| place.connector), &job.cancel)
}
