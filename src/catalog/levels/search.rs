//! Searching every backup of a source by any part of its key, or by its connector's name. A source is listed once, flat and
//! page by page; what was listed is kept compactly, so that another text is searched for without listing again. Deleted
//! backups come from the listing of versions, after it.

mod kept;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::flat::Flat;
use super::{ConnectorFolder, Kind, split_version};
use crate::catalog::{Catalog, CatalogError, layout, split_bucket};
use crate::identity::{self, ConnectorId};
use crate::text::Untrusted;

use kept::Part;

/// Bytes that are kept of one source at most: about half a million objects. What lies behind them is listed again for each
/// text.
const MOST: usize = 32 << 20;
/// The same of deleted backups.
const MOST_DELETED: usize = 4 << 20;

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
    /// When it was written, or deleted, where the source says so.
    pub modified: Option<Timestamp>,
    /// It was deleted: a delete marker lies on top of its versions.
    pub deleted: bool,
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

/// One listed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// Its whole key.
    pub key: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, or deleted, where the source says so; to the second.
    pub modified: Option<Timestamp>,
    /// A delete marker lies on top: a read finds nothing, older versions may be there.
    pub deleted: bool,
}

/// The backups of a source, or of what lies below a prefix, as far as they are listed.
pub struct Objects {
    catalog: Arc<dyn Catalog>,
    prefix: String,
    /// What a read finds.
    current: Part,
    /// What lies behind delete markers.
    deleted: Part,
}

impl Objects {
    /// Nothing is listed yet.
    pub fn new(catalog: &Arc<dyn Catalog>) -> Self {
        Self::below(catalog, catalog.prefix())
    }

    /// The same of what lies below a prefix.
    pub fn below(catalog: &Arc<dyn Catalog>, prefix: &str) -> Self {
        Self {
            catalog: Arc::clone(catalog),
            prefix: prefix.to_owned(),
            current: Part::new(Flat::new(catalog, prefix.to_owned(), Kind::Deep).in_any_order(), MOST),
            deleted: Part::new(Flat::new(catalog, prefix.to_owned(), Kind::Versions), MOST_DELETED),
        }
    }

    /// Below which prefix they lie.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.current.bytes() + self.deleted.bytes()
    }

    /// Objects that are kept or were passed over, in all; delete markers are none.
    pub fn listed(&self) -> u64 {
        self.current.listed()
    }

    /// Begins at the first object again: calls `see` for each that is kept, until it says that it is enough.
    pub fn again(&mut self, mut see: impl FnMut(Object<'_>) -> bool) {
        if self.current.again(false, &mut see) {
            self.deleted.again(true, &mut see);
        }
    }

    /// Lists one page more, and calls `see` for each backup of it. Returns how many objects the page had; none after the
    /// last page.
    pub async fn next(&mut self, see: impl FnMut(Object<'_>)) -> Result<Option<u64>, CatalogError> {
        self.current.next(false, see).await
    }

    /// The same of versions, of which only those are seen that lie behind a delete marker.
    pub async fn next_deleted(&mut self, see: impl FnMut(Object<'_>)) -> Result<Option<u64>, CatalogError> {
        self.deleted.next(true, see).await
    }

    /// Asks for nothing more until somebody asks again.
    pub fn rest(&mut self) {
        self.current.rest();
        self.deleted.rest();
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
            deleted: object.deleted,
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
