//! What a journal can say: one variant a kind of line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::StoredBackup;
use crate::finding::{Acceptance, Code, Finding, Severity};
use crate::hub::service::Service;
use crate::hub::stage::Stage as PlaceAct;
use crate::identity::{ConnectorId, HubId, Mapping};
use crate::restore::{RestoreId, Stage, Token, witnesses};
use crate::text::Untrusted;

/// One line's meaning. A kind that is not here makes a journal one of another version, which is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// The first line, and only the first.
    Header(Header),
    /// The person went to a step.
    Step {
        /// Which.
        stage: Stage,
    },
    /// A number of a ticket, for the report.
    Ticket {
        /// As it was given.
        text: String,
    },
    /// Where the backups are.
    Source(SourceChoice),
    /// Which backup was chosen.
    Backup {
        /// With what the source said about it.
        backup: StoredBackup,
    },
    /// It lies in the store.
    Downloaded(Downloaded),
    /// What was found in it, and what it says about itself.
    Checked(Checked),
    /// What stands in a text field, so that it is there again after a resume.
    Typed {
        /// The field, in the wizard's words.
        field: String,
        /// What stands in it.
        #[serde(with = "raw")]
        text: Untrusted,
    },
    /// The new IDs.
    Target(TargetChoice),
    /// The findings of a step, for the report. A later line of the same step replaces it.
    Findings {
        /// The step that found them.
        stage: Stage,
        /// Each with its sentence.
        list: Vec<Noted>,
    },
    /// What each witness says of the IDs and the connector, for the report. A later line replaces it.
    Witnesses {
        /// Subject by subject.
        list: Vec<witnesses::Noted>,
    },
    /// A person accepted a finding.
    Accepted {
        /// Which, bound to its facts.
        acceptance: Acceptance,
        /// Its sentence at that time.
        detail: String,
    },
    /// A person took an acceptance back.
    TakenBack {
        /// Which.
        acceptance: Acceptance,
    },
    /// The restored database is proved.
    Rewrote(Rewrote),
    /// The restored database was deleted: the IDs or the download changed.
    Discarded,
    /// The service is about to be stopped.
    Stopping {
        /// Which, with what else stops.
        service: Service,
    },
    /// The command that stops it failed: it counts as running.
    StopFailed {
        /// Its name.
        service: String,
    },
    /// It is stopped.
    Stopped {
        /// Its name.
        service: String,
    },
    /// The service is about to be started.
    Starting {
        /// Its name.
        service: String,
    },
    /// It is started.
    Started {
        /// Its name.
        service: String,
    },
    /// A file is about to be placed.
    Placing(Placing),
    /// One stage of placing or undoing, before it begins.
    Place {
        /// The stage, with what going on or undoing needs to know.
        act: PlaceAct,
    },
    /// The last line that `place` printed on the hub.
    Receipt {
        /// The connector in it.
        connector: ConnectorId,
        /// The digest in it; none where a person says that it was placed by hand.
        sha256: Option<String>,
    },
    /// A step of the guide is done.
    Tick {
        /// The guide's word for it.
        step: String,
        /// Seen by reseat; otherwise said by a person.
        seen: bool,
    },
    /// A tick was taken back.
    Untick {
        /// The guide's word for it.
        step: String,
    },
    /// A step of the guide was left open knowingly.
    LeftOpen {
        /// The guide's word for it.
        step: String,
    },
    /// What a look at the new connector's database saw. Kept when something changed, not at each look.
    Watched {
        /// Rows of events.
        events: u64,
        /// The newest event, where a column tells.
        newest: Option<Timestamp>,
    },
    /// A person asked for the rollback.
    RollingBack,
    /// A finding stopped it, and nobody goes on.
    Refused {
        /// Where.
        stage: Stage,
        /// The codes.
        codes: Vec<Code>,
    },
    /// A person had what it held deleted.
    Forgotten {
        /// What was deleted, in bytes.
        bytes: u64,
    },
}

/// Which restore this is, who began it, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its spoken ID: the folder's name.
    pub restore: RestoreId,
    /// Its random token.
    pub token: Token,
    /// The version of the program.
    pub program: String,
    /// Who really types.
    pub person: String,
    /// As whom.
    pub user: String,
    /// On which machine.
    pub machine: String,
}

/// Where the backups are, and how they are reached. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceChoice {
    /// The environment of the configuration, where one was chosen.
    pub environment: Option<String>,
    /// `s3://bucket/prefix`, a folder or a file.
    pub source: String,
    /// The AWS profile.
    pub profile: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// The endpoint of a server that speaks S3.
    pub endpoint_url: Option<String>,
    /// Whether the one who reads pays.
    #[serde(default)]
    pub requester_pays: bool,
}

/// A download in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downloaded {
    /// Digest of all bytes, 64 hex digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// What it was compared with, as a sentence; none when the source holds nothing to compare with.
    pub verified_by: Option<String>,
}

/// What a backup says about itself, as far as a list of restores and a report show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The connector's name.
    #[serde(with = "raw_option", default)]
    pub name: Option<Untrusted>,
    /// The connector's type. Each line says its own `kind`, so this one has another name.
    #[serde(rename = "type", with = "raw_option", default)]
    pub kind: Option<Untrusted>,
    /// Rows of events.
    pub events: Option<u64>,
    /// The newest event.
    pub newest: Option<Timestamp>,
}

/// The new IDs, and the place that they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetChoice {
    /// Old and new.
    pub mapping: Mapping,
    /// The hub's folder on this machine; none when the hub is another machine.
    pub hub_root: Option<PathBuf>,
}

/// A finding as the journal and the report keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Its code.
    pub code: Code,
    /// How much it stops.
    #[serde(with = "severity")]
    pub severity: Severity,
    /// Its sentence.
    pub detail: String,
    /// What to do.
    pub remedy: String,
}

impl From<&Finding> for Noted {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            detail: finding.detail.clone(),
            remedy: finding.remedy.clone(),
        }
    }
}

/// The proved copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrote {
    /// Digest of the restored database.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the backup that it was made from.
    pub from: String,
    /// The IDs that it was made with.
    pub mapping: Mapping,
    /// Changed rows by table.
    pub changes: BTreeMap<String, u64>,
    /// Full-text indexes that still hold the old text.
    pub stale_full_text: Vec<String>,
}

/// What is placed, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placing {
    /// The file that is placed.
    pub file: PathBuf,
    /// Its digest.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its hub.
    pub hub: HubId,
    /// Its connector.
    pub connector: ConnectorId,
    /// The path that it goes to.
    pub target: PathBuf,
    /// Rows of events in it.
    pub events: u64,
    /// Rows of events in what is there now, where that could be read.
    pub before: Option<u64>,
}

/// Untrusted text as it came: the journal is read back, never shown as it is.
mod raw {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Untrusted;

    pub fn serialize<S: Serializer>(text: &Untrusted, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text.raw())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Untrusted, D::Error> {
        String::deserialize(deserializer).map(Untrusted::new)
    }
}

/// The same where there may be none.
mod raw_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Untrusted;

    #[allow(clippy::ref_option)] // The shape that serde calls.
    pub fn serialize<S: Serializer>(text: &Option<Untrusted>, serializer: S) -> Result<S::Ok, S::Error> {
        text.as_ref().map(Untrusted::raw).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Untrusted>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Untrusted::new))
    }
}

/// Severities by the word of the JSON.
mod severity {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Severity;

    #[allow(clippy::trivially_copy_pass_by_ref)] // The shape that serde calls.
    pub fn serialize<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
        severity.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "info" => Ok(Severity::Info),
            "warn" => Ok(Severity::Warn),
            "ask" => Ok(Severity::Ask),
            "block" => Ok(Severity::Block),
            other => Err(serde::de::Error::custom(format!("{other:?} is no severity"))),
        }
    }
}
