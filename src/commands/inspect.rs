//! `reseat inspect`: what is inside a backup, and whether it can be restored.

use super::Context;
use super::backup::Examined;
use super::failure::Failure;
use super::output::{self, Output};
use crate::arguments::Inspect;
use crate::database::facts::TableKind;
use crate::finding::{Severity, Verdict};
use crate::restore::documents::InspectDocument;
use crate::text;

/// Fetches the backup, looks into it, and prints everything; 3 when it cannot be restored.
pub(super) fn run(arguments: &Inspect, context: &Context) -> Result<(), Failure> {
    let examined = context.examine(&arguments.chosen)?;
    let findings = examined.findings();
    if context.output.json {
        if let Some(file) = examined.facts.file.known() {
            let ids = examined.old().map(|old| (old.hub, old.connector));
            let accepted = |finding: &crate::finding::Finding| context.accepts(finding);
            output::document(&InspectDocument::new(
                &examined.obtained,
                &examined.facts,
                file,
                ids,
                &findings,
                accepted,
            ))?;
        }
    } else {
        summary(&examined, context.output, context);
        context.output.findings(&findings, &context.accepted);
        let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warn).count() as u64;
        context.output.line("");
        context.output.line(&match Verdict::of(&findings) {
            Verdict::Block => "✗ No: this backup cannot be restored.".to_owned(),
            Verdict::Ok => "✓ It is sound: nothing stops the restore.".to_owned(),
            _ => format!("✓ Nothing stops the restore. {}.", text::counted(warnings, "warning", "warnings")),
        });
    }
    if Verdict::of(&findings) == Verdict::Block { Err(Failure::Said(3)) } else { Ok(()) }
}

/// What a person looks for first.
pub(super) fn summary(examined: &Examined, output: Output, context: &Context) {
    let row = |label: &str, value: &str| output.say(&format!("   {label:<14}{value}"));
    let backup = &examined.obtained.backup;
    row("backup", &backup.address());
    let written = backup.modified.map_or_else(String::new, |at| format!(", written {}", text::moment(at)));
    row("size", &format!("{}{written}", text::size(examined.obtained.size)));
    row("sha256", &examined.obtained.sha256);
    let Some(file) = examined.facts.file.known() else { return };
    if let Some(old) = examined.old() {
        if let Some(source) = file.source(old.hub, old.connector) {
            let shown = |text: &Option<text::Untrusted>| {
                text.as_ref().map_or_else(|| "-".to_owned(), text::Untrusted::printable)
            };
            row("name", &format!("{}, {}", shown(&source.name), shown(&source.kind)));
        }
        row("connector", &old.connector.to_string());
        row("hub", &old.hub.to_string());
    }
    if let Some(newest) = &file.newest {
        let (moment, age) = (text::moment(newest.at), text::age(newest.at, context.world.now()));
        let column = format!("{}.{}", newest.table.printable(), newest.column.printable());
        row("newest event", &format!("{moment}, {age} ago (column {column})"));
    }
    let rows = file.tables.iter().filter(|table| table.kind == TableKind::Ordinary);
    let rows: Vec<String> =
        rows.filter_map(|table| Some(format!("{} {}", table.name.printable(), text::count(table.rows?)))).collect();
    for (at, line) in text::wrap(&rows.join(", "), output::columns() - 17).iter().enumerate() {
        row(if at == 0 { "rows" } else { "" }, line);
    }
}
