//! Draws the screens of `wizard::place`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::place::{Elsewhere, Place, Placed};

/// The body of this screen.
pub(super) fn place(_state: &Place, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn placed(_state: &Placed, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn elsewhere(_state: &Elsewhere, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
