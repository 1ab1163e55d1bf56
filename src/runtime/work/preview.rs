//! Carries out the work of `wizard::preview`.

use super::{Job, Outside};
use crate::wizard::preview::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    let _ = work;
}
