//! Draws the screens of `wizard::finish`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::finish::{Done, Finish};

/// The body of this screen.
pub(super) fn finish(_state: &Finish, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn done(_state: &Done, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
