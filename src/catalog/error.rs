//! What can go wrong between this machine and a source, in classes that a caller can match, and what each means for a person.

mod sentences;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::finding::Finding;
use crate::progress::Cancelled;

/// An answer that is not what was asked for. All texts in it are printable. `Display` is one sentence; [`CatalogError::finding`]
/// says why it matters and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogError {
    /// 403: no permission, or no such object and no permission to see that.
    Refused {
        /// What was asked for: "the list of acme/", "the object …".
        what: String,
        /// What the server said.
        said: String,
    },
    /// There is no such object, file or version.
    Missing {
        /// What was asked for.
        what: String,
    },
    /// There is no such bucket or folder.
    NoSource {
        /// Which.
        what: String,
    },
    /// Nothing in the source is a backup.
    Empty {
        /// What was looked for.
        what: String,
        /// What is there instead.
        instead: String,
    },
    /// The bucket lies in another region, or behind another endpoint.
    Region {
        /// The bucket.
        bucket: String,
        /// The region that was asked.
        asked: String,
        /// The region that the answer names.
        named: Option<String>,
    },
    /// The object is archived and must be asked back first.
    Archived {
        /// The object, and how it can be asked back.
        what: Box<Archived>,
    },
    /// The object was replaced since it was seen.
    Replaced {
        /// Its key.
        key: String,
    },
    /// The object has another length than was announced, again and again.
    Length {
        /// Bytes that were announced.
        announced: u64,
        /// Bytes that came.
        came: u64,
    },
    /// The bytes are not those of the source.
    Corrupt {
        /// What was compared: "CRC64NVME", "MD5".
        by: String,
        /// As the source has it.
        expected: String,
        /// As it is here.
        found: String,
    },
    /// The credentials are not accepted.
    Credentials(CredentialTrouble),
    /// The key is not that of a connector's backup.
    Layout {
        /// The key.
        key: String,
        /// What it is.
        is: String,
    },
    /// The source does not answer, or not as it should.
    NoAnswer {
        /// How.
        how: NoAnswer,
        /// What was asked.
        what: String,
    },
    /// The bucket wants a setting that is missing.
    Wants(Setting),
    /// There is not enough room for the download.
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes needed, margin included.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// No more files can be made where the download goes.
    NoFiles {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of this machine could not be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: Arc<FileError>,
        /// Whether it was to be written.
        writing: bool,
    },
    /// Somebody else downloads the same backup into the same folder.
    Busy {
        /// The backup.
        what: String,
    },
    /// A key that would lead out of the folder, or through a link.
    Outside {
        /// The key.
        key: String,
    },
    /// The text names no source, or no backup.
    Unreadable {
        /// Why, as a sentence.
        why: String,
    },
    /// Somebody asked to stop. What was downloaded is kept.
    Cancelled,
}

/// An error of the file system, comparable by its kind.
#[derive(Debug)]
pub struct FileError(pub io::Error);

impl PartialEq for FileError {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind() && self.0.raw_os_error() == other.0.raw_os_error()
    }
}

impl Eq for FileError {}

/// An archived object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The bucket.
    pub bucket: String,
    /// The key as it is: it goes, quoted, into the command that asks for the object back.
    pub key: String,
    /// The version.
    pub version: Option<String>,
    /// The storage class or archive tier.
    pub class: String,
    /// Whether it was asked back already and is on its way.
    pub on_its_way: bool,
    /// Words for the AWS command: profile, region, endpoint.
    pub options: Vec<String>,
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialTrouble {
    /// There are none.
    Missing {
        /// Where they were looked for.
        looked: String,
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// They have expired.
    Expired {
        /// Who gave them: "profile support-prod".
        by: String,
        /// The profile, where it is known.
        profile: Option<String>,
        /// Since when, where it is known.
        at: Option<Timestamp>,
        /// Whether they can be renewed by a command on this machine.
        renewable: bool,
    },
    /// This machine's clock is too far from that of the source.
    Skewed {
        /// How far, where the answer told; positive when this machine is ahead.
        ahead: Option<jiff::SignedDuration>,
    },
    /// The source does not know the key.
    UnknownKey {
        /// Who gave them.
        by: String,
        /// The last four characters of the key.
        last_four: String,
    },
    /// The secret does not belong to the key.
    WrongSecret {
        /// Who gave them.
        by: String,
        /// The last four characters of the key.
        last_four: String,
    },
    /// The token does not belong to the key.
    WrongToken {
        /// Who gave them.
        by: String,
    },
}

/// How a source fails to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// No connection.
    Unreachable(String),
    /// The name of the endpoint leads nowhere.
    Name(String),
    /// No secure connection.
    Tls(String),
    /// An error of the server, with its status and code.
    Server(u16, String),
    /// No byte for this long.
    Stalled(Duration),
    /// It ended before all was there.
    Cut(String),
    /// It answered something that makes no sense.
    Nonsense(String),
    /// It sends one page of a list again and again.
    Loop,
}

/// A setting that a bucket wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// The one who reads pays.
    RequesterPays,
    /// The object is encrypted with a key that the customer keeps.
    CustomerKey,
    /// Permission for the key in KMS.
    KmsKey(String),
    /// Another address: an access point.
    AccessPoint(String),
}

impl From<Cancelled> for CatalogError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl CatalogError {
    /// A file could not be read.
    pub fn reading(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::File { path: path.into(), error: Arc::new(FileError(error)), writing: false }
    }

    /// A file could not be written.
    pub fn writing(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::File { path: path.into(), error: Arc::new(FileError(error)), writing: true }
    }

    /// Whether there is no such backup: exit status 4, where everything else that has a finding is 3.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// Whether new credentials (or the clock set right) let the same work go on where it was.
    pub fn needs_credentials(&self) -> bool {
        matches!(self, Self::Credentials(_))
    }

    /// Whether asking again may help, without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer { how, .. } => !matches!(how, NoAnswer::Tls(_) | NoAnswer::Loop | NoAnswer::Nonsense(_)),
            _ => false,
        }
    }

    /// The finding for the person; none when somebody asked to stop.
    pub fn finding(&self, now: Timestamp) -> Option<Finding> {
        sentences::finding(self, now)
    }
}

impl std::fmt::Display for CatalogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&sentences::detail(self, None))
    }
}

impl std::error::Error for CatalogError {}
