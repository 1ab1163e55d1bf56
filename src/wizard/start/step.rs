//! What the first screen does with keys and answers.

use super::{Answer, Ask, Doing, Flow, JobId, Kind, Past, Start, Work, complete, opened};
use crate::keys::{self, Action, Hint};
use crate::text;
use crate::wizard::step::{Cx, Rail, Step};
use crate::wizard::{Answer as Said, PlaceState, Shared};

impl Start {
    fn hear(&mut self, doing: Doing, answer: Answer, cx: &mut Cx<'_>) -> Flow {
        match answer {
            Answer::Listed(known, stopped) => {
                cx.shared.stopped = stopped;
                if known.is_empty() && !cx.shared.demo {
                    return Flow::Replace(self.source().into());
                }
                self.known = Some(known);
                if let Some(id) = self.resume.take() {
                    return self.resume_at_once(&id, cx);
                }
            }
            Answer::Continued(continued) => {
                let id = self.under().map(|known| known.id.clone()).unwrap_or_default();
                if matches!(continued.at, super::At::Source) {
                    cx.shared.restore = Some(id);
                    return Flow::Push(self.source().into());
                }
                return Self::continued(*continued, id, cx);
            }
            Answer::Proceeded(after) => return complete(*after, cx),
            Answer::After(after) => {
                if let Doing::After(then) = doing {
                    return opened(*after, then, cx);
                }
            }
            Answer::Report(report) => {
                if let Some(known) = self.under() {
                    return Flow::Push(Past::new(known.clone(), report).into());
                }
            }
            Answer::WouldForget(files, bytes) => self.ask = self.under().map(|known| question(known, &files, bytes)),
            Answer::Forgotten(bytes) => {
                cx.say(format!("It is forgotten; {} are free again. Its report stays.", text::size(bytes)));
                self.list(cx);
            }
            Answer::Failed(finding) => self.failed = Some(finding),
            Answer::Checks(_) => {}
        }
        Flow::Stay
    }

    fn resume_at_once(&mut self, id: &str, cx: &mut Cx<'_>) -> Flow {
        let at = self.rows().iter().position(|row| matches!(row, super::Row::Known(known) if known.id.starts_with(id)));
        let Some(at) = at else {
            cx.say(format!("No restore here begins with {id}."));
            return Flow::Stay;
        };
        self.cursor.follow(at);
        self.go(cx)
    }
}

/// The question before forgetting: it names each file.
fn question(known: &super::Known, files: &[(std::path::PathBuf, u64)], bytes: u64) -> Ask<String> {
    let mut lines: Vec<String> = files
        .iter()
        .map(|(path, size)| {
            let size = if *size > 0 { format!("   {}", text::size(*size)) } else { String::new() };
            format!("{}{size}", text::printable(&path.display().to_string()))
        })
        .collect();
    if lines.is_empty() {
        lines.push("Nothing: everything was deleted already.".to_owned());
    }
    if known.can_roll_back {
        lines.push("The safety copy goes, too: after this, nothing can be rolled back.".to_owned());
    }
    lines.push("The report and the journal stay.".to_owned());
    Ask {
        question: format!("Forget restore {}? This is deleted:", known.id),
        lines,
        yes: format!("y deletes it; {} become free. Esc keeps everything.", text::size(bytes)),
        then: known.id.clone(),
    }
}

impl Step for Start {
    fn id(&self) -> keys::Screen {
        if self.ask.is_some() { keys::Screen::Question } else { keys::Screen::Start }
    }

    fn rail(&self) -> Rail {
        None
    }

    fn main(&self, _shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        if let Some(checks) = &self.checks {
            return format!("Please wait: {checks}. Esc stops it.");
        }
        if self.lists() {
            return "The restores of this machine are being listed.".to_owned();
        }
        match self.under() {
            None => "Enter begins another restore.".to_owned(),
            Some(known) => match known.kind {
                Kind::Resume => {
                    format!("Enter goes on at {}. First, everything above is checked again.", known.step)
                }
                Kind::Cut => "Enter goes on with the replacement that was cut; b undoes it.".to_owned(),
                Kind::CutUndo => "Enter goes on with putting back what was there before.".to_owned(),
                Kind::StepsOpen => "Enter shows the steps that are open.".to_owned(),
                Kind::Past => "Enter shows its report.".to_owned(),
                Kind::Download => "No restore holds this download: x deletes it, after a question.".to_owned(),
                Kind::Unreadable => "Its journal cannot be read (R616): nothing is done with it.".to_owned(),
            },
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, Some(label));
        if self.ask.is_some() {
            return hint(Action::Yes, "forget it").into_iter().collect();
        }
        let under = self.under();
        let go = match under.map(|known| known.kind) {
            None => "begin",
            Some(Kind::Resume | Kind::Cut | Kind::CutUndo) => "continue",
            Some(Kind::StepsOpen) => "open steps",
            Some(Kind::Past | Kind::Download | Kind::Unreadable) => "report",
        };
        let only = |there: bool, hint: Option<Hint>| if there { hint } else { None };
        let cut = under.is_some_and(|known| matches!(known.kind, Kind::Cut | Kind::CutUndo));
        let hints = [
            only(
                !under.is_some_and(|known| matches!(known.kind, Kind::Download | Kind::Unreadable)),
                hint(Action::Go, go),
            ),
            hint(Action::Up, "move"),
            only(shared.stopped.is_some(), hint(Action::Service, "start service")),
            only(
                under.is_some_and(|known| known.can_roll_back),
                hint(Action::RollBack, if cut { "undo" } else { "roll back" }),
            ),
            only(under.is_some() && !cut, hint(Action::Forget, "forget")),
        ];
        hints.into_iter().flatten().collect()
    }

    fn may_go_back(&self) -> bool {
        self.ask.is_some() || self.job.is_some()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.list(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs = crate::wizard::Crumbs::default();
        cx.shared.place = PlaceState::NotChanged;
        cx.shared.restore = None;
        self.list(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if let Some(ask) = &self.ask {
            match action {
                Action::Yes => {
                    let id = ask.then.clone();
                    self.ask = None;
                    self.start(Work::Forget(id), Doing::Forget, cx);
                }
                Action::Back => self.ask = None,
                _ => {}
            }
            return Flow::Stay;
        }
        self.cursor.hold();
        match action {
            Action::Back | Action::Stop => {
                if let Some((job, doing)) = self.job.filter(|(_, doing)| *doing != Doing::List) {
                    cx.cancel(job);
                    self.job = None;
                    self.checks = None;
                    if doing == Doing::Continue {
                        cx.say("Stopped; everything is kept.");
                    }
                }
            }
            _ if self.job.is_some_and(|(_, doing)| doing != Doing::List) => {}
            Action::Go => return self.go(cx),
            Action::RollBack => self.roll_back(cx),
            Action::Forget => self.ask_forget(cx),
            action => {
                let rows = self.rows().len();
                if self.cursor.act(action, rows) {
                    self.failed = None;
                }
            }
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        let Some((_, doing)) = self.job.filter(|(running, _)| *running == job) else { return Flow::Stay };
        if let Said::Start(Answer::Checks(words)) = answer {
            self.checks = Some(words);
            return Flow::Stay;
        }
        self.job = None;
        self.checks = None;
        cx.finished(job);
        match answer {
            Said::Start(answer) => self.hear(doing, answer, cx),
            Said::Broken(why) => {
                cx.say(why);
                Flow::Stay
            }
            _ => Flow::Stay,
        }
    }
}
