//! `reseat audit`: the health of every backup of a source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use quick_xml::events::{BytesStart, Event};
use reseat::database::sample::Sample;
use serde_json::{Value, json};

use crate::desk::{Desk, HUB, Ran, codes, hours_ago, sample, with_bucket};
use crate::support::bucket::{Ask, Bucket, Fault};

fn connector(n: usize) -> String {
    format!("7d0c88f1-3c55-4e6e-9a58-{n:012}")
}

fn key_of(n: usize) -> String {
    format!("acme-bio/datahub/{HUB}/connector/{}/sqlite.db", connector(n))
}

fn made(sample: &Sample) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    sample.create(&path).unwrap();
    fs::read(path).unwrap()
}

fn healthy(n: usize, events: u64) -> Vec<u8> {
    made(&sample(HUB, &connector(n), events))
}

fn now() -> String {
    hours_ago(2).to_string()
}

/// So many healthy backups.
fn stocked(count: usize) -> (Desk, Bucket) {
    let (desk, bucket) = with_bucket();
    for n in 0..count {
        bucket.put(&key_of(n), healthy(n, 3), &now());
    }
    (desk, bucket)
}

/// The number of a line's connector.
fn number(line: &Value) -> usize {
    line["backup"]["connector"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()
}

fn numbers(ran: &Ran) -> BTreeSet<usize> {
    let lines = ran.lines();
    let numbers: BTreeSet<usize> = lines.iter().map(number).collect();
    assert_eq!(numbers.len(), lines.len(), "a backup is told twice");
    numbers
}

/// Good, old, empty, cut, of another connector, several files, deleted, deleted wholly, archived, shrunken, shrunken twice.
fn every_state() -> (Desk, Bucket) {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    bucket.put(&key_of(0), healthy(0, 50), &now());
    let old = Sample { newest: hours_ago(60), ..sample(HUB, &connector(1), 50) };
    bucket.put(&key_of(1), made(&old), &now());
    bucket.put(&key_of(2), Vec::new(), &now());
    let whole = healthy(3, 500);
    bucket.put(&key_of(3), &whole[..whole.len() - 4096], &now());
    bucket.put(&key_of(4), healthy(0, 50), &now());
    bucket.put(&key_of(5), healthy(5, 50), &now());
    bucket.put(&key_of(5).replace("sqlite.db", "other.db"), healthy(5, 40), &hours_ago(9).to_string());
    bucket.put(&key_of(6), healthy(6, 50), &hours_ago(9).to_string());
    bucket.delete(&key_of(6), &now());
    bucket.delete(&key_of(7), &now());
    bucket.put(&key_of(8), healthy(8, 50), &now());
    bucket.change(&key_of(8), |stored| stored.storage_class = Some("DEEP_ARCHIVE".into()));
    bucket.put(&key_of(9), healthy(9, 3_000), &hours_ago(9).to_string());
    bucket.put(&key_of(9), healthy(9, 0), &now());
    bucket.put(&key_of(10), healthy(10, 3_000), &hours_ago(9).to_string());
    bucket.put(&key_of(10), healthy(10, 0), &hours_ago(8).to_string());
    bucket.put(&key_of(10), healthy(10, 1), &now());
    bucket.put("acme-bio/agent-1/RAW/sqlitedb", b"x".to_vec(), &now());
    (desk, bucket)
}

/// Trap R115: an emptied connector has uploaded twice: the version before is as small as the newest.
/// Quiet R115: the older versions are as large as the newest.
#[test]
fn every_state_of_a_backup_is_told() {
    let (desk, bucket) = every_state();
    let ran = desk.reseat(&["--json", "audit"]).is(3);
    let mut seen: BTreeMap<usize, Vec<(String, Vec<String>)>> = BTreeMap::new();
    for line in ran.lines() {
        assert_eq!(line["schema"], 1);
        let verdict = line["verdict"].as_str().unwrap().to_owned();
        seen.entry(number(&line)).or_default().push((verdict, codes(&line)));
    }
    for (n, verdict, wanted) in [
        (0, "ok", vec!["R103"]),
        (1, "warn", vec!["R103"]),
        (2, "block", vec!["R201"]),
        (3, "block", vec!["R203"]),
        (4, "block", vec!["R301"]),
        (5, "ok", vec!["R103", "R104"]),
        (6, "ok", vec!["R103", "R104"]),
        (7, "block", vec!["R117"]),
        (8, "block", vec!["R107"]),
        (9, "warn", vec!["R115"]),
        (10, "warn", vec!["R115"]),
    ] {
        let lines = &seen[&n];
        assert_eq!(lines.len(), if n == 5 { 2 } else { 1 }, "{n}: {lines:?}");
        for (said, found) in lines {
            assert_eq!(said, verdict, "{n}: {lines:?}");
            assert!(wanted.iter().all(|code| found.iter().any(|there| there == code)), "{n}: {lines:?}");
        }
    }
    let good = ran.lines().into_iter().find(|line| number(line) == 0).unwrap();
    assert_eq!(good["identity"]["name"], "Cellario Boston");
    assert_eq!((&good["looked"], &good["notChecked"]), (&json!(true), &json!(["checksum", "integrity", "events"])));
    assert!(good["newestEvent"].is_string() && good["backup"]["etag"].is_string());
    let deleted = ran.lines().into_iter().find(|line| number(line) == 6).unwrap();
    assert!(deleted.to_string().contains("was deleted in the bucket after it"), "{deleted}");
    assert!(ran.stderr.contains("1 other object is there"), "{}", ran.stderr);
    assert!(bucket.only_read() && !desk.state.exists(), "nothing is written, nothing is kept");

    let narrow = desk.reseat(&["audit", "--json", "--org", "nobody"]).is(3);
    assert_eq!(codes(&narrow.json()), ["R117"]);
    bucket.deny_versions();
    let ran = desk.reseat(&["audit", "--json"]).is(3);
    assert!(ran.stderr.contains("Older versions and deleted backups are not seen"), "{}", ran.stderr);
    assert!(ran.lines().iter().all(|line| line["notChecked"].to_string().contains("versions")));
    assert_eq!(ran.lines().len(), 10, "deleted ones are not listed then");
}

#[test]
fn a_table_shows_the_worst_first() {
    let (desk, _bucket) = every_state();
    let text = desk.reseat(&["audit"]).is(3).stdout;
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("/datahub/")).collect();
    let marks: String = rows.iter().filter_map(|row| row.trim_start().chars().next()).collect();
    assert_eq!(marks, "✗✗✗✗✗!!!✓✓✓✓", "{text}");
    assert!(rows[0].contains("R107") && rows[5].contains("R103") && rows[5].contains("2 d 12 h"), "{text}");
    assert!(text.contains("R203  The file ends too early: 1 backup"), "{text}");
    assert!(text.contains("12 backups in s3://backups: 5 cannot be restored, 3 with warnings, 4 without."), "{text}");
    let local = Desk::new();
    let text = local.reseat(&["audit"]).is(0).stdout;
    assert!(text.contains("✓") && text.contains("1 backup in "), "a folder is a source, too: {text}");
    local.reseat(&["audit", "--shard", "3/3"]).is(2);
}

/// A bucket whose names would break every format.
fn nasty() -> (Desk, Bucket) {
    let (desk, bucket) = with_bucket();
    let org = "a\"b<c>&'\\{}\u{202e}\u{fffe}";
    let name = "]]> \"Bos\\ton\" <b>&amp; \u{1b}[2J password=hunter2secret";
    let named = Sample { name: name.to_owned(), newest: hours_ago(60), ..sample(HUB, &connector(1), 5) };
    bucket.put(&key_of(1).replace("acme-bio", org), made(&named), &now());
    bucket.put(&key_of(2), Vec::new(), &now());
    bucket.put(&key_of(3), healthy(3, 5), &now());
    bucket.change(&key_of(3), |stored| stored.storage_class = Some("GLACIER".into()));
    (desk, bucket)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let attribute = element.try_get_attribute(name).unwrap();
    let attribute = attribute.unwrap_or_else(|| panic!("{name} in {element:?}"));
    let value = std::str::from_utf8(&attribute.value).unwrap();
    quick_xml::escape::unescape(value).unwrap().into_owned()
}

#[test]
fn junit_is_xml_that_a_parser_reads() {
    let (desk, _bucket) = nasty();
    let text = desk.reseat(&["audit", "--format", "junit"]).is(3).stdout;
    assert!(!text.contains("hunter2") && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut kinds, mut counts) = (BTreeMap::new(), Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"testsuite" => {
                    counts = ["tests", "failures", "errors"].map(|name| attribute(&element, name)).to_vec();
                }
                b"testcase" => drop(cases.insert(attribute(&element, "name"), attribute(&element, "classname"))),
                b"failure" | b"error" => kinds.push((element.name().as_ref().to_vec(), attribute(&element, "type"))),
                _ => {}
            },
            _ => {}
        }
    }
    kinds.sort();
    assert_eq!(counts, ["3", "1", "1"]);
    assert_eq!(kinds, [(b"error".to_vec(), "R107".to_owned()), (b"failure".to_vec(), "R201".to_owned())]);
    let (name, org) = cases.iter().find(|(name, _)| name.contains("Bos")).unwrap();
    assert!(name.starts_with("]]> \"Bos\\ton\" <b>&amp; \\u{1b}[2J"), "{name}");
    assert!(org.starts_with("a\"b<c>&'\\{}\\u{202e}"), "{org}");
}

/// One sample of the text format: its metric, its labels, its value.
fn samples(text: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
    let sample = |line: &str| {
        let (head, value) = line.rsplit_once(' ').unwrap();
        let (name, mut rest) =
            head.split_once('{').map_or((head, ""), |(name, rest)| (name, rest.strip_suffix('}').unwrap()));
        let mut labels = BTreeMap::new();
        while !rest.is_empty() {
            let (label, quoted) = rest.split_once("=\"").unwrap();
            let (mut value, mut chars) = (String::new(), quoted.char_indices());
            let end = loop {
                match chars.next().unwrap() {
                    (_, '\\') => value.push(match chars.next().unwrap().1 {
                        'n' => '\n',
                        c @ ('"' | '\\') => c,
                        other => panic!("{other} is escaped in {line}"),
                    }),
                    (at, '"') => break at,
                    (_, c) => value.push(c),
                }
            };
            labels.insert(label.to_owned(), value);
            rest = quoted[end + 1..].trim_start_matches(',');
        }
        (name.to_owned(), labels, value.parse().unwrap())
    };
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

#[test]
fn prometheus_reads_the_samples() {
    let (desk, bucket) = nasty();
    // A secret in the names of two keys: masked, they look the same.
    for secret in ["hunter3secret", "hunter4secret"] {
        bucket.put(&key_of(4).replace("sqlite.db", &format!("password={secret}")), healthy(4, 5), &now());
    }
    let text = desk.reseat(&["audit", "--format", "prometheus"]).is(3).stdout;
    assert!(!text.contains("hunter") && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let samples = samples(&text);
    let named: BTreeSet<String> = samples.iter().map(|(name, labels, _)| format!("{name}{labels:?}")).collect();
    assert_eq!(named.len(), samples.len(), "no sample stands twice: {text}");
    // All samples of one metric stand together, after its type.
    let mut metrics: Vec<&str> = samples.iter().map(|(name, ..)| name.as_str()).collect();
    metrics.dedup();
    assert_eq!(metrics.len(), metrics.iter().collect::<BTreeSet<_>>().len(), "{text}");
    assert!(metrics.iter().all(|name| text.contains(&format!("# TYPE {name} gauge\n"))));
    let of = |metric: &str, label: &str, value: &str| {
        let found =
            samples.iter().find(|(name, labels, _)| name == metric && labels.get(label).is_some_and(|it| it == value));
        found.unwrap_or_else(|| panic!("{metric} {label}={value} in {text}")).2
    };
    let same = |a: f64, b: f64| assert!((a - b).abs() < 0.5, "{a} {b}");
    same(of("reseat_backup_verdict", "connector", &connector(1)), 1.0);
    same(of("reseat_backup_verdict", "connector", &connector(2)), 3.0);
    same(of("reseat_backup_finding", "code", "R201"), 1.0);
    same(of("reseat_audit_backups", "verdict", "block"), 2.0);
    let newest = of("reseat_backup_newest_event_timestamp_seconds", "connector", &connector(1));
    assert!((newest - hours_ago(60).as_second() as f64).abs() < 60.0, "{newest}");
    assert!(samples.iter().any(|(name, _, value)| name == "reseat_audit_complete" && *value > 0.5));
    let org = samples.iter().find_map(|(_, labels, _)| {
        labels.get("org").filter(|org| org.starts_with('a') && org.contains('b') && org.contains('<'))
    });
    assert!(org.unwrap().starts_with("a\"b<c>&'\\{}"), "{org:?}");
}

#[test]
fn parts_are_the_whole() {
    let (mut desk, _bucket) = stocked(30);
    let whole = numbers(&desk.reseat(&["audit", "--json"]).is(0));
    assert_eq!(whole, (0..30).collect());
    let mut together = Vec::new();
    for index in 0..3 {
        let ran = desk.reseat(&["audit", "--json", "--shard", &format!("{index}/3")]).is(0);
        assert!(ran.stderr.contains(&format!("part {index}/3 of 30 backups")), "{}", ran.stderr);
        let part = numbers(&ran);
        assert!(!part.is_empty() && part.len() < 30);
        together.extend(part);
    }
    assert_eq!(together.len(), 30);
    assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), whole);
    let second = numbers(&desk.reseat(&["audit", "--json", "--shard", "1/3"]).is(0));
    desk.variables.push(("AWS_BATCH_JOB_ARRAY_INDEX", "1".to_owned()));
    assert_eq!(numbers(&desk.reseat(&["audit", "--json", "--shard", "3"]).is(0)), second);
    desk.variables.pop();
    for (name, value) in [
        ("SLURM_ARRAY_TASK_ID", "6"),
        ("SLURM_ARRAY_TASK_MIN", "5"),
        ("SLURM_ARRAY_TASK_MAX", "7"),
        ("SLURM_ARRAY_TASK_COUNT", "3"),
    ] {
        desk.variables.push((name, value.to_owned()));
    }
    assert_eq!(numbers(&desk.reseat(&["audit", "--json"]).is(0)), second);
    assert_eq!(numbers(&desk.reseat(&["audit", "--json", "--shard", "0/1"]).is(0)), whole);
}

#[test]
fn only_what_is_recent() {
    let (desk, bucket) = stocked(2);
    bucket.put(&key_of(2), healthy(2, 3), &hours_ago(24 * 9).to_string());
    bucket.clear_log();
    assert_eq!(numbers(&desk.reseat(&["audit", "--json", "--since", "7d"]).is(0)), [0, 1].into());
    assert!(bucket.log().iter().all(|request| !request.key.contains(&connector(2))), "it is not looked into");
    assert_eq!(numbers(&desk.reseat(&["audit", "--json", "--since", "2w"]).is(0)), [0, 1, 2].into());
    assert_eq!(numbers(&desk.reseat(&["audit", "--json", "--since", "1h"]).is(0)), [].into());
    desk.reseat(&["audit", "--since", "soon"]).is(2);
}

/// Trap R204: a page in the middle is damaged; an audit that downloads sees it.
/// Quiet R204: an audit that only peeks says nothing of what it did not read, and says that it did not.
#[test]
fn a_deep_audit_finds_what_a_peek_does_not() {
    let (desk, bucket) = stocked(1);
    let mut damaged = healthy(1, 2_000);
    let middle = damaged.len() / 2;
    damaged[middle..middle + 4096].fill(0xff);
    bucket.put(&key_of(1), damaged, &now());
    bucket.put(&key_of(2), healthy(2, 20), &now());
    bucket.change(&key_of(2), |stored| stored.checksum.as_mut().unwrap().1 = "AAAAAAAAAAA=".to_owned());
    let shallow = desk.reseat(&["audit", "--json"]).is(0);
    assert!(shallow.lines().iter().all(|line| line["verdict"] == "ok"));
    let deep = desk.reseat(&["audit", "--json", "--deep"]).is(3);
    for line in deep.lines() {
        let (n, found) = (number(&line), codes(&line));
        match n {
            0 => {
                assert_eq!((&line["verdict"], &line["notChecked"]), (&json!("ok"), &json!([])));
                assert_eq!(line["backup"]["sha256"].as_str().unwrap().len(), 64);
            }
            1 => assert!(found.contains(&"R204".to_owned()), "{line}"),
            _ => assert!(found.contains(&"R110".to_owned()), "{line}"),
        }
    }
    assert_eq!(numbers(&deep).len(), 3);
    let left: Vec<PathBuf> = fs::read_dir(&desk.state).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| path.ends_with("reseat.log")), "{left:?}");
}

/// Starts an audit with a record, waits for `lines` lines, and ends it with a signal. What it printed, and its status.
fn cut_short(desk: &Desk, words: &[&str], lines: usize, signal: nix::sys::signal::Signal) -> (String, Option<i32>) {
    let mut child = desk.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..lines {
        reader.read_line(&mut text).unwrap();
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, signal).unwrap();
    reader.read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap().code())
}

#[test]
fn an_audit_that_was_killed_goes_on() {
    let (desk, bucket) = stocked(24);
    let file = desk.root.parent().unwrap().join("audit.jsonl");
    let words = ["audit", "--json", "--jobs", "2", "--resume", file.to_str().unwrap()];
    bucket.fail(Ask::Get, 10_000, Fault::Late(Duration::from_millis(60)));
    let (_, status) = cut_short(&desk, &words, 5, nix::sys::signal::Signal::SIGKILL);
    assert_eq!(status, None);
    bucket.heal();
    let kept = fs::read_to_string(&file).unwrap();
    let done = kept.lines().count();
    assert!((5..24).contains(&done), "{kept}");
    // The last line was cut by the kill.
    fs::write(&file, format!("{kept}{}", &kept[..100])).unwrap();
    bucket.clear_log();
    let ran = desk.reseat(&words).is(0);
    assert_eq!(numbers(&ran), (0..24).collect());
    assert!(ran.stderr.contains(&format!("{done} backups were looked at before")), "{}", ran.stderr);
    let asked: BTreeSet<String> =
        bucket.log().iter().filter(|it| it.range.is_some()).map(|it| it.key.clone()).collect();
    assert_eq!(asked.len(), 24 - done, "what is in the file is not looked at again");
    // Everything is known now; only what changed since is asked for.
    bucket.put(&key_of(3), Vec::new(), &now());
    bucket.clear_log();
    let ran = desk.reseat(&words).is(3);
    assert_eq!(numbers(&ran), (0..24).collect());
    assert_eq!(bucket.log().iter().filter(|it| it.range.is_some()).count(), 1);
    let cut = ran.lines().into_iter().find(|line| number(line) == 3).unwrap();
    assert_eq!(codes(&cut)[0], "R201");
    // A download is another look than a peek.
    let deep = desk.reseat(&["audit", "--json", "--deep", "--resume", file.to_str().unwrap()]).is(3);
    assert!(deep.lines().iter().all(|line| !line["notChecked"].to_string().contains("integrity")));
    let other = desk.backup_path();
    let before = fs::read(&other).unwrap();
    desk.reseat(&["audit", "--resume", other.to_str().unwrap()]).is(2);
    assert_eq!(fs::read(&other).unwrap(), before, "another file is left alone");
}

#[test]
fn ctrl_c_keeps_what_was_done() {
    let (desk, bucket) = stocked(24);
    bucket.fail(Ask::Get, 10_000, Fault::Late(Duration::from_millis(60)));
    let words = ["audit", "--json", "--jobs", "2"];
    let (text, status) = cut_short(&desk, &words, 4, nix::sys::signal::Signal::SIGINT);
    assert_eq!(status, Some(130));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let done = lines.iter().filter(|line| line["backup"].is_object()).count();
    assert!((4..24).contains(&done), "{text}");
    // A report that is printed at the end is whole, and says that the audit was not.
    let words = ["audit", "--format", "junit", "--jobs", "2", "--resume", "kept.jsonl"];
    let mut child = desk.command(&words);
    child.current_dir(desk.root.parent().unwrap()).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = child.spawn().unwrap();
    let kept = desk.root.parent().unwrap().join("kept.jsonl");
    let begun = Instant::now();
    while fs::read_to_string(&kept).unwrap_or_default().lines().count() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(text.contains("The audit ended early") && text.ends_with("</testsuites>\n"), "{text}");
}

/// Trap R112: the credentials expire while the backups of a source are looked at.
#[test]
fn credentials_that_expire_midway_keep_what_was_done() {
    let (desk, bucket) = stocked(24);
    let file = desk.root.parent().unwrap().join("audit.jsonl");
    let words = ["audit", "--json", "--jobs", "2", "--resume", file.to_str().unwrap()];
    bucket.fail_after(Ask::Get, 9, 10_000, Fault::Said(400, "ExpiredToken", "The provided token has expired."));
    let ran = desk.reseat(&words).is(3);
    let lines = ran.lines();
    let (last, done) = lines.split_last().unwrap();
    assert_eq!(codes(last), ["R112"]);
    assert!(!done.is_empty() && done.len() < 24 && done.iter().all(|line| line["verdict"] == "ok"), "{}", ran.stdout);
    assert!(ran.stderr.contains("It ended early") && ran.stderr.contains("R112"), "{}", ran.stderr);
    bucket.heal();
    bucket.clear_log();
    let ran = desk.reseat(&words).is(0);
    assert_eq!(numbers(&ran), (0..24).collect());
    let asked: BTreeSet<String> =
        bucket.log().iter().filter(|it| it.range.is_some()).map(|it| it.key.clone()).collect();
    assert_eq!(asked.len(), 24 - done.len());
}

/// Trap R116: one backup cannot be read; the others are told all the same, and the next audit looks at it again.
#[test]
fn one_backup_that_does_not_answer_does_not_end_an_audit() {
    let (desk, bucket) = stocked(6);
    bucket.put(&key_of(6), healthy(6, 60_000), &now());
    let file = desk.root.parent().unwrap().join("audit.jsonl");
    let words = ["audit", "--json", "--resume", file.to_str().unwrap()];
    // It sends whole objects, whatever is asked for: short ones are taken so, a long one is not.
    bucket.fail(Ask::Get, 10_000, Fault::Whole);
    let ran = desk.reseat(&words).is(3);
    assert_eq!(numbers(&ran), (0..7).collect());
    for line in ran.lines() {
        let unread = number(&line) == 6;
        assert_eq!((&line["looked"], codes(&line)[0] == "R116"), (&json!(!unread), unread), "{line}");
    }
    bucket.heal();
    bucket.clear_log();
    assert!(desk.reseat(&words).is(0).lines().iter().all(|line| line["verdict"] == "ok"));
    let log = bucket.log();
    let asked: BTreeSet<&str> = log.iter().filter(|it| it.range.is_some()).map(|it| it.key.as_str()).collect();
    assert_eq!(asked, [key_of(6).as_str()].into());
}

/// Runs an audit; how much memory it had at most, in KiB, and how long it had a processor: other work does not count.
fn measured(desk: &Desk, words: &[&str]) -> (Ran, u64, Duration) {
    let mut child = desk.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    let status = format!("/proc/{}/status", child.id());
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let (mut most, mut ticks) = (0, 0_u64);
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|it| it.parse().ok());
        most = most.max(now.unwrap_or(0));
        let text = fs::read_to_string(&stat).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        ticks = ticks.max(fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum());
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let ran = Ran { status: ended.code().unwrap_or(-1), stdout: reader.join().unwrap(), stderr };
    (ran, most, Duration::from_millis(ticks * 10))
}

#[test]
fn many_backups_take_no_more_memory_than_few() {
    let (desk, bucket) = with_bucket();
    let bytes = healthy(0, 3);
    let put = |from: usize, to: usize| (from..to).for_each(|n| drop(bucket.put(&key_of(n), bytes.clone(), &now())));
    put(0, 100);
    let (_, few, _) = measured(&desk, &["audit", "--format", "prometheus"]);
    put(100, 1_100);
    let file = desk.root.parent().unwrap().join("audit.jsonl");
    let resume = ["--resume", file.to_str().unwrap()];
    let (ran, many, took) = measured(&desk, &[&["audit", "--format", "prometheus"], &resume[..]].concat());
    let verdicts = samples(&ran.is(3).stdout).iter().filter(|(name, ..)| name == "reseat_backup_verdict").count();
    assert_eq!(verdicts, 1_100);
    eprintln!("100 backups: {few} KiB; 1 100 backups: {many} KiB in {took:?}");
    assert!(many < few + 24 * 1024, "100 backups: {few} KiB, 1 100 backups: {many} KiB");
    bucket.clear_log();
    let (ran, table, _) = measured(&desk, &[&["audit"], &resume[..]].concat());
    assert!(bucket.log().iter().all(|request| request.range.is_none()), "all of them are known");
    assert!(ran.stdout.contains("100 more are not shown") && ran.stdout.contains("1 100 backups"), "{}", ran.stderr);
    assert!(table < few + 48 * 1024, "{table} KiB");
    assert!(took < Duration::from_secs(60), "{took:?}");
}
