//! Replacing a connector's database and undoing it: over every state of the old one, with somebody in each gap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "place/order.rs"]
mod order;
#[path = "place/plain.rs"]
mod plain;
mod support;
