//! What Place and Rollback see of the place, again every two seconds: plain data for the screen.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::finding::{Code, Finding, Severity};
use crate::hub::service::Service;
use crate::identity::ConnectorId;
use crate::text;

/// How often the place is looked at while somebody has the file open, and how far apart two clean looks are.
pub const EVERY: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

/// One look at the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The path, links resolved: what is looked at again.
    pub path: PathBuf,
    /// What is there now, as people read it: `88.0 KiB, 0 events, owner datahub:datahub, mode 0640`.
    pub now: String,
    /// What comes there, or comes back.
    pub comes: String,
    /// The folder of the safety copy, printable.
    pub safety: String,
    /// Bytes free there, and needed.
    pub room: (u64, u64),
    /// The connectors of this hub, with their names, printable.
    pub others: Vec<(ConnectorId, String)>,
    /// Everything but who has it open: R602 to R608, R612, R501.
    pub findings: Vec<Finding>,
    /// What online mode would find: its limits, and what it cannot promise (R617).
    pub online: Vec<Finding>,
    /// Who has it open: looked at again every two seconds.
    pub open: Open,
}

/// Who has the file open.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// When it was looked.
    pub at: Timestamp,
    /// Who has it open, or why that cannot be seen: R601, R605, R613. Empty: nobody has.
    pub findings: Vec<Finding>,
    /// Those who have it open.
    pub holders: Vec<HolderLine>,
    /// The one service that they belong to, if there is one.
    pub service: Option<Service>,
    /// The names of the other connectors that stop with it, printable.
    pub stops_also: Vec<String>,
}

/// One process that has the file open, as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderLine {
    /// `pid 2114`.
    pub pid: String,
    /// `node /opt/datahub/main.js`.
    pub command: String,
    /// `datahub`.
    pub user: String,
    /// `datahub.service`; empty when none was found.
    pub unit: String,
    /// Since when the process runs.
    pub since: Option<Timestamp>,
}

impl Look {
    /// Whether nobody has the file open, and everybody could be seen.
    pub fn nobody(&self) -> bool {
        self.open.findings.is_empty()
    }

    /// The path, printable.
    pub fn target(&self) -> String {
        text::printable(&self.path.to_string_lossy())
    }

    /// The first finding that stops, those about who has it open after the others: what is not permitted comes first.
    pub fn block(&self) -> Option<&Finding> {
        let stops = |finding: &&Finding| finding.severity == Severity::Block;
        self.place_block().or_else(|| self.open.findings.iter().find(stops))
    }

    /// The first finding that stops, whoever has the file open.
    pub fn place_block(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Block)
    }

    /// What stops online mode, first of all its own limits.
    pub fn online_block(&self) -> Option<&Finding> {
        let stops = |finding: &&Finding| finding.severity == Severity::Block;
        let limit = |finding: &&Finding| stops(finding) && finding.code == Code::R617;
        self.online.iter().find(limit).or_else(|| self.online.iter().find(stops))
    }

    /// The findings that a person settles here.
    pub fn to_accept(&self, online: bool) -> impl Iterator<Item = &Finding> {
        let (findings, open) = if online { (&self.online, None) } else { (&self.findings, Some(&self.open.findings)) };
        findings.iter().chain(open.into_iter().flatten()).filter(|finding| finding.needs_acceptance())
    }
}

/// Counts clean looks: the file must be seen closed twice, two seconds apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TwoLooks {
    first: Option<Timestamp>,
    second: Option<Timestamp>,
}

impl TwoLooks {
    /// Takes one look. True when this one made the second.
    pub fn take(&mut self, look: &Look) -> bool {
        if !look.nobody() {
            *self = Self::default();
            return false;
        }
        match (self.first, self.second) {
            (None, _) => self.first = Some(look.open.at),
            (Some(first), second) if look.open.at.duration_since(first) >= EVERY => {
                self.second = Some(look.open.at);
                return second.is_none();
            }
            _ => {}
        }
        false
    }

    /// The times of both, once nobody was seen twice.
    pub fn both(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.first?, self.second?))
    }
}
