//! Searching every backup of a source by any part of its key, or by its connector's name. A source is listed once, flat and
//! page by page; what was listed is kept compactly, so that another text is searched for without listing again.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{ConnectorFolder, Kind, Pages, split_version};
use crate::catalog::{Catalog, CatalogError, layout, split_bucket};
use crate::identity::{self, ConnectorId};
use crate::text::Untrusted;

/// Bytes that are kept of one source at most: about a million objects. What lies behind them is listed again for each text.
const MOST: usize = 64 << 20;

/// One backup that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its connector.
    pub folder: ConnectorFolder,
    /// The name of the file.
    pub file: Untrusted,
    /// Its whole key.
    pub key: Untrusted,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, where the source says so.
    pub modified: Option<Timestamp>,
    /// The connector's name, where somebody has looked.
    pub name: Option<Untrusted>,
}

/// What is searched for: words that must all be there, letter case ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a typed or pasted text: of an S3 address its key, of a web address its last ID.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        if let Some(address) = text.strip_prefix("s3://") {
            let (bucket, key) = split_bucket(split_version(address).0);
            return Self(vec![if key.is_empty() { bucket } else { key }.to_lowercase()]);
        }
        match identity::find_all(text).last() {
            Some(id) if text.contains("://") => Self(vec![id.to_string()]),
            _ => Self(text.to_lowercase().split_whitespace().map(str::to_owned).collect()),
        }
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Names of connectors, as far as they are known.
pub type Names = HashMap<ConnectorId, Untrusted>;

/// One listed object, as it is kept.
struct Item {
    /// Where its part of the keys ends.
    end: u32,
    /// How many bytes of its key are those of the key before it.
    shared: u16,
    size: u64,
    seconds: Option<i64>,
}

/// One listed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// Its whole key.
    pub key: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, where the source says so; to the second.
    pub modified: Option<Timestamp>,
}

/// The backups of a source, as far as they are listed.
pub struct Objects {
    catalog: Arc<dyn Catalog>,
    /// The listing, behind the last object that is kept.
    pages: Pages,
    /// The same listing, further on, once no more are kept.
    beyond: Option<Pages>,
    keys: String,
    items: Vec<Item>,
    last: String,
    /// Listed objects that are no connector's backup.
    others: u64,
    most: usize,
}

impl Objects {
    /// Nothing is listed yet.
    pub fn new(catalog: &Arc<dyn Catalog>) -> Self {
        Self {
            catalog: Arc::clone(catalog),
            pages: Pages::new(catalog, catalog.prefix().to_owned(), Kind::Deep),
            beyond: None,
            keys: String::new(),
            items: Vec::new(),
            last: String::new(),
            others: 0,
            most: MOST,
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.keys.capacity() + self.items.capacity() * size_of::<Item>()
    }

    /// Objects that are kept or were passed over, in all.
    pub fn listed(&self) -> u64 {
        self.items.len() as u64 + self.others
    }

    /// Begins at the first object again: calls `see` for each that is kept, until it says that it is enough.
    pub fn again(&mut self, mut see: impl FnMut(Object<'_>) -> bool) {
        self.beyond = self.beyond.is_some().then(|| self.pages.clone());
        let (mut key, mut from) = (String::new(), 0);
        for item in &self.items {
            key.truncate(usize::from(item.shared));
            key.push_str(&self.keys[from..item.end as usize]);
            from = item.end as usize;
            let modified = item.seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            if !see(Object { key: &key, size: item.size, modified }) {
                return;
            }
        }
    }

    /// Lists one page more, and calls `see` for each backup of it. Returns how many objects the page had; none after the
    /// last page.
    pub async fn next(&mut self, mut see: impl FnMut(Object<'_>)) -> Result<Option<u64>, CatalogError> {
        let Some(page) = self.beyond.as_mut().unwrap_or(&mut self.pages).next().await? else { return Ok(None) };
        for object in page.objects.iter().filter(|object| object.place.is_some()) {
            see(Object { key: object.key.raw(), size: object.size, modified: object.modified });
            if self.beyond.is_none() {
                self.keep(object.key.raw(), object.size, object.modified);
            }
        }
        if self.beyond.is_none() {
            self.others += page.objects.iter().filter(|object| object.place.is_none()).count() as u64;
            if self.keys.len() + self.items.len() * size_of::<Item>() > self.most {
                self.beyond = Some(self.pages.clone());
            }
        }
        Ok(Some(page.objects.len() as u64))
    }

    /// Keeps one object: of its key only what differs from the key before it.
    fn keep(&mut self, key: &str, size: u64, modified: Option<Timestamp>) {
        let alike = key.bytes().zip(self.last.bytes()).take_while(|(one, other)| one == other).count();
        let mut shared = alike.min(usize::from(u16::MAX));
        while !key.is_char_boundary(shared) {
            shared -= 1;
        }
        self.keys.push_str(&key[shared..]);
        let (Ok(end), Ok(shared)) = (u32::try_from(self.keys.len()), u16::try_from(shared)) else { return };
        self.items.push(Item { end, shared, size, seconds: modified.map(Timestamp::as_second) });
        self.last.clear();
        self.last.push_str(key);
    }

    /// What fits, of one object after the other.
    pub fn matcher(&self, words: Words, names: Names) -> Matcher {
        Matcher { prefix: self.catalog.prefix().to_owned(), words, names, text: String::new() }
    }
}

/// Tells which objects fit the words.
pub struct Matcher {
    prefix: String,
    words: Words,
    names: Names,
    text: String,
}

impl Matcher {
    /// Whether an object fits.
    pub fn fits(&mut self, key: &str) -> bool {
        if self.words.is_empty() {
            return false;
        }
        self.text.clear();
        let below = key.strip_prefix(self.prefix.as_str()).unwrap_or(key);
        // The fixed words of the layout are in every key: they are no part of what is searched.
        let mut parts = below.split('/');
        for at in 0..6 {
            let part = parts.next().unwrap_or_default();
            if !matches!(at, 1 | 3) {
                self.text.push_str(part);
                self.text.push(' ');
            }
            let has_name = at == 4 && !self.names.is_empty();
            let connector = has_name.then(|| layout::parse_id(part).map(ConnectorId::from)).flatten();
            if let Some(name) = connector.and_then(|connector| self.names.get(&connector)) {
                self.text.push_str(name.raw());
                self.text.push(' ');
            }
        }
        lower(&mut self.text);
        let whole = |word: &str| key.to_lowercase().contains(word);
        self.words.0.iter().all(|word| self.text.contains(word) || word.contains('/') && whole(word))
    }

    /// What is shown of an object.
    pub fn hit(&self, object: Object<'_>) -> Option<Hit> {
        let place = layout::parse_key(&self.prefix, object.key)?;
        let name = self.names.get(&place.connector).cloned();
        Some(Hit {
            folder: ConnectorFolder::from(&place),
            file: place.file,
            key: object.key.into(),
            size: object.size,
            modified: object.modified,
            name,
        })
    }
}

/// Letters in lower case; most texts are ASCII and stay where they are.
fn lower(text: &mut String) {
    if text.is_ascii() {
        text.make_ascii_lowercase();
    } else {
        *text = text.to_lowercase();
    }
}

#[cfg(test)]
pub(crate) mod tests;
