//! Preview: is this what you want? Every change, and each warning accepted by name.

pub mod changes;
mod compare;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use changes::Changes;

use super::chain::{Accepted, Planned, Targeted};
use super::kept::Kept;
use super::running::{self, Running};
use super::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use super::witnesses::Witnesses;
use super::{Cursor, JobId, Shared, Slot, effect, rewrite};
use crate::database::compare::CompareStage;
use crate::database::{Plan, PlanStage};
use crate::finding::{Code, Finding, Severity};
use crate::keys::{self, Action, Hint};
use crate::progress::Progress;
use crate::restore::witnesses::witnesses;
use crate::text;

/// Lines that a finding's why and what-to-do have at most: nobody scrolls further than that.
const LONGEST: usize = 24;

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Note the target, work out every change, and find everything that is to be said about it.
    Plan(Arc<Targeted>),
    /// Compare the backup with the target's present database, as lines of so many columns.
    Compare(Arc<Targeted>, u16),
    /// Note that a person accepted a finding, or took that back.
    Accept {
        /// The restore's ID.
        restore: String,
        /// The finding.
        finding: Finding,
        /// Accepted; otherwise taken back.
        on: bool,
    },
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// How far it is.
    Progress(Progress<PlanStage>),
    /// Every change; none when a finding blocks it. And all findings, the worst first.
    Planned(Option<Arc<Plan>>, Vec<Finding>),
    /// The machine did not let it: what happened, a sentence.
    Trouble(String),
    /// How far the comparison is.
    Comparing(Progress<CompareStage>),
    /// The comparison, as a page to read.
    Compared(String),
    /// Why there is none: a sentence.
    NotCompared(String),
}

/// State of the screen.
#[derive(Debug)]
pub struct Preview {
    /// What goes where.
    pub targeted: Arc<Targeted>,
    /// Every change, once it is worked out.
    pub plan: Option<Arc<Plan>>,
    /// All findings, the worst first.
    pub findings: Vec<Finding>,
    /// While it is worked out.
    pub running: Option<Running<PlanStage>>,
    /// Why it could not be worked out: a sentence.
    pub trouble: Option<String>,
    /// Over the findings.
    pub cursor: Cursor,
    /// Lines that the person scrolled on, below the selected finding.
    pub scroll: usize,
    job: Option<JobId>,
    comparing: Option<(JobId, Running<CompareStage>)>,
}

impl Preview {
    /// The screen for a target.
    pub fn new(targeted: Arc<Targeted>) -> Self {
        Self {
            targeted,
            plan: None,
            findings: Vec::new(),
            running: None,
            trouble: None,
            cursor: Cursor::default(),
            scroll: 0,
            job: None,
            comparing: None,
        }
    }

    /// The finding under the cursor.
    pub fn selected(&self) -> Option<&Finding> {
        self.findings.get(self.cursor.at(self.findings.len()))
    }

    /// How many findings need an acceptance, and how many have it.
    pub fn counts(&self, kept: &Kept) -> (usize, usize) {
        let needed = self.findings.iter().filter(|finding| finding.needs_acceptance());
        (needed.clone().count(), needed.filter(|finding| kept.accepts(finding)).count())
    }

    /// What stops the restore, if something does.
    pub fn block(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Block)
    }

    fn first_open(&self, kept: &Kept) -> Option<usize> {
        self.findings.iter().position(|finding| finding.needs_acceptance() && !kept.accepts(finding))
    }

    /// The first open finding behind the cursor, or else the first of all.
    fn next_open(&self, kept: &Kept) -> Option<usize> {
        let at = self.cursor.at(self.findings.len());
        let open = |finding: &Finding| finding.needs_acceptance() && !kept.accepts(finding);
        let behind = self.findings.iter().enumerate().skip(at + 1).find(|(_, finding)| open(finding));
        behind.map(|(at, _)| at).or_else(|| self.first_open(kept))
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.trouble = None;
        self.running = Some(Running::new(cx.now));
        self.job = Some(cx.start(Slot::Main, effect::Work::Preview(Work::Plan(Arc::clone(&self.targeted)))));
    }

    fn accept(&mut self, cx: &mut Cx<'_>) {
        let Some(finding) = self.selected().cloned() else { return };
        match finding.severity {
            Severity::Info => return cx.say(format!("{} needs no acceptance.", finding.code)),
            Severity::Block => return cx.say(format!("{} cannot be accepted.", finding.code)),
            Severity::Warn | Severity::Ask => {}
        }
        let kept = &mut cx.shared.kept;
        let on = !kept.accepts(&finding);
        if on {
            kept.accept(Accepted { acceptance: finding.acceptance(), at: cx.now });
        } else {
            kept.take_back(&finding.acceptance());
        }
        let next = if on { self.next_open(&cx.shared.kept) } else { None };
        if let Some(next) = next {
            self.cursor.follow(next);
            self.scroll = 0;
        }
        let restore = self.targeted.inspected.restore.clone();
        cx.start(Slot::Note, effect::Work::Preview(Work::Accept { restore, finding, on }));
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some(block) = self.block() {
            cx.say(format!("{} stops this restore; Esc goes back to another target.", block.code));
            return Flow::Stay;
        }
        let Some(plan) = self.plan.clone() else {
            if self.trouble.is_some() {
                self.start(cx);
            }
            return Flow::Stay;
        };
        if let Some(open) = self.first_open(&cx.shared.kept) {
            self.cursor.follow(open);
            self.scroll = 0;
            let code = self.findings[open].code;
            cx.say(format!("{code} is not accepted yet: a accepts it."));
            return Flow::Stay;
        }
        let accepts =
            |accepted: &&Accepted| self.findings.iter().any(|finding| finding.acceptance() == accepted.acceptance);
        let planned = Planned {
            targeted: Arc::clone(&self.targeted),
            plan,
            findings: self.findings.clone(),
            accepted: cx.shared.kept.accepted.iter().filter(accepts).cloned().collect(),
        };
        Flow::Push(rewrite::Rewrite::new(Arc::new(planned)).into())
    }

    /// The screen as text, to copy.
    fn page(&self, kept: &Kept) -> String {
        let mapping = &self.targeted.mapping;
        let mut page = format!(
            "hub         old  {}\n            new  {}\nconnector   old  {}\n            new  {}\n",
            mapping.hub.old, mapping.hub.new, mapping.connector.old, mapping.connector.new
        );
        for change in self.plan.iter().flat_map(|plan| &plan.changes) {
            page.push_str(&format!("{}: {}\n", change.table, text::counted(change.rows, "row", "rows")));
        }
        for finding in &self.findings {
            let accepted = if kept.accepts(finding) { " (accepted)" } else { "" };
            page.push_str(&format!("\n{}{accepted}  {}\n", finding.code, finding.detail));
            page.push_str(&format!("Why it matters: {}\nWhat to do: {}\n", finding.why, finding.remedy));
        }
        page
    }
}

impl Step for Preview {
    fn id(&self) -> keys::Screen {
        keys::Screen::Preview
    }

    fn rail(&self) -> Rail {
        let stopped = self.trouble.is_some() || self.block().is_some();
        Some((Stage::Preview, if stopped { RailMark::Stopped } else { RailMark::Here }))
    }

    fn main(&self, shared: &Shared) -> String {
        if self.trouble.is_some() {
            return "Enter tries again.".to_owned();
        }
        if let Some((_, running)) = &self.comparing {
            let rows = text::counted(running.done, "row", "rows");
            let left = running.time_left().map_or_else(String::new, |time| format!(", {}", running::left(time)));
            return format!("It compares with the target: {rows} so far{left}. Esc stops it.");
        }
        if let Some(block) = self.block() {
            return format!("{} stops this restore. Esc goes back to another target.", block.code);
        }
        if self.plan.is_none() {
            return "When every change is known, it stands here. Nothing is written.".to_owned();
        }
        let (needed, accepted) = self.counts(&shared.kept);
        if needed == accepted {
            return "Enter rewrites a private copy; the hub is not touched.".to_owned();
        }
        let open = needed - accepted;
        match self.selected() {
            Some(finding) if finding.needs_acceptance() && !shared.kept.accepts(finding) => {
                let code = finding.code;
                if open == 1 {
                    format!("a accepts {code}; then Enter goes on.")
                } else if shared.size.0 < 80 {
                    format!("a accepts {code}; Enter goes on when all {needed} are.")
                } else {
                    format!("a accepts {code} and goes to the next. Enter goes on when all {needed} are accepted.")
                }
            }
            Some(finding) if finding.needs_acceptance() => {
                format!("a takes the acceptance of {} back. Enter goes to the next open one.", finding.code)
            }
            _ => "Enter goes to the first finding that is not accepted.".to_owned(),
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Preview, action, label);
        if self.trouble.is_some() {
            return hint(Action::Go, Some("try again")).into_iter().collect();
        }
        let (needed, accepted) = self.counts(&shared.kept);
        let leftover = self.selected().is_some_and(|finding| finding.code == Code::R309);
        let ready = self.plan.is_some() && needed == accepted && self.block().is_none();
        let view = hint(Action::View, Some(if leftover { "the row" } else { "the changes" }));
        [
            hint(Action::Go, Some("rewrite")).filter(|_| ready),
            hint(Action::Accept, Some("accept")).filter(|_| needed > 0 && !ready),
            view.filter(|_| self.plan.is_some()),
            hint(Action::Witnesses, None).filter(|_| self.running.is_none()),
            hint(Action::Explain, None).filter(|_| self.selected().is_some()),
            hint(Action::Compare, None).filter(|_| self.running.is_none()),
            hint(Action::Copy, None).filter(|_| self.plan.is_some()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        let kept = &mut cx.shared.kept;
        kept.for_restore(&self.targeted.inspected.restore);
        kept.for_connector(self.targeted.mapping.connector.new);
        self.start(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        let rows = self.findings.len();
        // Whatever opens another page ends the comparison, which would open one over it.
        let opens = matches!(
            action,
            Action::Back
                | Action::Stop
                | Action::Go
                | Action::View
                | Action::Witnesses
                | Action::Explain
                | Action::Copy
        );
        if opens && self.stop_comparing(cx) && matches!(action, Action::Back | Action::Stop) {
            return Flow::Stay;
        }
        match action {
            Action::Back => return Flow::Back,
            Action::Compare if self.running.is_none() => self.compare(cx),
            // Nothing was written; the target is as it was left.
            Action::Stop if self.running.is_some() => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Accept => self.accept(cx),
            Action::View => {
                if let Some(plan) = &self.plan {
                    return Flow::Push(Changes::new(plan).into());
                }
            }
            Action::Witnesses if self.running.is_none() => {
                let said = witnesses(&self.targeted.facts, &self.findings);
                return Flow::Push(Witnesses::new(said, Stage::Preview).into());
            }
            Action::Explain => {
                if let Some(code) = self.selected().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            Action::Copy => cx.copy(self.page(&cx.shared.kept)),
            Action::Again if self.trouble.is_some() => self.start(cx),
            Action::PageDown => self.scroll = (self.scroll + 5).min(LONGEST),
            Action::PageUp => self.scroll = self.scroll.saturating_sub(5),
            // Behind the last finding the lines of its why and what-to-do go on.
            Action::Down if self.cursor.at(rows) + 1 >= rows => self.scroll = (self.scroll + 1).min(LONGEST),
            Action::Next => {
                self.cursor.act(Action::Down, rows);
            }
            Action::Previous => {
                self.cursor.act(Action::Up, rows);
            }
            action => {
                if self.cursor.act(action, rows) {
                    self.scroll = 0;
                }
            }
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: super::Answer, cx: &mut Cx<'_>) -> Flow {
        if self.comparing.as_ref().is_some_and(|(running, _)| *running == job) {
            self.compared(answer, cx);
            return Flow::Stay;
        }
        if self.job != Some(job) {
            cx.finished(job);
            // An acceptance could not be written down.
            if let super::Answer::Broken(why) = answer {
                cx.say(why);
            }
            return Flow::Stay;
        }
        match answer {
            super::Answer::Preview(Answer::Progress(progress)) => {
                if let Some(running) = &mut self.running {
                    running.report(progress, cx.now);
                }
                return Flow::Stay;
            }
            super::Answer::Preview(Answer::Planned(plan, findings)) => {
                self.plan = plan;
                self.findings = findings;
                let open = self.first_open(&cx.shared.kept);
                self.cursor.suggest(open.unwrap_or(0));
            }
            super::Answer::Preview(Answer::Trouble(what)) | super::Answer::Broken(what) => self.trouble = Some(what),
            _ => {}
        }
        cx.finished(job);
        self.running = None;
        self.job = None;
        Flow::Stay
    }
}
