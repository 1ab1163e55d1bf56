//! Carries out the work of `wizard::backup`: listings page by page, and small looks at what lies in a row.

mod compare;
mod known;
pub(in crate::runtime) mod search;
mod seen;

use std::sync::Arc;

use super::{Job, Outside};
use crate::catalog::levels::{self, Affiliations, ConnectorFolder, ConnectorsPage};
use crate::catalog::{Backup, Catalog, CatalogError, SourceSpec};
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
        Work::Look(spec, backup) => look(&spec, &backup, job, outside),
        Work::Backups(spec, folder) => backups(&spec, &folder, job, outside),
        Work::Compare(spec, pair, columns) => {
            compare::compare(&spec, &pair, columns, job, outside);
            Ok(())
        }
        Work::Locate(spec, text) => locate(&spec, &text, job, outside),
        Work::Search(spec, sought) => search::search(&spec, &sought, job, outside),
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

/// Lists what a connector has, and says so at once; then looks into its newest backup, where that tells more.
fn peek(spec: &SourceSpec, folder: &ConnectorFolder, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    let found = outside.wait(job, levels::backups(&catalog, folder))??;
    let known = Known::of(folder.connector, outside);
    let there: Vec<_> = found.entries.iter().filter(|entry| !entry.deleted).collect();
    let newest = there.first();
    let earlier = newest.and_then(|backup| known.earlier(backup, &found.entries));
    let (name, kind) = known.name();
    let mut peek = Peek {
        name,
        kind,
        backup: newest.map(|backup| Box::new((*backup).clone())),
        newest: newest.and_then(|backup| backup.modified),
        size: newest.map(|backup| backup.size),
        versions: there.len() as u64,
        far_smaller: found.newest_is_far_smaller(),
        events: earlier.as_ref().and_then(|earlier| earlier.events),
        event: earlier.and_then(|earlier| earlier.newest),
        ..Peek::default()
    };
    let told = |peek: &Peek| backup::Answer::Peeked(Box::new(folder.clone()), Box::new(peek.clone()));
    if let Some(newest) = newest.filter(|_| peek.name.is_none() || peek.event.is_none()) {
        peek.more = true;
        say(job, told(&peek));
        let seen = seen::seen(&catalog, newest, job, outside)?;
        peek.name = peek.name.or(seen.name);
        peek.kind = peek.kind.or(seen.kind);
        peek.event = peek.event.or(seen.newest);
        // The span of the row numbers is no count, but for none at all.
        peek.events = peek.events.or(seen.events.filter(|events| *events == 0));
        peek.barred = seen.barred;
        peek.more = false;
    }
    say(job, told(&peek));
    Ok(())
}

fn look(spec: &SourceSpec, backup: &Backup, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let seen = seen::seen(&open(spec, outside)?, backup, job, outside)?;
    say(job, backup::Answer::Looked(Box::new(backup.clone()), Box::new(seen)));
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
