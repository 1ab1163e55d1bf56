//! The configuration file: read strictly, a wrong key or value named with its line.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::text::printable;

/// The configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Something in it is wrong.
    #[error("{}, line {line}: {why}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, as a sentence.
        why: String,
    },
    /// A value from elsewhere is wrong.
    #[error("{name}: {why}")]
    Value {
        /// The flag or the variable.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// One named environment: a bucket, or a folder with the bucket's layout, and how it is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// `s3://bucket/prefix`, or the folder.
    pub source: String,
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
    /// A server that speaks S3.
    pub endpoint_url: Option<String>,
    /// Whether the one who reads pays for it.
    pub requester_pays: Option<bool>,
    /// The hub root of this environment's hubs.
    pub hub_root: Option<PathBuf>,
}

/// The file, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Checked {
    pub default_environment: Option<String>,
    pub warn_age_hours: Option<u32>,
    pub hub_root: Option<PathBuf>,
    pub state_dir: Option<PathBuf>,
    pub environments: Vec<Environment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    default_environment: Option<Spanned<String>>,
    warn_age_hours: Option<Spanned<u32>>,
    hub_root: Option<Spanned<PathBuf>>,
    state_dir: Option<Spanned<PathBuf>>,
    environments: BTreeMap<Spanned<String>, RawEnvironment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawEnvironment {
    bucket: Option<Spanned<String>>,
    prefix: Option<Spanned<String>>,
    folder: Option<Spanned<PathBuf>>,
    profile: Option<String>,
    region: Option<String>,
    endpoint_url: Option<Spanned<String>>,
    requester_pays: Option<bool>,
    hub_root: Option<Spanned<PathBuf>>,
}

/// A fault, and where in the text it stands.
struct Fault(Option<Range<usize>>, String);

type Judged<T> = Result<T, Fault>;

/// Reads the file; none when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Checked>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text, path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), why: error.to_string() }),
    }
}

/// Reads the text of a configuration file.
pub(super) fn parse(text: &str, path: &Path) -> Result<Checked, ConfigError> {
    let raw = toml::from_str::<Raw>(text).map_err(|error| Fault(error.span(), sentence(error.message())));
    raw.and_then(check).map_err(|Fault(span, why)| {
        let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Wrong { path: path.to_owned(), line: before.matches('\n').count() + 1, why: printable(&why) }
    })
}

/// The parser's message in one line; a key that looks like a secret gets its own sentence.
fn sentence(message: &str) -> String {
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let secret = |key: &str| ["secret", "access_key", "token", "password"].iter().any(|word| key.contains(word));
    match unknown {
        Some(key) if secret(key) => {
            format!("{key} does not belong here: name a profile, credentials never stand in it")
        }
        Some(key) => {
            let known =
                message.split_once("expected ").map_or("", |(_, rest)| rest).replace("one of ", "").replace('`', "");
            format!("{key} is not a key here; these are: {known}")
        }
        None => message.lines().collect::<Vec<_>>().join(" "),
    }
}

fn check(raw: Raw) -> Judged<Checked> {
    let mut environments: Vec<(usize, Environment)> = Vec::new();
    for (name, raw) in raw.environments {
        environments.push((name.span().start, environment(name, raw)?));
    }
    // In the order of the file, as the screen lists them.
    environments.sort_by_key(|(at, _)| *at);
    let environments: Vec<Environment> = environments.into_iter().map(|(_, environment)| environment).collect();
    if let Some(name) = &raw.default_environment
        && !environments.iter().any(|environment| environment.name == *name.get_ref())
    {
        let why = format!("there is no [environments.{}]", name.get_ref());
        return Err(Fault(Some(name.span()), why));
    }
    if let Some(hours) = raw.warn_age_hours.as_ref().filter(|hours| !(1..=87_600).contains(hours.get_ref())) {
        return Err(Fault(Some(hours.span()), "warn_age_hours is a number of hours from 1 to 87600".to_owned()));
    }
    Ok(Checked {
        default_environment: raw.default_environment.map(Spanned::into_inner),
        warn_age_hours: raw.warn_age_hours.map(Spanned::into_inner),
        hub_root: absolute("hub_root", raw.hub_root)?,
        state_dir: absolute("state_dir", raw.state_dir)?,
        environments,
    })
}

fn environment(name: Spanned<String>, raw: RawEnvironment) -> Judged<Environment> {
    let span = name.span();
    let name = name.into_inner();
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
        return Err(Fault(
            Some(span),
            "an environment's name has letters, digits, dots, dashes and underscores".to_owned(),
        ));
    }
    let source = match (raw.bucket, raw.folder) {
        (Some(bucket), None) => {
            let prefix = raw.prefix.map(Spanned::into_inner).unwrap_or_default();
            s3_source(&bucket, &prefix)?
        }
        (None, Some(folder)) => {
            let folder = absolute("folder", Some(folder))?.unwrap_or_default();
            folder.display().to_string()
        }
        (Some(_), Some(folder)) => {
            return Err(Fault(Some(folder.span()), format!("environment {name} has a bucket and a folder: keep one")));
        }
        (None, None) => return Err(Fault(Some(span), format!("environment {name} needs a bucket, or a folder"))),
    };
    if let Some(url) = &raw.endpoint_url {
        endpoint(url.get_ref()).map_err(|why| Fault(Some(url.span()), why))?;
    }
    Ok(Environment {
        name,
        source,
        profile: raw.profile,
        region: raw.region,
        endpoint_url: raw.endpoint_url.map(Spanned::into_inner),
        requester_pays: raw.requester_pays,
        hub_root: absolute("hub_root", raw.hub_root)?,
    })
}

fn s3_source(bucket: &Spanned<String>, prefix: &str) -> Judged<String> {
    let name = bucket.get_ref();
    if name.starts_with("s3:") {
        return Err(Fault(
            Some(bucket.span()),
            "bucket is the name alone, without s3://; a prefix has its own key".to_owned(),
        ));
    }
    // The ARN of an access point has a slash of its own; what else is wrong with it is said when it is opened.
    let point = name.starts_with("arn:") && name.contains("accesspoint/");
    if name.is_empty() || name.contains(' ') || (name.contains('/') && !point) {
        return Err(Fault(Some(bucket.span()), format!("{name:?} is no bucket's name")));
    }
    let prefix = prefix.trim_matches('/');
    Ok(if prefix.is_empty() { format!("s3://{name}") } else { format!("s3://{name}/{prefix}") })
}

/// A path that means the same wherever reseat is started.
fn absolute(key: &str, path: Option<Spanned<PathBuf>>) -> Judged<Option<PathBuf>> {
    match path {
        Some(path) if !path.get_ref().is_absolute() => {
            Err(Fault(Some(path.span()), format!("{key} is a whole path: it begins with /")))
        }
        path => Ok(path.map(Spanned::into_inner)),
    }
}

/// Whether a text can be an endpoint. An error is a sentence; it never quotes what may be a password.
pub(super) fn endpoint(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
        return Err("an endpoint URL begins with https:// or http://".to_owned());
    };
    if rest.split('/').next().is_some_and(|host| host.contains('@')) {
        return Err("an endpoint URL holds no user name and no password".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        match parse(text, Path::new("config.toml")) {
            Err(ConfigError::Wrong { line, why, .. }) => (line, why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_example_is_in_order() {
        let file = parse(super::super::EXAMPLE, Path::new("config.toml")).unwrap();
        let names: Vec<_> = file.environments.iter().map(|one| (one.name.as_str(), one.source.as_str())).collect();
        assert_eq!(names, [("prod", "s3://ts-platform-prod-backup"), ("stage", "s3://ts-platform-stage-backup")]);
        // What is commented out is right, too.
        let all: String = super::super::EXAMPLE
            .lines()
            .map(|line| {
                line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let file = parse(&all, Path::new("config.toml")).unwrap();
        assert_eq!(file.environments[1].source, "s3://ts-platform-stage-backup/backups");
        assert_eq!(file.environments[2].source, "/srv/backup-copies");
        assert_eq!(file.state_dir.as_deref(), Some(Path::new("/srv/reseat")));
    }

    #[test]
    fn an_access_point_stands_in_the_place_of_a_bucket() {
        let arn = "arn:aws:s3:eu-central-1:123456789012:accesspoint/backups-ro";
        let text = format!("[environments.a]\nbucket = \"{arn}\"\nprefix = \"x\"\nrequester_pays = true");
        let file = parse(&text, Path::new("config.toml")).unwrap();
        assert_eq!(file.environments[0].source, format!("s3://{arn}/x"));
        assert_eq!(file.environments[0].requester_pays, Some(true));
        assert!(wrong("[environments.a]\nbucket = \"arn:aws:s3:::a/b\"").1.contains("no bucket's name"));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let (line, why) = wrong("warn_age_hours = 24\n\n[environments.prod]\nbukcet = \"x\"\n");
        assert_eq!(
            (line, why.as_str()),
            (
                4,
                "bukcet is not a key here; these are: bucket, prefix, folder, profile, region, endpoint_url, requester_pays, hub_root"
            )
        );
        let (line, why) = wrong("\nsecret_access_key = \"x\"\n");
        assert_eq!(line, 2);
        assert!(why.contains("credentials never stand in it"), "{why}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        for (text, at, says) in [
            ("# x\nwarn_age_hours = \"day\"", 2, "invalid type"),
            ("warn_age_hours = 0", 1, "from 1 to 87600"),
            ("hub_root = \"datahub\"", 1, "begins with /"),
            ("default_environment = \"prod\"", 1, "no [environments.prod]"),
            ("\n[environments.a]\nregion = \"x\"", 2, "needs a bucket, or a folder"),
            ("[environments.a]\nbucket = \"s3://x\"", 2, "without s3://"),
            ("[environments.a]\nbucket = \"x\"\nfolder = \"/x\"", 3, "keep one"),
            ("[environments.a]\nbucket = \"x\"\nendpoint_url = \"https://me:pw@x\"", 3, "no password"),
            ("[environments.a]\nbucket = \"x\"\nendpoint_url = \"x\"", 3, "https://"),
            ("[environments.\"a b\"]\nbucket = \"x\"", 1, "letters"),
            ("a = [", 1, ""),
        ] {
            let (line, why) = wrong(text);
            assert_eq!(line, at, "{text}: {why}");
            assert!(why.contains(says), "{text}: {why}");
            assert!(!why.contains("pw@"), "{why}");
        }
    }
}
