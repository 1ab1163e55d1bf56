//! SIGINT, SIGTERM and SIGHUP: the first one asks the running work to stop and to clean up. What has not ended after a moment
//! is left as it is, as by a power failure: the journal says how far it was. A second signal leaves at once.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::Cancel;

/// How long the work may take to stop and to clean up.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How long the last line may take: a terminal that is stopped takes none.
const LAST_LINE: Duration = Duration::from_millis(200);

/// The restore that is being worked on.
static RESTORE: Mutex<Option<String>> = Mutex::new(None);

/// Notes which restore is worked on, for the line that says how to continue.
pub fn working_on(restore: &str) {
    *RESTORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(restore.to_owned());
}

/// The services that were stopped, each with the line that says so.
static STANDING_STILL: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Notes that a service stands still, or may; none where it runs again.
pub fn stands_still(service: &str, line: Option<String>) {
    let mut all = STANDING_STILL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(name, _)| name != service);
    all.extend(line.map(|line| (service.to_owned(), line)));
}

/// How to continue what is left in the middle.
fn how_to_continue() -> String {
    match RESTORE.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(restore) => format!(
            "reseat: left in the middle. Go on: reseat resume {restore} --yes; what was replaced goes back: reseat rollback {restore}"
        ),
        None => "reseat: left in the middle; what was downloaded is kept. Go on: run the same command again".to_owned(),
    }
}

/// Leaves as it is: everything that replaces is journalled before it acts, so this is what a power failure is.
fn leave(number: i32) -> ! {
    let said = std::thread::spawn(|| {
        super::output::message(&how_to_continue());
        let still = STANDING_STILL.lock().unwrap_or_else(PoisonError::into_inner);
        still.iter().for_each(|(_, line)| super::output::message(line));
    });
    let begun = std::time::Instant::now();
    while !said.is_finished() && begun.elapsed() < LAST_LINE {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::process::exit(128 + number);
}

/// Which signal came, if one came.
#[derive(Debug, Clone, Default)]
pub struct Caught(Arc<AtomicI32>);

impl Caught {
    /// The number of the first signal.
    pub fn signal(&self) -> Option<i32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|number| *number != 0)
    }

    /// The exit status that says which signal ended the command: 130, 143 or 129.
    pub fn status(&self) -> i32 {
        self.signal().map_or(1, |number| 128 + number)
    }
}

/// Watches from now on: a signal sets `cancel`. A SIGHUP that was ignored at start (`nohup`) stays ignored.
pub fn watch(cancel: &Cancel) -> anyhow::Result<Caught> {
    let caught = Caught::default();
    let mut watched = vec![SIGINT, SIGTERM];
    if !ignored_at_start(SIGHUP) {
        watched.push(SIGHUP);
    }
    let mut signals = Signals::new(watched)?;
    let (seen, cancel) = (caught.clone(), cancel.clone());
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for number in signals.forever() {
            if seen.0.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                leave(number);
            }
            cancel.cancel();
            std::thread::spawn(move || {
                std::thread::sleep(PATIENCE);
                leave(number);
            });
        }
    })?;
    Ok(caught)
}

/// Whether the program was started with this signal ignored.
fn ignored_at_start(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
