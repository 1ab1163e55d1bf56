//! Carries out the work of `wizard::source`.

use std::path::Path;

use super::{Job, Outside};
use crate::catalog::{CatalogError, Listing, SourceKind, SourceSpec};
use crate::config::Settings;
use crate::hub::discover::hub_of;
use crate::runtime::outside::hub_root_of;
use crate::text;
use crate::wizard::Answer;
use crate::wizard::source::{self, Environment, RowOutcome, Source, Work};
use crate::wizard::start::Start;

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    match work {
        Work::Machine(root) => machine(root.as_deref(), job, outside),
        Work::Check(spec) => check(&spec, job, outside),
        Work::Renew(spec, credentials) => {
            let answer = match outside.catalog(&spec) {
                Ok(catalog) => {
                    catalog.renew(credentials);
                    source::Answer::Renewed
                }
                Err(error) => not_opened(&error, outside),
            };
            job.say(Answer::Source(answer));
        }
    }
}

/// The screen of the first step: the environments of the configuration, with the cursor on the one in force.
pub(crate) fn first_source(settings: &Settings) -> Source {
    let (named, default) = environments(settings);
    Source::new(named, default)
}

/// The first screen where this machine knows a restore; `resume` goes on at once.
pub(crate) fn first_start(settings: &Settings, resume: Option<String>) -> Start {
    let (named, default) = environments(settings);
    Start::new(named, default, resume)
}

/// The named sources, and the row of the one in force.
fn environments(settings: &Settings) -> (Vec<Environment>, usize) {
    let mut named: Vec<Environment> = Vec::new();
    let wanted = settings.environment.as_ref().map(|name| name.value.as_str());
    let mut default = 0;
    for environment in &settings.environments {
        // The configuration was checked when it was read; what cannot be opened is not offered.
        let Ok(mut spec) = SourceSpec::parse(&environment.source) else { continue };
        spec.profile.clone_from(&environment.profile);
        spec.region.clone_from(&environment.region);
        spec.endpoint.clone_from(&environment.endpoint_url);
        let in_force = Some(environment.name.as_str()) == wanted && settings.requester_pays.value;
        spec.requester_pays = in_force || environment.requester_pays == Some(true);
        if Some(environment.name.as_str()) == wanted {
            default = named.len();
        }
        named.push(Environment {
            name: text::printable(&environment.name),
            spec,
            shown: text::printable(&environment.source),
            origin: "from the configuration".to_owned(),
            hub_root: hub_root_of(settings, Some(&environment.name)),
        });
    }
    if let (None, Some(source)) = (wanted, &settings.source)
        && let Ok(mut spec) = SourceSpec::parse(&source.value)
    {
        let value = |of: &Option<crate::config::Value<String>>| of.as_ref().map(|value| value.value.clone());
        (spec.profile, spec.region, spec.endpoint) =
            (value(&settings.profile), value(&settings.region), value(&settings.endpoint_url));
        spec.requester_pays = settings.requester_pays.value;
        let shown = text::printable(&source.value);
        let origin = "named at the start".to_owned();
        let hub_root = hub_root_of(settings, None);
        named.insert(0, Environment { name: "source".to_owned(), spec, shown, origin, hub_root });
    }
    (named, default)
}

fn not_opened(error: &CatalogError, outside: &Outside) -> source::Answer {
    match error.finding(outside.world.now()) {
        Some(finding) => source::Answer::NotOpened(Box::new(finding)),
        None => source::Answer::Checked(None),
    }
}

fn check(spec: &SourceSpec, job: &Job, outside: &Outside) {
    let say = |answer| job.say(Answer::Source(answer));
    let catalog = match outside.catalog(spec) {
        Ok(catalog) => catalog,
        Err(error) => return say(not_opened(&error, outside)),
    };
    let mut report = |check, outcome| say(source::Answer::Check(check, outcome));
    if outside.wait(job, catalog.check(outside.world.now(), &mut report)).is_err() {
        return;
    }
    let file = match &spec.kind {
        SourceKind::File(_) => outside.wait(job, catalog.list(Listing::default())),
        SourceKind::S3 { .. } | SourceKind::Folder(_) => return say(source::Answer::Checked(None)),
    };
    let Ok(Ok(page)) = file else { return say(source::Answer::Checked(None)) };
    say(source::Answer::Checked(page.objects.into_iter().next().map(Box::new)));
}

fn machine(named: Option<&Path>, job: &Job, outside: &Outside) {
    let root = named.map_or_else(|| outside.hub_root(None), |root| root.is_dir().then(|| root.to_owned()));
    let (hub, row) = match &root {
        None => (None, RowOutcome::Told("none here: the hub is another machine".to_owned())),
        Some(root) => match outside.connectors(root, &job.cancel) {
            Ok(connectors) => {
                let hub = hub_of(&connectors);
                let count = text::counted(connectors.len() as u64, "connector", "connectors");
                let named = hub.map_or_else(|| text::printable(&root.display().to_string()), |hub| hub.to_string());
                (hub, folder_row(root, &format!("{named}, {count}")))
            }
            Err(_) if job.cancel.is_cancelled() => return,
            Err(error) => (None, RowOutcome::Told(text::printable(&format!("cannot be listed: {error:#}")))),
        },
    };
    job.say(Answer::Source(source::Answer::HubFolder(root.clone(), hub, row)));
    let folders: Vec<&Path> = root.as_deref().into_iter().chain([outside.state_dir()]).collect();
    let free: Vec<String> = folders.into_iter().filter_map(free_space).collect();
    let row =
        if free.is_empty() { RowOutcome::Told("cannot be seen".to_owned()) } else { RowOutcome::Good(free.join(", ")) };
    job.say(Answer::Source(source::Answer::FreeSpace(row)));
}

fn folder_row(root: &Path, seen: &str) -> RowOutcome {
    if rustix::fs::access(root, rustix::fs::Access::WRITE_OK).is_ok() {
        RowOutcome::Good(format!("{seen}, writable"))
    } else {
        RowOutcome::Told(format!("{seen}, not writable: placing here needs sudo"))
    }
}

/// `84.3 GiB in /var/datahub`. A folder that is not there yet counts as its parent.
fn free_space(folder: &Path) -> Option<String> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    let free = text::size(stat.f_bavail.saturating_mul(stat.f_frsize));
    Some(format!("{free} in {}", text::printable(&folder.display().to_string())))
}
