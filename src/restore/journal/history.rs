//! What a journal says, taken together: where the restore stands, and everything that a person chose.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::event::{Checked, Downloaded, Event, Header, Noted, Placing, Rewrote, SourceChoice, TargetChoice};
use super::line::Line;
use crate::catalog::Backup;
use crate::finding::{Acceptance, Code, Finding};
use crate::guide::{Guide, Step, Words};
use crate::hub::service::Service;
use crate::hub::stage::{Stage as PlaceAct, Standing, standing};
use crate::identity::{ConnectorId, Mapping, Renamed};
use crate::restore::{RestoreId, Stage, State};
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

    /// The service that stands still because this restore stopped it.
    pub fn stopped_service(&self) -> Option<&ServiceState> {
        self.services.iter().find(|service| service.stopped)
    }

    /// Whether this restore ever stopped a service.
    pub fn had_to_stop(&self) -> bool {
        !self.services.is_empty()
    }

    /// Whether a person accepted this finding, on the facts of now.
    pub fn accepts(&self, finding: &Finding) -> bool {
        let acceptance = finding.acceptance();
        self.accepted.iter().any(|one| one.acceptance == acceptance)
    }

    /// The acceptances alone.
    pub fn acceptances(&self) -> Vec<Acceptance> {
        self.accepted.iter().map(|one| one.acceptance.clone()).collect()
    }

    /// Whether placing or undoing was cut, so that the target has to be looked after first (R609).
    pub fn is_cut(&self) -> bool {
        matches!(self.stood, Stood::Placing | Stood::Undoing)
    }

    /// The path that the database was placed at, or shall be.
    pub fn target_path(&self) -> Option<PathBuf> {
        let chosen = || {
            let target = self.target.as_ref()?;
            Some(target.hub_root.as_ref()?.join(target.mapping.connector.new.to_string()).join("sqlite.db"))
        };
        self.placing.as_ref().map(|placing| placing.target.clone()).or_else(chosen)
    }

    /// Old and new IDs: as they were chosen, or else those of the file that was placed, which tells no old ones.
    pub fn mapping(&self) -> Option<Mapping> {
        let placed = || {
            let placing = self.placing.as_ref()?;
            let (hub, connector) = (placing.hub, placing.connector);
            Some(Mapping { hub: Renamed { old: hub, new: hub }, connector: Renamed { old: connector, new: connector } })
        };
        self.target.as_ref().map(|target| target.mapping).or_else(placed)
    }

    /// The connector's name, where the file tells it.
    pub fn name(&self) -> Option<&Untrusted> {
        self.checked.as_ref()?.name.as_ref()
    }

    /// The words for the texts of a guide; none before the IDs are known.
    pub fn words(&self, person: &str) -> Option<Words> {
        let mapping = self.mapping()?;
        let name = self.name().cloned().unwrap_or_else(|| Untrusted::new(mapping.connector.new.short()));
        let service = self.services.last().map(|known| known.service.name.clone());
        Some(Words { name, mapping, service, person: person.to_owned() })
    }

    /// The guide's words for the steps that are open: those after placing, or those after a rollback.
    pub fn open_steps(&self, guide: &Guide) -> Vec<String> {
        self.steps(guide).iter().filter(|step| !self.is_done(step)).map(|step| step.id.clone()).collect()
    }

    /// The steps that this restore has for a person now, in order. None before it is placed.
    pub fn steps<'a>(&self, guide: &'a Guide) -> Vec<&'a Step> {
        let steps = match self.stood {
            Stood::Placed => &guide.finish,
            Stood::RolledBack => &guide.rollback,
            Stood::Untouched | Stood::Placing | Stood::Undoing => return Vec::new(),
        };
        steps.iter().filter(|step| !step.starts_service || self.had_to_stop()).collect()
    }

    /// Whether a step is done. Starting the service is done as soon as it runs again.
    pub fn is_done(&self, step: &Step) -> bool {
        if step.starts_service { self.stopped_service().is_none() } else { self.ticks.contains_key(&step.id) }
    }

    /// How the restore stands, given the steps that are open.
    pub fn state(&self, open_steps: &[String]) -> State {
        match self.stood {
            Stood::Undoing => State::Undoing,
            Stood::RolledBack => State::RolledBack,
            Stood::Placed if open_steps.is_empty() => State::Done,
            Stood::Placed => State::Placed,
            Stood::Placing => State::Unfinished,
            Stood::Untouched if self.refused.is_some() || self.forgotten.is_some() => State::Refused,
            Stood::Untouched => State::Unfinished,
        }
    }
}
