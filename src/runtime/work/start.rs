//! Carries out the work of `wizard::start`.

use super::{Job, Outside};
use crate::wizard::start::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    match work {}
}
