//! Findings: what is wrong, doubtful or worth knowing about a restore, each with a stable code.

mod catalogue;
pub mod texts;
#[doc = include_str!("finding/traps.md")]
pub mod traps {}

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

pub use catalogue::Code;

/// How much a finding stops. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Said and counted in the report; stops nothing.
    Info,
    /// Accepted one by one, by name.
    Warn,
    /// A decision of the person.
    Ask,
    /// Never accepted: there are only ways on.
    Block,
}

impl Severity {
    /// The mark that stands before a finding: `·` to know, `!` to accept, `?` to decide, `✗` stops.
    pub const fn mark(self) -> char {
        match self {
            Self::Info => '·',
            Self::Warn => '!',
            Self::Ask => '?',
            Self::Block => '✗',
        }
    }
}

/// One finding. All texts are whole sentences, already printable: text from a backup or a bucket went through
/// [`crate::text::Untrusted::printable`] before it came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What it is about, where one code can occur more than once: a table, a connector, a path. May be empty.
    pub subject: String,
    /// What was found, with the numbers: the sentence that stands beside the code.
    pub detail: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// The facts that this finding rests on. An acceptance falls when they change.
    pub evidence: String,
}

impl Finding {
    /// A finding with `detail` also as its evidence. Set `why`, `remedy` and `subject` with the methods below.
    pub fn new(code: Code, severity: Severity, detail: impl Into<String>) -> Self {
        debug_assert!(code.severities().contains(&severity), "{code} has no severity {severity:?}");
        let detail = detail.into();
        Self {
            code,
            severity,
            subject: String::new(),
            evidence: detail.clone(),
            detail,
            why: String::new(),
            remedy: String::new(),
        }
    }

    /// With the reason why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// With what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// With what it is about, where the code can occur more than once.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// With other evidence than its sentence: for sentences that hold an age, which changes while nothing else does.
    #[must_use]
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// What an acceptance of this finding is kept under: the code, the subject and a digest of the evidence.
    pub fn acceptance(&self) -> Acceptance {
        let mut digest = Sha256::new();
        digest.update(self.subject.as_bytes());
        digest.update([0]);
        digest.update(self.evidence.as_bytes());
        Acceptance { code: self.code, evidence: crate::text::hex(&digest.finalize()[..8]) }
    }

    /// Whether a person has to accept it (or answer it with yes) before the restore goes on.
    pub fn needs_acceptance(&self) -> bool {
        matches!(self.severity, Severity::Warn | Severity::Ask)
    }
}

/// A person's acceptance of one finding, bound to the facts it rested on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Acceptance {
    /// The accepted code.
    pub code: Code,
    /// Digest of subject and evidence, 16 hex digits.
    pub evidence: String,
}

/// The worst severity of a set of findings, in the words of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing above info.
    Ok,
    /// Something to accept.
    Warn,
    /// Something to decide.
    Ask,
    /// Something stops the restore.
    Block,
}

impl Verdict {
    /// The verdict over `findings`.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        findings.into_iter().map(|finding| finding.severity).max().map_or(Self::Ok, |worst| match worst {
            Severity::Info => Self::Ok,
            Severity::Warn => Self::Warn,
            Severity::Ask => Self::Ask,
            Severity::Block => Self::Block,
        })
    }
}

/// Puts the worst finding first; findings of equal severity keep the order of their codes.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.code.cmp(&b.code)));
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    /// Reads a code, in either letter case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

/// A text that is no code of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a code of a finding; `reseat explain` lists them all")]
pub struct UnknownCode(pub String);

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_parse_back() {
        for pair in Code::ALL.windows(2) {
            assert!(pair[0].as_str() < pair[1].as_str());
        }
        for code in Code::ALL {
            assert_eq!(code.as_str().to_lowercase().parse(), Ok(*code));
        }
        assert!("R999".parse::<Code>().is_err());
    }

    #[test]
    fn a_verdict_is_the_worst_of_its_findings() {
        assert_eq!(Verdict::of([]), Verdict::Ok);
        let info = Finding::new(Code::R104, Severity::Info, "x");
        let warn = Finding::new(Code::R409, Severity::Warn, "x");
        assert_eq!(Verdict::of([&info]), Verdict::Ok);
        assert_eq!(Verdict::of([&info, &warn]), Verdict::Warn);
    }

    #[test]
    fn an_acceptance_falls_when_the_evidence_changes() {
        let one = Finding::new(Code::R409, Severity::Warn, "16 h ago").evidence("2026-11-18T22:05Z");
        let later = Finding::new(Code::R409, Severity::Warn, "17 h ago").evidence("2026-11-18T22:05Z");
        let other = Finding::new(Code::R409, Severity::Warn, "1 h ago").evidence("2026-11-19T13:05Z");
        assert_eq!(one.acceptance(), later.acceptance());
        assert_ne!(one.acceptance(), other.acceptance());
    }
}
