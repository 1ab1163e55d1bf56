//! `reseat resume`: goes on with a restore, in the wizard on a terminal, or without it with `--yes`.

use super::Context;
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use super::place::{said, started_after};
use super::restore::rewrite;
use super::service::{in_the_way, service_words};
use crate::arguments::{Resume, Service as Wanted};
use crate::finding::{Code, Finding};
use crate::hub::place::Placed;
use crate::identity::Mapping;
use crate::restore::RestoreId;
use crate::restore::Stage;
use crate::restore::documents::RestoresLine;
use crate::restore::engine::{Engine, Session, ToPlace};
use crate::restore::facts::{Fact, Facts, Taken};
use crate::restore::journal::History;
use crate::restore::recovery::Way;

/// The words that go on with this restore.
pub(super) fn words(session: &Session, wanted: Wanted) -> Vec<String> {
    let mut words = vec!["resume".to_owned(), session.id().to_string()];
    words.extend(service_words(wanted));
    words
}

/// The restore that is meant: the named one, or the only one that is unfinished.
pub(super) fn meant(named: Option<&str>, engine: &Engine) -> Result<RestoreId, Failure> {
    if let Some(named) = named {
        return Ok(engine.store.resolve(named).map_err(crate::restore::trouble::Trouble::from)?);
    }
    let unfinished: Vec<String> = engine
        .store
        .list(&engine.guide)?
        .into_iter()
        .filter(|row| {
            row.history
                .as_ref()
                .is_some_and(|history| !matches!(history.way(), Way::Over | Way::Finish | Way::RolledBack))
        })
        .map(|row| row.id)
        .collect();
    match unfinished.as_slice() {
        [only] => Ok(engine.store.resolve(only).map_err(crate::restore::trouble::Trouble::from)?),
        [] => Err(Failure::missing("there is no unfinished restore; `reseat restores` lists all")),
        several => Err(Failure::Usage(format!("several restores are unfinished: {}; name one", several.join(", ")))),
    }
}

/// Goes on without the wizard.
pub(super) fn run(arguments: &Resume, context: &Context) -> Result<(), Failure> {
    let engine = context.engine()?;
    let id = meant(arguments.restore.as_deref(), &engine).inspect_err(|failure| {
        if let (Failure::Missing { .. }, Some(hint)) = (failure, super::restores::elsewhere(context)) {
            output::message(&hint);
        }
    })?;
    if !context.yes {
        return Err(Failure::Usage(format!("without a terminal: reseat resume {id} --yes, or reseat rollback {id}")));
    }
    let session = engine.session(&id)?;
    super::signals::working_on(session.id().as_str());
    let wanted = arguments.service;
    let done = match session.history().way() {
        Way::GoOnOrUndo => {
            let mut bar = Bar::new();
            session.proceed(&context.cancel, &mut |progress| bar.show(progress)).map(Some).map_err(Failure::from)
        }
        Way::Undo => {
            let mut bar = Bar::new();
            let progress = &mut |progress| bar.show(progress);
            let undone = if wanted.online {
                session.undo_online(&context.cancel, progress)
            } else {
                session.undo(&context.cancel, progress)
            };
            undone.map(|_| None).map_err(Failure::from)
        }
        Way::Resume(stage) => place_it(&engine, &session, stage, wanted, context).map(Some),
        Way::Finish | Way::RolledBack => Ok(None),
        Way::Over => Err(Failure::missing(format!("restore {id} is over: there is only its report"))),
    };
    let placed = started_after(&session, wanted, done)?;
    line(&session, placed.as_ref(), context)
}

fn line(session: &Session, placed: Option<&Placed>, context: &Context) -> Result<(), Failure> {
    let listed = session.listed()?;
    if context.output.json {
        return Ok(output::document(&RestoresLine::from(&listed))?);
    }
    if let Some(placed) = placed {
        said(session, placed, context);
    } else {
        context.output.line(&super::restores::row(&listed));
    }
    Ok(())
}

/// Goes on to the end with a restore of which nothing is placed yet: everything is checked again first.
fn place_it(
    engine: &Engine,
    session: &Session,
    stage: Stage,
    wanted: Wanted,
    context: &Context,
) -> Result<Placed, Failure> {
    let history = session.history();
    let Some(mapping) = history.mapping().filter(|_| stage >= Stage::Preview || history.target.is_some()) else {
        let id = session.id();
        return Err(Failure::Usage(format!(
            "restore {id} has no new connector yet: go on in the wizard, reseat resume {id}"
        )));
    };
    let preview = again(engine, session, mapping, context)?;
    let open = |findings: &[Finding]| -> Vec<Finding> {
        findings.iter().filter(|finding| !accepted_before(&history, finding)).cloned().collect()
    };
    context.stop_at(&open(&preview.findings))?;
    context.note(session, None, &preview.findings)?;
    let proof = rewrite(session, &preview, context)?;
    let root = root(&history, context);
    if !root.is_dir() {
        let shown = crate::text::printable(&root.display().to_string());
        return Err(Failure::Usage(format!("this machine has no hub folder {shown}: name it with --hub-root")));
    }
    let mut bar = Bar::new();
    let file = engine.examine(&proof.path, &context.cancel, &mut |progress| bar.show(progress))?;
    drop(bar);
    let ids = (mapping.hub.new, mapping.connector.new);
    let sudo = context.sudo(&words(session, wanted));
    let look = engine.look_at_place(&root, &file, ids, &sudo, &context.cancel)?;
    let findings = in_the_way(&look, wanted);
    session.note_findings(Stage::Place, &findings)?;
    context.stop_at(&open(&findings))?;
    context.note(session, None, &findings)?;
    let codes: Vec<_> =
        findings.iter().filter(|finding| finding.needs_acceptance()).map(|finding| finding.code).collect();
    let what = ToPlace::new(&proof.path, &proof.rewritten.sha256, &file, ids, &look.place).accepting(&codes);
    let what = what.online(wanted.online);
    context.replace(engine, session, &what, &look, wanted)
}

/// Whether a person accepted this before. What rests on the bucket, too, which is not asked again, is known by its code.
fn accepted_before(history: &History, finding: &Finding) -> bool {
    let rests_on_bucket = matches!(finding.code, Code::R101 | Code::R103 | Code::R413);
    history.accepts(finding)
        || (rests_on_bucket && history.accepted.iter().any(|one| one.acceptance.code == finding.code))
}

/// The plan and the findings once more, from the download that is here. The bucket is not asked again.
fn again(
    engine: &Engine,
    session: &Session,
    mapping: Mapping,
    context: &Context,
) -> Result<crate::restore::engine::Preview, Failure> {
    let mut bar = Bar::new();
    let obtained = session.backup_again(&mut |progress| bar.show(progress), &context.cancel)?;
    drop(bar);
    let mut bar = Bar::new();
    let file = engine.examine(&obtained.path, &context.cancel, &mut |progress| bar.show(progress))?;
    drop(bar);
    let root = root(&session.history(), context);
    let facts = Facts {
        key: Fact::Known(obtained.key_facts(Taken::Named)),
        file: Fact::Known(file),
        bucket: Fact::Unknown("The bucket was asked when this restore began.".to_owned()),
        folder: engine.folder_facts(&root, Some(mapping.connector.old), &context.cancel)?,
        target: Fact::Known(engine.target_facts(&root, mapping.connector.new, &context.cancel)?),
        mapping: Some(mapping),
    };
    let mut bar = Bar::new();
    let progress = &mut |progress| bar.show(progress);
    let mut preview = engine.preview(&obtained.path, Some(&obtained.sha256), &facts, &context.cancel, progress)?;
    // The bucket was looked at when the new IDs were chosen: what it did not say then, its silence does not say now.
    let history = session.history();
    let noted = history.findings.get(&Stage::Preview).into_iter().flatten().any(|noted| noted.code == Code::R413);
    preview.findings.retain(|finding| finding.code != Code::R413 || noted);
    Ok(preview)
}

fn root(history: &History, context: &Context) -> std::path::PathBuf {
    let chosen = history.target.as_ref().and_then(|target| target.hub_root.clone());
    match (&context.settings.hub_root, chosen) {
        (named, Some(_)) if named.from == crate::config::Origin::Flag => named.value.clone(),
        (_, Some(chosen)) => chosen,
        (settings, None) => settings.value.clone(),
    }
}
