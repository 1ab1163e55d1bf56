use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::event::{Checked, Downloaded, Header, Noted, Placing, Rewrote, SourceChoice, TargetChoice};
use super::*;
use crate::catalog::Backup;
use crate::files::FileId;
use crate::finding::{Code, Finding, Severity};
use crate::hub::service::{Service, ServiceKind};
use crate::hub::stage::Stage as PlaceAct;
use crate::identity::{ConnectorId, Mapping, Renamed};
use crate::restore::{Stage, Token};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

fn header() -> Header {
    Header {
        restore: "2026-11-21-1".parse().unwrap(),
        token: Token::random(),
        program: "0.1.0".into(),
        person: "mk".into(),
        user: "root".into(),
        machine: "bos-hub-02".into(),
    }
}

/// One line of every kind.
fn every_kind() -> Vec<Event> {
    let connector: ConnectorId = CONNECTOR.parse().unwrap();
    let hub = Renamed { old: HUB.parse().unwrap(), new: HUB.parse().unwrap() };
    let mapping = Mapping { hub, connector: Renamed { old: connector, new: connector } };
    let finding = Finding::new(Code::R409, Severity::Warn, "It may still run.");
    let service = Service { kind: ServiceKind::Systemd, name: "datahub.service".into(), stops_also: vec![connector] };
    let name = || "datahub.service".to_owned();
    let at: Timestamp = "2026-11-21T09:00:00.5Z".parse().unwrap();
    let placing = Placing {
        file: "/s/restored.db".into(),
        sha256: "ab".into(),
        size: u64::MAX,
        hub: hub.new,
        connector,
        target: "/var/datahub/x/sqlite.db".into(),
        events: 1,
        before: None,
    };
    let rewrote = Rewrote {
        sha256: "ab".into(),
        size: 1,
        from: "cd".into(),
        mapping,
        changes: BTreeMap::from([("Events".to_owned(), 2)]),
        stale_full_text: vec!["f\u{1b}".into()],
    };
    let checked =
        Checked { name: Some("n\n".into()), kind: Some("hrb-cellario".into()), events: Some(1), newest: Some(at) };
    vec![
        Event::Header(header()),
        Event::Step { stage: Stage::Place },
        Event::Ticket { text: "T-1".into() },
        Event::Source(SourceChoice { source: "s3://b".into(), ..SourceChoice::default() }),
        Event::Backup { backup: Backup::named("s3://b", "", "a/b\u{202e}").stored() },
        Event::Downloaded(Downloaded { sha256: "ab".into(), size: 1, verified_by: None }),
        Event::Checked(checked),
        Event::Typed { field: "hub".into(), text: "a\nb\u{1b}{\"crc\":\"".into() },
        Event::Target(TargetChoice { mapping, hub_root: Some("/var/datahub".into()) }),
        Event::Findings { stage: Stage::Preview, list: vec![Noted::from(&finding)] },
        Event::Accepted { acceptance: finding.acceptance(), detail: finding.detail.clone() },
        Event::TakenBack { acceptance: finding.acceptance() },
        Event::Rewrote(rewrote),
        Event::Discarded,
        Event::Stopping { service },
        Event::StopFailed { service: name() },
        Event::Stopped { service: name() },
        Event::Starting { service: name() },
        Event::Started { service: name() },
        Event::Placing(placing),
        Event::Place {
            act: PlaceAct::Swap { old: None, new: FileId { device: 1, inode: u64::MAX }, sha256: "ab".into() },
        },
        Event::Receipt { connector, sha256: Some("ab".into()) },
        Event::Tick { step: "sync".into(), seen: false },
        Event::Untick { step: "sync".into() },
        Event::LeftOpen { step: "sync".into() },
        Event::Watched { events: 1, newest: Some(at) },
        Event::RollingBack,
        Event::Refused { stage: Stage::Inspect, codes: vec![Code::R203] },
        Event::Forgotten { bytes: 1 },
    ]
}

fn journal(events: &[Event]) -> Vec<u8> {
    let at = "2026-11-21T10:00:00Z".parse().unwrap();
    let lines = events.iter().enumerate();
    lines.map(|(seq, event)| render(seq as u64, at, "mk", event).unwrap()).collect::<String>().into_bytes()
}

/// Few lines, for tests that try every byte.
fn sample() -> Vec<u8> {
    let kept = |event: &Event| {
        matches!(event, Event::Header(_) | Event::Step { .. } | Event::Typed { .. } | Event::Place { .. })
    };
    journal(&every_kind().into_iter().filter(kept).collect::<Vec<_>>())
}

fn breaks(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

#[test]
fn whatever_is_written_is_read_back() {
    let events = every_kind();
    let bytes = journal(&events);
    let (lines, whole) = parse(&bytes).unwrap();
    assert_eq!(whole, bytes.len() as u64);
    assert_eq!(lines.into_iter().map(|line| line.event).collect::<Vec<_>>(), events);
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
    let foreign = line(r#"{"v":1,"seq":0,"at":"2026-11-21T10:00:00Z","by":"mk","kind":"\u001b[2J"}"#);
    assert!(parse(foreign.as_bytes()).unwrap_err().contains("\\u{1b}[2J"));
    let gap = render(1, at, "mk", &Event::Discarded).unwrap();
    assert!(parse(gap.as_bytes()).unwrap_err().contains("number 0 belongs here"));
}

#[test]
fn a_second_header_and_an_unknown_severity_are_refused() {
    let at = "2026-11-21T10:00:00Z".parse().unwrap();
    let header = header();
    let id = header.restore.clone();
    let twice = [0, 1].map(|seq| render(seq, at, "mk", &Event::Header(header.clone())).unwrap()).concat();
    let (lines, _) = parse(twice.as_bytes()).unwrap();
    assert_eq!(crate::restore::journal::History::of(lines, &id).unwrap_err(), "line 2: a second header");
    let findings = every_kind().into_iter().find(|event| matches!(event, Event::Findings { .. })).unwrap();
    let json = serde_json::to_string(&findings).unwrap();
    let loud = json.replacen("\"severity\":\"", "\"severity\":\"very-", 1);
    assert_ne!(loud, json);
    assert!(serde_json::from_str::<Event>(&loud).unwrap_err().to_string().contains("is no severity"));
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
