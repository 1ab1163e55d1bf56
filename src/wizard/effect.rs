//! What goes out: effects as data. The runtime carries them out and answers with messages.

use super::job::{JobId, Slot};
use super::{backup, browse, finish, inspect, place, preview, rewrite, rollback, source, start, target};

/// One thing to do outside.
#[derive(Debug)]
pub enum Effect {
    /// Start work in the background; its answers carry `job`.
    Start {
        /// The job's id.
        job: JobId,
        /// The slot it runs in.
        slot: Slot,
        /// What to do.
        work: Work,
    },
    /// Stop a job. It cleans up, and its answers are dropped from now on.
    Cancel(JobId),
    /// Ask a job to stop, and still hear its last word: it undoes what it touched, and says how that went.
    AskToStop(JobId),
    /// Put a text on the clipboard of the person's own terminal, and into a file; answered with `Answer::Copied`.
    Copy {
        /// The job that answers.
        job: JobId,
        /// The text.
        text: String,
    },
    /// Give the terminal to a shell until it exits.
    Shell,
    /// Stop the program until it is continued; where nobody could continue it, a shell.
    Suspend,
    /// Leave the program.
    Quit(Exit),
}

/// How the program is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// The exit status.
    pub status: i32,
    /// The lines that stay in the terminal.
    pub farewell: Vec<String>,
}

/// Work of a step, in its own words.
#[derive(Debug)]
pub enum Work {
    /// Of the first screen and of past restores.
    Start(start::Work),
    /// Of Source and of pasted credentials.
    Source(source::Work),
    /// Of the levels of Backup.
    Backup(backup::Work),
    /// Of the browser of rows.
    Browse(browse::Work),
    /// Of Inspect.
    Inspect(inspect::Work),
    /// Of Target.
    Target(target::Work),
    /// Of Preview.
    Preview(preview::Work),
    /// Of Rewrite.
    Rewrite(rewrite::Work),
    /// Of Place, here and elsewhere.
    Place(place::Work),
    /// Of Finish.
    Finish(finish::Work),
    /// Of Rollback.
    Rollback(rollback::Work),
}
