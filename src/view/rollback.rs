//! Draws the screens of `wizard::rollback`.

use super::body::{Body, Room};
use super::theme::Theme;
use crate::wizard::Shared;
use crate::wizard::rollback::{Rollback, RolledBack};

/// The body of this screen.
pub(super) fn question(_state: &Rollback, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}

/// The body of this screen.
pub(super) fn result(_state: &RolledBack, _shared: &Shared, _room: Room, theme: Theme) -> Body {
    Body::asking("", theme)
}
