//! Rows as CSV (RFC 4180, lines end with a line feed). NULL is an empty field, empty text is `""`, bytes are `x'0a1b'`.

use std::io;
use std::ops::ControlFlow;

use super::{Out, Writer, arrived};
use crate::database::query::{Field, Taker};
use crate::text::{Untrusted, hex, secret, seen};

/// Writes CSV.
pub(super) struct Csv<W> {
    out: W,
    begun: bool,
}

impl<W: Out> Csv<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, begun: false }
    }

    fn line(&mut self, fields: impl Iterator<Item = String>) -> io::Result<()> {
        for (at, field) in fields.enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(field.as_bytes())?;
        }
        self.out.write_all(b"\n")
    }
}

impl<W: Out> Taker for Csv<W> {
    fn columns(&mut self, names: &[Untrusted]) -> ControlFlow<()> {
        self.begun = true;
        arrived(self.line(names.iter().map(|name| quoted(&name.revealed()))))
    }

    fn row(&mut self, fields: &[Field<'_>]) -> ControlFlow<()> {
        arrived(self.line(fields.iter().map(field)))
    }
}

impl<W: Out> Writer for Csv<W> {
    fn end(&mut self, _fault: Option<&str>) -> io::Result<()> {
        self.out.flush()
    }

    fn is_begun(&self) -> bool {
        self.begun
    }
}

fn field(field: &Field<'_>) -> String {
    match field {
        Field::Null => String::new(),
        Field::Integer(number) => number.to_string(),
        Field::Real(number) => format!("{number:?}"),
        // Line breaks and tabs stay; what a terminal would obey, or nobody would see, does not.
        Field::Text(text) => quoted(&seen(text)),
        Field::Blob(bytes) => format!("x'{}'", hex(bytes)),
        Field::Covered => secret::MASK.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) && text.trim() == text;
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_told_from_the_others() {
        let mut csv = Csv::new(Vec::new());
        assert!(csv.columns(&[Untrusted::from("a"), Untrusted::from("b,c")]).is_continue());
        for row in [
            [Field::Null, Field::Text("".into())],
            [Field::Integer(-1), Field::Real(1.0)],
            [Field::Blob(&[0, 255]), Field::Text("x \"y\"\nz\u{1b}[2J\u{202e}".into())],
            [Field::Covered, Field::Text(" padded".into())],
        ] {
            assert!(csv.row(&row).is_continue());
        }
        csv.end(None).unwrap();
        assert_eq!(
            String::from_utf8(csv.out).unwrap(),
            "a,\"b,c\"\n,\"\"\n-1,1.0\nx'00ff',\"x \"\"y\"\"\nz\\u{1b}[2J\\u{202e}\"\n••••••,\" padded\"\n"
        );
    }
}
