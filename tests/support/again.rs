//! What happens after a fault: an act with the program's own journal, and the second run that brings it to its clean end.

use std::sync::Arc;

use reseat::files::Files;
use reseat::hub::place::{self, Kit, Stopped, left_behind};
use reseat::hub::stage::{Standing, standing};
use reseat::hub::undo;
use reseat::world::World;
use serde::{Deserialize, Serialize};

use super::checker::{Checked, Checker, Holds, Violation};
use super::hubs::Place;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Do {
    Place,
    GoOn,
    Undo,
}

/// How it ended, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    Placed,
    Undone,
    Stopped { left: String, code: Option<String>, detail: String },
    Journal(String),
}

/// Who acts, through which door.
#[derive(Clone)]
pub struct Actor {
    pub world: World,
    pub files: Arc<dyn Files>,
}

impl Actor {
    pub fn real() -> Self {
        Self { world: World::real(), files: Arc::new(reseat::files::Real) }
    }

    pub fn act(&self, place: &Place, what: Do) -> Ended {
        let stopped = |Stopped { finding, left }: Stopped| Ended::Stopped {
            left: format!("{left:?}"),
            code: finding.as_ref().map(|finding| finding.code.to_string()),
            detail: finding.map_or_else(String::new, |finding| finding.detail),
        };
        let run = |kit: &mut Kit<'_>| match what {
            Do::Place => place::place(&place.order, kit).map(|_| Ended::Placed),
            Do::GoOn => place::proceed(kit).map(|_| Ended::Placed),
            Do::Undo => undo::undo(kit).map(|_| Ended::Undone),
        };
        match place.with_journal(&self.world, &self.files, |kit| run(kit).unwrap_or_else(stopped)) {
            Ok(ended) => ended,
            Err(error) => Ended::Journal(error.to_string()),
        }
    }

    fn again(&self, place: &Place, what: Do) -> Checked {
        match self.act(place, what) {
            Ended::Placed | Ended::Undone => Ok(()),
            other => Err(Violation { invariant: "I5", what: format!("the second run, {what:?}: {other:?}") }),
        }
    }

    /// I5 and I6: continues or undoes until the clean end.
    pub fn second_run(&self, place: &Place, checker: &Checker, undoes: bool) -> Checked {
        let failed = |what: String| Violation { invariant: "I5", what };
        let stages = place.journaled().map_err(|error| failed(error.to_string()))?;
        let stands = standing(&stages);
        if undoes {
            if matches!(stands, Standing::Placed | Standing::Unfinished | Standing::Undoing) {
                self.again(place, Do::Undo)?;
            }
            // Where there is nothing to undo, nothing of it may be left either.
            return checker.ended(Holds::Old);
        }
        match stands {
            Standing::Nothing | Standing::Refused | Standing::Undone => self.again(place, Do::Place)?,
            Standing::Unfinished => self.again(place, Do::GoOn)?,
            Standing::Placed if left_behind(self.files.as_ref(), &place.order) => self.again(place, Do::GoOn)?,
            Standing::Placed => {}
            // Once undoing was begun, only that goes on.
            Standing::Undoing => {
                self.again(place, Do::Undo)?;
                return checker.ended(Holds::Old);
            }
        }
        checker.ended(Holds::New)?;
        // And the way back is still open.
        self.again(place, Do::Undo)?;
        checker.ended(Holds::Old)
    }
}
