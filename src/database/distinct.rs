//! What is worked out once for each different text, in bounded memory.

use std::collections::HashMap;

use super::cell::CellRef;

/// Bytes of texts that are remembered; what comes later is worked out each time.
const ROOM: usize = 6 << 20;

/// Remembers a value for each pair of cells (hub and source of an event).
pub(super) struct Distinct<V> {
    known: HashMap<Box<[u8]>, usize>,
    values: Vec<V>,
    used: usize,
    key: Vec<u8>,
    last: Option<(Vec<u8>, Place)>,
    /// The last value that no longer fitted, if any.
    spare: Vec<V>,
}

#[derive(Clone, Copy)]
enum Place {
    Kept(usize),
    Spare,
}

impl<V> Distinct<V> {
    pub(super) fn new() -> Self {
        Self { known: HashMap::new(), values: Vec::new(), used: 0, key: Vec::new(), last: None, spare: Vec::new() }
    }

    /// The value of this pair, worked out by `compute` when it is met first.
    pub(super) fn get<E>(
        &mut self,
        hub: CellRef<'_>,
        source: CellRef<'_>,
        compute: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E> {
        self.key.clear();
        for cell in [hub, source] {
            let (class, bytes): (u8, &[u8]) = match cell {
                CellRef::Null => (0, &[]),
                CellRef::Integer(number) => (1, &number.to_be_bytes()),
                CellRef::Real(number) => (2, &number.to_bits().to_be_bytes()),
                CellRef::Text(bytes) => (3, bytes),
                CellRef::Blob(bytes) => (4, bytes),
            };
            self.key.push(class);
            self.key.extend_from_slice(&bytes.len().to_be_bytes());
            self.key.extend_from_slice(bytes);
        }
        // Neighbouring rows mostly hold the same: no hash is needed then.
        if let Some((_, at)) = self.last.as_ref().filter(|(key, _)| *key == self.key) {
            return Ok(self.value(*at));
        }
        let at = match self.known.get(self.key.as_slice()) {
            Some(at) => Place::Kept(*at),
            None => self.remember(compute()?),
        };
        let last = self.last.get_or_insert((Vec::new(), at));
        std::mem::swap(&mut last.0, &mut self.key);
        last.1 = at;
        Ok(self.value(at))
    }

    fn remember(&mut self, value: V) -> Place {
        let room = self.key.len() + size_of::<V>() + 128;
        if self.used + room > ROOM {
            self.spare.clear();
            self.spare.push(value);
            return Place::Spare;
        }
        self.used += room;
        self.values.push(value);
        let at = self.values.len() - 1;
        self.known.insert(self.key.as_slice().into(), at);
        Place::Kept(at)
    }

    fn value(&self, place: Place) -> &V {
        match place {
            Place::Kept(at) => &self.values[at],
            Place::Spare => &self.spare[0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_worked_out_once_until_the_room_is_full() {
        let mut distinct = Distinct::new();
        let mut computed = 0;
        let texts: Vec<Vec<u8>> = (0..20).map(|n| vec![n; 500_000]).collect();
        for round in 0..3 {
            for text in &texts {
                let value = distinct.get(CellRef::Null, CellRef::Text(text), || {
                    computed += 1;
                    Ok::<_, ()>(text[0])
                });
                assert_eq!(value, Ok(&text[0]), "round {round}");
            }
        }
        assert!((20 + 2..60).contains(&computed), "{computed}");
        assert!(distinct.values.len() <= 14);
        assert_eq!(distinct.get(CellRef::Blob(b"a"), CellRef::Text(b"b"), || Ok::<_, ()>(99)), Ok(&99));
        assert_eq!(distinct.get(CellRef::Text(b"a"), CellRef::Text(b"b"), || Ok::<_, ()>(98)), Ok(&98));
    }
}
