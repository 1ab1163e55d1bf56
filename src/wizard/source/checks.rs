//! The rows of checks on Source: each turns in place as it goes on.

use jiff::Timestamp;

use crate::catalog::{Check, Outcome, SourceKind};
use crate::finding::Finding;

/// How one check stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It comes later.
    Later,
    /// It runs, and does this.
    Runs(String),
    /// It waits for another.
    Waits(String),
    /// It ended well, with this to say.
    Good(String),
    /// It ended with something to know.
    Told(String),
    /// It ended with a finding that stops.
    Failed(Box<Finding>),
}

impl From<Outcome> for RowOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Runs(words) => Self::Runs(words),
            Outcome::Waits(words) => Self::Waits(words),
            Outcome::Good(words) => Self::Good(words),
            Outcome::Limited(words) => Self::Told(words),
            Outcome::Failed(finding) => Self::Failed(finding),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Its name.
    pub label: &'static str,
    /// How it stands.
    pub outcome: RowOutcome,
    /// Since when it runs.
    pub since: Option<Timestamp>,
}

impl CheckRow {
    pub(super) const fn new(label: &'static str) -> Self {
        Self { label, outcome: RowOutcome::Later, since: None }
    }

    pub(super) fn begin(&mut self, words: &str, now: Timestamp) {
        // A second look keeps what the first one saw until it knows better.
        if self.outcome == RowOutcome::Later {
            self.set(RowOutcome::Runs(words.to_owned()), now);
        }
    }

    pub(super) fn set(&mut self, outcome: RowOutcome, now: Timestamp) {
        let runs = matches!(outcome, RowOutcome::Runs(_));
        self.since = runs.then(|| self.since.unwrap_or(now));
        self.outcome = outcome;
    }

    /// Whether it runs now.
    pub const fn runs(&self) -> bool {
        matches!(self.outcome, RowOutcome::Runs(_))
    }

    /// Whether it has ended.
    pub const fn ended(&self) -> bool {
        matches!(self.outcome, RowOutcome::Good(_) | RowOutcome::Told(_) | RowOutcome::Failed(_))
    }

    /// What stops it.
    pub fn failure(&self) -> Option<&Finding> {
        match &self.outcome {
            RowOutcome::Failed(finding) => Some(finding),
            _ => None,
        }
    }
}

/// The rows of a source of this kind, before the first check.
pub(super) fn rows_of(kind: &SourceKind) -> Vec<CheckRow> {
    let checks: &[Check] = match kind {
        SourceKind::S3 { .. } => &[Check::Credentials, Check::Clock, Check::Bucket],
        SourceKind::Folder(_) => &[Check::Folder],
        SourceKind::File(_) => &[Check::File],
    };
    checks.iter().map(|check| CheckRow::new(check.label())).collect()
}

/// Writes what a check says into its row; a check without one gets a row.
pub(super) fn report(rows: &mut Vec<CheckRow>, check: Check, outcome: Outcome, now: Timestamp) {
    let label = check.label();
    if let Some(row) = rows.iter_mut().find(|row| row.label == label) {
        return row.set(outcome.into(), now);
    }
    let mut row = CheckRow::new(label);
    row.set(outcome.into(), now);
    rows.push(row);
}

/// The source could not be opened: its first row says why.
pub(super) fn fail(rows: &mut [CheckRow], finding: Finding, now: Timestamp) {
    if let Some(row) = rows.first_mut() {
        row.set(RowOutcome::Failed(Box::new(finding)), now);
    }
}
