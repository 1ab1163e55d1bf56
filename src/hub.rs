//! The machine that a connector runs on: which connectors it has, who has a database open, and replacing one.
//!
//! [`discover`] and [`look`] only look, and never open a live database: they read a private copy. [`place`] and [`undo`]
//! replace one, by a recipe in which every lock and every `fsync` has its reason; [`holders`] says who is in the way and
//! [`service`] stops it. Whatever is replaced goes through [`crate::files`] and is recorded in a [`stage::StageLog`] first.

mod attributes;
mod copying;
pub mod discover;
mod exchange;
mod fold;
pub mod helper;
mod hold;
pub mod holders;
pub mod live;
pub mod look;
mod making;
mod marker;
mod online;
pub mod place;
pub mod safe_copy;
mod safety;
pub mod service;
pub mod stage;
pub mod undo;
mod work;

pub(crate) use work::MAKE_ROOM;

/// The name of every connector's database, in the folder that has the connector's ID.
pub const DATABASE: &str = "sqlite.db";

/// Where a hub keeps its connectors, unless told otherwise.
pub const ROOT: &str = "/var/datahub";
