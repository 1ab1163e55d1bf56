//! The report as Markdown. Whatever came from a backup, a bucket or a person's keyboard is escaped: it cannot make a link, a
//! heading or a line of its own.

use std::fmt::Write as _;

use super::{PlacedReport, Report, SafetyReport, Said};
use crate::finding::Severity;
use crate::restore::State;
use crate::text;

/// The report for people.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let name = report.name.as_deref().unwrap_or("a connector");
    line(&mut out, format!("# Restore {}: {}", report.restore, escape(name)));
    line(&mut out, format!("**{}**", state(report)));
    head(report, &mut out);
    backup(report, &mut out);
    ids(report, &mut out);
    witnesses(report, &mut out);
    findings(report, &mut out);
    changes(report, &mut out);
    if let Some(placed) = &report.placed {
        place(placed, &mut out);
    }
    if let Some(receipt) = &report.receipt {
        line(&mut out, "## On the other machine");
        line(&mut out, format!("`{receipt}`"));
    }
    services(report, &mut out);
    steps(report, &mut out);
    watched(report, &mut out);
    end(report, &mut out);
    out
}

fn state(report: &Report) -> String {
    let open = report.steps.iter().filter(|step| !step.done).count();
    match report.state {
        State::Unfinished => format!("Unfinished, at {}. Nothing is placed.", report.stage.as_str()),
        State::Undoing => "Putting back was cut. Go on with the rollback.".to_owned(),
        State::Placed => format!("Placed; {}.", text::steps_open(open, report.steps.len())),
        State::Done => "Done.".to_owned(),
        State::RolledBack if open > 0 => {
            format!("Rolled back; {}.", text::steps_open(open, report.steps.len()))
        }
        State::RolledBack => "Rolled back.".to_owned(),
        State::Refused => "Not restored.".to_owned(),
    }
}

fn head(report: &Report, out: &mut String) {
    let mut rows = vec![
        ("by", format!("{} as {} on {}", escape(&report.person), escape(&report.user), escape(&report.machine))),
        ("begun", text::moment(report.started)),
        ("last act", text::moment(report.last)),
        ("program", format!("reseat {}", escape(&report.program))),
    ];
    if let Some(ticket) = &report.ticket {
        rows.insert(0, ("ticket", escape(ticket)));
    }
    table(out, &rows);
}

fn backup(report: &Report, out: &mut String) {
    let Some(backup) = &report.backup else { return };
    line(out, "## The backup");
    let mut rows = vec![
        ("source", escape(report.source.as_deref().unwrap_or_default())),
        ("key", escape(&backup.key.printable())),
        ("size", format!("{} bytes", text::count(backup.size))),
    ];
    rows.extend(backup.version.as_ref().map(|version| ("version", escape(version))));
    rows.extend(backup.etag.as_ref().map(|etag| ("ETag", escape(etag))));
    rows.extend(backup.modified.map(|at| ("written", text::moment(at))));
    rows.extend(backup.sha256.as_ref().map(|digest| ("SHA-256", format!("`{digest}`"))));
    let verified = report.verified_by.as_deref().unwrap_or("nothing: the source holds no checksum of it");
    rows.push(("compared with", escape(verified)));
    rows.extend(report.kind.as_ref().map(|kind| ("type", escape(kind))));
    rows.extend(report.events.map(|events| ("events", text::count(events))));
    table(out, &rows);
    line(
        out,
        match report.newest_event {
            Some(at) => format!("NOT in it: everything after {}, its newest event.", text::moment(at)),
            None => "NOT in it: everything after it was written. No column tells the time of an event.".to_owned(),
        },
    );
}

fn ids(report: &Report, out: &mut String) {
    let Some(mapping) = &report.mapping else { return };
    line(out, "## The IDs");
    let rows = [
        ("old hub", format!("`{}`", mapping.hub.old)),
        ("new hub", format!("`{}`", mapping.hub.new)),
        ("old connector", format!("`{}`", mapping.connector.old)),
        ("new connector", format!("`{}`", mapping.connector.new)),
    ];
    table(out, &rows);
}

fn witnesses(report: &Report, out: &mut String) {
    if report.witnesses.is_empty() {
        return;
    }
    line(out, "## What each witness said");
    for testimony in &report.witnesses {
        let said = testimony.said.iter().map(|said| {
            let words = escape(&said.words);
            let words = if said.known { words } else { format!("not known: {words}") };
            format!("{} {}", said.witness.label(), words.trim_end_matches('.'))
        });
        let given = testimony.given.iter().map(|given| format!("new {given}"));
        let all: Vec<String> = said.chain(given).collect();
        let _ = write!(out, "- **{}**: {}.", testimony.of.word(), all.join("; "));
        for against in &testimony.disagreements {
            let _ = write!(out, " **{}**", escape(against));
        }
        out.push('\n');
    }
    out.push('\n');
}

fn findings(report: &Report, out: &mut String) {
    if report.findings.is_empty() {
        return;
    }
    line(out, "## What was found");
    for found in &report.findings {
        let severity = match found.severity {
            Severity::Info => "to know",
            Severity::Warn => "warning",
            Severity::Ask => "question",
            Severity::Block => "stops",
        };
        let _ = write!(out, "- **{}** ({severity}, {}) {}", found.code, found.stage.as_str(), escape(&found.detail));
        match &found.accepted {
            Some(said) => {
                let _ = write!(out, " Accepted {}.", by(said));
            }
            None if found.severity == Severity::Info => {}
            None => {
                let _ = write!(out, " Not accepted. {}", escape(&found.remedy));
            }
        }
        out.push('\n');
    }
    out.push('\n');
}

fn changes(report: &Report, out: &mut String) {
    let Some(restored) = &report.restored else { return };
    line(out, "## What was changed in the copy");
    for changed in &report.changes {
        let _ = writeln!(out, "- {}: {}", escape(&changed.table), text::counted(changed.rows, "row", "rows"));
    }
    out.push('\n');
    line(out, "Proved cell by cell: everything else is the same, in value and type.");
    let rows = [
        ("restored.db", format!("{} bytes", text::count(restored.size))),
        ("SHA-256", format!("`{}`", restored.sha256)),
    ];
    table(out, &rows);
}

fn place(placed: &PlacedReport, out: &mut String) {
    line(out, "## What was replaced");
    let mut rows = vec![
        ("place", escape(&placed.target)),
        ("placed file", escape(&placed.file.file)),
        ("its SHA-256", format!("`{}`", placed.file.sha256)),
        ("events in it", text::count(placed.events)),
    ];
    rows.extend(placed.events_before.map(|events| ("events there before", text::count(events))));
    rows.extend(placed.failed.as_ref().map(|why| ("stopped", escape(why))));
    table(out, &rows);
    for stage in &placed.stages {
        let _ = writeln!(out, "- {} {}", stage.at.strftime("%Y-%m-%d %H:%M:%S UTC"), stage.stage);
    }
    out.push('\n');
    for (title, copy) in
        [("Safety copy of what was there before", &placed.before), ("Copy of what was taken away", &placed.after)]
    {
        if let Some(copy) = copy {
            safety(title, copy, out);
        }
    }
}

fn safety(title: &str, copy: &SafetyReport, out: &mut String) {
    line(out, format!("{title}, in {}:", escape(&copy.folder)));
    if copy.files.is_empty() {
        let _ = writeln!(out, "- there was no database");
    }
    for file in &copy.files {
        let _ = writeln!(out, "- {}, {} bytes, SHA-256 `{}`", escape(&file.file), text::count(file.size), file.sha256);
    }
    if let Some(owner) = &copy.owner {
        let _ = writeln!(out, "- owner {}", escape(owner));
    }
    if let Some(why) = &copy.unreadable {
        let _ = writeln!(out, "- SQLite cannot open it: {}", escape(why));
    }
    out.push('\n');
}

fn services(report: &Report, out: &mut String) {
    for service in &report.services {
        let (name, when) = (escape(&service.service), text::moment(service.since));
        let by = escape(&service.by);
        line(
            out,
            if service.stopped {
                format!("**{name} is STOPPED**, by {by}, since {when}. It is started by `{}`.", service.start)
            } else {
                format!("{name} was stopped and runs again since {when}, by {by}.")
            },
        );
    }
}

fn steps(report: &Report, out: &mut String) {
    if report.steps.is_empty() {
        return;
    }
    line(out, "## Steps of a person");
    for (number, step) in report.steps.iter().enumerate() {
        let mark = if step.done { "x" } else { " " };
        let _ = write!(out, "{}. [{mark}] {}", number + 1, escape(&step.title));
        if let Some(said) = &step.ticked {
            let _ = write!(out, " ({}, {})", if step.seen { "seen by reseat" } else { "said" }, by(said));
        } else if step.left_open {
            out.push_str(" (left open knowingly)");
        }
        out.push('\n');
    }
    out.push('\n');
}

fn watched(report: &Report, out: &mut String) {
    let Some(seen) = &report.watched else { return };
    let new = seen.new_events.map_or_else(
        || "fewer than were placed".to_owned(),
        |new| format!("{} since it was placed", text::counted(new, "new event", "new events")),
    );
    line(
        out,
        format!(
            "Last look at the database, {}: {}, {new}.",
            text::moment(seen.at),
            text::counted(seen.events, "event", "events")
        ),
    );
}

fn end(report: &Report, out: &mut String) {
    if let Some(rollback) = &report.rollback {
        line(out, "## How to roll back");
        line(
            out,
            format!(
                "`{rollback}` puts back what was there before, byte for byte. What came since is taken away; a copy of it is kept."
            ),
        );
    }
    if let Some(at) = report.forgotten {
        line(
            out,
            format!(
                "What this restore held on the disk was deleted at {}. It cannot be rolled back.",
                text::moment(at)
            ),
        );
    }
}

fn by(said: &Said) -> String {
    format!("{} by {}", text::moment(said.at), escape(&said.by))
}

fn line(out: &mut String, text: impl AsRef<str>) {
    out.push_str(text.as_ref());
    out.push_str("\n\n");
}

fn table(out: &mut String, rows: &[(&str, String)]) {
    out.push_str("| | |\n| --- | --- |\n");
    for (key, value) in rows {
        let _ = writeln!(out, "| {key} | {value} |");
    }
    out.push('\n');
}

/// Text that Markdown shows as it is. It is printable already, so it has no line breaks.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_{}[]<>()#+!|&~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    // A bare web address becomes a link by itself in many viewers.
    out.replace("://", ":\\//")
}
