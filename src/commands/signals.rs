//! SIGINT, SIGTERM and SIGHUP: the first one asks the running work to stop and to clean up, the second one leaves at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::Cancel;

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
                // Everything that replaces is journalled before it acts: leaving here is what a power failure is.
                std::process::exit(128 + number);
            }
            cancel.cancel();
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
