//! One line of a journal: written with a CRC over everything behind it, read back strictly.

use crc_fast::{CrcAlgorithm, checksum};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::text::{json_visible, printable};

/// The version of the lines that this program writes and reads.
pub const VERSION: u32 = 1;

const HEAD: &str = "{\"crc\":\"";
const DIGITS: usize = 8;

/// One line, read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Line {
    /// Its number, from 0 and without gaps.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    seq: u64,
    at: Timestamp,
    by: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// The bytes of a line, its line break included.
pub(super) fn render(seq: u64, at: Timestamp, by: &str, event: &Event) -> serde_json::Result<String> {
    let body = json_visible(&serde_json::to_string(&Body { v: VERSION, seq, at, by, event })?);
    let crc = checksum(CrcAlgorithm::Crc32IsoHdlc, body.as_bytes());
    // The body without its opening brace goes behind the CRC; the CRC is over the whole body.
    Ok(format!("{HEAD}{crc:08x}\",{}\n", &body[1..]))
}

/// Reads all lines of a journal. Answers them and how many bytes they take: what lies behind is a torn last line.
/// An error is a sentence that says what is wrong.
pub fn parse(bytes: &[u8]) -> Result<(Vec<Line>, u64), String> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let text = &rest[..end.unwrap_or(rest.len())];
        let last = end.is_none_or(|end| at + end + 1 == bytes.len());
        let number = lines.len() + 1;
        match (end, read_line(text, lines.len() as u64)) {
            (Some(end), Ok(line)) => {
                lines.push(line);
                at += end + 1;
            }
            // Without its line break a line was never finished, whatever stands in it.
            (None, _) if !two_lines(text) => break,
            // A file that grew before its bytes came holds zeros there.
            (Some(_), Err(_)) if last && text.contains(&0) && !two_lines(text) => break,
            (_, Err(why)) => return Err(format!("line {number}: {why}")),
            (None, Ok(_)) => return Err(format!("line {number}: its end is damaged")),
        }
    }
    Ok((lines, at as u64))
}

/// Whether the beginning of another line stands inside: then a line break was damaged, which is no tear.
fn two_lines(text: &[u8]) -> bool {
    text.windows(HEAD.len()).skip(1).any(|window| window == HEAD.as_bytes())
}

fn read_line(text: &[u8], expected: u64) -> Result<Line, String> {
    let damaged = || "its bytes are damaged".to_owned();
    let text = std::str::from_utf8(text).map_err(|_| damaged())?;
    let rest = text.strip_prefix(HEAD).ok_or_else(damaged)?;
    let (crc, rest) = rest.split_at_checked(DIGITS).ok_or_else(damaged)?;
    let tail = rest.strip_prefix("\",").ok_or_else(damaged)?;
    let body = format!("{{{tail}");
    let lower = crc.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let crc = u64::from_str_radix(crc, 16).map_err(|_| damaged())?;
    if !lower || crc != checksum(CrcAlgorithm::Crc32IsoHdlc, body.as_bytes()) {
        return Err(damaged());
    }
    let versioned: Versioned = serde_json::from_str(&body).map_err(|_| "it has no version".to_owned())?;
    if versioned.v != VERSION {
        return Err(format!("it is of version {}, and this reseat knows version {VERSION}", versioned.v));
    }
    let line: Line = serde_json::from_str(&body).map_err(|error| {
        // It quotes what the line says.
        format!("this reseat does not know what it says ({})", printable(&error.to_string()))
    })?;
    if line.seq != expected {
        return Err(format!("it is number {}, and number {expected} belongs here", line.seq));
    }
    Ok(line)
}

#[cfg(test)]
mod tests;
