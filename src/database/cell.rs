//! Cells as they lie in the file: storage class and bytes, without what a connection would convert.

use std::borrow::Cow;
use std::cmp::Ordering;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::text::{self, Untrusted};

use super::browse::KeyPart;
use super::open::quote;

/// How to select a column so that its cells can be read exactly. In a UTF-16 database that takes two result columns: the
/// type, and text as bytes.
pub(super) fn expression(column: &str, wide: bool) -> String {
    expression_of(quote(column), wide)
}

/// The same of any value in SQL.
pub(super) fn expression_of(value: String, wide: bool) -> String {
    if wide {
        format!("typeof({value}), CASE typeof({value}) WHEN 'text' THEN CAST({value} AS BLOB) ELSE {value} END")
    } else {
        value
    }
}

/// How many result columns one column takes.
pub(super) const fn stride(wide: bool) -> usize {
    if wide { 2 } else { 1 }
}

/// A cell as selected by [`expression`]; text in the encoding of the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum CellRef<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

impl<'a> CellRef<'a> {
    /// The cell of the `column`-th column selected, counted behind `before` other result columns.
    pub(super) fn read(row: &'a Row<'_>, before: usize, column: usize, wide: bool) -> rusqlite::Result<Self> {
        let at = before + column * stride(wide);
        let value = row.get_ref(at + usize::from(wide))?;
        Ok(match value {
            ValueRef::Blob(bytes) if wide && row.get_ref(at)? == ValueRef::Text(b"text") => Self::Text(bytes),
            value => Self::from(value),
        })
    }

    /// Bytes of text or of a blob.
    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(bytes) | Self::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Equal in storage class and value, bit by bit.
    pub(super) fn same(self, other: CellRef<'_>) -> bool {
        match (self, other) {
            (Self::Null, CellRef::Null) => true,
            (Self::Integer(a), CellRef::Integer(b)) => a == b,
            (Self::Real(a), CellRef::Real(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), CellRef::Text(b)) | (Self::Blob(a), CellRef::Blob(b)) => a == b,
            _ => false,
        }
    }

    /// As SQLite orders them, texts and blobs by their bytes.
    pub(super) fn order(self, other: CellRef<'_>) -> Ordering {
        match (self, other) {
            (Self::Integer(a), CellRef::Integer(b)) => a.cmp(&b),
            (Self::Real(a), CellRef::Real(b)) => a.total_cmp(&b),
            (Self::Integer(a), CellRef::Real(b)) => order_numbers(a, b),
            (Self::Real(a), CellRef::Integer(b)) => order_numbers(b, a).reverse(),
            (Self::Text(a), CellRef::Text(b)) | (Self::Blob(a), CellRef::Blob(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Integer(_) | Self::Real(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }

    /// For a person, in the words of the file, cut to about `limit` bytes.
    pub(super) fn shown(self, wide: Option<Wide>, limit: usize) -> Untrusted {
        self.part(wide, 0, limit)
    }

    /// About `limit` bytes from byte `from` on, cut between characters; where the beginning is left out, `…` says so.
    pub(super) fn part(self, wide: Option<Wide>, from: usize, limit: usize) -> Untrusted {
        let left_out = if from > 0 { "…" } else { "" };
        match self {
            Self::Null => Untrusted::from("NULL"),
            Self::Integer(number) => Untrusted::new(number.to_string()),
            Self::Real(number) => Untrusted::new(format!("{number:?}")),
            Self::Text(bytes) => {
                let within = |at: usize| within_character(bytes, at, wide);
                let start = (0..=from.min(bytes.len())).rev().find(|at| !within(*at)).unwrap_or(0);
                let end = (start..=bytes.len().min(start + limit)).rev().find(|at| !within(*at)).unwrap_or(start);
                let part = &bytes[start..end];
                let text = wide.map_or_else(|| String::from_utf8_lossy(part).into_owned(), |it| it.decode_lossy(part));
                Untrusted::new(left_out.to_owned() + &text)
            }
            Self::Blob(bytes) => {
                let size = text::size(bytes.len() as u64);
                let start = from.min(bytes.len());
                let part = &bytes[start..bytes.len().min(start + limit.min(if from > 0 { 80 } else { 32 }))];
                Untrusted::new(format!("{size}: {left_out}{}", text::hex(part)))
            }
        }
    }

    /// Why a cell that should hold JSON is no text, as the rest of a sentence.
    pub(super) fn no_text(self, wanted: &str) -> String {
        match self {
            Self::Null => format!("is NULL, not {wanted}"),
            Self::Integer(_) | Self::Real(_) => format!("is a number, not {wanted}"),
            Self::Text(_) | Self::Blob(_) => "is no text that can be kept as it is".to_owned(),
        }
    }

    pub(super) fn key_part(self) -> KeyPart {
        match self {
            Self::Null => KeyPart::Null,
            Self::Integer(number) => KeyPart::Integer(number),
            Self::Real(number) => KeyPart::Real(number),
            Self::Text(bytes) => KeyPart::Text(bytes.to_vec()),
            Self::Blob(bytes) => KeyPart::Blob(bytes.to_vec()),
        }
    }
}

/// A whole number beside any other, without rounding either.
fn order_numbers(integer: i64, real: f64) -> Ordering {
    // Both ends of the range of whole numbers are doubles, exactly.
    if real < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if real >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    #[allow(clippy::cast_possible_truncation)] // The range was just checked; what is cut off is looked at next.
    let whole = real as i64;
    integer.cmp(&whole).then_with(|| (whole as f64).partial_cmp(&real).unwrap_or(Ordering::Equal))
}

impl<'a> From<ValueRef<'a>> for CellRef<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) => Self::Text(bytes),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

/// Which half of a UTF-16 unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    LittleEndian,
    BigEndian,
}

impl Wide {
    fn units(self, bytes: &[u8]) -> impl Iterator<Item = u16> {
        bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk::<2>()).map(move |pair| match self {
            Self::LittleEndian => u16::from_le_bytes(*pair),
            Self::BigEndian => u16::from_be_bytes(*pair),
        })
    }

    fn decode_lossy(self, bytes: &[u8]) -> String {
        char::decode_utf16(self.units(bytes)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    /// The text, when SQLite converts it to UTF-8 and back without a change: no half of a pair, and none of the two
    /// characters that SQLite replaces.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        let even = bytes.len().is_multiple_of(2);
        let decoded: String = char::decode_utf16(self.units(bytes)).collect::<Result<_, _>>().ok().filter(|_| even)?;
        (!decoded.contains(['\u{fffe}', '\u{ffff}'])).then_some(decoded)
    }

    /// Text as it lies in the file.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| match self {
                Self::LittleEndian => unit.to_le_bytes(),
                Self::BigEndian => unit.to_be_bytes(),
            })
            .collect()
    }
}

/// Whether a place lies within a character. At most four bytes make one: bytes of no character at all are cut anywhere.
fn within_character(bytes: &[u8], at: usize, wide: Option<Wide>) -> bool {
    match (wide, bytes.get(at)) {
        (_, None) => false,
        (None, Some(byte)) => {
            let trailing = |byte: &u8| byte & 0xc0 == 0x80;
            trailing(byte) && !bytes[at.saturating_sub(3)..at].iter().all(trailing)
        }
        (Some(wide), Some(_)) => {
            let low = |pair: &[u8]| wide.units(pair).any(|unit| (0xdc00..0xe000).contains(&unit));
            !at.is_multiple_of(2) || bytes.get(at..at + 2).is_some_and(low)
        }
    }
}

/// Text of the file as UTF-8, when that goes there and back without a change. A blob is taken as it is.
pub(super) fn as_utf8(cell: CellRef<'_>, wide: Option<Wide>) -> Option<Cow<'_, [u8]>> {
    match (cell, wide) {
        (CellRef::Text(bytes), Some(wide)) => wide.decode(bytes).map(|text| Cow::Owned(text.into_bytes())),
        (CellRef::Text(bytes) | CellRef::Blob(bytes), _) => Some(Cow::Borrowed(bytes)),
        _ => None,
    }
}

/// UTF-8 as it lies in the file.
pub(super) fn in_file(utf8: &[u8], is_text: bool, wide: Option<Wide>) -> Cow<'_, [u8]> {
    match wide {
        Some(wide) if is_text => Cow::Owned(wide.encode(&String::from_utf8_lossy(utf8))),
        _ => Cow::Borrowed(utf8),
    }
}
