//! Draws the screens of `wizard::rewrite`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::rewrite::Rewrite;

/// The body of this screen.
pub(super) fn rewrite(_state: &Rewrite, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
