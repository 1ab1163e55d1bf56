//! How long work says how far it is, and how it is stopped: used by everything that takes longer than a frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that asks running work to stop. Clones share it. Work looks at it between chunks and then cleans up.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// Work was stopped because somebody asked for it; not a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped, as asked")]
pub struct Cancelled;

impl Cancel {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error when somebody asked: `cancel.check()?` between chunks.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// How far one stage of some work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<S> {
    /// Which stage.
    pub stage: S,
    /// Units done in this stage: bytes or rows.
    pub done: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
}

/// What work reports to. Called often: the receiver thins out.
pub type OnProgress<'a, S> = &'a mut (dyn FnMut(Progress<S>) + Send);
