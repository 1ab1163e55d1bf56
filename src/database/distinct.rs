//! What is worked out once for each different text, in bounded memory.

use std::collections::HashMap;

use super::cell::CellRef;

/// Bytes of texts and values that are remembered; what comes later is worked out each time.
const ROOM: usize = 4 << 20;
/// A pair longer than this is worked out each time: remembering it would take more than it saves.
const LONG: usize = 256 << 10;

/// A value that knows how much it holds beside itself.
pub(super) trait Weigh {
    /// Bytes on the heap, about.
    fn heap(&self) -> usize;
}

/// Remembers a value for each pair of cells (hub and source of an event).
pub(super) struct Distinct<V> {
    known: HashMap<Box<[u8]>, usize>,
    values: Vec<V>,
    used: usize,
    key: Vec<u8>,
    /// The last pair, as long as its place is known.
    last_key: Vec<u8>,
    last: Option<Place>,
    /// The last value that was not kept, if any.
    spare: Vec<V>,
}

#[derive(Clone, Copy)]
enum Place {
    Kept(usize),
    Spare,
}

impl<V: Weigh> Distinct<V> {
    pub(super) fn new() -> Self {
        let (known, key, last_key) = (HashMap::new(), Vec::new(), Vec::new());
        Self { known, values: Vec::new(), used: 0, key, last_key, last: None, spare: Vec::new() }
    }

    /// The value of this pair, worked out by `compute` when it is met first.
    pub(super) fn get<E>(
        &mut self,
        hub: CellRef<'_>,
        source: CellRef<'_>,
        compute: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E> {
        if [hub, source].iter().filter_map(|cell| cell.bytes()).map(<[u8]>::len).sum::<usize>() > LONG {
            self.last = None;
            self.spare.clear();
            self.spare.push(compute()?);
            return Ok(&self.spare[0]);
        }
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
        if let Some(at) = self.last.filter(|_| self.last_key == self.key) {
            return Ok(self.value(at));
        }
        self.last = None;
        self.spare.clear();
        let at = match self.known.get(self.key.as_slice()) {
            Some(at) => Place::Kept(*at),
            None => self.remember(compute()?),
        };
        std::mem::swap(&mut self.last_key, &mut self.key);
        self.last = Some(at);
        Ok(self.value(at))
    }

    fn remember(&mut self, value: V) -> Place {
        let room = self.key.len() + value.heap() + size_of::<V>() + 128;
        if self.used + room > ROOM {
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

    impl Weigh for u8 {
        fn heap(&self) -> usize {
            0
        }
    }

    impl Weigh for Vec<u8> {
        fn heap(&self) -> usize {
            self.capacity()
        }
    }

    #[test]
    fn each_text_is_worked_out_once_until_the_room_is_full() {
        let mut distinct = Distinct::new();
        let mut computed = 0;
        let texts: Vec<Vec<u8>> = (0..30).map(|n| vec![n; 200_000]).collect();
        for round in 0..3 {
            for text in &texts {
                let value = distinct.get(CellRef::Null, CellRef::Text(text), || {
                    computed += 1;
                    Ok::<_, ()>(text[0])
                });
                assert_eq!(value, Ok(&text[0]), "round {round}");
            }
        }
        assert!((30 + 2..90).contains(&computed), "{computed}");
        assert_eq!(distinct.values.len(), 20);
        assert_eq!(distinct.get(CellRef::Blob(b"a"), CellRef::Text(b"b"), || Ok::<_, ()>(99)), Ok(&99));
        assert_eq!(distinct.get(CellRef::Text(b"a"), CellRef::Text(b"b"), || Ok::<_, ()>(98)), Ok(&98));
    }

    #[test]
    fn what_a_value_holds_counts_and_a_long_text_is_not_kept() {
        let mut distinct = Distinct::new();
        for n in 0..100_u8 {
            distinct.get(CellRef::Null, CellRef::Text(&[n]), || Ok::<_, ()>(vec![n; 100_000])).unwrap();
        }
        assert!(distinct.used <= ROOM && distinct.values.len() == 41, "{}", distinct.values.len());
        let long = vec![7; LONG + 1];
        for n in 0..3_u8 {
            let value = distinct.get(CellRef::Null, CellRef::Text(&long), || Ok::<_, ()>(vec![n]));
            assert_eq!(value, Ok(&vec![n]), "worked out each time");
            let value = distinct.get(CellRef::Null, CellRef::Text(&[0]), || Err(()));
            assert_eq!(value.map(Vec::len), Ok(100_000));
        }
        assert!(distinct.key.capacity() <= LONG && distinct.spare.is_empty());
    }
}
