//! Another S3 server than ours, with real versions: that of moto, in Python. `.ci/run` brings it into `target/moto`; without
//! it nothing is tested here, and that is said.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use futures::StreamExt;
use reseat::catalog::levels::{self, Versions};
use reseat::catalog::{Catalog, CatalogError, Pinned, SourceSpec};
use reseat::database::sample::Sample;
use reseat::world::World;
use serde_json::Value;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const NEW_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
const NEW: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";
const BUCKET: &str = "backups";

fn key() -> String {
    format!("acme größe/datahub/{HUB}/connector/{CONNECTOR}/sqlite.db")
}

/// The server; it ends with this.
struct Moto {
    child: Child,
    endpoint: String,
    home: tempfile::TempDir,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    /// Starts it, where it is at hand.
    fn start() -> Option<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let python = target.join("moto/bin/python");
        if !target.join("moto/complete").is_file() {
            let what = "a server with real versions (moto)";
            eprintln!("NOT TESTED: {what}, because {} is not there; .ci/run brings it", python.display());
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(&python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]).env("HOME", home.path());
        command.current_dir(home.path()).env("TMPDIR", home.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, receiver) = std::sync::mpsc::channel();
        // It says where it listens, then a line for each request: they are read to the end, so that it never waits.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let found = line.split_once("http://127.0.0.1:").map(|(_, rest)| rest.to_owned());
                if let Some(port) = found {
                    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
                    let _ = sender.send(port);
                }
            }
        });
        let Ok(port) = receiver.recv_timeout(Duration::from_secs(40)) else {
            let _ = child.kill();
            let ended = child.wait();
            eprintln!("NOT TESTED: a server with real versions (moto), because it does not start: {ended:?}");
            return None;
        };
        Some(Self { child, endpoint: format!("http://127.0.0.1:{port}"), home })
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST4QXZ".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret-of-anybody".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// Somebody who may write there, which this program never does.
    fn writer(&self) -> Client {
        let credentials = Credentials::new("AKIATESTTESTTEST4QXZ", "not-a-secret-of-anybody", None, None, "test");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .force_path_style(true);
        Client::from_conf(config.build())
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        let environment = self.environment().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let world = World { environment, ..World::real() };
        let spec = SourceSpec::parse(&format!("s3://{BUCKET}")).unwrap();
        reseat::catalog::open(&SourceSpec { endpoint: Some(self.endpoint.clone()), ..spec }, &world).unwrap()
    }

    /// The binary; its status and its document.
    fn reseat(&self, words: &[&str]) -> (i32, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reseat"));
        command
            .args(words)
            .args(["--source", &format!("s3://{BUCKET}"), "--json"])
            .env_clear()
            .envs(self.environment());
        command.env("HOME", self.home.path()).env("RESEAT_STATE_DIR", self.home.path().join("state"));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let document = if lines.len() == 1 { lines.into_iter().next().unwrap() } else { Value::Array(lines) };
        let status = output.status.code().unwrap();
        println!("{words:?} -> {status} {}", String::from_utf8_lossy(&output.stderr));
        (status, document)
    }
}

/// A database with so many events.
fn database(folder: &Path, events: u64) -> Vec<u8> {
    let path: PathBuf = folder.join(format!("{events}.db"));
    let newest = "2026-11-17T02:51:00Z".parse().unwrap();
    let sample = Sample::new(HUB.parse().unwrap(), CONNECTOR.parse().unwrap(), newest);
    Sample { events, ..sample }.create(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn codes(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn versions_of_another_server() {
    let Some(moto) = Moto::start() else { return };
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Three versions a second and more apart, as a listing has whole seconds; then the file is deleted.
    let (versions, times) = runtime.block_on(async {
        let writer = moto.writer();
        writer.create_bucket().bucket(BUCKET).send().await.unwrap();
        let kept = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        writer.put_bucket_versioning().bucket(BUCKET).versioning_configuration(kept).send().await.unwrap();
        let (mut versions, mut times) = (Vec::new(), Vec::new());
        for events in [10, 20, 30] {
            let body = database(folder.path(), events).into();
            let put = writer.put_object().bucket(BUCKET).key(key()).body(body).send().await.unwrap();
            versions.push(put.version_id().unwrap().to_owned());
            tokio::time::sleep(Duration::from_millis(1_100)).await;
            times.push(World::real().now());
            tokio::time::sleep(Duration::from_millis(1_100)).await;
        }
        writer.delete_object().bucket(BUCKET).key(key()).send().await.unwrap();
        (versions, times)
    });

    // Newest first, the marker before all.
    let catalog = moto.catalog();
    runtime.block_on(async {
        let page = catalog.versions("", None).await.unwrap();
        let place = page.objects.first().and_then(|object| object.place.clone()).expect("a connector's backup");
        assert_eq!(place.org.raw(), "acme größe");
        let found = levels::backups(&catalog, &(&place).into()).await.unwrap();
        assert_eq!(found.versions, Versions::Listed);
        let seen: Vec<_> = found.entries.iter().map(|entry| (entry.deleted, entry.latest)).collect();
        assert_eq!(seen, [(true, true), (false, false), (false, false), (false, false)]);
        let listed: Vec<_> = found.entries[1..].iter().map(|entry| entry.version.clone().unwrap()).collect();
        assert_eq!(listed, versions.iter().rev().cloned().collect::<Vec<_>>());
        // A search finds it behind its marker.
        let mut objects = levels::Objects::new(&catalog);
        assert_eq!(objects.next(|_| panic!("nothing is there")).await.unwrap(), Some(0));
        let mut deleted = Vec::new();
        objects.next_deleted(|object| deleted.push((object.key.to_owned(), object.deleted))).await.unwrap();
        assert_eq!(deleted, [(key(), true)]);
        // A ranged read of a version, pinned to its ETag: the right one comes, another is refused.
        let oldest = found.entries.last().unwrap();
        let right = oldest.pinned();
        assert!(right.etag.is_some() && right.version.is_some(), "{right:?}");
        let mut body = catalog.read(oldest.key.raw(), Some(0..16), &right).await.unwrap();
        assert_eq!((body.range.clone(), body.total), (0..16, Some(oldest.size)));
        assert_eq!(body.bytes.next().await.unwrap().unwrap().as_ref(), b"SQLite format 3\0");
        let wrong = Pinned { etag: Some("00000000000000000000000000000000".to_owned()), ..right };
        let refused = catalog.read(oldest.key.raw(), Some(0..16), &wrong).await.map(|_| ()).unwrap_err();
        assert!(matches!(refused, CatalogError::Replaced { .. }), "{refused:?}");
    });

    // The commands: all versions; a look into an old one; a download of it, its events counted.
    let (status, listed) = moto.reseat(&["list", "--versions"]);
    assert_eq!((status, listed.as_array().map(Vec::len)), (0, Some(4)), "{listed}");
    let old = format!("{}?versionId={}", key(), versions[0]);
    let (status, peeked) = moto.reseat(&["peek", &old]);
    assert_eq!((status, peeked["identity"]["connector"].as_str()), (0, Some(CONNECTOR)), "{peeked}");
    assert_eq!(peeked["newestEvent"], "2026-11-17T02:51:00Z", "{peeked}");
    let events = |document: &Value| {
        let tables = document["tables"].as_array().unwrap_or_else(|| panic!("{document}"));
        tables.iter().find(|table| table["name"] == "Events").unwrap()["rows"].as_u64().unwrap()
    };
    let (status, inspected) = moto.reseat(&["inspect", &old]);
    assert_eq!((status, events(&inspected)), (0, 10), "{inspected}");
    assert_eq!(inspected["backup"]["version"], Value::from(versions[0].as_str()));
    let output = folder.path().join("rewritten.db");
    let target = ["--new-hub", NEW_HUB, "--new-connector", NEW, "--accept", "R103,R104,R105,R309,R409,R413"];
    let words = [&["rewrite", old.as_str()], &target[..], &["--output", output.to_str().unwrap()]].concat();
    let (status, rewritten) = moto.reseat(&words);
    assert_eq!((status, rewritten["verified"].as_bool()), (0, Some(true)), "{rewritten}");
    let changed = rewritten["changes"].as_array().unwrap().iter().find(|change| change["table"] == "Events");
    assert_eq!(changed.unwrap()["rows"], 10);

    // Without a version: the newest behind the marker, and it is said; as of a time: the newest until then.
    let (status, newest) = moto.reseat(&["inspect", &key()]);
    assert_eq!((status, events(&newest)), (0, 30), "{newest}");
    assert!(codes(&newest).contains(&"R104"), "{newest}");
    for (at, events_then) in [(0, 10), (1, 20), (2, 30)] {
        let time = times[at].to_string();
        let (status, then) = moto.reseat(&["inspect", &key(), "--as-of", &time]);
        assert_eq!((status, events(&then)), (0, events_then), "as of {time}: {then}");
    }
    println!("moto took {:?}", began.elapsed());
}
