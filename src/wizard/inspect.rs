//! Inspect: is this the right backup, and is it sound? It downloads, looks inside, and gives one answer.

mod part;
mod step;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use part::{Part, PartState};

use super::backup::locating;
use super::browse::Browse;
use super::chain::{Chosen, Inspected};
use super::effect;
use super::job::{JobId, Slot};
use super::source::{Credentials, SourceRef};
use super::step::{Cx, Flow, Screen};
use super::target;
use crate::catalog::download::DownloadStage;
use crate::database::{FileFacts, InspectStage};
use crate::finding::{Code, Finding, Severity};
use crate::identity::ConnectorId;
use crate::progress::Progress;
use crate::restore::facts::{BucketFacts, Fact};
use crate::restore::witnesses::Testimony;
use crate::text;

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Download the backup, or take the copy that is here, and look inside.
    Inspect {
        /// Which.
        chosen: Box<Chosen>,
        /// What lies beside it.
        bucket: Box<Fact<BucketFacts>>,
        /// The restore of this run, if one began.
        restore: Option<String>,
    },
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// The restore has its number, and the download its place.
    Began {
        /// The restore's spoken ID.
        restore: String,
        /// Where the bytes go.
        path: PathBuf,
    },
    /// The download goes on.
    Downloading(Progress<DownloadStage>),
    /// All bytes are here.
    Downloaded {
        /// How many.
        size: u64,
        /// How they were compared: `length and checksum as in the bucket`.
        compared: String,
    },
    /// The checks go on.
    Checking(Progress<InspectStage>),
    /// Everything was looked at.
    Looked(Box<Looked>),
    /// The work stopped before it could say anything about the backup.
    Failed(Box<Finding>),
}

/// What the whole inspection found.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What is inside.
    pub file: FileFacts,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// What each witness says of the IDs and the connector.
    pub witnesses: Vec<Testimony>,
    /// The file on this machine; of a refused one the copy that stays.
    pub path: PathBuf,
    /// The backup as a later step takes it; none when something stops it.
    pub inspected: Option<Arc<Inspected>>,
}

/// State of the screen.
#[derive(Debug)]
pub struct Inspect {
    chosen: Chosen,
    bucket: Fact<BucketFacts>,
    job: Option<JobId>,
    locating: Option<JobId>,
    to: Option<PathBuf>,
    restore: Option<String>,
    download: Download,
    stage: Option<Progress<InspectStage>>,
    since: Timestamp,
    outcome: Outcome,
    /// The finding under the cursor, once a key has moved it.
    at: Option<usize>,
    /// The first line on screen where there are no findings to move over.
    scroll: usize,
    /// The screen that opens over this one at once, when a restore goes on.
    then: Option<Screen>,
}

/// How the download stands.
#[derive(Debug, Default)]
pub struct Download {
    /// Bytes that are here, and bytes in all.
    pub progress: Option<(u64, Option<u64>)>,
    /// What it does now, as far as it was said.
    pub stage: Option<DownloadStage>,
    /// Bytes that were here when it began, and the time then.
    pub began: Option<(u64, Timestamp)>,
    /// The size, and how the bytes were compared, once all are here.
    pub ended: Option<(u64, String)>,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// It runs.
    Runs,
    /// It was stopped by the person; the bytes stay.
    Stopped,
    /// It could not go on.
    Failed(Box<Finding>),
    /// The answer.
    Looked(Box<Looked>),
}

impl Inspect {
    /// Looks into this backup. `bucket` is what lies beside it.
    pub fn new(chosen: Chosen, bucket: Fact<BucketFacts>) -> Self {
        Self {
            chosen,
            bucket,
            job: None,
            locating: None,
            to: None,
            restore: None,
            download: Download::default(),
            stage: None,
            since: Timestamp::UNIX_EPOCH,
            outcome: Outcome::Runs,
            at: None,
            scroll: 0,
            then: None,
        }
    }

    /// The screen of a restore that goes on: it has its answer, and `then` opens over it. None when something stops it.
    pub fn resumed(looked: Box<Looked>, then: Screen) -> Option<Self> {
        let inspected = Arc::clone(looked.inspected.as_ref()?);
        let compared = "as they were downloaded before: the digest is the same".to_owned();
        Some(Self {
            restore: Some(inspected.restore.clone()),
            to: Some(inspected.path.clone()),
            download: Download { ended: Some((inspected.size, compared)), ..Download::default() },
            outcome: Outcome::Looked(looked),
            then: Some(then),
            ..Self::new(inspected.chosen.clone(), inspected.facts.bucket.clone())
        })
    }

    /// The backup.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Where the bytes go.
    pub fn to(&self) -> Option<&PathBuf> {
        self.to.as_ref()
    }

    /// How the download stands.
    pub fn download(&self) -> &Download {
        &self.download
    }

    /// The check that runs, how far it is, and for how long.
    pub fn checking(&self, now: Timestamp) -> Option<(Progress<InspectStage>, Duration)> {
        self.stage.map(|stage| (stage, text::elapsed(self.since, now)))
    }

    /// What came of it.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The findings that stand on the screen, worst first.
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Looked(looked) => &looked.findings,
            Outcome::Failed(finding) => std::slice::from_ref(finding),
            Outcome::Runs | Outcome::Stopped => &[],
        }
    }

    /// The finding under the cursor, and whether a key has put it there.
    pub fn at(&self) -> (usize, bool) {
        let last = self.findings().len().saturating_sub(1);
        (self.at.unwrap_or_default().min(last), self.at.is_some())
    }

    /// The first line on screen, where the text is longer than the window.
    pub fn scroll(&self) -> usize {
        self.scroll
    }

    /// What stops this backup.
    pub fn block(&self) -> Option<&Finding> {
        let findings = self.findings();
        let (at, _) = self.at();
        let under = findings.get(at).filter(|finding| finding.severity == Severity::Block);
        under.or_else(|| findings.iter().find(|finding| finding.severity == Severity::Block))
    }

    /// How many other versions hold something and can be read, and when the newest of them was written.
    pub fn alternatives(&self) -> Option<(usize, Timestamp)> {
        let bucket = self.bucket.known()?;
        let there = bucket.others.iter().filter(|other| !other.deleted && other.size > 0);
        let newest = there.clone().filter_map(|other| other.modified).max()?;
        Some((there.count(), newest))
    }

    /// The connector that the file itself names, where the key names another (R301).
    pub fn inside(&self) -> Option<(ConnectorId, Option<String>)> {
        let Outcome::Looked(looked) = &self.outcome else { return None };
        looked.findings.iter().find(|finding| finding.code == Code::R301)?;
        let sources = looked.file.integrations.iter().flat_map(|row| &row.sources);
        let mut named = sources.filter_map(|source| {
            let name = source.name.as_ref().map(text::Untrusted::printable);
            source.connector().map(|connector| (connector, name))
        });
        let found = named.next()?;
        let key = self.chosen.backup.place.as_ref().map(|place| place.connector);
        (key != Some(found.0)).then_some(found)
    }

    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.outcome = Outcome::Runs;
        self.download = Download::default();
        self.stage = None;
        self.at = None;
        self.scroll = 0;
        let work = Work::Inspect {
            chosen: Box::new(self.chosen.clone()),
            bucket: Box::new(self.bucket.clone()),
            restore: cx.shared.restore.clone(),
        };
        self.job = Some(cx.start(Slot::Main, effect::Work::Inspect(work)));
    }

    fn stop(&mut self, cx: &mut Cx<'_>) -> bool {
        let Some(job) = self.job.take() else { return false };
        cx.cancel(job);
        self.outcome = Outcome::Stopped;
        true
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        match &self.outcome {
            Outcome::Runs => Flow::Stay,
            Outcome::Stopped => {
                self.begin(cx);
                Flow::Stay
            }
            Outcome::Failed(finding) if finding.code == Code::R107 => Flow::Back,
            Outcome::Failed(_) => {
                self.begin(cx);
                Flow::Stay
            }
            Outcome::Looked(looked) => match &looked.inspected {
                Some(inspected) => Flow::Push(target::first(Arc::clone(inspected))),
                None => Flow::Back,
            },
        }
    }

    /// Opens the tables, or the row in which an old ID also stands.
    fn browse(&self, leftover: bool) -> Flow {
        let Outcome::Looked(looked) = &self.outcome else { return Flow::Stay };
        let row = looked.file.residue.iter().flatten().find(|residue| !residue.statistics && residue.key.is_some());
        let row = row.filter(|_| leftover).and_then(|residue| {
            let column = looked.file.table(residue.table.raw())?.columns.iter().position(|c| c.name == residue.column);
            Some((residue.table.clone(), residue.key.clone()?, column.unwrap_or_default()))
        });
        if leftover && row.is_none() {
            return Flow::Stay;
        }
        Flow::Push(Browse::new(looked.path.clone(), looked.file.tables.clone(), row).into())
    }

    /// Looks for the connector that is named inside.
    fn find_inside(&mut self, cx: &mut Cx<'_>) {
        if let Some((connector, _)) = self.inside() {
            let work = super::backup::Work::Locate(self.chosen.spec.clone(), connector.to_string());
            self.locating = Some(cx.start(Slot::Look, effect::Work::Backup(work)));
            cx.say("It is looked for in the whole source.");
        }
    }

    fn source(&self) -> SourceRef {
        let Chosen { source, spec, hub_root, .. } = self.chosen.clone();
        SourceRef { name: source, spec, hub_root, hub: None }
    }

    fn hear(&mut self, answer: Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Began { restore, path } => {
                cx.shared.restore = Some(restore.clone());
                // Of the demo nothing stays.
                cx.shared.farewell = (!cx.shared.demo).then(|| kept_line(&restore));
                (self.restore, self.to) = (Some(restore), Some(path));
            }
            Answer::Downloading(progress) => self.download.hear(progress, cx.now),
            Answer::Downloaded { size, compared } => self.download.ended = Some((size, compared)),
            Answer::Checking(progress) => {
                if self.stage.is_none_or(|before| before.stage != progress.stage) {
                    self.since = cx.now;
                }
                self.stage = Some(progress);
            }
            Answer::Looked(looked) => {
                if let Some(inspected) = &looked.inspected {
                    cx.shared.crumbs.connector = Some(inspected.name());
                }
                self.end(Outcome::Looked(looked), cx);
            }
            Answer::Failed(finding) => self.end(Outcome::Failed(finding), cx),
        }
    }

    fn end(&mut self, outcome: Outcome, cx: &mut Cx<'_>) {
        if let Some(job) = self.job.take() {
            cx.finished(job);
        }
        self.outcome = outcome;
        // What stands there now decides: keys typed before it was seen must not go on.
        cx.decide();
    }
}

/// The line that stays in the terminal when a restore is left before anything is placed.
pub(super) fn kept_line(restore: &str) -> String {
    format!("reseat: restore {restore} is kept; nothing is placed. Go on: reseat resume {restore}")
}

impl Download {
    fn hear(&mut self, progress: Progress<DownloadStage>, now: Timestamp) {
        self.stage = Some(progress.stage);
        let counts = matches!(progress.stage, DownloadStage::Receives | DownloadStage::Waits { .. });
        // The object was replaced meanwhile: all begins again.
        if counts && self.began.is_some_and(|(began, _)| progress.done < began) {
            self.began = None;
        }
        if counts {
            // Bytes of an earlier run do not count for the rate.
            self.began.get_or_insert((progress.done, now));
            self.progress = Some((progress.done, progress.total));
        }
    }
}
