//! The JSON of a source: it is refused, or two leaves change and no other byte.

use std::fmt;
use std::ops::Range;

use bolero::check;
use reseat::database::source_json::{self, Tokens};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

const NEW_CONNECTOR: &str = "0b8d4e6a-55c2-4f0e-8d19-7a3e9c41f2d7";
const NEW_HUB: &str = "9e1c77d2-6a0b-4c3d-b8f5-21d0a4e6c893";

/// An object with all its keys in order, doubled ones too: a reading that is not the one under test.
#[derive(Debug, PartialEq, Clone)]
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl Entries {
    /// The value of a key that stands there exactly once, and is a string.
    fn once(&self, key: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(name, _)| name == key);
        let first = found.next()?;
        found.next().is_none().then(|| first.1.as_str()).flatten()
    }

    /// The two IDs, where the object is a source.
    fn ids(&self) -> Option<(&str, &str)> {
        Some((self.once("id")?, self.once("integrationId")?))
    }

    /// The same object with the two IDs of the new connector.
    fn renamed(&self) -> Self {
        let rename = |(name, value): &(String, Value)| match name.as_str() {
            "id" => (name.clone(), NEW_CONNECTOR.into()),
            "integrationId" => (name.clone(), NEW_HUB.into()),
            _ => (name.clone(), value.clone()),
        };
        Self(self.0.iter().map(rename).collect())
    }
}

/// A key with a meaning of its own to `serde_json::Value`: the second reading is of no use there.
fn is_odd(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("$serde_json")
}

fn changes(tokens: &[Tokens<'_>]) -> Vec<(Range<usize>, String)> {
    let both = |one: &Tokens<'_>| {
        [(one.id_at.clone(), NEW_CONNECTOR.to_owned()), (one.integration_at.clone(), NEW_HUB.to_owned())]
    };
    let mut changes: Vec<_> = tokens.iter().flat_map(both).collect();
    changes.sort_by_key(|change| change.0.start);
    changes
}

/// The new text, after it was seen that only the places of the IDs differ from the old one.
fn spliced(old: &[u8], changes: &[(Range<usize>, String)]) -> Vec<u8> {
    let new = source_json::splice(old, changes);
    let (mut from, mut rest) = (0, new.as_slice());
    for (at, id) in changes {
        assert!(from <= at.start && at.start < at.end && at.end <= old.len());
        assert!(at.len() >= 2 && old[at.start] == b'"' && old[at.end - 1] == b'"');
        rest = rest.strip_prefix(&old[from..at.start]).unwrap();
        rest = rest.strip_prefix(format!("\"{id}\"").as_bytes()).unwrap();
        from = at.end;
    }
    assert_eq!(rest, &old[from..]);
    new
}

fn is_a_sentence(why: &str) {
    assert!(!why.is_empty() && !why.chars().any(char::is_control), "{why:?}");
}

fn details_stand_in_the_text(text: &[u8], tokens: &Tokens<'_>) {
    let details = source_json::details(text, tokens);
    assert_eq!(details.text.raw().as_bytes(), &text[tokens.object.clone()]);
    assert_eq!((details.id.raw(), details.integration_id.raw()), (tokens.id.as_ref(), tokens.integration.as_ref()));
    assert_eq!((details.connector(), details.hub()), (tokens.connector(), tokens.hub()));
    let inside = |part: &Option<reseat::text::Untrusted>| {
        part.as_ref().is_none_or(|part| details.text.raw().contains(part.raw()))
    };
    assert!(inside(&details.metadata) && inside(&details.tags));
}

/// `Events.source` and `Integrations.sources`: refused, or spliced exactly.
#[test]
fn it_is_refused_or_two_leaves_change() {
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        as_an_object(bytes);
        as_an_array(bytes);
    });
}

fn as_an_object(bytes: &[u8]) {
    let reference = serde_json::from_slice::<Entries>(bytes).ok().filter(|_| !is_odd(bytes));
    let tokens = match source_json::object(bytes) {
        Ok(tokens) => tokens,
        Err(why) => {
            is_a_sentence(&why);
            assert_eq!(reference.as_ref().and_then(Entries::ids), None, "refused without need: {why}");
            return;
        }
    };
    let blank = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_whitespace);
    assert!(blank(&bytes[..tokens.object.start]) && blank(&bytes[tokens.object.end..]));
    details_stand_in_the_text(bytes, &tokens);
    let new = spliced(bytes, &changes(std::slice::from_ref(&tokens)));
    let again = source_json::object(&new).unwrap();
    assert_eq!((again.id.as_ref(), again.integration.as_ref()), (NEW_CONNECTOR, NEW_HUB));
    if let Some(reference) = reference {
        assert_eq!(reference.ids(), Some((tokens.id.as_ref(), tokens.integration.as_ref())));
        assert_eq!(serde_json::from_slice::<Entries>(&new).unwrap(), reference.renamed());
    }
}

fn as_an_array(bytes: &[u8]) {
    let reference = serde_json::from_slice::<Vec<Entries>>(bytes).ok().filter(|_| !is_odd(bytes));
    let tokens = match source_json::array(bytes) {
        Ok(tokens) => tokens,
        Err(why) => {
            is_a_sentence(&why);
            let sound = reference.is_some_and(|sources| sources.iter().all(|source| source.ids().is_some()));
            assert!(!sound, "refused without need: {why}");
            return;
        }
    };
    for one in &tokens {
        details_stand_in_the_text(bytes, one);
    }
    let new = spliced(bytes, &changes(&tokens));
    let again = source_json::array(&new).unwrap();
    assert_eq!(again.len(), tokens.len());
    assert!(again.iter().all(|one| (one.id.as_ref(), one.integration.as_ref()) == (NEW_CONNECTOR, NEW_HUB)));
    if let Some(reference) = reference {
        let ids: Vec<_> = tokens.iter().map(|one| Some((one.id.as_ref(), one.integration.as_ref()))).collect();
        assert_eq!(reference.iter().map(Entries::ids).collect::<Vec<_>>(), ids);
        let renamed: Vec<Entries> = reference.iter().map(Entries::renamed).collect();
        assert_eq!(serde_json::from_slice::<Vec<Entries>>(&new).unwrap(), renamed);
    }
}
