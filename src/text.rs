//! Texts for people: untrusted text made printable, cuts by display width, sizes, counts, ages, times.

pub mod alike;
mod as_of;
pub mod secret;

use std::fmt;
use std::time::Duration;

pub use as_of::{FORMS as TIME_FORMS, as_of};
use jiff::Timestamp;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Text that came from a backup or a bucket. It has no `Display`: [`Untrusted::printable`] is the one way to a screen, a
/// report, the log or JSON.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Untrusted(String);

impl Untrusted {
    /// Takes text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Takes bytes as they came; what is no UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The text as it came: for comparing, and as a key of the bucket. Never for a screen, a shell or a path.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The text with its secrets masked, and with everything made visible that would move the cursor, change the direction,
    /// or hide.
    pub fn printable(&self) -> String {
        printable(&self.0)
    }

    /// The same with its secrets, for a person who asked to see them.
    pub fn revealed(&self) -> String {
        visible(&self.0)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.printable(), f)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl serde::Serialize for Untrusted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.printable())
    }
}

impl<'de> serde::Deserialize<'de> for Untrusted {
    /// What was printable when it was written may have been changed since.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// The sink behind [`Untrusted::printable`], also for messages of libraries that quote what they read: secrets are masked
/// ([`secret::mask`]), then the text is made [`visible`].
pub fn printable(text: &str) -> String {
    visible(&secret::mask(text))
}

/// Control characters, bidirectional overrides, zero-width and other invisible characters become `\u{…}`; line breaks become
/// `\n`. Secrets stay.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                out.push_str(&c.escape_unicode().to_string());
            }
            c => out.push(c),
        }
    }
    out
}

/// The same, but line breaks and tabs stay as they are: for what another program reads.
pub fn seen(text: &str) -> String {
    let keep = |c: char| matches!(c, '\n' | '\r' | '\t');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && !keep(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// A JSON text whose strings hide nothing: what would not be seen is written as `\uXXXX`. It means the same to a reader.
pub fn json_visible(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Line breaks and blanks between the parts stay; in strings they are escaped already.
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that a terminal obeys or that a person cannot see.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts `text` to at most `columns` columns, between graphemes, with `…` where something went.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    out.push('…');
    out
}

/// Both texts cut to a width so that their first difference can be seen.
pub fn around_difference(old: &str, new: &str, columns: usize) -> (String, String) {
    const BEFORE: usize = 12;
    let common = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    let skip = if width(old) <= columns { 0 } else { common.saturating_sub(BEFORE) };
    let shown = |whole: &str| {
        let from: String = whole.chars().skip(skip).collect();
        let from = if skip > 0 { format!("…{from}") } else { from };
        cut(&from, columns)
    };
    (shown(old), shown(new))
}

/// Cuts `text` to `columns` columns and fills it up with blanks, for a column of a list.
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = cut(text, columns);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// Breaks `text` into lines of at most `columns` columns, at blanks; a word that is longer is cut hard. Nothing is lost.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        // What fits stays as it is, with blanks that stand there on purpose.
        if paragraph.width() <= columns {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        // Blanks between two words stay as many as they are, as long as both stand on one line.
        let mut gap = 0;
        for word in paragraph.split(' ') {
            if word.is_empty() {
                gap += 1;
                continue;
            }
            if !line.is_empty() && line.width() + gap + word.width() <= columns {
                line.extend(std::iter::repeat_n(' ', gap));
                line.push_str(word);
                gap = 1;
                continue;
            }
            gap = 1;
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for grapheme in word.graphemes(true) {
                if !line.is_empty() && line.width() + grapheme.width() > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line);
    }
    lines
}

/// A count with thin groups: `18 204`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `18 204 rows`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `2 of 4 steps are open`, `1 of 1 step is open`.
pub fn steps_open(open: usize, all: usize) -> String {
    let (steps, are) = (if all == 1 { "step" } else { "steps" }, if open == 1 { "is" } else { "are" });
    format!("{open} of {all} {steps} {are} open")
}

/// A size in binary units, with one decimal above bytes: `61.4 MiB`, `100 bytes`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return counted(bytes, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value >= 99.95 { format!("{value:.0} {}", UNITS[unit]) } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A duration in at most two units: `2 d 11 h`, `16 h`, `6 min`, `40 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        // Above half a day the minutes no longer help.
        (0, hours, _) if hours >= 12 => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{} d", count(days)),
        (days, hours, _) if days < 30 => format!("{days} d {hours} h"),
        (days, ..) => format!("{} d", count(days)),
    }
}

/// The time from `then` to `now`, zero when `then` lies ahead.
pub fn elapsed(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// How long ago `then` was, as a duration: `2 d 11 h`.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    duration(elapsed(then, now))
}

/// A moment to the minute: `2026-11-17 02:54 UTC`.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment to the minute where a column head already says UTC: `2026-11-17 02:54`.
pub fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A time of today to the second: `14:20:08 UTC`.
pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

/// Bytes as lower-case hex digits, as digests are written.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

/// Quotes one word for a POSIX shell; plain words stay as they are.
pub fn shell_quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%_-+=:,./".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        let nasty = Untrusted::new("a\u{1b}[2Jb\u{202e}c\u{200b}d\u{7}e\nf\u{9b}g");
        let shown = nasty.printable();
        assert_eq!(shown, "a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{7}e\\nf\\u{9b}g");
        assert_eq!(format!("{nasty:?}").matches('\u{1b}').count(), 0);
        assert_eq!(printable("\u{1bca0}\u{13437}"), "\\u{1bca0}\\u{13437}");
        assert_eq!(Untrusted::new("Größe 実験室").printable(), "Größe 実験室");
    }

    #[test]
    fn a_json_text_hides_nothing_and_means_the_same() {
        let hostile = "a\u{202e}b\u{e0041}\u{7f} \u{1f600}\n\u{1b}";
        let json = serde_json::to_string_pretty(&[hostile]).unwrap();
        let shown = json_visible(&json);
        assert_eq!(shown, "[\n  \"a\\u202eb\\udb40\\udc41\\u007f \u{1f600}\\n\\u001b\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [hostile]);
    }

    #[test]
    fn cuts_count_columns_not_characters() {
        assert_eq!(cut("実験室の名前", 7), "実験室…");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("x", 0), "");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("o  stops it", 80), ["o  stops it"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a  b", 4), ["a  b"]);
    }

    #[test]
    fn numbers_read_as_on_the_screens() {
        assert_eq!(count(18_204), "18 204");
        assert_eq!(count(1_000_000), "1 000 000");
        assert_eq!(size(64_385_024), "61.4 MiB");
        assert_eq!(size(98_304), "96.0 KiB");
        assert_eq!(size(227_633_266_688), "212 GiB");
        assert_eq!(size(100), "100 bytes");
        assert_eq!(duration(Duration::from_secs(2 * 86_400 + 11 * 3_600)), "2 d 11 h");
        assert_eq!(duration(Duration::from_secs(16 * 3_600 + 60)), "16 h");
        assert_eq!(duration(Duration::from_secs(40)), "40 s");
        assert_eq!(duration(Duration::from_secs(360)), "6 min");
    }

    #[test]
    fn the_difference_stays_in_sight() {
        let whole =
            |id: &str| format!("{{\"name\":\"a rather long name of a connector\",\"id\":\"{id}\",\"tags\":[]}}");
        let (old, new) = around_difference(&whole("7d0c88f1"), &whole("a91f03de"), 30);
        assert!(old.contains("7d0c88f1") && new.contains("a91f03de"), "{old} {new}");
        assert!(width(&old) <= 30 && old.starts_with('…'));
        assert_eq!(around_difference("ab", "ac", 30), ("ab".to_owned(), "ac".to_owned()));
    }

    #[test]
    fn a_word_cannot_leave_its_quotes() {
        assert_eq!(shell_quote("/var/datahub"), "/var/datahub");
        assert_eq!(shell_quote("a b"), "'a b'");
        assert_eq!(shell_quote("it's;rm"), r"'it'\''s;rm'");
        assert_eq!(shell_quote(""), "''");
    }
}
