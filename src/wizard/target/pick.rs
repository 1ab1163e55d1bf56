//! 9: create the connector in the platform, then pick it here.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::here::{Affiliations, Here, Judged, hub_in};
use super::value::{self, Value};
use super::{Answer, Gate, PasteIds, Work};
use crate::finding::{Finding, Verdict};
use crate::hub::discover::HubConnector;
use crate::identity::{ConnectorId, HubId};
use crate::keys::{self, Action, Hint};
use crate::wizard::chain::{Inspected, hub_and_not};
use crate::wizard::effect;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Cursor, JobId, Shared, Slot};

/// How a connector of this hub suits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It can be taken.
    Fits,
    /// A question comes first.
    Asks,
    /// It cannot be taken.
    Stops,
}

/// One connector of the hub folder.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// As the look saw it.
    pub there: HubConnector,
    /// What speaks for and against it; none when its hub is not known.
    pub judged: Option<Judged>,
}

impl Candidate {
    /// How it suits.
    pub fn fit(&self) -> Fit {
        match self.judged.as_ref().map(Judged::verdict) {
            Some(Verdict::Ok | Verdict::Warn) => Fit::Fits,
            Some(Verdict::Block) => Fit::Stops,
            Some(Verdict::Ask) | None => Fit::Asks,
        }
    }

    fn ids(&self) -> Option<(HubId, ConnectorId)> {
        self.judged.as_ref().map(|judged| (judged.mapping.hub.new, judged.mapping.connector.new))
    }
}

/// State of the screen.
#[derive(Debug)]
pub struct Pick {
    /// What is restored.
    pub inspected: Arc<Inspected>,
    /// The hub folder.
    pub root: PathBuf,
    /// What to enter in the platform.
    pub values: Vec<Value>,
    /// The last look; none before the first.
    pub here: Option<Here>,
    /// Why the hub folder cannot be listed.
    pub trouble: Option<String>,
    /// The connectors, newest first, the old one last.
    pub candidates: Vec<Candidate>,
    /// Over the values, then the candidates.
    pub cursor: Cursor,
    /// The questions about the candidate under the cursor.
    pub gate: Gate,
    affiliations: Affiliations,
    watch: Option<JobId>,
    lookup: Option<(JobId, HubId, ConnectorId)>,
    next_tick: Option<Timestamp>,
}

impl Pick {
    /// The screen for a backup, over this hub folder.
    pub fn new(inspected: Arc<Inspected>, root: PathBuf) -> Self {
        let values = value::values(&inspected);
        Self {
            inspected,
            root,
            values,
            here: None,
            trouble: None,
            candidates: Vec::new(),
            cursor: Cursor::default(),
            gate: Gate::default(),
            affiliations: Affiliations::new(),
            watch: None,
            lookup: None,
            next_tick: None,
        }
    }

    /// The hub to which the connector is added, and which it is not.
    pub fn hub_words(&self) -> String {
        self.here.as_ref().and_then(Here::hub).map_or_else(
            || "the hub of this machine".to_owned(),
            |hub| format!("hub {}", hub_and_not(hub, self.inspected.hub)),
        )
    }

    /// All rows of the cursor.
    pub fn rows(&self) -> usize {
        self.values.len() + self.candidates.len()
    }

    /// The value under the cursor.
    pub fn value(&self) -> Option<&Value> {
        self.values.get(self.cursor.at(self.rows()))
    }

    /// The candidate under the cursor.
    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.cursor.at(self.rows()).checked_sub(self.values.len())?)
    }

    fn judge(&mut self, now: Timestamp) {
        let Some(here) = &self.here else { return };
        let (old, mine) = (self.inspected.connector, here.hub());
        let mut candidates: Vec<Candidate> = here
            .connectors
            .iter()
            .map(|there| {
                let hub = hub_in(there).or(mine);
                let judged = hub.map(|hub| {
                    let ids = (hub, there.connector);
                    Judged::new(&self.inspected, ids, Some(&self.root), Some(here), &self.affiliations, now)
                });
                Candidate { there: there.clone(), judged }
            })
            .collect();
        // The old connector is a target only on purpose: last, and never under the cursor by itself.
        candidates.sort_by_key(|candidate| candidate.there.connector == old);
        self.candidates = candidates;
    }

    /// Keeps the cursor on what it was on, or puts it on what fits.
    fn settle(&mut self, under: Option<ConnectorId>) {
        let first = self.values.len();
        let at = |id: ConnectorId| self.candidates.iter().position(|candidate| candidate.there.connector == id);
        let fits = self.candidates.iter().position(|candidate| candidate.fit() == Fit::Fits);
        if self.cursor.moved() {
            if let Some(at) = under.and_then(at) {
                self.cursor.follow(first + at);
            }
        } else {
            self.cursor.suggest(fits.map_or(0, |at| first + at));
        }
    }

    fn saw(&mut self, here: Here, cx: &mut Cx<'_>) {
        let under = self.candidate().map(|candidate| candidate.there.connector);
        let before = self.here.replace(here);
        self.trouble = None;
        self.judge(cx.now);
        self.settle(under);
        if let Some(before) = before {
            let new = self.candidates.iter().find(|candidate| before.connector(candidate.there.connector).is_none());
            if let Some(new) = new {
                cx.say(format!("A new connector is here: {}.", new.there.connector));
            }
        }
        self.look_up(cx);
    }

    /// Looks up the organisation of what the cursor stands on, once for each.
    fn look_up(&mut self, cx: &mut Cx<'_>) {
        let Some(candidate) = self.candidate() else { return };
        let Some((hub, connector)) = candidate.ids() else { return };
        let pending = candidate.judged.as_ref().is_some_and(|judged| judged.pending && judged.block().is_none());
        let asked = self.lookup.is_some_and(|(_, h, c)| (h, c) == (hub, connector));
        if !pending || asked {
            return;
        }
        if let Some((job, ..)) = self.lookup.take() {
            cx.cancel(job);
        }
        let work = Work::Organisations { inspected: Arc::clone(&self.inspected), hub, connector };
        self.lookup = Some((cx.start(Slot::Names, effect::Work::Target(work)), hub, connector));
    }

    fn watch(&mut self, cx: &mut Cx<'_>) {
        let work = Work::Watch { root: self.root.clone(), old: self.inspected.connector };
        self.watch = Some(cx.start(Slot::Look, effect::Work::Target(work)));
        self.plan_tick(cx.now);
    }

    /// The screen is covered: nothing runs for it.
    fn rest(&mut self, cx: &mut Cx<'_>) {
        for job in [self.watch.take(), self.lookup.take().map(|(job, ..)| job)].into_iter().flatten() {
            cx.cancel(job);
        }
        self.next_tick = None;
    }

    /// The age of a connector that was made a moment ago counts on the screen.
    fn plan_tick(&mut self, now: Timestamp) {
        self.next_tick = now.checked_add(SignedDuration::from_secs(10)).ok();
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some(value) = self.value() {
            cx.copy(value.copied.clone());
            return Flow::Stay;
        }
        let Some(candidate) = self.candidate() else { return Flow::Stay };
        let Some(judged) = candidate.judged.clone() else {
            cx.say("Its hub is not known: p pastes the hub's ID and this one.");
            return Flow::Stay;
        };
        if let Some(block) = judged.block() {
            cx.say(format!("{}  {}", block.code, block.detail));
            return Flow::Stay;
        }
        if judged.pending {
            cx.say("The organisation of its hub is still looked up.");
            return Flow::Stay;
        }
        if self.gate.opens(&judged, false) {
            return Flow::Stay;
        }
        let flow = self.gate.take(&self.inspected, &judged, cx);
        self.rest(cx);
        flow
    }

    fn paste_ids(&mut self, cx: &mut Cx<'_>) -> Flow {
        let next = PasteIds::new(Arc::clone(&self.inspected), Some(self.root.clone()), self.here.clone());
        self.rest(cx);
        Flow::Push(next.into())
    }

    /// The finding that `e` explains.
    fn finding(&self) -> Option<&Finding> {
        self.candidate()?.judged.as_ref()?.findings.first()
    }

    fn moved(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.gate.reset();
        self.look_up(cx);
        Flow::Stay
    }

    /// Tab: between the values and the list.
    fn other_part(&mut self, cx: &mut Cx<'_>) -> Flow {
        let first = self.values.len();
        let on_list = self.cursor.at(self.rows()) >= first;
        let fits = self.candidates.iter().position(|candidate| candidate.fit() == Fit::Fits).unwrap_or(0);
        self.cursor.follow(if on_list || self.candidates.is_empty() { 0 } else { first + fits });
        self.moved(cx)
    }
}

impl Step for Pick {
    fn id(&self) -> keys::Screen {
        if self.gate.ask.is_some() { keys::Screen::Question } else { keys::Screen::Pick }
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
            let rest = if narrow { "" } else { " for the platform. A new connector appears here by itself" };
            return format!("y copies the {}{rest}.", value.label);
        }
        let words = match self.candidate().map(Candidate::fit) {
            Some(Fit::Fits) if narrow => "Enter takes it, and works out every change.",
            Some(Fit::Fits) => "Enter takes this hub and this connector, and works out every change.",
            Some(Fit::Asks) => "Enter asks about it first.",
            Some(Fit::Stops) => "This one cannot be taken; ✗ says why.",
            None => "Create it in the platform: it appears here by itself.",
        };
        words.to_owned()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(self.id(), action, Some(label));
        if self.gate.ask.is_some() {
            return hint(Action::Yes, "yes, take it").into_iter().collect();
        }
        let first = match self.candidate().map(Candidate::fit) {
            Some(Fit::Stops) => hint(Action::Go, "why"),
            Some(_) => hint(Action::Go, "take it"),
            None => None,
        };
        let rest = [
            hint(Action::Up, "move"),
            hint(Action::Copy, "copy"),
            hint(Action::Paste, "paste ID"),
            hint(Action::Explain, "explain").filter(|_| self.finding().is_some()),
        ];
        first.into_iter().chain(rest.into_iter().flatten()).collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.kept.for_restore(&self.inspected.restore);
        self.watch(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.gate.reset();
        self.lookup = None;
        self.watch(cx);
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
        let rows = self.rows();
        if self.cursor.act(action, rows) {
            return self.moved(cx);
        }
        self.cursor.hold();
        match action {
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Paste => return self.paste_ids(cx),
            Action::Next | Action::Previous => return self.other_part(cx),
            Action::Copy => {
                let id = self.candidate().map(|candidate| candidate.there.connector.to_string());
                if let Some(text) = self.value().map(|value| value.copied.clone()).or(id) {
                    cx.copy(text);
                }
            }
            Action::Explain => {
                if let Some(code) = self.finding().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            Action::Again => {
                self.rest(cx);
                self.affiliations.clear();
                self.watch(cx);
                self.look_up(cx);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.gate.ask.is_some() || crate::identity::find_all(text).is_empty() {
            return Flow::Stay;
        }
        // An ID that is pasted here is meant for the fields.
        let mut next = PasteIds::new(Arc::clone(&self.inspected), Some(self.root.clone()), self.here.clone());
        next.fill(text);
        self.rest(cx);
        Flow::Push(next.into())
    }

    fn answer(&mut self, job: JobId, answer: crate::wizard::Answer, cx: &mut Cx<'_>) -> Flow {
        match answer {
            crate::wizard::Answer::Target(Answer::Here(Ok(here))) => self.saw(here, cx),
            crate::wizard::Answer::Target(Answer::Here(Err(why))) => self.trouble = Some(why),
            crate::wizard::Answer::Target(Answer::Organisations { hub, connector, affiliation }) => {
                cx.finished(job);
                self.lookup = None;
                self.affiliations.insert((hub, connector), affiliation);
                let under = self.candidate().map(|candidate| candidate.there.connector);
                self.judge(cx.now);
                self.settle(under);
                self.look_up(cx);
            }
            crate::wizard::Answer::Broken(why) => {
                cx.finished(job);
                self.trouble = Some(why);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.plan_tick(cx.now);
        Flow::Stay
    }

    fn deadline(&self) -> Option<Timestamp> {
        let now_made = self.candidate().and_then(|candidate| candidate.there.made);
        let tick = self.next_tick?;
        // After an hour the age no longer changes by the second.
        now_made.is_some_and(|made| tick.duration_since(made) < SignedDuration::from_hours(1)).then_some(tick)
    }
}
