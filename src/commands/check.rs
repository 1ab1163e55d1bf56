//! `reseat check`: looks at a copy of a connector's database on this hub.

use super::Context;
use super::failure::Failure;
use super::output;
use super::source::id;
use crate::arguments::Check;
use crate::finding::{Code, Severity};
use crate::identity::ConnectorId;
use crate::restore::documents::CheckDocument;
use crate::text;

/// Prints IDs, events and growth since the restore; 3 when other IDs are in it, or events are gone (R703).
pub(super) fn run(arguments: &Check, context: &Context) -> Result<(), Failure> {
    let connector: ConnectorId = id(&arguments.connector, "connector")?;
    let checkup = context.engine()?.check(&context.settings.hub_root.value, connector, &context.cancel)?;
    let seen = &checkup.watched;
    if context.output.json {
        output::document(&CheckDocument::new(&checkup, |finding| context.accepts(finding)))?;
    } else {
        let row = |label: &str, value: &str| context.output.line(&format!("   {label:<14}{value}"));
        let shown =
            |text: &Option<text::Untrusted>| text.as_ref().map_or_else(|| "-".to_owned(), text::Untrusted::printable);
        row("connector", &checkup.connector.to_string());
        row("hub", &seen.hub.map_or_else(|| "not one".to_owned(), |hub| hub.to_string()));
        row("name", &format!("{}, {}", shown(&seen.name), shown(&seen.kind)));
        row("events", &text::count(seen.events));
        let newest = seen.newest.map(|at| format!("{}, {} ago", text::moment(at), text::age(at, context.world.now())));
        row("newest event", newest.as_deref().unwrap_or("-"));
        if let Some(restore) = &checkup.restore {
            let new = seen
                .new_events
                .map_or_else(|| "fewer than were placed".to_owned(), |n| format!("{} new", text::count(n)));
            row("restore", &format!("{restore}: {new}"));
        }
        context.output.findings(&seen.findings, &context.accepted);
    }
    let stops = |finding: &&crate::finding::Finding| {
        finding.severity == Severity::Block || (finding.code == Code::R703 && !context.accepts(finding))
    };
    if seen.findings.iter().any(|finding| stops(&finding)) { Err(Failure::Said(3)) } else { Ok(()) }
}
