//! A query on a backup that stays in its source: what it may fetch, and what is said when that is not enough.

use super::{Answered, Context, Ended, Failure, FarTrouble, Fetched, Query, Taker, Trouble};
use crate::database::far::Allowance;
use crate::database::header::Length;
use crate::database::query;
use crate::finding::Severity;
use crate::restore::far::FarBackup;
use crate::restore::peek;
use crate::text;

/// Bytes that SQLite takes of memory at most: there is no file in which it could sort.
const MEMORY: u32 = 24 << 20;

/// Goes on when SQLite can read the file; else gives the findings that say why it cannot.
pub(super) fn readable(far: &mut FarBackup, context: &Context) -> Result<(), Failure> {
    let header = far.header(Allowance::default(), &context.cancel);
    let header = header.map_err(|trouble| failure(trouble, String::new(), context))?;
    if header.is_sqlite() && !matches!(header.length, Length::Shorter { .. }) {
        return Ok(());
    }
    far.remote().serve(&context.cancel, None);
    let seen = peek::peek(far.remote(), context.engine()?.clock(), &context.cancel);
    let mut findings = seen.map_err(|error| context.answered(&error))?.findings;
    findings.retain(|finding| finding.severity == Severity::Block);
    if findings.is_empty() {
        return Err(Failure::Failed(anyhow::anyhow!("SQLite cannot read the file, and no check says why")));
    }
    Err(Failure::blocked(findings, "it is not read"))
}

/// Asks it.
pub(super) fn query(
    far: &mut FarBackup,
    wanted: &Query<'_>,
    context: &Context,
    taker: &mut dyn Taker,
) -> Result<Answered, Ended> {
    query::bound_memory(MEMORY).map_err(|error| Ended::Query(error.into()))?;
    let answer = far.query(Allowance::default(), wanted, &context.cancel, taker);
    let size = far.remote().backup().size;
    answer.map_err(|trouble| Ended::Far { trouble, size })?.map_err(Ended::Query)
}

/// Too much would have to be fetched, and what to do.
pub(super) fn spent(size: u64, named: &str) -> String {
    let Allowance { requests, bytes } = Allowance::default();
    format!(
        "it would fetch more than {} or {requests} requests of this backup of {}; `reseat inspect {}` downloads it once, \
         and queries then read that copy",
        text::size(bytes),
        text::size(size),
        text::shell_quote(named)
    )
}

/// `fetched 96.0 KiB in 3 requests`.
pub(super) fn words(fetched: Fetched) -> String {
    let requests = text::counted(u64::from(fetched.requests), "request", "requests");
    format!("fetched {} in {requests}", text::size(fetched.bytes))
}

/// `sentence`: what is said where nothing else says it.
pub(super) fn failure(trouble: FarTrouble, sentence: String, context: &Context) -> Failure {
    match trouble {
        FarTrouble::Cancelled => Failure::Stopped,
        FarTrouble::Source(error) => context.answered(&error),
        FarTrouble::File(error) => Trouble::from(error).into(),
        FarTrouble::Spent => Failure::Failed(anyhow::anyhow!(sentence)),
    }
}
