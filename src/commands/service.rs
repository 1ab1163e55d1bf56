//! The service that has a database open: stopped with `--stop`, started again with `--start`, and never forgotten.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Context;
use super::failure::Failure;
use super::output;
use super::signals;
use crate::arguments::Service as Wanted;
use crate::finding::{Code, Finding, Severity};
use crate::hub::holders::Holders;
use crate::hub::service::Service;
use crate::restore::engine::{HubLook, Session};
use crate::text;

/// How long a stopped service may take until nobody has the database open any more.
const PATIENCE: Duration = Duration::from_secs(20);

/// The services that `--stop` would stop so that nobody has the database open; empty when somebody has it open that
/// belongs to none, or cannot be seen.
pub(super) fn stoppable(holders: &Holders) -> Vec<Service> {
    let all_belong = holders.seen.iter().all(|holder| holder.service.is_some());
    if !all_belong || !holders.mounts.is_empty() || holders.blind.is_some() {
        return Vec::new();
    }
    holders.services().into_iter().cloned().collect()
}

/// The words of the command line that ask for the same.
pub(super) fn service_words(wanted: Wanted) -> Vec<String> {
    let words = [(wanted.stop, "--stop"), (wanted.start, "--start"), (wanted.online, "--online")];
    words.into_iter().filter(|(wanted, _)| *wanted).map(|(_, word)| word.to_owned()).collect()
}

/// What a look at the place found, in the mode that was chosen.
pub(super) fn in_the_way(look: &HubLook, wanted: Wanted) -> Vec<Finding> {
    without_stoppable(look.for_mode(wanted.online).to_vec(), &look.holders, wanted)
}

/// The findings without R601, where `--stop` takes care of it.
pub(super) fn without_stoppable(findings: Vec<Finding>, holders: &Holders, wanted: Wanted) -> Vec<Finding> {
    let takes_care = wanted.stop && !stoppable(holders).is_empty();
    findings.into_iter().filter(|finding| !(takes_care && finding.code == Code::R601)).collect()
}

/// What `--stop` does, as lines for the plan.
pub(super) fn stop_lines(services: &[Service]) -> Vec<String> {
    let line = |service: &Service| {
        let others: Vec<String> = service.stops_also.iter().map(ToString::to_string).collect();
        let also = match others.as_slice() {
            [] => String::new(),
            others => format!("; these connectors stop, too: {}", others.join(", ")),
        };
        format!("   stops         {}{also}", service.stop_words().join(" "))
    };
    services.iter().map(line).collect()
}

/// Starts again what this restore stopped, when that was asked for; otherwise says that it stands still.
pub(super) fn start_services(session: &Session, wanted: Wanted) -> Result<(), Failure> {
    let started = if wanted.start { start_all(session) } else { Ok(()) };
    say_stopped(session);
    started
}

fn start_all(session: &Session) -> Result<(), Failure> {
    while let Some(service) = session.start_service()? {
        signals::stands_still(&service.name, None);
        output::message(&format!("{} runs again", service.name));
    }
    Ok(())
}

/// Says which service stands still, and how to start it.
fn say_stopped(session: &Session) {
    for stopped in session.history().services.iter().filter(|state| state.stopped) {
        let words = stopped.service.start_words().join(" ");
        let (name, since) = (&stopped.service.name, text::moment(stopped.since));
        output::message(&format!("reseat: {name} is STOPPED since {since}. Start it: {words}"));
    }
}

impl Context {
    /// Stops what has the database open, and waits until nobody has.
    pub(super) fn stop_services(
        &self,
        session: &Session,
        services: &[Service],
        look: impl Fn() -> Holders,
        target: &Path,
    ) -> Result<(), Failure> {
        for service in services {
            output::message(&format!("stops {}: {}", service.name, service.stop_words().join(" ")));
            let start = service.start_words().join(" ");
            let line = format!("reseat: {} is STOPPED, or may be. Start it: {start}", service.name);
            signals::stands_still(&service.name, Some(line));
            session.stop_service(service)?;
        }
        let begun = Instant::now();
        while !services.is_empty() {
            self.cancel.check()?;
            let holders = look();
            if holders.nobody() {
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err(Failure::blocked(holders.findings(target), "nothing was replaced"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Stops at the first thing that blocks, or that is not accepted.
    pub(super) fn stop_at(&self, findings: &[Finding]) -> Result<(), Failure> {
        let Some(message) = super::failure::stopped_by(findings, &self.accepted) else { return Ok(()) };
        let stops = |finding: &&Finding| match finding.severity {
            Severity::Block => true,
            Severity::Warn | Severity::Ask => !self.accepts(finding),
            Severity::Info => false,
        };
        Err(Failure::Refused { message, findings: findings.iter().filter(stops).cloned().collect() })
    }

    /// Whether the command line accepts this finding.
    pub(super) fn accepts(&self, finding: &Finding) -> bool {
        self.accepted.contains(&finding.code)
    }
}
