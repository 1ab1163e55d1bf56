//! Where backups are: a bucket, a folder with the bucket's layout, or one file, behind one trait.
//!
//! A [`Catalog`] has four primitives: a page of a listing, a page of versions, the head of one object, and a ranged read of
//! pinned bytes. [`levels`] builds what a person sees from them (organisations, connectors, files and versions),
//! [`download`] a verified copy, [`remote`] a look into one without a copy. A source is only ever read.

mod address;
pub mod checksum;
pub mod demo;
pub mod download;
mod error;
mod file;
mod folder;
pub mod layout;
pub mod levels;
pub mod remote;
mod s3;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;

use crate::finding::Finding;
use crate::text::Untrusted;
use crate::world::World;

pub(crate) use address::{is_arn, split_bucket};
pub use backup::{Backup, StoredBackup};
pub use checksum::{Algorithm, Checksum};
pub use error::{Archived, CatalogError, CredentialTrouble, NoAnswer, Setting};
pub use pasted::{PasteError, PastedCredentials, pasted_credentials};

mod backup;
mod pasted;

/// Where to look for backups, as it was asked for on the command line, in the configuration, or in the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    /// Which kind of source, and where.
    pub kind: SourceKind,
    /// A profile of the AWS configuration; with it, credentials come from nowhere else.
    pub profile: Option<String>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// Another endpoint than that of AWS; the bucket then stands in the path.
    pub endpoint: Option<String>,
    /// Whether the one who reads pays for it, and says so with each request.
    pub requester_pays: bool,
    /// How long to wait for what.
    pub patience: Patience,
}

/// The kinds of source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// A bucket, or what lies below a prefix of it.
    S3 {
        /// The bucket, or the ARN of an access point.
        bucket: String,
        /// Empty, or a prefix that ends with `/`.
        prefix: String,
    },
    /// A folder with the bucket's layout.
    Folder(PathBuf),
    /// One backup file.
    File(PathBuf),
}

/// How long a source may keep us waiting, and how often it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the first byte of an answer.
    pub answer: Duration,
    /// Without a byte of a body, until the person is told.
    pub quiet: Duration,
    /// Without a byte of a body, until it is asked for again.
    pub stall: Duration,
    /// Before a failed request or body is asked for again; doubled each time.
    pub pause: Duration,
    /// How often one request or body is tried in all, without any progress between.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            quiet: Duration::from_secs(5),
            stall: Duration::from_secs(20),
            pause: Duration::from_millis(500),
            attempts: 5,
        }
    }
}

impl SourceSpec {
    /// A source of this kind, with nothing else said.
    pub fn new(kind: SourceKind) -> Self {
        let patience = Patience::default();
        Self { kind, profile: None, region: None, endpoint: None, requester_pays: false, patience }
    }

    /// Reads `s3://bucket[/prefix]` (or an access point's ARN as the bucket), or the path of a folder or of a file, as `--source` takes it.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        if let Some(address) = text.strip_prefix("s3://") {
            let (bucket, prefix) = split_bucket(address);
            address::check(bucket)?;
            let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
            let (bucket, prefix) = (bucket.to_owned(), format!("{prefix}{slash}"));
            return Ok(Self::new(SourceKind::S3 { bucket, prefix }));
        }
        if text.is_empty() {
            return Err(CatalogError::Unreadable { why: "No source is named.".to_owned() });
        }
        let path = PathBuf::from(text);
        let metadata = std::fs::metadata(&path).map_err(|error| CatalogError::reading(&path, error))?;
        Ok(Self::new(if metadata.is_dir() { SourceKind::Folder(path) } else { SourceKind::File(path) }))
    }
}

/// Opens a source. Nothing is asked of it yet: [`Catalog::check`] does that.
pub fn open(spec: &SourceSpec, world: &World) -> Result<Arc<dyn Catalog>, CatalogError> {
    Ok(match &spec.kind {
        SourceKind::S3 { bucket, prefix } => Arc::new(s3::S3::new(spec, bucket, prefix, world)),
        SourceKind::Folder(path) => Arc::new(folder::Folder::new(path)?),
        SourceKind::File(path) => Arc::new(file::File::new(path)?),
    })
}

/// One page of a listing to ask for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listing<'a> {
    /// Keys that begin with this, whole from the root of the bucket.
    pub prefix: &'a str,
    /// Stop at the next `/`: deeper keys are folded into [`Page::prefixes`].
    pub delimiter: bool,
    /// At most this many; the source's own limit (1 000) without it.
    pub limit: Option<u16>,
    /// Where the page before ended.
    pub from: Option<&'a Token>,
}

/// Where a page ended, opaque. Two equal tokens in one listing mean that the source repeats itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    pub(crate) key: String,
    pub(crate) version: Option<String>,
}

/// One page of a listing; it may be empty and yet have a next one.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Common prefixes, whole from the root of the bucket, each with its final `/`.
    pub prefixes: Vec<Untrusted>,
    /// Objects (or, of [`Catalog::versions`], versions and delete markers).
    pub objects: Vec<Backup>,
    /// Where the next page begins; none on the last page.
    pub next: Option<Token>,
}

/// What a source tells about one object before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The object as it is now.
    pub backup: Backup,
    /// The checksum of the whole object, where the source keeps one.
    pub checksum: Option<Checksum>,
    /// Whether the ETag is the MD5 of the bytes, as far as the headers tell.
    pub etag_is_md5: bool,
    /// It cannot be read now: it is archived.
    pub archived: Option<Archived>,
}

/// One part of an object that was uploaded in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its size in bytes.
    pub size: u64,
    /// How many parts there are.
    pub of: u32,
}

/// What the bytes of a read must belong to; a source that holds something else answers [`CatalogError::Replaced`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pinned {
    /// The ETag that was seen.
    pub etag: Option<String>,
    /// The version that was seen.
    pub version: Option<String>,
}

/// How much of being asked a source complains of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pressure {
    /// How often it said that it is asked too much, since the program started.
    pub complaints: u64,
    /// Until when it wants to be left alone, where it said so.
    pub until: Option<Instant>,
}

/// The bytes of one read, as they come.
pub struct Body {
    /// What the source says it sends, in bytes from the beginning of the object.
    pub range: Range<u64>,
    /// The size of the whole object, where the source says it.
    pub total: Option<u64>,
    /// Which object it says they are of.
    pub seen: Seen,
    /// The bytes. Ends early when the source ends early: count them.
    pub bytes: BoxStream<'static, Result<Bytes, CatalogError>>,
}

/// Which object an answer is of, as far as the source says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its ETag.
    pub etag: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// When it was written.
    pub modified: Option<Timestamp>,
}

/// One check of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Who gave the credentials, and how long they last.
    Credentials,
    /// How far this machine's clock is from that of the source.
    Clock,
    /// The first page.
    Bucket,
    /// A folder: is it there, can it be read, does it have the layout.
    Folder,
    /// A file: is it there, can it be read.
    File,
}

impl Check {
    /// The name of its row.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Credentials => "Credentials",
            Self::Clock => "Clock",
            Self::Bucket => "Bucket",
            Self::Folder => "Folder",
            Self::File => "File",
        }
    }
}

/// How one check stands; the same check is reported again as it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It runs, and does this.
    Runs(String),
    /// It waits for another check, and cannot be made before.
    Waits(String),
    /// It ended well, with this to say.
    Good(String),
    /// It answers, but not to everything: with this to say. It stops nothing.
    Limited(String),
    /// It ended with a finding that blocks.
    Failed(Box<Finding>),
}

/// What checks report to, each as soon as it has something to say.
pub type OnCheck<'a> = &'a mut (dyn FnMut(Check, Outcome) + Send);

/// A source of backups. Keys and prefixes are whole, from the root of the bucket or the folder.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// What it is, printable: `s3://bucket/prefix`, or a path.
    fn describe(&self) -> String;

    /// Empty, or the prefix (with its final `/`) below which the layout begins.
    fn prefix(&self) -> &str;

    /// The checks that [`Catalog::check`] makes, in the order of their rows.
    fn checks(&self) -> &'static [Check];

    /// Makes the checks, with what is new on this machine since the last time (credentials that were renewed in a shell).
    async fn check(&self, now: Timestamp, report: OnCheck<'_>);

    /// One page of a listing.
    async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError>;

    /// One page of versions and delete markers of the keys that begin with `prefix`, newest first for each key.
    async fn versions(&self, prefix: &str, from: Option<&Token>) -> Result<Page, CatalogError>;

    /// What the source tells about one object.
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError>;

    /// What the source tells about one part, from 1, of exactly the object that was pinned; none where it tells nothing.
    async fn part(&self, key: &str, number: u32, pinned: &Pinned) -> Result<Option<Part>, CatalogError> {
        let _ = (key, number, pinned);
        Ok(None)
    }

    /// Reads `range` (bytes; all of it without one) of exactly the object that was pinned.
    async fn read(&self, key: &str, range: Option<Range<u64>>, pinned: &Pinned) -> Result<Body, CatalogError>;

    /// The file itself where the source is on this machine, opened for reading only and without following links.
    fn open_local(&self, key: &str) -> Option<Result<std::fs::File, CatalogError>> {
        let _ = key;
        None
    }

    /// How long to wait, and how often to ask again.
    fn patience(&self) -> Patience {
        Patience::default()
    }

    /// Whether the source says that it is asked too much: then fewer reads are to run at once.
    fn pressure(&self) -> Pressure {
        Pressure::default()
    }

    /// Uses other credentials from now on, kept in memory only. Sources without credentials ignore them.
    fn renew(&self, credentials: PastedCredentials) {
        drop(credentials);
    }
}
