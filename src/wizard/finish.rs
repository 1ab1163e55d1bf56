//! Finish: what is left to do?

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
pub struct Finish;

impl Step for Finish {
    fn id(&self) -> keys::Screen {
        keys::Screen::Finish
    }

    fn rail(&self) -> Rail {
        Some((Stage::Finish, RailMark::Here))
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
pub struct Done;

impl Step for Done {
    fn id(&self) -> keys::Screen {
        keys::Screen::Done
    }

    fn rail(&self) -> Rail {
        Some((Stage::Finish, RailMark::Here))
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
