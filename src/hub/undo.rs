//! Putting back what a placing replaced, byte for byte, side files included.

use jiff::Timestamp;

use super::place::{Kit, Stopped};
use super::stage::{Order, Safety};

/// The old set is back.
#[derive(Debug, Clone)]
pub struct Undone {
    /// What had been placed.
    pub order: Order,
    /// What is back; none when the target had never been touched.
    pub before: Option<Safety>,
    /// A copy of what was taken away, where it was not exactly the file that had been placed.
    pub after: Option<Safety>,
    /// When somebody was looked for last; nobody was there. None when nothing had to be put back.
    pub last_look: Option<Timestamp>,
    /// When it was put back.
    pub when: Timestamp,
}

/// Undoes what the record holds: a placing that is done, or one that was cut, or an undo that was cut.
pub fn undo(kit: &mut Kit<'_>) -> Result<Undone, Stopped> {
    let _ = kit;
    todo!()
}
