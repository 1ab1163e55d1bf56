//! Carries out the work of `wizard::place`.

use std::path::Path;
use std::sync::Arc;

use super::after::{after, shown};
use super::{Job, Outside};
use crate::finding::{Code, Finding, Severity};
use crate::hub::discover::HubConnector;
use crate::hub::holders::Holders;
use crate::hub::look::owner_words;
use crate::hub::place::{Left, Stopped};
use crate::hub::service;
use crate::identity::{ConnectorId, HubId};
use crate::restore::engine::{HubLook, Session, ToPlace};
use crate::restore::trouble::Trouble;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::chain::{Accepted, Proved};
use crate::wizard::place::elsewhere::Commands;
use crate::wizard::place::{self, HolderLine, Look, Open, Tick, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let answer = match work {
        Work::Look(proved) => look(&proved, job, outside),
        Work::LookAgain { root, path } => {
            place::Answer::LookedAgain(Box::new(look_again(root.as_deref(), &path, job, outside)))
        }
        Work::StopService { service, restore } => {
            let stopped = session(outside, &restore).and_then(|session| session.stop_service(&service));
            place::Answer::ServiceStopped(stopped.map(|()| service).map_err(|trouble| Box::new(finding_of(&trouble))))
        }
        Work::StartService { service, restore } => {
            place::Answer::ServiceStarted(start(&service, restore.as_deref(), outside))
        }
        Work::Replace { proved, accepted, online } => replace(&proved, (&accepted, online), job, outside),
        Work::Commands { proved, login } => place::Answer::Commands(Box::new(commands(&proved, &login))),
        Work::Receipt { proved, line } => receipt(&proved, line.as_deref(), outside),
        Work::Tick { restore, step, tick } => {
            let ticked = session(outside, &restore).and_then(|session| match tick {
                Tick::Said => session.tick(&step, false),
                Tick::Seen => session.tick(&step, true),
                Tick::Open => session.untick(&step),
                Tick::LeftOpen => session.leave_open(&step),
            });
            place::Answer::Ticked(ticked.map_err(|trouble| finding_of(&trouble).detail))
        }
    };
    job.say(Answer::Place(answer));
}

/// The restore of this ID.
pub(super) fn session(outside: &Outside, restore: &str) -> Result<Session, Trouble> {
    outside.engine.find(restore)
}

/// What went wrong, as the finding that it is, or as one of a write that failed.
pub(super) fn finding_of(trouble: &Trouble) -> Finding {
    trouble.findings().first().cloned().unwrap_or_else(|| {
        Finding::new(Code::R610, Severity::Block, text::printable(&trouble.to_string()))
            .why("It could not be done.")
            .remedy("Look at the reason, mend it, and try again.")
    })
}

fn ids(proved: &Proved) -> (HubId, ConnectorId) {
    (proved.mapping().hub.new, proved.mapping().connector.new)
}

/// The line that goes on here as root. This program has the restore as long as it runs, so it is left first.
pub(super) fn sudo(restore: &str, outside: &Outside) -> String {
    let program =
        std::env::current_exe().map_or_else(|_| "reseat".to_owned(), |path| path.to_string_lossy().into_owned());
    let state = text::shell_quote(&outside.state_dir().to_string_lossy());
    format!("Leave with q, then run: sudo {} --state-dir {state} resume {restore}", text::shell_quote(&program))
}

fn look_at(proved: &Proved, job: &Job, outside: &Outside) -> Result<HubLook, Trouble> {
    let root = proved.targeted().hub_root.clone();
    let root = root.ok_or_else(|| Trouble::Missing("the hub is another machine".to_owned()))?;
    let file = outside.restored(&proved.path, &proved.rewritten.sha256, &job.cancel)?;
    let sudo = sudo(&proved.inspected().restore, outside);
    outside.engine.look_at_place(&root, &file, ids(proved), &sudo, &job.cancel)
}

fn look(proved: &Proved, job: &Job, outside: &Outside) -> place::Answer {
    let root = proved.targeted().hub_root.clone();
    match look_at(proved, job, outside) {
        Ok(seen) => {
            let size = proved.rewritten.size;
            let comes = format!(
                "{}, {}{}",
                text::size(size),
                text::counted(proved.inspected().events(), "event", "events"),
                if seen.place.now.is_some() { ", same owner and mode" } else { "" }
            );
            let others = root.as_deref().map(|root| others(root, job, outside)).unwrap_or_default();
            let safety = format!("{}/before/", shown(&proved.inspected().folder));
            place::Answer::Looked(Box::new(looked(&seen, size, comes, safety, &others)))
        }
        Err(trouble) => place::Answer::NotLooked(vec![finding_of(&trouble)]),
    }
}

/// The other connectors of the hub, with their names.
pub(super) fn others(root: &Path, job: &Job, outside: &Outside) -> Vec<(ConnectorId, String)> {
    // A hub folder that cannot be listed is a finding of its own; here only names are missing then.
    let connectors = outside.connectors(root, &job.cancel).unwrap_or_default();
    connectors.iter().map(|one| (one.connector, name(one))).collect()
}

fn name(connector: &HubConnector) -> String {
    let name =
        connector.seen.glance().and_then(|glance| glance.sources.first()).and_then(|source| source.name.as_ref());
    name.map_or_else(|| connector.connector.short(), text::Untrusted::printable)
}

/// A look as the screen shows it.
pub(super) fn looked(
    seen: &HubLook,
    size: u64,
    comes: String,
    safety: String,
    others: &[(ConnectorId, String)],
) -> Look {
    let place = &seen.place;
    let looks = place.looks.as_ref().map(|(looks, _)| format!(", owner {}", owner_words(looks))).unwrap_or_default();
    let now = place.now.as_ref().map_or_else(
        || if place.folder_there { "no database" } else { "no folder: placing makes it" }.to_owned(),
        |now| {
            let events =
                now.seen.glance().map(|glance| format!(", {}", text::counted(glance.events, "event", "events")));
            format!("{}{}{looks}", text::size(now.size), events.unwrap_or_default())
        },
    );
    let is_about_holders = |finding: &&Finding| matches!(finding.code, Code::R601 | Code::R613);
    Look {
        path: place.target.clone(),
        now,
        comes,
        safety,
        room: (place.file_system.as_ref().map_or(0, |system| system.free), place.needed_there(size)),
        others: others.to_vec(),
        findings: seen.findings.iter().filter(|finding| !is_about_holders(finding)).cloned().collect(),
        online: seen.online.clone(),
        open: open(&seen.holders, seen.findings.iter().filter(is_about_holders).cloned().collect(), others),
    }
}

/// Who has the file open, without the rest.
pub(super) fn look_again(root: Option<&Path>, path: &Path, job: &Job, outside: &Outside) -> Open {
    let hub = root.map(Path::to_owned).or_else(|| path.parent().and_then(Path::parent).map(Path::to_owned));
    let hub = hub.unwrap_or_default();
    let holders = outside.engine.holders(&hub, path);
    let findings = holders.findings(path);
    let others = if holders.services().is_empty() { Vec::new() } else { others(&hub, job, outside) };
    open(&holders, findings, &others)
}

fn open(holders: &Holders, findings: Vec<Finding>, others: &[(ConnectorId, String)]) -> Open {
    let service = match holders.services().as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    };
    let named = |id: &ConnectorId| {
        others.iter().find(|(other, _)| other == id).map_or_else(|| id.short(), |(_, name)| name.clone())
    };
    Open {
        at: holders.looked,
        findings,
        holders: holders
            .seen
            .iter()
            .map(|holder| HolderLine {
                pid: holder.pid.map_or_else(|| "a lock".to_owned(), |pid| format!("pid {pid}")),
                command: holder.command.clone(),
                user: holder.user.clone(),
                unit: holder.service.as_ref().map(|service| service.name.clone()).unwrap_or_default(),
                since: holder.since,
            })
            .collect(),
        stops_also: service.iter().flat_map(|service| service.stops_also.iter().map(named)).collect(),
        service,
    }
}

fn start(
    service: &service::Service,
    restore: Option<&str>,
    outside: &Outside,
) -> Result<service::Service, Box<Finding>> {
    let started = match restore {
        // Through the journal, so that it is known not to stand still any more.
        Some(restore) => session(outside, restore).and_then(|session| session.start_service()),
        None => service::start(&outside.world, service).map(|()| Some(service.clone())).map_err(Trouble::from),
    };
    match started {
        Ok(started) => Ok(started.unwrap_or_else(|| service.clone())),
        Err(trouble) => Err(Box::new(finding_of(&trouble))),
    }
}

fn replace(proved: &Proved, (accepted, online): (&[Accepted], bool), job: &Job, outside: &Outside) -> place::Answer {
    let stopped = |trouble: &Trouble| match trouble {
        Trouble::Cancelled => place::Answer::Stopped { finding: None, left: Left::Untouched },
        trouble => place::Answer::Stopped { finding: Some(Box::new(finding_of(trouble))), left: Left::Untouched },
    };
    let session = match session(outside, &proved.inspected().restore) {
        Ok(session) => session,
        Err(trouble) => return stopped(&trouble),
    };
    let seen = match look_at(proved, job, outside) {
        Ok(seen) => seen,
        Err(trouble) => return stopped(&trouble),
    };
    let is_accepted = |finding: &Finding| {
        let acceptance = finding.acceptance();
        accepted.iter().chain(&proved.targeted().answered).any(|one| one.acceptance == acceptance)
            || proved.planned.accepted_at(finding).is_some()
    };
    // The place may have changed since the screen was drawn: what is new was not seen, so it was not accepted.
    let new = seen
        .for_mode(online)
        .iter()
        .find(|finding| finding.severity == Severity::Block || (finding.needs_acceptance() && !is_accepted(finding)));
    if let Some(finding) = new {
        return place::Answer::Stopped { finding: Some(Box::new(finding.clone())), left: Left::Untouched };
    }
    for finding in seen.for_mode(online).iter().filter(|finding| finding.needs_acceptance()) {
        if let Err(trouble) = session.accept(finding) {
            return stopped(&trouble);
        }
    }
    let file = match outside.restored(&proved.path, &proved.rewritten.sha256, &job.cancel) {
        Ok(file) => file,
        Err(trouble) => return stopped(&trouble),
    };
    let codes: Vec<Code> =
        seen.for_mode(online).iter().filter(|finding| is_accepted(finding)).map(|finding| finding.code).collect();
    let what = ToPlace::new(&proved.path, &proved.rewritten.sha256, &file, ids(proved), &seen.place)
        .accepting(&codes)
        .online(online);
    let placed = session.place(&what, &job.cancel, &mut |progress| {
        job.say(Answer::Place(place::Answer::Step(progress.stage)));
    });
    match placed {
        Ok(placed) => placed_answer(&session, placed.notes),
        Err(Stopped { finding, left }) => place::Answer::Stopped { finding, left },
    }
}

/// What is shown of a restore that was just placed.
pub(super) fn placed_answer(session: &Session, notes: Vec<Finding>) -> place::Answer {
    after(session, notes).map_or_else(
        || place::Answer::Stopped {
            finding: Some(Box::new(
                Finding::new(Code::R616, Severity::Block, "The journal does not say what was placed.")
                    .why("The database is in its place, but the next screens have nothing to show.")
                    .remedy("Leave, and look at it with reseat restores."),
            )),
            left: Left::New,
        },
        |after| place::Answer::Placed(Box::new(after)),
    )
}

/// The two commands for another machine, each as lines that stay right when they are selected with the mouse.
fn commands(proved: &Arc<Proved>, login: &str) -> Commands {
    let program = std::env::current_exe().unwrap_or_else(|_| "/usr/local/bin/reseat".into());
    let program_size = std::fs::metadata(&program).map_or(0, |data| data.len());
    let quoted = |path: &Path| text::shell_quote(&path.to_string_lossy());
    let login = text::shell_quote(login);
    let copy = format!("scp {} \\\n    {} {login}:", quoted(&program), quoted(&proved.path));
    let name = proved.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = text::shell_quote(&name);
    let accepted = &proved.planned.accepted;
    let mut accepts: Vec<Code> = accepted.iter().map(|one| one.acceptance.code).collect();
    accepts.sort_unstable();
    accepts.dedup();
    let accepts: Vec<String> =
        accepts.iter().filter(|code| arises_there(**code)).map(|code| format!("--accept {code}")).collect();
    let line = if accepts.is_empty() { String::new() } else { format!("  {} \\\n", accepts.join(" ")) };
    let place = format!(
        "ssh -t {login} 'sudo ./reseat place {name} \\\n  --connector {} \\\n{line}  --sha256 {} \\\n  && rm {name}'",
        proved.mapping().connector.new,
        proved.rewritten.sha256,
    );
    let file = proved.inspected().folder.join("commands.txt");
    let written = write_private(&file, &format!("{copy}\n\n{place}\n"));
    Commands { copy, place, sizes: (program_size, proved.rewritten.size), file: written.is_ok().then(|| shown(&file)) }
}

/// Writes a small file that nobody else reads, whatever the umask.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

/// Findings of the file that `place` there finds again: what was accepted here needs no second answer.
fn arises_there(code: Code) -> bool {
    let text = code.as_str();
    text.starts_with("R2") || text.starts_with("R3") || text.starts_with("R6")
}

fn receipt(proved: &Proved, line: Option<&str>, outside: &Outside) -> place::Answer {
    let noted = session(outside, &proved.inspected().restore).and_then(|session| {
        session.receipt(line)?;
        Ok(session)
    });
    match noted {
        Ok(session) => placed_answer(&session, Vec::new()),
        Err(trouble) => place::Answer::Stopped { finding: Some(Box::new(finding_of(&trouble))), left: Left::Untouched },
    }
}
