//! Draws the screens of `wizard::backup`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::backup::{Connectors, Organisations, Versions};

/// The body of this screen.
pub(super) fn organisations(_state: &Organisations, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn connectors(_state: &Connectors, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn versions(_state: &Versions, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
