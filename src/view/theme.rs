//! Roles, not colours: sixteen named colours, a theme without any, and the ASCII forms of our glyphs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::finding::Severity;

/// What a piece of text is, for the eye. Never the only carrier of a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain.
    Normal,
    /// Less important.
    Dim,
    /// The screen's question.
    Title,
    /// Well.
    Good,
    /// To know, to accept, to decide.
    Caution,
    /// It stops.
    Bad,
    /// Under the cursor.
    Selected,
    /// A key in the footer.
    Key,
    /// The new, in a difference.
    Added,
    /// The old, in a difference.
    Removed,
}

/// How roles look, and whether glyphs are ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    colour: bool,
    ascii: bool,
}

/// Our glyphs and their ASCII forms, each one column wide.
const GLYPHS: &[(&str, &str)] = &[
    ("✓", "+"),
    ("»", "\""),
    ("✗", "x"),
    ("●", "*"),
    ("○", "o"),
    ("►", ">"),
    ("…", "~"),
    ("·", "-"),
    ("•", "*"),
    ("─", "-"),
    ("█", "#"),
    ("░", "."),
    ("↑", "^"),
    ("↓", "v"),
    ("→", ">"),
];

impl Theme {
    /// A theme with or without colour, with Unicode or ASCII glyphs.
    pub const fn new(colour: bool, ascii: bool) -> Self {
        Self { colour, ascii }
    }

    /// The theme for an environment: `NO_COLOR`, `TERM`, and the locale decide.
    pub fn for_environment<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name)).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        Self { colour: variable("NO_COLOR").is_none() && term != "dumb", ascii: term == "linux" || !utf8 }
    }

    /// The style of a role. Without colour no colour is set at all: an empty colour sequence would cancel reverse video.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        match role {
            Role::Normal => plain,
            Role::Selected => plain.add_modifier(Modifier::REVERSED),
            Role::Title => plain.add_modifier(Modifier::BOLD),
            Role::Key if !self.colour => plain.add_modifier(Modifier::BOLD),
            _ if !self.colour => plain,
            Role::Dim => plain.fg(Color::DarkGray),
            Role::Good | Role::Added => plain.fg(Color::Green),
            Role::Caution => plain.fg(Color::Yellow),
            Role::Bad | Role::Removed => plain.fg(Color::Red),
            Role::Key => plain.fg(Color::Cyan),
        }
    }

    /// The role of a severity.
    pub const fn severity(severity: Severity) -> Role {
        match severity {
            Severity::Info => Role::Normal,
            Severity::Warn | Severity::Ask => Role::Caution,
            Severity::Block => Role::Bad,
        }
    }

    /// A printed line with our glyphs in the form that the terminal wants.
    pub fn fit_line(self, line: &str) -> String {
        if !self.ascii {
            return line.to_owned();
        }
        GLYPHS.iter().fold(line.to_owned(), |line, (glyph, plain)| line.replace(glyph, plain))
    }

    /// Replaces our glyphs by their ASCII forms where the terminal wants it. Text of files keeps its letters.
    pub fn fit_glyphs(self, buffer: &mut Buffer, area: Rect) {
        if !self.ascii {
            return;
        }
        for position in area.intersection(*buffer.area()).positions() {
            let Some(cell) = buffer.cell_mut(position) else { continue };
            if let Some((_, plain)) = GLYPHS.iter().find(|(glyph, _)| *glyph == cell.symbol()) {
                cell.set_symbol(plain);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let theme = |pairs: &'static [(&str, &str)]| {
            Theme::for_environment(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
        };
        assert_eq!(theme(&[("TERM", "xterm"), ("LANG", "en_US.UTF-8")]), Theme::new(true, false));
        assert_eq!(theme(&[("TERM", "linux"), ("LANG", "en_US.UTF-8")]), Theme::new(true, true));
        assert_eq!(theme(&[("NO_COLOR", "1"), ("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), Theme::new(false, true));
    }

    #[test]
    fn a_line_is_fitted_too() {
        assert_eq!(Theme::new(false, true).fit_line("✓ 7d0c88f1… · größer"), "+ 7d0c88f1~ - größer");
        assert_eq!(Theme::new(false, false).fit_line("✓ …"), "✓ …");
    }

    #[test]
    fn without_colour_no_colour_is_set() {
        let mono = Theme::new(false, false);
        for role in
            [Role::Normal, Role::Dim, Role::Good, Role::Caution, Role::Bad, Role::Selected, Role::Key, Role::Title]
        {
            let style = mono.style(role);
            assert!(style.fg.is_none() && style.bg.is_none(), "{role:?}");
        }
        assert!(mono.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn every_glyph_has_one_column_in_both_forms() {
        for (glyph, plain) in GLYPHS {
            assert_eq!((crate::text::width(glyph), plain.len()), (1, 1), "{glyph}");
        }
    }
}
