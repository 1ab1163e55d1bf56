//! What was listed, kept compactly: of each key only what differs from the key before it.

use jiff::Timestamp;

use super::Object;
use crate::catalog::levels::flat::Flat;
use crate::catalog::{Backup, CatalogError};

/// One listed object, as it is kept.
struct Item {
    /// Where its part of the keys ends.
    end: u32,
    /// How many bytes of its key are those of the key before it.
    shared: u16,
    size: u64,
    /// `i64::MIN` where it is not known.
    seconds: i64,
}

/// Listed objects in their order.
#[derive(Default)]
struct Kept {
    keys: String,
    items: Vec<Item>,
    last: String,
}

impl Kept {
    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        self.keys.capacity() + self.items.capacity() * size_of::<Item>()
    }

    fn used(&self) -> usize {
        self.keys.len() + self.items.len() * size_of::<Item>()
    }

    /// Keeps one object.
    fn push(&mut self, object: Object<'_>) {
        let key = object.key;
        let alike = key.bytes().zip(self.last.bytes()).take_while(|(one, other)| one == other).count();
        let mut shared = alike.min(usize::from(u16::MAX));
        while !key.is_char_boundary(shared) {
            shared -= 1;
        }
        self.keys.push_str(&key[shared..]);
        let (Ok(end), Ok(shared)) = (u32::try_from(self.keys.len()), u16::try_from(shared)) else { return };
        let seconds = object.modified.map_or(i64::MIN, Timestamp::as_second);
        self.items.push(Item { end, shared, size: object.size, seconds });
        self.last.clear();
        self.last.push_str(key);
    }

    /// Calls `see` for each, until it says that it is enough: false then.
    fn each(&self, deleted: bool, see: &mut impl FnMut(Object<'_>) -> bool) -> bool {
        let (mut key, mut from) = (String::new(), 0);
        self.items.iter().all(|item| {
            key.truncate(usize::from(item.shared));
            key.push_str(&self.keys[from..item.end as usize]);
            from = item.end as usize;
            let modified = Timestamp::from_second(item.seconds).ok();
            see(Object { key: &key, size: item.size, modified, deleted })
        })
    }
}

/// One listing, and what of it is kept.
pub(super) struct Part {
    /// The listing, behind the last object that is kept.
    pages: Flat,
    /// The same listing, further on, once no more are kept.
    beyond: Option<Flat>,
    kept: Kept,
    /// Listed objects that are no connector's backup.
    others: u64,
    most: usize,
}

impl Part {
    /// Nothing is listed yet; so many bytes are kept.
    pub(super) fn new(pages: Flat, most: usize) -> Self {
        Self { pages, beyond: None, kept: Kept::default(), others: 0, most }
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Objects that are kept or were passed over.
    pub(super) fn listed(&self) -> u64 {
        self.kept.items.len() as u64 + self.others
    }

    /// Begins at the first object again. False when `see` said that it is enough.
    pub(super) fn again(&mut self, deleted: bool, see: &mut impl FnMut(Object<'_>) -> bool) -> bool {
        self.beyond = self.beyond.is_some().then(|| self.pages.clone());
        self.kept.each(deleted, see)
    }

    /// One page more; of versions, with `deleted`, only the delete markers on top.
    pub(super) async fn next(
        &mut self,
        deleted: bool,
        mut see: impl FnMut(Object<'_>),
    ) -> Result<Option<u64>, CatalogError> {
        let Some(page) = self.beyond.as_mut().unwrap_or(&mut self.pages).next().await? else { return Ok(None) };
        let keeps = self.beyond.is_none();
        let wanted = |object: &&Backup| object.place.is_some() && (!deleted || object.deleted && object.latest);
        for object in page.objects.iter().filter(wanted) {
            let object = Object { key: object.key.raw(), size: object.size, modified: object.modified, deleted };
            see(object);
            if keeps {
                self.kept.push(object);
            }
        }
        if keeps {
            self.others += page.objects.iter().filter(|object| object.place.is_none()).count() as u64;
            if self.kept.used() > self.most {
                self.beyond = Some(self.pages.clone());
                self.pages.rest();
            }
        }
        Ok(Some(page.objects.len() as u64))
    }

    /// Stops what runs ahead.
    pub(super) fn rest(&mut self) {
        self.pages.rest();
        if let Some(beyond) = &mut self.beyond {
            beyond.rest();
        }
    }

    /// Keeps so many bytes.
    #[cfg(test)]
    pub(super) fn keep_at_most(&mut self, most: usize) {
        self.most = most;
    }
}
