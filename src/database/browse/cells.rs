//! Cells as a list of rows shows them: one line, printable, cut, secrets masked.

use rusqlite::types::ValueRef;
use serde::Serialize;

use crate::text::{self, secret};

use super::super::cell::CellRef;
use super::super::open::quote;
use super::super::schema::Table;

/// Bytes of a cell in which secrets are looked for, in a list of rows; of a file that lies elsewhere, a longer cell is not
/// read for a list.
const LOOKED_AT: usize = 64 << 10;

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// NULL.
    Null,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

/// One cell of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The kind of its value.
    pub kind: CellKind,
    /// The value in one line, printable, its secrets masked, cut to the width asked for; of a blob size and first bytes.
    pub shown: String,
    /// The same with its secrets; none when it has none.
    pub plain: Option<String>,
    /// Its length in bytes (text and blobs).
    pub size: u64,
}

/// A cell in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeCell {
    /// The kind of its value.
    pub kind: CellKind,
    /// Its length in bytes.
    pub size: u64,
    /// Lines, printable, secrets masked: JSON indented, text as it is, of a blob the first bytes in hex. At most 4 000.
    pub lines: Vec<String>,
    /// The same with the secrets; none when it has none.
    pub plain: Option<Vec<String>>,
    /// Whether something was left out.
    pub cut: bool,
}

impl Cell {
    /// The value as it is shown: with its secrets only when a person asked for them.
    pub fn text(&self, revealed: bool) -> &str {
        self.plain.as_deref().filter(|_| revealed).unwrap_or(&self.shown)
    }

    /// Its length in bytes, where that tells nothing of a secret.
    pub fn told_size(&self, revealed: bool) -> Option<u64> {
        (revealed || self.plain.is_none()).then_some(self.size)
    }
}

impl WholeCell {
    /// The lines as they are shown: with their secrets only when a person asked for them.
    pub fn text(&self, revealed: bool) -> &[String] {
        self.plain.as_deref().filter(|_| revealed).unwrap_or(&self.lines)
    }

    /// Its length in bytes, where that tells nothing of a secret.
    pub fn told_size(&self, revealed: bool) -> Option<u64> {
        (revealed || self.plain.is_none()).then_some(self.size)
    }
}

/// How the cells of a table are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selected {
    /// Each as it is.
    Whole,
    /// In three result columns each: the value where it is short, its size, and its type. A long one is not read.
    Measured,
}

impl Selected {
    /// How those of a table are selected, which may lie elsewhere.
    pub(super) fn of(table: &Table, far: bool) -> Self {
        // SQLite gives no more than 2 000 result columns.
        if far && table.columns.len() <= 600 { Self::Measured } else { Self::Whole }
    }

    /// The columns in SQL.
    pub(super) fn columns(self, table: &Table) -> impl Iterator<Item = String> {
        table.columns.iter().map(move |column| {
            let name = quote(&column.name);
            match self {
                Self::Whole => name,
                Self::Measured => format!("{}, octet_length({name}), typeof({name})", short(&column.name)),
            }
        })
    }

    const fn stride(self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Measured => 3,
        }
    }
}

/// A column whose long values are not read, in SQL.
pub(super) fn short(column: &str) -> String {
    let name = quote(column);
    format!("CASE WHEN octet_length({name}) <= {LOOKED_AT} THEN {name} END")
}

/// The cells of a row that was selected so, behind `before` other result columns.
pub(super) fn cells(
    row: &rusqlite::Row<'_>,
    before: usize,
    table: &Table,
    selected: Selected,
    width: usize,
) -> rusqlite::Result<Vec<Cell>> {
    let place = |at: usize| before + at * selected.stride();
    let secrets = secrets(row, place, table);
    let cells = secrets.into_iter().enumerate();
    cells
        .map(|(at, secret)| {
            let value = row.get_ref(place(at))?;
            let long = selected == Selected::Measured && value == ValueRef::Null;
            let size = if long { row.get::<_, Option<i64>>(place(at) + 1)? } else { None };
            match size.and_then(|size| u64::try_from(size).ok()) {
                Some(size) => Ok(not_read(row.get_ref(place(at) + 2)?, size, secret)),
                None => Ok(cell(value, secret, width)),
            }
        })
        .collect()
}

/// A cell whose value is too long to be read for a list.
fn not_read(kind: ValueRef<'_>, size: u64, secret: bool) -> Cell {
    let kind = if kind == ValueRef::Text(b"text") { CellKind::Text } else { CellKind::Blob };
    let words = format!("{}, not read; Enter reads it", text::size(size));
    if secret {
        return Cell { kind, shown: secret::MASK.to_owned(), plain: Some(words), size };
    }
    Cell { kind, shown: words, plain: None, size }
}

/// Which columns of a row are secrets as a whole; `place`: where in the row the value of a column stands.
pub(super) fn secrets(row: &rusqlite::Row<'_>, place: impl Fn(usize) -> usize, table: &Table) -> Vec<bool> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    secret::columns(&names, |at| row.get_ref(place(at)).ok().and_then(|value| value.as_str().ok()))
}

fn cell(value: ValueRef<'_>, secret: bool, width: usize) -> Cell {
    let kind = CellKind::of(value);
    let size = value.as_bytes().map_or(0, |bytes| bytes.len() as u64);
    // No character takes more than four bytes for a column; what is left out is marked by the cut.
    let beginning = CellRef::from(value).shown(None, width.saturating_mul(4).saturating_add(4));
    let plain = text::cut(&beginning.revealed(), width);
    let masked = match value {
        ValueRef::Null => None,
        _ if secret => Some(secret::MASK.to_owned()),
        // More than is shown: a secret that the cut would part is known by its end.
        ValueRef::Text(bytes) => {
            let more = CellRef::Text(bytes).shown(None, LOOKED_AT);
            let masked = secret::mask(more.raw());
            secret::is_masked(&masked).then(|| text::cut(&text::visible(&masked), width))
        }
        ValueRef::Blob(bytes) => holds_a_secret(bytes).then(|| secret::MASK.to_owned()),
        ValueRef::Integer(_) | ValueRef::Real(_) => None,
    };
    match masked {
        Some(shown) => Cell { kind, shown, plain: Some(plain), size },
        None => Cell { kind, shown: plain, plain: None, size },
    }
}

/// Whether text in a blob is, or holds, a secret.
pub(in crate::database) fn holds_a_secret(bytes: &[u8]) -> bool {
    secret::is_masked(&secret::mask(&String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)])))
}

impl CellKind {
    pub(super) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(_) => Self::Integer,
            ValueRef::Real(_) => Self::Real,
            ValueRef::Text(_) => Self::Text,
            ValueRef::Blob(_) => Self::Blob,
        }
    }
}
