//! A shell from which `exit` comes back. It owns the terminal meanwhile.

use std::io::{self, Write};
use std::process::{Child, Command};
use std::sync::mpsc::Sender;
use std::thread;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

use crate::wizard::Message;
use crate::world::World;

/// A shell that runs.
#[derive(Debug)]
pub struct Shell {
    pid: Pid,
}

impl Shell {
    /// Starts the person's own shell on the terminal; its end comes as a message. The terminal must have been given back.
    pub fn start(world: &World, note: Option<&str>, sender: Sender<Message>) -> io::Result<Self> {
        let program = world.variable("SHELL").unwrap_or("/bin/sh");
        let mut out = io::stdout();
        for line in note.into_iter().chain(["reseat waits: exit, or Ctrl-D, comes back to it."]) {
            writeln!(out, "{line}")?;
        }
        let mut child = Command::new(program).env_clear().envs(&world.environment).env("RESEAT_SHELL", "1").spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        thread::Builder::new().name("shell".to_owned()).spawn(move || {
            let trouble = wait(&mut child);
            let _ = sender.send(Message::ShellEnded(trouble));
        })?;
        Ok(Self { pid })
    }

    /// Ends it as a lost terminal does, because the program is left.
    pub fn hang_up(&self) {
        let _ = kill(self.pid, Signal::SIGHUP);
        let _ = kill(self.pid, Signal::SIGCONT);
    }
}

fn wait(child: &mut Child) -> Option<String> {
    let trouble = child.wait().err().map(|error| format!("The shell was lost: {error}."));
    take_back();
    trouble
}

/// Makes this program the one that may use the terminal: a shell that was killed could not hand it back.
fn take_back() {
    let mut held = SigSet::empty();
    held.add(Signal::SIGTTOU);
    // Asking from the background stops the asker, unless it holds this signal off.
    if held.thread_block().is_ok() {
        let _ = rustix::termios::tcsetpgrp(io::stdin(), rustix::process::getpgrp());
        let _ = held.thread_unblock();
    }
}
