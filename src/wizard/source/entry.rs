//! The rows of Source: environments of the configuration, and what can be typed.

use std::path::PathBuf;

use crate::catalog::{SourceKind, SourceSpec, is_arn, split_bucket};
use crate::wizard::Field;

/// A source that somebody has named: an environment of the configuration, or what the command line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name. Printable.
    pub name: String,
    /// How it is opened.
    pub spec: SourceSpec,
    /// Where it is, for the list: `s3://bucket/prefix`, a path. Printable.
    pub shown: String,
    /// Who says so: `from the configuration`.
    pub origin: String,
    /// The folder of the connectors that it goes with, whether or not this machine has it.
    pub hub_root: PathBuf,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What a row is.
#[derive(Debug, Clone)]
pub enum EntryKind {
    /// Known by its name.
    Environment(Box<Environment>),
    /// Another bucket, by its S3 address.
    Bucket(Field),
    /// A folder with the bucket's layout.
    Folder(Field),
    /// One backup file.
    File(Field),
}

impl Entry {
    /// The rows for these environments.
    pub(super) fn all(environments: Vec<Environment>) -> Vec<Self> {
        let named = environments.into_iter().map(|environment| Self {
            name: environment.name.clone(),
            kind: EntryKind::Environment(Box::new(environment)),
        });
        let typed = [
            ("bucket", EntryKind::Bucket(Field::default())),
            ("folder", EntryKind::Folder(Field::default())),
            ("file", EntryKind::File(Field::default())),
        ];
        named.chain(typed.map(|(name, kind)| Self { name: name.to_owned(), kind })).collect()
    }

    /// Its field.
    pub fn field(&self) -> Option<&Field> {
        match &self.kind {
            EntryKind::Environment(_) => None,
            EntryKind::Bucket(field) | EntryKind::Folder(field) | EntryKind::File(field) => Some(field),
        }
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut Field> {
        match &mut self.kind {
            EntryKind::Environment(_) => None,
            EntryKind::Bucket(field) | EntryKind::Folder(field) | EntryKind::File(field) => Some(field),
        }
    }

    /// The folder of the connectors that goes with it; none when it is that of the configuration.
    pub(super) fn hub_root(&self) -> Option<&PathBuf> {
        match &self.kind {
            EntryKind::Environment(environment) => Some(&environment.hub_root),
            EntryKind::Bucket(_) | EntryKind::Folder(_) | EntryKind::File(_) => None,
        }
    }

    /// Whether it has a field.
    pub fn has_field(&self) -> bool {
        self.field().is_some()
    }

    /// The source that it names; a sentence for the person when it names none.
    pub fn spec(&self) -> Result<SourceSpec, &'static str> {
        let path = |field: &Field| match field.text().trim() {
            "" => Err("Nothing is typed yet: type a path."),
            path => Ok(PathBuf::from(path)),
        };
        match &self.kind {
            EntryKind::Environment(environment) => Ok(environment.spec.clone()),
            EntryKind::Bucket(field) => bucket(field.text()).map(SourceSpec::new),
            EntryKind::Folder(field) => path(field).map(|path| SourceSpec::new(SourceKind::Folder(path))),
            EntryKind::File(field) => path(field).map(|path| SourceSpec::new(SourceKind::File(path))),
        }
    }
}

/// Reads `s3://bucket/prefix`, or the same without `s3://`.
fn bucket(text: &str) -> Result<SourceKind, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix("s3://").unwrap_or(text);
    let (bucket, prefix) = split_bucket(text);
    if bucket.is_empty() {
        return Err("No bucket is typed yet: type s3://bucket or s3://bucket/prefix.");
    }
    if is_arn(bucket) {
        // What cannot be one is said by the one who reads addresses.
        let spec = SourceSpec::parse(&format!("s3://{bucket}"));
        spec.map_err(
            |_| "This is not the ARN of one region's access point: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME.",
        )?;
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if !is_arn(bucket) && !bucket.chars().all(|c| fits(c) || c.is_ascii_uppercase()) {
        return Err("This is no name of a bucket: type s3://bucket or s3://bucket/prefix.");
    }
    let prefix = prefix.trim_end_matches('/');
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    Ok(SourceKind::S3 { bucket: bucket.to_owned(), prefix })
}
