//! Each trap, walked into with the real binary, and the near miss that stays silent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

#[path = "traps/bucket.rs"]
mod bucket_traps;
#[path = "traps/bytes.rs"]
mod bytes_traps;
// Each file of tests uses a part of it.
#[allow(dead_code)]
#[path = "commands/desk.rs"]
mod desk;
#[path = "traps/ways.rs"]
mod ways_traps;
