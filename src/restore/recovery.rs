//! What a restore that was left or cut needs: where it goes on, or that it is continued or undone first (R609).

use super::Stage;
use super::journal::{History, Stood};

/// The way on from where a restore was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing is placed: the wizard goes on at this step.
    Resume(Stage),
    /// It was cut while it replaced: continue it or undo it, nothing else (R609).
    GoOnOrUndo,
    /// It was cut while it put back: only that goes on.
    Undo,
    /// Placed: the steps for a person, or the report.
    Finish,
    /// What was there before is there again: the steps after a rollback, or the report.
    RolledBack,
    /// It was refused or forgotten: there is only the report.
    Over,
}

impl History {
    /// The way on.
    pub fn way(&self) -> Way {
        match self.stood {
            Stood::Placing => Way::GoOnOrUndo,
            Stood::Undoing => Way::Undo,
            Stood::Placed => Way::Finish,
            Stood::RolledBack => Way::RolledBack,
            Stood::Untouched if self.forgotten.is_some() || self.refused.is_some() => Way::Over,
            Stood::Untouched => Way::Resume(self.farthest()),
        }
    }

    /// The step to go on at: the one that was left, or an earlier one whose results are not there.
    fn farthest(&self) -> Stage {
        let ready = if self.source.is_none() {
            Stage::Source
        } else if self.backup.is_none() {
            Stage::Backup
        } else if self.downloaded.is_none() || self.checked.is_none() {
            Stage::Inspect
        } else if self.target.is_none() {
            Stage::Target
        } else if self.rewrote.is_none() {
            Stage::Rewrite
        } else {
            Stage::Place
        };
        self.stage.min(ready)
    }

    /// Whether a rollback has something to put back.
    pub fn can_roll_back(&self) -> bool {
        let here = self.placing.is_some() && self.forgotten.is_none();
        here && matches!(self.stood, Stood::Placed | Stood::Placing | Stood::Undoing)
    }
}
