//! The log: a file in the state folder, never the terminal, never a secret.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

/// A log that grew beyond this many bytes begins anew; the one before it is kept beside it.
const LIMIT: u64 = 4 << 20;

/// Starts the log in this state folder, which is made only with `make`: a command that only looks leaves no folder behind.
/// Where the log cannot be written there is none: no work depends on it.
pub(super) fn start(state: &Path, make: bool) {
    let path = state.join("reseat.log");
    let there =
        state.is_dir() || (make && std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state).is_ok());
    if !there {
        return;
    }
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LIMIT) {
        // An older log that stays is overwritten; that is all that is lost.
        let _ = std::fs::rename(&path, state.join("reseat.log.1"));
    }
    let Ok(file) = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path) else { return };
    // The libraries below log headers of requests at finer levels: those stay out.
    let filter = tracing_subscriber::EnvFilter::new("warn,reseat=info");
    let log = tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(Mutex::new(file));
    // A second start in one process keeps the first log.
    let _ = log.try_init();
}
