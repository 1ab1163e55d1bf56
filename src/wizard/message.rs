//! What comes in: keys, pastes, time, and the answers of effects.

use crossterm::event::KeyEvent;

use super::job::JobId;
use super::{backup, browse, finish, inspect, place, preview, rewrite, rollback, source, start, target};

/// One thing that happened. All of them come through one channel, in order.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted (bracketed paste).
    Paste(String),
    /// The window has this many columns and rows now.
    Resize(u16, u16),
    /// The deadline that was asked for has come.
    Tick,
    /// What the last update changed is on the screen now.
    Drawn,
    /// Work that an effect started says something: a part, progress, or the end.
    Answer {
        /// Which job says it. Answers of jobs that are gone are dropped.
        job: JobId,
        /// What it says.
        answer: Answer,
    },
    /// The shell ended, and the screen is ours again. Holds a sentence when it could not be started.
    ShellEnded(Option<String>),
    /// A signal asks the program to end: SIGTERM, SIGHUP, or a lost terminal.
    Hangup(i32),
}

/// What a job says, by the step that asked.
#[derive(Debug)]
pub enum Answer {
    /// To the first screen and to past restores.
    Start(start::Answer),
    /// To Source and to pasted credentials.
    Source(source::Answer),
    /// To the levels of Backup.
    Backup(backup::Answer),
    /// To the browser of rows.
    Browse(browse::Answer),
    /// To Inspect.
    Inspect(inspect::Answer),
    /// To Target.
    Target(target::Answer),
    /// To Preview.
    Preview(preview::Answer),
    /// To Rewrite.
    Rewrite(rewrite::Answer),
    /// To Place, here and elsewhere.
    Place(place::Answer),
    /// To Finish.
    Finish(finish::Answer),
    /// To Rollback.
    Rollback(rollback::Answer),
    /// A text was copied: the path of the file in which it also stands, or why there is none.
    Copied(Result<String, String>),
    /// The job ended without an answer of its own: it failed in a way that no step expects. A sentence.
    Broken(String),
}
