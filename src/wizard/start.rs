//! The first screen when this machine knows a restore: continue, begin another, look at a past one.

mod known;
mod past;
mod step;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

pub use known::{Kind, Known, Mark};
pub use past::Past;

use super::after::After;
use super::ask::Ask;
use super::chain::{Chosen, Inspected, Planned, Proved, Targeted};
use super::effect;
use super::finish::Finish;
use super::inspect::{Inspect, Looked, kept_line};
use super::job::{JobId, Slot};
use super::kept::Kept;
use super::list::Cursor;
use super::place::{Place, Placed};
use super::preview::Preview;
use super::rewrite::Rewrite;
use super::rollback::Rollback;
use super::source::{Environment, Source};
use super::step::{Cx, Flow, Screen};
use super::{Crumbs, PlaceState, target};
use crate::finding::Finding;
use crate::hub::service::Service;
use crate::restore::facts::{BucketFacts, Fact};

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// List the restores that this machine knows.
    List,
    /// Check everything that a restore holds again, and go on where it was left.
    Continue(String),
    /// Go on with a replacement that was cut.
    Proceed(String),
    /// Read back a restore that was placed.
    After(String),
    /// Read the report of a restore.
    Report(String),
    /// Name what forgetting a restore deletes.
    WouldForget(String),
    /// Delete what a restore holds.
    Forget(String),
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// The restores, unfinished ones first, and the service that one of them stopped and that still stands.
    Listed(Vec<Known>, Option<Service>),
    /// How far the check of everything is: a phrase.
    Checks(String),
    /// Everything was checked; the step where it goes on.
    Continued(Box<Continued>),
    /// A replacement that was cut is complete.
    Proceeded(Box<After>),
    /// A restore that was placed.
    After(Box<After>),
    /// The report.
    Report(String),
    /// What forgetting deletes: each file and its bytes, and what the disk gets back.
    WouldForget(Vec<(PathBuf, u64)>, u64),
    /// It is forgotten; bytes that the disk got back.
    Forgotten(u64),
    /// It could not be done.
    Failed(Box<Finding>),
}

/// A restore that goes on, as far as what is here allows.
#[derive(Debug)]
pub struct Continued {
    /// The source's name, the organisation and the connector, for the header.
    pub crumbs: Crumbs,
    /// What was typed and accepted.
    pub kept: Kept,
    /// Its steps so far.
    pub at: At,
}

/// Where a restore goes on. Each holds everything before it.
#[derive(Debug)]
pub enum At {
    /// Nothing is chosen yet, or what was chosen can no longer be opened.
    Source,
    /// The backup was chosen; it is downloaded and looked into.
    Inspect(Box<Chosen>, Box<Fact<BucketFacts>>),
    /// The download is here and unchanged.
    Target(Box<Looked>, Arc<Inspected>),
    /// The new IDs are known.
    Preview(Box<Looked>, Arc<Targeted>),
    /// Everything is accepted.
    Rewrite(Box<Looked>, Arc<Planned>),
    /// The restored database is here and unchanged.
    Place(Box<Looked>, Arc<Proved>),
}

/// State of the screen.
#[derive(Debug)]
pub struct Start {
    environments: Vec<Environment>,
    default: usize,
    /// The restore that goes on at once.
    resume: Option<String>,
    known: Option<Vec<Known>>,
    cursor: Cursor,
    job: Option<(JobId, Doing)>,
    ask: Option<Ask<String>>,
    /// What is being checked, as a phrase.
    checks: Option<String>,
    failed: Option<Box<Finding>>,
}

/// What the running job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    List,
    Continue,
    After(Then),
    Report,
    Forget,
}

/// Which screen opens over a restore that was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Finish,
    RollBack,
}

/// A row of the list.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A restore.
    Known(&'a Known),
    /// Another restore.
    New,
}

impl Start {
    /// The screen, for these environments; `resume` is a restore that goes on at once.
    pub fn new(environments: Vec<Environment>, default: usize, resume: Option<String>) -> Self {
        Self {
            environments,
            default,
            resume,
            known: None,
            cursor: Cursor::default(),
            job: None,
            ask: None,
            checks: None,
            failed: None,
        }
    }

    /// The rows: unfinished restores, another one, past ones.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let known = self.known.iter().flatten();
        let open = known.clone().filter(|known| known.is_open()).map(Row::Known);
        let past = known.filter(|known| !known.is_open()).map(Row::Known);
        open.chain([Row::New]).chain(past).collect()
    }

    /// The row under the cursor.
    pub fn at(&self) -> usize {
        self.cursor.at(self.rows().len())
    }

    /// The restore under the cursor.
    pub fn under(&self) -> Option<&Known> {
        match self.rows().get(self.at())? {
            Row::Known(known) => Some(known),
            Row::New => None,
        }
    }

    /// Whether the restores are being listed.
    pub fn lists(&self) -> bool {
        self.known.is_none()
    }

    /// What is being checked, as a phrase.
    pub fn checks(&self) -> Option<&str> {
        self.checks.as_deref()
    }

    /// The question that is open.
    pub fn ask(&self) -> Option<&Ask<String>> {
        self.ask.as_ref()
    }

    /// What could not be done.
    pub fn failed(&self) -> Option<&Finding> {
        self.failed.as_deref()
    }

    fn source(&self) -> Source {
        Source::new(self.environments.clone(), self.default)
    }

    fn start(&mut self, work: Work, doing: Doing, cx: &mut Cx<'_>) {
        self.failed = None;
        self.checks = None;
        self.job = Some((cx.start(Slot::Main, effect::Work::Start(work)), doing));
    }

    fn list(&mut self, cx: &mut Cx<'_>) {
        self.start(Work::List, Doing::List, cx);
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        let Some(known) = self.under() else {
            if self.known.is_some() {
                fresh(cx);
                return Flow::Push(self.source().into());
            }
            return Flow::Stay;
        };
        let id = known.id.clone();
        match known.kind {
            Kind::Resume => self.go_on(id, cx),
            Kind::Cut => self.start(Work::Proceed(id), Doing::Continue, cx),
            Kind::CutUndo => self.start(Work::After(id), Doing::After(Then::RollBack), cx),
            Kind::StepsOpen => self.start(Work::After(id), Doing::After(Then::Finish), cx),
            Kind::Past => self.start(Work::Report(id), Doing::Report, cx),
            Kind::Download => cx.say("No restore holds this download: x deletes it, after a question."),
            Kind::Unreadable => cx.say("Its journal cannot be read: nothing is done with it (R616)."),
        }
        Flow::Stay
    }

    fn go_on(&mut self, id: String, cx: &mut Cx<'_>) {
        self.start(Work::Continue(id), Doing::Continue, cx);
        self.checks = Some("everything is checked again".to_owned());
    }

    fn roll_back(&mut self, cx: &mut Cx<'_>) {
        match self.under() {
            Some(known) if known.can_roll_back => {
                let id = known.id.clone();
                self.start(Work::After(id), Doing::After(Then::RollBack), cx);
            }
            Some(_) => cx.say("This restore placed nothing that could be put back."),
            None => {}
        }
    }

    fn ask_forget(&mut self, cx: &mut Cx<'_>) {
        let Some(known) = self.under() else { return };
        if matches!(known.kind, Kind::Cut | Kind::CutUndo) {
            return cx.say("It was cut while it replaced: go on or undo it first.");
        }
        if known.stopped.is_some() {
            return cx.say("A service that it stopped still stands: o starts it first.");
        }
        let id = known.id.clone();
        self.start(Work::WouldForget(id), Doing::Forget, cx);
    }

    /// The screens of a restore that goes on.
    fn continued(continued: Continued, id: String, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs = continued.crumbs;
        cx.shared.kept = continued.kept;
        cx.shared.farewell = Some(kept_line(&id));
        cx.shared.restore = Some(id);
        let over = |looked: Box<Looked>, then: Screen| {
            let resumed = Inspect::resumed(looked, then);
            resumed.map_or(Flow::Stay, |inspect| Flow::Push(inspect.into()))
        };
        match continued.at {
            At::Source => Flow::Stay,
            At::Inspect(chosen, bucket) => Flow::Push(Inspect::new(*chosen, *bucket).into()),
            At::Target(looked, inspected) => over(looked, target::first(inspected)),
            At::Preview(looked, targeted) => over(looked, Preview::new(targeted).into()),
            At::Rewrite(looked, planned) => over(looked, Rewrite::new(planned).into()),
            At::Place(looked, proved) => over(looked, Place::new(proved).into()),
        }
    }
}

/// A new restore begins: nothing of another one is kept.
fn fresh(cx: &mut Cx<'_>) {
    cx.shared.crumbs = Crumbs::default();
    cx.shared.kept = Kept::default();
    cx.shared.restore = None;
    cx.shared.farewell = None;
    cx.shared.place = PlaceState::NotChanged;
}

/// The screen over a restore that was placed.
fn opened(after: After, then: Then, cx: &mut Cx<'_>) -> Flow {
    cx.shared.restore = Some(after.restore.clone());
    cx.shared.crumbs.connector = Some(after.name.clone());
    cx.shared.place = if after.by_receipt { PlaceState::PlacedByReceipt } else { PlaceState::Placed };
    match then {
        Then::Finish => Flow::Push(Finish::new(after).into()),
        Then::RollBack => Flow::Push(Rollback::new(after).into()),
    }
}

/// What was cut is complete: no screen lies behind.
fn complete(after: After, cx: &mut Cx<'_>) -> Flow {
    cx.shared.restore = Some(after.restore.clone());
    cx.shared.crumbs.connector = Some(after.name.clone());
    cx.shared.place = PlaceState::Placed;
    Flow::Reset(Placed::new(after).into())
}
