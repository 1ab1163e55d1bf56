//! Carries out the work of `wizard::target`.

use super::{Job, Outside};
use crate::wizard::target::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    match work {}
}
