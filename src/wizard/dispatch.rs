//! `update`: one message in, effects out.

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use super::effect::{Effect, Exit, Work};
use super::message::{Answer, Message};
use super::reader::{Kind, Reader};
use super::step::{Cx, Flow, Screen, Step};
use super::{JobId, Slot, Wizard, place};
use crate::keys::{self, Action, Key};

impl Wizard {
    /// Takes one message at the time `now`, and returns what is to be done outside.
    pub fn update(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        self.shared.now = now;
        let view = (self.history.len(), self.screen().step().id());
        let effects = self.take(message, now);
        // Another view: its secrets are masked until they are asked for.
        if view != (self.history.len(), self.screen().step().id()) {
            self.shared.revealed = false;
        }
        effects
    }

    fn take(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        match message {
            Message::Key(event) => self.key(event, now),
            Message::Paste(text) => self.paste(&text, now),
            Message::Resize(columns, rows) => {
                self.shared.size = (columns, rows);
                Vec::new()
            }
            Message::Tick => self.tick(now),
            Message::Drawn => {
                self.shared.undrawn = false;
                Vec::new()
            }
            Message::Answer { job, answer } => self.answer(job, answer, now),
            Message::ShellEnded(trouble) => {
                self.shared.notice = trouble;
                self.with_top(now, |step, cx| step.act(Action::Again, cx))
            }
            Message::Hangup(signal) => self.leave(128 + signal),
        }
    }

    /// The table of keys that acts now.
    pub fn keys(&self) -> keys::Screen {
        if !self.shared.fits() {
            return keys::Screen::TooSmall;
        }
        match &self.reader {
            Some(Reader { kind: Kind::Help(_), .. }) => keys::Screen::Help,
            Some(_) => keys::Screen::Reader,
            None => self.screen().step().id(),
        }
    }

    /// Whether letters are text now.
    pub fn typing(&self) -> bool {
        self.reader.is_none() && self.shared.fits() && self.screen().step().typing()
    }

    fn key(&mut self, event: KeyEvent, now: Timestamp) -> Vec<Effect> {
        let Some(key) = Key::of(event) else { return self.text(event, now) };
        let action = keys::action(self.keys(), key, self.typing());
        // Leaving must always work; everything else waits until a deciding screen has been seen.
        if self.shared.undrawn && !matches!(action, Some(Action::Stop)) {
            return Vec::new();
        }
        self.shared.notice = None;
        let stop_pressed = std::mem::take(&mut self.shared.stop_pressed);
        let leave_pressed = std::mem::take(&mut self.shared.leave_pressed);
        let Some(action) = action else { return self.text(event, now) };
        if self.reader.is_some() {
            return self.read(action, stop_pressed);
        }
        match action {
            Action::Stop => self.stop(stop_pressed, now),
            Action::Leave => self.ask_leave(leave_pressed),
            Action::Help => {
                self.reader = Some(Reader::new(Kind::Help(self.screen().step().id())));
                Vec::new()
            }
            Action::Reveal => {
                self.shared.revealed = !self.shared.revealed;
                Vec::new()
            }
            Action::Shell => vec![Effect::Shell],
            Action::Suspend => vec![Effect::Suspend],
            Action::Service if self.shared.stopped.is_some() && !self.screen().step().owns_service() => {
                self.start_service(now)
            }
            action => self.with_top(now, |step, cx| step.act(action, cx)),
        }
    }

    fn text(&mut self, event: KeyEvent, now: Timestamp) -> Vec<Effect> {
        if !self.typing() || self.shared.undrawn {
            return Vec::new();
        }
        self.with_top(now, |step, cx| step.text(event, cx))
    }

    fn paste(&mut self, text: &str, now: Timestamp) -> Vec<Effect> {
        if self.shared.undrawn || self.reader.is_some() || !self.shared.fits() {
            return Vec::new();
        }
        self.shared.notice = None;
        self.with_top(now, |step, cx| step.paste(text, cx))
    }

    /// A key while a text lies over the screen.
    fn read(&mut self, action: Action, stop_pressed: bool) -> Vec<Effect> {
        match action {
            Action::Back => self.reader = None,
            Action::Stop if stop_pressed => return self.leave(0),
            Action::Stop => self.shared.stop_pressed = true,
            Action::Copy => {
                if let Some(text) = self.reader.as_ref().and_then(Reader::copied) {
                    let now = self.shared.now;
                    return self.with_top(now, |_, cx| {
                        cx.copy(text);
                        Flow::Stay
                    });
                }
            }
            action => {
                let size = self.shared.size;
                if let Some(reader) = &mut self.reader {
                    reader.act(action, size);
                }
            }
        }
        Vec::new()
    }

    /// Ctrl-C: the running work first, the program at the second press.
    fn stop(&mut self, pressed_before: bool, now: Timestamp) -> Vec<Effect> {
        if pressed_before {
            return self.leave(0);
        }
        self.shared.notice = Some("Ctrl-C once more leaves; everything is kept.".to_owned());
        let effects = self.with_top(now, |step, cx| step.act(Action::Stop, cx));
        self.shared.stop_pressed = true;
        effects
    }

    /// `q`: at once, but for a service that stands still: then the second press leaves.
    fn ask_leave(&mut self, pressed_before: bool) -> Vec<Effect> {
        match &self.shared.stopped {
            Some(service) if !pressed_before => {
                let name = &service.name;
                self.shared.notice = Some(format!("{name} is STOPPED. q once more leaves it so; o starts it."));
                self.shared.leave_pressed = true;
                Vec::new()
            }
            _ => self.leave(0),
        }
    }

    /// `o` while something stands still: it starts, on every screen.
    fn start_service(&mut self, now: Timestamp) -> Vec<Effect> {
        let Some(service) = self.shared.stopped.clone() else { return Vec::new() };
        self.shared.notice = Some(format!("Starts {} …", service.name));
        self.with_top(now, |_, cx| {
            let restore = cx.shared.restore.clone();
            cx.start(Slot::Service, Work::Place(place::Work::StartService { service, restore }));
            Flow::Stay
        })
    }

    fn leave(&self, status: i32) -> Vec<Effect> {
        let farewell = self.shared.farewells();
        vec![Effect::Quit(Exit { status, farewell })]
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        // A screen behind may count time, too, but only the one on top may change what is shown.
        let due: Vec<usize> = (0..self.history.len())
            .filter(|at| self.history[*at].step().deadline().is_some_and(|deadline| deadline <= now))
            .collect();
        due.into_iter().flat_map(|at| self.with(at, now, |step, cx| step.tick(cx))).collect()
    }

    fn answer(&mut self, job: JobId, answer: Answer, now: Timestamp) -> Vec<Effect> {
        // A stale answer: its job was stopped, or replaced by a newer one of its slot.
        let Some(owner) = self.jobs.owner(job) else { return Vec::new() };
        match answer {
            Answer::Copied(result) => {
                self.jobs.end(job);
                self.shared.notice = Some(match result {
                    Ok(path) => format!("Sent to your clipboard; the text is also in {path}"),
                    Err(why) => format!("Sent to your clipboard; no file: {why}"),
                });
                Vec::new()
            }
            Answer::Place(place::Answer::ServiceStarted(result)) => {
                self.jobs.end(job);
                match result {
                    Ok(service) => {
                        self.shared.notice = Some(format!("{} runs again.", service.name));
                        self.shared.stopped = None;
                    }
                    Err(finding) => self.shared.notice = Some(finding.detail),
                }
                self.with_top(now, |step, cx| step.returned(cx))
            }
            answer => self.with(owner, now, |step, cx| step.answer(job, answer, cx)),
        }
    }

    pub(super) fn enter(&mut self, now: Timestamp) -> Vec<Effect> {
        self.with_top(now, |step, cx| step.enter(cx))
    }

    fn with_top(&mut self, now: Timestamp, f: impl FnOnce(&mut dyn Step, &mut Cx<'_>) -> Flow) -> Vec<Effect> {
        self.with(self.history.len() - 1, now, f)
    }

    /// Lets the screen at `depth` handle something, then does what it asks for.
    fn with(
        &mut self,
        depth: usize,
        now: Timestamp,
        f: impl FnOnce(&mut dyn Step, &mut Cx<'_>) -> Flow,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(screen) = self.history.get_mut(depth) else { return effects };
        let mut cx = Cx {
            now,
            shared: &mut self.shared,
            jobs: &mut self.jobs,
            effects: &mut effects,
            reader: &mut self.reader,
            depth,
        };
        let flow = f(screen.step_mut(), &mut cx);
        // Only the screen on top may change which screen is on top.
        if depth + 1 == self.history.len() {
            effects.extend(self.flow(flow, now));
        }
        effects
    }

    fn flow(&mut self, flow: Flow, now: Timestamp) -> Vec<Effect> {
        match flow {
            Flow::Stay => Vec::new(),
            Flow::Push(screen) => {
                self.history.push(screen);
                self.enter(now)
            }
            Flow::Back if !self.has_behind() => Vec::new(),
            Flow::Back => {
                let mut effects = self.pop();
                effects.extend(self.with_top(now, |step, cx| step.returned(cx)));
                effects
            }
            Flow::Replace(screen) => {
                let mut effects = self.pop_any();
                self.history.push(screen);
                effects.extend(self.enter(now));
                effects
            }
            Flow::Reset(screen) => {
                let mut effects: Vec<Effect> = self.jobs.end_from(0).into_iter().map(Effect::Cancel).collect();
                self.history = vec![screen];
                effects.extend(self.enter(now));
                effects
            }
            Flow::BackTo(kind) => {
                let found =
                    self.history[..self.history.len() - 1].iter().rposition(|screen| screen.step().id() == kind);
                let keep = found.map_or_else(|| (self.history.len() - 1).max(1), |at| at + 1);
                let mut effects = Vec::new();
                while self.history.len() > keep {
                    effects.extend(self.pop());
                }
                effects.extend(self.with_top(now, |step, cx| step.returned(cx)));
                effects
            }
            Flow::Leave(exit) => vec![Effect::Quit(exit)],
        }
    }

    /// Takes the top screen away, with its jobs; one screen always stays.
    fn pop(&mut self) -> Vec<Effect> {
        if self.history.len() > 1 { self.pop_any() } else { Vec::new() }
    }

    fn pop_any(&mut self) -> Vec<Effect> {
        self.history.pop();
        self.jobs.end_from(self.history.len()).into_iter().map(Effect::Cancel).collect()
    }

    /// The screens from the first to the one on top, for tests and for the frame.
    pub fn screens(&self) -> &[Screen] {
        &self.history
    }
}
