//! What Source does with keys and answers.

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};

use super::{Answer, Entry, EntryKind, Source};
use crate::keys::{self, Action, Hint};
use crate::wizard::job::JobId;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Crumbs, PlaceState, Shared};

impl Step for Source {
    fn id(&self) -> keys::Screen {
        keys::Screen::Source
    }

    fn rail(&self) -> Rail {
        let mark = if self.failure().is_some() { RailMark::Stopped } else { RailMark::Here };
        Some((Stage::Source, mark))
    }

    fn main(&self, _shared: &Shared) -> String {
        if self.typing {
            return "Enter checks this source. Tab leaves the field.".to_owned();
        }
        if self.needs_credentials() {
            return "r checks again. \"export\" lines in another window do not count: use p.".to_owned();
        }
        if self.failure().is_some() {
            return "r checks again.".to_owned();
        }
        let file = self.entries.get(self.at()).is_some_and(|entry| matches!(entry.kind, EntryKind::File(_)));
        let shows = if file { "looks into the file" } else { "shows the organisations" };
        match self.here() {
            None if self.entries.get(self.at()).is_some_and(Entry::has_field) => "Enter opens the field.".to_owned(),
            None => "Enter checks this source.".to_owned(),
            Some(_) if self.running().is_some() => {
                format!("Enter {shows}. It does nothing before the last check has ended.")
            }
            Some(_) => format!("Enter {shows}."),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Source, action, Some(label));
        let hints = if self.typing {
            vec![hint(Action::Go, "check"), hint(Action::Next, "leave the field")]
        } else if self.failure().is_some() {
            let paste = if self.needs_credentials() { hint(Action::Paste, "paste") } else { None };
            let again = hint(Action::Again, "check");
            vec![again, hint(Action::Up, "move"), paste, hint(Action::Shell, "shell"), hint(Action::Explain, "explain")]
        } else {
            let go = if self.here().is_some() { "go on" } else { "check" };
            let other = hint(Action::Up, "other source");
            vec![hint(Action::Go, go), other, hint(Action::Again, "check again"), hint(Action::Shell, "shell")]
        };
        hints.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.typing
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.look_at_machine(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs = Crumbs::default();
        if self.needs_credentials() {
            self.check(cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.typing && matches!(action, Action::Next | Action::Previous) {
            self.typing = false;
            return Flow::Stay;
        }
        match action {
            Action::Back if self.typing => self.typing = false,
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Again => {
                self.look_at_machine(cx);
                if self.here().is_some() {
                    self.check(cx);
                }
            }
            Action::Paste => return self.renew(cx),
            Action::Explain => {
                if let Some(code) = self.failure().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            Action::Stop => {
                if let Some(job) = self.checked.as_mut().and_then(|checked| checked.job.take()) {
                    cx.cancel(job);
                    self.checked = None;
                }
            }
            action => {
                if self.cursor.act(action, self.entries.len()) {
                    self.typing = false;
                    if self.root_here() != self.looked_for {
                        self.look_at_machine(cx);
                    }
                }
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        let at = self.at();
        if let Some(field) = self.entries.get_mut(at).and_then(Entry::field_mut) {
            field.key(key);
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        if !self.typing && text.trim_start().starts_with("s3://") {
            let bucket = self.entries.iter().position(|entry| matches!(entry.kind, EntryKind::Bucket(_)));
            self.cursor.follow(bucket.unwrap_or_default());
            self.typing = true;
            if self.root_here() != self.looked_for {
                self.look_at_machine(cx);
            }
        }
        let at = self.at();
        match self.entries.get_mut(at).and_then(Entry::field_mut) {
            Some(field) if self.typing => field.paste(text.trim()),
            _ => cx.say("There is no field here: p pastes credentials; bucket takes an S3 address."),
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        let Said::Source(answer) = answer else { return self.broken(job, &answer, cx) };
        match answer {
            Answer::HubFolder(root, hub, outcome) => {
                cx.shared.place = if root.is_some() { PlaceState::NotChanged } else { PlaceState::NotSeen };
                (self.hub_root, self.hub) = (root, hub);
                self.machine[0].set(outcome, cx.now);
            }
            Answer::FreeSpace(outcome) => {
                self.machine[1].set(outcome, cx.now);
                self.machine_job = None;
                cx.finished(job);
            }
            answer => {
                let Some(checked) = self.checked.as_mut().filter(|checked| checked.job == Some(job)) else {
                    return Flow::Stay;
                };
                checked.hear(answer, cx.now);
                if checked.job.is_none() {
                    cx.finished(job);
                }
            }
        }
        Flow::Stay
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.ticked = cx.now;
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        // The seconds beside a running check count.
        let since = self.rows().into_iter().filter(|row| row.runs()).filter_map(|row| row.since).max()?;
        Some(since.max(self.ticked) + SignedDuration::from_secs(1))
    }
}
