//! A verified download (all requests, the file, SHA-256 and the checksum of the bucket) against one `curl` stream into a file,
//! and against boto3, the AWS CLI and rclone where they are at hand: same object, same loopback server, same file system,
//! alternating, each a process of its own. Run it with `cargo bench --bench download`.
//!
//! The digest alone over the same bytes is timed, too: it is in the contract, so it bounds what a download can be.
//!
//! `RESEAT_BENCH_MIB` (1024), `RESEAT_BENCH_ROUNDS` (5), `RESEAT_BENCH_FOLDER` (`/dev/shm`, where a sync costs nothing),
//! `RESEAT_BENCH_OTHERS` (`python3`, or another Python that has boto3; with it the others are timed, too).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use reseat::catalog::download::{self, DownloadStage, Verification};
use reseat::catalog::{Algorithm, SourceKind, SourceSpec};
use reseat::progress::{Cancel, Progress};
use reseat::world::World;
use sha2::{Digest as _, Sha256};

const KEY: &str =
    "acme/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1/sqlite.db";
const ETAG: &str = "\"0123456789abcdef0123456789abcdef-128\"";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => serve(Path::new(&arguments[2])),
        Some("fetch") => fetch(&arguments[2], Path::new(&arguments[3])),
        // `cargo test --benches` only wants to know that it compiles.
        _ if arguments.iter().any(|argument| argument == "--test") => {}
        _ if arguments.iter().any(|argument| argument == "--bench") => compare(),
        _ => {}
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The command that downloads from an endpoint into a folder.
type Make = Box<dyn Fn(&str, &Path) -> Command>;

/// One way to download, its times and what it last said.
struct Way {
    name: &'static str,
    command: Make,
    seconds: Vec<f64>,
    /// Of the processor, user and system: whatever else the machine does changes it less.
    processor: Vec<f64>,
    said: String,
}

impl Way {
    fn new(name: &'static str, command: impl Fn(&str, &Path) -> Command + 'static) -> Self {
        Self { name, command: Box::new(command), seconds: Vec::new(), processor: Vec::new(), said: String::new() }
    }

    /// Once, into an empty folder.
    fn time(&mut self, endpoint: &str, folder: &Path, size: u64) {
        std::fs::create_dir(folder).unwrap();
        let mut command = (self.command)(endpoint, folder);
        let environment = [
            ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST4QXZ"),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret-of-anybody"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        // rclone refuses to run with it; nothing here has TLS.
        command.envs(environment).env_remove("AWS_CA_BUNDLE");
        let (start, before) = (Instant::now(), cpu(13));
        let output = command.output().unwrap();
        self.seconds.push(start.elapsed().as_secs_f64());
        self.processor.push(cpu(13).iter().sum::<f64>() - before.iter().sum::<f64>());
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().clone_into(&mut self.said);
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
        assert_eq!(files.collect::<Vec<_>>(), [size], "{}", self.name);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

fn ways() -> Vec<Way> {
    let mut ways = vec![
        Way::new("curl", |endpoint, folder| {
            let mut command = Command::new("curl");
            command.args(["--silent", "--show-error", "--fail", "--output"]).arg(folder.join("curl.db"));
            command.arg(format!("{endpoint}/backups/{KEY}"));
            command
        }),
        Way::new("reseat", |endpoint, folder| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["fetch", endpoint]).arg(folder);
            command
        }),
    ];
    let Ok(python) = std::env::var("RESEAT_BENCH_OTHERS") else { return ways };
    let script = "import sys, boto3; boto3.client('s3', endpoint_url=sys.argv[1])\
                  .download_file('backups', sys.argv[2], sys.argv[3])";
    ways.push(Way::new("boto3", move |endpoint, folder| {
        let mut command = Command::new(&python);
        command.args(["-c", script, endpoint, KEY]).arg(folder.join("boto3.db"));
        command
    }));
    ways.push(Way::new("aws", |endpoint, folder| {
        let mut command = Command::new("aws");
        command.args(["--endpoint-url", endpoint, "s3", "cp", "--quiet"]);
        command.arg(format!("s3://backups/{KEY}")).arg(folder.join("aws.db"));
        command
    }));
    ways.push(Way::new("rclone", |endpoint, folder| {
        let mut command = Command::new("rclone");
        command.arg("copyto").arg(format!(":s3,provider=Other,env_auth=true,endpoint='{endpoint}':backups/{KEY}"));
        command.arg(folder.join("rclone.db"));
        command
    }));
    let there = |way: &Way| {
        let program = (way.command)("", Path::new("")).get_program().to_owned();
        Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    ways.retain(|way| there(way) || way.name == "reseat");
    ways
}

fn compare() {
    let (mib, rounds) = (number("RESEAT_BENCH_MIB", 1024), number("RESEAT_BENCH_ROUNDS", 5));
    let folder = std::env::var_os("RESEAT_BENCH_FOLDER").map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let object = folder.path().join("object");
    make(&object, mib);
    let server = Server::start(&object);
    let mut ways = ways();
    for _ in 0..rounds {
        for way in &mut ways {
            way.time(&server.endpoint, &folder.path().join("to"), mib * 1024 * 1024);
        }
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for way in &ways {
        let all: Vec<String> = way.seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
        // Each against the stream of its own round: whatever else the machine does is then nearly the same for both.
        let ratio = median(way.seconds.iter().zip(&ways[0].seconds).map(|(seconds, curl)| seconds / curl).collect());
        let seconds = median(way.seconds.clone());
        let processor = median(way.processor.clone());
        let all = all.join(" ");
        println!("{:7} {seconds:.2} s, ratio {ratio:.2} ({all}), processor {processor:.2} s {}", way.name, way.said);
    }
    println!(
        "digest  {:.2} s: SHA-256 alone, of the same bytes in memory; no verified download is quicker",
        digest(&object)
    );
    println!("goal: reseat at most 0.80 of curl, ahead of the others, peak below 65536 kB");
}

/// Seconds that the digest takes by itself, once the file is in memory.
fn digest(path: &Path) -> f64 {
    let mut piece = vec![0; 256 * 1024];
    let mut quickest = f64::INFINITY;
    for _ in 0..3 {
        let (mut file, mut digest, start) = (File::open(path).unwrap(), Sha256::new(), Instant::now());
        loop {
            let read = file.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            digest.update(&piece[..read]);
        }
        std::hint::black_box(digest.finalize());
        quickest = quickest.min(start.elapsed().as_secs_f64());
    }
    quickest
}

/// Bytes of which no two pieces are alike.
fn make(path: &Path, mib: u64) {
    let mut file = File::create(path).unwrap();
    let mut state = 1u64;
    for _ in 0..mib {
        let words = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        });
        let bytes: Vec<u8> = words.take(128 * 1024).flat_map(u64::to_le_bytes).collect();
        file.write_all(&bytes).unwrap();
    }
}

/// What is measured: the download as the program does it.
fn fetch(endpoint: &str, folder: &Path) {
    let kind = SourceKind::S3 { bucket: "backups".to_owned(), prefix: String::new() };
    let spec = SourceSpec { endpoint: Some(endpoint.to_owned()), ..SourceSpec::new(kind) };
    let catalog = reseat::catalog::open(&spec, &World::real()).unwrap();
    let (start, mut stages) = (Instant::now(), Vec::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let done = runtime.block_on(async {
        let backup = catalog.head(KEY, None).await.unwrap().backup;
        let mut seen = |progress: Progress<DownloadStage>| {
            if stages.last().is_none_or(|(stage, _)| *stage != progress.stage) {
                stages.push((progress.stage, start.elapsed().as_secs_f64()));
            }
        };
        download::fetch(catalog.as_ref(), &backup, folder, &mut seen, &Cancel::default()).await.unwrap()
    });
    assert_eq!(done.verification, Verification::Checksum(Algorithm::Crc64Nvme));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    let [user, system] = cpu(11);
    let stages: Vec<String> = stages.iter().map(|(stage, at)| format!("{stage:?} from {at:.2}")).collect();
    println!("peak {peak}, user {user:.2} s, system {system:.2} s, {}", stages.join(", "));
}

/// Processor time in seconds, user and system: of this process (field 11 of its status), or of its ended children (13).
fn cpu(field: usize) -> [f64; 2] {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    [fields[field], fields[field + 1]].map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
}

/// The server, a process of its own.
struct Server {
    child: Child,
    endpoint: String,
}

impl Server {
    fn start(object: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg("serve").arg(object).stdout(Stdio::piped()).spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        Self { child, endpoint: endpoint.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One object for whoever asks: ranges, If-Match, the checksum; the bytes go from the page cache into the socket.
fn serve(object: &Path) {
    let bytes = std::fs::read(object).unwrap();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes).to_be_bytes();
    drop(bytes);
    let checksum = aws_smithy_types::base64::encode(crc);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    for socket in listener.incoming() {
        let (object, checksum) = (File::open(object).unwrap(), checksum.clone());
        // One who goes away in the middle ends only the own thread.
        std::thread::spawn(move || answer(socket.unwrap(), &object, &checksum));
    }
}

fn answer(mut socket: TcpStream, object: &File, checksum: &str) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let size = object.metadata().ok()?.len();
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        let header = |name: &str| {
            let found = head.iter().filter_map(|line| line.split_once(": "));
            found.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        if header("if-match").is_some_and(|etag| etag != ETAG) {
            socket.write_all(b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n").ok()?;
            continue;
        }
        let range = header("range").and_then(|range| {
            let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
            let to = to.parse().map_or(size, |to: u64| (to + 1).min(size));
            Some((from.parse::<u64>().ok()?, to))
        });
        let (from, to) = range.unwrap_or((0, size));
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        let mut answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: {ETAG}\r\nAccept-Ranges: bytes\r\n\
             Content-Type: application/octet-stream\r\nLast-Modified: Tue, 17 Nov 2026 02:54:00 GMT\r\n",
            to - from
        );
        if range.is_some() {
            answer += &format!("Content-Range: bytes {from}-{}/{size}\r\n", to - 1);
        } else if header("x-amz-checksum-mode").is_some() {
            answer += &format!("x-amz-checksum-crc64nvme: {checksum}\r\nx-amz-checksum-type: FULL_OBJECT\r\n");
        }
        socket.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        if head.first()?.starts_with("GET") {
            let mut at = from;
            while at < to {
                let most = usize::try_from(to - at).ok()?;
                rustix::fs::sendfile(&socket, object, Some(&mut at), most).ok()?;
            }
        }
    }
}
