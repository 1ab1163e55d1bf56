//! Credentials that a person pastes: the `export AWS_…` lines of a web portal. They stay in memory.

use std::fmt;

use jiff::Timestamp;

/// Temporary or permanent credentials. Neither shown nor written; `Debug` shows the key's last characters only.
#[derive(Clone, PartialEq, Eq)]
pub struct PastedCredentials {
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
    /// When they end, where the text says so.
    pub(super) expires: Option<Timestamp>,
}

impl fmt::Debug for PastedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PastedCredentials(key ending in {})", self.last_four())
    }
}

impl PastedCredentials {
    /// The last four characters of the key, which are no secret.
    pub fn last_four(&self) -> String {
        last_four(&self.key)
    }
}

/// The last four characters of an access key.
pub(super) fn last_four(key: &str) -> String {
    let count = key.chars().count();
    key.chars().skip(count.saturating_sub(4)).collect()
}

/// Why a pasted text holds no credentials. It quotes nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Nothing that looks like credentials.
    #[error("there is no AWS_ACCESS_KEY_ID in it")]
    NoKey,
    /// The key alone.
    #[error("there is no AWS_SECRET_ACCESS_KEY in it")]
    NoSecret,
    /// A temporary key (`ASIA…`) without its token.
    #[error("this key is temporary, and there is no AWS_SESSION_TOKEN in it")]
    NoToken,
    /// A value with blanks or other characters that none has.
    #[error("a value was cut or changed while it was copied")]
    Garbled,
}

/// Reads credentials from pasted text: lines as a shell takes them (`export AWS_ACCESS_KEY_ID="…"`), as PowerShell or
/// `cmd` take them (`$Env:…="…"`, `set …`), or as a profile of the credentials file holds them (`aws_access_key_id = …`).
pub fn pasted_credentials(text: &str) -> Result<PastedCredentials, PasteError> {
    let value = |name: &str| text.lines().flat_map(|line| line.split(';')).rev().find_map(|part| value_in(part, name));
    let key = value("AWS_ACCESS_KEY_ID").ok_or(PasteError::NoKey)?;
    let secret = value("AWS_SECRET_ACCESS_KEY").ok_or(PasteError::NoSecret)?;
    let token = value("AWS_SESSION_TOKEN").or_else(|| value("AWS_SECURITY_TOKEN"));
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\'');
    if !plain(&key) || !plain(&secret) || token.as_deref().is_some_and(|token| !plain(token)) || key.len() < 3 {
        return Err(PasteError::Garbled);
    }
    if token.is_none() && key.starts_with("ASIA") {
        return Err(PasteError::NoToken);
    }
    let expires = value("AWS_CREDENTIAL_EXPIRATION").and_then(|at| at.parse().ok());
    Ok(PastedCredentials { key, secret, token, expires })
}

/// The value that one line gives to `name`, in whichever of the notations.
fn value_in(line: &str, name: &str) -> Option<String> {
    let mut line = line.trim();
    for lead in ["export ", "set ", "SET ", "setx ", "$Env:", "$env:"] {
        line = line.strip_prefix(lead).map_or(line, str::trim_start);
    }
    line = line.strip_prefix('"').unwrap_or(line);
    let (left, right) = line.split_once('=')?;
    if !left.trim().eq_ignore_ascii_case(name) {
        return None;
    }
    let right = right.trim();
    let quoted = |quote: char| right.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
    let bare = || right.strip_suffix('"').filter(|inner| !inner.contains('"')).unwrap_or(right);
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or_else(bare).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notations_of_the_portal_are_read() {
        let shell = "export AWS_ACCESS_KEY_ID=\"ASIAQ4QXZ\"\nexport AWS_SECRET_ACCESS_KEY=\"s/e+c==\"\nexport AWS_SESSION_TOKEN=\"to/ken==\"\n";
        let found = pasted_credentials(shell).unwrap();
        assert_eq!((found.key.as_str(), found.secret.as_str()), ("ASIAQ4QXZ", "s/e+c=="));
        assert_eq!(found.token.as_deref(), Some("to/ken=="));
        for other in [
            "[123_Support]\naws_access_key_id = ASIAQ4QXZ\naws_secret_access_key = s/e+c==\naws_session_token = to/ken==",
            "$Env:AWS_ACCESS_KEY_ID=\"ASIAQ4QXZ\"\r\n$Env:AWS_SECRET_ACCESS_KEY=\"s/e+c==\"\r\n$Env:AWS_SESSION_TOKEN=\"to/ken==\"",
            "SET AWS_ACCESS_KEY_ID=ASIAQ4QXZ\nset AWS_SECRET_ACCESS_KEY=s/e+c==\nset \"AWS_SESSION_TOKEN=to/ken==\"",
            "export AWS_ACCESS_KEY_ID='ASIAQ4QXZ'; export AWS_SECRET_ACCESS_KEY='s/e+c=='; export AWS_SESSION_TOKEN='to/ken=='",
        ] {
            assert_eq!(pasted_credentials(other).as_ref(), Ok(&found), "{other}");
        }
    }

    #[test]
    fn a_paste_that_is_not_whole_is_refused_without_quoting_it() {
        assert_eq!(pasted_credentials("hello"), Err(PasteError::NoKey));
        assert_eq!(pasted_credentials("export AWS_ACCESS_KEY_ID=AKIA1"), Err(PasteError::NoSecret));
        let no_token = "export AWS_ACCESS_KEY_ID=ASIA1\nexport AWS_SECRET_ACCESS_KEY=abc";
        assert_eq!(pasted_credentials(no_token), Err(PasteError::NoToken));
        let cut = "export AWS_ACCESS_KEY_ID=AKIA1\nexport AWS_SECRET_ACCESS_KEY=\"abc";
        assert_eq!(pasted_credentials(cut), Err(PasteError::Garbled));
    }

    #[test]
    fn the_secret_is_not_in_its_debug() {
        let found = pasted_credentials("AWS_ACCESS_KEY_ID=AKIA1234\nAWS_SECRET_ACCESS_KEY=topsecret").unwrap();
        assert_eq!(format!("{found:?}"), "PastedCredentials(key ending in 1234)");
    }
}
