//! Backup: which organisation, connector, version?

use super::Shared;
use super::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::keys::{self, Action, Hint};

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {}

/// What comes back.
#[derive(Debug)]
pub enum Answer {}

/// State of the screen.
#[derive(Debug, Default)]
pub struct Organisations;

impl Step for Organisations {
    fn id(&self) -> keys::Screen {
        keys::Screen::Organisations
    }

    fn rail(&self) -> Rail {
        Some((Stage::Backup, RailMark::Here))
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
pub struct Connectors;

impl Step for Connectors {
    fn id(&self) -> keys::Screen {
        keys::Screen::Connectors
    }

    fn rail(&self) -> Rail {
        Some((Stage::Backup, RailMark::Here))
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
pub struct Versions;

impl Step for Versions {
    fn id(&self) -> keys::Screen {
        keys::Screen::Versions
    }

    fn rail(&self) -> Rail {
        Some((Stage::Backup, RailMark::Here))
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
