//! The health of all backups of a source: which there are, what each of them told, and in which order a person reads it.
//!
//! [`candidates()`] walks through a source and gives one [`Candidate`] a file; [`look()`] looks into one; a [`Line`] is what it
//! told, as it is printed and kept. [`Part`] shares the work among machines.

mod candidates;
mod line;
mod look;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::finding::Verdict;

pub use candidates::{Candidate, Candidates, candidates};
pub use line::{Id, Line};
pub use look::{Looker, look};

/// One of several equal parts of all backups: those whose key has a digest that belongs to it. It depends on nothing else,
/// so all parts together are the whole, without anything twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    index: u64,
    of: u64,
}

/// Why something is no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAPart(String);

impl Part {
    /// Everything.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// Part `index`, counted from 0, of `of`.
    pub fn new(index: u64, of: u64) -> Result<Self, NotAPart> {
        match (index, of) {
            (_, 0) => Err(NotAPart("there is no part of 0".to_owned())),
            (index, of) if index >= of => {
                Err(NotAPart(format!("{index} of {of} is no part: they are counted from 0 to {}", of - 1)))
            }
            (index, of) => Ok(Self { index, of }),
        }
    }

    /// Whether a backup belongs to it.
    pub fn holds(self, id: &Id) -> bool {
        id.key % self.of == self.index
    }

    /// Whether it is less than everything.
    pub const fn is_less(self) -> bool {
        self.of > 1
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Part {
    type Err = NotAPart;

    /// Reads `I/N`.
    fn from_str(text: &str) -> Result<Self, NotAPart> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let (index, of) = numbers.ok_or_else(|| NotAPart("a part is written I/N, for example 0/16".to_owned()))?;
        Self::new(index, of)
    }
}

/// How many backups ended with which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Nothing above info.
    pub ok: u64,
    /// Something to accept.
    pub warn: u64,
    /// Something to decide.
    pub ask: u64,
    /// Something stops a restore.
    pub block: u64,
}

impl Totals {
    /// Counts one.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Warn => &mut self.warn,
            Verdict::Ask => &mut self.ask,
            Verdict::Block => &mut self.block,
        } += 1;
    }

    /// All of them.
    pub const fn all(self) -> u64 {
        self.ok + self.warn + self.ask + self.block
    }
}

/// The worst backup first; of equally bad ones the one that ends earliest, then by key.
pub fn worst_first(a: &Line, b: &Line) -> Ordering {
    let code = |line: &Line| line.findings.first().map(|finding| finding.code);
    let ends = |line: &Line| line.newest_event.or(line.backup.modified);
    b.verdict
        .cmp(&a.verdict)
        .then_with(|| match a.verdict {
            Verdict::Ok => Ordering::Equal,
            _ => code(a).cmp(&code(b)),
        })
        .then_with(|| ends(a).cmp(&ends(b)))
        .then_with(|| a.backup.key.cmp(&b.backup.key))
}

#[cfg(test)]
mod tests;
