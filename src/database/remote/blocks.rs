//! What was read so far of a file that lies elsewhere: blocks, asked for when they are missing, kept until the end.
//!
//! Measured over files of many shapes: a first read of 64 KiB, then blocks of 32 KiB. A read that begins where one of the last
//! two ended is twice as long as that one: a scan goes back and forth between the leaves of a tree and its inner pages.
//! Several readers share the blocks; each reads ahead by itself.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::ranges::{Piece, ReadAt};

/// Bytes of a block.
const BLOCK: u64 = 32 * 1024;
/// Bytes of the first read: header, schema, and often the first rows.
const FIRST: u64 = 2 * BLOCK;
/// The longest read.
const WIDEST: u64 = 1024 * 1024;
/// Bytes that are kept at most. Beyond them the block that was used longest ago goes, and is asked for anew when needed.
const KEPT: u64 = 24 * 1024 * 1024;

/// How much may be read of one file. A file that is made to lead SQLite astray ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) struct Budget {
    /// Reads, the first one included.
    pub requests: u32,
    /// Bytes, those of the first read included.
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { requests: 48, bytes: 8 * 1024 * 1024 }
    }
}

/// Why nothing more is read.
#[derive(Debug)]
pub(in crate::database) enum Ended {
    /// The source answered with an error.
    Failed(io::Error),
    /// The budget is spent.
    Spent,
}

/// The blocks of one file.
pub(in crate::database) struct Blocks {
    source: Arc<dyn ReadAt>,
    size: u64,
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    budget: Budget,
    blocks: BTreeMap<u64, Block>,
    /// Bytes in them.
    kept: u64,
    /// How often a block was used so far.
    uses: u64,
    requests: u32,
    bytes: u64,
    /// The longest chain of reads of which each waited for the one before.
    rounds: u32,
    ended: Option<Ended>,
}

enum Block {
    /// Its bytes, after how many reads one after the other they came, and when it was used last.
    Here(Bytes, u32, u64),
    /// Somebody asked for it.
    Coming,
}

/// One reader's place.
#[derive(Debug)]
pub(super) struct Window {
    /// Where its last two reads ended, with what was here behind them, and how long they were; the last one first.
    runs: [(u64, u64); 2],
    /// After how many reads, one after the other, it stands here.
    round: u32,
    /// Nothing is asked for any more: only what is here is read.
    only_here: Arc<AtomicBool>,
}

impl Window {
    /// A reader that has seen the first read.
    pub(super) fn new(only_here: Arc<AtomicBool>) -> Self {
        Self { runs: [(FIRST, BLOCK), (0, BLOCK)], round: 1, only_here }
    }

    /// How much is read from `from` on.
    fn width(&self, from: u64) -> u64 {
        let runs = self.runs.iter().filter(|(end, _)| *end == from);
        runs.map(|(_, width)| (width * 2).min(WIDEST)).max().unwrap_or(BLOCK)
    }

    /// From `from` on so much is read, and what follows up to `end` is here.
    fn note(&mut self, from: u64, end: u64, width: u64) {
        if self.runs[0].0 != from {
            self.runs[1] = self.runs[0];
        }
        self.runs[0] = (end, width);
    }
}

/// A block cannot be had; [`Blocks::ended`] may say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotHere;

impl Blocks {
    /// Begins with the first read, which also tells the size.
    pub(in crate::database) fn start(source: Arc<dyn ReadAt>, budget: Budget) -> io::Result<Self> {
        let first = source.read(0..FIRST, budget.bytes)?;
        let mut blocks = Self { source, size: first.total, state: Mutex::default(), came: Condvar::new() };
        let state = blocks.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.budget = budget;
        (state.requests, state.bytes, state.rounds) = (1, first.bytes.len() as u64, 1);
        let wanted = 0..FIRST.min(first.total);
        if !keep(state, &first, first.total, 1) || first.from > 0 || (first.bytes.len() as u64) < wanted.end {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the first bytes did not come"));
        }
        Ok(blocks)
    }

    /// From now on so much may be read, from the beginning on; what ended the reading before is forgotten. Nobody may read
    /// meanwhile.
    pub(in crate::database) fn allow(&self, budget: Budget) {
        let mut state = self.lock();
        state.budget = budget;
        state.ended = None;
    }

    /// The size of the file.
    pub(in crate::database) fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes that are here; no more than `most`.
    pub(in crate::database) fn start_of_file(&self, most: u64) -> Bytes {
        match self.lock().blocks.get(&0) {
            Some(Block::Here(bytes, ..)) => bytes.slice(..bytes.len().min(to_usize(most))),
            _ => Bytes::new(),
        }
    }

    /// Requests, bytes, and the longest chain of requests of which each waited for the one before.
    pub(in crate::database) fn spent(&self) -> (u32, u64, u32) {
        let state = self.lock();
        (state.requests, state.bytes, state.rounds)
    }

    /// Bytes that are kept.
    #[cfg(test)]
    pub(in crate::database) fn kept(&self) -> u64 {
        self.lock().kept
    }

    /// Why nothing more is read; said once.
    pub(in crate::database) fn ended(&self) -> Option<Ended> {
        let mut state = self.lock();
        match &state.ended {
            Some(Ended::Spent) => Some(Ended::Spent),
            Some(Ended::Failed(_)) => state.ended.replace(Ended::Spent),
            None => None,
        }
    }

    /// The block that holds the byte at `offset`, from that byte on, for whoever reads without SQLite.
    pub(in crate::database) fn rest_of_block(&self, offset: u64) -> Option<Bytes> {
        let mut window = Window::new(Arc::default());
        let block = self.block(&mut window, offset / BLOCK, BLOCK).ok()?;
        block.get(to_usize(offset % BLOCK)..).map(Bytes::copy_from_slice)
    }

    /// Fills `buffer` with the bytes from `offset` on; fewer only at the end of the file.
    pub(super) fn read(&self, window: &mut Window, buffer: &mut [u8], offset: u64) -> Result<usize, NotHere> {
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset.saturating_add(filled as u64);
            if at >= self.size {
                break;
            }
            let block = self.block(window, at / BLOCK, (buffer.len() - filled) as u64 + at % BLOCK)?;
            let there = block.get(to_usize(at % BLOCK)..).unwrap_or_default();
            let count = there.len().min(buffer.len() - filled);
            let (Some(to), Some(from)) = (buffer.get_mut(filled..filled + count), there.get(..count)) else { break };
            if count == 0 {
                return Err(NotHere);
            }
            to.copy_from_slice(from);
            filled += count;
        }
        Ok(filled)
    }

    /// One block: here already, on its way for another reader, or asked for now. From its beginning on, `needed` bytes are
    /// wanted in any case: pages are read whole, and may be longer than a block.
    fn block(&self, window: &mut Window, number: u64, needed: u64) -> Result<Bytes, NotHere> {
        let mut guard = self.lock();
        loop {
            let state = &mut *guard;
            state.uses += 1;
            match state.blocks.get_mut(&number) {
                Some(Block::Here(bytes, round, used)) => {
                    window.round = window.round.max(*round);
                    *used = state.uses;
                    return Ok(bytes.clone());
                }
                Some(Block::Coming) => guard = self.came.wait(guard).unwrap_or_else(PoisonError::into_inner),
                None if state.ended.is_some() || window.only_here.load(Ordering::Relaxed) => return Err(NotHere),
                None => break,
            }
        }
        let mut state = guard;
        let from = number * BLOCK;
        let width = window.width(from);
        let range = self.missing(&state, from, width.max(needed));
        let left = state.budget.bytes.saturating_sub(state.bytes);
        let length = range.end.saturating_sub(range.start);
        if state.requests >= state.budget.requests || length > left || length == 0 {
            state.ended = Some(Ended::Spent);
            return Err(NotHere);
        }
        let mut end = range.end;
        while state.blocks.contains_key(&(end / BLOCK)) {
            end += BLOCK;
        }
        window.note(from, end, width);
        window.round += 1;
        state.requests += 1;
        state.bytes += length;
        for number in numbers(&range) {
            state.blocks.insert(number, Block::Coming);
        }
        drop(state);
        self.ask(&range, left, window.round);
        match self.lock().blocks.get(&number) {
            Some(Block::Here(bytes, ..)) => Ok(bytes.clone()),
            _ => Err(NotHere),
        }
    }

    /// From `from` on, up to `width` bytes, or to a block that is here or on its way.
    fn missing(&self, state: &State, from: u64, width: u64) -> Range<u64> {
        let limit = from.saturating_add(width).min(self.size);
        let mut end = from.saturating_add(BLOCK);
        while end < limit && !state.blocks.contains_key(&(end / BLOCK)) {
            end += BLOCK;
        }
        from..end.min(self.size)
    }

    /// Reads a range whose blocks are marked as coming, without holding up other readers.
    fn ask(&self, range: &Range<u64>, most: u64, round: u32) {
        // A panic must not reach SQLite, and must not leave other readers waiting.
        let asked = catch_unwind(AssertUnwindSafe(|| self.source.read(range.clone(), most)));
        let answer = asked.unwrap_or_else(|_| Err(io::Error::other("a fault of reseat while it read")));
        let mut state = self.lock();
        for number in numbers(range) {
            if matches!(state.blocks.get(&number), Some(Block::Coming)) {
                state.blocks.remove(&number);
            }
        }
        match answer {
            Ok(piece) => {
                let more = (piece.bytes.len() as u64).saturating_sub(range.end - range.start);
                state.bytes += more;
                state.rounds = state.rounds.max(round);
                let whole = keep(&mut state, &piece, self.size, round);
                if !whole || !numbers(range).all(|number| state.blocks.contains_key(&number)) {
                    let missing = io::Error::new(io::ErrorKind::UnexpectedEof, "other bytes came than were asked for");
                    state.ended.get_or_insert(Ended::Failed(missing));
                }
            }
            Err(error) => {
                state.ended.get_or_insert(Ended::Failed(error));
            }
        }
        let_go(&mut state);
        self.came.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the whole blocks of a piece. False when it is not a piece of this file.
fn keep(state: &mut State, piece: &Piece, size: u64, round: u32) -> bool {
    if piece.total != size {
        return false;
    }
    let end = piece.from.saturating_add(piece.bytes.len() as u64);
    let mut at = piece.from.next_multiple_of(BLOCK);
    while at < end {
        let until = (at + BLOCK).min(size);
        if until > end {
            break;
        }
        let part = to_usize(at - piece.from)..to_usize(until - piece.from);
        if !matches!(state.blocks.get(&(at / BLOCK)), Some(Block::Here(..))) {
            // A copy: one block must not hold on to a whole long piece.
            let bytes = Bytes::copy_from_slice(piece.bytes.get(part).unwrap_or_default());
            state.kept += bytes.len() as u64;
            state.uses += 1;
            state.blocks.insert(at / BLOCK, Block::Here(bytes, round, state.uses));
        }
        at = until.next_multiple_of(BLOCK).max(at + 1);
    }
    true
}

/// Lets go what was used longest ago, until no more is kept than may be.
fn let_go(state: &mut State) {
    if state.kept <= KEPT {
        return;
    }
    let mut here: Vec<(u64, u64, u64)> = state
        .blocks
        .iter()
        .filter_map(|(number, block)| match block {
            Block::Here(bytes, _, used) => Some((*used, *number, bytes.len() as u64)),
            Block::Coming => None,
        })
        .collect();
    here.sort_unstable();
    for (_, number, length) in here {
        if state.kept <= KEPT {
            break;
        }
        state.blocks.remove(&number);
        state.kept -= length;
    }
}

fn numbers(range: &Range<u64>) -> Range<u64> {
    range.start / BLOCK..range.end.div_ceil(BLOCK)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
