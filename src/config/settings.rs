//! What is in force: flags, environment variables, file and defaults taken together.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use super::file::{self, Checked, ConfigError, Environment};
use super::{Flags, Origin, Value};
use crate::world::World;

/// Where a hub keeps its connectors, unless something else is said.
const HUB_ROOT: &str = "/var/datahub";
/// Where root keeps state.
const ROOT_STATE: &str = "/var/lib/reseat";
/// From this age on R103 is a warning.
const WARN_AGE_HOURS: u32 = 24;

/// Everything that can be configured, as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The configuration file, whether it is there or not; none where the platform has no folder for it.
    pub file: Option<PathBuf>,
    /// The environments of the file, in its order.
    pub environments: Vec<Environment>,
    /// The environment that is used.
    pub environment: Option<Value<String>>,
    /// Where the backups are, as `--source` takes it.
    pub source: Option<Value<String>>,
    /// The profile of the AWS configuration.
    pub profile: Option<Value<String>>,
    /// The bucket's region.
    pub region: Option<Value<String>>,
    /// A server that speaks S3.
    pub endpoint_url: Option<Value<String>>,
    /// Whether the one who reads pays for it; without it, the owner of the bucket does.
    pub requester_pays: Value<bool>,
    /// The folder that holds the connectors' folders on a hub.
    pub hub_root: Value<PathBuf>,
    /// Where reseat keeps its state.
    pub state_dir: Value<PathBuf>,
    /// From how many hours on R103 is a warning.
    pub warn_age_hours: Value<u32>,
    given: Box<Given>,
}

/// What the values were made of, so that the wizard can choose another environment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Given {
    flags: Flags,
    variables: Flags,
    warn_age_hours: Option<u32>,
    file: Checked,
    root: bool,
}

/// One row of `config show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The key.
    pub key: &'static str,
    /// The value; none when there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: Origin,
}

impl Settings {
    /// Reads the configuration file (`RESEAT_CONFIG` names another one), and takes flags and variables before it.
    pub fn load(flags: &Flags, world: &World) -> Result<Self, ConfigError> {
        let named = world.variable("RESEAT_CONFIG").map(PathBuf::from);
        let path = named.clone().or_else(default_file);
        let file = match &path {
            Some(path) => file::read(path)?,
            None => None,
        };
        if let (Some(path), None) = (named, &file) {
            return Err(ConfigError::Unreadable { path, why: "it is not there".to_owned() });
        }
        let text = |name: &str| world.variable(name).map(str::to_owned);
        let variables = Flags {
            source: text("RESEAT_SOURCE"),
            environment: text("RESEAT_ENVIRONMENT"),
            profile: text("RESEAT_PROFILE"),
            region: text("RESEAT_REGION"),
            endpoint_url: text("RESEAT_ENDPOINT_URL"),
            requester_pays: text("RESEAT_REQUESTER_PAYS").map(|text| yes_or_no(&text)).transpose()?,
            hub_root: text("RESEAT_HUB_ROOT").map(PathBuf::from),
            state_dir: text("RESEAT_STATE_DIR").map(PathBuf::from),
        };
        let warn_age_hours = text("RESEAT_WARN_AGE_HOURS").map(|text| hours(&text)).transpose()?;
        let file = file.unwrap_or_default();
        let given = Given { flags: flags.clone(), variables, warn_age_hours, file, root: world.is_root() };
        Self::resolve(path, given)
    }

    /// The settings with this environment, as if it had been named on the command line.
    pub fn with_environment(&self, name: &str) -> Result<Self, ConfigError> {
        let mut given = (*self.given).clone();
        given.flags.environment = Some(name.to_owned());
        given.flags.source = None;
        Self::resolve(self.file.clone(), given)
    }

    /// The settings with this source instead of an environment, as if it had been named on the command line.
    pub fn with_source(&self, source: &str) -> Result<Self, ConfigError> {
        let mut given = (*self.given).clone();
        given.flags.environment = None;
        given.flags.source = Some(source.to_owned());
        Self::resolve(self.file.clone(), given)
    }

    fn resolve(path: Option<PathBuf>, given: Given) -> Result<Self, ConfigError> {
        let Given { flags, variables, file, .. } = &given;
        // A source of a higher rank than the environment's name stands alone: no environment adds to it.
        let named = first([(&flags.environment, Origin::Flag), (&variables.environment, Origin::Environment)]);
        let source = first([(&flags.source, Origin::Flag), (&variables.source, Origin::Environment)]);
        let only = (file.environments.len() == 1).then(|| file.environments[0].name.clone());
        let fallback = file.default_environment.clone().or(only).map(|value| Value { value, from: Origin::File });
        let environment = match (named, &source) {
            (Some(named), Some(source)) if source.from < named.from => None,
            (None, Some(_)) => None,
            (Some(named), _) => Some(named),
            (None, None) => fallback,
        };
        let section = match &environment {
            Some(name) => Some(find(file, name)?),
            None => None,
        };
        // The environment was named by the higher rank: it says where the backups are.
        let source = source.filter(|_| environment.is_none());
        let source = source.or_else(|| section.map(|one| Value { value: one.source.clone(), from: Origin::File }));
        let three = |pick: fn(&Flags) -> &Option<String>, filed: Option<&String>| {
            first([
                (pick(flags), Origin::Flag),
                (pick(variables), Origin::Environment),
                (&filed.cloned(), Origin::File),
            ])
        };
        let endpoint_url = three(|flags| &flags.endpoint_url, section.and_then(|one| one.endpoint_url.as_ref()));
        if let Some(url) = &endpoint_url {
            let name = if url.from == Origin::Flag { "--endpoint-url" } else { "RESEAT_ENDPOINT_URL" };
            file::endpoint(&url.value).map_err(|why| ConfigError::Value { name: name.to_owned(), why })?;
        }
        let filed_root = section.and_then(|one| one.hub_root.clone()).or_else(|| file.hub_root.clone());
        Ok(Self {
            file: path,
            environments: file.environments.clone(),
            source,
            profile: three(|flags| &flags.profile, section.and_then(|one| one.profile.as_ref())),
            region: three(|flags| &flags.region, section.and_then(|one| one.region.as_ref())),
            endpoint_url,
            requester_pays: first([
                (&flags.requester_pays, Origin::Flag),
                (&variables.requester_pays, Origin::Environment),
                (&section.and_then(|one| one.requester_pays), Origin::File),
            ])
            .unwrap_or(Value { value: false, from: Origin::Default }),
            hub_root: path_of(flags.hub_root.as_ref(), variables.hub_root.as_ref(), filed_root.as_ref(), || {
                PathBuf::from(HUB_ROOT)
            }),
            state_dir: path_of(flags.state_dir.as_ref(), variables.state_dir.as_ref(), file.state_dir.as_ref(), || {
                default_state(given.root)
            }),
            warn_age_hours: first([(&given.warn_age_hours, Origin::Environment), (&file.warn_age_hours, Origin::File)])
                .unwrap_or(Value { value: WARN_AGE_HOURS, from: Origin::Default }),
            environment,
            given: Box::new(given),
        })
    }

    /// From which age on R103 is a warning.
    pub fn warn_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.warn_age_hours.value) * 3_600)
    }

    /// Every value with where it comes from, for `config show`. None of them is a secret.
    pub fn shown(&self) -> Vec<Shown> {
        let text = |key, value: &Option<Value<String>>| Shown {
            key,
            value: value.as_ref().map(|value| value.value.clone()),
            from: value.as_ref().map_or(Origin::Default, |value| value.from),
        };
        let path = |key, value: &Value<PathBuf>| Shown { key, value: Some(shown_path(&value.value)), from: value.from };
        vec![
            Shown { key: "config", value: self.file.as_deref().map(shown_path), from: Origin::Default },
            text("environment", &self.environment),
            text("source", &self.source),
            text("profile", &self.profile),
            text("region", &self.region),
            text("endpoint_url", &self.endpoint_url),
            Shown {
                key: "requester_pays",
                value: Some(self.requester_pays.value.to_string()),
                from: self.requester_pays.from,
            },
            path("hub_root", &self.hub_root),
            path("state_dir", &self.state_dir),
            Shown {
                key: "warn_age_hours",
                value: Some(self.warn_age_hours.value.to_string()),
                from: self.warn_age_hours.from,
            },
        ]
    }
}

fn shown_path(path: &Path) -> String {
    crate::text::printable(&path.display().to_string())
}

fn first<T: Clone, const N: usize>(ranks: [(&Option<T>, Origin); N]) -> Option<Value<T>> {
    ranks.into_iter().find_map(|(value, from)| value.clone().map(|value| Value { value, from }))
}

fn path_of(
    flag: Option<&PathBuf>,
    variable: Option<&PathBuf>,
    filed: Option<&PathBuf>,
    default: impl FnOnce() -> PathBuf,
) -> Value<PathBuf> {
    first([(&flag.cloned(), Origin::Flag), (&variable.cloned(), Origin::Environment), (&filed.cloned(), Origin::File)])
        .unwrap_or_else(|| Value { value: default(), from: Origin::Default })
}

fn find<'a>(file: &'a Checked, name: &Value<String>) -> Result<&'a Environment, ConfigError> {
    file.environments.iter().find(|environment| environment.name == name.value).ok_or_else(|| {
        let names: Vec<&str> = file.environments.iter().map(|environment| environment.name.as_str()).collect();
        let known = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
        ConfigError::Value {
            name: if name.from == Origin::Flag { "--environment" } else { "RESEAT_ENVIRONMENT" }.to_owned(),
            why: format!("the configuration has no environment {:?}; it has: {known}", name.value),
        }
    })
}

fn hours(text: &str) -> Result<u32, ConfigError> {
    u32::from_str(text.trim()).ok().filter(|hours| (1..=87_600).contains(hours)).ok_or_else(|| ConfigError::Value {
        name: "RESEAT_WARN_AGE_HOURS".to_owned(),
        why: "it is a number of hours from 1 to 87600".to_owned(),
    })
}

fn yes_or_no(text: &str) -> Result<bool, ConfigError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => {
            let why = "it is true or false".to_owned();
            Err(ConfigError::Value { name: "RESEAT_REQUESTER_PAYS".to_owned(), why })
        }
    }
}

/// `config.toml` in the platform's configuration folder.
fn default_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "reseat").map(|folders| folders.config_dir().join("config.toml"))
}

impl Settings {
    /// The state folder of the same person in their other role: root's for a person, and under `sudo` the person's own.
    pub fn other_state(&self, world: &World) -> Option<PathBuf> {
        if !world.is_root() {
            return Some(PathBuf::from(ROOT_STATE));
        }
        let user = nix::unistd::User::from_name(world.variable("SUDO_USER")?).ok()??;
        (!user.uid.is_root()).then(|| user.dir.join(".local/state/reseat"))
    }
}

fn default_state(root: bool) -> PathBuf {
    if root {
        return PathBuf::from(ROOT_STATE);
    }
    directories::ProjectDirs::from("", "", "reseat").map_or_else(
        || std::env::temp_dir().join("reseat"),
        |folders| folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "default_environment = \"prod\"\nwarn_age_hours = 12\nhub_root = \"/srv/a\"\n\
        [environments.prod]\nbucket = \"p\"\nregion = \"eu-1\"\nprofile = \"file\"\n\
        [environments.stage]\nbucket = \"s\"\nprefix = \"/x/\"\nhub_root = \"/srv/b\"\n";

    #[test]
    fn each_role_knows_where_the_other_one_keeps_its_restores() {
        let settings = settings(Flags::default(), &[]).unwrap();
        let mut world = World::real();
        let mut as_person = |name: &str| {
            world.environment.insert("SUDO_USER".into(), name.into());
            settings.other_state(&world)
        };
        // Whoever runs the tests is one of the two.
        if nix::unistd::geteuid().is_root() {
            let home = nix::unistd::User::from_name("daemon").unwrap().unwrap().dir;
            assert_eq!(as_person("daemon"), Some(home.join(".local/state/reseat")));
            assert_eq!((as_person("root"), as_person("no such person")), (None, None));
        } else {
            assert_eq!(as_person("daemon"), Some(PathBuf::from(ROOT_STATE)));
        }
    }

    fn settings(flags: Flags, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, FILE).unwrap();
        let mut world = World::real();
        world.environment.retain(|name, _| !name.to_string_lossy().starts_with("RESEAT_"));
        world.environment.insert("RESEAT_CONFIG".into(), path.into());
        for (name, value) in variables {
            world.environment.insert(name.into(), value.into());
        }
        Settings::load(&flags, &world)
    }

    fn said(value: Option<&Value<String>>) -> (&str, Origin) {
        value.map_or(("", Origin::Default), |value| (value.value.as_str(), value.from))
    }

    #[test]
    fn flag_beats_variable_beats_file_beats_default() {
        let plain = settings(Flags::default(), &[]).unwrap();
        assert_eq!(said(plain.profile.as_ref()), ("file", Origin::File));
        assert_eq!(said(plain.source.as_ref()), ("s3://p", Origin::File));
        assert_eq!(plain.hub_root, Value { value: "/srv/a".into(), from: Origin::File });
        assert_eq!(plain.warn_age(), Duration::from_secs(12 * 3_600));
        let variable =
            settings(Flags::default(), &[("RESEAT_PROFILE", "env"), ("RESEAT_WARN_AGE_HOURS", "2")]).unwrap();
        assert_eq!(said(variable.profile.as_ref()), ("env", Origin::Environment));
        assert_eq!(variable.warn_age_hours, Value { value: 2, from: Origin::Environment });
        let flags = Flags { profile: Some("flag".into()), ..Flags::default() };
        let flag = settings(flags, &[("RESEAT_PROFILE", "env")]).unwrap();
        assert_eq!(said(flag.profile.as_ref()), ("flag", Origin::Flag));
        assert_eq!(said(flag.region.as_ref()), ("eu-1", Origin::File));
    }

    #[test]
    fn a_source_of_higher_rank_stands_alone() {
        let flags = Flags { source: Some("/copies".into()), ..Flags::default() };
        let own = settings(flags, &[("RESEAT_ENVIRONMENT", "stage")]).unwrap();
        assert_eq!((said(own.source.as_ref()), own.environment, own.profile), (("/copies", Origin::Flag), None, None));
        let flags = Flags { environment: Some("stage".into()), ..Flags::default() };
        let named = settings(flags, &[("RESEAT_SOURCE", "s3://other")]).unwrap();
        assert_eq!(said(named.source.as_ref()), ("s3://s/x", Origin::File));
        assert_eq!(named.hub_root.value, Path::new("/srv/b"));
        assert_eq!(said(named.with_source("/y").unwrap().source.as_ref()), ("/y", Origin::Flag));
        assert_eq!(said(named.with_environment("prod").unwrap().source.as_ref()), ("s3://p", Origin::File));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let flags = Flags { environment: Some("pord".into()), ..Flags::default() };
        let error = settings(flags, &[]).unwrap_err().to_string();
        assert_eq!(error, "--environment: the configuration has no environment \"pord\"; it has: prod, stage");
        let error = settings(Flags::default(), &[("RESEAT_ENDPOINT_URL", "https://a:b@c")]).unwrap_err().to_string();
        assert!(error.starts_with("RESEAT_ENDPOINT_URL:") && !error.contains("a:b"), "{error}");
        assert!(settings(Flags::default(), &[("RESEAT_CONFIG", "/nowhere/config.toml")]).is_err());
    }

    #[test]
    fn every_value_is_shown_with_its_origin() {
        let shown = settings(Flags::default(), &[("RESEAT_STATE_DIR", "/s")]).unwrap().shown();
        let json = serde_json::to_value(&shown).unwrap();
        let row = |key: &str| json.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
        assert_eq!(row("state_dir"), serde_json::json!({"key": "state_dir", "value": "/s", "from": "environment"}));
        assert_eq!(row("endpoint_url"), serde_json::json!({"key": "endpoint_url", "value": null, "from": "default"}));
    }
}
