//! What each witness says of hub, connector, type, name, metadata and tags: a page over Inspect's answer and over Preview.

#[cfg(test)]
mod tests;

use super::Shared;
use super::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::finding::Severity;
use crate::keys::{self, Action, Hint};
use crate::restore::witnesses::{Said, Testimony, Witness};
use crate::text;

/// Column at which what is said begins.
const SAID: usize = 16;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What is asked about.
    Heading,
    /// What a witness says.
    Said,
    /// What is not known.
    Unknown,
    /// A disagreement that stops.
    Stops,
    /// Another disagreement.
    Disagrees,
    /// Nothing.
    Gap,
}

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessLine {
    /// What it is.
    pub kind: Kind,
    /// Its text, as wide as was asked for.
    pub text: String,
}

/// State of the screen.
#[derive(Debug)]
pub struct Witnesses {
    /// What they say.
    pub testimonies: Vec<Testimony>,
    /// The first line on screen.
    pub top: usize,
    stage: Stage,
}

impl Witnesses {
    /// The page, over a screen of this step.
    pub fn new(testimonies: Vec<Testimony>, stage: Stage) -> Self {
        Self { testimonies, top: 0, stage }
    }

    /// How many disagree.
    pub fn disagreements(&self) -> usize {
        self.testimonies.iter().map(|testimony| testimony.disagreements.len()).sum()
    }

    /// Whether somebody who could tell something was not heard.
    pub fn unheard(&self) -> bool {
        let said = |testimony: &Testimony| {
            Witness::ALL.into_iter().any(|witness| matches!(testimony.said(witness), Some(Said::Unknown(_))))
        };
        self.testimonies.iter().any(said)
    }

    /// All lines, wrapped to so many columns; with secrets only when a person asked for them.
    pub fn lines(&self, columns: usize, revealed: bool) -> Vec<WitnessLine> {
        let mut lines = Vec::new();
        for testimony in &self.testimonies {
            if !lines.is_empty() {
                lines.push(WitnessLine { kind: Kind::Gap, text: String::new() });
            }
            of(testimony, columns, revealed, &mut lines);
        }
        lines
    }

    /// The first line of the last page in a window of this size.
    fn last_top(&self, shared: &Shared) -> usize {
        let (columns, rows) = room(shared.size);
        self.lines(columns, shared.revealed).len().saturating_sub(rows)
    }
}

/// Columns and rows that the lines have in a window of this size.
pub fn room(size: (u16, u16)) -> (usize, usize) {
    (usize::from(size.0).saturating_sub(2), usize::from(size.1).saturating_sub(5 + 2))
}

fn of(testimony: &Testimony, columns: usize, revealed: bool, lines: &mut Vec<WitnessLine>) {
    lines.push(WitnessLine { kind: Kind::Heading, text: testimony.of.word().to_owned() });
    for witness in Witness::ALL {
        let Some(said) = testimony.said(witness) else { continue };
        let against = testimony.contradicts(witness);
        let (kind, mark, words) = match (said, against) {
            (Said::Unknown(why), _) => (Kind::Unknown, '○', format!("not known: {why}")),
            // Nobody else tells it: there is nothing to compare with.
            (Said::Says(words), None) if !compared(testimony, witness) => (Kind::Said, '·', shown(words, revealed)),
            (Said::Says(words), None) => (Kind::Said, '✓', shown(words, revealed)),
            (Said::Says(words), Some(against)) => {
                (kind_of(against.severity), against.severity.mark(), shown(words, revealed))
            }
        };
        push(lines, kind, &format!("  {mark} {}", witness.label()), &words, SAID, columns);
        if witness == Witness::Contents
            && let Some(given) = &testimony.given
        {
            push(lines, Kind::Said, "  » new", given, SAID, columns);
        }
    }
    for against in &testimony.disagreements {
        let code = against.code.map_or_else(String::new, |code| format!(" {code}"));
        let head = format!("  {}{code}", against.severity.mark());
        let column = text::width(&head) + 2;
        push(lines, kind_of(against.severity), &head, &against.detail, column, columns);
    }
}

/// Whether somebody else says the same, too: of the old IDs key and contents, of the new ones folder and target.
fn compared(testimony: &Testimony, witness: Witness) -> bool {
    let says =
        |other: Witness| matches!(testimony.said(other), Some(Said::Says(_))) && testimony.contradicts(other).is_none();
    let ids = testimony.key.is_some();
    match witness {
        Witness::Key => says(Witness::Contents),
        Witness::Contents if ids => says(Witness::Key),
        Witness::Contents => says(Witness::Target),
        Witness::Folder | Witness::Target if ids => testimony.given.is_some(),
        Witness::Folder | Witness::Target => says(Witness::Contents),
    }
}

fn shown(words: &text::Untrusted, revealed: bool) -> String {
    let words = if revealed { words.revealed() } else { words.printable() };
    if words.is_empty() { "(empty)".to_owned() } else { words }
}

const fn kind_of(severity: Severity) -> Kind {
    match severity {
        Severity::Block => Kind::Stops,
        _ => Kind::Disagrees,
    }
}

/// A label, and words that hang beside it.
fn push(lines: &mut Vec<WitnessLine>, kind: Kind, label: &str, words: &str, column: usize, columns: usize) {
    for (at, line) in text::wrap(words, columns.saturating_sub(column)).into_iter().enumerate() {
        let head = if at == 0 { text::fit(label, column) } else { " ".repeat(column) };
        lines.push(WitnessLine { kind, text: format!("{head}{line}") });
    }
}

impl Step for Witnesses {
    fn id(&self) -> keys::Screen {
        keys::Screen::Witnesses
    }

    fn rail(&self) -> Rail {
        Some((self.stage, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        "Esc goes back. Nothing is decided here.".to_owned()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Witnesses, action, Some(label));
        [hint(Action::Up, "line"), hint(Action::PageDown, "page"), hint(Action::Copy, "copy")]
            .into_iter()
            .flatten()
            .collect()
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        let page = room(cx.shared.size).1.saturating_sub(2).max(1);
        let to = match action {
            Action::Back | Action::Go => return Flow::Back,
            Action::Copy => {
                let lines = self.lines(usize::MAX, cx.shared.revealed);
                let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                cx.copy(lines.join("\n"));
                return Flow::Stay;
            }
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return Flow::Stay,
        };
        self.top = to.min(self.last_top(cx.shared));
        Flow::Stay
    }
}
