//! Why a command did not do its work, and the exit status of each reason.

use std::io::ErrorKind;

use crate::finding::{Code, Finding, Severity};
use crate::hub::place::{Left, Stopped};
use crate::progress::Cancelled;
use crate::restore::trouble::Trouble;

/// The reasons, each with its own exit status.
#[derive(Debug)]
pub enum Failure {
    /// Something that was typed cannot be meant: 2.
    Usage(String),
    /// A finding blocks, or one was not accepted: 3.
    Refused {
        /// What was refused, as a sentence.
        message: String,
        /// The findings that stop it first, then the others.
        findings: Vec<Finding>,
    },
    /// There is no such backup, file or restore: 4.
    Missing {
        /// What was looked for, as a sentence.
        message: String,
        /// The finding that says it, where there is one.
        findings: Vec<Finding>,
    },
    /// A signal asked to stop, and the work stopped: 128 and its number.
    Stopped,
    /// Anything else: 1.
    Failed(anyhow::Error),
    /// The whole answer is given already; only the exit status is left to say.
    Said(i32),
    /// Any of these; the document on standard output holds its sentence already.
    Told(Box<Self>),
    /// Any of these, with the status that `diff` gives for trouble: 2.
    Trouble(Box<Self>),
}

impl Failure {
    /// These findings stop it; `now` says what was done so far.
    pub fn blocked(findings: Vec<Finding>, now: &str) -> Self {
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        codes.dedup();
        let verb = if codes.len() == 1 { "stops" } else { "stop" };
        Self::Refused { message: format!("{} {verb} it; {now}", codes.join(", ")), findings }
    }

    /// There is nothing of that name.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::Missing { message: message.into(), findings: Vec::new() }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Cancelled>() {
            Ok(Cancelled) => Self::Stopped,
            Err(error) => Self::Failed(error),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Blocked(findings) => Self::blocked(findings, "nothing was changed"),
            Trouble::Missing(message) => Self::missing(message),
            Trouble::Cancelled => Self::Stopped,
            Trouble::Failed(error) => match full(&error) {
                Some(finding) => Self::blocked(vec![finding], "nothing was changed"),
                None => error.into(),
            },
        }
    }
}

impl From<Stopped> for Failure {
    /// What stopped placing or undoing, with what is at the place now.
    fn from(stopped: Stopped) -> Self {
        let now = match stopped.left {
            Left::Untouched => "nothing was changed",
            Left::Old => "the old database is there, wholly",
            Left::Undone => "it was undone: the old database is there, byte for byte",
            Left::New => "the new database is there, wholly",
            Left::Unfinished => "it is cut: go on with `reseat resume`, or undo it with `reseat rollback`",
        };
        match stopped.finding {
            Some(finding) => Self::blocked(vec![*finding], now),
            None => Self::Stopped,
        }
    }
}

/// R610 where the disk is full, or a limit is reached.
fn full(error: &anyhow::Error) -> Option<Finding> {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    let full = matches!(io.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    full.then(|| {
        let sentence = crate::text::printable(&format!("{error:#}"));
        Finding::new(Code::R610, Severity::Block, format!("{}.", sentence.trim_end_matches('.')))
            .why("What was half written was deleted.")
            .remedy("Make room there, or choose another folder with --state-dir; then run it again.")
    })
}

impl From<Cancelled> for Failure {
    fn from(_: Cancelled) -> Self {
        Self::Stopped
    }
}

/// The sentence that names the findings which stop a command.
pub fn stopped_by(findings: &[Finding], accepted: &[Code]) -> Option<String> {
    let codes = |wanted: &dyn Fn(&Finding) -> bool| {
        let mut codes: Vec<Code> =
            findings.iter().filter(|finding| wanted(finding)).map(|finding| finding.code).collect();
        codes.dedup();
        codes.into_iter().map(Code::as_str).collect::<Vec<_>>()
    };
    let blocking = codes(&|finding| finding.severity == Severity::Block);
    if !blocking.is_empty() {
        let ends = if blocking.len() == 1 { "s" } else { "" };
        return Some(format!("{} stop{ends} it; nothing was changed", blocking.join(", ")));
    }
    let open = codes(&|finding| finding.needs_acceptance() && !accepted.contains(&finding.code));
    if open.is_empty() {
        return None;
    }
    let options: Vec<String> = open.iter().map(|code| format!("--accept {code}")).collect();
    let are = if open.len() == 1 { "is" } else { "are" };
    Some(format!("{} {are} not accepted: read, then add {}", open.join(", "), options.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_named_before_what_could_be_accepted() {
        let block = Finding::new(Code::R301, Severity::Block, "x");
        let warn = Finding::new(Code::R103, Severity::Warn, "x");
        let ask = Finding::new(Code::R410, Severity::Ask, "x");
        let info = Finding::new(Code::R104, Severity::Info, "x");
        assert_eq!(stopped_by(&[block, warn.clone()], &[Code::R301]).unwrap(), "R301 stops it; nothing was changed");
        assert_eq!(
            stopped_by(&[warn.clone(), ask.clone()], &[]).unwrap(),
            "R103, R410 are not accepted: read, then add --accept R103 --accept R410"
        );
        assert_eq!(stopped_by(&[warn, ask, info], &[Code::R103, Code::R410, Code::R601]), None);
    }

    #[test]
    fn being_stopped_is_no_fault() {
        assert!(matches!(Failure::from(anyhow::Error::new(Cancelled)), Failure::Stopped));
        let deep = anyhow::Error::new(Cancelled).context("while it rewrote");
        assert!(matches!(Failure::from(deep), Failure::Stopped));
    }
}
