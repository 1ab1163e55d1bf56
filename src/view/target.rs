//! Draws the screens of `wizard::target`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::target::{PasteIds, Pick};

/// The body of this screen.
pub(super) fn pick(_state: &Pick, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn paste(_state: &PasteIds, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
