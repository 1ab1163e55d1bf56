//! Source: where are the backups? And new credentials, when those that were there have ended.

mod checks;
mod credentials;
mod entry;
mod step;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

pub use checks::{CheckRow, RowOutcome};
pub use credentials::Credentials;
pub use entry::{Entry, EntryKind, Environment};

use super::Answer as Said;
use super::backup::Organisations;
use super::chain::Chosen;
use super::effect;
use super::inspect::Inspect;
use super::job::{JobId, Slot};
use super::list::Cursor;
use super::step::{Cx, Flow};
use crate::catalog::{Backup, Check, Outcome, PastedCredentials, SourceKind, SourceSpec};
use crate::finding::{Code, Finding};
use crate::identity::HubId;
use crate::restore::facts::Fact;

/// The source of a restore: what it is called on screen, how it is opened again, and what this machine is to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRef {
    /// Its name in the header: that of the environment, or `bucket`, `folder`, `file`. Printable.
    pub name: String,
    /// How it is opened.
    pub spec: Arc<SourceSpec>,
    /// This machine's hub folder, where it has one.
    pub hub_root: Option<PathBuf>,
    /// The hub that this machine is, where its folder tells.
    pub hub: Option<HubId>,
}

impl SourceRef {
    /// One backup of this source.
    pub fn choose(&self, backup: Backup) -> Chosen {
        let Self { name, spec, hub_root, .. } = self.clone();
        Chosen { source: name, spec, hub_root, backup }
    }
}

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Look at this machine: the hub folder (this one, or that of the configuration), the free space.
    Machine(Option<PathBuf>),
    /// Open a source and make its checks.
    Check(Box<SourceSpec>),
    /// Use other credentials for a source from now on.
    Renew(Box<SourceSpec>, PastedCredentials),
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// The hub folder: where it is, which hub this machine is, and the row.
    HubFolder(Option<PathBuf>, Option<HubId>, RowOutcome),
    /// The free space. It is the last answer of [`Work::Machine`].
    FreeSpace(RowOutcome),
    /// A check of the source goes on, or has ended.
    Check(Check, Outcome),
    /// The last check has ended; of a source that is one file, the file.
    Checked(Option<Box<Backup>>),
    /// The source cannot be opened.
    NotOpened(Box<Finding>),
    /// The new credentials are in use.
    Renewed,
}

/// State of the screen.
#[derive(Debug)]
pub struct Source {
    entries: Vec<Entry>,
    cursor: Cursor,
    /// Whether the field of the entry under the cursor has the focus.
    typing: bool,
    machine: [CheckRow; 2],
    machine_job: Option<JobId>,
    /// Which hub folder was looked for: environments may name their own.
    looked_for: Option<PathBuf>,
    /// This machine's hub folder, and the hub, once they are known.
    hub_root: Option<PathBuf>,
    hub: Option<HubId>,
    checked: Option<Checked>,
    /// When the seconds on screen were counted last.
    ticked: Timestamp,
}

/// The checks of one source.
#[derive(Debug)]
struct Checked {
    name: String,
    spec: SourceSpec,
    entry: usize,
    rows: Vec<CheckRow>,
    /// None when they have ended.
    job: Option<JobId>,
    file: Option<Box<Backup>>,
}

impl Source {
    /// The screen for these environments, with the cursor on the row of the one that is the default.
    pub fn new(environments: Vec<Environment>, default: usize) -> Self {
        let mut cursor = Cursor::default();
        cursor.suggest(default);
        Self {
            entries: Entry::all(environments),
            cursor,
            typing: false,
            machine: [CheckRow::new("Hub folder"), CheckRow::new("Free space")],
            machine_job: None,
            looked_for: None,
            hub_root: None,
            hub: None,
            checked: None,
            ticked: Timestamp::UNIX_EPOCH,
        }
    }

    /// The rows of the list.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The row under the cursor.
    pub fn at(&self) -> usize {
        self.cursor.at(self.entries.len())
    }

    /// The checks: those of this machine, then those of the source under the cursor.
    pub fn rows(&self) -> Vec<&CheckRow> {
        let source = self.here().map(|checked| checked.rows.as_slice()).unwrap_or_default();
        self.machine.iter().chain(source).collect()
    }

    /// The finding that stops this source.
    pub fn failure(&self) -> Option<&Finding> {
        self.here()?.rows.iter().find_map(CheckRow::failure)
    }

    /// The checks of the source under the cursor, when they were made, or run.
    fn here(&self) -> Option<&Checked> {
        let entry = self.entries.get(self.at())?;
        let same = |checked: &&Checked| checked.entry == self.at() && entry.spec().as_ref() == Ok(&checked.spec);
        self.checked.as_ref().filter(same)
    }

    /// The check that still runs, of this machine or of the source.
    fn running(&self) -> Option<&'static str> {
        let source = self.here().filter(|checked| checked.job.is_some());
        let source = source.map(|checked| {
            let row = checked.rows.iter().rev().find(|row| row.runs());
            row.map_or("Source", |row| row.label)
        });
        let machine =
            self.machine_job.map(|_| self.machine.iter().find(|row| !row.ended()).map_or("", |row| row.label));
        source.or(machine)
    }

    fn look_at_machine(&mut self, cx: &mut Cx<'_>) {
        self.looked_for = self.root_here();
        for row in &mut self.machine {
            row.begin("is looked at", cx.now);
        }
        self.machine_job = Some(cx.start(Slot::Look, effect::Work::Source(Work::Machine(self.looked_for.clone()))));
    }

    /// The hub folder that goes with the source under the cursor.
    fn root_here(&self) -> Option<PathBuf> {
        self.entries.get(self.at()).and_then(Entry::hub_root).cloned()
    }

    fn check(&mut self, cx: &mut Cx<'_>) {
        let at = self.at();
        let Some(entry) = self.entries.get(at) else { return };
        let spec = match entry.spec() {
            Ok(spec) => spec,
            Err(why) => return cx.say(why),
        };
        let name = entry.name.clone();
        let rows = checks::rows_of(&spec.kind);
        // A hub folder that did not tell its hub yet may do so now.
        if self.hub.is_none() && self.machine_job.is_none() {
            self.look_at_machine(cx);
        }
        let job = cx.start(Slot::Main, effect::Work::Source(Work::Check(Box::new(spec.clone()))));
        self.typing = false;
        self.checked = Some(Checked { name, spec, entry: at, rows, job: Some(job), file: None });
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        let has_field = self.entries.get(self.at()).is_some_and(Entry::has_field);
        let Some(checked) = self.here() else {
            if has_field && !self.typing {
                self.typing = true;
            } else {
                self.check(cx);
            }
            return Flow::Stay;
        };
        if let Some(label) = self.running() {
            cx.say(format!("{label} still runs; Enter acts when the last check has ended."));
            return Flow::Stay;
        }
        if self.failure().is_some() {
            self.check(cx);
            return Flow::Stay;
        }
        let source = SourceRef {
            name: checked.name.clone(),
            spec: Arc::new(checked.spec.clone()),
            hub_root: self.hub_root.clone(),
            hub: self.hub,
        };
        cx.shared.crumbs.source = Some(source.name.clone());
        match (&source.spec.kind, &checked.file) {
            (SourceKind::File(_), Some(file)) => {
                let bucket = Fact::Unknown("The source is one file: nothing lies beside it.".to_owned());
                Flow::Push(Inspect::new(source.choose((**file).clone()), bucket).into())
            }
            _ => Flow::Push(Organisations::new(source).into()),
        }
    }

    fn renew(&mut self, cx: &mut Cx<'_>) -> Flow {
        let spec = self.entries.get(self.at()).and_then(|entry| entry.spec().ok());
        if let Some(spec) = spec.filter(|spec| matches!(spec.kind, SourceKind::S3 { .. })) {
            return Flow::Push(Credentials::new(spec).into());
        }
        cx.say("This source needs no credentials.");
        Flow::Stay
    }

    fn needs_credentials(&self) -> bool {
        self.failure().is_some_and(|finding| finding.code == Code::R112)
    }
}

impl Source {
    /// A job ended in a way that nobody expected.
    fn broken(&mut self, job: JobId, answer: &Said, cx: &mut Cx<'_>) -> Flow {
        if let Said::Broken(why) = answer {
            cx.say(why.clone());
            if self.machine_job == Some(job) {
                self.machine_job = None;
            } else {
                self.checked = None;
            }
            cx.finished(job);
        }
        Flow::Stay
    }
}

impl Checked {
    fn hear(&mut self, answer: Answer, now: Timestamp) {
        match answer {
            Answer::Check(check, outcome) => checks::report(&mut self.rows, check, outcome, now),
            Answer::Checked(file) => {
                self.file = file;
                self.job = None;
            }
            Answer::NotOpened(finding) => {
                checks::fail(&mut self.rows, *finding, now);
                self.job = None;
            }
            Answer::HubFolder(..) | Answer::FreeSpace(_) | Answer::Renewed => {}
        }
    }
}
