//! The JSON of a source: strict reading, and IDs replaced in place.
//!
//! A text that is written back is never rendered anew: the tokens of the two IDs are cut out and others put there, so that
//! white space, the order of keys, the spelling of numbers and escapes elsewhere stay as they are.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::identity::{self, ConnectorId, HubId};
use crate::text::Untrusted;

/// One source: an element of `Integrations.sources`, or `Events.source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceJson {
    /// `id`, the connector, as stored.
    pub id: Untrusted,
    /// `integrationId`, the hub, as stored.
    pub integration_id: Untrusted,
    /// `name`, where it is a string.
    pub name: Option<Untrusted>,
    /// `type`, where it is a string.
    #[serde(rename = "type")]
    pub kind: Option<Untrusted>,
    /// `config.sourceType`, where it is a string.
    pub source_type: Option<Untrusted>,
    /// `metadata` as it stands in the file, JSON text.
    pub metadata: Option<Untrusted>,
    /// `tags` as it stands in the file, JSON text.
    pub tags: Option<Untrusted>,
    /// The whole source as it stands in the file, JSON text.
    pub text: Untrusted,
}

impl SourceJson {
    /// The connector, read loosely.
    pub fn connector(&self) -> Option<ConnectorId> {
        identity::parse_loosely(self.id.raw()).map(ConnectorId::from)
    }

    /// The hub, read loosely.
    pub fn hub(&self) -> Option<HubId> {
        identity::parse_loosely(self.integration_id.raw()).map(HubId::from)
    }
}

/// Where the two IDs of one source stand in a text, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens<'a> {
    /// The whole source, in bytes of the text.
    pub object: Range<usize>,
    /// The value of `id` with its quotes, in bytes of the text.
    pub id_at: Range<usize>,
    /// The value of `id`, escapes read.
    pub id: Cow<'a, str>,
    /// The value of `integrationId` with its quotes, in bytes of the text.
    pub integration_at: Range<usize>,
    /// The value of `integrationId`, escapes read.
    pub integration: Cow<'a, str>,
}

impl Tokens<'_> {
    /// The connector, read loosely.
    pub fn connector(&self) -> Option<ConnectorId> {
        identity::parse_loosely(&self.id).map(ConnectorId::from)
    }

    /// The hub, read loosely.
    pub fn hub(&self) -> Option<HubId> {
        identity::parse_loosely(&self.integration).map(HubId::from)
    }
}

/// Only these two keys are read; a doubled one is refused, however it is spelt.
#[derive(Deserialize)]
struct Ids<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow, rename = "integrationId")]
    integration_id: &'a RawValue,
}

/// Reads `Events.source`: one object. An error is the rest of a sentence, printable: `is no JSON object`.
pub fn object(text: &[u8]) -> Result<Tokens<'_>, String> {
    let whole: &RawValue = serde_json::from_slice(text).map_err(|error| no_json(text, &error))?;
    tokens(text, whole)
}

/// Reads `Integrations.sources`: an array of objects. An error is the rest of a sentence, printable.
pub fn array(text: &[u8]) -> Result<Vec<Tokens<'_>>, String> {
    let whole: &RawValue = serde_json::from_slice(text).map_err(|error| no_json(text, &error))?;
    if !whole.get().starts_with('[') {
        return Err(format!("is {}, not a JSON array", kind_of(whole)));
    }
    let elements: Vec<&RawValue> = serde_json::from_slice(text).map_err(|error| no_json(text, &error))?;
    elements
        .into_iter()
        .enumerate()
        .map(|(at, element)| tokens(text, element).map_err(|what| format!("entry {}: {what}", at + 1)))
        .collect()
}

fn tokens<'a>(text: &'a [u8], element: &'a RawValue) -> Result<Tokens<'a>, String> {
    if !element.get().starts_with('{') {
        return Err(format!("is {}, not a JSON object", kind_of(element)));
    }
    let ids: Ids<'a> = serde_json::from_str(element.get()).map_err(|error| wrong_keys(&error))?;
    let read = |value: &'a RawValue, key: &str| -> Result<Cow<'a, str>, String> {
        if !value.get().starts_with('"') {
            return Err(format!("has {} as {key}, not a string", kind_of(value)));
        }
        let plain = &value.get()[1..value.get().len() - 1];
        if !plain.contains('\\') {
            return Ok(Cow::Borrowed(plain));
        }
        serde_json::from_str(value.get()).map(Cow::Owned).map_err(|error| not_json(&error))
    };
    Ok(Tokens {
        object: span(text, element),
        id_at: span(text, ids.id),
        id: read(ids.id, "id")?,
        integration_at: span(text, ids.integration_id),
        integration: read(ids.integration_id, "integrationId")?,
    })
}

/// Where a value that was borrowed from `text` stands in it.
fn span(text: &[u8], value: &RawValue) -> Range<usize> {
    let start = value.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + value.get().len()
}

fn kind_of(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Why a cell is no JSON: what it is instead, where that can be told.
fn no_json(text: &[u8], error: &serde_json::Error) -> String {
    if text.starts_with(b"\xef\xbb\xbf") {
        "begins with a byte order mark, which is no JSON".to_owned()
    } else if is_jsonb(text) {
        "is JSONB, the binary form of SQLite, not JSON text".to_owned()
    } else {
        not_json(error)
    }
}

/// Whether the bytes are one array or object of SQLite's JSONB: its first byte says what and how long.
fn is_jsonb(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first().filter(|(first, _)| matches!(*first & 15, 11 | 12)) else {
        return false;
    };
    let digits = match first >> 4 {
        size @ 0..=11 => return rest.len() == usize::from(size),
        size => 1 << (size - 12),
    };
    let Some((size, rest)) = rest.split_at_checked(digits) else { return false };
    let size = size.iter().try_fold(0_usize, |size, byte| size.checked_mul(256)?.checked_add(usize::from(*byte)));
    size == Some(rest.len())
}

fn not_json(error: &serde_json::Error) -> String {
    format!("is no JSON: {}", crate::text::printable(&error.to_string()))
}

fn wrong_keys(error: &serde_json::Error) -> String {
    let text = error.to_string();
    for key in ["integrationId", "id"] {
        if text.starts_with(&format!("duplicate field `{key}`")) {
            return format!("holds {key} twice");
        }
        if text.starts_with(&format!("missing field `{key}`")) {
            return format!("has no {key}");
        }
    }
    not_json(error)
}

/// Puts other texts at the places of tokens. `changes` are in the order of the text and do not overlap.
pub fn splice(text: &[u8], changes: &[(Range<usize>, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    let mut done = 0;
    for (at, new) in changes {
        out.extend_from_slice(&text[done..at.start]);
        out.push(b'"');
        out.extend_from_slice(new.as_bytes());
        out.push(b'"');
        done = at.end;
    }
    out.extend_from_slice(&text[done..]);
    out
}

/// Everything that a person wants to know of one source.
pub fn details(text: &[u8], tokens: &Tokens<'_>) -> SourceJson {
    #[derive(Deserialize, Default)]
    struct Details<'a> {
        #[serde(borrow, default)]
        name: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "type")]
        kind: Option<&'a RawValue>,
        #[serde(borrow, default)]
        config: Option<&'a RawValue>,
        #[serde(borrow, default)]
        metadata: Option<&'a RawValue>,
        #[serde(borrow, default)]
        tags: Option<&'a RawValue>,
    }
    #[derive(Deserialize, Default)]
    struct Config<'a> {
        #[serde(borrow, default, rename = "sourceType")]
        source_type: Option<&'a RawValue>,
    }
    let string = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok().map(Untrusted::new);
    let raw = |value: &RawValue| Untrusted::new(value.get());
    let object = &text[tokens.object.clone()];
    // A doubled name or a strange config is no reason to refuse: then it is not shown.
    let details: Details<'_> = serde_json::from_slice(object).unwrap_or_default();
    let config: Config<'_> =
        details.config.and_then(|config| serde_json::from_str(config.get()).ok()).unwrap_or_default();
    SourceJson {
        id: Untrusted::new(tokens.id.clone()),
        integration_id: Untrusted::new(tokens.integration.clone()),
        name: details.name.and_then(string),
        kind: details.kind.and_then(string),
        source_type: config.source_type.and_then(string),
        metadata: details.metadata.map(raw),
        tags: details.tags.map(raw),
        text: Untrusted::from_bytes(object),
    }
}

#[cfg(test)]
mod tests;
