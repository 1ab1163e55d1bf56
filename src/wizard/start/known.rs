//! A restore that this machine knows, in the words of the first screen.

use crate::hub::service::Service;

/// One restore. All texts are printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its ID.
    pub id: String,
    /// The connector's name.
    pub name: String,
    /// How it stands, for its row: `cut at Place 6 min ago`.
    pub state: String,
    /// What Enter does with it.
    pub kind: Kind,
    /// The first line of its details: where its backup is from, how it was left.
    pub title: String,
    /// Its steps.
    pub lines: Vec<(Mark, String, String)>,
    /// The service that it stopped and that still stands, how many connectors stopped with it, and when.
    pub stopped: Option<(Service, usize, String)>,
    /// Whether a rollback has something to put back.
    pub can_roll_back: bool,
    /// The step at which it goes on.
    pub step: String,
}

/// What Enter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It goes on where it was left.
    Resume,
    /// It was cut while it replaced (R609): go on, or undo.
    Cut,
    /// It was cut while it put back (R609): only that goes on.
    CutUndo,
    /// It is placed, and steps of a person are open.
    StepsOpen,
    /// It is over: there is its report.
    Past,
    /// A download that no restore holds: it can be deleted.
    Download,
    /// Its journal cannot be trusted (R616).
    Unreadable,
}

/// How a step of a known restore stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Done, seen by reseat.
    Done,
    /// Said by a person.
    Said,
    /// It goes on here.
    Here,
    /// Later.
    Later,
}

impl Mark {
    /// Its glyph.
    pub const fn glyph(self) -> char {
        match self {
            Self::Done => '✓',
            Self::Said => '»',
            Self::Here => '●',
            Self::Later => '○',
        }
    }
}

impl Known {
    /// Whether it is unfinished.
    pub const fn is_open(&self) -> bool {
        matches!(self.kind, Kind::Resume | Kind::Cut | Kind::CutUndo | Kind::StepsOpen)
    }
}
