//! `reseat audit`: the health of every backup of a source. Several are looked into at once; each line is said, and kept, as
//! soon as it is known. Whatever ends it early, what was done stays.

mod jsonl;
mod junit;
mod part;
mod progress;
mod prometheus;
mod record;
mod report;
mod table;

use std::sync::Arc;

use futures::{Stream, StreamExt};
use jiff::Timestamp;

use self::progress::Shown;
use self::record::Record;
use self::report::Report;
use super::Context;
use super::failure::Failure;
use super::output;
use crate::arguments::{Audit as Wanted, AuditFormat};
use crate::catalog::levels::Narrow;
use crate::catalog::{Catalog, CatalogError, NoAnswer};
use crate::finding::{Code, Finding, Severity};
use crate::progress::Cancel;
use crate::restore::audit::{self, Candidate, Candidates, Line, Looker, Part, Totals};
use crate::restore::engine::Engine;
use crate::text;

/// After so many backups in a row for which the source did not answer, nobody asks on.
const SILENT: u32 = 20;

/// What is audited.
struct Audit<'a> {
    context: &'a Context,
    catalog: Arc<dyn Catalog>,
    looker: Arc<Looker>,
    narrow: Narrow,
    part: Part,
    /// Only what was touched after this.
    after: Option<Timestamp>,
    jobs: usize,
    record: Option<Record>,
    report: Box<dyn Report>,
    totals: Totals,
    /// How many lines come from an earlier audit.
    kept: u64,
}

/// What is known of one backup, or the reason why nothing more will be.
struct Known {
    line: Line,
    kept: bool,
}

/// How the walk through the source went.
struct Walked {
    /// How many backups there are, those of other parts included.
    found: u64,
    others: u64,
    unlisted: Option<String>,
}

/// Looks at every backup, and says what it saw; 3 when something blocks.
pub(super) fn run(wanted: &Wanted, context: &Context) -> Result<(), Failure> {
    let part = part::of(wanted.shard.as_deref(), &context.world)?;
    let engine = context.engine()?;
    let catalog = context.catalog()?;
    // Downloads go when this does.
    let scratch = wanted.deep.then(|| engine.scratch()).transpose()?;
    let cancel = Cancel::default();
    let looker = Looker {
        catalog: Arc::clone(&catalog),
        cancel: cancel.clone(),
        clock: clock(&engine),
        scratch: scratch.as_ref().map(|scratch| scratch.path().to_owned()),
        accepted: context.accepted.clone(),
    };
    let format = wanted.format.unwrap_or(if context.output.json { AuditFormat::Jsonl } else { AuditFormat::Table });
    let now = context.world.now();
    let mut audit = Audit {
        context,
        looker: Arc::new(looker),
        narrow: Narrow { org: wanted.org.as_deref().map(Into::into), ..Narrow::default() },
        part,
        after: wanted.since.map(|since| now.checked_sub(since)).transpose().map_err(anyhow::Error::from)?,
        jobs: usize::from(wanted.jobs.unwrap_or(if wanted.deep { 2 } else { 8 })),
        record: wanted.resume.as_deref().map(Record::open).transpose()?,
        report: report::of(format, catalog.describe(), now)?,
        totals: Totals::default(),
        kept: 0,
        catalog,
    };
    let draws = format != AuditFormat::Jsonl;
    let ended = audit.drive(draws);
    // Looks that still run stop by themselves.
    cancel.cancel();
    audit.end(ended)
}

fn clock(engine: &Engine) -> Box<dyn Fn() -> crate::restore::assess::Clock + Send + Sync> {
    let engine = engine.clone();
    Box::new(move || engine.clock())
}

impl Audit<'_> {
    /// Looks at one backup after the other until there is none, or until something ends it.
    fn drive(&mut self, draws: bool) -> Result<Walked, Failure> {
        let context = self.context;
        let (catalog, narrow) = (Arc::clone(&self.catalog), self.narrow.clone());
        let wanted = Wants { part: self.part, after: self.after };
        let mut shown = Shown::new(draws);
        let counting = shown.counting(&catalog, &narrow, wanted);
        let mut walk = audit::candidates(&catalog, narrow);
        let (looker, record, jobs) = (Arc::clone(&self.looker), self.record.take(), self.jobs);
        let mut found = 0;
        let ended = context.runtime()?.block_on(async {
            let counting = counting.map(tokio::spawn);
            let known = known(&mut walk, &mut found, wanted, &looker, record.as_ref(), jobs);
            let ended = self.take_all(known, record.as_ref(), &mut shown).await;
            if let Some(counting) = counting {
                counting.abort();
            }
            ended
        });
        drop(shown);
        self.record = record;
        ended.map(|()| Walked { found, others: walk.others, unlisted: walk.unlisted })
    }

    /// Says and keeps each line as it comes.
    async fn take_all(
        &mut self,
        known: impl Stream<Item = Result<Known, CatalogError>>,
        record: Option<&Record>,
        shown: &mut Shown,
    ) -> Result<(), Failure> {
        let context = self.context;
        let asked = async {
            while !context.cancel.is_cancelled() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let mut known = std::pin::pin!(known);
        let mut asked = std::pin::pin!(asked);
        let mut silent = 0;
        loop {
            let next = tokio::select! {
                biased;
                () = &mut asked => return Err(Failure::Stopped),
                next = known.next() => next,
            };
            let Some(next) = next else { return Ok(()) };
            let Known { line, kept } = next.map_err(|error| context.answered(&error))?;
            if !kept && let Some(record) = record {
                record.keep(&line)?;
            }
            self.kept += u64::from(kept);
            self.totals.add(line.verdict);
            self.report.row(&line)?;
            shown.one_more();
            silent = if is_silent(&line) { silent + 1 } else { 0 };
            if silent == SILENT {
                let what = self.catalog.describe();
                let how = NoAnswer::Cut(format!("{SILENT} backups in a row could not be read"));
                return Err(context.answered(&CatalogError::NoAnswer { how, what }));
            }
        }
    }

    /// The rest of the report, and the exit status.
    fn end(mut self, ended: Result<Walked, Failure>) -> Result<(), Failure> {
        self.report.end(self.totals, ended.is_ok(), self.context.world.now())?;
        if self.kept > 0 {
            let lines = text::counted(self.kept, "backup was", "backups were");
            output::message(&format!("{lines} looked at before, and did not change since."));
        }
        let walked = match ended {
            Ok(walked) => walked,
            Err(failure) => {
                let done = text::counted(self.totals.all(), "backup", "backups");
                output::message(&format!("It ended early: {done} done, the rest was not looked at."));
                return Err(failure);
            }
        };
        if walked.found == 0 {
            return Err(self.nothing(&walked));
        }
        if self.part.is_less() {
            let all = text::counted(walked.found, "backup", "backups");
            output::message(&format!("This is part {} of {all}.", self.part));
        }
        if let Some(why) = &walked.unlisted {
            let why = text::printable(why);
            output::message(&format!("Older versions and deleted backups are not seen. {why}"));
        }
        if walked.others > 0 {
            let others = text::counted(walked.others, "other object is", "other objects are");
            output::message(&format!("{others} there that no connector backup is; `reseat list` names them."));
        }
        if self.totals.block > 0 { Err(Failure::Said(3)) } else { Ok(()) }
    }

    /// R117: no backup at all.
    fn nothing(&self, walked: &Walked) -> Failure {
        let of =
            self.narrow.org.as_ref().map_or_else(String::new, |org| format!(" of organisation {}", org.printable()));
        let beside = match walked.others {
            0 => "Nothing else is there.".to_owned(),
            n => format!("{} there.", text::counted(n, "other object is", "other objects are")),
        };
        let detail = format!("{} holds no backup{of}. {beside}", self.catalog.describe());
        let finding = Finding::new(Code::R117, Severity::Block, detail.clone())
            .why("There is nothing to restore.")
            .remedy("Compare bucket and organisation with the platform.");
        Failure::Refused { message: format!("R117: {}", detail.trim_end_matches('.')), findings: vec![finding] }
    }
}

/// Which backups are wanted.
#[derive(Debug, Clone, Copy)]
struct Wants {
    part: Part,
    after: Option<Timestamp>,
}

impl Wants {
    /// What happened at an unknown time is always wanted.
    fn holds(self, candidate: &Candidate) -> bool {
        let recent = self.after.zip(candidate.touched()).is_none_or(|(after, touched)| touched >= after);
        recent && self.part.holds(&candidate.id(false))
    }
}

/// The lines of all wanted backups, several looked at at once, in the order in which they are done.
fn known<'a>(
    walk: &'a mut Candidates,
    found: &'a mut u64,
    wanted: Wants,
    looker: &'a Arc<Looker>,
    record: Option<&'a Record>,
    jobs: usize,
) -> impl Stream<Item = Result<Known, CatalogError>> + 'a {
    let deep = looker.scratch.is_some();
    let candidates = futures::stream::unfold(Some((walk, found)), move |state| async move {
        let (walk, found) = state?;
        loop {
            match walk.next().await {
                Err(error) => return Some((Err(error), None)),
                Ok(None) => return None,
                Ok(Some(candidate)) => {
                    *found += 1;
                    if wanted.holds(&candidate) {
                        return Some((Ok((candidate, walk.unlisted.is_none())), Some((walk, found))));
                    }
                }
            }
        }
    });
    let looks = candidates.map(move |next| async move {
        let (candidate, versions_seen) = next?;
        let of = candidate.id(deep);
        if let Some(line) = record.and_then(|record| record.get(of)).filter(|line| line.still_holds((looker.clock)())) {
            return Ok(Known { line, kept: true });
        }
        let line = audit::look(looker, candidate, versions_seen).await?;
        Ok(Known { line, kept: false })
    });
    looks.buffer_unordered(jobs)
}

/// Whether the source did not answer when this backup was looked at.
fn is_silent(line: &Line) -> bool {
    !line.looked && line.findings.iter().any(|finding| finding.code == Code::R116)
}
