//! Replacing a connector's database and undoing it: over every state of the old one, with somebody in each gap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "place/copies.rs"]
mod copies;
#[path = "place/cut.rs"]
mod cut;
#[path = "place/discovered.rs"]
mod discovered;
#[path = "place/kept.rs"]
mod kept;
#[path = "place/live.rs"]
mod live;
#[path = "place/looks.rs"]
mod looks;
#[path = "place/online.rs"]
mod online;
#[path = "place/order.rs"]
mod order;
#[path = "place/plain.rs"]
mod plain;
#[path = "place/refused.rs"]
mod refused;
#[path = "place/room.rs"]
mod room;
#[path = "place/seen.rs"]
mod seen;
mod support;
#[path = "place/trouble.rs"]
mod trouble;
#[path = "place/visitors.rs"]
mod visitors;

/// The other side of the tests with visitors: does nothing by itself.
#[test]
fn visitor() {
    support::visitors::visitor();
}
