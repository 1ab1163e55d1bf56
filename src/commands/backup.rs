//! The backup that a command works on: found, fetched once, looked into, and everything that is known about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::Context;
use super::bar::Bar;
use super::failure::Failure;
use super::source::id;
use crate::arguments::{Chosen, Target};
use crate::catalog::levels::{self, Affiliations, ConnectorFolder, Versions, split_version};
use crate::catalog::{Backup, Catalog, SourceKind, SourceSpec, split_bucket};
use crate::config::Origin;
use crate::database::InspectStage;
use crate::database::header::{self, Length};
use crate::finding::{self, Code, Finding, Severity};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::assess::{self, OldIds};
use crate::restore::engine::{Engine, Obtained, Preview};
use crate::restore::facts::{Fact, Facts, Taken, There};
use crate::restore::far::FarBackup;
use crate::restore::trouble::Trouble;
use crate::text;

/// A backup that was looked into.
pub(super) struct Examined {
    pub(super) engine: Engine,
    pub(super) catalog: Arc<dyn Catalog>,
    pub(super) obtained: Obtained,
    pub(super) facts: Facts,
}

/// A backup that lies on this machine, not looked into yet.
pub(super) struct Fetched {
    pub(super) engine: Engine,
    catalog: Arc<dyn Catalog>,
    pub(super) obtained: Obtained,
    taken: Taken,
}

/// A backup that can be read.
pub(super) enum Reached {
    /// On this machine.
    Here(Box<Fetched>),
    /// Where it lies.
    Far(Box<FarBackup>),
}

/// What the name of a backup means.
struct Named<'a> {
    catalog: Arc<dyn Catalog>,
    key: String,
    version: Option<&'a str>,
    /// It is one file of this machine.
    is_path: bool,
}

/// The new IDs as they were typed.
pub(super) struct NewIds {
    hub: Option<HubId>,
    connector: ConnectorId,
}

impl NewIds {
    /// Reads what was typed; R401 when it is no ID.
    pub(super) fn read(target: &Target) -> Result<Self, Failure> {
        let hub = target.new_hub.as_deref().map(|typed| id(typed, "hub")).transpose()?;
        Ok(Self { hub, connector: id(&target.new_connector, "connector")? })
    }
}

impl Context {
    /// What all steps share.
    pub(super) fn engine(&self) -> Result<Engine, Failure> {
        Ok(Engine::new(self.world.clone(), self.settings.clone())?)
    }

    /// Finds the backup, has it on this machine, and looks into it.
    pub(super) fn examine(&self, chosen: &Chosen) -> Result<Examined, Failure> {
        self.fetch(chosen)?.examine(self)
    }

    /// Finds the backup, and has it on this machine.
    pub(super) fn fetch(&self, chosen: &Chosen) -> Result<Fetched, Failure> {
        let (catalog, backup, taken) = self.find(chosen)?;
        self.obtain(catalog, &backup, taken)
    }

    /// Finds the backup, and leaves it where it is, unless that or its download is on this machine.
    pub(super) fn reach(&self, chosen: &Chosen) -> Result<Reached, Failure> {
        let (catalog, backup, taken) = self.find(chosen)?;
        let local = catalog.open_local(backup.key.raw()).is_some();
        if local || self.engine()?.store.known(&backup).is_some() {
            return Ok(Reached::Here(Box::new(self.obtain(catalog, &backup, taken)?)));
        }
        let handle = self.runtime()?.handle().clone();
        Ok(Reached::Far(Box::new(FarBackup::new(catalog, backup, handle))))
    }

    fn obtain(&self, catalog: Arc<dyn Catalog>, backup: &Backup, taken: Taken) -> Result<Fetched, Failure> {
        let engine = self.engine()?;
        let mut bar = Bar::new();
        let mut progress = |progress| bar.show(progress);
        let obtained = self.wait(engine.obtain(catalog.as_ref(), backup, &mut progress, &self.cancel))??;
        Ok(Fetched { engine, catalog, obtained, taken })
    }

    /// The backup of this name: an S3 address, a file on this machine, or a key in the source; and how its version came to
    /// be the one.
    fn find(&self, chosen: &Chosen) -> Result<(Arc<dyn Catalog>, Backup, Taken), Failure> {
        let named = self.named(&chosen.backup)?;
        if let Some(at) = chosen.as_of {
            let backup = self.as_of(&named, at)?;
            return Ok((named.catalog, backup, Taken::AsOf(at)));
        }
        let Named { catalog, key, version, is_path } = named;
        let backup = match self.head(&catalog, &key, version) {
            Err(Failure::Missing { message, findings }) if version.is_none() && !is_path => {
                self.below_marker(&catalog, &key)?.ok_or(Failure::Missing { message, findings })?
            }
            other => other?,
        };
        let taken = if version.is_none() && !is_path { Taken::Newest } else { Taken::Named };
        Ok((catalog, backup, taken))
    }

    /// The same, not asked for yet: what the source says of it comes with its first bytes.
    pub(super) fn find_unasked(&self, chosen: &Chosen) -> Result<(Arc<dyn Catalog>, Backup), Failure> {
        let named = self.named(&chosen.backup)?;
        if let Some(at) = chosen.as_of {
            let backup = self.as_of(&named, at)?;
            return Ok((named.catalog, backup));
        }
        let Named { catalog, key, version, .. } = named;
        if catalog.open_local(&key).is_some() {
            let backup = self.head(&catalog, &key, version)?;
            return Ok((catalog, backup));
        }
        let backup = Backup::named(&catalog.describe(), catalog.prefix(), &key);
        Ok((catalog, Backup { version: version.map(str::to_owned), latest: version.is_none(), ..backup }))
    }

    /// What a name means, before anything is asked for.
    fn named<'a>(&self, named: &'a str) -> Result<Named<'a>, Failure> {
        let (address, version) = split_version(named);
        let (catalog, key) = if let Some(rest) = address.strip_prefix("s3://") {
            self.of_address(rest)?
        } else if Path::new(named).is_file() {
            let path = std::fs::canonicalize(named).map_err(anyhow::Error::from)?;
            let key = path.to_string_lossy().into_owned();
            let catalog = self.open(SourceSpec::new(SourceKind::File(path)))?;
            return Ok(Named { catalog, key, version: None, is_path: true });
        } else if is_local(named) || self.settings.source.is_none() {
            return Err(Failure::missing(format!("there is no file {}", text::printable(named))));
        } else {
            let catalog = self.catalog()?;
            let key = below(catalog.prefix(), address);
            (catalog, key)
        };
        if key.is_empty() || key.ends_with('/') {
            let shown = text::printable(named);
            return Err(Failure::Usage(format!("{shown} is not a whole key; `reseat list` shows the keys")));
        }
        Ok(Named { catalog, key, version, is_path: false })
    }

    fn head(&self, catalog: &Arc<dyn Catalog>, key: &str, version: Option<&str>) -> Result<Backup, Failure> {
        let head = self.wait(catalog.head(key, version))?.map_err(|error| self.answered(&error))?;
        Ok(head.backup)
    }

    /// The source and the key of an address without its `s3://`. The source of the settings is used where it is the same
    /// bucket; in another one the layout begins wherever the key says.
    fn of_address(&self, rest: &str) -> Result<(Arc<dyn Catalog>, String), Failure> {
        let (bucket, key) = split_bucket(rest);
        let configured = self.settings.source.as_ref().and_then(|source| SourceSpec::parse(&source.value).ok());
        if let Some(spec @ SourceSpec { kind: SourceKind::S3 { .. }, .. }) = configured
            && let SourceKind::S3 { bucket: own, prefix } = &spec.kind
            && own == bucket
            && key.starts_with(prefix.as_str())
        {
            return Ok((self.open(spec)?, key.to_owned()));
        }
        let spec =
            SourceSpec::parse(&format!("s3://{bucket}/{}", prefix_of(key))).map_err(|error| self.answered(&error))?;
        Ok((self.open(spec)?, key.to_owned()))
    }

    /// The newest version of a key that is not after a time. Where older versions cannot be listed, what is newest of all
    /// may still be as old as that.
    fn as_of(&self, named: &Named<'_>, at: Timestamp) -> Result<Backup, Failure> {
        let Named { catalog, key, version, is_path } = named;
        let shown = text::printable(key);
        let place = Backup::named("", catalog.prefix(), key).place;
        let (false, None, Some(place)) = (*is_path, version, place) else {
            return Err(Failure::Usage(format!("--as-of needs the key of a backup, without a version: not {shown}")));
        };
        let listed = self.wait(levels::backups(catalog, &ConnectorFolder::from(&place)))?;
        let listed = listed.map_err(|error| self.answered(&error))?;
        let of_key = || listed.entries.iter().filter(|entry| entry.key.raw() == key);
        let backup = levels::as_of(of_key(), at).cloned();
        backup.ok_or_else(|| {
            let oldest = of_key().filter(|entry| !entry.deleted).filter_map(|entry| entry.modified).min();
            let until = text::moment(at);
            Failure::missing(match (oldest, &listed.versions) {
                (None, _) => format!("there is no backup {shown}"),
                (Some(_), Versions::NotListed { why }) => {
                    format!("the newest {shown} is from after {until}, and older versions are not seen: {why}")
                }
                (Some(oldest), Versions::Listed) => {
                    format!("no version of {shown} is as old as {until}; the oldest is of {}", text::moment(oldest))
                }
            })
        })
    }

    /// The newest version of a key that was deleted in the bucket; none where there is no version.
    pub(super) fn below_marker(&self, catalog: &Arc<dyn Catalog>, key: &str) -> Result<Option<Backup>, Failure> {
        let Some(place) = Backup::named("", catalog.prefix(), key).place else { return Ok(None) };
        let Ok(found) = self.wait(levels::backups(catalog, &ConnectorFolder::from(&place)))? else { return Ok(None) };
        let there = found.entries.into_iter().filter(|entry| entry.key.raw() == key && !entry.deleted);
        Ok(there.max_by_key(|entry| entry.modified))
    }
}

impl Fetched {
    /// Looks into it.
    fn examine(self, context: &Context) -> Result<Examined, Failure> {
        let Self { engine, catalog, obtained, taken } = self;
        let mut facts = Facts { key: Fact::Known(obtained.key_facts(taken)), ..Facts::default() };
        let mut bar = Bar::<InspectStage>::new();
        facts.file = Fact::Known(engine.examine(&obtained.path, &context.cancel, &mut |progress| bar.show(progress))?);
        facts.bucket = context.wait(engine.bucket_facts(&catalog, &obtained.backup))?;
        Ok(Examined { engine, catalog, obtained, facts })
    }

    /// Goes on when SQLite can read the file; else gives the findings that say why it cannot.
    pub(super) fn readable(self, context: &Context) -> Result<Self, Failure> {
        let header = header::read(&self.obtained.path).map_err(Trouble::from)?;
        if header.is_sqlite() && !matches!(header.length, Length::Shorter { .. }) {
            return Ok(self);
        }
        Err(self.unreadable(context))
    }

    /// Why SQLite cannot read the file: what blocks it, by the checks of `inspect`.
    pub(super) fn unreadable(self, context: &Context) -> Failure {
        let examined = match self.examine(context) {
            Ok(examined) => examined,
            Err(failure) => return failure,
        };
        let mut findings = examined.findings();
        findings.retain(|finding| finding.severity == Severity::Block);
        if findings.is_empty() {
            return Failure::Failed(anyhow::anyhow!("SQLite cannot read the file, and no check says why"));
        }
        Failure::blocked(findings, "it is not read")
    }
}

impl Examined {
    /// What the download and the look into the file found, worst first.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.with_download(assess::inspect(&self.facts, self.engine.clock()))
    }

    /// The old IDs.
    pub(super) fn old(&self) -> Option<OldIds> {
        assess::old_ids(&self.facts)
    }

    fn with_download(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &self.obtained.findings {
            if findings.iter().all(|there| there.code != finding.code) {
                findings.push(finding.clone());
            }
        }
        finding::sort(&mut findings);
        findings
    }

    /// Looks at where it shall go: the new IDs, the hub here, the organisation in the bucket.
    pub(super) fn aim(&mut self, new: &NewIds, context: &Context) -> Result<(), Failure> {
        let root = context.settings.hub_root.value.clone();
        let here = root.is_dir() || context.settings.hub_root.from != Origin::Default;
        let shown = text::printable(&root.display().to_string());
        if here {
            let target = self.engine.target_facts(&root, new.connector, &context.cancel)?;
            self.facts.target = Fact::Known(target);
            let old = self.old().map(|old| old.connector);
            self.facts.folder = self.engine.folder_facts(&root, old, &context.cancel)?;
        } else {
            self.facts.target = Fact::Unknown(format!("there is no hub folder {shown} on this machine."));
        }
        let hub = match new.hub {
            Some(hub) => hub,
            None => self.hub_of_target(new.connector, &shown)?,
        };
        let Some(old) = self.old() else { return Ok(()) };
        let mapping = Mapping {
            hub: Renamed { old: old.hub, new: hub },
            connector: Renamed { old: old.connector, new: new.connector },
        };
        self.facts.mapping = Some(mapping);
        if let Fact::Known(bucket) = &mut self.facts.bucket {
            let affiliations = Affiliations::new(Arc::clone(&self.catalog));
            let backup = &self.obtained.backup;
            let looked = context.wait(self.engine.add_organisations(bucket, &affiliations, backup, &mapping))?;
            looked.map_err(Trouble::from)?;
        }
        Ok(())
    }

    /// The hub that the new connector's own database names.
    fn hub_of_target(&self, connector: ConnectorId, root: &str) -> Result<HubId, Failure> {
        let there = self.facts.target.known().map(|target| &target.there);
        let (code, why) = match there {
            Some(There::Database(glance)) => match glance.hub {
                Some(hub) => return Ok(hub),
                None => (Code::R411, format!("The database of connector {connector} does not name one hub.")),
            },
            Some(There::Unreadable(why)) => (Code::R411, format!("The new connector's database was not read: {why}")),
            Some(There::NoFolder | There::NoDatabase) => {
                (Code::R406, format!("Connector {connector} has no database in {root}."))
            }
            None => {
                let why = "this machine has no hub folder that tells the new hub: add --new-hub, or --hub-root";
                return Err(Failure::Usage(why.to_owned()));
            }
        };
        let finding = Finding::new(code, Severity::Ask, why)
            .why("Without it, the new hub's ID is not known.")
            .remedy("Add --new-hub with the hub's ID from the platform; compare both IDs there.");
        Err(Failure::Refused {
            message: format!("{code}: the new hub is not known; add --new-hub"),
            findings: vec![finding],
        })
    }

    /// The plan and all findings.
    pub(super) fn preview(&self, context: &Context) -> Result<Preview, Failure> {
        let mut bar = Bar::new();
        let mut preview = self.engine.preview(
            &self.obtained.path,
            Some(&self.obtained.sha256),
            &self.facts,
            &context.cancel,
            &mut |progress| bar.show(progress),
        )?;
        preview.findings = self.with_download(preview.findings);
        Ok(preview)
    }
}

/// Whether a name can only mean a file on this machine.
fn is_local(named: &str) -> bool {
    named.starts_with('/') || named.starts_with("./") || named.starts_with("../")
}

/// A key of the source: whole, or below the source's prefix.
fn below(prefix: &str, key: &str) -> String {
    if key.starts_with(prefix) { key.to_owned() } else { format!("{prefix}{key}") }
}

/// Where the layout begins in a key: everything before the organisation.
fn prefix_of(key: &str) -> String {
    let Some((before, _)) = key.split_once("/datahub/") else { return String::new() };
    before.rfind('/').map_or_else(String::new, |at| before[..=at].to_owned())
}

/// The file to write or to read, as an absolute path.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    Ok(std::path::absolute(path).map_err(anyhow::Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_begins_before_the_organisation() {
        assert_eq!(prefix_of("acme/datahub/x/connector/y/f"), "");
        assert_eq!(prefix_of("a/b/acme/datahub/x/connector/y/f"), "a/b/");
        assert_eq!(prefix_of("other"), "");
        assert_eq!(below("a/", "acme/x"), "a/acme/x");
        assert_eq!(below("a/", "a/acme/x"), "a/acme/x");
    }
}
