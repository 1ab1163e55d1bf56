//! What an audit says of one backup: the line that is printed, and kept for an audit that goes on later.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::Backup;
use crate::finding::{Code, Severity, Verdict};
use crate::restore::assess::Clock;
use crate::restore::documents::{BackupDocument, FindingDocument, IdentityDocument};
use crate::text::printable;

/// A line from before this long ago is not gone on from.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Names a backup, and the state in which it was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id {
    /// A digest of the key, byte for byte.
    pub key: u64,
    /// A digest of version, ETag, size and time, and of what was looked for.
    pub state: u64,
}

/// A text that is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the ID of an audited backup")]
pub struct NotAnId;

impl Id {
    /// Of a backup. `files`: how many other files its connector has.
    pub(super) fn of(backup: &Backup, deleted: bool, files: usize, deep: bool) -> Self {
        let Backup { source, key, version, etag, size, modified, storage_class, .. } = backup;
        let state =
            format!("{source} {version:?} {etag:?} {size} {modified:?} {storage_class:?} {deleted} {files} {deep}");
        Self { key: digest(key.raw()), state: digest(&state) }
    }

    /// Whether it is the ID of a backup whose key is written so.
    pub fn is_of(self, key: &str) -> bool {
        self.key == digest(key)
    }
}

fn digest(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}", self.key, self.state)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let number = |digits: &str| u64::from_str_radix(digits, 16).map_err(|_| NotAnId);
        let (key, state) = text.split_once('-').ok_or(NotAnId)?;
        Ok(Self { key: number(key)?, state: number(state)? })
    }
}

impl TryFrom<String> for Id {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

/// `audit`: one backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The version of the document.
    pub schema: u32,
    /// Names the backup and its state.
    pub id: Id,
    /// When it was looked into.
    pub at: Timestamp,
    /// Which backup.
    pub backup: BackupDocument,
    /// Who it belongs to.
    pub identity: IdentityDocument,
    /// The newest event.
    pub newest_event: Option<Timestamp>,
    /// Whether the source let it be looked into; otherwise a finding says why not.
    pub looked: bool,
    /// Why less was seen than was looked for.
    pub unknown: Option<Cow<'static, str>>,
    /// What was not looked at.
    pub not_checked: Vec<Cow<'static, str>>,
    /// What was found, worst first.
    pub findings: Vec<FindingDocument>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl Line {
    /// The worst finding above info.
    pub fn worst(&self) -> Option<&FindingDocument> {
        self.findings.first().filter(|finding| finding.severity > Severity::Info)
    }

    /// The codes above info, each once.
    pub fn codes(&self) -> Vec<Code> {
        let above = self.findings.iter().filter(|finding| finding.severity > Severity::Info);
        let mut codes: Vec<Code> = above.map(|finding| finding.code).collect();
        codes.dedup();
        codes
    }

    /// The name of the connector, or else its ID.
    pub fn connector(&self) -> String {
        let name = self.identity.name.as_ref().map(crate::text::Untrusted::printable);
        let id = || self.backup.connector.map(|connector| connector.to_string());
        name.filter(|name| !name.is_empty()).or_else(id).unwrap_or_else(|| "-".to_owned())
    }

    /// Whether it still says the truth of an unchanged backup: it was looked into, not long ago, and did not become old since.
    pub fn still_holds(&self, clock: Clock) -> bool {
        let then = Clock { now: self.at, ..clock };
        let ends = self.newest_event.or(self.backup.modified);
        let aged = ends.is_some_and(|at| then.is_stale(at) != clock.is_stale(at));
        let age = clock.now.duration_since(self.at);
        self.looked && !aged && age >= SignedDuration::ZERO && age < KEPT_FOR
    }

    /// A line as a file has it, with nothing in it that a terminal obeys.
    pub fn read(json: &[u8]) -> Option<Self> {
        let mut line: Self = serde_json::from_slice(json).ok()?;
        let tame = |text: &mut Option<String>| *text = text.as_deref().map(printable);
        line.backup.file = printable(&line.backup.file);
        for text in [&mut line.backup.etag, &mut line.backup.version, &mut line.backup.sha256] {
            tame(text);
        }
        for finding in &mut line.findings {
            finding.title = finding.code.title().into();
            for text in [&mut finding.detail, &mut finding.why, &mut finding.remedy] {
                *text = printable(text);
            }
        }
        for text in line.unknown.iter_mut().chain(&mut line.not_checked) {
            *text = printable(text).into();
        }
        // What it says of itself is not taken for granted: exit statuses rest on it.
        let worst = line.findings.iter().map(|finding| finding.severity).max();
        let verdict = match worst {
            None | Some(Severity::Info) => Verdict::Ok,
            Some(Severity::Warn) => Verdict::Warn,
            Some(Severity::Ask) => Verdict::Ask,
            Some(Severity::Block) => Verdict::Block,
        };
        (line.verdict == verdict && line.schema == crate::restore::documents::SCHEMA).then_some(line)
    }
}
