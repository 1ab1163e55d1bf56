//! SQLite over a network: a file that lies elsewhere, read block by block, never written, never locked.
//!
//! [`Blocks`] asks for ranges and keeps what came; [`vfs`] is the door through which SQLite reads them.

mod blocks;
mod vfs;

pub(super) use blocks::{Blocks, Budget, Ended};
pub(super) use vfs::{NAME, offer};

#[cfg(test)]
mod tests;
