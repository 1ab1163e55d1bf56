//! Finding IDs in any bytes: in lower and upper case, without dashes, as 16 bytes, as UTF-16.

use std::ops::Range;

use aho_corasick::packed::{self, MatchKind};
use uuid::Uuid;

use super::facts::WhichId;

/// IDs as bits: bit `n` is the `n`-th ID of a finder.
pub(super) type Mask = u64;

/// One ID that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) which: WhichId,
    pub(super) id: Uuid,
}

/// Looks for IDs in all their spellings at once.
pub(super) struct Finder {
    wanted: Vec<Wanted>,
    /// Which ID each pattern is a spelling of.
    owners: Vec<usize>,
    searchers: Vec<(usize, packed::Searcher)>,
}

/// Patterns that one vectorised search holds.
const PATTERNS: usize = 54;
/// The shortest spelling: the 16 bytes.
const SHORTEST: usize = 16;

impl Finder {
    /// At most 64 IDs; more are not looked for.
    pub(super) fn new(wanted: impl IntoIterator<Item = Wanted>) -> Self {
        let mut unique: Vec<Wanted> = Vec::new();
        for one in wanted {
            if !unique.iter().any(|known| known.id == one.id) && unique.len() < 64 {
                unique.push(one);
            }
        }
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        for (at, one) in unique.iter().enumerate() {
            for spelling in spellings(one.id) {
                patterns.push(spelling);
                owners.push(at);
            }
        }
        let searchers = patterns
            .chunks(PATTERNS)
            .enumerate()
            .filter_map(|(at, chunk)| {
                let mut builder = packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder();
                Some((at * PATTERNS, builder.extend(chunk).build()?))
            })
            .collect();
        Self { wanted: unique, owners, searchers }
    }

    pub(super) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// The bit of an ID that is looked for.
    pub(super) fn bit(&self, id: Option<Uuid>) -> Mask {
        self.wanted.iter().position(|wanted| Some(wanted.id) == id).map_or(0, |at| 1 << at)
    }

    /// Where the first of the IDs of `mask` stands in `bytes`.
    pub(super) fn place(&self, bytes: &[u8], mask: Mask) -> Option<Range<usize>> {
        let mut places = self.searchers.iter().filter_map(|(base, searcher)| {
            let ours = move |hit: &aho_corasick::Match| mask >> self.owners[base + hit.pattern().as_usize()] & 1 == 1;
            searcher.find_iter(bytes).find(ours)
        });
        places.next().map(|hit| hit.start()..hit.end())
    }

    /// Which IDs stand in `bytes`.
    pub(super) fn find(&self, bytes: &[u8]) -> Mask {
        self.find_outside(bytes, &[])
    }

    /// Which IDs stand in `bytes` elsewhere than within one of `expected`.
    pub(super) fn find_outside(&self, bytes: &[u8], expected: &[Range<usize>]) -> Mask {
        if bytes.len() < SHORTEST {
            return 0;
        }
        let mut found = 0;
        for (base, searcher) in &self.searchers {
            for hit in searcher.find_iter(bytes) {
                if expected.iter().any(|span| span.start <= hit.start() && hit.end() <= span.end) {
                    continue;
                }
                found |= 1 << self.owners[base + hit.pattern().as_usize()];
            }
        }
        found
    }
}

/// Every way in which an ID is looked for.
fn spellings(id: Uuid) -> Vec<Vec<u8>> {
    let lower = id.hyphenated().to_string();
    let (upper, undashed) = (lower.to_uppercase(), id.simple().to_string());
    let mut all = vec![id.as_bytes().to_vec(), undashed.to_uppercase().into_bytes(), undashed.clone().into_bytes()];
    for text in [&lower, &upper, &undashed, &undashed.to_uppercase()] {
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    all.extend([lower.into_bytes(), upper.into_bytes()]);
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_found_at_every_place() {
        let ids: Vec<Uuid> = (1..=64).map(|n| Uuid::from_u128(n << 100 | 0xabcd_ef00 << 40 | n)).collect();
        let finder = Finder::new(ids.iter().map(|id| Wanted { which: WhichId::Hub, id: *id }));
        for (at, id) in ids.iter().enumerate() {
            for spelling in spellings(*id) {
                for before in [0, 1, 7, 100] {
                    let mut bytes = vec![b'x'; before];
                    bytes.extend(&spelling);
                    assert_eq!(finder.find(&bytes), 1 << at);
                    let all = before..bytes.len();
                    assert_eq!(finder.find_outside(&bytes, std::slice::from_ref(&all)), 0);
                    bytes.extend([b'-'; 90]);
                    assert_eq!(finder.find(&bytes), 1 << at);
                    bytes[before + 9] ^= 1;
                    assert_eq!(finder.find(&bytes), 0);
                }
            }
        }
        assert_eq!(finder.find(b""), 0);
    }
}
