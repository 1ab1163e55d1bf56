//! Replacing a connector's database: begun, or continued after it was cut.

use jiff::Timestamp;

use super::helper::{Helper, ReadBack};
use super::stage::{Order, Safety, StageLog};
use crate::files::Files;
use crate::finding::Finding;
use crate::progress::{Cancel, OnProgress};
use crate::world::World;

/// What placing and undoing work with.
pub struct Kit<'a> {
    /// The machine.
    pub world: &'a World,
    /// The door to the file system.
    pub files: &'a dyn Files,
    /// How a fresh process is started.
    pub helper: &'a Helper,
    /// Where each stage is recorded.
    pub log: &'a mut dyn StageLog,
    /// Asks to stop; looked at until the exchange begins.
    pub cancel: &'a Cancel,
    /// Told about each step.
    pub progress: OnProgress<'a, Step>,
}

/// A step as a person sees it, in order. Bytes are its unit where it copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The new file (when undoing: the old set) is written beside the target.
    Stage,
    /// The safety copy.
    SafetyCopy,
    /// The last look that nobody has it open; from here stopping means undoing.
    LastLook,
    /// The exchange: from here it cannot be stopped.
    Replace,
    /// A fresh process reads it back.
    ReadBack,
    /// Releasing and clearing away.
    Finish,
}

/// A database was placed.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What was placed.
    pub order: Order,
    /// The safety copy that a rollback puts back.
    pub safety: Safety,
    /// When somebody was looked for last; nobody was there.
    pub last_look: Timestamp,
    /// When the exchange happened. None when an earlier run made it.
    pub replaced: Option<Timestamp>,
    /// What a fresh process read. None when the connector has written since, so that other bytes are right.
    pub read_back: Option<ReadBack>,
    /// What is worth knowing: none of it stops anything.
    pub notes: Vec<Finding>,
}

/// What is at the target after placing or undoing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing was touched.
    Untouched,
    /// The old contents, wholly; its side files may have been folded in.
    Old,
    /// It had begun, and was undone: the old set, byte for byte.
    Undone,
    /// The new contents, wholly.
    New,
    /// Cut in the middle: to be continued or undone. The target holds the old or the new contents, wholly.
    Unfinished,
}

/// Placing or undoing stopped.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .finding.detail)]
pub struct Stopped {
    /// Why.
    pub finding: Box<Finding>,
    /// What is there now.
    pub left: Left,
}

/// Replaces `order.target` by `order.source`. A stop that the caller may answer (R602, R606) is given before anything is
/// touched; call again with the acceptance in the order.
pub fn place(order: &Order, kit: &mut Kit<'_>) -> Result<Placed, Stopped> {
    let _ = (order, kit.files, kit.helper, &kit.log, kit.world, kit.cancel, &kit.progress);
    todo!()
}

/// Continues a placing that was cut, from its record.
pub fn proceed(kit: &mut Kit<'_>) -> Result<Placed, Stopped> {
    let _ = kit;
    todo!()
}
