//! Walks into each trap with the real binary, and past it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

#[path = "traps/bucket.rs"]
mod bucket_traps;
#[path = "traps/bytes.rs"]
mod bytes_traps;
#[allow(dead_code)]
#[path = "commands/desk.rs"]
mod desk;
#[path = "traps/file.rs"]
mod file_traps;
#[path = "traps/forms.rs"]
mod forms;
#[path = "traps/healthy.rs"]
mod healthy;
#[path = "traps/leftovers.rs"]
mod leftovers;
#[path = "traps/place.rs"]
mod place_traps;
#[path = "traps/room.rs"]
mod room;
#[path = "traps/said.rs"]
mod said;
#[path = "traps/ways.rs"]
mod ways_traps;
