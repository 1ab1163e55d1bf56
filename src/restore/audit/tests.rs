use std::collections::HashSet;

use jiff::Timestamp;

use super::candidates::Gather;
use super::*;
use crate::catalog::Backup;
use crate::finding::{Code, Finding, Severity};
use crate::restore::assess::Clock;
use crate::restore::documents::{BackupDocument, IdentityDocument, findings};

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";

fn entry(connector: u32, file: &str, size: u64, day: u32) -> Backup {
    let key = format!("acme/datahub/{HUB}/connector/7d0c88f1-3c55-4e6e-9a58-{connector:012}/{file}");
    let modified = Some(format!("2026-11-{day:02}T02:00:00Z").parse().unwrap());
    Backup { size, modified, etag: Some(format!("{size}-{day}")), ..Backup::named("s3://b", "", &key) }
}

fn older(backup: Backup) -> Backup {
    Backup { latest: false, version: Some("v".to_owned()), ..backup }
}

fn gathered(entries: impl IntoIterator<Item = Backup>) -> Vec<Candidate> {
    let mut gather = Gather::default();
    let mut found: Vec<Candidate> = entries.into_iter().flat_map(|entry| gather.add(entry)).collect();
    found.extend(gather.finish());
    found
}

#[test]
fn a_candidate_is_the_newest_version_of_a_file_with_what_lies_beside_it() {
    let found = gathered([
        entry(1, "a.db", 5, 9),
        older(entry(1, "a.db", 90, 8)),
        older(entry(1, "a.db", 70, 7)),
        entry(1, "b.db", 6, 3),
        older(entry(2, "a.db", 8, 2)),
        Backup { deleted: true, ..entry(2, "a.db", 0, 4) },
        Backup { deleted: true, ..entry(3, "a.db", 0, 4) },
    ]);
    let seen: Vec<_> = found.iter().map(|one| (one.backup.size, one.deleted.is_some(), one.others.len())).collect();
    assert_eq!(seen, [(5, false, 3), (6, false, 1), (8, true, 1), (0, true, 1)]);
    assert_eq!(found[0].largest.as_ref().unwrap().size, 90);
    assert_eq!((found[0].others[0].size, found[0].others[2].same_file), (90, false));
    assert!(found[0].is_one_of_several() && found[2].is_one_of_several());
    assert!(found[3].backup.deleted && !found[2].backup.deleted);
    let alone = gathered([entry(1, "a.db", 5, 9), older(entry(1, "a.db", 4, 8))]);
    assert!(!alone[0].is_one_of_several(), "older versions are usual");
}

#[test]
fn no_file_is_lost_however_many_a_connector_has() {
    let names = (0..2_500).map(|n| format!("{n:05}.db"));
    let found = gathered(names.flat_map(|name| [entry(1, &name, 5, 9), older(entry(1, &name, 4, 8))]));
    let keys: HashSet<&str> = found.iter().map(|one| one.backup.key.raw()).collect();
    assert_eq!((found.len(), keys.len()), (2_500, 2_500));
    let versions = std::iter::once(entry(1, "a.db", 5, 9)).chain((0..3_000).map(|_| older(entry(1, "a.db", 4, 8))));
    let one = gathered(versions);
    assert_eq!((one.len(), one[0].others.len()), (1, 1_000));
}

#[test]
fn parts_are_the_whole_without_anything_twice() {
    let ids: Vec<Id> =
        gathered((0..500).map(|connector| entry(connector, "a.db", 5, 9))).iter().map(|one| one.id(false)).collect();
    for of in [1, 2, 3, 7, 64] {
        let parts: Vec<Part> = (0..of).map(|index| Part::new(index, of).unwrap()).collect();
        assert!(ids.iter().all(|id| parts.iter().filter(|part| part.holds(id)).count() == 1));
        let most = parts.iter().map(|part| ids.iter().filter(|id| part.holds(id)).count() as u64).max().unwrap();
        assert!(most <= 500 / of + 60, "one of {of} parts has {most}");
    }
    // The same key belongs to the same part in every version of this program.
    assert_eq!(ids[0].key % 7, gathered([entry(0, "a.db", 6, 10)])[0].id(true).key % 7);
    assert_eq!("3/8".parse::<Part>().unwrap().to_string(), "3/8");
}

fn line(connector: u32, newest: &str, findings_of: &[Finding]) -> Line {
    let candidate = gathered([entry(connector, "a.db", 5, 9)]).remove(0);
    Line {
        schema: 1,
        id: candidate.id(false),
        at: "2026-11-20T12:00:00Z".parse().unwrap(),
        backup: BackupDocument::new(&candidate.backup, None),
        identity: IdentityDocument { name: Some("Bos\u{202e}ton".into()), ..IdentityDocument::default() },
        newest_event: Some(newest.parse().unwrap()),
        looked: true,
        unknown: None,
        not_checked: vec!["integrity".into()],
        findings: findings(findings_of, |_| false),
        verdict: Verdict::of(findings_of),
    }
}

#[test]
fn the_worst_comes_first() {
    let block = Finding::new(Code::R203, Severity::Block, "cut");
    let warn = Finding::new(Code::R103, Severity::Warn, "old");
    let info = Finding::new(Code::R104, Severity::Info, "several");
    let mut lines = [
        line(1, "2026-11-20T00:00:00Z", &[]),
        line(2, "2026-11-20T01:00:00Z", std::slice::from_ref(&warn)),
        line(3, "2026-11-19T00:00:00Z", &[info]),
        line(4, "2026-11-20T02:00:00Z", &[block, warn.clone()]),
        line(5, "2026-11-10T01:00:00Z", &[warn]),
    ];
    lines.sort_by(worst_first);
    let order: Vec<String> =
        lines.iter().map(|line| line.backup.connector.unwrap().to_string()[30..].to_owned()).collect();
    assert_eq!(order.join(" "), "000004 000005 000002 000003 000001");
}

#[test]
fn a_line_comes_back_as_it_was_and_holds_as_long_as_it_is_true() {
    let written = line(1, "2026-11-20T01:00:00Z", &[Finding::new(Code::R104, Severity::Info, "several")]);
    let json = serde_json::to_string(&written).unwrap();
    assert!(json.starts_with(r#"{"schema":1,"id":""#), "{json}");
    let back = Line::read(json.as_bytes()).unwrap();
    assert_eq!((back.id, back.connector(), back.codes()), (written.id, "Bos\\u{202e}ton".to_owned(), vec![]));
    assert_eq!(serde_json::to_string(&back).unwrap(), json);
    let at = |now: &str| Clock::at(now.parse::<Timestamp>().unwrap());
    assert!(back.still_holds(at("2026-11-20T14:00:00Z")));
    assert!(!back.still_holds(at("2026-11-21T02:00:00Z")), "it is old by now");
    assert!(!back.still_holds(at("2026-11-22T12:00:01Z")), "long ago");
    assert!(!back.still_holds(at("2026-11-20T11:00:00Z")), "from the future");
    assert!(!Line { looked: false, ..back }.still_holds(at("2026-11-20T14:00:00Z")));
    // A verdict that its findings do not bear out is not believed.
    assert!(Line::read(json.replace("\"info\"", "\"block\"").as_bytes()).is_none());
    assert!(Line::read(b"{torn").is_none());
    let nasty = json.replace("several", "a\\u001b[2J");
    assert!(Line::read(nasty.as_bytes()).unwrap().findings[0].detail.contains("\\u{1b}"));
}
