//! The event loop: what came in, `update`, effects, draw once if something changed, sleep until something happens.

use std::io::{self, Stdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crossterm::clipboard::CopyToClipboard;
use jiff::Timestamp;
use signal_hook::consts::{SIGHUP, SIGINT};
use tokio::runtime::Handle;

use super::canvas::{self, Canvas};
use super::clipboard;
use super::hangup::{self, Hangup};
use super::input::Input;
use super::shell::Shell;
use super::terminal::Terminal;
use super::workers::Workers;
use crate::config::Settings;
use crate::view::{self, Theme};
use crate::wizard::{Answer, Effect, Exit, Message, Wizard};
use crate::world::World;

/// At most 30 frames a second.
const FRAME: Duration = Duration::from_millis(33);

/// How often the terminal is asked whether it is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What is still on its way after a deciding screen was drawn was typed before it could be read.
const SETTLE: Duration = Duration::from_millis(20);

/// How long messages are taken before the screen gets its turn.
const DRAIN: Duration = Duration::from_millis(10);

/// Everything that the loop works with.
pub struct Turns {
    /// The state.
    pub wizard: Wizard,
    /// The machine.
    pub world: World,
    /// What is in force.
    pub settings: Settings,
    /// How it looks.
    pub theme: Theme,
    /// Runs the reading of keys.
    pub handle: Handle,
    /// The jobs.
    pub workers: Workers,
    /// Everything comes in here, in order.
    pub receiver: Receiver<Message>,
    /// The other end.
    pub sender: Sender<Message>,
    /// A line for whoever opens a shell.
    pub shell_note: Option<String>,
}

/// What the terminal is to us at the moment.
enum Screen {
    /// It is ours.
    Ours(Terminal, Input),
    /// A shell has it.
    Lent(Shell),
    /// Between the two.
    None,
}

struct Loop {
    parts: Turns,
    screen: Screen,
    canvas: Canvas<Stdout>,
    hangup: Hangup,
    /// Something came in since the last frame.
    dirty: bool,
    drawn: Instant,
    looked: Instant,
    ticked: Instant,
    /// When a deciding screen that was drawn begins to take keys.
    settled: Option<Instant>,
    exit: Option<Exit>,
}

impl Turns {
    /// Runs until the wizard is left. The terminal is as it was before when this returns; jobs have had time to clean up.
    pub fn run(self, first: Vec<Effect>, hangup: Hangup) -> io::Result<Exit> {
        let terminal = Terminal::take()?;
        let input = Input::start(&self.handle, self.sender.clone());
        let long_ago = Instant::now().checked_sub(LOOK).unwrap_or_else(Instant::now);
        let mut turns = Loop {
            parts: self,
            screen: Screen::Ours(terminal, input),
            canvas: Canvas::new(io::stdout()),
            hangup,
            dirty: true,
            drawn: long_ago,
            looked: Instant::now(),
            ticked: long_ago,
            settled: None,
            exit: None,
        };
        turns.draw()?;
        turns.carry_out(first);
        let exit = turns.turn_until_left();
        if let Screen::Lent(shell) = &turns.screen {
            shell.hang_up();
        }
        turns.parts.workers.end();
        // The canvas goes before the terminal is given back: nothing may be drawn after that.
        drop(turns.canvas);
        drop(turns.screen);
        exit
    }
}

impl Loop {
    fn turn_until_left(&mut self) -> io::Result<Exit> {
        loop {
            match self.parts.receiver.recv_timeout(self.sleep()) {
                Ok(message) => self.drain(message),
                // The other end is ours: it is never closed.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if self.hangup.suspend_asked() {
                self.suspend()?;
            }
            self.look_around();
            if let Some(exit) = self.exit.take() {
                return Ok(exit);
            }
            if self.dirty && self.drawn.elapsed() >= FRAME {
                self.draw()?;
            }
        }
    }

    /// How long nothing has to be done, as far as is known.
    fn sleep(&self) -> Duration {
        let left = |since: Instant, period: Duration| period.saturating_sub(since.elapsed());
        let mut sleep = left(self.looked, LOOK);
        if self.dirty && matches!(self.screen, Screen::Ours(..)) {
            sleep = sleep.min(left(self.drawn, FRAME));
        }
        if let Some(settled) = self.settled {
            sleep = sleep.min(settled.saturating_duration_since(Instant::now()));
        }
        if let Some(deadline) = self.parts.wizard.deadline() {
            // A deadline that stays in the past must not keep the loop busy.
            sleep = sleep.min(until(deadline, self.parts.world.now()).max(left(self.ticked, FRAME)));
        }
        sleep
    }

    fn drain(&mut self, first: Message) {
        let begun = Instant::now();
        self.take(first);
        while self.exit.is_none() && begun.elapsed() < DRAIN {
            let Ok(message) = self.parts.receiver.try_recv() else { return };
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        let lent = matches!(self.screen, Screen::Lent(_));
        match message {
            // Ctrl-C in a shell without jobs of its own reaches us, too.
            Message::Hangup(SIGINT) if lent => {}
            Message::ShellEnded(_) if self.take_screen_back().is_err() => self.update(Message::Hangup(SIGHUP)),
            message => self.update(message),
        }
    }

    fn update(&mut self, message: Message) {
        self.dirty = true;
        let effects = self.parts.wizard.update(message, self.parts.world.now());
        // Said even where the ordinary way out hangs.
        self.hangup.remember(self.parts.wizard.shared.farewells());
        self.carry_out(effects);
    }

    /// What time brings: ticks, the end of a settling, the look at the terminal.
    fn look_around(&mut self) {
        if self.settled.is_some_and(|settled| settled <= Instant::now()) {
            self.settled = None;
            // Something changed since: it is drawn first, and takes keys after that.
            if !self.dirty {
                self.update(Message::Drawn);
            }
        }
        // A change of size that comes together with a key is not always told: looked at whenever we are awake.
        if matches!(self.screen, Screen::Ours(..))
            && let Some((columns, rows)) = Terminal::size()
            && (columns, rows) != self.parts.wizard.shared.size
        {
            self.update(Message::Resize(columns, rows));
        }
        let now = self.parts.world.now();
        if self.parts.wizard.deadline().is_some_and(|deadline| deadline <= now) && self.ticked.elapsed() >= FRAME {
            self.ticked = Instant::now();
            self.update(Message::Tick);
        }
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            if Terminal::is_lost() {
                self.update(Message::Hangup(SIGHUP));
            }
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Start { job, work, .. } => self.parts.workers.start(job, work),
                Effect::Cancel(job) | Effect::AskToStop(job) => self.parts.workers.cancel(job),
                Effect::Copy { job, text } => {
                    if text.len() <= clipboard::LIMIT {
                        // A terminal that does not understand it ignores it; a lost one is found by the next look.
                        let _ = self.canvas.send(CopyToClipboard::to_clipboard_from(&text));
                    }
                    let folder = self.parts.settings.state_dir.value.clone();
                    self.parts.workers.spawn(job, move |job| {
                        job.say(Answer::Copied(clipboard::write(&folder, &text)));
                    });
                }
                Effect::Shell => self.lend_screen(),
                // Started by no shell that could continue it (ssh hub reseat): a shell of its own, then.
                Effect::Suspend if !hangup::can_be_continued() => self.lend_screen(),
                Effect::Suspend => {
                    if self.suspend().is_err() {
                        let _ = self.parts.sender.send(Message::Hangup(SIGHUP));
                    }
                }
                Effect::Quit(exit) => self.exit = Some(exit),
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        if !matches!(self.screen, Screen::Ours(..)) {
            return Ok(());
        }
        let (columns, rows) = self.parts.wizard.shared.size;
        let mut frame = canvas::frame(columns, rows);
        let area = frame.area;
        let cursor = view::render(&self.parts.wizard, self.parts.theme, area, &mut frame);
        self.dirty = false;
        self.drawn = Instant::now();
        if let Err(error) = self.canvas.show(frame, cursor) {
            if !Terminal::is_lost() {
                return Err(error);
            }
            self.update(Message::Hangup(SIGHUP));
        }
        if self.parts.wizard.awaits_drawing() && self.settled.is_none() {
            self.settled = Some(Instant::now() + SETTLE);
        }
        Ok(())
    }

    fn lend_screen(&mut self) {
        let Screen::Ours(terminal, input) = std::mem::replace(&mut self.screen, Screen::None) else { return };
        input.stop();
        drop(terminal);
        let note = self.parts.shell_note.as_deref();
        match Shell::start(&self.parts.world, note, self.parts.sender.clone()) {
            Ok(shell) => self.screen = Screen::Lent(shell),
            Err(error) => {
                let trouble = format!("The shell could not be started: {error}.");
                let _ = self.parts.sender.send(Message::ShellEnded(Some(trouble)));
            }
        }
    }

    fn take_screen_back(&mut self) -> io::Result<()> {
        self.screen = Screen::Ours(Terminal::take()?, Input::start(&self.parts.handle, self.parts.sender.clone()));
        self.canvas.forget();
        self.dirty = true;
        Ok(())
    }

    /// Stopped, by Ctrl-Z or from outside (`kill -TSTP`): the terminal is given back, and taken again when we are continued.
    fn suspend(&mut self) -> io::Result<()> {
        let Screen::Ours(terminal, input) = std::mem::replace(&mut self.screen, Screen::None) else {
            hangup::suspend();
            return Ok(());
        };
        input.stop();
        drop(terminal);
        hangup::suspend();
        self.take_screen_back()
    }
}

/// How long it is until `deadline`.
fn until(deadline: Timestamp, now: Timestamp) -> Duration {
    deadline.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}
