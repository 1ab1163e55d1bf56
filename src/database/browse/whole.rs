//! One cell in full: JSON indented without respelling it, text as it is, bytes in hex.

use rusqlite::types::ValueRef;

use crate::text::{hex, secret, visible};

use super::super::cell::CellRef;
use super::{CellKind, WholeCell};

/// Bytes of a text that are shown.
const TEXT: usize = 1 << 20;
/// Bytes of a blob that are shown.
const BLOB: usize = 4 << 10;
/// Lines that are shown.
const LINES: usize = 4_000;

/// A value as lines; `secret`: all of it is one.
pub(super) fn cell(value: ValueRef<'_>, secret: bool) -> WholeCell {
    let kind = CellKind::of(value);
    let bytes = value.as_bytes().unwrap_or_default();
    let size = bytes.len() as u64;
    let (plain, cut) = lines(value);
    let masked = match value {
        ValueRef::Null => None,
        _ if secret => Some(vec![secret::MASK.to_owned()]),
        ValueRef::Text(bytes) => masked(bytes),
        ValueRef::Blob(bytes) => {
            let masked = masked(bytes);
            // In hex, a part of it would still be told.
            if json(bytes).is_some() { masked } else { masked.map(|_| vec![secret::MASK.to_owned()]) }
        }
        ValueRef::Integer(_) | ValueRef::Real(_) => None,
    };
    match masked {
        Some(lines) => WholeCell { kind, size, lines, plain: Some(plain), cut },
        None => WholeCell { kind, size, lines: plain, plain: None, cut },
    }
}

/// The lines of a text with its secrets masked; none when it has none.
fn masked(bytes: &[u8]) -> Option<Vec<String>> {
    let whole = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]);
    let masked = secret::mask(&whole);
    if !secret::is_masked(&masked) {
        return None;
    }
    let mut lines = text(masked.as_bytes()).0;
    lines.truncate(LINES);
    Some(lines)
}

/// The lines of a value as it is, and whether something is left out.
fn lines(value: ValueRef<'_>) -> (Vec<String>, bool) {
    let (mut lines, cut) = match value {
        ValueRef::Text(bytes) => text(bytes),
        ValueRef::Blob(bytes) => match json(bytes) {
            Some(lines) => (lines, false),
            None => (dump(&bytes[..bytes.len().min(BLOB)]), bytes.len() > BLOB),
        },
        other => (vec![CellRef::from(other).shown(None, 400).revealed()], false),
    };
    let cut = cut || lines.len() > LINES;
    lines.truncate(LINES);
    (lines, cut)
}

fn text(bytes: &[u8]) -> (Vec<String>, bool) {
    if let Some(lines) = json(bytes) {
        return (lines, false);
    }
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]);
    (shown.split('\n').map(|line| visible(line.trim_end_matches('\r'))).collect(), bytes.len() > TEXT)
}

/// Lines of a JSON object or array; none when it is no such thing, or too long.
fn json(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes.get(..TEXT.min(bytes.len()))?).ok()?.trim();
    let starts = text.starts_with('{') || text.starts_with('[');
    if bytes.len() > TEXT || !starts || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return None;
    }
    Some(indent(text))
}

/// Puts a valid JSON text into lines. Its tokens stay as they are spelt.
fn indent(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let push = |c: char, lines: &mut Vec<String>| {
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    };
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if in_string {
            push(c, &mut lines);
            (in_string, escaped) = (c != '"' || escaped, c == '\\' && !escaped);
            continue;
        }
        match c {
            '{' | '[' => {
                push(c, &mut lines);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    push(close, &mut lines);
                } else {
                    depth += 1;
                    lines.push("  ".repeat(depth.min(40)));
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                lines.push("  ".repeat(depth.min(40)));
                push(c, &mut lines);
            }
            ',' => {
                push(c, &mut lines);
                lines.push("  ".repeat(depth.min(40)));
            }
            ':' => {
                push(c, &mut lines);
                push(' ', &mut lines);
            }
            c if c.is_ascii_whitespace() => {}
            c => {
                in_string = c == '"';
                push(c, &mut lines);
            }
        }
        if lines.len() > LINES {
            break;
        }
    }
    lines.iter().map(|line| visible(line)).collect()
}

/// Sixteen bytes a line: offset, hex, what of it is text.
fn dump(bytes: &[u8]) -> Vec<String> {
    let line = |(number, chunk): (usize, &[u8])| {
        let digits: Vec<String> = chunk.iter().map(|byte| hex(&[*byte])).collect();
        let plain = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        format!("{:06x}  {:<47}  {}", number * 16, digits.join(" "), chunk.iter().map(plain).collect::<String>())
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_spelling() {
        let text = r#" {"a" : 1.00,"b":[ ], "c":[1,{"d":"x,{\"\u00e9"}]} "#;
        let expected = [
            "{",
            "  \"a\": 1.00,",
            "  \"b\": [],",
            "  \"c\": [",
            "    1,",
            "    {",
            "      \"d\": \"x,{\\\"\\u00e9\"",
            "    }",
            "  ]",
            "}",
        ];
        let shown = cell(ValueRef::Text(text.as_bytes()), false);
        assert_eq!(shown.lines, expected);
        assert_eq!((shown.size, shown.cut), (text.len() as u64, false));
        assert_eq!(cell(ValueRef::Text(b"[1"), false).lines, ["[1"]);
    }

    #[test]
    fn nothing_is_shown_raw_or_without_end() {
        let shown = cell(ValueRef::Text(b"a\x1b[2J\r\nb\xff"), false);
        assert_eq!(shown.lines, ["a\\u{1b}[2J", "b\u{fffd}"]);
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let shown = cell(ValueRef::Blob(&bytes), false);
        assert_eq!((shown.size, shown.cut, shown.lines.len()), (10_000, true, 256));
        assert_eq!(shown.lines[4], "000040  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO");
        let long = "x\n".repeat(10_000);
        assert!(cell(ValueRef::Text(long.as_bytes()), false).cut);
    }

    #[test]
    fn secrets_are_masked_and_can_be_shown() {
        let json = br#"{"a":[{"password":"hunter2"}]}"#;
        for value in [ValueRef::Text(json), ValueRef::Blob(json)] {
            let shown = cell(value, false);
            let expected = ["{", "  \"a\": [", "    {", "      \"password\": \"••••••\"", "    }", "  ]", "}"];
            assert_eq!(shown.text(false), expected);
            assert!(shown.text(true).join("").contains("hunter2"));
            assert_eq!((shown.told_size(false), shown.told_size(true)), (None, Some(json.len() as u64)));
        }
        let blob = cell(ValueRef::Blob(b"\0\x01Server=x;Password=hunter2;\0"), false);
        assert_eq!(blob.text(false), [secret::MASK]);
        assert_eq!(cell(ValueRef::Integer(1234), true).text(false), [secret::MASK]);
        assert!(cell(ValueRef::Null, true).plain.is_none());
        let key = b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\n";
        assert!(!cell(ValueRef::Text(key), false).text(false).join("\n").contains("MIIE"));
    }
}
