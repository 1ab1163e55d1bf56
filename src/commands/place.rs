//! `reseat place`: a rewritten database in its place on this hub. It needs nothing but the file.

use std::path::PathBuf;

use super::Context;
use super::ask;
use super::backup::absolute;
use super::bar::Bar;
use super::failure::Failure;
use super::output::{self, Output};
use super::service::{in_the_way, service_words, start_services, stop_lines, stoppable};
use super::source::id;
use crate::arguments::{Place, Service as Wanted};
use crate::database::FileFacts;
use crate::finding::{self, Code, Finding, Severity};
use crate::hub::place::Placed;
use crate::identity::{ConnectorId, HubId};
use crate::restore::assess;
use crate::restore::documents::{self, PlaceDocument};
use crate::restore::engine::{Engine, HubLook, Session, ToPlace, receipt_line};
use crate::restore::facts::{Fact, Facts};
use crate::restore::journal::Event;
use crate::text;

/// A file that may be placed.
struct Candidate {
    path: PathBuf,
    sha256: String,
    facts: FileFacts,
    hub: HubId,
    connector: ConnectorId,
    findings: Vec<Finding>,
}

/// Looks at the file and the place, asks, replaces, and prints the receipt.
pub(super) fn run(arguments: &Place, context: &Context) -> Result<(), Failure> {
    let connector: ConnectorId = id(&arguments.connector, "connector")?;
    if !arguments.dry_run && !context.yes {
        ask::can_ask()?;
    }
    let engine = context.engine()?;
    let candidate = candidate(arguments, connector, &engine, context)?;
    let sudo = context.sudo(&words(arguments, &candidate));
    let root = context.hub_root(None)?;
    let ids = (candidate.hub, candidate.connector);
    let look = engine.look_at_place(&root, &candidate.facts, ids, &sudo, &context.cancel)?;
    let mut findings = candidate.findings.clone();
    findings.extend(in_the_way(&look, arguments.service));
    finding::sort(&mut findings);
    context.stop_at(&findings)?;
    let what = ToPlace::new(&candidate.path, &candidate.sha256, &candidate.facts, ids, &look.place);
    let what = what.accepting(&context.accepted).online(arguments.service.online);
    if arguments.dry_run {
        return dry_run(&what, &look, &findings, arguments.service, context);
    }
    show(&what, &look, arguments.service, context);
    context.output.findings(&findings, &context.accepted);
    if !context.yes {
        ask::confirm("Replace the database there?", &context.cancel)?;
    }
    let session = engine.begin()?;
    super::signals::working_on(session.id().as_str());
    session.note_file(&candidate.facts, Some(ids), &findings)?;
    context.note(&session, arguments.ticket.as_deref(), &findings)?;
    let placed = context.replace(&engine, &session, &what, &look, arguments.service);
    let placed = started_after(&session, arguments.service, placed)?;
    finish(&session, &what, &placed, &findings, context)
}

/// The file, looked into in full; its own IDs must be the connector's.
fn candidate(
    arguments: &Place,
    connector: ConnectorId,
    engine: &Engine,
    context: &Context,
) -> Result<Candidate, Failure> {
    let path = absolute(&arguments.file)?;
    let shown = text::printable(&arguments.file.display().to_string());
    if !path.is_file() {
        return Err(Failure::missing(format!("there is no file {shown}")));
    }
    let digests = engine.helper.digests(&[&path]).map_err(anyhow::Error::from)?;
    let Some(digest) = digests.into_iter().flatten().next() else {
        return Err(Failure::missing(format!("there is no file {shown}")));
    };
    let mut bar = Bar::new();
    let file = engine.examine(&path, &context.cancel, &mut |progress| bar.show(progress))?;
    let facts = Facts { file: Fact::Known(file.clone()), ..Facts::default() };
    let mut findings = assess::inspect(&facts, engine.clock());
    // What was known of the backup does not come along with the file: leftovers were answered before it was rewritten.
    if let Some(expected) = arguments.sha256.as_ref().filter(|expected| **expected != digest.sha256) {
        let detail = format!("The file's SHA-256 is {}, announced was {expected}.", digest.sha256);
        findings.push(
            Finding::new(Code::R615, Severity::Block, detail)
                .why("Its copy to this machine was cut, or it is the file of another restore.")
                .remedy("Copy the file again, and compare with sha256sum."),
        );
    }
    let inside = assess::old_ids(&facts);
    match inside {
        Some(ids) if ids.connector == connector || file.source(ids.hub, connector).is_some() => {
            let (hub, sha256) = (ids.hub, digest.sha256);
            Ok(Candidate { path, sha256, facts: file, hub, connector, findings })
        }
        _ => {
            if let Some(ids) = inside {
                let detail = format!("The file names connector {}; you gave {connector}.", ids.connector);
                findings.push(
                    Finding::new(Code::R301, Severity::Block, detail)
                        .why("A connector only reads a database that holds its own ID.")
                        .remedy(
                            "Give the ID of the file's connector, or place the file that was rewritten for this one.",
                        ),
                );
            }
            finding::sort(&mut findings);
            findings.retain(|finding| finding.severity == Severity::Block);
            Err(Failure::blocked(findings, "nothing was changed"))
        }
    }
}

/// The words of the command line that do the same as root.
fn words(arguments: &Place, candidate: &Candidate) -> Vec<String> {
    let mut words = vec!["place".to_owned(), candidate.path.display().to_string()];
    words.extend(["--connector".to_owned(), candidate.connector.to_string()]);
    words.extend(["--sha256".to_owned(), candidate.sha256.clone()]);
    words.extend(service_words(arguments.service));
    words
}

fn dry_run(
    what: &ToPlace,
    look: &HubLook,
    findings: &[Finding],
    wanted: Wanted,
    context: &Context,
) -> Result<(), Failure> {
    if context.output.json {
        output::document(&PlaceDocument {
            schema: documents::SCHEMA,
            restore: None,
            target: documents::path(&what.target),
            safety_copy: None,
            sha256: what.sha256.clone(),
            verified: false,
            receipt: None,
            findings: documents::findings(findings, |finding| context.accepts(finding)),
        })?;
        return Ok(());
    }
    show(what, look, wanted, context);
    context.output.findings(findings, &context.accepted);
    context.output.line("Nothing was changed: this was a dry run.");
    Ok(())
}

/// What will happen, for the person who is asked.
pub(super) fn show(what: &ToPlace, look: &HubLook, wanted: Wanted, context: &Context) {
    let row = |label: &str, value: &str| context.output.say(&format!("   {label:<14}{value}"));
    row("place", &documents::path(&what.target));
    let now = match &look.place.now {
        None if look.place.folder_there => "nothing".to_owned(),
        None => "nothing; the connector's folder is made".to_owned(),
        Some(now) => {
            let events = now
                .seen
                .glance()
                .map_or_else(String::new, |glance| format!(", {}", text::counted(glance.events, "event", "events")));
            format!("{}{events}, owner {}", text::size(now.size), text::printable(&look.place.owner))
        }
    };
    row("there now", &now);
    row("comes there", &format!("{}, {}", text::size(what.size), text::counted(what.events, "event", "events")));
    row("connector", &what.connector.to_string());
    row("hub", &what.hub.to_string());
    if what.online {
        row("how", "SQLite writes into the live file, which stays (--online)");
    }
    row("safety copy", &format!("in {}", documents::path(&context.settings.state_dir.value)));
    if wanted.stop {
        for line in stop_lines(&stoppable(&look.holders)) {
            context.output.say(&line);
        }
    }
    context.output.say("");
}

impl Context {
    /// Notes ticket, findings and acceptances in the journal.
    pub(super) fn note(&self, session: &Session, ticket: Option<&str>, findings: &[Finding]) -> Result<(), Failure> {
        if let Some(ticket) = ticket {
            session.record(Event::Ticket { text: text::printable(ticket) })?;
        }
        for finding in findings.iter().filter(|finding| finding.needs_acceptance() && self.accepts(finding)) {
            session.accept(finding)?;
        }
        Ok(())
    }

    /// The hub folder of this machine. Without one nothing can be placed here; a restore that was begun is kept.
    pub(super) fn hub_root(&self, session: Option<&Session>) -> Result<PathBuf, Failure> {
        let root = self.settings.hub_root.value.clone();
        if root.is_dir() {
            return Ok(root);
        }
        let shown = text::printable(&root.display().to_string());
        let kept = session.map_or_else(String::new, |session| format!("; restore {} is kept", session.id()));
        Err(Failure::Usage(format!(
            "this machine has no hub folder {shown}{kept}. On the hub: reseat place; here: --hub-root"
        )))
    }

    /// Stops what is in the way, and replaces the database.
    pub(super) fn replace(
        &self,
        engine: &Engine,
        session: &Session,
        what: &ToPlace,
        look: &HubLook,
        wanted: Wanted,
    ) -> Result<Placed, Failure> {
        if wanted.stop {
            let root = self.settings.hub_root.value.clone();
            let holders = || engine.holders(&root, &what.target);
            self.stop_services(session, &stoppable(&look.holders), holders, &what.target)?;
        }
        let mut bar = Bar::new();
        Ok(session.place(what, &self.cancel, &mut |progress| bar.show(progress))?)
    }

    /// The line that goes on as root, with this state folder.
    pub(super) fn sudo(&self, words: &[String]) -> String {
        let program = std::env::current_exe().map_or_else(|_| "reseat".to_owned(), |path| path.display().to_string());
        let mut line: Vec<String> = vec!["sudo".to_owned(), program];
        line.extend(words.iter().cloned());
        let state =
            std::path::absolute(&self.settings.state_dir.value).unwrap_or(self.settings.state_dir.value.clone());
        line.extend(["--state-dir".to_owned(), state.display().to_string()]);
        if self.settings.hub_root.from != crate::config::Origin::Default {
            let root =
                std::path::absolute(&self.settings.hub_root.value).unwrap_or(self.settings.hub_root.value.clone());
            line.extend(["--hub-root".to_owned(), root.display().to_string()]);
        }
        for code in &self.accepted {
            line.extend(["--accept".to_owned(), code.to_string()]);
        }
        if self.yes {
            line.push("--yes".to_owned());
        }
        let quoted: Vec<String> = line.iter().map(|word| text::shell_quote(&text::printable(word))).collect();
        quoted.join(" ")
    }

    /// The document of what was placed.
    pub(super) fn place_document(
        &self,
        session: &Session,
        what: &ToPlace,
        placed: &Placed,
        findings: &[Finding],
    ) -> PlaceDocument {
        let mut all = findings.to_vec();
        all.extend(placed.notes.iter().cloned());
        finding::sort(&mut all);
        PlaceDocument {
            schema: documents::SCHEMA,
            restore: Some(session.id().to_string()),
            target: documents::path(&what.target),
            safety_copy: Some(documents::path(&placed.safety.folder)),
            sha256: what.sha256.clone(),
            verified: placed.read_back.is_some(),
            receipt: Some(receipt_line(what.connector, &what.sha256)),
            findings: documents::findings(&all, |finding| self.accepts(finding)),
        }
    }
}

/// Starts again what was stopped, when asked; when the act failed, that is the reason that is given.
pub(super) fn started_after<T>(session: &Session, wanted: Wanted, done: Result<T, Failure>) -> Result<T, Failure> {
    let started = start_services(session, wanted);
    let done = done?;
    started?;
    Ok(done)
}

/// Says what was done; the last line is the receipt.
fn finish(
    session: &Session,
    what: &ToPlace,
    placed: &Placed,
    findings: &[Finding],
    context: &Context,
) -> Result<(), Failure> {
    if context.output.json {
        output::document(&context.place_document(session, what, placed, findings))?;
        return Ok(());
    }
    said(session, placed, context);
    context.output.line(&receipt_line(what.connector, &what.sha256));
    Ok(())
}

/// What was placed, and how it is taken back.
pub(super) fn said(session: &Session, placed: &Placed, context: &Context) {
    let output = context.output;
    output.line(&format!("✓ Safety copy in {}", documents::path(&placed.safety.folder)));
    if placed.read_back.is_some() {
        let same = if placed.order.online { "page for page the same" } else { "the same bytes" };
        output.line(&format!("✓ Read back by a new process: {same}, sound, the new IDs."));
    }
    output.findings(&placed.notes, &context.accepted);
    open_steps(session, output);
    output.line("");
    output.line(&format!("Roll back: reseat rollback {}", session.id()));
}

/// The steps that remain for a person, each with what to look for and the command that ticks it.
pub(super) fn open_steps(session: &Session, output: Output) {
    let steps = session.steps();
    let open = steps.iter().filter(|(_, done)| !done).count();
    output.line("");
    output.line(&text::steps_open(open, steps.len()));
    for (at, (step, done)) in steps.iter().enumerate() {
        output.line(&format!(" {} {} {}", if *done { '✓' } else { '○' }, at + 1, step.title));
        if *done {
            continue;
        }
        for line in text::wrap(&step.look, output::columns() - 5) {
            output.line(&format!("     {line}"));
        }
        let history = session.history();
        let words = match history.stopped_service().filter(|_| step.starts_service) {
            Some(stopped) => stopped.service.start_words().join(" "),
            None => format!("reseat tick {} {}", session.id(), step.id),
        };
        output.line(&format!("     {words}"));
    }
}
