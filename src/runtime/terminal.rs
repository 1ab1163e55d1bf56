//! The terminal as a guard object: each mode is taken by itself and undone by itself, on every way out.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::ThreadId;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// The modes that are on now, one bit each: what a panic or a signal has to undo.
static ON: AtomicU8 = AtomicU8::new(0);

/// The modes, in the order in which they are taken.
const MODES: [Mode; 4] = [Mode::Raw, Mode::Alternate, Mode::Paste, Mode::Cursor];

/// One thing that is different while the screen is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Keys come one by one, without an echo.
    Raw = 1,
    /// The other screen: what stood in the terminal comes back.
    Alternate = 2,
    /// Pastes are marked.
    Paste = 4,
    /// The cursor is hidden but in a field.
    Cursor = 8,
}

impl Mode {
    fn take(self) -> io::Result<()> {
        // Marked first: what was half taken is undone, too.
        ON.fetch_or(self as u8, Ordering::SeqCst);
        let mut out = io::stdout();
        match self {
            Self::Raw => enable_raw_mode(),
            Self::Alternate => execute!(out, EnterAlternateScreen),
            Self::Paste => execute!(out, EnableBracketedPaste),
            Self::Cursor => execute!(out, Hide),
        }
    }

    /// Undoes it once; a terminal that is gone cannot be put right, so errors have no reader.
    fn undo(self, out: &mut impl Write) {
        if ON.fetch_and(!(self as u8), Ordering::SeqCst) & self as u8 == 0 {
            return;
        }
        let _ = match self {
            Self::Raw => disable_raw_mode(),
            Self::Alternate => execute!(out, EndSynchronizedUpdate, LeaveAlternateScreen),
            Self::Paste => execute!(out, DisableBracketedPaste),
            Self::Cursor => execute!(out, Show),
        };
    }
}

/// Undoes every mode that is on, the last one first.
fn undo_all(out: &mut impl Write) {
    for mode in MODES.into_iter().rev() {
        mode.undo(out);
    }
}

/// The screen is ours as long as this lives.
#[derive(Debug)]
pub struct Terminal(());

impl Terminal {
    /// Takes the terminal. A mode that cannot be taken undoes the others.
    pub fn take() -> io::Result<Self> {
        let guard = Self(());
        for mode in MODES {
            mode.take()?;
        }
        Ok(guard)
    }

    /// Whether keys and drawing can reach a person: both ends are a terminal.
    pub fn is_there() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Columns and rows of the window; none where the terminal does not say.
    pub fn size() -> Option<(u16, u16)> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }

    /// Whether the terminal was lost: the connection is cut, and no signal said so.
    pub fn is_lost() -> bool {
        !io::stdin().is_terminal()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        undo_all(&mut io::stdout());
    }
}

/// Undoes everything without waiting for anybody, and says the last lines: the thread that draws hangs, and may hold the lock
/// of standard output.
pub fn abandon(lines: &[String]) {
    let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    match rustix::fs::open("/dev/tty", flags, rustix::fs::Mode::empty()) {
        Ok(tty) => {
            let mut tty = std::fs::File::from(tty);
            undo_all(&mut tty);
            for line in lines {
                let _ = write!(tty, "{line}\r\n");
            }
        }
        Err(_) => undo_all(&mut io::sink()),
    }
}

/// Makes a panic readable: on the thread that draws the terminal is restored before the message is printed. Elsewhere, where
/// a panic is caught and told on the screen, the message goes to the log.
pub fn restore_on_panic() {
    let screen: ThreadId = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let ours = ON.load(Ordering::SeqCst) != 0;
        if ours && std::thread::current().id() != screen {
            tracing::error!("{panic}");
            return;
        }
        undo_all(&mut io::stdout());
        before(panic);
    }));
}
