//! Backup: which organisation, connector, version? Three levels of the source, listed page by page.

mod connectors;
mod filter;
pub(super) mod locating;
mod organisations;
mod queue;
mod search;
#[cfg(test)]
pub(crate) mod tests;
mod versions;

use std::sync::Arc;

use jiff::Timestamp;

pub use connectors::{Connector, Connectors, Line};
pub use filter::Filter;
pub use organisations::{Counts, Organisations, Row};
pub use search::{Found, Heard, KEPT, Reach, Search};
pub use versions::{Entry, Part, Versions, Wanted, file_of};

use super::job::JobId;
use crate::catalog::levels::{Backups, ConnectorFolder, ConnectorsPage, Located, OrganisationsPage};
use crate::catalog::{Backup, SourceSpec};
use crate::finding::{Code, Finding};
use crate::identity::HubId;
use crate::progress::Progress;
use crate::text::Untrusted;

/// What this step asks the runtime for. Every piece names the source; the runtime keeps it open.
#[derive(Debug)]
pub enum Work {
    /// List the organisations.
    Organisations(Arc<SourceSpec>),
    /// Count the hubs and connectors of one organisation.
    Count(Arc<SourceSpec>, Untrusted),
    /// Look under which organisation a hub's backups lie.
    Home(Arc<SourceSpec>, HubId),
    /// List the hubs and connectors of one organisation.
    Connectors(Arc<SourceSpec>, Untrusted),
    /// Look what one connector has: its newest backup, and what stands in it.
    Peek(Arc<SourceSpec>, ConnectorFolder),
    /// Look into one version, without downloading it.
    Look(Arc<SourceSpec>, Box<Backup>),
    /// List the files and versions of one connector.
    Backups(Arc<SourceSpec>, ConnectorFolder),
    /// Have two versions here, the older one first, and compare them, as lines of so many columns.
    Compare(Arc<SourceSpec>, Box<(Backup, Backup)>, u16),
    /// Look for a pasted ID or address in the whole source.
    Locate(Arc<SourceSpec>, String),
    /// Search every backup of the source for a text.
    Search(Arc<SourceSpec>, Sought),
}

/// What a search looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The text, as it is typed.
    pub text: String,
    /// Whether the source is listed anew.
    pub anew: Anew,
    /// The organisation from which the search was opened: where the root may not be listed, it is searched.
    pub org: Option<Untrusted>,
}

/// Whether a search lists the source again, or goes on with what an earlier one has listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// It lists from the first object on.
    Yes,
    /// It begins with what is listed.
    No,
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// Some organisations.
    Organisations(OrganisationsPage),
    /// Some hubs or connectors.
    Connectors(ConnectorsPage),
    /// What fits a search, some more of it.
    Found(Found),
    /// Something of the source that a search does not see.
    Heard(Heard),
    /// The listing has ended.
    Ended,
    /// The hubs of an organisation, each with its number of connectors.
    Counted(Untrusted, Vec<(HubId, u64)>),
    /// The organisation of this machine's hub.
    Home(Option<Untrusted>),
    /// What one connector has.
    Peeked(Box<ConnectorFolder>, Box<Peek>),
    /// What one version tells.
    Looked(Box<Backup>, Box<Seen>),
    /// Files and versions, and what earlier inspections found in each (in the same order; may be shorter).
    Backups(Box<Backups>, Vec<Option<Earlier>>),
    /// How far a comparison is.
    Comparing(Progress<Part>),
    /// The comparison, as a page to read.
    Compared(String),
    /// Why there is none: a sentence.
    NotCompared(String),
    /// What the pasted text led to.
    Located(Box<Located>),
    /// The work could not be done.
    Failed(Box<Finding>),
}

/// What one connector has in the source, in short.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peek {
    /// Its name.
    pub name: Option<Untrusted>,
    /// Its type.
    pub kind: Option<Untrusted>,
    /// Its newest backup, as it was listed.
    pub backup: Option<Box<Backup>>,
    /// When its newest backup was written.
    pub newest: Option<Timestamp>,
    /// The size of its newest backup in bytes.
    pub size: Option<u64>,
    /// How many files and versions it has, delete markers left out.
    pub versions: u64,
    /// Whether the newest is far smaller than the one before it (R115).
    pub far_smaller: bool,
    /// How many events the newest holds, where an earlier inspection knows it.
    pub events: Option<u64>,
    /// The newest event in the newest backup.
    pub event: Option<Timestamp>,
    /// Why nobody could look into the newest backup, or restore it.
    pub barred: Option<Barred>,
    /// What stands in the newest backup is still being read: another answer follows.
    pub more: bool,
}

/// What a look into a version tells, without a download. Whether the file is sound is not among it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The connector's name.
    pub name: Option<Untrusted>,
    /// Its type.
    pub kind: Option<Untrusted>,
    /// How many events it holds at most.
    pub events: Option<u64>,
    /// Its newest event.
    pub newest: Option<Timestamp>,
    /// Why nobody could look into it, or restore it.
    pub barred: Option<Barred>,
}

/// Why a version could not be looked into, or cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barred {
    /// The code of the finding; none where it takes a download to know.
    pub code: Option<Code>,
    /// A sentence. Printable.
    pub why: String,
}

impl Barred {
    /// In the place of a name in a list.
    pub fn instead(&self) -> String {
        self.code.map_or_else(|| "is seen after a download".to_owned(), |code| format!("✗ {code}  {}", code.title()))
    }

    /// In one word or two, at the end of a row.
    pub fn short(&self) -> String {
        let words = match self.code {
            Some(Code::R105) => "refused",
            Some(Code::R107) => "archived",
            Some(Code::R108) => "replaced",
            Some(Code::R116) => "no answer",
            Some(Code::R201) => "empty",
            Some(Code::R202) => "no SQLite",
            Some(Code::R203) => "cut short",
            Some(Code::R204) => "damaged",
            Some(Code::R205) => "other app",
            Some(Code::R301) => "other IDs",
            Some(Code::R302) => "bad JSON",
            Some(Code::R303) => "no hub",
            Some(_) => "",
            None => "not seen",
        };
        let code = self.code.map_or_else(String::new, |code| format!("✗ {code} "));
        format!("{code}{words}").trim_end().to_owned()
    }
}

/// What an earlier inspection found in a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Earlier {
    /// How many events it holds.
    pub events: Option<u64>,
    /// Its newest event.
    pub newest: Option<Timestamp>,
    /// Whether it was looked into whole, and what stopped it then.
    pub result: Option<Result<(), Code>>,
}

/// How the listing of a level stands.
#[derive(Debug, Default)]
pub enum Listing {
    /// Not begun.
    #[default]
    None,
    /// It runs.
    Runs(JobId),
    /// Everything is listed.
    Ended,
    /// It could not be done.
    Failed(Box<Finding>),
}

impl Listing {
    fn is(&self, job: JobId) -> bool {
        matches!(self, Self::Runs(running) if *running == job)
    }

    /// Whether it still runs.
    pub const fn runs(&self) -> bool {
        matches!(self, Self::Runs(_))
    }

    /// Why it could not be done.
    pub fn failure(&self) -> Option<&Finding> {
        match self {
            Self::Failed(finding) => Some(finding),
            _ => None,
        }
    }
}

/// How many rows of a list, and how many lines of details fit into a window: the same figures for the one who draws and for
/// the one who reads ahead. `around` is what always stands beside them; `details` is what they take in a window of 24 rows.
pub(crate) fn list_rows(size: (u16, u16), around: usize, details: usize) -> (usize, usize) {
    let rows = usize::from(size.1).saturating_sub(5);
    if size.0 >= WIDE {
        return (rows.saturating_sub(around).max(1), rows.saturating_sub(around));
    }
    // Low windows keep the list; the details below shrink first.
    let details = details.min((rows.saturating_sub(around)).saturating_sub(6).max(details.min(2)));
    (rows.saturating_sub(around + details).max(1), details)
}

/// From this many columns on, details stand beside the list.
pub(crate) const WIDE: u16 = 120;
