//! Tables, rows and cells of the downloaded file, to read.

use super::Shared;
use super::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::keys::{self, Action, Hint};

/// State of the screen.
#[derive(Debug, Default)]
pub struct Browse;

impl Step for Browse {
    fn id(&self) -> keys::Screen {
        keys::Screen::Tables
    }

    fn rail(&self) -> Rail {
        Some((Stage::Inspect, RailMark::Here))
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
