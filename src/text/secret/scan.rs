//! Walks once through a text, whatever it is, and copies it with its secrets masked. JSON is read leniently: it may be cut,
//! stand in the middle of other text, or lie as a string in other JSON.

use super::MASK;
use super::names::{holds_a_value, is_plural, labels, names_a_secret};

/// JSON in strings of JSON: so deep is it followed.
const DEPTH: usize = 6;
/// Bytes of an object in which the name beside a value is looked for.
const BESIDE: usize = 4_096;

/// The masked text; none when nothing in it is a secret.
pub(super) fn masked(text: &str, depth: usize) -> Option<String> {
    let mut scan = Scan { text, at: 0, copied: 0, out: String::new(), open: Vec::new(), all: None, depth };
    scan.run();
    if scan.copied == 0 && scan.out.is_empty() {
        return None;
    }
    scan.out.push_str(&text[scan.copied..]);
    Some(scan.out)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// So much of the text is in `out` already, or masked.
    copied: usize,
    out: String,
    /// Where the objects and lists begin in which `at` lies.
    open: Vec<usize>,
    /// In an object or list under the name of a secret: how many are open around it. Every value in it is masked.
    all: Option<usize>,
    depth: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Puts `with` in the place of what lies between two offsets.
    fn replace(&mut self, from: usize, to: usize, with: &str) {
        self.out.push_str(&self.text[self.copied..from]);
        self.out.push_str(with);
        self.copied = to;
        self.at = to;
    }

    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => self.string(),
                '{' | '[' => {
                    self.open.push(self.at);
                    self.at += 1;
                }
                '}' | ']' => {
                    self.open.pop();
                    if self.all.is_some_and(|around| self.open.len() <= around) {
                        self.all = None;
                    }
                    self.at += 1;
                }
                c if self.all.is_some() && (c.is_ascii_digit() || c == '-') => self.literal(""),
                c if c.is_alphabetic() || c == '_' => self.word(),
                '-' if self.rest().starts_with("-----BEGIN ") => self.private_key(),
                ':' if self.rest().starts_with("://") => self.web_address(),
                c => self.at += c.len_utf8(),
            }
        }
    }

    /// A text in quotes: the name of a field, or a value.
    fn string(&mut self) {
        let start = self.at;
        let Quoted { inner, end, closed } = quoted(self.text, start);
        let behind = blanks(self.text, end);
        if self.text[behind..].starts_with(':') && !self.text[behind..].starts_with("://") {
            let name = unescaped(inner);
            self.at = blanks(self.text, behind + 1);
            if names_a_secret(&name) || (holds_a_value(&name) && self.a_secret_is_named_beside()) {
                self.value(&name);
            }
            return;
        }
        if self.all.is_some() {
            if is_uuid(inner) {
                self.at = end;
            } else {
                self.mask_string();
            }
        } else if let Some(text) = masked_inside(inner, self.depth) {
            self.replace(start, end, &format!("\"{text}{}", if closed { "\"" } else { "" }));
        } else {
            self.at = end;
        }
    }

    /// What stands under the name of a secret.
    fn value(&mut self, name: &str) {
        match self.rest().chars().next() {
            Some('"') => self.mask_string(),
            Some('{' | '[') => {
                self.all.get_or_insert(self.open.len());
            }
            Some(_) => self.literal(name),
            None => {}
        }
    }

    /// Masks the text in quotes that begins here.
    fn mask_string(&mut self) {
        let Quoted { end, closed, .. } = quoted(self.text, self.at);
        self.replace(self.at, end, &format!("\"{MASK}{}", if closed { "\"" } else { "" }));
    }

    /// A number, or a word without quotes.
    fn literal(&mut self, name: &str) {
        let start = self.at;
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | '"');
        let end = start + self.rest().find(ends).unwrap_or(self.rest().len());
        let word = &self.text[start..end];
        self.at = end.max(start + self.rest().chars().next().map_or(0, char::len_utf8));
        let number = word.parse::<f64>().is_ok();
        if word.is_empty() || matches!(word, "null" | "true" | "false") || (number && is_plural(name)) {
            return;
        }
        self.replace(start, end, &format!("\"{MASK}\""));
    }

    /// Whether the object around a value names a secret: `{"name": "apiKey", "value": ...}`, in either order.
    fn a_secret_is_named_beside(&self) -> bool {
        let Some(&start) = self.open.last() else { return false };
        let mut depth = 0_usize;
        let mut at = start + 1;
        while at < self.text.len() && at < start + BESIDE {
            match self.text.as_bytes()[at] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return false,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    let Quoted { inner, end, .. } = quoted(self.text, at);
                    let behind = blanks(self.text, end);
                    let value = blanks(self.text, (behind + 1).min(self.text.len()));
                    let field = self.text[behind..].starts_with(':') && self.text[value..].starts_with('"');
                    let named = || names_a_secret(&unescaped(quoted(self.text, value).inner));
                    if depth == 0 && field && labels(&unescaped(inner)) && named() {
                        return true;
                    }
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// A word outside of quotes: it may name a secret, or be one.
    fn word(&mut self) {
        let start = self.at;
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = start + self.rest().find(|c| !part(c)).unwrap_or(self.rest().len());
        let word = &self.text[start..end];
        self.at = end;
        if is_key_id(word, end == self.text.len()) || is_web_token(word) {
            return self.replace(start, end, MASK);
        }
        if word.eq_ignore_ascii_case("bearer") {
            return self.bearer();
        }
        if self.rest().starts_with('>') && self.text[..start].ends_with('<') && names_a_secret(word) {
            let value = end + 1;
            let to = value + self.text[value..].find('<').unwrap_or(self.text.len() - value);
            return self.replace(value, to, MASK);
        }
        self.assignment(start, word);
    }

    /// `Password=...`, `apiKey: ...`: as in connection strings, queries, settings, headers.
    fn assignment(&mut self, start: usize, word: &str) {
        let quotes = |c: char| matches!(c, '"' | '\'' | '\\' | '`');
        let loose = |c: char| quotes(c) || c == ' ';
        let rest = self.rest();
        let sign = rest.find(|c| !loose(c)).unwrap_or(rest.len());
        let quoted = rest[..sign].contains(quotes);
        let Some(c @ ('=' | ':')) = rest[sign..].chars().next() else { return };
        let behind = &rest[sign + 1..];
        if behind.starts_with("//") || !(names_a_secret(word) || (c == '=' && is_signature(word))) {
            return;
        }
        let blank = behind.len() - behind.trim_start_matches(['=', '>', ' ']).len();
        let from = self.at + sign + 1 + blank;
        let value = &self.text[from..];
        let opened = value.find(|c| !quotes(c)).unwrap_or(value.len());
        if opened > 0 {
            let (value, from) = (&value[opened..], from + opened);
            let to = value.find(quotes).unwrap_or(value.len());
            return self.replace(from, from + to, MASK);
        }
        let line = value.split(['\n', '\r']).next().unwrap_or_default();
        let ends = if c == '=' { self.end_of_assigned(start, line) } else { end_of_said(word, line, quoted) };
        let value = line[..ends].trim_end();
        if !value.is_empty() && !matches!(value, "null" | "true" | "false") {
            self.replace(from, from + value.len(), MASK);
        }
    }

    /// Where the value behind `=` ends: at `&` in a query, at `;` in a connection string, else at a blank.
    fn end_of_assigned(&self, start: usize, line: &str) -> usize {
        let query = self.text[..start].ends_with(['?', '&']);
        let end = if query {
            line.find(|c: char| c == '&' || c.is_whitespace())
        } else {
            line.find(';').or_else(|| line.find(char::is_whitespace))
        };
        end.or_else(|| line.find('"')).unwrap_or(line.len())
    }

    fn bearer(&mut self) {
        let from = blanks(self.text, self.at);
        let token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        let to = from + self.text[from..].find(|c| !token(c)).unwrap_or(self.text.len() - from);
        let word = &self.text[from..to];
        let digits = word.contains(|c: char| c.is_ascii_digit());
        if from > self.at && ((word.len() >= 8 && digits) || word.len() >= 20) {
            self.replace(from, to, MASK);
        }
    }

    /// A private key between its two lines; to the end where the second is cut off.
    fn private_key(&mut self) {
        let rest = self.rest();
        let line = rest["-----BEGIN ".len()..].split("-----").next().unwrap_or_default();
        let head = "-----BEGIN ".len() + line.len() + "-----".len();
        if !line.contains("PRIVATE KEY") || line.contains('\n') || head > rest.len() {
            self.at += 5;
            return;
        }
        let end = rest[head..].find("-----END").map_or(rest.len(), |at| head + at);
        self.replace(self.at + head, self.at + end, MASK);
    }

    /// The password of `scheme://user:password@host`.
    fn web_address(&mut self) {
        let from = self.at + 3;
        self.at = from;
        let rest = &self.text[from..];
        let whole = &rest[..rest.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(rest.len())];
        let host = whole.find('/').unwrap_or(whole.len());
        let Some(colon) = whole[..host].find(':') else { return };
        let behind = &whole[colon + 1..];
        let port = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let is_port = behind[port..].is_empty() || behind[port..].starts_with(['/', '?', '#', ',', ';', ')', '.', ':']);
        match behind.rfind('@') {
            // A colon and a port: what comes later is a path.
            Some(_) if is_port && port > 0 && behind[port..].starts_with('/') => {}
            Some(end) => self.replace(from + colon + 1, from + colon + 1 + end, MASK),
            // It was cut before its end.
            None if !is_port && whole.len() == rest.len() => self.replace(from + colon + 1, self.text.len(), MASK),
            None => {}
        }
    }
}

/// A text in quotes.
#[derive(Clone, Copy)]
struct Quoted<'a> {
    /// What lies between the quotes.
    inner: &'a str,
    /// Behind its closing quote.
    end: usize,
    /// It has one; otherwise the text was cut in it.
    closed: bool,
}

fn quoted(text: &str, start: usize) -> Quoted<'_> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Quoted { inner: &text[start + 1..at], end: at + 1, closed: true },
            _ => {}
        }
    }
    Quoted { inner: &text[start + 1..], end: text.len(), closed: false }
}

fn blanks(text: &str, at: usize) -> usize {
    at + text[at..].find(|c: char| !c.is_ascii_whitespace()).unwrap_or(text.len() - at)
}

/// The text of a JSON string. What is no escape, or was cut in one, stays as it is.
fn unescaped(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let Some(c) = behind.chars().next() else { return out };
        let (plain, taken) = match c {
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            't' => ('\t', 1),
            'b' => ('\u{8}', 1),
            'f' => ('\u{c}', 1),
            'u' => match unit(behind) {
                Some((c, taken)) => (c, taken),
                None => ('u', 1),
            },
            other => (other, other.len_utf8()),
        };
        out.push(plain);
        rest = &behind[taken..];
    }
    out.push_str(rest);
    out
}

/// The character of `uXXXX`, or of a pair of them, and how many bytes it takes.
fn unit(text: &str) -> Option<(char, usize)> {
    let digits = |at: usize| u16::from_str_radix(text.get(at..at + 4)?, 16).ok();
    let first = digits(1)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 5));
    }
    let second = text.get(5..7).filter(|sign| *sign == "\\u").and_then(|_| digits(7));
    let pair = char::decode_utf16([first, second.unwrap_or_default()]).next()?;
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 5), |c| (c, 11)))
}

/// What lies between quotes, masked, and with its escapes again; none when nothing is masked in it.
fn masked_inside(inner: &str, depth: usize) -> Option<String> {
    // Nobody follows it further: what has quotes of its own in it may hold anything.
    if depth >= DEPTH && inner.contains("\\\"") {
        return Some(MASK.to_owned());
    }
    if !inner.contains('\\') {
        return masked(inner, depth + 1);
    }
    let masked = masked(&unescaped(inner), depth + 1)?;
    let escaped = serde_json::to_string(&masked).ok()?;
    Some(escaped[1..escaped.len() - 1].to_owned())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// An AWS access key ID; where the text was cut, its beginning.
fn is_key_id(word: &str, last: bool) -> bool {
    let behind = word.strip_prefix("AKIA").or_else(|| word.strip_prefix("ASIA"));
    behind.is_some_and(|behind| {
        let sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        (behind.len() == 16 || (last && (8..16).contains(&behind.len()))) && behind.chars().all(sign)
    })
}

/// A JSON web token: its first part is always the beginning of a JSON object in base 64.
fn is_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() >= 20 && word.is_ascii()
}

/// The last part of a signed web address.
fn is_signature(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == "sig" || word.ends_with("signature")
}

/// Where the value behind `:` ends. One word; the rest of the line where only a secret can stand. A sentence of an error
/// (`ExpiredToken: The provided token has expired`) is no value.
fn end_of_said(word: &str, line: &str, quoted: bool) -> usize {
    const ONLY: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "apikey",
        "xapikey",
        "authorization",
        "clientsecret",
        "privatekey",
        "secretkey",
        "accesskey",
        "connectionstring",
    ];
    let name: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let end = [line.find(';'), line.find(", "), line.find('}')].into_iter().flatten().min().unwrap_or(line.len());
    if ONLY.contains(&name.as_str()) || quoted || !line[..end].trim_end().contains(char::is_whitespace) {
        return end;
    }
    0
}
