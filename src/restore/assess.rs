//! From facts to findings: pure functions of what is known and the time. Whatever stops or warns about a restore before
//! something is replaced is decided here, so that the wizard and the commands say the same.
//!
//! What could not be looked at is said as such where it matters, and never taken for "nothing found". All results are
//! sorted, the worst first, and one cause is one finding.

mod after;
mod compare;
mod file;
mod identity;
mod key;
mod place;
mod target;

use std::time::Duration;

use jiff::Timestamp;

use super::facts::{Facts, STALE_AFTER};
use crate::database::Plan;
use crate::finding::{self, Finding};
use crate::text;

pub use after::{After, after};
pub(super) use compare::same_json;
pub use identity::{OldIds, old_ids};
pub use place::{ONLINE, Placing, place};

/// When something is old, for the findings that depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The time now.
    pub now: Timestamp,
    /// From which age on the newest event, or the upload, is a warning (R103).
    pub stale_after: Duration,
}

impl Clock {
    /// Now, with the usual limit of 24 hours.
    pub const fn at(now: Timestamp) -> Self {
        Self { now, stale_after: STALE_AFTER }
    }

    fn age(self, then: Timestamp) -> Duration {
        text::elapsed(then, self.now)
    }

    /// Whether something of this moment is a warning.
    pub fn is_stale(self, then: Timestamp) -> bool {
        self.age(then) >= self.stale_after
    }
}

/// The findings about the backup itself: its key, its file, the IDs in it.
pub fn inspect(facts: &Facts, clock: Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    key::findings(facts, clock, &mut findings);
    if let Some(file) = facts.file.known() {
        let as_in_the_bucket = facts.key.known().is_some_and(|key| key.unverified.is_none());
        file::findings(file, as_in_the_bucket, &mut findings);
        identity::findings(facts, file, &mut findings);
    }
    sorted(findings)
}

/// The findings about a backup of which only a few blocks were read: those of [`inspect`] that rest on what was seen.
/// `rows_seen`: the rows of `Integrations` are among it.
pub fn peek(facts: &Facts, rows_seen: bool, clock: Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    key::findings(facts, clock, &mut findings);
    if let Some(file) = facts.file.known() {
        // What is read is the object in the bucket itself.
        file::findings(file, true, &mut findings);
        if rows_seen {
            identity::in_rows(facts, file, &mut findings);
        }
    }
    sorted(findings)
}

/// The findings about the new IDs, and about what they name. Empty as long as [`Facts::mapping`] is.
pub fn target(facts: &Facts, clock: Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    target::findings(facts, clock, &mut findings);
    sorted(findings)
}

/// All findings of a restore before it rewrites: those of [`inspect`] and [`target()`], judged for the IDs that change.
/// `plan` says where the old IDs stay; none as long as a block keeps it from being made.
pub fn preview(facts: &Facts, plan: Option<&Plan>, clock: Clock) -> Vec<Finding> {
    let mut findings = inspect(facts, clock);
    target::findings(facts, clock, &mut findings);
    if let Some(mapping) = &facts.mapping {
        identity::judge_for(facts, mapping, plan, &mut findings);
    }
    sorted(findings)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    finding::sort(&mut findings);
    findings
}

/// Whether an upload came after another one. Only whole seconds count: one answer of S3 has fractions, another has none.
fn later(one: Timestamp, other: Timestamp) -> bool {
    one.as_second() > other.as_second()
}

/// With its final stop.
fn sentence(words: &str) -> String {
    if words.ends_with('.') { words.to_owned() } else { format!("{words}.") }
}

/// `a`, `a and b`, `a, b and 3 more`: at most `limit` of `items`.
fn some_of(items: &[String], limit: usize) -> String {
    let more = items.len().saturating_sub(limit);
    let shown = &items[..items.len() - more];
    match (shown, more) {
        ([], _) => String::new(),
        (shown, 0) => match shown.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
            None => String::new(),
        },
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
