//! How a command speaks: its result on standard output, as text or as JSON; messages on standard error. A reader that
//! went away (`| head`) ends the output quietly.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use serde::Serialize;

use crate::finding::{Code, Finding, Severity};
use crate::restore::documents::{self, ErrorDocument, SCHEMA};
use crate::text;
use crate::view::Theme;
use crate::world::World;

/// Standard output and standard error of one command.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON on standard output, and no sentences there.
    pub json: bool,
}

impl Output {
    /// A line for a person on standard output; nothing with `--json`.
    pub fn line(self, line: &str) {
        if !self.json {
            print(line);
        }
    }

    /// A line for a person who decides: on standard output, or on standard error where JSON stands there.
    pub fn say(self, line: &str) {
        if self.json { message(line) } else { print(line) }
    }

    /// An error: a sentence on standard error, and a document on standard output with `--json`.
    pub fn error(self, sentence: &str, findings: &[Finding], accepted: &[Code]) {
        message(&format!("reseat: {sentence}"));
        if self.json {
            let findings = documents::findings(findings, |finding| accepted.contains(&finding.code));
            let _ = document(&ErrorDocument { schema: SCHEMA, error: sentence.to_owned(), findings });
        } else {
            for finding in findings {
                for line in finding_lines(finding, accepted.contains(&finding.code), columns()) {
                    message(&line);
                }
            }
        }
    }

    /// The findings for a person, worst first, on standard output.
    pub fn findings(self, findings: &[Finding], accepted: &[Code]) {
        for finding in findings {
            for line in finding_lines(finding, accepted.contains(&finding.code), columns()) {
                self.line(&line);
            }
        }
    }
}

/// One JSON document, or one line of JSON lines, on standard output.
pub fn document(document: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string(document)?);
    Ok(())
}

/// How glyphs look on this person's terminal, decided once at start.
static THEME: OnceLock<Theme> = OnceLock::new();

/// Decides how glyphs look.
pub fn decide(world: &World) {
    let _ = THEME.set(Theme::for_environment(|name| world.variable(name)));
}

/// A line as its reader can show it: a terminal without UTF-8 gets ASCII, a pipe gets it as it is.
pub fn fitted(line: &str, terminal: bool) -> String {
    let theme = THEME.get().filter(|_| terminal);
    theme.map_or_else(|| line.to_owned(), |theme| theme.fit_line(line))
}

/// A message for a person on standard error.
pub fn message(line: &str) {
    let mut error = std::io::stderr();
    // Nobody is left to hear of it when standard error is gone.
    let _ = writeln!(error, "{}", fitted(line, error.is_terminal()));
}

/// Prints one line; ends the program's output quietly when its reader went away.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let line = fitted(line, out.is_terminal());
    // A full pipe that was closed is not our fault; what was to be done is done all the same.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints many lines at once.
pub fn lines(lines: &[String]) {
    let mut out = std::io::stdout().lock();
    let terminal = out.is_terminal();
    let mut whole = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        whole.push_str(&fitted(line, terminal));
        whole.push('\n');
    }
    let _ = out.write_all(whole.as_bytes()).and_then(|()| out.flush());
}

/// Prints bytes as they are, for what another program reads.
pub fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// The columns that sentences may take: those of the terminal up to 100, 80 without one.
pub fn columns() -> usize {
    width().clamp(40, 100)
}

/// Columns that the terminal has, 80 without one.
pub fn width() -> usize {
    let terminal =
        std::io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok()).flatten();
    terminal.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}

/// One finding as lines: mark, code and sentence; then why it matters and what to do.
pub fn finding_lines(finding: &Finding, accepted: bool, columns: usize) -> Vec<String> {
    const INDENT: usize = 9;
    let mark = if accepted && finding.needs_acceptance() { '»' } else { finding.severity.mark() };
    let mut lines = Vec::new();
    let sentence = if finding.detail.is_empty() { finding.code.title() } else { finding.detail.as_str() };
    for (at, line) in text::wrap(sentence, columns - INDENT).into_iter().enumerate() {
        let head = if at == 0 { format!(" {mark} {}  ", finding.code) } else { " ".repeat(INDENT) };
        lines.push(format!("{head}{line}"));
    }
    if finding.severity == Severity::Info {
        return lines;
    }
    for (label, words) in [("Why it matters", &finding.why), ("What to do", &finding.remedy)] {
        if words.is_empty() {
            continue;
        }
        for (at, line) in text::wrap(words, columns - INDENT - 17).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            lines.push(format!("{}{label:<17}{line}", " ".repeat(INDENT)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_why_and_what_to_do() {
        let finding =
            Finding::new(Code::R409, Severity::Warn, "The old connector wrote a backup 16 h ago: it may still run.")
                .why("Two running connectors load the same data twice.")
                .remedy("Stop it, then accept.");
        assert_eq!(
            finding_lines(&finding, false, 80),
            [
                " ! R409  The old connector wrote a backup 16 h ago: it may still run.",
                "         Why it matters   Two running connectors load the same data twice.",
                "         What to do       Stop it, then accept.",
            ]
        );
        assert!(finding_lines(&finding, true, 80)[0].starts_with(" » R409"));
    }

    #[test]
    fn an_info_stays_one_sentence_and_no_width_cuts_it() {
        let finding = Finding::new(Code::R104, Severity::Info, "word ".repeat(40)).why("because");
        let lines = finding_lines(&finding, false, 40);
        assert!(lines.iter().all(|line| text::width(line) <= 40));
        assert_eq!(lines.join(" ").matches("word").count(), 40);
        assert!(!lines.join(" ").contains("because"));
    }
}
