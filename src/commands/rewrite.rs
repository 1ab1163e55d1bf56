//! `reseat rewrite`: the database with the new IDs, as a file, proved.

use std::time::Instant;

use super::Context;
use super::backup::{NewIds, absolute};
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use crate::arguments::Rewrite;
use crate::database::rewrite::rewrite;
use crate::finding::Finding;
use crate::restore::documents::{self, RewriteDocument};
use crate::restore::engine::room;
use crate::restore::trouble::Trouble;
use crate::text;

/// Plans, stops at what is not accepted, and writes the file.
pub(super) fn run(arguments: &Rewrite, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let new = NewIds::read(&arguments.target)?;
    let output = absolute(&arguments.output)?;
    let shown = text::printable(&output.display().to_string());
    if std::fs::symlink_metadata(&output).is_ok() {
        return Err(Failure::Usage(format!("{shown} is there already; --output names a new file")));
    }
    let folder = output.parent().filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        return Err(Failure::missing(format!("the folder of {shown} does not exist")));
    };
    let mut examined = context.examine(&arguments.chosen)?;
    examined.aim(&new, context)?;
    let preview = examined.preview(context)?;
    context.stop_at(&preview.findings)?;
    let Some(plan) = &preview.plan else {
        return Err(Failure::Failed(anyhow::anyhow!("there is no plan for this backup and these IDs")));
    };
    // The copy, and what SQLite needs beside it while an index is rebuilt.
    room(folder, plan.size + plan.size / 10 + (16 << 20))?;
    let rewritten = {
        let mut bar = Bar::new();
        rewrite(&examined.obtained.path, &output, plan, &context.cancel, &mut |progress| bar.show(progress))
            .map_err(Trouble::from)?
    };
    if context.output.json {
        let findings = documents::findings(&preview.findings, |finding: &Finding| context.accepts(finding));
        let seconds = begun.elapsed().as_secs_f64();
        output::document(&RewriteDocument::new(&output, &rewritten, findings, seconds))?;
        return Ok(());
    }
    context.output.findings(&preview.findings, &context.accepted);
    context.output.line(&format!("✓ {shown}, {}, sha256 {}", text::size(rewritten.size), rewritten.sha256));
    for change in &rewritten.changes {
        context.output.line(&format!("   {:<13}{:>12}", change.table, text::counted(change.rows, "row", "rows")));
    }
    context.output.line("✓ Proved: only what was planned differs from the backup.");
    Ok(())
}
