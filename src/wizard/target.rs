//! Target: where shall it live?

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
pub struct Pick;

impl Step for Pick {
    fn id(&self) -> keys::Screen {
        keys::Screen::Pick
    }

    fn rail(&self) -> Rail {
        Some((Stage::Target, RailMark::Here))
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
pub struct PasteIds;

impl Step for PasteIds {
    fn id(&self) -> keys::Screen {
        keys::Screen::PasteIds
    }

    fn rail(&self) -> Rail {
        Some((Stage::Target, RailMark::Here))
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
