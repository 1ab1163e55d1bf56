//! The one table of keys: it feeds dispatch, footer and help, so that the three cannot differ.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

#[cfg(test)]
pub(crate) use table::SCREENS;
pub use table::{Binding, START_SERVICE, bindings};

/// What a key can mean. A screen reacts to actions, never to letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The main key, Enter.
    Go,
    /// Back, or stop running work.
    Back,
    /// Help for this screen.
    Help,
    /// Leave the program.
    Leave,
    /// Stop the running work; twice: leave.
    Stop,
    /// The row above.
    Up,
    /// The row below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// The next part or field.
    Next,
    /// The part or field before.
    Previous,
    /// Narrow the list by typing.
    Filter,
    /// Search all levels of the source.
    Search,
    /// The state as of a date.
    AsOf,
    /// To a row by its key.
    Jump,
    /// Copy what is under the cursor, or the screen's text.
    Copy,
    /// The long text of the selected finding.
    Explain,
    /// The changes, the leftovers.
    View,
    /// Tables and rows of the file.
    Rows,
    /// Count the rows of a table.
    Count,
    /// A shell, from which `exit` comes back.
    Shell,
    /// Stop this program until `fg` continues it.
    Suspend,
    /// Stop the service that has the database open; start what was stopped.
    Service,
    /// Check or look again.
    Again,
    /// Paste: IDs, credentials.
    Paste,
    /// Commands for another machine.
    Elsewhere,
    /// Write into the live file, or exchange after all.
    Online,
    /// Accept the selected finding, or take it back.
    Accept,
    /// Roll back.
    RollBack,
    /// A step is done.
    Done,
    /// A step showed an error.
    Failed,
    /// A step is not done after all.
    Untick,
    /// Change the SSH login of the hub.
    Login,
    /// Forget a restore and what it holds.
    Forget,
    /// Keep watching.
    KeepWatching,
    /// Leave a step open.
    LeaveOpen,
    /// Type what cannot be listed: an organisation, a prefix, a key.
    Type,
    /// Yes, to a question.
    Yes,
    /// Show the secrets that are masked, for this view only; mask them again.
    Reveal,
    /// What each witness says: key, contents, folder, the target's database.
    Witnesses,
    /// What differs between two databases.
    Compare,
    /// The made-up page of the platform, in the demo.
    Platform,
}

/// A screen, as the table of keys knows it. One step of the wizard can have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// 1: continue, new, past.
    Start,
    /// The report of a past restore.
    Past,
    /// 2 and 3: where are the backups.
    Source,
    /// New credentials are pasted.
    Credentials,
    /// 4: which organisation.
    Organisations,
    /// 5: which connector.
    Connectors,
    /// 6: which version.
    Versions,
    /// All levels are searched.
    Search,
    /// 7: it downloads and checks.
    Inspecting,
    /// 7: the answer, and 8.
    Inspected,
    /// Tables of the file.
    Tables,
    /// Whether more of a file may be fetched.
    Limit,
    /// Rows of a table.
    Rows,
    /// One cell in full.
    Cell,
    /// 9: pick the new connector.
    Pick,
    /// 10: paste the two IDs.
    PasteIds,
    /// 11: findings to accept.
    Preview,
    /// 12: the changes.
    Changes,
    /// What each witness says of hub, connector, type, name, metadata and tags.
    Witnesses,
    /// 14, while it runs.
    Rewriting,
    /// 14, the proof.
    Proof,
    /// 15, somebody has it open, or another block.
    Blocked,
    /// 15, ready: the ID from the platform is typed.
    Confirm,
    /// While it replaces or puts back.
    Placing,
    /// 16.
    Placed,
    /// 17.
    Elsewhere,
    /// 17, the receipt is pasted.
    Receipt,
    /// 18.
    Finish,
    /// 19.
    Done,
    /// 22, the question.
    RollBack,
    /// 22, the result.
    RolledBack,
    /// 18, no new event came: keep watching, or leave it open.
    Quiet,
    /// A question: yes or no.
    Question,
    /// Help.
    Help,
    /// A text to read: an explanation, a page to copy from, a failure.
    Reader,
    /// The window is too small.
    TooSmall,
}

/// A key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A letter or sign.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Esc.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// A function key.
    F(u8),
}

impl Key {
    /// The key that an event of the terminal is, if it is one of those that mean something.
    pub fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Char(c) if control => Some(Self::Ctrl(c.to_ascii_lowercase())),
            KeyCode::Char(c) => Some(Self::Char(c)),
            KeyCode::Enter => Some(Self::Enter),
            KeyCode::Esc => Some(Self::Esc),
            KeyCode::Tab => Some(Self::Tab),
            KeyCode::BackTab => Some(Self::BackTab),
            KeyCode::Up => Some(Self::Up),
            KeyCode::Down => Some(Self::Down),
            KeyCode::PageUp => Some(Self::PageUp),
            KeyCode::PageDown => Some(Self::PageDown),
            KeyCode::Home => Some(Self::Home),
            KeyCode::End => Some(Self::End),
            KeyCode::F(n) => Some(Self::F(n)),
            _ => None,
        }
    }

    /// Whether the key is text while a field has the focus.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Char(_) | Self::Home | Self::End)
    }

    /// How the key is named in footer and help.
    pub fn name(self) -> String {
        match self {
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Enter => "Enter".to_owned(),
            Self::Esc => "Esc".to_owned(),
            Self::Tab => "Tab".to_owned(),
            Self::BackTab => "Shift-Tab".to_owned(),
            Self::Up => "↑".to_owned(),
            Self::Down => "↓".to_owned(),
            Self::PageUp => "PgUp".to_owned(),
            Self::PageDown => "PgDn".to_owned(),
            Self::Home => "Home".to_owned(),
            Self::End => "End".to_owned(),
            Self::F(n) => format!("F{n}"),
        }
    }
}

/// The action of `key` on `screen`. While a field has the focus (`typing`), letters are text and mean nothing here.
pub fn action(screen: Screen, key: Key, typing: bool) -> Option<Action> {
    if typing && key.is_text() {
        return None;
    }
    bindings(screen).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// One entry of the footer: the key's name and what it does here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key, as it is named: `Enter`, `↑↓`, `a`.
    pub key: String,
    /// What it does, in a word or two.
    pub label: String,
}

/// A footer entry for `action` on `screen`, with another label than the table's when one is given. None when the table has
/// no such key there, so that the footer cannot promise what does not act.
pub fn hint(screen: Screen, action: Action, label: Option<&str>) -> Option<Hint> {
    let binding = bindings(screen).find(|binding| binding.action == action)?;
    let key = match action {
        Action::Up | Action::Down => "↑↓".to_owned(),
        _ => binding.keys.first()?.name(),
    };
    Some(Hint { key, label: label.unwrap_or(binding.label).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        for screen in SCREENS {
            let mut seen = std::collections::HashMap::new();
            for binding in bindings(*screen) {
                for key in binding.keys {
                    if let Some(other) = seen.insert(*key, binding.action) {
                        panic!("{screen:?}: {key:?} means {other:?} and {:?}", binding.action);
                    }
                }
            }
        }
    }

    #[test]
    fn each_key_that_a_text_names_acts_somewhere() {
        let mut named = 0;
        for code in crate::finding::Code::ALL {
            let words = code.text().split(|c: char| !c.is_alphanumeric() && c != '-');
            for letter in words.filter(|word| word.len() == 1 && !["a", "A", "-"].contains(word)) {
                let key = Key::Char(letter.chars().next().unwrap());
                let acts = SCREENS.iter().any(|screen| bindings(*screen).any(|binding| binding.keys.contains(&key)));
                assert!(acts || letter.chars().all(char::is_numeric), "{code} names the key {letter}");
                named += 1;
            }
        }
        assert!(named > 10);
    }

    #[test]
    fn letters_are_text_in_a_field() {
        assert_eq!(action(Screen::Preview, Key::Char('a'), false), Some(Action::Accept));
        assert_eq!(action(Screen::Preview, Key::Char('a'), true), None);
        assert_eq!(action(Screen::Preview, Key::Esc, true), Some(Action::Back));
        assert_eq!(action(Screen::Confirm, Key::F(1), true), Some(Action::Help));
    }
}
