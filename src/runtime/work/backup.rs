//! Carries out the work of `wizard::backup`.

use super::{Job, Outside};
use crate::wizard::backup::Work;

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    drop(work);
}
