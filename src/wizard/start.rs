//! The first screen when this machine knows a restore, and past restores.

use super::Shared;
use super::step::{Cx, Flow, Rail, Step};
use crate::keys::{self, Action, Hint};

/// What this step asks the runtime for.
#[derive(Debug)]
pub enum Work {}

/// What comes back.
#[derive(Debug)]
pub enum Answer {}

/// State of the screen.
#[derive(Debug, Default)]
pub struct Start;

impl Step for Start {
    fn id(&self) -> keys::Screen {
        keys::Screen::Start
    }

    fn rail(&self) -> Rail {
        None
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
pub struct Past;

impl Step for Past {
    fn id(&self) -> keys::Screen {
        keys::Screen::Past
    }

    fn rail(&self) -> Rail {
        None
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
