//! Long work on a thread of its own, while the caller's thread says how far it is.

use std::thread;
use std::time::Duration;

use crate::progress::{OnProgress, Progress};

/// Between two reports.
const PAUSE: Duration = Duration::from_millis(40);

/// Runs `work` on another thread and reports `done()` of `total` meanwhile, and once more at the end.
pub(super) fn watched<S: Copy, T: Send>(
    stage: S,
    total: Option<u64>,
    on_progress: OnProgress<'_, S>,
    done: impl Fn() -> u64,
    work: impl FnOnce() -> T + Send,
) -> T {
    let caller = thread::current();
    on_progress(Progress { stage, done: 0, total });
    let answer = thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let answer = work();
            caller.unpark();
            answer
        });
        while !worker.is_finished() {
            thread::park_timeout(PAUSE);
            let done = total.map_or_else(&done, |total| done().min(total));
            on_progress(Progress { stage, done, total });
        }
        worker.join()
    });
    let done = total.unwrap_or_else(done);
    on_progress(Progress { stage, done, total: Some(done) });
    // A panic of the worker is a panic of the caller, not a value.
    answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
