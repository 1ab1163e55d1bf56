//! Carries out the work of `wizard::inspect`: the download, and the look inside.

use super::place::finding_of;
use super::{Job, Outside};
use crate::catalog::SourceKind;
use crate::database::FileFacts;
use crate::finding::{self, Code, Finding, Severity, Verdict};
use crate::restore::Stage;
use crate::restore::assess::{self, Clock};
use crate::restore::engine::{Obtained, Session};
use crate::restore::facts::{BucketFacts, Fact, Facts, Taken};
use crate::restore::journal::{SourceChoice, Stood};
use crate::restore::trouble::Trouble;
use crate::restore::witnesses::witnesses;
use crate::runtime::pace::Pace;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::chain::{Chosen, Inspected};
use crate::wizard::inspect::{self, Looked, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let answer = match work {
        Work::Inspect { chosen, bucket, restore } => {
            match inspect(&chosen, *bucket, restore.as_deref(), job, outside) {
                Ok(looked) => inspect::Answer::Looked(Box::new(looked)),
                Err(Trouble::Cancelled) => return,
                Err(Trouble::Missing(what)) => inspect::Answer::Failed(Box::new(missing(&what))),
                Err(trouble) => inspect::Answer::Failed(Box::new(finding_of(&trouble))),
            }
        }
    };
    job.say(Answer::Inspect(answer));
}

fn missing(what: &str) -> Finding {
    Finding::new(Code::R117, Severity::Block, format!("{}.", text::printable(what.trim_end_matches('.'))))
        .why("It may have been deleted meanwhile.")
        .remedy("Go back to the versions, and list them again.")
}

/// Has the backup here, looks at all of it, and notes what was found.
fn inspect(
    chosen: &Chosen,
    bucket: Fact<BucketFacts>,
    restore: Option<&str>,
    job: &Job,
    outside: &Outside,
) -> Result<Looked, Trouble> {
    let session = session(restore, outside)?;
    session.choose_source(source_of(chosen, outside))?;
    session.go_to(Stage::Inspect)?;
    let say = |answer| job.say(Answer::Inspect(answer));
    say(inspect::Answer::Began { restore: session.id().to_string(), path: session.backup_path() });
    let obtained = obtain(chosen, job, outside)?;
    say(inspect::Answer::Downloaded { size: obtained.size, compared: compared(&obtained) });
    session.take(&obtained)?;
    let mut pace = Pace::default();
    let mut report = |progress| {
        if pace.lets(progress) {
            say(inspect::Answer::Checking(progress));
        }
    };
    let file = outside.engine.examine(&obtained.path, &job.cancel, &mut report)?;
    judge(chosen, bucket, &session, &obtained, file, outside)
}

/// The restore of this run, as long as nothing was placed with it; else a new one.
fn session(restore: Option<&str>, outside: &Outside) -> Result<Session, Trouble> {
    if let Some(id) = restore
        && let Ok(session) = outside.engine.find(id)
    {
        let history = session.history();
        if history.stood == Stood::Untouched && history.forgotten.is_none() {
            return Ok(session);
        }
    }
    outside.engine.begin()
}

fn source_of(chosen: &Chosen, outside: &Outside) -> SourceChoice {
    let spec = &chosen.spec;
    let named = |environment: &&crate::config::Environment| environment.name == chosen.source;
    SourceChoice {
        environment: outside.settings.environments.iter().find(named).map(|environment| environment.name.clone()),
        source: match &spec.kind {
            SourceKind::S3 { bucket, prefix } if prefix.is_empty() => format!("s3://{bucket}"),
            SourceKind::S3 { bucket, prefix } => format!("s3://{bucket}/{}", prefix.trim_end_matches('/')),
            SourceKind::Folder(path) | SourceKind::File(path) => path.display().to_string(),
        },
        profile: spec.profile.clone(),
        region: spec.region.clone(),
        endpoint_url: spec.endpoint.clone(),
        requester_pays: spec.requester_pays,
    }
}

fn obtain(chosen: &Chosen, job: &Job, outside: &Outside) -> Result<Obtained, Trouble> {
    let catalog = outside.catalog(&chosen.spec).map_err(|error| Trouble::of_catalog(error, outside.world.now()))?;
    let mut pace = Pace::default();
    let mut report = |progress| {
        if pace.lets(progress) {
            job.say(Answer::Inspect(inspect::Answer::Downloading(progress)));
        }
    };
    outside.wait(job, outside.engine.obtain(catalog.as_ref(), &chosen.backup, &mut report, &job.cancel))?
}

/// What the bytes were compared with, for their row.
fn compared(obtained: &Obtained) -> String {
    match &obtained.verified_by {
        _ if obtained.reused => "as they were downloaded before: the digest is the same".to_owned(),
        Some(by) if by.contains("checksum") => "length and checksum as in the bucket".to_owned(),
        Some(by) => format!("length, and {by}"),
        None => "the length only: the source has no checksum".to_owned(),
    }
}

fn judge(
    chosen: &Chosen,
    bucket: Fact<BucketFacts>,
    session: &Session,
    obtained: &Obtained,
    file: FileFacts,
    outside: &Outside,
) -> Result<Looked, Trouble> {
    let facts = Facts {
        key: Fact::Known(obtained.key_facts(Taken::Named)),
        file: Fact::Known(file.clone()),
        bucket,
        ..Facts::default()
    };
    let clock = Clock { now: outside.world.now(), stale_after: outside.settings.warn_age() };
    let mut findings = assess::inspect(&facts, clock);
    for finding in &obtained.findings {
        if !findings.iter().any(|other| other.code == finding.code) {
            findings.push(finding.clone());
        }
    }
    finding::sort(&mut findings);
    let ids = assess::old_ids(&facts);
    session.note_file(&file, ids.map(|ids| (ids.hub, ids.connector)), &findings)?;
    let witnesses = witnesses(&facts, &findings);
    session.note_witnesses(&witnesses)?;
    let ids = ids.filter(|_| Verdict::of(&findings) != Verdict::Block);
    let Some(ids) = ids else {
        return Ok(Looked { file, findings, witnesses, path: session.set_aside()?, inspected: None });
    };
    let chosen = Chosen { backup: obtained.backup.clone(), ..chosen.clone() };
    let inspected = Inspected {
        chosen,
        restore: session.id().to_string(),
        folder: session.folder().clone(),
        path: session.backup_path(),
        sha256: obtained.sha256.clone(),
        size: obtained.size,
        hub: ids.hub,
        connector: ids.connector,
        file: file.clone(),
        facts,
        findings: findings.clone(),
    };
    Ok(Looked {
        file,
        findings,
        witnesses,
        path: session.backup_path(),
        inspected: Some(std::sync::Arc::new(inspected)),
    })
}
