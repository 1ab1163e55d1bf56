//! Draws the screens of `wizard::browse`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::browse::Browse;

/// The body of this screen.
pub(super) fn browse(_state: &Browse, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
