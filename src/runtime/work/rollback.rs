//! Carries out the work of `wizard::rollback`.

use super::{Job, Outside};
use crate::wizard::rollback::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    match work {}
}
