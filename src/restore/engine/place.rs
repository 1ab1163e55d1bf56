//! Replacing the database on this machine, going on with a replacement that was cut, and undoing one; the service in the
//! way. All of it is in the journal before it happens.

use std::path::{Path, PathBuf};

use super::{Engine, Session};
use crate::database::FileFacts;
use crate::finding::{Code, Finding, Severity};
use crate::hub::holders::{self, Holders};
use crate::hub::look::{self, PlaceFacts};
use crate::hub::place::{self, Kit, Left, Placed, Step, Stopped};
use crate::hub::service::{self, Service};
use crate::hub::stage::Order;
use crate::hub::undo::{self, Undone};
use crate::identity::{ConnectorId, HubId};
use crate::progress::{Cancel, OnProgress};
use crate::restore::Stage;
use crate::restore::assess;
use crate::restore::facts::{Fact, FolderFacts};
use crate::restore::journal::{Event, History, Placing, Stood};
use crate::restore::trouble::Trouble;
use crate::text;

/// What a look at the place saw.
#[derive(Debug, Clone)]
pub struct HubLook {
    /// The place itself.
    pub place: PlaceFacts,
    /// Who has the database open.
    pub holders: Holders,
    /// The findings of the place, worst first.
    pub findings: Vec<Finding>,
    /// The same for online mode, in which nobody who has it open is in the way.
    pub online: Vec<Finding>,
}

impl HubLook {
    /// The findings of the mode that was chosen.
    pub fn for_mode(&self, online: bool) -> &[Finding] {
        if online { &self.online } else { &self.findings }
    }
}

/// A file, and where it shall go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPlace {
    /// The restored database.
    pub file: PathBuf,
    /// Its digest, 64 hex digits.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// The hub in it.
    pub hub: HubId,
    /// The connector in it.
    pub connector: ConnectorId,
    /// Where it goes, links resolved: [`PlaceFacts::target`].
    pub target: PathBuf,
    /// How many events it holds.
    pub events: u64,
    /// How many events are there now, where that could be read.
    pub before: Option<u64>,
    /// A person accepted that the old database cannot be opened (R602).
    pub accepts_unreadable: bool,
    /// A person accepted a file system without an exchange (R606).
    pub accepts_plain_rename: bool,
    /// A person accepted that the connector has no folder here: it is made (R406).
    pub makes_folder: bool,
    /// It is written into the live file, which may be open.
    pub online: bool,
}

impl ToPlace {
    /// A file that was looked into, and the place that was looked at. Nothing is accepted yet.
    pub fn new(file: &Path, sha256: &str, facts: &FileFacts, ids: (HubId, ConnectorId), place: &PlaceFacts) -> Self {
        let before = place.now.as_ref().and_then(|now| now.seen.glance()).map(|glance| glance.events);
        Self {
            file: file.to_owned(),
            sha256: sha256.to_owned(),
            size: facts.header.size,
            hub: ids.0,
            connector: ids.1,
            target: place.target.clone(),
            events: facts.events.as_ref().map_or(0, |events| events.rows),
            before,
            accepts_unreadable: false,
            accepts_plain_rename: false,
            makes_folder: false,
            online: false,
        }
    }

    fn record(&self) -> Placing {
        Placing {
            file: self.file.clone(),
            sha256: self.sha256.clone(),
            size: self.size,
            hub: self.hub,
            connector: self.connector,
            target: self.target.clone(),
            events: self.events,
            before: self.before,
        }
    }

    /// In online mode, or not.
    #[must_use]
    pub fn online(self, online: bool) -> Self {
        Self { online, ..self }
    }

    /// With the questions about the place that a person answered with yes.
    #[must_use]
    pub fn accepting(mut self, codes: &[Code]) -> Self {
        self.accepts_unreadable |= codes.contains(&Code::R602);
        self.accepts_plain_rename |= codes.contains(&Code::R606);
        self.makes_folder |= codes.contains(&Code::R406);
        self
    }
}

impl Engine {
    /// Looks at the place of `connector` below `root`, and judges it for `file`. Touches nothing. `sudo` is the line that
    /// goes on here as root (R607, R613).
    pub fn look_at_place(
        &self,
        root: &Path,
        file: &FileFacts,
        ids: (HubId, ConnectorId),
        sudo: &str,
        cancel: &Cancel,
    ) -> Result<HubLook, Trouble> {
        let (hub, connector) = ids;
        let scratch = self.scratch()?;
        let place = look::look(&self.world, &Self::place_of(root, connector), scratch.path(), cancel)?;
        let folder: Fact<FolderFacts> = self.folder_facts(root, None, cancel)?;
        let holders = self.holders(root, &place.target);
        let mut placing = assess::Placing {
            file,
            hub,
            connector,
            folder: &folder,
            place: &place,
            holders: Some(&holders),
            online: false,
            sudo,
        };
        let mut findings = assess::place(&placing, self.clock());
        placing.online = true;
        let mut online = assess::place(&placing, self.clock());
        if let Some(copies) = &place.copies {
            let at = text::printable(&copies.mounted_at.display().to_string());
            self.name_what_could_go(&mut findings, Some(&at));
            self.name_what_could_go(&mut online, Some(&at));
        }
        Ok(HubLook { place, holders, findings, online })
    }

    /// Looks who has a database open: quick, for looking again every two seconds.
    pub fn holders(&self, root: &Path, target: &Path) -> Holders {
        holders::look(&self.world, &self.helper, Some(root), target)
    }
}

impl Session {
    /// Replaces the database. Everything was looked at, accepted and confirmed before.
    pub fn place(&self, what: &ToPlace, cancel: &Cancel, progress: OnProgress<'_, Step>) -> Result<Placed, Stopped> {
        let header = self.history().header;
        let order = Order {
            restore: self.id().to_string(),
            token: header.token.as_str().to_owned(),
            person: self.engine.world.person(),
            hub: what.hub,
            connector: what.connector,
            target: what.target.clone(),
            source: what.file.clone(),
            sha256: what.sha256.clone(),
            folder: self.folder().clone(),
            accepts_unreadable: what.accepts_unreadable,
            accepts_plain_rename: what.accepts_plain_rename,
            makes_folder: what.makes_folder,
            online: what.online,
        };
        // What was begun before keeps its record: then the recipe itself refuses to begin another one.
        if matches!(self.history().stood, Stood::Untouched | Stood::RolledBack) {
            let begun = self.go_to(Stage::Place).and_then(|()| self.record(Event::Placing(what.record())));
            begun.map_err(|error| unwritten(&error, Left::Untouched))?;
        }
        let placed = self.with_kit(cancel, progress, |kit| place::place(&order, kit));
        self.after_act(placed)
    }

    /// Goes on with a replacement that was cut (R609).
    pub fn proceed(&self, cancel: &Cancel, progress: OnProgress<'_, Step>) -> Result<Placed, Stopped> {
        let placed = self.with_kit(cancel, progress, place::proceed);
        self.after_act(placed)
    }

    /// Puts back what was there before, byte for byte; also a replacement or an undo that was cut.
    pub fn undo(&self, cancel: &Cancel, progress: OnProgress<'_, Step>) -> Result<Undone, Stopped> {
        self.record(Event::RollingBack).map_err(|error| unwritten(&error, Left::Unfinished))?;
        let undone = self.with_kit(cancel, progress, undo::undo);
        self.after_act(undone)
    }

    /// The same, written into the live file where somebody has it open.
    pub fn undo_online(&self, cancel: &Cancel, progress: OnProgress<'_, Step>) -> Result<Undone, Stopped> {
        self.record(Event::RollingBack).map_err(|error| unwritten(&error, Left::Unfinished))?;
        let undone = self.with_kit(cancel, progress, undo::undo_online);
        self.after_act(undone)
    }

    fn with_kit<T>(
        &self,
        cancel: &Cancel,
        progress: OnProgress<'_, Step>,
        act: impl FnOnce(&mut Kit<'_>) -> Result<T, Stopped>,
    ) -> Result<T, Stopped> {
        let mut log = self.clone();
        act(&mut Kit {
            world: &self.engine.world,
            files: self.engine.files.as_ref(),
            helper: &self.engine.helper,
            log: &mut log,
            cancel,
            progress,
        })
    }

    /// The report and the step after an act. The act itself is done: what fails here does not undo it.
    fn after_act<T>(&self, done: Result<T, Stopped>) -> Result<T, Stopped> {
        let stood = self.history().stood;
        let noted = if stood == Stood::Placed { self.go_to(Stage::Finish) } else { Ok(()) };
        self.engine.store.adopt_all(self.folder());
        if let Err(error) = noted.and_then(|()| self.write_report()) {
            tracing::warn!("the report is not up to date: {error}");
        }
        done.map_err(|stopped| self.engine.stopped_with_what_could_go(stopped))
    }

    /// Notes the line that `place` printed on the hub: it must carry the connector and the digest of the restored database
    /// (R615). None means that a person says that it was placed by hand.
    pub fn receipt(&self, line: Option<&str>) -> Result<(), Trouble> {
        let history = self.history();
        let missing = || Trouble::Missing(format!("restore {} has no restored database", self.id()));
        let connector = history.mapping().ok_or_else(missing)?.connector.new;
        let expected = history.rewrote.ok_or_else(missing)?.sha256;
        let sha256 = match line {
            None => None,
            Some(line) => Some(read_receipt(line, connector, &expected)?),
        };
        self.record(Event::Receipt { connector, sha256 })?;
        self.go_to(Stage::Finish)?;
        self.write_report()
    }

    /// Stops the service that has the database open. In the journal before the command runs, so that it is known to stand
    /// still whatever happens then.
    pub fn stop_service(&self, service: &Service) -> Result<(), Trouble> {
        self.record(Event::Stopping { service: service.clone() })?;
        let name = service.name.clone();
        match service::stop(&self.engine.world, service) {
            Ok(()) => self.record(Event::Stopped { service: name }),
            Err(finding) => {
                self.record(Event::StopFailed { service: name })?;
                Err((*finding).into())
            }
        }
    }

    /// Starts the service that this restore stopped; nothing to do when none stands still.
    pub fn start_service(&self) -> Result<Option<Service>, Trouble> {
        let history = self.history();
        let Some(stopped) = history.stopped_service() else { return Ok(None) };
        let service = stopped.service.clone();
        self.record(Event::Starting { service: service.name.clone() })?;
        service::start(&self.engine.world, &service).map_err(|finding| Trouble::from(*finding))?;
        self.record(Event::Started { service: service.name.clone() })?;
        if let Some(step) = starting_step(&history, &self.engine) {
            self.record(Event::Tick { step, seen: true })?;
        }
        self.write_report()?;
        Ok(Some(service))
    }
}

/// The guide's word for the step that starting the service ticks, where that step is there now.
fn starting_step(history: &History, engine: &Engine) -> Option<String> {
    history.steps(&engine.guide).into_iter().find(|step| step.starts_service).map(|step| step.id.clone())
}

/// The line that `place` ends with.
pub fn receipt_line(connector: ConnectorId, sha256: &str) -> String {
    format!("placed {connector} {sha256}")
}

/// The digest in a receipt, when it is the one of this restore; whatever else was copied around it is left out.
fn read_receipt(line: &str, connector: ConnectorId, expected: &str) -> Result<String, Box<Finding>> {
    let refused = |detail: String| {
        Box::new(
            Finding::new(Code::R615, Severity::Block, detail)
                .why("It would say that this restore was placed, and another one was.")
                .remedy("Copy the last line that reseat place printed; it begins with \"placed\"."),
        )
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(at) = words.iter().rposition(|word| *word == "placed") else {
        return Err(refused("There is no line that begins with \"placed\".".to_owned()));
    };
    let [_, other, sha256, ..] = words[at..] else {
        return Err(refused("The line is not whole: a connector and a digest belong to it.".to_owned()));
    };
    if other.parse() != Ok(connector) {
        let other = text::printable(&text::cut(other, 40));
        return Err(refused(format!("The line is about connector {other}, not about {connector}.")));
    }
    if !sha256.eq_ignore_ascii_case(expected) {
        return Err(refused("Another file was placed: its SHA-256 is not that of the restored database.".to_owned()));
    }
    Ok(expected.to_owned())
}

/// The journal could not be written, so nothing was done.
fn unwritten(error: &Trouble, left: Left) -> Stopped {
    let finding = Finding::new(Code::R610, Severity::Block, text::printable(&error.to_string()))
        .why("Nothing is done that the journal does not say first.")
        .remedy("Make room in the state folder, or give access to it; then try again.");
    Stopped { finding: Some(Box::new(finding)), left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_found_in_what_was_copied_and_another_one_is_refused() {
        let connector: ConnectorId = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22".parse().unwrap();
        let digest = "da834e1fa528b3c0f6d9a1b57feb92c341665874c813189636e573569bff6c1b";
        let line = receipt_line(connector, digest);
        assert_eq!(read_receipt(&line, connector, digest).unwrap(), digest);
        assert_eq!(read_receipt(&format!("mk@hub$ ...\n{line}\nmk@hub$"), connector, digest).unwrap(), digest);
        for wrong in ["", "placed", "done", &line[..60], &line.replace("a91f", "b91f"), &line.replace("da83", "ea83")] {
            assert_eq!(read_receipt(wrong, connector, digest).unwrap_err().code, Code::R615, "{wrong}");
        }
    }
}
