//! The two kinds of ID, as types that cannot be swapped, and the mapping from old to new.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The ID as a UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The first eight characters, for sentences in which the whole ID stands elsewhere: `7d0c88f1…`.
            pub fn short(self) -> String {
                let text = self.to_string();
                format!("{}…", &text[..8])
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            /// Canonical: 36 characters, lower case.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.hyphenated().to_string())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }
    };
}

id! {
    /// The ID of a data hub. The database calls it an integration.
    HubId
}
id! {
    /// The ID of a connector. The database calls it a source.
    ConnectorId
}

/// What becomes of one ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed<T> {
    /// As in the backup.
    pub old: T,
    /// As in the platform, for the restored connector.
    pub new: T,
}

impl<T: PartialEq> Renamed<T> {
    /// Whether old and new differ. A restore onto the same hub keeps the hub's ID.
    pub fn changes(&self) -> bool {
        self.old != self.new
    }
}

/// The old and the new IDs of one restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The hub's.
    pub hub: Renamed<HubId>,
    /// The connector's.
    pub connector: Renamed<ConnectorId>,
}

/// Why a text is not an ID: a sentence for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("there is nothing yet")]
    Empty,
    /// Right so far, but too short.
    #[error("{have} of 36: {}", missing(*.have))]
    TooShort {
        /// How many characters are there.
        have: usize,
    },
    /// Too long.
    #[error("{have} of 36: {} too many", .have - 36)]
    TooLong {
        /// How many characters are there.
        have: usize,
    },
    /// A character that no ID has at that place.
    #[error("{} is not part of an ID", .0.escape_debug())]
    Character(char),
    /// A dash is missing or stands in the wrong place.
    #[error("the dashes of an ID stand after 8, 12, 16 and 20 characters")]
    Dashes,
    /// The ID of nothing, all zeros.
    #[error("an ID of zeros only belongs to nothing")]
    Nil,
}

fn missing(have: usize) -> String {
    match 36 - have.min(36) {
        1 => "one character is missing".to_owned(),
        n => format!("{n} characters are missing"),
    }
}

/// Reads one ID. Blanks around it, braces and upper case are trimmed silently; 32 characters without dashes are taken, too.
pub fn parse(text: &str) -> Result<Uuid, IdError> {
    let text = trimmed(text);
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if let Some(wrong) = text.chars().find(|c| !c.is_ascii_hexdigit() && *c != '-') {
        return Err(IdError::Character(wrong));
    }
    let undashed = text.len() == 32 && !text.contains('-');
    if !undashed {
        for (at, c) in text.chars().enumerate().take(36) {
            if (c == '-') != matches!(at, 8 | 13 | 18 | 23) {
                return Err(IdError::Dashes);
            }
        }
        match text.len() {
            36 => {}
            have if have < 36 => return Err(IdError::TooShort { have }),
            have => return Err(IdError::TooLong { have }),
        }
    }
    match Uuid::try_parse(text) {
        Ok(uuid) if uuid.is_nil() => Err(IdError::Nil),
        Ok(uuid) => Ok(uuid),
        Err(_) => Err(IdError::Dashes),
    }
}

/// Every ID that stands in a pasted text, in order, each once: a web address, a table row, two lines.
pub fn find_all(text: &str) -> Vec<Uuid> {
    let mut found = Vec::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for word in text.split(|c: char| !is_part(c)) {
        // An ID may be glued to another word by a dash ("hub-<id>"), so each place a dash allows is tried.
        let starts = std::iter::once(0).chain(word.match_indices('-').map(|(at, _)| at + 1));
        for start in starts {
            let Some(candidate) = word.get(start..start + 36) else { break };
            let ends = word[start + 36..].chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
            if let (true, Ok(uuid)) = (ends, parse(candidate)) {
                if !found.contains(&uuid) {
                    found.push(uuid);
                }
                break;
            }
        }
    }
    found
}

/// Loose reading of an ID as it may be *stored*: blanks, braces, upper case or no dashes do not hide it.
pub fn parse_loosely(stored: &str) -> Option<Uuid> {
    Uuid::try_parse(trimmed(stored)).ok()
}

fn trimmed(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).map_or(text, str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

    #[test]
    fn trimming_is_silent() {
        let plain: ConnectorId = ID.parse().unwrap();
        for form in [format!("  {ID}\n"), format!("{{{ID}}}"), ID.to_uppercase(), ID.replace('-', "")] {
            assert_eq!(form.parse::<ConnectorId>().unwrap(), plain, "{form}");
        }
        assert_eq!(plain.to_string(), ID);
        assert_eq!(plain.short(), "7d0c88f1…");
    }

    #[test]
    fn each_key_is_judged() {
        assert_eq!(parse(""), Err(IdError::Empty));
        assert_eq!(parse(&ID[..35]).unwrap_err().to_string(), "35 of 36: one character is missing");
        assert_eq!(parse("7d0g").unwrap_err().to_string(), "g is not part of an ID");
        assert_eq!(parse("7d0c88f13").unwrap_err(), IdError::Dashes);
        assert_eq!(parse(&format!("{ID}ab")).unwrap_err().to_string(), "38 of 36: 2 too many");
        assert_eq!(parse("00000000-0000-0000-0000-000000000000"), Err(IdError::Nil));
    }

    #[test]
    fn ids_are_found_in_whatever_was_pasted() {
        let other = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
        let text = format!("https://platform.example/hubs/{other}/connectors/{ID}?tab=1 and {ID}");
        assert_eq!(find_all(&text), [other.parse::<Uuid>().unwrap(), ID.parse().unwrap()]);
        assert_eq!(find_all(&format!("hub-{ID}.")), [ID.parse::<Uuid>().unwrap()]);
        assert!(find_all("nothing 7d0c88f1-3c55").is_empty());
        assert!(find_all(&format!("{ID}0")).is_empty());
    }
}
