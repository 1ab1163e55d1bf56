//! The first bytes of a file, and its length.

use std::fs;

use bolero::check;
use reseat::database::header::{self, Encoding, HeaderFacts, Length, LooksLike};

const MAGIC: &[u8] = b"SQLite format 3\0";

/// Whatever a file holds, nothing panics, and every number that is said follows from its bytes.
#[test]
fn what_is_accepted_adds_up() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_owned();
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let facts = header::read(&path).unwrap();
        assert_eq!(facts.size, bytes.len() as u64);
        assert_eq!(facts.looks_like == LooksLike::Empty, bytes.is_empty());
        let cut = bytes.len() < MAGIC.len() && MAGIC.starts_with(bytes) && !bytes.is_empty();
        assert_eq!(facts.looks_like == LooksLike::Sqlite, bytes.starts_with(MAGIC) || cut);
        if let Some(kind) = kind_of_text(bytes) {
            assert_eq!(facts.looks_like, kind);
        }
        assert_eq!(facts.is_sqlite(), is_sound(bytes), "{facts:?}");
        fields_stand_in_the_bytes(&facts, bytes);
        the_length_adds_up(&facts, bytes);
    });
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn page_size(bytes: &[u8]) -> u64 {
    match u16::from_be_bytes([bytes[16], bytes[17]]) {
        1 => 65_536,
        size => size.into(),
    }
}

/// Every condition that SQLite's description of the format puts on the fixed bytes.
fn is_sound(bytes: &[u8]) -> bool {
    bytes.len() >= 100
        && bytes.starts_with(MAGIC)
        && [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536].contains(&page_size(bytes))
        && page_size(bytes) >= 480 + u64::from(bytes[20])
        && [1, 2].contains(&bytes[18])
        && [1, 2].contains(&bytes[19])
        && bytes[21..24] == [64, 32, 32]
        && number(bytes, 56) <= 3
}

fn fields_stand_in_the_bytes(facts: &HeaderFacts, bytes: &[u8]) {
    let Some(fields) = &facts.fields else {
        assert!(!facts.is_sqlite() && !facts.is_wal());
        return;
    };
    assert_eq!(u64::from(fields.page_size), page_size(bytes));
    assert_eq!((fields.write_version, fields.read_version, fields.reserved), (bytes[18], bytes[19], bytes[20]));
    assert_eq!(fields.change_counter, number(bytes, 24));
    assert_eq!(fields.page_count, number(bytes, 28));
    assert_eq!(fields.free_pages, number(bytes, 36));
    assert_eq!(fields.auto_vacuum, bytes[52..56] != [0; 4]);
    assert_eq!(fields.user_version.to_be_bytes(), bytes[60..64]);
    assert_eq!(fields.application_id.to_be_bytes(), bytes[68..72]);
    assert_eq!(fields.version_valid_for, number(bytes, 92));
    let encoding = [None, Some(Encoding::Utf8), Some(Encoding::Utf16le), Some(Encoding::Utf16be)];
    let stored = usize::try_from(number(bytes, 56)).unwrap();
    assert_eq!(fields.encoding, encoding.get(stored).copied().flatten());
    assert_eq!(facts.is_wal(), bytes[18] == 2 || bytes[19] == 2);
}

fn the_length_adds_up(facts: &HeaderFacts, bytes: &[u8]) {
    let size = bytes.len() as u64;
    let Some(fields) = &facts.fields else {
        assert_eq!(facts.length, Length::NotStated { whole_pages: false });
        return;
    };
    let page = u64::from(fields.page_size);
    let stated = page * u64::from(fields.page_count);
    let says = fields.page_count > 0 && fields.change_counter == fields.version_valid_for;
    match &facts.length {
        Length::NotStated { whole_pages } => {
            assert!(!says);
            assert_eq!(*whole_pages, size.is_multiple_of(page));
        }
        Length::Exact => assert!(says && size == stated),
        Length::Shorter { expected, missing } => {
            assert!(says && *expected == stated && *missing > 0 && size + missing == stated);
        }
        Length::Longer { expected, extra, zeros, starts } => {
            assert!(says && *expected == stated && *extra > 0 && stated + extra == size);
            let behind = &bytes[usize::try_from(stated).unwrap()..];
            let first = behind.iter().position(|byte| *byte != 0);
            assert_eq!(*zeros, first.is_none());
            assert_eq!(starts.is_empty(), *zeros);
            assert!(starts.len() <= 32 && behind[first.unwrap_or(0)..].starts_with(starts));
        }
    }
}

/// What a file of text looks like: its first character that is no blank decides. None where it is no text.
fn kind_of_text(bytes: &[u8]) -> Option<LooksLike> {
    let start = &bytes[..bytes.len().min(4096)];
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    // A character that is cut at the end is left out.
    let text =
        (start.len().saturating_sub(3)..=start.len()).rev().find_map(|end| std::str::from_utf8(&start[..end]).ok())?;
    if bytes.is_empty() || MAGIC.starts_with(bytes) || text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    // Where something other than a cut character stands at the end, it is no text.
    if std::str::from_utf8(start).is_err_and(|error| error.error_len().is_some()) {
        return None;
    }
    let text = text.trim_start().to_ascii_lowercase();
    Some(match text.chars().next() {
        Some('<') if text.starts_with("<html") || text.starts_with("<!doctype html") => LooksLike::Html,
        Some('<') => LooksLike::Xml,
        Some('{' | '[') => LooksLike::Json,
        _ => LooksLike::Text,
    })
}
