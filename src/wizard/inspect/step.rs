//! What the screen of Inspect does with keys and answers.

use super::{Code, Credentials, Cx, Flow, Inspect, JobId, Outcome, locating};
use crate::keys::{self, Action, Hint};
use crate::wizard::backup;
use crate::wizard::step::{Rail, RailMark, Stage, Step};
use crate::wizard::witnesses::Witnesses;
use crate::wizard::{Answer as Said, Shared};

/// No answer has more lines than these; the view keeps the last page in sight.
const LONGEST: usize = 60;

impl Inspect {
    fn has_leftovers(&self) -> bool {
        let Outcome::Looked(looked) = &self.outcome else { return false };
        looked.file.residue.iter().flatten().any(|residue| !residue.statistics && residue.key.is_some())
    }

    fn is_sound(&self) -> bool {
        matches!(&self.outcome, Outcome::Looked(looked) if looked.inspected.is_some())
    }

    fn has_tables(&self) -> bool {
        matches!(&self.outcome, Outcome::Looked(looked) if !looked.file.tables.is_empty())
    }
}

impl Step for Inspect {
    fn id(&self) -> keys::Screen {
        match self.outcome {
            Outcome::Runs => keys::Screen::Inspecting,
            _ => keys::Screen::Inspected,
        }
    }

    fn rail(&self) -> Rail {
        let stopped = matches!(self.outcome, Outcome::Failed(_)) || self.block().is_some();
        Some((Stage::Inspect, if stopped { RailMark::Stopped } else { RailMark::Here }))
    }

    fn main(&self, _shared: &Shared) -> String {
        match &self.outcome {
            Outcome::Runs => "When all checks have ended, the answer stands here. Esc keeps the bytes.".to_owned(),
            Outcome::Stopped => "Enter goes on from here; the bytes that came are kept.".to_owned(),
            Outcome::Failed(finding) if finding.code == Code::R107 => "Enter goes back to the versions.".to_owned(),
            Outcome::Failed(finding) if finding.code == Code::R112 => {
                "r goes on at its byte, when the credentials are renewed.".to_owned()
            }
            Outcome::Failed(_) => "r tries again; the bytes that came are kept.".to_owned(),
            Outcome::Looked(looked) if looked.inspected.is_none() => "Enter goes back to the versions.".to_owned(),
            Outcome::Looked(_) => match self.to_answer() {
                (0, 0) => "Enter: it is the right one.".to_owned(),
                (1, 0) => "Enter: it is the right one. You answer the warning later, in Preview.".to_owned(),
                (_, 0) => "Enter: it is the right one. You answer the warnings later, in Preview.".to_owned(),
                _ => "Enter: it is the right one. You answer the findings later, in Preview.".to_owned(),
            },
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, Some(label));
        let only = |there: bool, hint: Option<Hint>| if there { hint } else { None };
        let hints = match &self.outcome {
            Outcome::Runs => vec![hint(Action::Shell, "shell")],
            Outcome::Stopped => vec![hint(Action::Go, "go on")],
            Outcome::Failed(finding) => vec![
                hint(Action::Again, "try again"),
                only(finding.code == Code::R112, hint(Action::Paste, "paste")),
                hint(Action::Shell, "shell"),
                hint(Action::Explain, "explain"),
            ],
            Outcome::Looked(looked) if looked.inspected.is_none() => vec![
                hint(Action::Go, "versions"),
                only(self.inside().is_some(), hint(Action::Next, "the one inside")),
                only(self.has_tables(), hint(Action::Rows, "look at rows")),
                hint(Action::Witnesses, "witnesses"),
                hint(Action::Explain, "explain"),
            ],
            Outcome::Looked(_) => vec![
                hint(Action::Go, "go on"),
                hint(Action::Rows, "rows"),
                only(self.has_leftovers(), hint(Action::View, "leftovers")),
                hint(Action::Witnesses, "witnesses"),
                only(!self.findings().is_empty(), hint(Action::Explain, "explain")),
            ],
        };
        hints.into_iter().flatten().collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some(then) = self.then.take() {
            return Flow::Push(then);
        }
        self.begin(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.restore.clone_from(&self.restore);
        let expired = matches!(&self.outcome, Outcome::Failed(finding) if finding.code == Code::R112);
        if expired {
            self.begin(cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => {
                self.stop(cx);
                return Flow::Back;
            }
            Action::Stop if self.stop(cx) => {
                cx.say("Stopped; the bytes that came are kept. Ctrl-C once more leaves.");
            }
            Action::Go => return self.go(cx),
            Action::Rows if self.has_tables() => return self.browse(false),
            Action::View => return self.browse(true),
            Action::Witnesses => {
                if let Outcome::Looked(looked) = &self.outcome {
                    return Flow::Push(Witnesses::new(looked.witnesses.clone(), Stage::Inspect).into());
                }
            }
            Action::Next => self.find_inside(cx),
            Action::Again if matches!(self.outcome, Outcome::Failed(_) | Outcome::Stopped) => self.begin(cx),
            Action::Paste if matches!(self.outcome, Outcome::Failed(_)) => {
                return Flow::Push(Credentials::new((*self.chosen.spec).clone()).into());
            }
            Action::Explain => {
                let (at, _) = self.at();
                if let Some(finding) = self.findings().get(at) {
                    cx.explain(finding.code);
                }
            }
            Action::Up | Action::Down if self.is_sound() && !self.findings().is_empty() => {
                let (at, moved) = self.at();
                let last = self.findings().len() - 1;
                self.at = Some(match action {
                    _ if !moved => at,
                    Action::Up => at.saturating_sub(1),
                    _ => (at + 1).min(last),
                });
            }
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::Down => self.scroll = (self.scroll + 1).min(LONGEST),
            Action::PageUp => self.scroll = self.scroll.saturating_sub(8),
            Action::PageDown => self.scroll = (self.scroll + 8).min(LONGEST),
            _ => {}
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        match answer {
            Said::Inspect(answer) if self.job == Some(job) => self.hear(answer, cx),
            Said::Backup(answer) if self.locating == Some(job) => {
                self.locating = None;
                cx.finished(job);
                match answer {
                    backup::Answer::Located(located) => return locating::follow(*located, &self.source(), cx),
                    backup::Answer::Failed(finding) => cx.say(finding.detail.clone()),
                    _ => {}
                }
            }
            Said::Broken(why) if self.job == Some(job) => {
                self.job = None;
                cx.finished(job);
                self.outcome = Outcome::Stopped;
                cx.say(why);
            }
            _ => {}
        }
        Flow::Stay
    }
}
