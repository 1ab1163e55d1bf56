//! Why a step of a restore ended without its result, in the classes that decide what is said and the exit status.

use jiff::Timestamp;

use super::journal::JournalError;
use super::store::downloads::Altered;
use super::store::{Busy, Unresolved};
use crate::catalog::CatalogError;
use crate::database::DatabaseError;
use crate::finding::{Code, Finding, Severity};
use crate::hub::place::Stopped;
use crate::progress::Cancelled;
use crate::text;

/// Why a step ended.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Findings stop it (exit status 3).
    #[error("{}", details(.0))]
    Blocked(Vec<Finding>),
    /// There is no such backup, file or restore (4).
    #[error("{0}")]
    Missing(String),
    /// Somebody asked to stop (130).
    #[error("stopped, as asked")]
    Cancelled,
    /// Something else failed (1).
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

fn details(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{}: {}", finding.code, finding.detail)).collect::<Vec<_>>().join("; ")
}

impl Trouble {
    /// The findings that stop it; empty when none does.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Blocked(findings) => findings,
            _ => &[],
        }
    }

    /// What a source answered.
    pub fn of_catalog(error: CatalogError, now: Timestamp) -> Self {
        match (&error, error.finding(now)) {
            (CatalogError::Cancelled, _) => Self::Cancelled,
            (_, _) if error.is_missing() => Self::Missing(text::printable(&error.to_string())),
            (_, Some(finding)) => Self::Blocked(vec![finding]),
            (_, None) => Self::Failed(error.into()),
        }
    }
}

impl From<Finding> for Trouble {
    fn from(finding: Finding) -> Self {
        Self::Blocked(vec![finding])
    }
}

impl From<Box<Finding>> for Trouble {
    fn from(finding: Box<Finding>) -> Self {
        (*finding).into()
    }
}

impl From<Cancelled> for Trouble {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<anyhow::Error> for Trouble {
    /// What a caller inside already knew is taken out again: a finding stays a finding.
    fn from(error: anyhow::Error) -> Self {
        if error.is::<Cancelled>() {
            return Self::Cancelled;
        }
        if let Some(busy) = error.downcast_ref::<Busy>() {
            return busy.finding().into();
        }
        if let Some(altered) = error.downcast_ref::<Altered>() {
            return altered.finding().into();
        }
        if let Some(unresolved) = error.downcast_ref::<Unresolved>() {
            return Self::Missing(unresolved.to_string());
        }
        match error.downcast::<JournalError>() {
            Ok(error) => error.into(),
            Err(error) => Self::Failed(error),
        }
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        match (error.finding(), &error) {
            (Some(finding), _) => finding.into(),
            (None, JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Self::Missing(format!("this restore has no journal: {error}"))
            }
            (None, _) => Self::Failed(error.into()),
        }
    }
}

impl From<Stopped> for Trouble {
    fn from(stopped: Stopped) -> Self {
        stopped.finding.map_or(Self::Cancelled, Self::from)
    }
}

impl From<DatabaseError> for Trouble {
    fn from(error: DatabaseError) -> Self {
        match (&error, error.code()) {
            (DatabaseError::Cancelled(_), _) => Self::Cancelled,
            (DatabaseError::Refused(refusals), _) => {
                let block = |refusal: &crate::database::Refusal| {
                    Finding::new(refusal.code(), Severity::Block, sentence(&refusal.to_string()))
                        .why("The rewrite would have to guess.")
                        .remedy("Choose another version of the backup, or another backup.")
                };
                Self::Blocked(refusals.iter().map(block).collect())
            }
            (_, Some(code)) => {
                let finding = Finding::new(code, Severity::Block, sentence(&error.to_string()));
                Self::Blocked(vec![discarded(code, finding)])
            }
            (_, None) => Self::Failed(error.into()),
        }
    }
}

/// What became of the copy, and what to do.
fn discarded(code: Code, finding: Finding) -> Finding {
    if code == Code::R504 {
        return finding
            .why("The plan was made for other bytes.")
            .remedy("Inspect the backup again, and look at the plan again.");
    }
    finding
        .why("Only what was planned may differ. The copy was deleted; nothing else was touched.")
        .remedy("Keep the backup and report this, with the sentence above.")
}

fn sentence(text: &str) -> String {
    let text = text::printable(text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
