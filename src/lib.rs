//! `reseat` gives a support engineer a guided, checked and reversible restore of a connector from its backup in S3.
//!
//! This page is the map of the crate. A module imports only from floors below its own (`tests/floors.rs` holds it to that).
//!
//! | floor | modules | what is there |
//! | --- | --- | --- |
//! | 8 | `main` | parse arguments, wire the real parts, run, exit status |
//! | 7 | [`commands`] | one function a command |
//! | 6 | [`runtime`] | terminal guard, event loop, effect runner |
//! | 5 | [`view`] | draws the wizard's state, nothing else |
//! | 4 | [`wizard`] | the wizard's state: `update(message, now) -> effects`, pure |
//! | 3 | [`restore`] · [`keys`] | a restore from start to end: facts, findings, journal, recovery, report · the table of keys |
//! | 2 | [`catalog`] · [`hub`] · [`guide`] | where backups are · the machine that one goes to · the steps that a person does |
//! | 1 | [`database`] · [`arguments`] | what is inside a file, and rewriting it · what can be typed |
//! | 0 | [`identity`] [`finding`] [`config`] [`text`] [`files`] [`progress`] [`ranges`] [`world`] | words that everyone uses; the one door to the file system |

pub mod arguments;
pub mod catalog;
pub mod commands;
pub mod config;
pub mod database;
pub mod files;
pub mod finding;
pub mod guide;
pub mod hub;
pub mod identity;
pub mod keys;
pub mod progress;
pub mod ranges;
pub mod restore;
pub mod runtime;
pub mod text;
pub mod view;
pub mod wizard;
pub mod world;
