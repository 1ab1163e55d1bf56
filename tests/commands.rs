//! The real binary, command by command: its JSON, its exit status, what it leaves behind. Sources are a folder, and a bucket
//! behind the real protocol in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

#[path = "commands/auditing.rs"]
mod auditing;
#[path = "commands/compare.rs"]
mod compare;
#[path = "commands/cut.rs"]
mod cut;
#[path = "commands/desk.rs"]
mod desk;
#[path = "commands/interrupted.rs"]
mod interrupted;
#[path = "commands/leaving.rs"]
mod leaving;
#[path = "commands/online.rs"]
mod online;
#[path = "commands/peeking.rs"]
mod peeking;
#[path = "commands/placing.rs"]
mod placing;
#[path = "commands/query.rs"]
mod query;
#[path = "commands/reading.rs"]
mod reading;
#[path = "commands/refusing.rs"]
mod refusing;
#[path = "commands/roles.rs"]
mod roles;
#[path = "commands/secrets.rs"]
mod secrets;
#[path = "commands/usage.rs"]
mod usage;

/// The other side of the tests with visitors: does nothing by itself.
#[test]
fn visitor() {
    support::visitors::visitor();
}
