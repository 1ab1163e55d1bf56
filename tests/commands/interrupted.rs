//! A download that is killed in the middle, and taken up by another process, with other credentials.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reseat::database::sample::Sample;

use crate::desk::{Desk, HUB, OLD, codes, hours_ago, key, sample};
use crate::support::bucket::{Bucket, Fault, KEY};

const PART: u64 = 4 * 1024 * 1024;

/// The bytes of a backup of three ranges, the last one short.
fn large(desk: &Desk) -> Vec<u8> {
    let path = desk.root.parent().unwrap().join("large.db");
    Sample { payload: 20_000, ..sample(HUB, OLD, 500) }.create(&path).unwrap();
    let bytes = fs::read(path).unwrap();
    assert!((2 * PART..3 * PART).contains(&(bytes.len() as u64)), "{}", bytes.len());
    bytes
}

/// The bytes that the list of the unfinished download says are there.
fn listed(desk: &Desk) -> u64 {
    let Ok(entries) = fs::read_dir(desk.state.join("backups/partial")) else { return 0 };
    let paths = entries.map(|entry| entry.unwrap().path());
    let lists = paths.filter(|path| path.extension().is_some_and(|end| end == "parts"));
    let texts: Vec<String> = lists.map(|path| fs::read_to_string(path).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines().skip(1));
    let parts = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    parts.map(|part| part["to"].as_u64().unwrap() - part["from"].as_u64().unwrap()).sum()
}

fn asked(bucket: &Bucket) -> Vec<String> {
    bucket.log().into_iter().filter(|request| request.method == "GET").filter_map(|request| request.range).collect()
}

#[test]
fn a_killed_download_goes_on_in_another_process_with_other_credentials() {
    let bucket = Bucket::start();
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    let bytes = large(&desk);
    bucket.put(&key(OLD), bytes.clone(), &hours_ago(3).to_string());

    // The second range stands still after 3 MiB; when the others are here, the process is killed.
    let came = 3 * 1024 * 1024;
    bucket.fail_within(PART..PART + 1, 1, Fault::Stall(came));
    let here = bytes.len() as u64 - PART + came as u64;
    let mut command = desk.command(&["inspect", &key(OLD), "--json"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while listed(&desk) < here {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} of {here} bytes", listed(&desk));
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    bucket.heal();

    // Another process, whose credentials have expired: one finding, and nothing is lost.
    bucket.expire(KEY);
    let refused = desk.reseat(&["inspect", &key(OLD), "--json"]).is(3).json();
    assert_eq!(codes(&refused), ["R112"]);
    assert_eq!(listed(&desk), here);

    // With others it asks for what is missing, and for nothing else.
    bucket.add_key("AKIAOTHEROTHER1234", "another");
    desk.variables.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.starts_with("AWS_SECRET"));
    desk.variables.push(("AWS_ACCESS_KEY_ID", "AKIAOTHEROTHER1234".to_owned()));
    desk.variables.push(("AWS_SECRET_ACCESS_KEY", "another".to_owned()));
    bucket.clear_log();
    let document = desk.reseat(&["inspect", &key(OLD), "--json"]).is(0).json();
    let rest = format!("bytes={}-{}", PART + came as u64, 2 * PART - 1);
    assert_eq!(asked(&bucket), [rest]);
    assert!(bucket.log().iter().all(|request| request.range.is_none() || request.if_match.is_some()));
    let sha256 = reseat::text::hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    assert!(document.to_string().contains(&sha256), "{document}");
    let kept: PathBuf = desk.state.join("backups/partial");
    assert_eq!(fs::read_dir(kept).unwrap().count(), 0);
}
