//! A restore from start to end, without a terminal.

pub mod facts;
