//! Signals that ask the program to end or to stop: they come in as messages, in order with everything else.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
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
    farewell: Arc<Mutex<Vec<String>>>,
}

impl Hangup {
    /// Watches from now on, on a thread of its own. `last` clears away what must not stay, when the ordinary way out hangs.
    pub fn watch(sender: Sender<Message>, last: impl Fn() + Send + 'static) -> io::Result<Self> {
        let hangup = Self::default();
        let (suspend, farewell) = (hangup.suspend.clone(), hangup.farewell.clone());
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
                let lines = farewell.lock().unwrap_or_else(PoisonError::into_inner).clone();
                terminal::abandon(&lines);
                last();
                std::process::exit(128 + signal);
            }
        })?;
        Ok(hangup)
    }

    /// The lines that say how to continue, for when the ordinary way out hangs.
    pub fn remember(&self, lines: Vec<String>) {
        *self.farewell.lock().unwrap_or_else(PoisonError::into_inner) = lines;
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

/// Whether a shell with jobs waits for this program: one of those that it descends from, in the same session and in another
/// group. Without one nobody would continue it. It is about this very process, which is a real one in the demo, too.
pub fn can_be_continued() -> bool {
    let stat = |pid: &str| -> Option<(String, i32, i32)> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(1);
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let Some((mut parent, group, session)) = stat("self") else { return false };
    while let Some((next, its_group, its_session)) = stat(&parent) {
        if its_session != session {
            return false;
        }
        if its_group != group {
            return true;
        }
        parent = next;
    }
    false
}
