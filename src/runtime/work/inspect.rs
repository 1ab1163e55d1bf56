//! Carries out the work of `wizard::inspect`.

use super::{Job, Outside};
use crate::wizard::inspect::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    drop(work);
}
