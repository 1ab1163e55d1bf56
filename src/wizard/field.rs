//! A text field of one line.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// A one-line field: typing, moving, pasting. Its text is never lost by going back.
#[derive(Debug, Clone, Default)]
pub struct Field {
    area: TextArea<'static>,
}

impl Field {
    /// A field that holds `text`, with the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// The cursor's place, in characters from the start.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Takes a key. True when the text changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        if key.modifiers.contains(KeyModifiers::CONTROL)
            && let KeyCode::Char(letter) = key.code
        {
            return self.as_in_a_shell(letter);
        }
        let movement = match key.code {
            KeyCode::Left => CursorMove::Back,
            KeyCode::Right => CursorMove::Forward,
            KeyCode::Home => CursorMove::Head,
            KeyCode::End => CursorMove::End,
            // Enter and Tab never make a second line.
            KeyCode::Enter | KeyCode::Tab => return false,
            _ => return self.area.input_without_shortcuts(key),
        };
        self.area.move_cursor(movement);
        false
    }

    /// The keys that a shell's line has, with Ctrl: hands on an SSH line know them.
    fn as_in_a_shell(&mut self, letter: char) -> bool {
        match letter {
            'u' => self.area.delete_line_by_head(),
            'k' => self.area.delete_line_by_end(),
            'w' => self.area.delete_word(),
            'h' => self.area.delete_char(),
            'd' => self.area.delete_next_char(),
            'a' | 'e' => {
                self.area.move_cursor(if letter == 'a' { CursorMove::Head } else { CursorMove::End });
                false
            }
            _ => false,
        }
    }

    /// Puts `text` in at the cursor; line breaks and control characters are left out.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        self.area.insert_str(line);
    }

    /// Replaces the whole text.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
        self.area.move_cursor(CursorMove::End);
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_one_line() {
        let mut field = Field::new("ab");
        field.paste("c\nd\u{1b}e");
        assert_eq!(field.text(), "abcde");
        assert!(field.key(KeyCode::Backspace.into()));
        assert!(!field.key(KeyCode::Left.into()));
        assert!(field.key(KeyCode::Char('x').into()));
        assert_eq!((field.text(), field.cursor()), ("abcxd", 4));
        field.set("new");
        assert_eq!((field.text(), field.cursor()), ("new", 3));
    }

    #[test]
    fn the_keys_of_a_shell_s_line_work() {
        let with_ctrl = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        let mut field = Field::new("root@hub here");
        assert!(field.key(with_ctrl('w')));
        assert_eq!(field.text(), "root@hub ");
        assert!(field.key(with_ctrl('u')) && field.is_empty());
        assert!(!field.key(with_ctrl('k')) && !field.key(with_ctrl('x')));
        field.paste("abc");
        assert!(!field.key(with_ctrl('a')) && field.key(with_ctrl('d')) && field.key(with_ctrl('k')));
        assert!(field.is_empty());
    }
}
