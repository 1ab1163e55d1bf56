//! What every screen shows or needs: who works here, what is chosen so far, the state of the new connector's database.

use jiff::Timestamp;

use super::kept::Kept;
use crate::hub::service::Service;
use crate::text;

/// Who works, as whom, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// Who really types (`SUDO_USER`).
    pub person: String,
    /// As whom the program runs.
    pub user: String,
    /// The machine's name.
    pub machine: String,
}

/// What is chosen so far, for the header. Printable texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crumbs {
    /// The environment or source.
    pub source: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// The connector's name.
    pub connector: Option<String>,
}

/// The state of the new connector's database, in the words of the lower rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlaceState {
    /// Nothing was touched.
    #[default]
    NotChanged,
    /// The set on the hub is being replaced.
    Replacing,
    /// The restored database is in its place.
    Placed,
    /// Placed on another machine, as its receipt says.
    PlacedByReceipt,
    /// The hub is another machine.
    NotSeen,
    /// What was there before is back.
    RolledBack,
}

impl PlaceState {
    /// The words, the same everywhere.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotChanged => "database not changed",
            Self::Replacing => "replacing",
            Self::Placed => "placed",
            Self::PlacedByReceipt => "placed, by receipt",
            Self::NotSeen => "database not seen from here",
            Self::RolledBack => "rolled back",
        }
    }
}

/// State beside the screens.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Who works here.
    pub who: Who,
    /// Whether this is the demo.
    pub demo: bool,
    /// What is chosen so far.
    pub crumbs: Crumbs,
    /// The state of the new connector's database.
    pub place: PlaceState,
    /// The service that reseat has stopped, as long as it stands still.
    pub stopped: Option<Service>,
    /// The restore's spoken ID, once there is one.
    pub restore: Option<String>,
    /// The line that stays in the terminal after leaving, set by the screens: how to continue.
    pub farewell: Option<String>,
    /// What outlives going back within this restore.
    pub kept: Kept,
    /// A message on the notice line, until the next key.
    pub notice: Option<String>,
    /// Columns and rows of the window.
    pub size: (u16, u16),
    /// The time of the last message.
    pub now: Timestamp,
    /// A person asked to see the secrets of this view; forgotten when it is left.
    pub revealed: bool,
    /// A deciding screen has not been drawn yet: keys are thrown away until it is.
    pub undrawn: bool,
    /// Ctrl-C was pressed once with nothing to stop.
    pub(super) stop_pressed: bool,
    /// `q` was pressed once while a service stands still.
    pub(super) leave_pressed: bool,
}

impl Shared {
    /// The state at start.
    pub fn new(who: Who, demo: bool, size: (u16, u16), now: Timestamp) -> Self {
        Self {
            who,
            demo,
            crumbs: Crumbs::default(),
            place: PlaceState::default(),
            stopped: None,
            restore: None,
            farewell: None,
            kept: Kept::default(),
            notice: None,
            size,
            now,
            revealed: false,
            undrawn: false,
            stop_pressed: false,
            leave_pressed: false,
        }
    }

    /// Whether the window is large enough for the screens.
    pub fn fits(&self) -> bool {
        self.size.0 >= 60 && self.size.1 >= 20
    }

    /// The command that starts what is STOPPED, as it can be typed into a shell.
    pub fn start_command(&self) -> Option<String> {
        self.stopped.as_ref().map(|service| command(&service.start_words()))
    }

    /// The lines that stay in the terminal after leaving: how to continue, and what stands still.
    pub fn farewells(&self) -> Vec<String> {
        if self.demo {
            return vec!["reseat: the demo is over, and nothing of it is left.".to_owned()];
        }
        let mut lines: Vec<String> = self.farewell.iter().cloned().collect();
        if let (Some(service), Some(command)) = (&self.stopped, self.start_command()) {
            lines.push(format!("reseat: {} is STOPPED. Start it: {command}", service.name));
        }
        lines
    }

    /// The end of the lower rule.
    pub fn rule(&self) -> String {
        let state = self.place.words();
        self.stopped
            .as_ref()
            .map_or_else(|| state.to_owned(), |service| format!("{state}; {} is STOPPED", service.name))
    }
}

/// The words of a command as one line for a shell.
pub fn command(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| text::shell_quote(word)).collect();
    words.join(" ")
}
