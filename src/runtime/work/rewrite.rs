//! Carries out the work of `wizard::rewrite`.

use super::{Job, Outside};
use crate::wizard::rewrite::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    let _ = work;
}
