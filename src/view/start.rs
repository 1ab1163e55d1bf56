//! Draws the screens of `wizard::start`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::start::{Past, Start};

/// The body of this screen.
pub(super) fn start(_state: &Start, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn past(_state: &Past, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
