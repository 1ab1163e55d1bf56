//! What a journal says, taken together: where the restore stands, and everything that a person chose.

mod asked;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Checked, Downloaded, Event, Header, Noted, Placing, Rewrote, SourceChoice, TargetChoice};
use super::line::Line;
use crate::catalog::Backup;
use crate::finding::{Acceptance, Code};
use crate::hub::service::Service;
use crate::hub::stage::{Stage as PlaceAct, Standing, standing};
use crate::identity::ConnectorId;
use crate::restore::{RestoreId, Stage};
use crate::text::Untrusted;

/// A finding that a person accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Which, bound to its facts.
    pub acceptance: Acceptance,
    /// Its sentence at that time.
    pub detail: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// One stage of placing or undoing that began.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceStage {
    /// The stage.
    pub act: PlaceAct,
    /// When.
    pub at: Timestamp,
}

/// How the target stands, as far as the journal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stood {
    /// Nothing was placed.
    Untouched,
    /// Placing began and did not end: continue or undo (R609).
    Placing,
    /// Placed, here or by receipt.
    Placed,
    /// Putting back began and did not end: only that goes on.
    Undoing,
    /// What was there before is there again.
    RolledBack,
}

/// How a service stands that reseat had to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceState {
    /// Which.
    pub service: Service,
    /// Whether it stands still, or may: a stop that was cut counts.
    pub stopped: bool,
    /// Since when it is so.
    pub since: Timestamp,
    /// By whom.
    pub by: String,
}

/// A tick behind a step of the guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Seen by reseat; otherwise said by the person.
    pub seen: bool,
}

/// Everything that a journal says. The wizard comes back from it at the step it was left, with what was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The first line.
    pub header: Header,
    /// When it began.
    pub started: Timestamp,
    /// When the last line was written.
    pub last: Timestamp,
    /// How many lines there are.
    pub lines: u64,
    /// The step that it is at.
    pub stage: Stage,
    /// A ticket's number.
    pub ticket: Option<String>,
    /// Where the backups are.
    pub source: Option<SourceChoice>,
    /// Which backup.
    pub backup: Option<Backup>,
    /// Its download.
    pub downloaded: Option<Downloaded>,
    /// What it says about itself.
    pub checked: Option<Checked>,
    /// What stands in the wizard's text fields.
    pub typed: BTreeMap<String, Untrusted>,
    /// The new IDs.
    pub target: Option<TargetChoice>,
    /// The findings of each step.
    pub findings: BTreeMap<Stage, Vec<Noted>>,
    /// What each witness says of the IDs and the connector, as it was seen last.
    pub witnesses: Vec<crate::restore::witnesses::Noted>,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// The proved copy.
    pub rewrote: Option<Rewrote>,
    /// The services that it stopped.
    pub services: Vec<ServiceState>,
    /// What was placed last, and where.
    pub placing: Option<Placing>,
    /// The stages of placing and undoing since then.
    pub stages: Vec<PlaceStage>,
    /// How the target stands.
    pub stood: Stood,
    /// When it came to stand so.
    pub stood_at: Option<Timestamp>,
    /// Why the last placing failed.
    pub failed: Option<String>,
    /// What the hub printed.
    pub receipt: Option<(ConnectorId, Option<String>)>,
    /// The ticks, by the guide's word.
    pub ticks: BTreeMap<String, Tick>,
    /// Steps that were left open knowingly.
    pub left_open: Vec<String>,
    /// What the last look saw: when, events, the newest.
    pub watched: Option<(Timestamp, u64, Option<Timestamp>)>,
    /// Where and by which codes it was refused.
    pub refused: Option<(Stage, Vec<Code>)>,
    /// When what it held was deleted.
    pub forgotten: Option<Timestamp>,
}

impl History {
    /// The history of a restore that begins now.
    pub fn new(header: Header, now: Timestamp) -> Self {
        Self {
            header,
            started: now,
            last: now,
            lines: 1,
            stage: Stage::Source,
            ticket: None,
            source: None,
            backup: None,
            downloaded: None,
            checked: None,
            typed: BTreeMap::new(),
            target: None,
            findings: BTreeMap::new(),
            witnesses: Vec::new(),
            accepted: Vec::new(),
            rewrote: None,
            services: Vec::new(),
            placing: None,
            stages: Vec::new(),
            stood: Stood::Untouched,
            stood_at: None,
            failed: None,
            receipt: None,
            ticks: BTreeMap::new(),
            left_open: Vec::new(),
            watched: None,
            refused: None,
            forgotten: None,
        }
    }

    /// Takes the lines of a journal together. An error is a sentence that says why it is not this restore's journal.
    pub(in crate::restore) fn of(lines: Vec<Line>, id: &RestoreId) -> Result<Self, String> {
        let mut lines = lines.into_iter();
        let Some(Line { event: Event::Header(header), at, .. }) = lines.next() else {
            return Err("it does not begin with its header".to_owned());
        };
        if header.restore != *id {
            return Err(format!("it belongs to restore {}, not to {id}", header.restore));
        }
        let mut history = Self::new(header, at);
        for line in lines {
            if matches!(line.event, Event::Header(_)) {
                return Err(format!("line {}: a second header", line.seq + 1));
            }
            history.lines = line.seq + 1;
            history.apply(line.event, line.at, &line.by);
        }
        Ok(history)
    }

    /// Adds one line.
    pub(in crate::restore) fn apply(&mut self, event: Event, at: Timestamp, by: &str) {
        self.last = at;
        match event {
            Event::Header(_) => {}
            Event::Step { stage } => self.stage = stage,
            Event::Ticket { text } => self.ticket = Some(text),
            Event::Source(choice) => self.source = Some(choice),
            Event::Backup { backup } => self.choose_backup(backup.into()),
            Event::Downloaded(download) => self.downloaded = Some(download),
            Event::Checked(checked) => self.checked = Some(checked),
            Event::Typed { field, text } => {
                self.typed.insert(field, text);
            }
            Event::Target(target) => self.target = Some(target),
            Event::Findings { stage, list } => {
                self.findings.insert(stage, list);
            }
            Event::Witnesses { list } => self.witnesses = list,
            Event::Accepted { acceptance, detail } => {
                self.accepted.retain(|one| one.acceptance != acceptance);
                self.accepted.push(Accepted { acceptance, detail, at, by: by.to_owned() });
            }
            Event::TakenBack { acceptance } => self.accepted.retain(|one| one.acceptance != acceptance),
            Event::Rewrote(rewrote) => self.rewrote = Some(rewrote),
            Event::Discarded => self.rewrote = None,
            Event::Stopping { service } => self.stopping(service, at, by),
            Event::Stopped { service } => self.turn(&service, true, at, by),
            // Until it is seen to run, it counts as stopped.
            Event::Starting { .. } => {}
            Event::Started { service } | Event::StopFailed { service } => self.turn(&service, false, at, by),
            Event::Receipt { connector, sha256 } => {
                self.receipt = Some((connector, sha256));
                self.stand(Stood::Placed, at);
            }
            Event::Tick { step, seen } => {
                self.left_open.retain(|open| *open != step);
                self.ticks.insert(step, Tick { at, by: by.to_owned(), seen });
            }
            Event::Untick { step } => {
                self.ticks.remove(&step);
            }
            Event::LeftOpen { step } => {
                self.left_open.retain(|open| *open != step);
                self.left_open.push(step);
            }
            Event::Watched { events, newest } => self.watched = Some((at, events, newest)),
            Event::Refused { stage, codes } => self.refused = Some((stage, codes)),
            Event::Forgotten { .. } => self.forgotten = Some(at),
            Event::Placing(placing) => self.begin_placing(placing, at),
            Event::Place { act } => self.apply_place(act, at),
            // Who asked; undoing itself says how far it is.
            Event::RollingBack => {}
        }
    }

    fn begin_placing(&mut self, placing: Placing, at: Timestamp) {
        self.placing = Some(placing);
        self.stages.clear();
        self.ticks.clear();
        self.left_open.clear();
        self.failed = None;
        self.refused = None;
        self.stood = Stood::Untouched;
        self.stood_at = Some(at);
    }

    fn apply_place(&mut self, act: PlaceAct, at: Timestamp) {
        if let PlaceAct::Stopped { why } = &act {
            self.failed = Some(why.clone());
        }
        self.stages.push(PlaceStage { act, at });
        let stood = match standing(&self.acts()) {
            Standing::Nothing | Standing::Refused => Stood::Untouched,
            Standing::Unfinished => Stood::Placing,
            Standing::Placed => Stood::Placed,
            Standing::Undoing => Stood::Undoing,
            Standing::Undone => Stood::RolledBack,
        };
        if stood != self.stood {
            self.stand(stood, at);
        }
    }

    /// The stages of placing and undoing since the last placing began.
    pub fn acts(&self) -> Vec<PlaceAct> {
        self.stages.iter().map(|stage| stage.act.clone()).collect()
    }

    /// Whether what was placed last was written into the live file.
    pub fn placed_online(&self) -> bool {
        let orders = self.stages.iter().rev().find_map(|stage| match &stage.act {
            PlaceAct::Start { order } => Some(order),
            _ => None,
        });
        orders.is_some_and(|order| order.online)
    }

    fn stand(&mut self, stood: Stood, at: Timestamp) {
        self.stood = stood;
        self.stood_at = Some(at);
    }

    /// Another backup than before makes what was found in the other one void.
    fn choose_backup(&mut self, backup: Backup) {
        if self.backup.as_ref() != Some(&backup) {
            self.downloaded = None;
            self.checked = None;
            self.refused = None;
            self.findings.clear();
        }
        self.backup = Some(backup);
    }

    fn stopping(&mut self, service: Service, at: Timestamp, by: &str) {
        self.services.retain(|known| known.service.name != service.name);
        self.services.push(ServiceState { service, stopped: true, since: at, by: by.to_owned() });
    }

    fn turn(&mut self, service: &str, stopped: bool, at: Timestamp, by: &str) {
        for known in self.services.iter_mut().filter(|known| known.service.name == service) {
            known.stopped = stopped;
            known.since = at;
            by.clone_into(&mut known.by);
        }
    }
}
