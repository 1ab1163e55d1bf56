//! 10: both new IDs are pasted, and judged at each key.

mod judge;

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};

pub use judge::Told;

use super::here::{Affiliations, Here, Judged};
use super::value::{self, Value};
use super::{Answer, Ended, Gate, Work};
use crate::finding::Finding;
use crate::identity::{ConnectorId, HubId};
use crate::keys::{self, Action, Hint};
use crate::wizard::chain::Inspected;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Cursor, Field, JobId, PlaceState, Shared, Slot};
use crate::wizard::{demo, effect};

/// What has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The field for the hub's ID.
    Hub,
    /// The field for the connector's ID.
    Connector,
    /// The values to enter in the platform, where they stand on this screen.
    Values,
}

/// State of the screen.
#[derive(Debug)]
pub struct PasteIds {
    /// What is restored.
    pub inspected: Arc<Inspected>,
    /// This machine's hub folder, if it has one.
    pub root: Option<PathBuf>,
    /// The values to enter in the platform, when no screen before this one shows them.
    pub values: Option<Vec<Value>>,
    /// Over the values.
    pub cursor: Cursor,
    /// The hub's field, and the connector's.
    pub fields: [Field; 2],
    /// What has the focus.
    pub focus: Focus,
    /// What is said of each field.
    pub told: [Told; 2],
    /// The two IDs would be right the other way round.
    pub swapped: bool,
    /// Both IDs, judged, when both are there.
    pub judged: Option<Judged>,
    /// The questions about them.
    pub gate: Gate,
    here: Option<Here>,
    affiliations: Affiliations,
    ended: Ended,
    lookup: Option<(JobId, (HubId, ConnectorId))>,
    watch: Option<JobId>,
    filled: bool,
    save_at: Option<Timestamp>,
}

impl PasteIds {
    /// The screen over Pick, with what its last look saw.
    pub fn new(inspected: Arc<Inspected>, root: Option<PathBuf>, here: Option<Here>) -> Self {
        Self {
            inspected,
            root,
            values: None,
            cursor: Cursor::default(),
            fields: [Field::default(), Field::default()],
            focus: Focus::Hub,
            told: [Told::Empty, Told::Empty],
            swapped: false,
            judged: None,
            gate: Gate::default(),
            here,
            affiliations: Affiliations::new(),
            ended: Ended::default(),
            lookup: None,
            watch: None,
            filled: false,
            save_at: None,
        }
    }

    /// The screen where no hub folder is: the values stand on it, too.
    pub fn alone(inspected: Arc<Inspected>) -> Self {
        let values = Some(value::values(&inspected));
        Self { values, ..Self::new(inspected, None, None) }
    }

    fn look_up(&mut self, cx: &mut Cx<'_>) {
        let Some(judged) = self.judged.as_ref().filter(|judged| judged.pending && judged.block().is_none()) else {
            return;
        };
        let ids = judged.ids();
        if self.lookup.is_some_and(|(_, asked)| asked == ids) {
            return;
        }
        if let Some((job, ..)) = self.lookup.take() {
            cx.cancel(job);
        }
        let work = Work::Organisations { inspected: Arc::clone(&self.inspected), ids };
        self.lookup = Some((cx.start(Slot::Names, effect::Work::Target(work)), ids));
    }

    fn watch(&mut self, cx: &mut Cx<'_>) {
        let restore = self.inspected.restore.clone();
        cx.start(Slot::Note, effect::Work::Target(Work::Arrived { restore }));
        if let Some(root) = self.root.clone() {
            let work = Work::Watch { root, old: self.inspected.connector };
            self.watch = Some(cx.start(Slot::Look, effect::Work::Target(work)));
        }
    }

    fn rest(&mut self, cx: &mut Cx<'_>) {
        for job in [self.watch.take(), self.lookup.take().map(|(job, ..)| job)].into_iter().flatten() {
            cx.cancel(job);
        }
    }

    /// What was typed is kept: here at once, in the journal a moment after the last key.
    fn keep(&mut self, cx: &mut Cx<'_>) {
        let ids = [0, 1].map(|at| self.fields[at].text().to_owned());
        if cx.shared.kept.ids != ids {
            cx.shared.kept.ids = ids;
            self.save_at = cx.now.checked_add(SignedDuration::from_secs(1)).ok();
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        if self.save_at.take().is_some() {
            let restore = self.inspected.restore.clone();
            let ids = cx.shared.kept.ids.clone();
            cx.start(Slot::Note, effect::Work::Target(Work::Typed { restore, ids }));
        }
    }

    fn changed(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.gate.reset();
        self.judge(cx.now);
        self.look_up(cx);
        self.keep(cx);
        Flow::Stay
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.focus == Focus::Values {
            self.focus = Focus::Hub;
            return Flow::Stay;
        }
        self.tidy();
        self.judge(cx.now);
        self.look_up(cx);
        if self.swapped {
            let [hub, connector] = self.fields.clone();
            self.fields = [connector, hub];
            return self.changed(cx);
        }
        let wrong = self.told.iter().position(|told| !matches!(told, Told::Right(_)));
        if let Some(at) = wrong {
            self.focus = if at == 0 { Focus::Hub } else { Focus::Connector };
            if self.told[at] == Told::Empty {
                cx.say(if at == 0 { "The new hub's ID is missing." } else { "The new connector's ID is missing." });
            }
            return Flow::Stay;
        }
        let Some(judged) = self.judged.clone() else { return Flow::Stay };
        if let Some(block) = judged.block() {
            cx.say(format!("{}  {}", block.code, block.detail));
            return Flow::Stay;
        }
        if judged.pending {
            cx.say("The organisation of this hub is still looked up.");
            return Flow::Stay;
        }
        if let Some(flow) = self.ended.offer(judged.ids(), &self.inspected, &mut self.affiliations, cx) {
            self.rest(cx);
            return flow;
        }
        if self.gate.opens(&judged, self.root.is_none()) {
            return Flow::Stay;
        }
        let flow = self.gate.take(&self.inspected, &judged, cx);
        self.rest(cx);
        flow
    }

    fn next(&mut self, back: bool) {
        let stops: &[Focus] = if self.values.is_some() {
            &[Focus::Values, Focus::Hub, Focus::Connector]
        } else {
            &[Focus::Hub, Focus::Connector]
        };
        let at = stops.iter().position(|stop| *stop == self.focus).unwrap_or(0);
        let step = if back { stops.len() - 1 } else { 1 };
        self.focus = stops[(at + step) % stops.len()];
    }

    /// The value under the cursor, when the values have the focus.
    pub fn value(&self) -> Option<&Value> {
        let values = self.values.as_ref().filter(|_| self.focus == Focus::Values)?;
        values.get(self.cursor.at(values.len()))
    }

    /// The findings to show below the fields: what the fields do not say themselves.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let told = self.told.iter().any(|told| matches!(told, Told::Wrong(_)));
        self.judged.iter().filter(move |_| !told).flat_map(|judged| &judged.findings)
    }
}

impl Step for PasteIds {
    fn id(&self) -> keys::Screen {
        if self.gate.ask.is_some() { keys::Screen::Question } else { keys::Screen::PasteIds }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Target, RailMark::Here))
    }

    fn main(&self, shared: &Shared) -> String {
        let narrow = shared.size.0 < 80;
        if let Some(ask) = &self.gate.ask {
            return ask.yes.clone();
        }
        if let Some(value) = self.value() {
            return format!("y copies the {} for the platform. Tab goes to the fields.", value.label);
        }
        if self.swapped {
            let rest = if narrow { "" } else { ", the organisation too" };
            return format!("Enter swaps the two IDs, then checks them again{rest}.");
        }
        if self.told.iter().any(|told| !matches!(told, Told::Right(_))) {
            return "Both IDs are needed; they stand in the platform.".to_owned();
        }
        match &self.judged {
            Some(judged) if judged.block().is_some() => "These IDs cannot be taken: ✗ says why.".to_owned(),
            Some(judged) if judged.pending => "The organisation of this hub is looked up.".to_owned(),
            _ if narrow => "Enter takes them, and works out every change.".to_owned(),
            _ => "Enter takes this hub and this connector, and works out every change.".to_owned(),
        }
    }

    fn hints(&self, shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(self.id(), action, Some(label));
        if self.gate.ask.is_some() {
            return hint(Action::Yes, "yes").into_iter().collect();
        }
        if self.value().is_some() {
            return [hint(Action::Copy, "copy"), hint(Action::Up, "move"), hint(Action::Next, "fields")]
                .into_iter()
                .flatten()
                .collect();
        }
        let go = if self.swapped { "swap" } else { "take them" };
        let platform = hint(Action::Platform, "platform").filter(|_| shared.demo);
        [hint(Action::Go, go), hint(Action::Next, "other field"), platform].into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.gate.ask.is_none() && self.focus != Focus::Values
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.root.is_none() {
            cx.shared.place = PlaceState::NotSeen;
        }
        let kept = &mut cx.shared.kept;
        kept.for_restore(&self.inspected.restore);
        if !self.filled {
            for (field, typed) in self.fields.iter_mut().zip(&kept.ids) {
                field.set(typed);
            }
        }
        self.watch(cx);
        self.changed(cx)
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.gate.reset();
        self.lookup = None;
        self.watch(cx);
        self.judge(cx.now);
        self.look_up(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.gate.ask.is_some() {
            match action {
                Action::Yes => {
                    self.gate.yes(cx.now);
                    return self.go(cx);
                }
                Action::Back => self.gate.no(),
                _ => {}
            }
            return Flow::Stay;
        }
        if matches!(action, Action::Back | Action::Go | Action::Next | Action::Previous | Action::Stop) {
            self.save(cx);
        }
        match action {
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Next | Action::Previous => {
                self.tidy();
                self.next(action == Action::Previous);
                return self.changed(cx);
            }
            Action::Up | Action::Down if self.focus != Focus::Values => {
                self.tidy();
                self.next(action == Action::Up);
                return self.changed(cx);
            }
            Action::Copy => {
                if let Some(value) = self.value() {
                    cx.copy(value.copied(cx.shared.revealed));
                }
            }
            Action::Platform if cx.shared.demo => {
                let here = self.here.as_ref();
                let newest = here.and_then(|here| here.connectors.first()).map(|there| there.connector);
                let values = value::values(&self.inspected);
                cx.page(demo::new_connector_page(&values, here, newest));
            }
            Action::Again => {
                self.affiliations.clear();
                self.lookup = None;
                self.judge(cx.now);
                self.look_up(cx);
            }
            action => {
                let rows = self.values.as_ref().map_or(0, Vec::len);
                self.cursor.act(action, rows);
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> Flow {
        let at = usize::from(self.focus == Focus::Connector);
        self.fields[at].key(key);
        self.changed(cx)
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        if self.gate.ask.is_some() {
            return Flow::Stay;
        }
        if self.focus == Focus::Values {
            self.focus = Focus::Hub;
        }
        self.fill(text);
        self.changed(cx)
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.save(cx);
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.save_at
    }

    fn answer(&mut self, job: JobId, answer: crate::wizard::Answer, cx: &mut Cx<'_>) -> Flow {
        match answer {
            crate::wizard::Answer::Target(Answer::Here(Ok(here))) => {
                self.here = Some(here);
                self.judge(cx.now);
                self.look_up(cx);
            }
            crate::wizard::Answer::Target(Answer::Organisations { ids, organisations, ended }) => {
                cx.finished(job);
                self.lookup = None;
                self.ended.heard(ids, ended);
                self.affiliations.insert(ids, organisations);
                self.judge(cx.now);
                self.look_up(cx);
            }
            crate::wizard::Answer::Broken(why) => {
                cx.finished(job);
                cx.say(why);
            }
            _ => {}
        }
        Flow::Stay
    }
}
