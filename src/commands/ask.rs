//! Questions of a command: asked only where a person can answer, never hanging.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::mpsc;
use std::time::Duration;

use super::failure::Failure;
use crate::progress::Cancel;

/// Whether somebody can be asked; without a terminal it is wrong usage, said before any work.
pub(super) fn can_ask() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::Usage("this asks before it acts: add --yes, or run it on a terminal".to_owned()))
}

/// Asks for consent to an act.
pub(super) fn confirm(question: &str, cancel: &Cancel) -> Result<(), Failure> {
    can_ask()?;
    let mut error = std::io::stderr();
    let _ = write!(error, "{question} [y/N] ").and_then(|()| error.flush());
    // Reading blocks and signals do not end it, so it waits in a thread of its own.
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let _ = answer.send(read.map(|_| line));
    });
    loop {
        cancel.check()?;
        match answered.recv_timeout(Duration::from_millis(50)) {
            Ok(Ok(line)) if matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes") => return Ok(()),
            Ok(_) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failure::Failed(anyhow::anyhow!("not confirmed; nothing was changed")));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}
