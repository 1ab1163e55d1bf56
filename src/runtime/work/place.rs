//! Carries out the work of `wizard::place`.

use super::{Job, Outside};
use crate::wizard::place::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    match work {}
}
