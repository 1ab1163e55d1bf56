//! Rewrite: is it what was planned? Works on a private copy, then shows the proof.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::chain::{Planned, Proved};
use super::running::Running;
use super::step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};
use super::{JobId, Shared, Slot, effect, place};
use crate::database::facts::Residue;
use crate::database::rewrite::RewriteStage;
use crate::finding::Finding;
use crate::keys::{self, Action, Hint};
use crate::progress::Progress;
use crate::text;

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Rewrite a private copy exactly as planned, and prove it. Stopped, it leaves no copy behind.
    Rewrite(Arc<Planned>),
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// How far it is.
    Progress(Progress<RewriteStage>),
    /// It is proved.
    Proved(Arc<Proved>),
    /// It is not what was planned, or the machine did not let it: the copy is deleted.
    Failed(Box<Finding>),
    /// The same, where no finding says it: what happened, a sentence.
    Trouble(String),
}

/// State of the screen.
#[derive(Debug)]
pub struct Rewrite {
    /// What was planned.
    pub planned: Arc<Planned>,
    /// While it works.
    pub running: Option<Running<RewriteStage>>,
    /// The proof.
    pub proved: Option<Arc<Proved>>,
    /// Why there is none.
    pub failed: Option<Failure>,
    job: Option<JobId>,
}

/// Why there is no proved copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A finding.
    Finding(Box<Finding>),
    /// What the machine answered: a sentence.
    Trouble(String),
}

impl Rewrite {
    /// The screen for a plan whose findings are accepted.
    pub fn new(planned: Arc<Planned>) -> Self {
        Self { planned, running: None, proved: None, failed: None, job: None }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.failed = None;
        self.running = Some(Running::new(cx.now));
        self.job = Some(cx.start(Slot::Main, effect::Work::Rewrite(Work::Rewrite(Arc::clone(&self.planned)))));
    }

    /// Stops the work; it deletes the copy.
    fn stop(&mut self, cx: &mut Cx<'_>) {
        if let Some(job) = self.job.take() {
            cx.cancel(job);
            cx.say("Stopped; the copy is deleted, nothing else was touched.");
        }
        self.running = None;
    }

    fn go(&self) -> Flow {
        let Some(proved) = &self.proved else { return Flow::Stay };
        Flow::Push(next(proved))
    }
}

/// The screen behind the proof: the place on this hub, or the commands for another machine.
fn next(proved: &Arc<Proved>) -> Screen {
    if proved.targeted().hub_root.is_some() {
        place::Place::new(Arc::clone(proved)).into()
    } else {
        place::Elsewhere::new(Arc::clone(proved)).into()
    }
}

/// What stays of the old IDs, in a few words: `1 row, Cursors.v`.
pub fn leftovers(leftovers: &[Residue]) -> String {
    let rows: u64 = leftovers.iter().map(|residue| residue.rows).sum();
    let mut places: Vec<String> = leftovers
        .iter()
        .map(|residue| format!("{}.{}", residue.table.printable(), residue.column.printable()))
        .collect();
    places.dedup();
    let more = places.len().saturating_sub(3);
    places.truncate(3);
    let mut words = format!("{}, {}", text::counted(rows, "row", "rows"), places.join(", "));
    if more > 0 {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

/// What one changed column holds afterwards.
pub fn column_words(column: &str) -> &'static str {
    match column {
        "sources" | "source" => "only the two IDs differ",
        _ => "the new hub ID",
    }
}

impl Proved {
    /// The proof as text, to copy.
    pub fn page(&self) -> String {
        let rewritten = &self.rewritten;
        let mapping = self.mapping();
        let mut page = format!(
            "Proved {}: only what was planned differs from the backup.\n\n\
             backup     {}\n           SHA-256 {}\nrestored   {}\n           SHA-256 {}, {} bytes\n\n\
             hub         old  {}\n            new  {}\nconnector   old  {}\n            new  {}\n\n",
            text::moment(self.at),
            text::printable(&self.inspected().path.to_string_lossy()),
            self.inspected().sha256,
            text::printable(&self.path.to_string_lossy()),
            rewritten.sha256,
            text::count(rewritten.size),
            mapping.hub.old,
            mapping.hub.new,
            mapping.connector.old,
            mapping.connector.new,
        );
        for column in &rewritten.columns {
            let rows = text::counted(column.rows, "row", "rows");
            let words = column_words(column.column);
            page.push_str(&format!("{}.{}   {rows}   {words}\n", column.table, column.column));
        }
        page.push_str("everything else   the same, in value and type\ntables, versions, sequences   the same\n");
        if !rewritten.leftovers.is_empty() {
            page.push_str(&format!("old IDs that stay   {}\n", leftovers(&rewritten.leftovers)));
        }
        page
    }
}

impl Step for Rewrite {
    fn id(&self) -> keys::Screen {
        if self.running.is_some() { keys::Screen::Rewriting } else { keys::Screen::Proof }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Rewrite, if self.failed.is_some() { RailMark::Stopped } else { RailMark::Here }))
    }

    fn main(&self, shared: &Shared) -> String {
        if self.running.is_some() && shared.size.0 < 80 {
            return "The proof comes by itself. Esc deletes the copy.".to_owned();
        }
        if self.running.is_some() {
            return "When the copy is proved, the proof stands here. Esc deletes the copy.".to_owned();
        }
        if self.failed.is_some() {
            return "r tries again. The copy is deleted; nothing else was touched.".to_owned();
        }
        if self.planned.targeted.hub_root.is_some() {
            "Enter looks at the place on this hub.".to_owned()
        } else {
            "Enter shows the commands for the hub's machine.".to_owned()
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(self.id(), action, label);
        let hints = if self.running.is_some() {
            vec![hint(Action::Shell, None)]
        } else if let Some(failure) = &self.failed {
            let finding = matches!(failure, Failure::Finding(_));
            vec![hint(Action::Again, Some("try again")), hint(Action::Explain, None).filter(|_| finding)]
        } else {
            vec![hint(Action::Go, None), hint(Action::Copy, None)]
        };
        hints.into_iter().flatten().collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.start(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => {
                self.stop(cx);
                return Flow::Back;
            }
            Action::Stop if self.running.is_some() => {
                self.stop(cx);
                return Flow::Back;
            }
            Action::Go => return self.go(),
            Action::Again if self.failed.is_some() => self.start(cx),
            Action::Copy => {
                if let Some(proved) = &self.proved {
                    cx.copy(proved.page());
                }
            }
            Action::Explain => {
                if let Some(Failure::Finding(finding)) = &self.failed {
                    cx.explain(finding.code);
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: super::Answer, cx: &mut Cx<'_>) -> Flow {
        if self.job != Some(job) {
            return Flow::Stay;
        }
        match answer {
            super::Answer::Rewrite(Answer::Progress(progress)) => {
                if let Some(running) = &mut self.running {
                    running.report(progress, cx.now);
                }
                return Flow::Stay;
            }
            super::Answer::Rewrite(Answer::Proved(proved)) => {
                self.proved = Some(proved);
            }
            super::Answer::Rewrite(Answer::Failed(finding)) => self.failed = Some(Failure::Finding(finding)),
            super::Answer::Rewrite(Answer::Trouble(what)) | super::Answer::Broken(what) => {
                self.failed = Some(Failure::Trouble(what));
            }
            _ => return Flow::Stay,
        }
        cx.finished(job);
        cx.decide();
        self.running = None;
        self.job = None;
        Flow::Stay
    }
}
