//! One line of a journal: written with a CRC over everything behind it, read back strictly.

use crc_fast::{CrcAlgorithm, checksum};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Event;

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
    let body = serde_json::to_string(&Body { v: VERSION, seq, at, by, event })?;
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
    let line: Line =
        serde_json::from_str(&body).map_err(|error| format!("this reseat does not know what it says ({error})"))?;
    if line.seq != expected {
        return Err(format!("it is number {}, and number {expected} belongs here", line.seq));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::super::event::Header;
    use super::*;
    use crate::files::FileId;
    use crate::hub::service::{Service, ServiceKind};
    use crate::hub::stage::Stage as PlaceAct;
    use crate::restore::{Stage, Token};
    use proptest::prelude::*;

    fn sample() -> Vec<u8> {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let header = Header {
            restore: "2026-11-21-1".parse().unwrap(),
            token: Token::random(),
            program: "0.1.0".into(),
            person: "mk".into(),
            user: "root".into(),
            machine: "bos-hub-02".into(),
        };
        let service = Service { kind: ServiceKind::Systemd, name: "datahub.service".into(), stops_also: vec![] };
        let swap = PlaceAct::Swap { old: None, new: FileId { device: 1, inode: u64::MAX }, sha256: "ab".into() };
        let events = [
            Event::Header(header),
            Event::Step { stage: Stage::Place },
            Event::Typed { field: "hub".into(), text: "a\nb\u{1b}{\"crc\":\"".into() },
            Event::Stopping { service },
            Event::Place { act: swap },
        ];
        let lines = events.iter().enumerate();
        lines.map(|(seq, event)| render(seq as u64, at, "mk", event).unwrap()).collect::<String>().into_bytes()
    }

    fn breaks(bytes: &[u8]) -> usize {
        bytes.split(|byte| *byte == b'\n').count() - 1
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = sample();
        let (lines, whole) = parse(&bytes).unwrap();
        assert_eq!(whole, bytes.len() as u64);
        let again: String =
            lines.iter().map(|line| render(line.seq, line.at, &line.by, &line.event).unwrap()).collect();
        assert_eq!(again.into_bytes(), bytes);
    }

    #[test]
    fn torn_at_every_byte_the_whole_lines_stay() {
        let bytes = sample();
        let (all, _) = parse(&bytes).unwrap();
        for cut in 0..bytes.len() {
            let (lines, whole) = parse(&bytes[..cut]).unwrap();
            let breaks = breaks(&bytes[..cut]);
            assert_eq!(lines, all[..breaks], "cut at {cut}");
            let kept = bytes[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            assert_eq!(whole, kept as u64);
            // A file that has its length before its bytes.
            let mut zeros = bytes[..cut].to_vec();
            zeros.resize(cut + 40, 0);
            assert_eq!(parse(&zeros).unwrap().0, all[..breaks], "zeros from {cut}");
        }
    }

    #[test]
    fn other_versions_kinds_and_gaps_are_refused() {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let line = |body: &str| {
            let crc = checksum(CrcAlgorithm::Crc32IsoHdlc, body.as_bytes());
            format!("{HEAD}{crc:08x}\",{}\n", &body[1..])
        };
        let other = line(r#"{"v":2,"seq":0,"at":"2026-11-21T10:00:00Z","by":"mk","kind":"discarded"}"#);
        assert!(parse(other.as_bytes()).unwrap_err().contains("version 2"));
        let unknown = line(r#"{"v":1,"seq":0,"at":"2026-11-21T10:00:00Z","by":"mk","kind":"leap"}"#);
        assert!(parse(unknown.as_bytes()).unwrap_err().contains("does not know"));
        let gap = render(1, at, "mk", &Event::Discarded).unwrap();
        assert!(parse(gap.as_bytes()).unwrap_err().contains("number 0 belongs here"));
    }

    proptest! {
        /// Whatever byte changes, no line is read as something else.
        #[test]
        fn a_flipped_byte_is_never_believed(at in 0usize..2_000, to in any::<u8>()) {
            let good = sample();
            let at = at % good.len();
            prop_assume!(good[at] != to);
            let mut bad = good.clone();
            bad[at] = to;
            let (all, _) = parse(&good).unwrap();
            let hit = breaks(&good[..at]);
            match parse(&bad) {
                Err(_) => {}
                // Only the end of the last line may be taken for a tear.
                Ok((lines, _)) => prop_assert!(hit + 1 == all.len() && lines == all[..hit], "byte {at} to {to}"),
            }
        }
    }
}
