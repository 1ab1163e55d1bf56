//! Draws Rewrite: the rows of the work, then the proof, or why there is none.

#[cfg(test)]
mod tests;

use std::path::Path;

use super::body::{Body, Room};
use super::preview::is_internal;
use super::theme::{Role, Theme};
use super::{findings, progress};
use crate::database::Plan;
use crate::database::rewrite::RewriteStage;
use crate::finding::Code;
use crate::text;
use crate::wizard::Shared;
use crate::wizard::chain::Proved;
use crate::wizard::rewrite::{Failure, Rewrite, column_words, leftovers};
use crate::wizard::running::Running;

const QUESTION: &str = "Is the restored database what was planned?";

/// Column at which the words of a row begin.
const WORDS: usize = 17;

/// 14: running, the proof, or a failure.
pub(super) fn rewrite(state: &Rewrite, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking(QUESTION, theme);
    if let Some(running) = &state.running {
        works(&mut body, state, running, room);
    } else if let Some(proved) = &state.proved {
        proof(&mut body, proved, room, theme);
    } else if let Some(failure) = &state.failed {
        failed(&mut body, failure, room, theme);
    }
    body
}

/// How many tables a connector has made; SQLite's own are compared, too.
fn tables(plan: &Plan) -> String {
    let own = plan.tables.iter().filter(|table| !is_internal(table)).count();
    text::counted(own as u64, "table", "tables")
}

fn private(size: u64, room: Room) -> String {
    let rest = if room.columns() < 80 { "" } else { ": the hub and the download are not touched" };
    format!("{}, private{rest}", text::size(size))
}

fn works(body: &mut Body, state: &Rewrite, running: &Running<RewriteStage>, room: Room) {
    let plan = &state.planned.plan;
    body.gap();
    let tables = tables(plan);
    let rows = [
        (RewriteStage::Copy, "Copy", private(plan.size, room)),
        (RewriteStage::Rewrite, "Rewrite", "the IDs, in one transaction".to_owned()),
        (RewriteStage::NotDamaged, "Not damaged", "integrity and foreign keys of the copy".to_owned()),
        (RewriteStage::Compare, "Compare", format!("every cell of all {tables} with the backup")),
        (RewriteStage::Leftovers, "Leftovers", "where else the old IDs stand".to_owned()),
    ];
    for (stage, label, words) in rows {
        progress::stage(body, running, stage, label, &words, room);
    }
    let (done, total, elapsed) = (running.done, running.total, running.elapsed());
    let now = running.stage.map(|stage| match stage {
        RewriteStage::Copy | RewriteStage::Leftovers => progress::now_bytes(done, total, elapsed),
        RewriteStage::Rewrite => progress::now_rows(done, total, "events", elapsed),
        RewriteStage::NotDamaged => progress::now_rows(done, total, "steps", elapsed),
        RewriteStage::Compare => progress::now_rows(done, total, "rows", elapsed),
    });
    body.labelled("  now", &now.unwrap_or_default(), WORDS, room);
    body.gap();
    let inspected = &state.planned.targeted.inspected;
    let copy = inspected.folder.join("restored.db");
    files(body, &inspected.path, ("copy", &copy), plan.size, room);
}

/// The two files, with their sizes where there is room.
fn files(body: &mut Body, backup: &Path, (label, other): (&str, &Path), size: u64, room: Room) {
    let shown = |path: &Path| text::printable(&path.to_string_lossy());
    let (backup, other) = (shown(backup), shown(other));
    let width = text::width(&backup).max(text::width(&other));
    for (label, path) in [("backup", backup), (label, other)] {
        let wide = format!("{}    {}", text::fit(&path, width), text::size(size));
        let fits = text::width(&wide) + WORDS < room.columns();
        body.labelled(&format!("  {label}"), if fits { &wide } else { &path }, WORDS, room);
    }
}

fn proof(body: &mut Body, proved: &Proved, room: Room, theme: Theme) {
    let rewritten = &proved.rewritten;
    let inspected = proved.inspected();
    body.styled("✓ Yes. Only what was planned differs from the backup.", Role::Good, theme);
    let row = |body: &mut Body, mark: char, label: &str, words: &str| {
        body.labelled(&format!("{mark} {label}"), words, WORDS, room);
    };
    row(body, '✓', "Copy", &private(rewritten.size, room));
    let changed: Vec<String> = rewritten
        .changes
        .iter()
        .map(|change| format!("{} of {}", text::counted(change.rows, "row", "rows"), change.table))
        .collect();
    row(body, '✓', "Rewrite", &format!("{}, as planned", changed.join(", ")));
    let keys = match rewritten.broken_foreign_keys {
        0 => "no fault before, none after".to_owned(),
        broken => format!("{} as before", text::counted(broken, "fault", "faults")),
    };
    let keys = if room.columns() < 80 { keys } else { format!("integrity and foreign keys: {keys}") };
    row(body, '✓', "Not damaged", &keys);
    let tables = tables(&proved.planned.plan);
    row(body, '✓', "Compare", &format!("every cell of all {tables} with the backup"));
    if rewritten.leftovers.is_empty() {
        row(body, '✓', "Leftovers", "the old IDs stand nowhere else");
    } else {
        let accepted = proved.planned.accepted.iter().any(|accepted| accepted.acceptance.code == Code::R309);
        let (mark, how) = if accepted { ('»', ", accepted") } else { ('·', "") };
        row(body, mark, "Leftovers", &format!("{} (R309{how})", leftovers(&rewritten.leftovers)));
    }
    if !rewritten.stale_full_text.is_empty() {
        let names: Vec<String> = rewritten.stale_full_text.iter().map(text::Untrusted::printable).collect();
        row(body, '·', "Full text", &format!("R207  {} still finds the old text", names.join(", ")));
    }
    // As drawn where there is room; else the blank lines go first, then the paths.
    let free = room.rows().saturating_sub(body.len() + rewritten.columns.len() + 2);
    for _ in 0..free.saturating_sub(3).min(2) {
        body.gap();
    }
    if free >= 2 {
        files(body, &inspected.path, ("restored", &proved.path), rewritten.size, room);
    }
    if free >= 3 {
        body.gap();
    }
    let narrow = room.columns() < 80;
    for column in &rewritten.columns {
        let name = format!("{}.{}", column.table, column.column);
        let unit = if column.rows == 1 { "row " } else { "rows" };
        let count = text::count(column.rows);
        let words = column_words(column.column);
        let words = if narrow { words.trim_end_matches(" differ") } else { words };
        body.text(format!("  {}{count:>8} {unit}   {words}", text::fit(&name, 20)));
    }
    let same = if narrow { "the same" } else { "the same, in value and type" };
    body.text(format!("  {}{same}", text::fit("everything else", 36)));
    body.text(format!("  {}the same", text::fit("tables, versions, sequences", 36)));
}

fn failed(body: &mut Body, failure: &Failure, room: Room, theme: Theme) {
    body.styled("✗ No. The copy is deleted; nothing else was touched.", Role::Bad, theme);
    body.gap();
    match failure {
        Failure::Finding(finding) => {
            body.text(format!("{}  {}", finding.code, finding.code.title()));
            body.gap();
            findings::failure(body, finding, room);
        }
        Failure::Trouble(what) => {
            body.labelled("What happened", what, WORDS, room);
            body.labelled("Why", "The machine did not let reseat work on its private copy.", WORDS, room);
            body.labelled("What to do", "r tries again; s opens a shell to look for the cause.", WORDS, room);
        }
    }
}
