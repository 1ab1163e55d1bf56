//! Names under which secrets stand, in any spelling: camel, snake, kebab, joined.

/// Words that make a name that of a secret, wherever they stand in it.
const WORDS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "passkey",
    "psk",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "cred",
    "creds",
    "authorization",
    "apikey",
    "sas",
    "jwt",
    "bearer",
    "cookie",
    "cookies",
    "otp",
];

/// Words that do so only at the end: `dbPass`, `basicAuth`.
const LAST_WORDS: &[&str] = &["pass", "auth"];

/// Several words, or a part of a joined one: `accesskey`, `dbpassword`.
const STEMS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "credential",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "sharedkey",
    "accountkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "sessionkey",
    "subscriptionkey",
    "storagekey",
    "authkey",
    "sshkey",
    "secretid",
    "connectionstring",
    "connstring",
    "connstr",
    "accesssignature",
];

/// Ends of a joined name.
const ENDS: &[&str] = &["token", "secret", "pwd"];

/// Last words of a name that speaks about a secret and holds none: `tokenType`, `passwordExpiresAt`.
const ABOUT: &[&str] = &[
    "id",
    "ids",
    "uuid",
    "name",
    "names",
    "type",
    "types",
    "count",
    "counts",
    "length",
    "size",
    "limit",
    "expires",
    "expiry",
    "expiration",
    "expired",
    "at",
    "on",
    "date",
    "time",
    "timestamp",
    "ttl",
    "age",
    "lifetime",
    "policy",
    "policies",
    "enabled",
    "required",
    "present",
    "valid",
    "version",
    "versions",
    "url",
    "uri",
    "endpoint",
    "status",
    "state",
    "mode",
    "algorithm",
    "format",
    "days",
    "hours",
    "minutes",
    "seconds",
    "attempts",
    "retries",
];

/// First words of a count: `maxTokens`.
const COUNTS: &[&str] = &["max", "min", "num", "number", "total", "count"];

/// Whether a value under this name is a secret.
pub fn names_a_secret(name: &str) -> bool {
    let words = words(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let joined = words.concat();
    if words.len() > 1 && (ABOUT.contains(&last.as_str()) || COUNTS.contains(&first.as_str())) && joined != "secretid" {
        return false;
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || LAST_WORDS.contains(&last.as_str())
        || STEMS.iter().any(|stem| joined.contains(stem))
        || ENDS.iter().any(|end| joined.ends_with(end))
}

/// Whether the last word is a plural: a number under it is a count.
pub(super) fn is_plural(name: &str) -> bool {
    words(name).last().is_some_and(|word| word.ends_with('s') && !word.ends_with("ss") && word != "sas")
}

/// Whether a column or field of this name says what another one beside it is: `key`, `name`.
pub fn labels(name: &str) -> bool {
    const LABELS: &[&str] =
        &["key", "k", "name", "setting", "property", "option", "parameter", "param", "field", "variable", "header"];
    words(name).last().is_some_and(|word| LABELS.contains(&word.as_str()))
}

/// Whether a column or field of this name holds what another one beside it names: `value`.
pub fn holds_a_value(name: &str) -> bool {
    const VALUES: &[&str] =
        &["value", "v", "val", "values", "data", "content", "contents", "text", "default", "current"];
    words(name).last().is_some_and(|word| VALUES.contains(&word.as_str()))
}

/// The words of a name in lower case: parted at signs and where the case changes. What nobody can see parts nothing.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().filter(|c| !crate::text::is_hidden(*c)).take(1_000).collect();
    let mut words = vec![String::new()];
    for (at, &c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let behind = characters.get(at + 1);
        let camel = c.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(|before| before.is_uppercase())
                    && behind.is_some_and(|behind| behind.is_lowercase()));
        if camel {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
