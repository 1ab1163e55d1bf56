//! What all formats of an audit have in common.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use anyhow::Context;
use jiff::Timestamp;

use super::{jsonl, junit, prometheus, table};
use crate::arguments::AuditFormat;
use crate::commands::output;
use crate::restore::audit::{Line, Totals};

/// Says what an audit saw, on standard output.
pub(super) trait Report {
    /// One backup.
    fn row(&mut self, line: &Line) -> anyhow::Result<()>;

    /// Nothing more comes. `whole`: every backup was looked at.
    fn end(&mut self, totals: Totals, whole: bool, now: Timestamp) -> anyhow::Result<()>;
}

/// The report in this format. `source` is printable.
pub(super) fn of(format: AuditFormat, source: String, began: Timestamp) -> anyhow::Result<Box<dyn Report>> {
    Ok(match format {
        AuditFormat::Table => Box::new(table::Table::new(source, began)),
        AuditFormat::Jsonl => Box::new(jsonl::Jsonl),
        AuditFormat::Junit => Box::new(junit::Junit::new(source, began)?),
        AuditFormat::Prometheus => Box::new(prometheus::Prometheus::new()?),
    })
}

/// Text that is printed later than it is known, in a file without a name: memory stays small.
pub(super) struct Spool(File);

impl Spool {
    /// An empty one.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self(tempfile::tempfile().context("no file for what is printed last can be made")?))
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) -> anyhow::Result<()> {
        self.0.write_all(text.as_bytes()).context("what is printed last cannot be kept")
    }

    /// Prints all of it.
    pub(super) fn print(&mut self) -> anyhow::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match self.0.read(&mut chunk)? {
                0 => return Ok(()),
                read => output::raw(&chunk[..read]),
            }
        }
    }
}
