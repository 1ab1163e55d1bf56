//! A bucket in memory behind the real S3 protocol, on a loopback port, with versions and scripted faults.
//!
//! It runs on a thread of its own until it is dropped, so that tests with and without an async runtime, and the real binary
//! in a child process, can all ask it:
//!
//! ```ignore
//! let bucket = Bucket::start();
//! bucket.put("acme/datahub/…/sqlite.db", bytes, "2026-11-17T02:54:00Z");
//! let catalog = bucket.catalog();               // in this process
//! command.envs(bucket.environment());           // or a child, with --source bucket.source()
//! assert!(bucket.only_read());
//! ```

mod server;
mod store;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use md5::{Digest, Md5};
use reseat::catalog::{Algorithm, Catalog, Patience, SourceKind, SourceSpec};
use reseat::world::World;

/// The name of the bucket.
pub const NAME: &str = "backups";
/// A key that the server knows, and its secret.
pub const KEY: &str = "AKIATESTTESTTEST4QXZ";
pub const SECRET: &str = "not-a-secret-of-anybody";
/// Where the bucket lies unless a test moves it.
pub const REGION: &str = "eu-central-1";

/// One stored version, or a delete marker.
#[derive(Clone)]
pub struct Stored {
    pub bytes: bytes::Bytes,
    pub when: jiff::Timestamp,
    pub version: Option<String>,
    pub etag: Option<String>,
    pub checksum: Option<(Algorithm, String, bool)>,
    pub storage_class: Option<String>,
    pub restore: Option<String>,
    pub kms: bool,
    /// The tier of an object that moves between tiers by itself.
    pub archive_status: Option<String>,
    /// The sizes of the parts that it was uploaded in.
    pub parts: Vec<u64>,
    pub deleted: bool,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Any,
    Head,
    Get,
    List,
    Versions,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status, with this code in the body.
    Status(u16, &'static str),
    /// This status and code, with this message.
    Said(u16, &'static str, &'static str),
    /// The body ends after this many bytes, the connection with it.
    Cut(usize),
    /// After this many bytes nothing comes any more.
    Stall(usize),
    /// The byte at this place of the body has one bit turned.
    Flip(usize),
    /// Only so many bytes, announced as if they were all.
    Short(usize),
    /// As many bytes more than were asked for.
    Padded(usize),
    /// The whole object with status 200, whatever the range.
    Whole,
    /// The connection is closed without an answer.
    Hangup,
    /// The answer comes after this time.
    Late(Duration),
    /// The body comes at so many bytes in 50 ms.
    Slow(usize),
    /// 503 `SlowDown`, with `Retry-After` in seconds.
    Busy(u64),
    /// 307 to this address.
    Elsewhere(String),
}

struct Scripted {
    ask: Ask,
    times: usize,
    after: usize,
    /// Only reads that begin within these bytes.
    within: Option<Range<u64>>,
    fault: Fault,
}

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub range: Option<String>,
    pub if_match: Option<String>,
    /// `x-amz-request-payer`.
    pub payer: Option<String>,
    pub host: String,
    /// It came as a proxy gets it, with the whole address.
    pub proxied: bool,
    pub key: String,
    /// When it came.
    pub at: Instant,
}

#[derive(Default)]
struct State {
    keys: BTreeMap<String, Vec<Stored>>,
    versioned: bool,
    deny_list: bool,
    deny_versions: bool,
    /// Listing is permitted below these prefixes only, when there are any.
    only_below: Vec<String>,
    deny_get: bool,
    repeat_pages: bool,
    bare: bool,
    page: usize,
    skew: i64,
    region: String,
    secrets: HashMap<String, String>,
    expired: Vec<String>,
    script: Vec<Scripted>,
    log: Vec<Request>,
    counter: usize,
    /// What is put there after one more head, or after so many more reads.
    swap: Option<(String, Vec<u8>, Option<usize>)>,
    requester_pays: bool,
    access_point: Option<String>,
}

pub struct Bucket {
    state: Arc<Mutex<State>>,
    certificate: Option<String>,
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Bucket {
    /// An empty bucket that keeps no versions.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same behind TLS, with a certificate that nobody but itself has signed.
    pub fn start_tls() -> Self {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        Self::start_with(Some(rcgen::generate_simple_self_signed(names).expect("a certificate")))
    }

    /// The certificate of [`Bucket::start_tls`], as `ca_bundle` takes it.
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().expect("a bucket behind TLS")
    }

    fn start_with(tls: Option<rcgen::CertifiedKey<rcgen::KeyPair>>) -> Self {
        let state = State {
            page: 1000,
            region: REGION.to_owned(),
            secrets: HashMap::from([(KEY.to_owned(), SECRET.to_owned())]),
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let certificate = tls.as_ref().map(|tls| tls.cert.pem());
        let (address, stop, thread) = server::start(Arc::clone(&state), tls.as_ref().map(server::acceptor));
        Self { state, certificate, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Keeps versions from now on.
    pub fn versioned(&self) {
        lock(&self.state).versioned = true;
    }

    /// Stores an object, written at `when` (RFC 3339). Answers its version, where the bucket keeps versions.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>, when: &str) -> Option<String> {
        let bytes: Vec<u8> = bytes.into();
        let etag = reseat::text::hex(&Md5::digest(&bytes));
        let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes).to_be_bytes();
        let checksum = Some((Algorithm::Crc64Nvme, aws_smithy_types::base64::encode(crc), false));
        let stored = Stored {
            bytes: bytes.into(),
            when: when.parse().expect("a time"),
            version: None,
            etag: Some(etag),
            checksum,
            storage_class: None,
            restore: None,
            kms: false,
            archive_status: None,
            parts: Vec::new(),
            deleted: false,
        };
        self.store(key, stored)
    }

    /// Puts a delete marker on top (with versions), or takes the object away.
    pub fn delete(&self, key: &str, when: &str) {
        if lock(&self.state).versioned {
            let when = when.parse().expect("a time");
            let stored = Stored {
                bytes: bytes::Bytes::new(),
                when,
                version: None,
                etag: None,
                checksum: None,
                storage_class: None,
                restore: None,
                kms: false,
                archive_status: None,
                parts: Vec::new(),
                deleted: true,
            };
            self.store(key, stored);
        } else {
            lock(&self.state).keys.remove(key);
        }
    }

    fn store(&self, key: &str, mut stored: Stored) -> Option<String> {
        let mut state = lock(&self.state);
        state.counter += 1;
        stored.version = state.versioned.then(|| format!("v{:05}.{:x}", state.counter, state.counter * 7919));
        let version = stored.version.clone();
        let keep = state.versioned;
        let versions = state.keys.entry(key.to_owned()).or_default();
        if !keep {
            versions.clear();
        }
        versions.push(stored);
        version
    }

    /// Changes what is stored on top of `key`: its checksum, its ETag, its storage class.
    pub fn change(&self, key: &str, change: impl FnOnce(&mut Stored)) {
        change(lock(&self.state).keys.get_mut(key).and_then(|versions| versions.last_mut()).expect("a key"));
    }

    /// After the next request for this key's head, other bytes are put there.
    pub fn replace_after_head(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.state).swap = Some((key.to_owned(), bytes.into(), None));
    }

    /// After `reads` more reads of this key, other bytes are put there.
    pub fn replace_after_reads(&self, key: &str, reads: usize, bytes: impl Into<Vec<u8>>) {
        lock(&self.state).swap = Some((key.to_owned(), bytes.into(), Some(reads)));
    }

    /// The next `times` requests of this kind go wrong.
    pub fn fail(&self, ask: Ask, times: usize, fault: Fault) {
        self.fail_after(ask, 0, times, fault);
    }

    /// The same, after `after` requests of this kind went well.
    pub fn fail_after(&self, ask: Ask, after: usize, times: usize, fault: Fault) {
        lock(&self.state).script.push(Scripted { ask, times, after, within: None, fault });
    }

    /// The next `times` reads that begin within these bytes go wrong, however the others come.
    pub fn fail_within(&self, bytes: Range<u64>, times: usize, fault: Fault) {
        lock(&self.state).script.push(Scripted { ask: Ask::Get, times, after: 0, within: Some(bytes), fault });
    }

    /// Everything goes well again.
    pub fn heal(&self) {
        lock(&self.state).script.clear();
    }

    /// Listing is not permitted; a missing object is then "access denied", as in S3.
    pub fn deny_list(&self) {
        let mut state = lock(&self.state);
        state.deny_list = true;
        state.deny_versions = true;
    }

    /// Listing is permitted below this prefix only.
    pub fn list_only_below(&self, prefix: &str) {
        lock(&self.state).only_below.push(prefix.to_owned());
    }

    /// Stores many objects of the same few bytes at once, where no versions are kept.
    pub fn fill(&self, keys: impl IntoIterator<Item = String>, when: &str) {
        self.put("the pattern", *b"not a database", when);
        let mut state = lock(&self.state);
        let pattern = state.keys.remove("the pattern").expect("it was just put there");
        state.keys.extend(keys.into_iter().map(|key| (key, pattern.clone())));
    }

    /// Listing versions is not permitted.
    pub fn deny_versions(&self) {
        lock(&self.state).deny_versions = true;
    }

    /// Reading objects is not permitted.
    pub fn deny_get(&self) {
        lock(&self.state).deny_get = true;
    }

    /// At most this many entries on a page.
    pub fn page_size(&self, size: usize) {
        lock(&self.state).page = size;
    }

    /// Every page says that the same page comes next.
    pub fn repeat_pages(&self) {
        lock(&self.state).repeat_pages = true;
    }

    /// Leaves out ETag, storage class, times and checksums, as some servers do.
    pub fn bare(&self) {
        lock(&self.state).bare = true;
    }

    /// The bucket lies in this region; requests signed for another are sent there.
    pub fn lies_in(&self, region: &str) {
        region.clone_into(&mut lock(&self.state).region);
    }

    /// The one who reads pays, and must say so.
    pub fn requester_pays(&self) {
        lock(&self.state).requester_pays = true;
    }

    /// The bucket answers for this access point, too, as a part of the server's name: `NAME-ACCOUNT.…`.
    pub fn access_point(&self, label: &str) {
        lock(&self.state).access_point = Some(label.to_owned());
    }

    /// The server's clock is this many seconds ahead of ours; above 15 minutes it refuses requests.
    pub fn clock_ahead(&self, seconds: i64) {
        lock(&self.state).skew = seconds;
    }

    /// Knows one more key.
    pub fn add_key(&self, key: &str, secret: &str) {
        lock(&self.state).secrets.insert(key.to_owned(), secret.to_owned());
    }

    /// From now on these credentials have expired.
    pub fn expire(&self, key: &str) {
        lock(&self.state).expired.push(key.to_owned());
    }

    /// All requests until now.
    pub fn log(&self) -> Vec<Request> {
        lock(&self.state).log.clone()
    }

    /// Forgets the requests until now.
    pub fn clear_log(&self) {
        lock(&self.state).log.clear();
    }

    /// Whether nothing but reading was asked for.
    pub fn only_read(&self) -> bool {
        self.log().iter().all(|request| request.method == "GET" || request.method == "HEAD")
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// `s3://backups`, for `--source`.
    #[allow(clippy::unused_self)]
    pub fn source(&self) -> String {
        format!("s3://{NAME}")
    }

    /// What a child process needs to find the bucket and to be let in.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// A machine whose environment is that of [`Bucket::environment`].
    pub fn world(&self) -> World {
        let environment = self.environment().into_iter().map(|(name, value)| (name.into(), value.into()));
        World { environment: environment.collect::<BTreeMap<OsString, OsString>>(), ..World::real() }
    }

    /// The bucket as a source, with little patience.
    pub fn spec(&self) -> SourceSpec {
        let patience = Patience {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(2),
            quiet: Duration::from_millis(100),
            stall: Duration::from_millis(400),
            pause: Duration::from_millis(5),
            attempts: 4,
        };
        let kind = SourceKind::S3 { bucket: NAME.to_owned(), prefix: String::new() };
        SourceSpec { patience, endpoint: Some(self.endpoint()), ..SourceSpec::new(kind) }
    }

    /// The bucket, opened.
    pub fn catalog(&self) -> Arc<dyn Catalog> {
        reseat::catalog::open(&self.spec(), &self.world()).expect("a catalog")
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
