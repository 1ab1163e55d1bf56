//! JSON lines: a document a line, each as soon as it is known.

use jiff::Timestamp;

use super::report::Report;
use crate::commands::output;
use crate::restore::audit::{Line, Totals};

/// Keeps nothing.
pub(super) struct Jsonl;

impl Report for Jsonl {
    fn row(&mut self, line: &Line) -> anyhow::Result<()> {
        output::document(line)
    }

    fn end(&mut self, _: Totals, _: bool, _: Timestamp) -> anyhow::Result<()> {
        Ok(())
    }
}
