//! Carries out the work of `wizard::place`.

use super::{Job, Outside};
use crate::hub::service;
use crate::wizard::Answer;
use crate::wizard::place::{self, Work};

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    match work {
        Work::StartService(service) => {
            let started = service::start(&outside.world, &service).map(|()| service);
            job.say(Answer::Place(place::Answer::ServiceStarted(started)));
        }
    }
}
