//! Secrets in what a backup holds: found by the name that they stand under and by their own form, and masked.
//!
//! A backup is a customer's database: its JSON and its cells hold passwords, tokens and connection strings. [`mask`] takes
//! them out of a text of any kind, whole or cut; what is left stays recognisable. Identities, names and counts stay.

mod names;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use names::{holds_a_value, labels, names_a_secret};

/// What stands for a secret. Its width is fixed, so that it does not tell how long the secret is.
pub const MASK: &str = "••••••";

/// The text with every secret in it replaced by [`MASK`]. JSON stays JSON; of a text that was cut, the end is masked where a
/// secret had begun.
pub fn mask(text: &str) -> Cow<'_, str> {
    scan::masked(text, 0).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether something is masked in a text that is shown.
pub fn is_masked(shown: &str) -> bool {
    shown.contains(MASK)
}

/// Which columns of a row hold secrets: by their own name, or by the name that stands beside them in the same row, as in a
/// table of settings. `text` gives a column's value where it is text.
pub fn columns<'a>(names: &[&str], text: impl Fn(usize) -> Option<&'a str>) -> Vec<bool> {
    Columns::of(names).of_row(text)
}

/// The same for many rows: what the names of the columns tell is worked out once.
#[derive(Debug, Clone)]
pub struct Columns {
    secret: Vec<bool>,
    /// Columns that say what another one is.
    labels: Vec<usize>,
    /// Columns that hold what another one names.
    values: Vec<usize>,
}

impl Columns {
    /// What the names tell.
    pub fn of(names: &[&str]) -> Self {
        let of_kind = |kind: fn(&str) -> bool| (0..names.len()).filter(|at| kind(names[*at])).collect();
        Self {
            secret: names.iter().map(|name| names_a_secret(name)).collect(),
            labels: of_kind(labels),
            values: of_kind(holds_a_value),
        }
    }

    /// Which columns of one row are secrets as a whole.
    pub fn of_row<'a>(&self, text: impl Fn(usize) -> Option<&'a str>) -> Vec<bool> {
        let mut secret = self.secret.clone();
        let names_one = |at: &usize| text(*at).is_some_and(|label| label.len() <= 200 && names_a_secret(label));
        if !self.values.is_empty() && self.labels.iter().any(names_one) {
            for at in &self.values {
                secret[*at] = true;
            }
        }
        secret
    }
}
