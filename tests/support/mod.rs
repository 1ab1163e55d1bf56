//! What several integration tests share. Each test file uses a part of it.
#![allow(dead_code)]

pub mod again;
pub mod bucket;
pub mod checker;
pub mod doors;
pub mod hubs;
pub mod looks;
pub mod picture;
pub mod reference;
pub mod samples;
pub mod terminal;
pub mod visitors;
