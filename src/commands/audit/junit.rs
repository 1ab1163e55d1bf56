//! A JUnit XML document: a test case a backup, a failure where something blocks, an error where it could not be looked at.

use std::fmt::Write;

use jiff::Timestamp;

use super::report::{Report, Spool};
use crate::commands::output;
use crate::finding::Verdict;
use crate::restore::audit::{Line, Totals};

/// The cases wait in a file for the counts that stand above them.
pub(super) struct Junit {
    source: String,
    began: Timestamp,
    cases: Spool,
    failures: u64,
    errors: u64,
}

impl Junit {
    pub(super) fn new(source: String, began: Timestamp) -> anyhow::Result<Self> {
        Ok(Self { source, began, cases: Spool::new()?, failures: 0, errors: 0 })
    }
}

impl Report for Junit {
    fn row(&mut self, line: &Line) -> anyhow::Result<()> {
        if line.verdict == Verdict::Block {
            *(if line.looked { &mut self.failures } else { &mut self.errors }) += 1;
        }
        self.cases.push(&case(line))
    }

    fn end(&mut self, totals: Totals, whole: bool, now: Timestamp) -> anyhow::Result<()> {
        // An audit that was cut must not pass.
        let cut = u64::from(!whole);
        let (tests, failures, errors) = (totals.all() + cut, self.failures, self.errors + cut);
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"");
        let seconds = now.duration_since(self.began).as_secs_f64();
        let (name, at) = (escaped(&self.source), self.began.strftime("%Y-%m-%dT%H:%M:%SZ"));
        let head = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"reseat audit\" {counts} time=\"{seconds:.3}\">\n\
             <testsuite name=\"{name}\" {counts} time=\"{seconds:.3}\" timestamp=\"{at}\">\n"
        );
        output::raw(head.as_bytes());
        self.cases.print()?;
        if !whole {
            let case = "<testcase classname=\"reseat\" name=\"audit\"><error type=\"cut\" \
                        message=\"The audit ended early: not every backup was looked at.\"/></testcase>\n";
            output::raw(case.as_bytes());
        }
        output::raw(b"</testsuite>\n</testsuites>\n");
        Ok(())
    }
}

fn case(line: &Line) -> String {
    let org = line.backup.org.as_ref().map_or_else(|| "-".to_owned(), crate::text::Untrusted::printable);
    let name = format!("{} ({})", line.connector(), line.backup.key.printable());
    let mut out = format!("<testcase classname=\"{}\" name=\"{}\" time=\"0\">", escaped(&org), escaped(&name));
    let texts: Vec<String> = line
        .findings
        .iter()
        .map(|finding| format!("{} {} {} {}", finding.code, finding.detail, finding.why, finding.remedy))
        .collect();
    let texts = escaped(&texts.join("\n"));
    match (line.verdict, line.worst()) {
        (Verdict::Block, Some(worst)) => {
            let kind = if line.looked { "failure" } else { "error" };
            let message = escaped(&worst.detail);
            // Writing to a String cannot fail.
            let _ = write!(out, "<{kind} type=\"{}\" message=\"{message}\">{texts}</{kind}>", worst.code);
        }
        _ if !texts.is_empty() => {
            let _ = write!(out, "<system-out>{texts}</system-out>");
        }
        _ => {}
    }
    out.push_str("</testcase>\n");
    out
}

/// Text as it may stand in an element or between double quotes. What XML cannot hold at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
