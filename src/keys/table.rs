//! The bindings themselves: what acts everywhere, and what acts on one screen.

use super::Action as A;
use super::Key::{BackTab, Char, Ctrl, Down, End, Enter, Esc, F, Home, PageDown, PageUp, Tab, Up};
use super::{Action, Key, Screen};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys that do it; the first is the one that footer and help name.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// The footer's word for it.
    pub label: &'static str,
    /// The help's sentence for it.
    pub help: &'static str,
}

const fn b(keys: &'static [Key], action: Action, label: &'static str, help: &'static str) -> Binding {
    Binding { keys, action, label, help }
}

/// The help's sentence for the key that starts what reseat has stopped.
pub const START_SERVICE: &str = "start the service that is STOPPED";

/// Keys that act on every screen, but for the few that show only themselves.
const EVERYWHERE: &[Binding] = &[
    b(&[Esc], A::Back, "back", "back; running work is stopped first"),
    b(&[Char('?'), F(1)], A::Help, "help", "help for this screen"),
    b(&[Char('q')], A::Leave, "leave", "leave; everything is kept"),
    b(&[Ctrl('c')], A::Stop, "stop", "stop the running work; twice: leave"),
    b(&[Char('s')], A::Shell, "shell", "a shell on this machine; exit comes back"),
    b(&[Ctrl('z')], A::Suspend, "suspend", "to the shell that started it; fg comes back"),
    b(&[Char('o')], A::Service, "start service", START_SERVICE),
];

const MOVE: &[Binding] = &[
    b(&[Up, Char('k')], A::Up, "move", "move"),
    b(&[Down, Char('j')], A::Down, "move", "move"),
    b(&[PageUp], A::PageUp, "page", "a page up"),
    b(&[PageDown], A::PageDown, "page", "a page down"),
    b(&[Home, Char('g')], A::First, "first", "the first row"),
    b(&[End, Char('G')], A::Last, "last", "the last row"),
];

const TABS: &[Binding] = &[
    b(&[Tab], A::Next, "next part", "the next part or field"),
    b(&[BackTab], A::Previous, "part before", "the part or field before"),
];

const GO: Binding = b(&[Enter], A::Go, "go on", "go on: the notice line says what it does");
const COPY: Binding = b(&[Char('y')], A::Copy, "copy", "copy, or show the text on a page to select from");
const EXPLAIN: Binding = b(&[Char('e')], A::Explain, "explain", "what the finding means");
const AGAIN: Binding = b(&[Char('r')], A::Again, "check again", "check again");
const SERVICE: Binding = b(&[Char('o')], A::Service, "stop it", "stop the service, after a question; start it again");
const ONLINE: Binding = b(
    &[Char('n')],
    A::Online,
    "online",
    "write into the live file, where the connector cannot be stopped; or exchange",
);
const FILTER: Binding = b(&[Char('/')], A::Filter, "filter", "narrow the list by typing");
const SEARCH: Binding = b(&[Ctrl('f')], A::Search, "search", "search all organisations by any part of a key or a name");
const TYPE: Binding = b(&[Char('i')], A::Type, "type it", "type what cannot be listed");
const FAR_ROWS: Binding = b(&[Char('t')], A::Rows, "rows", "tables and rows of the backup, without a download");
const VIEW: Binding = b(&[Char('v')], A::View, "the changes", "every kind of change, and what stays");
const CREDENTIALS: Binding =
    b(&[Char('p')], A::Paste, "paste", "paste new credentials: the export lines of the web portal");
const REVEAL: Binding =
    b(&[Char('u'), F(3)], A::Reveal, "show secrets", "show the secrets of this view; mask them again");
const WITNESSES: Binding =
    b(&[Char('w')], A::Witnesses, "witnesses", "what key, contents, folder and target's database say");
const ROLL_BACK: Binding =
    b(&[Char('b')], A::RollBack, "roll back", "put back what was there before, after a question");

/// What acts on `screen` alone.
const fn own(screen: Screen) -> &'static [Binding] {
    match screen {
        Screen::Start => {
            const {
                &[
                    GO,
                    b(&[Char('o')], A::Service, "start service", START_SERVICE),
                    b(&[Char('x')], A::Forget, "forget", "delete what a restore holds, after a question"),
                    ROLL_BACK,
                ]
            }
        }
        Screen::Past => {
            const { &[GO, COPY, ROLL_BACK, b(&[Char('x')], A::Forget, "forget", "delete what it holds, after a question")] }
        }
        Screen::Source => const { &[GO, AGAIN, CREDENTIALS, EXPLAIN] },
        Screen::Credentials => const { &[b(&[Enter], A::Go, "use them", "use what was pasted")] },
        Screen::Organisations => const { &[GO, FILTER, SEARCH, TYPE, AGAIN, EXPLAIN, CREDENTIALS] },
        Screen::Connectors => const { &[GO, FILTER, SEARCH, TYPE, FAR_ROWS, AGAIN, EXPLAIN, CREDENTIALS] },
        Screen::Versions => {
            const {
                &[
                    GO,
                    b(&[Char('d')], A::AsOf, "date", "to the newest version not after a date or a time"),
                    b(&[Char('c')], A::Compare, "compare", "mark this version, then compare another one with it"),
                    b(&[Char('v')], A::View, "growth", "how size and events grew from version to version"),
                    FAR_ROWS,
                    COPY,
                    SEARCH,
                    EXPLAIN,
                    AGAIN,
                    CREDENTIALS,
                ]
            }
        }
        Screen::Search => {
            const {
                &[
                    GO,
                    b(&[Char('/'), Ctrl('f')], A::Filter, "text", "to the text that is searched"),
                    COPY,
                    EXPLAIN,
                    AGAIN,
                    CREDENTIALS,
                ]
            }
        }
        Screen::Inspecting => &[],
        Screen::Inspected => {
            const {
                &[
                    GO,
                    b(&[Char('t')], A::Rows, "rows", "tables and rows of the backup, to read"),
                    b(&[Char('v')], A::View, "leftovers", "the rows in which old IDs also stand"),
                    WITNESSES,
                    EXPLAIN,
                    AGAIN,
                    CREDENTIALS,
                    b(&[Char('n')], A::Next, "the one inside", "the connector that is named inside the file"),
                ]
            }
        }
        Screen::Tables => {
            const {
                &[
                    GO,
                    b(&[Char('v')], A::View, "columns, indexes", "the columns and indexes of a table"),
                    b(&[Char('c')], A::Count, "count", "count the rows of a table: all of it is read"),
                    AGAIN,
                    EXPLAIN,
                    CREDENTIALS,
                ]
            }
        }
        Screen::Limit => const { &[b(&[Enter, Char('y')], A::Go, "go on", "fetch more of the file")] },
        Screen::Rows => {
            const {
                &[
                    GO,
                    COPY,
                    REVEAL,
                    b(&[Char('/')], A::Filter, "filter", "only rows that hold a text: column text, or text"),
                    b(&[Char('i')], A::Jump, "to a row", "to the row with an ID, or a value of the primary key"),
                    b(&[Char('l')], A::Next, "next column", "the next column"),
                    b(&[Char('h')], A::Previous, "column before", "the column before"),
                    EXPLAIN,
                    CREDENTIALS,
                ]
            }
        }
        Screen::Cell => const { &[COPY, REVEAL, EXPLAIN, CREDENTIALS] },
        Screen::Witnesses => const { &[COPY, REVEAL] },
        Screen::Pick => {
            const {
                &[
                    GO,
                    COPY,
                    REVEAL,
                    b(&[Char('p')], A::Paste, "paste ID", "paste the new IDs"),
                    EXPLAIN,
                    AGAIN,
                    b(&[Char('v')], A::Platform, "platform", "in the demo: a made-up page of the platform"),
                ]
            }
        }
        Screen::PasteIds => {
            const {
                &[
                    GO,
                    COPY,
                    b(&[F(3)], A::Reveal, "show secrets", "show the secrets of this view; mask them again"),
                    b(&[F(2)], A::Platform, "platform", "in the demo: a made-up page of the platform"),
                ]
            }
        }
        Screen::Preview => {
            const {
                &[
                    b(&[Char('a')], A::Accept, "accept", "accept the selected finding, or take it back"),
                    GO,
                    VIEW,
                    WITNESSES,
                    b(&[Char('c')], A::Compare, "compare", "compare with the database that would be replaced"),
                    EXPLAIN,
                    COPY,
                ]
            }
        }
        Screen::Changes => const { &[COPY, REVEAL, b(&[Tab], A::Next, "next table", "the next table")] },
        Screen::Rewriting | Screen::Placing => &[],
        Screen::Proof => const { &[GO, b(&[Char('y')], A::Copy, "copy the proof", "copy the proof"), EXPLAIN, AGAIN] },
        Screen::Blocked => {
            const {
                &[
                    GO,
                    SERVICE,
                    b(&[Char('r')], A::Again, "look now", "look now who has the file open; it also happens every 2 s"),
                    b(&[Char('w')], A::Elsewhere, "elsewhere", "commands for another machine"),
                    ONLINE,
                    b(&[Char('a')], A::Accept, "accept", "accept the selected finding, or take it back"),
                    EXPLAIN,
                    COPY,
                ]
            }
        }
        Screen::Confirm => {
            const {
                &[
                    b(&[Enter], A::Go, "replace", "compare the ID from the platform, then replace"),
                    SERVICE,
                    b(&[Char('r')], A::Again, "look now", "look now who has the file open; it also happens every 2 s"),
                    b(&[Char('w')], A::Elsewhere, "elsewhere", "commands for another machine"),
                    ONLINE,
                    EXPLAIN,
                    b(&[F(2)], A::Platform, "platform", "in the demo: a made-up page of the platform"),
                ]
            }
        }
        Screen::Placed => const { &[GO, SERVICE, ROLL_BACK, COPY] },
        Screen::Elsewhere => {
            const {
                &[
                    b(&[Enter], A::Go, "part 3", "to the field for the receipt"),
                    b(&[Char('y')], A::Copy, "copy command", "copy the command under the cursor"),
                    b(&[Char('c')], A::Login, "SSH login", "change the SSH login of the hub"),
                ]
            }
        }
        Screen::Receipt => const { &[b(&[Enter], A::Go, "check", "check the pasted line")] },
        Screen::Finish => {
            const {
                &[
                    b(&[Char('d')], A::Done, "done", "the step is done, and no error was shown"),
                    b(&[Char('n')], A::Failed, "error", "the platform showed an error"),
                    b(&[Char('u')], A::Untick, "un-tick", "the step is not done after all"),
                    ROLL_BACK,
                    SERVICE,
                    b(&[Char('l')], A::LeaveOpen, "leave it open", "leave the step open"),
                    b(&[Char('w')], A::KeepWatching, "keep watching", "keep watching for new events"),
                    GO,
                    COPY,
                    EXPLAIN,
                    b(&[Char('v')], A::Platform, "platform", "in the demo: a made-up page of the platform"),
                ]
            }
        }
        Screen::Done => {
            const {
                &[
                    b(&[Enter], A::Go, "leave", "leave"),
                    b(&[Char('y')], A::Copy, "copy the report", "copy the report"),
                    ROLL_BACK,
                    SERVICE,
                ]
            }
        }
        Screen::RollBack => {
            const {
                &[
                    b(&[Enter], A::Go, "roll back", "put the old database back, when the word is right"),
                    SERVICE,
                    b(&[Char('r')], A::Again, "look now", "look now who has the file open; it also happens every 2 s"),
                    EXPLAIN,
                ]
            }
        }
        Screen::RolledBack => {
            const {
                &[
                    b(&[Char('d')], A::Done, "done", "the step is done, and no error was shown"),
                    b(&[Char('n')], A::Failed, "error shown", "the platform showed an error"),
                    SERVICE,
                    GO,
                    COPY,
                    b(&[Char('v')], A::Platform, "platform", "in the demo: a made-up page of the platform"),
                ]
            }
        }
        Screen::Quiet => {
            const {
                &[
                    b(&[Char('k')], A::KeepWatching, "keep watching", "keep watching for new events"),
                    b(&[Char('l')], A::LeaveOpen, "leave it open", "leave the step open"),
                ]
            }
        }
        Screen::Question => const { &[b(&[Char('y')], A::Yes, "yes", "yes")] },
        Screen::Help => const { &[b(&[Char('q'), Enter, Char('?'), F(1)], A::Back, "close help", "close the help")] },
        Screen::Reader => const { &[COPY, b(&[Char('q'), Enter], A::Back, "close", "close")] },
        Screen::TooSmall => &[],
    }
}

/// Screens on which the list keys move something.
const fn moves(screen: Screen) -> bool {
    !matches!(
        screen,
        Screen::Question
            | Screen::Limit
            | Screen::Quiet
            | Screen::Rewriting
            | Screen::Placing
            | Screen::TooSmall
            | Screen::Credentials
    )
}

/// Screens with parts or fields between which Tab goes.
const fn tabs(screen: Screen) -> bool {
    matches!(
        screen,
        Screen::Source
            | Screen::Organisations
            | Screen::Connectors
            | Screen::Search
            | Screen::PasteIds
            | Screen::Confirm
            | Screen::Elsewhere
            | Screen::Receipt
            | Screen::RollBack
            | Screen::Pick
            | Screen::Preview
            | Screen::Rows
    )
}

/// Every binding that acts on `screen`: its own first, then those of every screen that it does not override.
pub fn bindings(screen: Screen) -> impl Iterator<Item = &'static Binding> {
    let own = own(screen);
    let everywhere = EVERYWHERE.iter().filter(move |binding| match screen {
        Screen::Help | Screen::Reader => matches!(binding.action, A::Back | A::Stop),
        Screen::Question => matches!(binding.action, A::Back | A::Help | A::Stop),
        Screen::TooSmall => matches!(binding.action, A::Leave | A::Stop),
        // Where a screen has its own words for an action, those stand.
        _ => !own.iter().any(|other| other.action == binding.action && binding.action == A::Service),
    });
    let moving = if moves(screen) { MOVE } else { &[] };
    let tabbing = if tabs(screen) { TABS } else { &[] };
    own.iter().chain(tabbing).chain(moving).chain(everywhere)
}

/// Every screen, for the test that no key means two things.
#[cfg(test)]
pub(crate) const SCREENS: &[Screen] = &[
    Screen::Start,
    Screen::Past,
    Screen::Source,
    Screen::Credentials,
    Screen::Organisations,
    Screen::Connectors,
    Screen::Versions,
    Screen::Search,
    Screen::Inspecting,
    Screen::Inspected,
    Screen::Tables,
    Screen::Limit,
    Screen::Rows,
    Screen::Cell,
    Screen::Pick,
    Screen::PasteIds,
    Screen::Preview,
    Screen::Changes,
    Screen::Witnesses,
    Screen::Rewriting,
    Screen::Proof,
    Screen::Blocked,
    Screen::Confirm,
    Screen::Placing,
    Screen::Placed,
    Screen::Elsewhere,
    Screen::Receipt,
    Screen::Finish,
    Screen::Done,
    Screen::RollBack,
    Screen::RolledBack,
    Screen::Quiet,
    Screen::Question,
    Screen::Help,
    Screen::Reader,
    Screen::TooSmall,
];
