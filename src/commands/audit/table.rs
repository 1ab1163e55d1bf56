//! The table for people: the worst first. However many backups there are, only the worst thousand are kept.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::report::Report;
use crate::commands::output::Output;
use crate::finding::{Code, Severity, Verdict};
use crate::restore::audit::{Line, Totals, worst_first};
use crate::text::{self, Untrusted};

/// So many rows are printed.
const ROWS: usize = 1_000;

/// The rows so far.
pub(super) struct Table {
    source: String,
    now: Timestamp,
    worst: Vec<Line>,
    /// How many backups have which finding above info.
    codes: BTreeMap<Code, u64>,
}

impl Table {
    pub(super) fn new(source: String, now: Timestamp) -> Self {
        Self { source, now, worst: Vec::new(), codes: BTreeMap::new() }
    }

    fn tidy(&mut self) {
        self.worst.sort_by(worst_first);
        self.worst.truncate(ROWS);
    }

    fn cells(&self, line: &Line) -> [String; 8] {
        let age = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| text::age(at, self.now));
        let mark = match line.verdict {
            Verdict::Ok => '✓',
            Verdict::Warn => Severity::Warn.mark(),
            Verdict::Ask => Severity::Ask.mark(),
            Verdict::Block => Severity::Block.mark(),
        };
        // What was not looked at has no mark of its own.
        let mark = if line.verdict == Verdict::Ok && line.unknown.is_some() { '·' } else { mark };
        let codes: Vec<&str> = line.codes().into_iter().map(Code::as_str).collect();
        [
            mark.to_string(),
            codes.join(" "),
            line.backup.org.as_ref().map_or_else(|| "-".to_owned(), Untrusted::printable),
            line.connector(),
            age(line.newest_event),
            age(line.backup.modified),
            text::size(line.backup.size),
            line.backup.key.printable(),
        ]
    }
}

impl Report for Table {
    fn row(&mut self, line: &Line) -> anyhow::Result<()> {
        for code in line.codes() {
            *self.codes.entry(code).or_default() += 1;
        }
        self.worst.push(line.clone());
        if self.worst.len() >= 2 * ROWS {
            self.tidy();
        }
        Ok(())
    }

    fn end(&mut self, totals: Totals, whole: bool, now: Timestamp) -> anyhow::Result<()> {
        const HEADS: [&str; 8] =
            ["", "FINDINGS", "ORGANISATION", "CONNECTOR", "NEWEST EVENT", "UPLOADED", "SIZE", "BACKUP"];
        const WIDEST: [usize; 7] = [1, 24, 24, 36, 12, 12, 10];
        let out = Output { json: false };
        self.now = now;
        self.tidy();
        let mut widths = HEADS.map(text::width);
        let rows: Vec<[String; 8]> = self.worst.iter().map(|line| self.cells(line)).collect();
        for row in &rows {
            for (at, most) in WIDEST.iter().enumerate() {
                widths[at] = widths[at].max(text::width(&row[at]).min(*most));
            }
        }
        let print = |row: [&str; 8]| {
            let cells = row[..7].iter().zip(&widths).map(|(cell, width)| text::fit(cell, *width));
            out.line(&format!(" {}  {}", cells.collect::<Vec<_>>().join("  "), row[7]));
        };
        if !rows.is_empty() {
            print(HEADS);
        }
        for row in &rows {
            print([0, 1, 2, 3, 4, 5, 6, 7].map(|at| row[at].as_str()));
        }
        let left = totals.all() - rows.len() as u64;
        if left > 0 {
            out.line(&format!(
                " {} not shown; `--format jsonl` shows all.",
                text::counted(left, "more is", "more are")
            ));
        }
        for (code, n) in &self.codes {
            out.line(&format!(" {code}  {}: {}", code.title(), text::counted(*n, "backup", "backups")));
        }
        out.line("");
        out.line(&self.summary(totals, whole));
        Ok(())
    }
}

impl Table {
    fn summary(&self, totals: Totals, whole: bool) -> String {
        let all = text::counted(totals.all(), "backup", "backups");
        let parts = [
            (totals.block, "cannot be restored"),
            (totals.ask, "with a question"),
            (totals.warn, "with warnings"),
            (totals.ok, "without"),
        ];
        let parts = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", text::count(*n)));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let colon = if parts.is_empty() { "" } else { ": " };
        let cut = if whole { "" } else { " It ended early." };
        format!("{all} in {}{colon}{parts}.{cut}", self.source)
    }
}
