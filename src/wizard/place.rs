//! Place: replace it here, or on another machine?

use super::Shared;
use super::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::finding::Finding;
use crate::hub::service::Service;
use crate::keys::{self, Action, Hint};

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {
    /// Start a service that reseat has stopped.
    StartService(Service),
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    /// The service runs again, or why it does not (R614).
    ServiceStarted(Result<Service, Box<Finding>>),
}

/// State of the screen.
#[derive(Debug, Default)]
pub struct Place;

impl Step for Place {
    fn id(&self) -> keys::Screen {
        keys::Screen::Blocked
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        String::new()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        Vec::new()
    }

    fn act(&mut self, action: Action, _cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => Flow::Back,
            _ => Flow::Stay,
        }
    }
}

/// State of the screen.
#[derive(Debug, Default)]
pub struct Placed;

impl Step for Placed {
    fn id(&self) -> keys::Screen {
        keys::Screen::Placed
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        String::new()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        Vec::new()
    }

    fn act(&mut self, action: Action, _cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => Flow::Back,
            _ => Flow::Stay,
        }
    }
}

/// State of the screen.
#[derive(Debug, Default)]
pub struct Elsewhere;

impl Step for Elsewhere {
    fn id(&self) -> keys::Screen {
        keys::Screen::Elsewhere
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        String::new()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        Vec::new()
    }

    fn act(&mut self, action: Action, _cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => Flow::Back,
            _ => Flow::Stay,
        }
    }
}
