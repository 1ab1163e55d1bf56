//! `reseat restore`: all of it on the hub in one go, asked about once, with the plan in sight.

use std::time::Instant;

use super::Context;
use super::ask;
use super::backup::{Examined, NewIds};
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use super::place::{said, show, started_after};
use super::service::in_the_way;
use crate::arguments::{Restore, Service as Wanted};
use crate::finding::{self, Finding};
use crate::identity::Mapping;
use crate::restore::Stage;
use crate::restore::documents::{self, PlanDocument, RestoreDocument, RewriteDocument, follow_ups};
use crate::restore::engine::{HubLook, Preview, Proof, Session, ToPlace};
use crate::restore::journal::SourceChoice;
use crate::restore::recovery::Way;
use crate::restore::witnesses::witnesses;

/// What is ready to be placed, and everything that was found on the way.
struct Ready {
    what: ToPlace,
    look: HubLook,
    findings: Vec<Finding>,
}

/// Downloads, inspects, plans, rewrites, asks, places, and prints the steps that remain for a person.
pub(super) fn run(arguments: &Restore, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let new = NewIds::read(&arguments.target)?;
    if !context.yes {
        ask::can_ask()?;
    }
    let mut examined = context.examine(&arguments.chosen)?;
    examined.aim(&new, context)?;
    let preview = examined.preview(context)?;
    if !context.output.json {
        super::inspect::summary(&examined, context.output, context);
        context.output.line("");
        super::plan::show(&examined, &preview, context.output);
    }
    context.stop_at(&preview.findings)?;
    let Some(mapping) = examined.facts.mapping else {
        return Err(Failure::Failed(anyhow::anyhow!("the old IDs are not known")));
    };
    let session = begin(&examined, mapping, arguments.ticket.as_deref(), &preview, context)?;
    let done = go_on(arguments, context, &examined, &preview, &session, begun);
    if done.is_err() && matches!(session.history().way(), Way::Resume(_)) {
        let id = session.id();
        output::message(&format!("reseat: restore {id} is kept. Go on: reseat resume {id} --yes"));
    }
    done
}

/// From the private copy to the placed database.
fn go_on(
    arguments: &Restore,
    context: &Context,
    examined: &Examined,
    preview: &Preview,
    session: &Session,
    begun: Instant,
) -> Result<(), Failure> {
    let proof = rewrite(session, preview, context)?;
    let rewritten_in = begun.elapsed().as_secs_f64();
    let ready = ready(session, examined, &proof, arguments.service, context)?;
    if !context.output.json {
        show(&ready.what, &ready.look, arguments.service, context);
        let mut all = preview.findings.clone();
        all.extend(ready.findings.iter().filter(|new| !preview.findings.iter().any(|old| same(old, new))).cloned());
        finding::sort(&mut all);
        context.output.findings(&all, &context.accepted);
    }
    if !context.yes {
        ask::confirm("Replace the database there?", &context.cancel)?;
    }
    context.note(session, None, &ready.findings)?;
    let placed = context.replace(&examined.engine, session, &ready.what, &ready.look, arguments.service);
    let placed = started_after(session, arguments.service, placed)?;
    if !context.output.json {
        said(session, &placed, context);
        return Ok(());
    }
    let accepted = |finding: &Finding| context.accepts(finding);
    Ok(output::document(&RestoreDocument {
        schema: documents::SCHEMA,
        restore: session.id().to_string(),
        plan: PlanDocument::new(preview, &examined.facts, accepted),
        rewrite: RewriteDocument::new(&proof.path, &proof.rewritten, Vec::new(), rewritten_in),
        place: context.place_document(session, &ready.what, &placed, &ready.findings),
        follow_ups: follow_ups(&session.history(), &examined.engine.guide),
    })?)
}

fn same(one: &Finding, other: &Finding) -> bool {
    one.code == other.code && one.subject == other.subject
}

/// Begins the restore: from here on it can be resumed.
fn begin(
    examined: &Examined,
    mapping: Mapping,
    ticket: Option<&str>,
    preview: &Preview,
    context: &Context,
) -> Result<Session, Failure> {
    let session = examined.engine.begin()?;
    super::signals::working_on(session.id().as_str());
    if !context.output.json {
        context.output.line(&format!("   restore       {}", session.id()));
    }
    let named = SourceChoice::of(&context.settings);
    let source = SourceChoice {
        // What was read, which need not be the source of the settings: an address, a file, a relative folder.
        source: examined.catalog.describe(),
        environment: named.as_ref().and_then(|named| named.environment.clone()),
        profile: context.settings.profile.as_ref().map(|value| value.value.clone()),
        region: context.settings.region.as_ref().map(|value| value.value.clone()),
        endpoint_url: context.settings.endpoint_url.as_ref().map(|value| value.value.clone()),
        requester_pays: context.settings.requester_pays.value,
    };
    session.choose_source(source)?;
    session.take(&examined.obtained)?;
    if let Some(file) = examined.facts.file.known() {
        session.note_file(file, Some((mapping.hub.old, mapping.connector.old)), &examined.findings())?;
    }
    session.choose_target(mapping, Some(absolute_root(context)))?;
    session.note_findings(Stage::Preview, &preview.findings)?;
    session.note_witnesses(&witnesses(&examined.facts, &preview.findings))?;
    context.note(&session, ticket, &preview.findings)?;
    session.go_to(Stage::Rewrite)?;
    Ok(session)
}

fn absolute_root(context: &Context) -> std::path::PathBuf {
    let root = context.settings.hub_root.value.clone();
    std::path::absolute(&root).unwrap_or(root)
}

/// The proved copy.
pub(super) fn rewrite(session: &Session, preview: &Preview, context: &Context) -> Result<Proof, Failure> {
    let Some(plan) = &preview.plan else {
        return Err(Failure::Failed(anyhow::anyhow!("there is no plan for this backup and these IDs")));
    };
    let mut bar = Bar::new();
    Ok(session.rewrite(plan, &context.cancel, &mut |progress| bar.show(progress))?)
}

/// Looks at the place for the proved copy, and stops at what is in the way.
fn ready(
    session: &Session,
    examined: &Examined,
    proof: &Proof,
    wanted: Wanted,
    context: &Context,
) -> Result<Ready, Failure> {
    session.go_to(Stage::Place)?;
    let Some(mapping) = examined.facts.mapping else {
        return Err(Failure::Failed(anyhow::anyhow!("the new IDs are not known")));
    };
    let mut bar = Bar::new();
    let file = examined.engine.examine(&proof.path, &context.cancel, &mut |progress| bar.show(progress))?;
    drop(bar);
    let root = context.hub_root(Some(session))?;
    let ids = (mapping.hub.new, mapping.connector.new);
    let sudo = context.sudo(&super::resume::words(session, wanted));
    let look = examined.engine.look_at_place(&root, &file, ids, &sudo, &context.cancel)?;
    let findings = in_the_way(&look, wanted);
    session.note_findings(Stage::Place, &findings)?;
    context.stop_at(&findings)?;
    let what = ToPlace::new(&proof.path, &proof.rewritten.sha256, &file, ids, &look.place);
    Ok(Ready { what: what.accepting(&context.accepted).online(wanted.online), look, findings })
}
