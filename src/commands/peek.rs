//! `reseat peek`: whose backup one is and how new, read over a few ranged requests, without downloading it.

use std::sync::Arc;

use super::Context;
use super::failure::Failure;
use super::output;
use crate::arguments::Peek as Wanted;
use crate::catalog::remote::Remote;
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::finding::{Finding, Verdict};
use crate::restore::documents::PeekDocument;
use crate::restore::peek::{self, Peek};
use crate::text::{self, Untrusted};

/// Looks into the backup, and prints what it saw; 3 when that is enough to say that it cannot be restored.
pub(super) fn run(arguments: &Wanted, context: &Context) -> Result<(), Failure> {
    let (catalog, backup) = context.find_unasked(&arguments.chosen)?;
    let seen = match look(&catalog, &backup, context)? {
        // What was deleted may still have versions.
        Err(CatalogError::Missing { what }) if backup.version.is_none() => {
            let missing = CatalogError::Missing { what };
            let below = context.below_marker(&catalog, backup.key.raw())?;
            let below = below.ok_or_else(|| context.answered(&missing))?;
            look(&catalog, &below, context)?
        }
        other => other,
    };
    let seen = seen.map_err(|error| context.answered(&error))?;
    if context.output.json {
        output::document(&PeekDocument::new(&seen, |finding: &Finding| context.accepts(finding)))?;
    } else {
        summary(&seen, context);
    }
    if Verdict::of(&seen.findings) == Verdict::Block { Err(Failure::Said(3)) } else { Ok(()) }
}

fn look(catalog: &Arc<dyn Catalog>, backup: &Backup, context: &Context) -> Result<Result<Peek, CatalogError>, Failure> {
    let handle = context.runtime()?.handle().clone();
    let remote = Arc::new(Remote::new(Arc::clone(catalog), backup.clone(), handle, context.cancel.clone()));
    Ok(peek::peek(&remote, context.engine()?.clock(), &context.cancel))
}

fn summary(seen: &Peek, context: &Context) {
    let row = |label: &str, value: &str| context.output.line(&format!("   {label:<14}{value}"));
    let backup = &seen.backup;
    row("backup", &backup.address());
    let written = backup.modified.map_or_else(String::new, |at| format!(", written {}", text::moment(at)));
    row("size", &format!("{}{written}", text::size(backup.size)));
    if let Some(source) = seen.source() {
        let shown = |text: Option<&Untrusted>| text.map_or_else(|| "-".to_owned(), Untrusted::printable);
        row("name", &format!("{}, {}", shown(source.name.as_ref()), shown(seen.kind())));
    }
    if let Some(old) = seen.old {
        row("connector", &old.connector.to_string());
        row("hub", &old.hub.to_string());
    }
    if let Some(newest) = seen.newest() {
        row("newest event", &format!("{}, {} ago", text::moment(newest), text::age(newest, context.world.now())));
    }
    if let Some(events) = seen.seen.events_at_most {
        row("events", &format!("at most {}", text::count(events)));
    }
    let requests = text::counted(u64::from(seen.requests), "request", "requests");
    row("read", &format!("{requests}, {}", text::size(seen.bytes)));
    context.output.findings(&seen.findings, &context.accepted);
    context.output.line("");
    if let Some(unknown) = seen.unknown() {
        context.output.line(unknown);
    }
    context.output.line(match Verdict::of(&seen.findings) {
        Verdict::Block => "✗ No: this backup cannot be restored.",
        _ => "Nothing seen so far stops a restore. Whether the file is sound is not known: `reseat inspect` reads all of it.",
    });
}
