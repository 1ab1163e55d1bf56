//! Nothing is lost, whatever happens: power loss, a full disk, a limit, a cut line, many restores in a row and at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "loss/checks.rs"]
mod checks;
#[allow(dead_code)] // The commands use the rest.
#[path = "commands/desk.rs"]
mod desk;
#[path = "loss/gate.rs"]
mod gate;
#[path = "loss/line.rs"]
mod line;
#[path = "loss/loops.rs"]
mod loops;
#[path = "loss/model.rs"]
mod model;
#[path = "loss/power.rs"]
mod power;
#[path = "loss/room.rs"]
mod room;
mod support;
#[path = "loss/tape.rs"]
mod tape;
