//! The rows of Inspect: what is checked, and how each stands.

use super::{Inspect, Outcome};
use crate::database::FileFacts;
use crate::database::InspectStage;
use crate::finding::{Code, Finding, Severity};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The bytes come.
    Download,
    /// They are those of the bucket.
    SameBytes,
    /// The length is that of the header.
    Complete,
    /// SQLite's integrity check.
    NotDamaged,
    /// The IDs of the key stand inside.
    RightIds,
    /// The events carry them.
    Events,
    /// Where else they stand.
    Leftovers,
}

impl Part {
    /// All, in the order of the rows.
    pub const ALL: [Self; 7] = [
        Self::Download,
        Self::SameBytes,
        Self::Complete,
        Self::NotDamaged,
        Self::RightIds,
        Self::Events,
        Self::Leftovers,
    ];

    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Download => "Download",
            Self::SameBytes => "Same bytes",
            Self::Complete => "Complete",
            Self::NotDamaged => "Not damaged",
            Self::RightIds => "Right IDs",
            Self::Events => "Events",
            Self::Leftovers => "Leftovers",
        }
    }

    /// What it looks at.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Download => "the bytes of this version",
            Self::SameBytes => "length and checksum as in the bucket",
            Self::Complete => "as long as its own header says",
            Self::NotDamaged => "SQLite's integrity check",
            Self::RightIds => "hub and connector as in its S3 key",
            Self::Events => "each one carries this connector",
            Self::Leftovers => "where else the old IDs stand",
        }
    }

    /// The row to which a finding belongs; none when it stands only below.
    pub const fn of(code: Code) -> Option<Self> {
        Some(match code {
            Code::R105 | Code::R106 | Code::R107 | Code::R108 | Code::R112 | Code::R116 | Code::R117 | Code::R118 => {
                Self::Download
            }
            Code::R501 | Code::R610 | Code::R113 => Self::Download,
            Code::R109 | Code::R110 | Code::R111 => Self::SameBytes,
            Code::R201 | Code::R202 | Code::R203 | Code::R209 => Self::Complete,
            Code::R204 | Code::R205 | Code::R206 | Code::R210 => Self::NotDamaged,
            Code::R301 | Code::R302 | Code::R303 | Code::R304 | Code::R308 => Self::RightIds,
            Code::R305 | Code::R306 | Code::R307 => Self::Events,
            Code::R309 => Self::Leftovers,
            _ => return None,
        })
    }

    const fn of_stage(stage: InspectStage) -> Self {
        match stage {
            InspectStage::Complete => Self::Complete,
            InspectStage::NotDamaged => Self::NotDamaged,
            InspectStage::RightIds => Self::RightIds,
            InspectStage::Events => Self::Events,
            InspectStage::Leftovers => Self::Leftovers,
        }
    }

    /// Whether the file was looked at for this, as far as its facts tell.
    fn was_checked(self, file: &FileFacts) -> bool {
        match self {
            Self::Download | Self::SameBytes | Self::Complete => true,
            Self::NotDamaged => file.integrity.is_some(),
            Self::RightIds => file.unreadable.is_none() && file.integrity.is_some(),
            Self::Events => file.events.is_some(),
            Self::Leftovers => file.residue.is_some(),
        }
    }
}

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState<'a> {
    /// It comes later.
    Later,
    /// It runs.
    Now,
    /// Seen, and well.
    Good,
    /// Seen, and this is the worst that was found.
    Found(&'a Finding),
    /// Something before it kept it from being looked at.
    NotChecked,
}

impl Inspect {
    /// How one row stands.
    pub fn part(&self, part: Part) -> PartState<'_> {
        let worst = self.findings().iter().find(|finding| Part::of(finding.code) == Some(part));
        match &self.outcome {
            Outcome::Looked(looked) => match worst {
                Some(finding) => PartState::Found(finding),
                None if part.was_checked(&looked.file) => PartState::Good,
                None => PartState::NotChecked,
            },
            Outcome::Failed(_) | Outcome::Stopped | Outcome::Runs => match (worst, self.running()) {
                (Some(finding), _) => PartState::Found(finding),
                (None, now) if part < now => PartState::Good,
                (None, now) if part == now && matches!(self.outcome, Outcome::Runs) => PartState::Now,
                _ => PartState::Later,
            },
        }
    }

    /// The row that runs, or ran when it was stopped.
    pub fn running(&self) -> Part {
        use crate::catalog::download::DownloadStage;
        match (&self.stage, &self.download.ended, &self.download.stage) {
            (Some(stage), ..) => Part::of_stage(stage.stage),
            (None, Some(_), _) => Part::Complete,
            (None, None, Some(DownloadStage::Compares)) => Part::SameBytes,
            (None, None, _) => Part::Download,
        }
    }

    /// How many findings want an answer later.
    pub fn to_answer(&self) -> (usize, usize) {
        let count = |severity| self.findings().iter().filter(|finding| finding.severity == severity).count();
        (count(Severity::Warn), count(Severity::Ask))
    }
}
