//! Draws the screens of `wizard::source`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::source::{Credentials, Source};

/// The body of this screen.
pub(super) fn source(_state: &Source, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn credentials(_state: &Credentials, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
