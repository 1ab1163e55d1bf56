//! What a person enters in the platform: each value on a line, and as it is copied.

use crate::text::{self, Untrusted, secret};
use crate::wizard::chain::Inspected;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What the platform calls it.
    pub label: &'static str,
    /// On one line, printable, its secrets masked.
    shown: String,
    /// As it is copied, printable line by line, its secrets masked.
    copied: String,
    /// Both with the secrets; none when it has none.
    plain: Option<(String, String)>,
}

impl Value {
    fn text(label: &'static str, text: Option<&Untrusted>) -> Self {
        Self::new(label, text.map_or("", Untrusted::raw), str::to_owned)
    }

    fn json(label: &'static str, text: Option<&Untrusted>, empty: &str) -> Self {
        Self::new(label, text.map_or(empty, Untrusted::raw), one_line)
    }

    fn new(label: &'static str, raw: &str, one_line: fn(&str) -> String) -> Self {
        let both = |text: &str| {
            let copied: Vec<String> = text.lines().map(text::visible).collect();
            (text::visible(&one_line(text)), copied.join("\n"))
        };
        let masked = secret::mask(raw);
        let (shown, copied) = both(&masked);
        let plain = secret::is_masked(&masked).then(|| both(raw));
        Self { label, shown, copied, plain }
    }

    /// On one line; with its secrets only when a person asked for them.
    pub fn shown(&self, revealed: bool) -> &str {
        self.plain.as_ref().filter(|_| revealed).map_or(&self.shown, |(shown, _)| shown)
    }

    /// As it is copied: what is on screen.
    pub fn copied(&self, revealed: bool) -> &str {
        self.plain.as_ref().filter(|_| revealed).map_or(&self.copied, |(_, copied)| copied)
    }
}

/// The values of the old connector, which the new one must have, too; and a connection that goes nowhere.
pub fn values(inspected: &Inspected) -> Vec<Value> {
    let source = inspected.source();
    let kind = source.and_then(|source| source.kind.as_ref().or(source.source_type.as_ref()));
    vec![
        Value::text("name", source.and_then(|source| source.name.as_ref())),
        Value::text("type", kind),
        Value::json("metadata", source.and_then(|source| source.metadata.as_ref()), "{}"),
        Value::json("tags", source.and_then(|source| source.tags.as_ref()), "[]"),
        Value {
            label: "connection",
            shown: "server 127.0.0.1, port 1: false ON PURPOSE, no data loads yet".to_owned(),
            copied: "127.0.0.1".to_owned(),
            plain: None,
        },
    ]
}

/// JSON without the blanks between its parts, on one line; text that is no JSON keeps its own.
pub(crate) fn one_line(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut inside, mut escaped) = (false, false);
    if !json.contains('\n') {
        return json.to_owned();
    }
    for c in json.chars() {
        if inside {
            inside = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            out.push(c);
        } else if !c.is_whitespace() {
            inside = c == '"';
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::chain::story;

    #[test]
    fn pretty_json_comes_on_one_line_and_keeps_its_strings() {
        assert_eq!(one_line("{\n  \"a b\": \"x \\\" y\",\n  \"c\": [1, 2]\n}"), r#"{"a b":"x \" y","c":[1,2]}"#);
        assert_eq!(one_line("plain text"), "plain text");
    }

    #[test]
    fn the_values_are_those_of_the_old_connector() {
        let values = values(&story::inspected());
        let shown: Vec<(&str, &str)> = values.iter().map(|value| (value.label, value.shown(false))).collect();
        assert_eq!(shown[0], ("name", "Cellario Boston"));
        assert_eq!(shown[3], ("tags", r#"["cellario","boston"]"#));
        assert_eq!(values[4].copied(false), "127.0.0.1");
    }
}
