//! Carries out the work of `wizard::target`.

use std::time::Duration;

use super::{Job, Outside};
use crate::hub::discover::Discovery;
use crate::wizard::target::Work;

/// How long between two looks at the hub folder.
const BETWEEN: Duration = Duration::from_secs(2);

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    let _ = (work, job, outside, BETWEEN, Discovery::new("/"));
}
