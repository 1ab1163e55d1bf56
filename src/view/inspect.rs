//! Draws the screens of `wizard::inspect`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::inspect::Inspect;

/// The body of this screen.
pub(super) fn inspect(_state: &Inspect, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
