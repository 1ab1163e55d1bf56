//! One backup in a source: an object, or a version of one, or a delete marker.

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::layout::{self, Place};
use super::{Pinned, split_bucket};
use crate::text::{Untrusted, printable};

/// One object of a source, or one version of it. Serialised, it has the fields that `list --json` promises, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The source that it lies in, printable: `s3://bucket/prefix`, or a path.
    pub source: String,
    /// Its key, whole from the root of the bucket or folder; a path where the source is one file.
    pub key: Untrusted,
    /// Where in the layout it lies; none when it is no connector backup.
    pub place: Option<Place>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, where the source says so.
    pub modified: Option<Timestamp>,
    /// Its ETag without quotes, where the source says one.
    pub etag: Option<String>,
    /// Its version, where the source keeps versions.
    pub version: Option<String>,
    /// Whether it is what a read without a version gets.
    pub latest: bool,
    /// Whether it is a delete marker: there is nothing to read.
    pub deleted: bool,
    /// Its storage class, where the source says one. None is `STANDARD`.
    pub storage_class: Option<String>,
    /// Whether the source says that it keeps a checksum of it.
    pub has_checksum: bool,
}

impl Backup {
    /// A backup of which only its key is known; the head fills the rest.
    pub fn named(source: &str, prefix: &str, key: &str) -> Self {
        Self {
            source: source.to_owned(),
            key: key.into(),
            place: layout::parse_key(prefix, key),
            size: 0,
            modified: None,
            etag: None,
            version: None,
            latest: true,
            deleted: false,
            storage_class: None,
            has_checksum: false,
        }
    }

    /// What a read of it must be pinned to.
    pub fn pinned(&self) -> Pinned {
        Pinned { etag: self.etag.clone(), version: self.version.clone() }
    }

    /// Whether it names a version that nothing can replace. The version `null`, from before a bucket kept versions, can be.
    pub fn is_fixed(&self) -> bool {
        self.version.as_deref().is_some_and(|version| version != "null")
    }

    /// Whether it is one file of this machine that was named by its path: then its key needs no layout.
    pub fn is_path(&self) -> bool {
        self.key.raw().starts_with('/') && !self.source.starts_with("s3://")
    }

    /// Whether its storage class says that it must be asked back before it can be read. A class with automatic tiers may
    /// be archived all the same: the head tells.
    pub fn looks_archived(&self) -> bool {
        matches!(self.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"))
    }

    /// Its address for a person and for the command line: `s3://bucket/key?versionId=…`, or a path. Not quoted for a shell.
    pub fn address(&self) -> String {
        let key = self.key.printable();
        let bucket = self.source.strip_prefix("s3://").map(|rest| split_bucket(rest).0);
        match (bucket, &self.version) {
            (Some(bucket), Some(version)) => format!("s3://{bucket}/{key}?versionId={version}"),
            (Some(bucket), None) => format!("s3://{bucket}/{key}"),
            (None, _) if key.starts_with('/') => key,
            (None, _) => format!("{}/{key}", self.source.trim_end_matches('/')),
        }
    }

    /// The same, exactly: what the journal keeps.
    pub fn stored(&self) -> StoredBackup {
        StoredBackup {
            source: self.source.clone(),
            key: self.key.raw().to_owned(),
            fits: self.place.is_some(),
            prefix: self.place.as_ref().map_or_else(String::new, |place| {
                let tail = place.key("");
                self.key.raw().strip_suffix(tail.as_str()).unwrap_or_default().to_owned()
            }),
            size: self.size,
            modified: self.modified,
            etag: self.etag.clone(),
            version: self.version.clone(),
            latest: self.latest,
            storage_class: self.storage_class.clone(),
            has_checksum: self.has_checksum,
        }
    }
}

impl Serialize for Backup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = self.place.as_ref();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("org", &place.map(|place| &place.org))?;
        map.serialize_entry("hub", &place.map(|place| place.hub))?;
        map.serialize_entry("connector", &place.map(|place| place.connector))?;
        let name = self.key.raw().rsplit('/').next().unwrap_or_default();
        map.serialize_entry("file", &printable(name))?;
        map.serialize_entry("key", &self.key)?;
        map.serialize_entry("size", &self.size)?;
        map.serialize_entry("modified", &self.modified)?;
        map.serialize_entry("etag", &self.etag)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("latest", &self.latest)?;
        map.serialize_entry("deleted", &self.deleted)?;
        map.serialize_entry("storageClass", &self.storage_class)?;
        map.end()
    }
}

/// A [`Backup`] with its key byte for byte, for the journal and for the note beside a download. Never for a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBackup {
    source: String,
    key: String,
    fits: bool,
    prefix: String,
    size: u64,
    modified: Option<Timestamp>,
    etag: Option<String>,
    version: Option<String>,
    latest: bool,
    storage_class: Option<String>,
    #[serde(default)]
    has_checksum: bool,
}

impl From<StoredBackup> for Backup {
    fn from(stored: StoredBackup) -> Self {
        let place = stored.fits.then(|| layout::parse_key(&stored.prefix, &stored.key)).flatten();
        Self {
            place,
            source: stored.source,
            key: stored.key.into(),
            size: stored.size,
            modified: stored.modified,
            etag: stored.etag,
            version: stored.version,
            latest: stored.latest,
            deleted: false,
            storage_class: stored.storage_class,
            has_checksum: stored.has_checksum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "prod/acme\u{202e}/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1/a b%41.db";

    fn backup() -> Backup {
        let named = Backup::named("s3://bucket/prod", "prod/", KEY);
        Backup { size: 5, etag: Some("e".to_owned()), version: Some("v".to_owned()), ..named }
    }

    #[test]
    fn a_stored_backup_comes_back_byte_for_byte() {
        let json = serde_json::to_string(&backup().stored()).unwrap();
        let back: StoredBackup = serde_json::from_str(&json).unwrap();
        assert_eq!(Backup::from(back), backup());
        let path = Backup {
            place: layout::parse_key("", &KEY[5..]),
            key: format!("/home/x/{}", &KEY[5..]).into(),
            ..backup()
        };
        assert_eq!(Backup::from(path.stored()), path);
        let other = Backup::named("s3://bucket", "", "x/y");
        assert_eq!(Backup::from(other.stored()), other);
    }

    #[test]
    fn json_and_addresses_are_printable() {
        let json = serde_json::to_value(backup()).unwrap();
        assert_eq!(json["org"], "acme\\u{202e}");
        assert_eq!(json["file"], "a b%41.db");
        assert_eq!(json["storageClass"], serde_json::Value::Null);
        assert!(backup().address().starts_with("s3://bucket/prod/acme\\u{202e}/"));
        assert!(backup().address().ends_with("?versionId=v"));
        let local = Backup::named("/srv/copies", "", "acme/x");
        assert_eq!(local.address(), "/srv/copies/acme/x");
    }
}
