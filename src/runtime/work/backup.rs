//! Carries out the work of `wizard::backup`: listings page by page, and small looks at what lies in a row.

mod known;

use std::sync::Arc;

use super::{Job, Outside};
use crate::catalog::levels::{self, Affiliations, ConnectorFolder, ConnectorsPage};
use crate::catalog::{Catalog, CatalogError, SourceSpec};
use crate::identity::HubId;
use crate::progress::Cancelled;
use crate::text::Untrusted;
use crate::wizard::Answer;
use crate::wizard::backup::{self, Peek, Work};

use known::Known;

/// Why a piece of work ended without an answer of its own.
enum Stop {
    /// It is no longer wanted.
    Cancelled,
    /// The source answered with an error.
    Failed(CatalogError),
}

impl From<Cancelled> for Stop {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<CatalogError> for Stop {
    fn from(error: CatalogError) -> Self {
        Self::Failed(error)
    }
}

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let ended = match work {
        Work::Organisations(spec) => organisations(&spec, job, outside),
        Work::Count(spec, org) => count(&spec, &org, job, outside),
        Work::Home(spec, hub) => home(&spec, hub, job, outside),
        Work::Connectors(spec, org) => connectors(&spec, &org, job, outside),
        Work::Peek(spec, folder) => peek(&spec, &folder, job, outside),
        Work::Backups(spec, folder) => backups(&spec, &folder, job, outside),
        Work::Locate(spec, text) => locate(&spec, &text, job, outside),
    };
    if let Err(Stop::Failed(error)) = ended
        && let Some(finding) = error.finding(outside.world.now())
    {
        say(job, backup::Answer::Failed(Box::new(finding)));
    }
}

fn say(job: &Job, answer: backup::Answer) {
    job.say(Answer::Backup(answer));
}

fn open(spec: &SourceSpec, outside: &Outside) -> Result<Arc<dyn Catalog>, Stop> {
    Ok(outside.catalog(spec)?)
}

fn organisations(spec: &SourceSpec, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let mut pages = levels::organisations(&open(spec, outside)?);
    while let Some(page) = outside.wait(job, pages.next())?? {
        say(job, backup::Answer::Organisations(page));
    }
    say(job, backup::Answer::Ended);
    Ok(())
}

fn connectors(spec: &SourceSpec, org: &Untrusted, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let mut pages = levels::connectors(&open(spec, outside)?, org);
    while let Some(page) = outside.wait(job, pages.next())?? {
        say(job, backup::Answer::Connectors(page));
    }
    say(job, backup::Answer::Ended);
    Ok(())
}

fn count(spec: &SourceSpec, org: &Untrusted, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let mut pages = levels::connectors(&open(spec, outside)?, org);
    let mut hubs: Vec<(HubId, u64)> = Vec::new();
    while let Some(page) = outside.wait(job, pages.next())?? {
        match page {
            ConnectorsPage::Hubs(found) => hubs.extend(found.into_iter().map(|hub| (hub.hub, 0))),
            ConnectorsPage::Connectors(hub, found) => {
                let more = found.len() as u64;
                match hubs.iter_mut().find(|(known, _)| *known == hub.hub) {
                    Some((_, count)) => *count += more,
                    None => hubs.push((hub.hub, more)),
                }
            }
            ConnectorsPage::Others(_) => {}
        }
    }
    say(job, backup::Answer::Counted(org.clone(), hubs));
    Ok(())
}

fn home(spec: &SourceSpec, hub: HubId, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let affiliations = Affiliations::new(open(spec, outside)?);
    let found = outside.wait(job, affiliations.of(hub, None))??;
    say(job, backup::Answer::Home(found));
    Ok(())
}

fn peek(spec: &SourceSpec, folder: &ConnectorFolder, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    let found = outside.wait(job, levels::backups(&catalog, folder))??;
    let known = Known::of(folder.connector, outside);
    let there: Vec<_> = found.entries.iter().filter(|entry| !entry.deleted).collect();
    let newest = there.first();
    let (name, kind) = known.name();
    let peek = Peek {
        name,
        kind,
        newest: newest.and_then(|backup| backup.modified),
        size: newest.map(|backup| backup.size),
        versions: there.len() as u64,
        far_smaller: found.newest_is_far_smaller(),
        events: newest.and_then(|backup| known.earlier(backup, &found.entries)?.events),
    };
    say(job, backup::Answer::Peeked(Box::new(folder.clone()), Box::new(peek)));
    Ok(())
}

fn backups(spec: &SourceSpec, folder: &ConnectorFolder, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    let found = outside.wait(job, levels::backups(&catalog, folder))??;
    let known = Known::of(folder.connector, outside);
    let earlier = found.entries.iter().map(|backup| known.earlier(backup, &found.entries)).collect();
    say(job, backup::Answer::Backups(Box::new(found), earlier));
    Ok(())
}

fn locate(spec: &SourceSpec, text: &str, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    let found = outside.wait(job, levels::locate(&catalog, text))??;
    say(job, backup::Answer::Located(Box::new(found)));
    Ok(())
}
