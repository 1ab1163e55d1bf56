//! 9: create the connector in the platform, then pick it here.

mod step;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::here::{Affiliations, Here, Judged, hub_in};
use super::value::{self, Value};
use super::{Ended, Gate, PasteIds, Work};
use crate::finding::{Finding, Verdict};
use crate::hub::discover::HubConnector;
use crate::identity::{ConnectorId, HubId};
use crate::wizard::chain::{Inspected, hub_and_not};
use crate::wizard::step::{Cx, Flow};
use crate::wizard::{Cursor, JobId, Slot};
use crate::wizard::{demo, effect};

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
    /// Whether it is the old connector itself: a target only on purpose.
    pub fn is_old(&self) -> bool {
        self.judged.as_ref().is_some_and(|judged| !judged.mapping.connector.changes())
    }

    /// Whether nothing stops it, and it holds no events.
    fn is_fresh(&self) -> bool {
        let empty = self.there.seen.glance().is_some_and(|glance| glance.events == 0);
        empty && self.fit() != Fit::Stops && !self.is_old()
    }

    /// How it suits.
    pub fn fit(&self) -> Fit {
        match self.judged.as_ref().map(Judged::verdict) {
            Some(Verdict::Ok | Verdict::Warn) if self.is_old() => Fit::Asks,
            Some(Verdict::Ok | Verdict::Warn) => Fit::Fits,
            Some(Verdict::Block) => Fit::Stops,
            Some(Verdict::Ask) | None => Fit::Asks,
        }
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
    ended: Ended,
    watch: Option<JobId>,
    lookup: Option<(JobId, (HubId, ConnectorId))>,
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
            ended: Ended::default(),
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

    /// The connector that was probably made for this restore: what fits, or else a fresh one of an organisation that
    /// nobody has seen yet.
    fn guess(&self) -> Option<usize> {
        let fits = self.candidates.iter().position(|candidate| candidate.fit() == Fit::Fits);
        fits.or_else(|| self.candidates.iter().position(Candidate::is_fresh))
    }

    /// The made-up page of the platform, in the demo.
    fn platform(&self, cx: &mut Cx<'_>) {
        if cx.shared.demo {
            let fresh = self.guess().map(|at| self.candidates[at].there.connector);
            cx.page(demo::new_connector_page(&self.values, self.here.as_ref(), fresh));
        }
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
        let fits = self.guess();
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
        let pending = candidate.judged.as_ref().filter(|judged| judged.pending && judged.block().is_none());
        let Some(ids) = pending.map(Judged::ids) else { return };
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
            cx.copy(value.copied(cx.shared.revealed));
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
        if let Some(flow) = self.ended.offer(judged.ids(), &self.inspected, &mut self.affiliations, cx) {
            self.rest(cx);
            return flow;
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
        let fits = self.guess().unwrap_or(0);
        self.cursor.follow(if on_list || self.candidates.is_empty() { 0 } else { first + fits });
        self.moved(cx)
    }
}
