//! Signals that ask the program to end or to stop: they come in as messages, in order with everything else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use super::terminal;
use crate::wizard::Message;

/// How long the ordinary way out may take after a signal. Then the program ends as it is: everything that counts is on
/// disk already.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What came of signals besides messages.
#[derive(Debug, Clone, Default)]
pub struct Hangup {
    suspend: Arc<AtomicBool>,
}

impl Hangup {
    /// Watches from now on, on a thread of its own. `last` clears away what must not stay, when the ordinary way out hangs.
    pub fn watch(sender: Sender<Message>, last: impl Fn() + Send + 'static) -> io::Result<Self> {
        let hangup = Self::default();
        let suspend = hangup.suspend.clone();
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP])?;
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if signal == SIGTSTP {
                    suspend.store(true, Ordering::SeqCst);
                    // Wakes the loop, which then looks at the flag.
                    let _ = sender.send(Message::Tick);
                    continue;
                }
                let _ = sender.send(Message::Hangup(signal));
                thread::sleep(PATIENCE);
                terminal::abandon();
                last();
                std::process::exit(128 + signal);
            }
        })?;
        Ok(hangup)
    }

    /// Whether somebody asked the program to stop until it is continued; asked once.
    pub fn suspend_asked(&self) -> bool {
        self.suspend.swap(false, Ordering::SeqCst)
    }
}

/// Stops this process as SIGTSTP does, and returns when it is continued.
pub fn suspend() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
}
