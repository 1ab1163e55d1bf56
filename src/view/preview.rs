//! Draws the screens of `wizard::preview`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::preview::{Changes, Preview};

/// The body of this screen.
pub(super) fn preview(_state: &Preview, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn changes(_state: &Changes, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
