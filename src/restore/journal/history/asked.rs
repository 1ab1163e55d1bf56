//! What others ask of a history.

use std::path::PathBuf;

use super::{History, ServiceState, Stood};
use crate::finding::Finding;
use crate::guide::{Guide, Step, Words};
use crate::identity::{Mapping, Renamed};
use crate::restore::State;
use crate::text::Untrusted;

impl History {
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
