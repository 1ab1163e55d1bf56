//! One restore that this process has: its journal, and the choices that go into it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Engine, Obtained};
use crate::config::Settings;
use crate::database::FileFacts;
use crate::finding::Finding;
use crate::guide::{Guide, Step, Words};
use crate::hub::stage::{Stage as PlaceAct, StageLog};
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::restore::journal::{Checked, Event, History, Noted, SourceChoice, TargetChoice};
use crate::restore::store::{Forget, Listed, Restore};
use crate::restore::trouble::Trouble;
use crate::restore::witnesses::{self, Testimony};
use crate::restore::{RestoreId, Stage};
use crate::text::Untrusted;

/// One restore that this process has. Clones share it.
#[derive(Clone)]
pub struct Session {
    pub(super) engine: Engine,
    id: RestoreId,
    folder: PathBuf,
    restore: Arc<Mutex<Restore>>,
}

impl Session {
    pub(super) fn new(engine: &Engine, restore: Restore) -> Self {
        let (id, folder) = (restore.id.clone(), restore.folder.clone());
        // The engine inside knows no sessions: a cycle would keep the lock for ever.
        let engine = Engine { open: Arc::default(), ..engine.clone() };
        Self { engine, id, folder, restore: Arc::new(Mutex::new(restore)) }
    }

    /// What all restores share.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its spoken ID.
    pub fn id(&self) -> &RestoreId {
        &self.id
    }

    /// Its folder.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// The download in its folder.
    pub fn backup_path(&self) -> PathBuf {
        self.folder.join("backup.db")
    }

    /// The restored database in its folder.
    pub fn restored_path(&self) -> PathBuf {
        self.folder.join("restored.db")
    }

    /// What the journal says so far.
    pub fn history(&self) -> History {
        self.restore().history().clone()
    }

    /// Writes one line into the journal.
    pub fn record(&self, event: Event) -> Result<(), Trouble> {
        Ok(self.restore().journal.append(event)?)
    }

    /// The person went to a step. Nothing is written when it is the same one.
    pub fn go_to(&self, stage: Stage) -> Result<(), Trouble> {
        if self.restore().history().stage == stage {
            return Ok(());
        }
        self.record(Event::Step { stage })
    }

    /// Notes where the backups are.
    pub fn choose_source(&self, source: SourceChoice) -> Result<(), Trouble> {
        if self.restore().history().source.as_ref() == Some(&source) {
            return Ok(());
        }
        self.record(Event::Source(source))
    }

    /// Takes a download into the restore: notes it, and gives it a name in the restore's folder.
    pub fn take(&self, obtained: &Obtained) -> Result<(), Trouble> {
        self.record(Event::Backup { backup: obtained.backup.stored() })?;
        self.engine.store.link(&obtained.sha256, &self.backup_path())?;
        self.record(Event::Downloaded(obtained.record()))?;
        self.engine.store.adopt_all(&self.folder);
        Ok(())
    }

    /// Notes what a backup says about itself, and what was found.
    pub fn note_file(
        &self,
        file: &FileFacts,
        ids: Option<(HubId, ConnectorId)>,
        findings: &[Finding],
    ) -> Result<(), Trouble> {
        let source = ids.and_then(|(hub, connector)| file.source(hub, connector));
        self.record(Event::Checked(Checked {
            name: source.and_then(|source| source.name.clone()),
            kind: source.and_then(|source| source.kind.clone().or_else(|| source.source_type.clone())),
            events: file.events.as_ref().map(|events| events.rows),
            newest: file.newest.as_ref().map(|newest| newest.at),
        }))?;
        self.note_findings(Stage::Inspect, findings)
    }

    /// Notes the findings of a step, for the report.
    pub fn note_findings(&self, stage: Stage, findings: &[Finding]) -> Result<(), Trouble> {
        let list: Vec<Noted> = findings.iter().map(Noted::from).collect();
        if self.restore().history().findings.get(&stage) == Some(&list) {
            return Ok(());
        }
        self.record(Event::Findings { stage, list })
    }

    /// Notes what each witness says, for the report.
    pub fn note_witnesses(&self, testimonies: &[Testimony]) -> Result<(), Trouble> {
        let list: Vec<_> = testimonies.iter().map(witnesses::Noted::from).collect();
        if self.restore().history().witnesses == list {
            return Ok(());
        }
        self.record(Event::Witnesses { list })
    }

    /// Notes what stands in a text field.
    pub fn type_into(&self, field: &str, text: &Untrusted) -> Result<(), Trouble> {
        if self.restore().history().typed.get(field) == Some(text) {
            return Ok(());
        }
        self.record(Event::Typed { field: field.to_owned(), text: text.clone() })
    }

    /// Notes the new IDs.
    pub fn choose_target(&self, mapping: Mapping, hub_root: Option<PathBuf>) -> Result<(), Trouble> {
        let target = TargetChoice { mapping, hub_root };
        if self.restore().history().target.as_ref() == Some(&target) {
            return Ok(());
        }
        self.record(Event::Target(target))
    }

    /// Notes that a person accepted a finding.
    pub fn accept(&self, finding: &Finding) -> Result<(), Trouble> {
        if self.restore().history().accepts(finding) {
            return Ok(());
        }
        self.record(Event::Accepted { acceptance: finding.acceptance(), detail: finding.detail.clone() })
    }

    /// Notes that a person took an acceptance back.
    pub fn take_back(&self, finding: &Finding) -> Result<(), Trouble> {
        self.record(Event::TakenBack { acceptance: finding.acceptance() })
    }

    /// Notes that findings stopped it and nobody goes on: a command that was refused.
    pub fn refuse(&self, stage: Stage, findings: &[Finding]) -> Result<(), Trouble> {
        self.note_findings(stage, findings)?;
        self.record(Event::Refused { stage, codes: findings.iter().map(|finding| finding.code).collect() })
    }

    /// The words for the texts of the guide. None before the IDs are known.
    pub fn words(&self) -> Option<Words> {
        self.history().words(&self.engine.world.person())
    }

    /// The steps for a person now, with the words in them, and whether each is done.
    pub fn steps(&self) -> Vec<(Step, bool)> {
        let history = self.history();
        let words = history.words(&self.engine.world.person());
        let filled = |step: &Step| words.as_ref().map_or_else(|| step.clone(), |words| step.filled(words));
        history.steps(&self.engine.guide).into_iter().map(|step| (filled(step), history.is_done(step))).collect()
    }

    /// Steps before this one that are not done (R702); empty when it is in order. Missing when there is no such step.
    pub fn skipped_by(&self, step: &str) -> Result<Vec<Step>, Trouble> {
        let history = self.history();
        let steps = history.steps(&self.engine.guide);
        if !steps.iter().any(|known| known.id == step) {
            return Err(Trouble::Missing(format!("restore {} has no step {step} now", self.id)));
        }
        let skipped = Guide::skipped(&steps, step, |step| history.is_done(step));
        Ok(skipped.into_iter().cloned().collect())
    }

    /// Ticks a step. Starting the service is ticked by [`Session::start_service`], or here when a person started it.
    pub fn tick(&self, step: &str, seen: bool) -> Result<(), Trouble> {
        self.skipped_by(step)?;
        let history = self.history();
        let starts = history.steps(&self.engine.guide).iter().any(|known| known.id == step && known.starts_service);
        if let (true, Some(stopped)) = (starts, history.stopped_service()) {
            self.record(Event::Started { service: stopped.service.name.clone() })?;
        }
        self.record(Event::Tick { step: step.to_owned(), seen })?;
        self.write_report()
    }

    /// Takes a tick back.
    pub fn untick(&self, step: &str) -> Result<(), Trouble> {
        self.record(Event::Untick { step: step.to_owned() })?;
        self.write_report()
    }

    /// Notes that a step stays open knowingly.
    pub fn leave_open(&self, step: &str) -> Result<(), Trouble> {
        self.record(Event::LeftOpen { step: step.to_owned() })?;
        self.write_report()
    }

    /// Its row in the list of restores.
    pub fn listed(&self) -> Result<Listed, Trouble> {
        Ok(self.engine.store.listed(&self.id, &self.engine.guide)?)
    }

    /// What forgetting it would delete.
    pub fn to_forget(&self) -> Result<Forget, Trouble> {
        Ok(self.engine.store.to_forget(&self.id)?)
    }

    /// Deletes what it holds; the report stays.
    pub fn forget(&self) -> Result<Forget, Trouble> {
        let engine = &self.engine;
        Ok(engine.store.forget(&mut self.restore())?)
    }

    pub(super) fn restore(&self) -> MutexGuard<'_, Restore> {
        self.restore.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Placing and undoing record their stages through the session, so that others can read the history meanwhile.
impl StageLog for Session {
    fn record(&mut self, stage: &PlaceAct) -> anyhow::Result<()> {
        self.restore().journal.append(Event::Place { act: stage.clone() })
    }

    fn recorded(&self) -> Vec<PlaceAct> {
        self.restore().history().acts()
    }
}

impl SourceChoice {
    /// What the settings in force say; none when they name no source.
    pub fn of(settings: &Settings) -> Option<Self> {
        let text = |value: &Option<crate::config::Value<String>>| value.as_ref().map(|value| value.value.clone());
        Some(Self {
            environment: text(&settings.environment),
            source: text(&settings.source)?,
            profile: text(&settings.profile),
            region: text(&settings.region),
            endpoint_url: text(&settings.endpoint_url),
            requester_pays: settings.requester_pays.value,
        })
    }
}
