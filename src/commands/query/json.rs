//! Rows as one JSON document, written as they come: `{"schema":1,"columns":["a"],"rows":[[1]]}`. Bytes are
//! `{"blob":"0a1b"}`, infinities `{"real":"inf"}`. An answer that is not whole has an `error` behind its rows.

use std::io;
use std::ops::ControlFlow;

use serde_json::Value;

use super::{Out, Writer, arrived};
use crate::database::query::{Field, Taker};
use crate::restore::documents::SCHEMA;
use crate::text::{Untrusted, hex, json_visible, secret};

/// Writes JSON.
pub(super) struct Json<W> {
    out: W,
    begun: bool,
    rows: u64,
}

impl<W: Out> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, begun: false, rows: 0 }
    }

    fn head(&mut self, names: &[Untrusted]) -> io::Result<()> {
        let names: Vec<&str> = names.iter().map(Untrusted::raw).collect();
        let names = json_visible(&serde_json::to_string(&names)?);
        write!(self.out, "{{\"schema\":{SCHEMA},\"columns\":{names},\"rows\":[")
    }

    fn line(&mut self, fields: &[Field<'_>]) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"\n[" } else { b",\n[" })?;
        self.rows += 1;
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(json(field)?.as_bytes())?;
        }
        self.out.write_all(b"]")
    }
}

impl<W: Out> Taker for Json<W> {
    fn columns(&mut self, names: &[Untrusted]) -> ControlFlow<()> {
        self.begun = true;
        arrived(self.head(names))
    }

    fn row(&mut self, fields: &[Field<'_>]) -> ControlFlow<()> {
        arrived(self.line(fields))
    }
}

impl<W: Out> Writer for Json<W> {
    fn end(&mut self, fault: Option<&str>) -> io::Result<()> {
        if self.rows > 0 {
            self.out.write_all(b"\n")?;
        }
        self.out.write_all(b"]")?;
        if let Some(fault) = fault {
            let fault = json_visible(&Value::from(fault).to_string());
            write!(self.out, ",\"error\":{fault},\"findings\":[]")?;
        }
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }

    fn is_begun(&self) -> bool {
        self.begun
    }
}

fn json(field: &Field<'_>) -> io::Result<String> {
    Ok(match field {
        Field::Null => "null".to_owned(),
        Field::Integer(number) => number.to_string(),
        Field::Real(number) if number.is_finite() => serde_json::to_string(number)?,
        Field::Real(number) => format!("{{\"real\":\"{number}\"}}"),
        Field::Text(text) => json_visible(&serde_json::to_string(text)?),
        Field::Blob(bytes) => format!("{{\"blob\":\"{}\"}}", hex(bytes)),
        Field::Covered => format!("\"{}\"", secret::MASK),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_document_can_be_read_whole_or_not() {
        for (rows, fault) in [(0, None), (2, None), (2, Some("it took \u{1b}too long")), (0, Some("x"))] {
            let mut out = Json::new(Vec::new());
            assert!(out.columns(&[Untrusted::from("a\"\u{202e}")]).is_continue());
            for _ in 0..rows {
                assert!(out.row(&[Field::Text("\u{1b}\n".into())]).is_continue());
            }
            out.end(fault).unwrap();
            let text = String::from_utf8(out.out).unwrap();
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
            let document: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(document["columns"], json!(["a\"\u{202e}"]));
            assert_eq!(document["rows"], json!(vec![["\u{1b}\n"]; rows]));
            assert_eq!(document.get("error").and_then(Value::as_str), fault);
        }
    }

    #[test]
    fn each_kind_of_value_stays_apart() {
        let fields =
            [Field::Null, Field::Integer(i64::MIN), Field::Real(0.1), Field::Real(f64::INFINITY), Field::Blob(&[10])];
        let written: Vec<String> = fields.iter().map(|field| json(field).unwrap()).collect();
        assert_eq!(written, ["null", "-9223372036854775808", "0.1", r#"{"real":"inf"}"#, r#"{"blob":"0a"}"#]);
    }
}
