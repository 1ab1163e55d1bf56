//! What a bucket holds and what it refuses (R101 to R107, R112 to R117): walked into, and kept silent in the near miss.

use std::fs;

use reseat::database::sample::Sample;
use serde_json::Value;

use crate::desk::{Desk, EVENTS, HUB, NEW, OLD, Ran, codes, hours_ago, key, sample};
use crate::support::bucket::{Ask, Bucket, Fault, KEY};

/// A desk whose source is a bucket.
pub struct Stand {
    pub desk: Desk,
    pub bucket: Bucket,
}

/// The healthy backup in a bucket, uploaded three hours ago.
pub fn stand() -> Stand {
    let stand = empty(Bucket::start());
    stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(3).to_string());
    stand
}

/// Nothing in the bucket yet.
pub fn empty(bucket: Bucket) -> Stand {
    let mut desk = Desk::new();
    desk.source = bucket.source();
    desk.variables = bucket.environment();
    desk.variables.push(("RESEAT_ENDPOINT_URL", bucket.endpoint()));
    Stand { desk, bucket }
}

impl Stand {
    /// The bytes of the healthy backup.
    pub fn healthy(&self) -> Vec<u8> {
        fs::read(self.desk.backup_path()).unwrap()
    }

    /// The bytes of another database.
    pub fn bytes(&self, sample: &Sample) -> Vec<u8> {
        let path = self.desk.root.parent().unwrap().join("made.db");
        let _ = fs::remove_file(&path);
        sample.create(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        bytes
    }

    /// A restore that the code stops: status 3, everything as it was, no restore begun, and nothing but reading.
    #[track_caller]
    pub fn refused(&self, words: &[&str], code: &str) -> Value {
        let before = self.desk.tree();
        let ran = self.run("restore", words, &["--yes"]).is(3);
        let document = ran.json();
        assert!(codes(&document).iter().any(|found| found == code), "{code}: {document}");
        assert!(ran.stderr.contains(code), "{}", ran.stderr);
        assert!(self.desk.tree() == before, "something was changed");
        assert!(!self.has_journal(), "a restore was begun");
        assert!(self.bucket.only_read());
        finding(&document, code)
    }

    /// A plan that nothing stops, with what it found. Nothing but reading.
    #[track_caller]
    pub fn planned(&self, words: &[&str]) -> Value {
        let before = self.desk.tree();
        let document = self.run("plan", words, &[]).is(0).json();
        assert!(self.desk.tree() == before, "something was changed");
        assert!(self.bucket.only_read());
        document
    }

    fn run(&self, command: &str, words: &[&str], more: &[&str]) -> Ran {
        let mut all = vec![command];
        all.extend(words);
        all.extend(more);
        all.push("--json");
        self.desk.reseat(&all)
    }

    fn has_journal(&self) -> bool {
        let Ok(entries) = fs::read_dir(&self.desk.state) else { return false };
        entries.map(|entry| entry.unwrap().path()).any(|path| path.join("journal.jsonl").exists())
    }
}

/// The finding of this code.
#[track_caller]
pub fn finding(document: &Value, code: &str) -> Value {
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("{code} in {document}")).clone()
}

#[track_caller]
pub fn silent(document: &Value, code: &str) {
    assert!(!codes(document).iter().any(|found| found == code), "{code} in {document}");
}

/// One text of a finding.
pub fn text<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding[field].as_str().unwrap()
}

/// The usual target: another connector on the same hub.
pub fn usual(backup: &str) -> Vec<&str> {
    vec![backup, "--new-connector", NEW]
}

/// Trap R101: the same connector ID, in a bucket that keeps no versions.
/// Quiet R101: the same connector ID, with versions and an upload of this day; or another connector ID.
#[test]
fn the_connector_that_uploads_over_its_own_backup() {
    let stand = stand();
    stand.desk.connector(&sample(HUB, OLD, 0));
    let itself = [&key(OLD), "--new-hub", HUB, "--new-connector", OLD, "--accept", "R410"];
    let found = stand.refused(&itself, "R101");
    assert_eq!((text(&found, "severity"), &found["accepted"]), ("warn", &Value::Bool(false)));
    let kept = text(&found, "remedy").split_whitespace().find(|word| word.contains("/backups/")).unwrap();
    assert_eq!(fs::read(kept.trim_end_matches(':')).unwrap(), stand.healthy(), "it says where the download is");
    silent(&stand.planned(&usual(&key(OLD))), "R101");
    stand.bucket.versioned();
    stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(3).to_string());
    silent(&stand.planned(&itself), "R101");
}

/// Trap R102: the new connector's own backup, uploaded before it had an event, was chosen.
/// Quiet R102: a connector's own backup with events, for itself.
#[test]
fn the_new_connectors_own_empty_backup() {
    let stand = stand();
    stand.bucket.put(&key(NEW), stand.bytes(&sample(HUB, NEW, 0)), &hours_ago(2).to_string());
    let found = stand.refused(&[&key(NEW), "--new-hub", HUB, "--new-connector", NEW], "R102");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "detail").contains("0 events"), "{found}");
    stand.bucket.put(&key(NEW), stand.bytes(&sample(HUB, NEW, 5)), &hours_ago(2).to_string());
    silent(&stand.planned(&[&key(NEW), "--new-hub", HUB, "--new-connector", NEW]), "R102");
}

/// Trap R103: the newest event is 60 hours old, although the upload is of today.
/// Quiet R103: with a newest event 23 hours old it is only said, and needs no acceptance.
#[test]
fn a_backup_that_is_older_than_believed() {
    let stand = stand();
    let of = |hours| stand.bytes(&Sample { newest: hours_ago(hours), ..sample(HUB, OLD, 50) });
    stand.bucket.put(&key(OLD), of(60), &hours_ago(3).to_string());
    let found = stand.refused(&usual(&key(OLD)), "R103");
    assert_eq!(text(&found, "severity"), "warn");
    assert!(text(&found, "detail").contains("NOT in this backup: 2 d 12 h"), "{found}");
    stand.bucket.put(&key(OLD), of(23), &hours_ago(3).to_string());
    let plan = stand.planned(&usual(&key(OLD)));
    assert_eq!((text(&finding(&plan, "R103"), "severity"), &plan["verdict"]), ("info", &Value::from("ok")));
    // The hours are those of the configuration.
    let strict = stand.desk.command(&["plan", &key(OLD), "--new-connector", NEW, "--json"]);
    let output = { strict }.env("RESEAT_WARN_AGE_HOURS", "12").output().unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(text(&finding(&plan, "R103"), "severity"), "warn");
}

/// Trap R104: three versions, a delete marker on top, and another file; nobody named one.
/// Quiet R104: the version was named; or there is only one.
#[test]
fn several_versions_of_which_the_newest_is_taken() {
    let stand = stand();
    silent(&stand.planned(&usual(&key(OLD))), "R104");
    stand.bucket.versioned();
    let older = stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(2).to_string()).unwrap();
    let newest = stand.bytes(&sample(HUB, OLD, EVENTS + 1));
    let version = stand.bucket.put(&key(OLD), newest, &hours_ago(1).to_string()).unwrap();
    stand.bucket.put(&key(OLD).replace("sqlite.db", "copy.db"), stand.healthy(), &hours_ago(1).to_string());
    let inspect = |backup: &str| stand.desk.reseat(&["inspect", backup, "--json"]).is(0).json();
    let document = inspect(&key(OLD));
    let found = finding(&document, "R104");
    assert_eq!(text(&found, "severity"), "info");
    let detail = text(&found, "detail");
    assert!(
        detail.starts_with("The newest of 3 versions was taken, of ") && detail.contains("1 other file"),
        "{detail}"
    );
    stand.bucket.delete(&key(OLD), &hours_ago(0).to_string());
    let document = inspect(&key(OLD));
    assert_eq!(document["backup"]["version"], Value::from(version), "the newest that can be read");
    assert!(text(&finding(&document, "R104"), "detail").contains("deleted in the bucket after it"), "{document}");
    let named = inspect(&format!("{}?versionId={older}", key(OLD)));
    assert_eq!(named["backup"]["version"], Value::from(older));
    silent(&named, "R104");
}

/// Trap R105: 403, where listing is not permitted: missing, or not to be read.
/// Quiet R105: listing is not permitted, and the object can be read; or it is missing where listing is permitted.
#[test]
fn a_refusal_that_has_two_meanings() {
    let stand = stand();
    let ran = stand.run("inspect", &[&key(NEW)], &[]).is(4);
    assert_eq!(codes(&ran.json()), ["R117"]);
    stand.bucket.deny_list();
    let plan = stand.planned(&[&key(OLD), "--new-hub", HUB, "--new-connector", NEW]);
    silent(&plan, "R105");
    // Not there.
    let found = stand.refused(&[&key(NEW), "--new-connector", NEW], "R105");
    assert_eq!(text(&found, "severity"), "block");
    // There, and not to be read: the same answer.
    stand.bucket.deny_get();
    let found = stand.refused(&usual(&key(OLD)), "R105");
    assert!(text(&found, "why").contains("missing") && text(&found, "why").contains("may not be read"), "{found}");
    assert!(text(&found, "remedy").contains("s3:ListBucket"), "{found}");
}

/// Trap R106: the bucket lies in another region, and the answer does not say in which; or the named one refuses, too.
/// Quiet R106: the answer names the region, and it is followed once.
#[test]
fn a_bucket_in_another_region() {
    let stand = stand();
    stand.bucket.lies_in("ap-south-1");
    silent(&stand.planned(&usual(&key(OLD))), "R106");
    stand.bucket.fail(Ask::Any, 1000, Fault::Said(301, "PermanentRedirect", "Use another endpoint."));
    let found = stand.refused(&usual(&key(OLD)), "R106");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "remedy").contains("--region"), "{found}");
    stand.bucket.heal();
    let said = "the region 'eu-central-1' is wrong; expecting 'us-west-2'";
    stand.bucket.fail(Ask::Any, 1000, Fault::Said(400, "AuthorizationHeaderMalformed", said));
    stand.bucket.clear_log();
    let found = stand.refused(&usual(&key(OLD)), "R106");
    assert!(text(&found, "detail").contains("us-west-2"), "it was asked there: {found}");
    assert!(stand.bucket.log().len() <= 6, "it is followed once: {:?}", stand.bucket.log());
}

/// Trap R107: GLACIER, DEEP_ARCHIVE, and a tier of Intelligent-Tiering: each with its command and its time.
/// Quiet R107: a copy was asked back already and is here; GLACIER_IR can be read at once.
#[test]
fn an_archived_backup() {
    let stand = stand();
    let class = |class: &str| {
        stand.bucket.change(&key(OLD), |stored| stored.storage_class = Some(class.to_owned()));
    };
    for (name, time) in [("GLACIER", "3 to 5 hours"), ("DEEP_ARCHIVE", "48 hours")] {
        class(name);
        let found = stand.refused(&usual(&key(OLD)), "R107");
        assert_eq!(text(&found, "severity"), "block");
        assert!(text(&found, "detail").contains(name) && text(&found, "why").contains(time), "{found}");
        let remedy = text(&found, "remedy");
        let command = format!("aws s3api restore-object --bucket backups --key {} --region eu-central-1", key(OLD));
        assert!(remedy.contains(&command) && remedy.contains("--endpoint-url http://127.0.0.1:"), "{remedy}");
        assert!(remedy.contains(r#"--restore-request '{"Days":7,"#), "{remedy}");
    }
    stand.bucket.change(&key(OLD), |stored| stored.restore = Some("ongoing-request=\"true\"".to_owned()));
    assert!(text(&stand.refused(&usual(&key(OLD)), "R107"), "detail").contains("on its way"));
    let back = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"";
    stand.bucket.change(&key(OLD), |stored| stored.restore = Some(back.to_owned()));
    silent(&stand.planned(&usual(&key(OLD))), "R107");
    let stand = self::stand();
    stand.bucket.change(&key(OLD), |stored| stored.storage_class = Some("GLACIER_IR".to_owned()));
    silent(&stand.planned(&usual(&key(OLD))), "R107");
    let stand = self::stand();
    stand.bucket.change(&key(OLD), |stored| {
        stored.storage_class = Some("INTELLIGENT_TIERING".to_owned());
        stored.archive_status = Some("DEEP_ARCHIVE_ACCESS".to_owned());
    });
    let found = stand.refused(&usual(&key(OLD)), "R107");
    assert!(text(&found, "why").contains("12 hours") && !text(&found, "remedy").contains("Days"), "{found}");
}

/// Trap R112: no credentials; expired; an unknown key; the clock 20 minutes off: each says what to do.
/// Quiet R112: a clock 10 minutes off is accepted by S3.
#[test]
fn credentials_that_are_not_accepted() {
    let mut stand = stand();
    stand.bucket.clock_ahead(600);
    silent(&stand.planned(&usual(&key(OLD))), "R112");
    stand.bucket.clock_ahead(1200);
    let forget = |stand: &Stand| fs::remove_dir_all(&stand.desk.state).unwrap();
    forget(&stand);
    let found = stand.refused(&usual(&key(OLD)), "R112");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "detail").contains("clock") && text(&found, "remedy").contains("timedatectl"), "{found}");
    stand.bucket.clock_ahead(0);
    stand.bucket.expire(KEY);
    let found = stand.refused(&usual(&key(OLD)), "R112");
    assert!(text(&found, "detail").contains("expired") && text(&found, "remedy").contains("AWS_"), "{found}");
    let known = stand.desk.variables.clone();
    let without = |name: &str, value: &str| {
        let mut variables = known.clone();
        variables.retain(|(there, _)| *there != name);
        variables
            .push((if name == "AWS_ACCESS_KEY_ID" { "AWS_ACCESS_KEY_ID" } else { "AWS_PROFILE" }, value.to_owned()));
        variables
    };
    stand.desk.variables = without("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWS1");
    assert!(text(&stand.refused(&usual(&key(OLD)), "R112"), "detail").contains("does not know the key ending in OWS1"));
    stand.desk.variables = without("AWS_SECRET_ACCESS_KEY", "nobody");
    let found = stand.refused(&usual(&key(OLD)), "R112");
    assert!(text(&found, "detail").contains("no credentials"), "{found}");
    assert!(text(&found, "remedy").contains("aws sso login --profile nobody"), "{found}");
}

/// Trap R112: the credentials expire in the middle of the download. With new ones it goes on at its byte.
#[test]
fn credentials_that_end_midway() {
    let stand = stand();
    stand.bucket.fail(Ask::Get, 1, Fault::Short(50_000));
    stand.bucket.fail_after(Ask::Get, 1, 1000, Fault::Said(400, "ExpiredToken", "The provided token has expired."));
    stand.refused(&usual(&key(OLD)), "R112");
    stand.bucket.heal();
    stand.bucket.clear_log();
    silent(&stand.planned(&usual(&key(OLD))), "R112");
    let ranges: Vec<_> = stand.bucket.log().into_iter().filter_map(|request| request.range).collect();
    assert_eq!(ranges.len(), 1, "{ranges:?}");
    assert!(ranges[0].starts_with("bytes=50000-"), "{ranges:?}");
}

/// Trap R113: the database of an agent.
/// Quiet R113: another file's name, and IDs in upper case, in the layout of a connector.
#[test]
fn the_key_of_an_agent() {
    let stand = stand();
    stand.bucket.put("acme-bio/agent-7/RAW/sqlitedb", stand.healthy(), &hours_ago(3).to_string());
    let found = stand.refused(&usual("acme-bio/agent-7/RAW/sqlitedb"), "R113");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "detail").contains("agent"), "{found}");
    let odd = format!("acme-bio/datahub/{}/connector/{}/backup 2026.bin", HUB.to_uppercase(), OLD.to_uppercase());
    stand.bucket.put(&odd, stand.healthy(), &hours_ago(3).to_string());
    silent(&stand.planned(&usual(&odd)), "R113");
}

/// Trap R114: the upload is a database in WAL mode.
/// Quiet R114: the same rows with a rollback journal.
#[test]
fn a_backup_of_a_running_connector() {
    let stand = stand();
    silent(&stand.planned(&usual(&key(OLD))), "R114");
    let wal = stand.bytes(&Sample { wal: true, ..sample(HUB, OLD, EVENTS) });
    stand.bucket.put(&key(OLD), wal, &hours_ago(3).to_string());
    let plan = stand.planned(&usual(&key(OLD)));
    assert_eq!(text(&finding(&plan, "R114"), "severity"), "info");
    assert_eq!(plan["verdict"], "ok");
}

/// Trap R115: the newest version has less than a quarter of the bytes of the one before it.
/// Quiet R115: the version before it was chosen; half the bytes are no sign.
#[test]
fn an_emptied_connector_that_wrote_over_its_backup() {
    let stand = stand();
    stand.bucket.versioned();
    let full = stand.bytes(&sample(HUB, OLD, 3000));
    let version = stand.bucket.put(&key(OLD), full.clone(), &hours_ago(2).to_string()).unwrap();
    let emptied = stand.bytes(&sample(HUB, OLD, 1));
    assert!(full.len() > 64 * 1024 && emptied.len() < full.len() / 4);
    stand.bucket.put(&key(OLD), emptied, &hours_ago(1).to_string());
    let found = stand.refused(&usual(&key(OLD)), "R115");
    assert_eq!(text(&found, "severity"), "warn");
    silent(&stand.planned(&usual(&format!("{}?versionId={version}", key(OLD)))), "R115");
    stand.bucket.put(&key(OLD), full, &hours_ago(1).to_string());
    let half = stand.bytes(&sample(HUB, OLD, 1500));
    stand.bucket.put(&key(OLD), half, &hours_ago(0).to_string());
    silent(&stand.planned(&usual(&key(OLD))), "R115");
}

/// Trap R116: nobody listens; the name leads nowhere; the server has a fault of its own.
/// Quiet R116: one answer "slow down" is asked again.
#[test]
fn a_server_that_does_not_answer_as_it_should() {
    let mut stand = stand();
    stand.bucket.fail(Ask::Any, 1, Fault::Said(503, "SlowDown", "Reduce your request rate."));
    silent(&stand.planned(&usual(&key(OLD))), "R116");
    fs::remove_dir_all(&stand.desk.state).unwrap();
    stand.bucket.fail(Ask::Any, 1000, Fault::Said(500, "InternalError", "We are sorry."));
    let found = stand.refused(&usual(&key(OLD)), "R116");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "detail").contains("500 InternalError"), "{found}");
    for (endpoint, words) in [("http://127.0.0.1:9", "No connection"), ("http://nowhere.invalid", "name of the server")]
    {
        stand.desk.variables.retain(|(name, _)| *name != "RESEAT_ENDPOINT_URL");
        stand.desk.variables.push(("RESEAT_ENDPOINT_URL", endpoint.to_owned()));
        let found = stand.refused(&usual(&key(OLD)), "R116");
        assert!(text(&found, "detail").contains(words), "{found}");
    }
}

/// Trap R117: no such bucket; an empty one; one that holds something else.
/// Quiet R117: the backup was deleted, and an older version is behind the marker.
#[test]
fn nothing_there() {
    let mut stand = empty(Bucket::start());
    let nothing = |stand: &Stand| finding(&stand.run("list", &[], &[]).is(3).json(), "R117");
    assert!(text(&nothing(&stand), "detail").contains("Nothing else is there"));
    stand.bucket.put("readme.txt", "x", &hours_ago(3).to_string());
    let found = nothing(&stand);
    assert_eq!(text(&found, "severity"), "block");
    assert!(
        text(&found, "detail").contains("1 other object is there, none of a connector: readme.txt"),
        "what is there instead: {found}"
    );
    stand.bucket.versioned();
    stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(3).to_string());
    stand.bucket.delete(&key(OLD), &hours_ago(1).to_string());
    silent(&stand.planned(&usual(&key(OLD))), "R117");
    stand.desk.source = "s3://another-bucket".to_owned();
    assert!(text(&stand.refused(&usual(&key(OLD)), "R117"), "detail").contains("bucket another-bucket"));
}
