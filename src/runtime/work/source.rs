//! Carries out the work of `wizard::source`.

use super::{Job, Outside};
use crate::wizard::source::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    match work {}
}
