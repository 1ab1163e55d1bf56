//! A restore from start to end: its ID and stages, the journal, recovery, the store of past restores, the steps that the
//! commands and the wizard share, and the report.

pub mod assess;
pub mod audit;
pub mod comparison;
pub mod documents;
pub mod engine;
pub mod facts;
pub mod far;
pub mod journal;
pub mod peek;
pub mod recovery;
pub mod report;
pub mod store;
pub mod trouble;
pub mod witnesses;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The spoken ID of a restore: its date (UTC) and a number, `2026-11-21-1`. Safe as a folder's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RestoreId(String);

/// A text that is no restore's ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a restore's ID is a date and a number, for example 2026-11-21-1")]
pub struct NotARestoreId;

impl RestoreId {
    /// The `number`th restore of the day of `now`.
    pub fn new(now: Timestamp, number: u32) -> Self {
        Self(format!("{}-{number}", now.strftime("%Y-%m-%d")))
    }

    /// As it is spoken and written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Date and number, by which restores are ordered: `2026-11-21-10` comes after `2026-11-21-9`.
    fn parts(&self) -> (&str, u32) {
        let (day, number) = self.0.rsplit_once('-').unwrap_or((&self.0, ""));
        (day, number.parse().unwrap_or(0))
    }

    /// The number within its day.
    pub fn number(&self) -> u32 {
        self.parts().1
    }

    /// Whether both are of one day.
    pub fn same_day(&self, other: &Self) -> bool {
        self.parts().0 == other.parts().0
    }
}

impl PartialOrd for RestoreId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RestoreId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl FromStr for RestoreId {
    type Err = NotARestoreId;

    fn from_str(text: &str) -> Result<Self, NotARestoreId> {
        let mut parts = text.split('-');
        for digits in [4, 2, 2] {
            let part = parts.next().ok_or(NotARestoreId)?;
            if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotARestoreId);
            }
        }
        let number = parts.next().ok_or(NotARestoreId)?;
        let plain = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || !plain || number.starts_with('0') {
            return Err(NotARestoreId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for RestoreId {
    type Error = NotARestoreId;

    fn try_from(text: String) -> Result<Self, NotARestoreId> {
        text.parse()
    }
}

impl From<RestoreId> for String {
    fn from(id: RestoreId) -> Self {
        id.0
    }
}

impl fmt::Display for RestoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A restore's random token: its ID recurs on other machines, the token does not. Own files, the marker and the journal's
/// header carry both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A new one: 16 hex digits.
    pub fn random() -> Self {
        let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self(format!("{high:016x}"))
    }

    /// As it stands in names of files.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The step that a restore is at: the wizard's steps, and the words of `restores`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Where the backups are.
    Source,
    /// Which connector and which version.
    Backup,
    /// Whether it is the right one, and sound.
    Inspect,
    /// Where it shall live.
    Target,
    /// What will change.
    Preview,
    /// The private copy and its proof.
    Rewrite,
    /// The replacement on the hub.
    Place,
    /// What a person does afterwards.
    Finish,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Backup,
        Self::Inspect,
        Self::Target,
        Self::Preview,
        Self::Rewrite,
        Self::Place,
        Self::Finish,
    ];

    /// What a person reads on the rail.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Backup => "Backup",
            Self::Inspect => "Inspect",
            Self::Target => "Target",
            Self::Preview => "Preview",
            Self::Rewrite => "Rewrite",
            Self::Place => "Place",
            Self::Finish => "Finish",
        }
    }

    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Backup => "backup",
            Self::Inspect => "inspect",
            Self::Target => "target",
            Self::Preview => "preview",
            Self::Rewrite => "rewrite",
            Self::Place => "place",
            Self::Finish => "finish",
        }
    }
}

/// How a restore stands, in the words of `restores`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Begun, and nothing is placed. A placing that was cut is unfinished, too.
    Unfinished,
    /// Putting back began and did not end.
    Undoing,
    /// Placed; steps of a person are open.
    Placed,
    /// Placed, and every step is done or left knowingly.
    Done,
    /// What was there before is there again.
    RolledBack,
    /// Its journal cannot be trusted, so reseat does not act on it.
    Refused,
}

impl State {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Undoing => "undoing",
            Self::Placed => "placed",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
            Self::Refused => "refused",
        }
    }

    /// Whether somebody has to come back to it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Unfinished | Self::Undoing | Self::Placed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_safe_as_a_folder() {
        for wrong in
            ["", "..", "2026-11-21", "2026-11-21-", "2026-11-21-0", "2026-11-21-1/..", "2026-11-2-1", "2026-11-21-1-2"]
        {
            assert!(wrong.parse::<RestoreId>().is_err(), "{wrong}");
        }
        let id: RestoreId = "2026-11-21-10".parse().unwrap();
        assert!(id > "2026-11-21-9".parse().unwrap());
        assert!(id < "2026-11-22-1".parse().unwrap());
        assert_eq!(id.number(), 10);
        assert_eq!(RestoreId::new("2026-11-21T23:59:59Z".parse().unwrap(), 3).as_str(), "2026-11-21-3");
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(Token::random(), Token::random());
        assert_eq!(Token::random().as_str().len(), 16);
    }
}
