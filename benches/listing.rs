//! A bucket of 200 000 objects, listed: `reseat list` beside `rclone lsf -R` and beside the bare requests, alternating, each a
//! process of its own; the peak of memory of each command that lists; and the first row on a screen. Run it with
//! `cargo bench --bench listing`.
//!
//! The server is a process of its own and renders its XML before it is asked: a page is a slice of what is there.
//!
//! `RESEAT_BENCH_OBJECTS` (200 000), `RESEAT_BENCH_ROUNDS` (5), `RESEAT_BENCH_DELAY` (0, in milliseconds before each answer).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

#[path = "listing/server.rs"]
mod server;
#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::terminal::{Starter, Terminal};

/// 200 organisations, 5 hubs each.
const BUCKET: &str = "backups";
/// As many organisations as objects.
const LEVEL: &str = "level";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => server::serve(&arguments[2..]),
        Some("raw") => println!("{}", raw(&arguments[2])),
        // `cargo test --benches` only wants to know that it compiles.
        _ if arguments.iter().any(|argument| argument == "--test") => {}
        _ if arguments.iter().any(|argument| argument == "--bench") => compare(),
        _ => {}
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn environment(endpoint: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTEST4QXZ".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret-of-anybody".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ("RCLONE_CONFIG", "/dev/null".to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
    ]
}

/// The server, a process of its own.
struct Server {
    child: Child,
    endpoint: String,
}

impl Server {
    fn start(objects: usize, delay: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["serve", &objects.to_string(), &delay.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        Self { child, endpoint: endpoint.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The pages one after the other, their bytes thrown away: what the requests alone take.
fn raw(endpoint: &str) -> usize {
    let mut socket = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
    socket.set_nodelay(true).unwrap();
    let (mut token, mut pages, mut body) = (String::new(), 0, Vec::new());
    loop {
        let query = if token.is_empty() { String::new() } else { format!("&continuation-token={token}") };
        write!(socket, "GET /{BUCKET}?list-type=2{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut reader = BufReader::new(&socket);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).unwrap();
        pages += 1;
        // The token stands at the end.
        let end = String::from_utf8_lossy(&body[length.saturating_sub(400)..]).into_owned();
        match end.split_once("<NextContinuationToken>").and_then(|(_, rest)| rest.split_once('<')) {
            Some((next, _)) => next.clone_into(&mut token),
            None => return pages,
        }
    }
}

/// One way to list everything, its times and its largest peak of memory in kB.
struct Way {
    name: &'static str,
    command: Vec<String>,
    seconds: Vec<f64>,
    peak: u64,
}

impl Way {
    fn new(name: &'static str, command: &[&str]) -> Self {
        let command = command.iter().map(|&word| word.to_owned()).collect();
        Self { name, command, seconds: Vec::new(), peak: 0 }
    }

    /// Once; the lines that it printed.
    fn time(&mut self, endpoint: &str) -> usize {
        // GNU time tells the peak of a child; its own cost is a millisecond.
        let mut command = Command::new("/usr/bin/time");
        command.args(["-q", "-f", "PEAK %M"]).args(&self.command).env_clear().envs(environment(endpoint));
        command.env("PATH", std::env::var_os("PATH").unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let folder = tempfile::tempdir().unwrap();
        command.env("HOME", folder.path()).env("RESEAT_STATE_DIR", folder.path().join("state"));
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let said = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let (mut stdout, mut lines, mut buffer) = (child.stdout.take().unwrap(), 0, vec![0; 1 << 16]);
        loop {
            let read = stdout.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            lines += buffer[..read].split(|byte| *byte == b'\n').count() - 1;
        }
        child.wait().unwrap();
        self.seconds.push(start.elapsed().as_secs_f64());
        let said = said.join().unwrap();
        let peak = said.lines().find_map(|line| line.strip_prefix("PEAK ")).unwrap_or_else(|| panic!("{said}"));
        self.peak = self.peak.max(peak.trim().parse().unwrap());
        lines
    }

    fn median(&self) -> f64 {
        let mut values = self.seconds.clone();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}

fn compare() {
    let (objects, rounds) = (number("RESEAT_BENCH_OBJECTS", 200_000), number("RESEAT_BENCH_ROUNDS", 5));
    let server = Server::start(objects, number("RESEAT_BENCH_DELAY", 0));
    let reseat = env!("CARGO_BIN_EXE_reseat");
    let own = std::env::current_exe().unwrap();
    let source = format!("s3://{BUCKET}");
    let remote = format!(":s3,provider=Other,env_auth=true,list_version=2,endpoint='{}':{BUCKET}", server.endpoint);
    let mut ways = vec![
        Way::new("raw requests", &[&own.display().to_string(), "raw", &server.endpoint]),
        Way::new("reseat list", &[reseat, "list", "--source", &source]),
    ];
    if Command::new("rclone").arg("version").output().is_ok_and(|output| output.status.success()) {
        ways.push(Way::new("rclone lsf -R", &["rclone", "lsf", "-R", "--files-only", &remote]));
    }
    for _ in 0..rounds {
        for way in &mut ways {
            let lines = way.time(&server.endpoint);
            assert!(lines == objects || way.name == "raw requests", "{}: {lines} lines", way.name);
        }
    }
    for way in &ways {
        let all: Vec<String> = way.seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
        println!("{:16} {:.2} s, peak {} kB ({})", way.name, way.median(), way.peak, all.join(" "));
    }
    if let Some(rclone) = ways.get(2) {
        println!("reseat takes {:.2} of rclone; goal: at most 0.30", ways[1].median() / rclone.median());
    }
    // The other commands that list everything: of an audit one part in a thousand is looked into, all of it is listed.
    let mut others = [
        Way::new("list --json", &[reseat, "list", "--json", "--source", &source]),
        Way::new("list --versions", &[reseat, "list", "--versions", "--source", &source]),
        Way::new("audit, a part", &[reseat, "audit", "--shard", "0/1000", "--source", &source]),
    ];
    for way in &mut others {
        way.time(&server.endpoint);
        println!("{:16} {:.2} s, peak {} kB", way.name, way.median(), way.peak);
    }
    println!("goal: each peak below 65536 kB");
    first_row(&server.endpoint, objects, rounds);
    searched(&server.endpoint, objects);
}

/// From the start of a command to the first row on its terminal; and from Enter to the first row of a level in the wizard.
fn first_row(endpoint: &str, objects: usize, rounds: usize) {
    let (mut listed, mut levels, mut ended, mut most) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for _ in 0..rounds {
        let home = tempfile::tempdir().unwrap();
        let source = format!("s3://{LEVEL}");
        let mut starter = Starter::new(&["list", "--source", &source], home.path());
        for (name, value) in environment(endpoint) {
            starter = starter.env(name, &value);
        }
        let start = Instant::now();
        let terminal = starter.start();
        listed.push(until(&terminal, start, "s3://level/org-"));
        drop(terminal);
        let mut terminal = wizard(endpoint, LEVEL, home.path());
        let start = Instant::now();
        terminal.send("\r");
        levels.push(until(&terminal, start, "► org-000000"));
        ended.push(until(&terminal, start, &format!("{} organisations", reseat::text::count(objects as u64))));
        most = peak(&terminal);
        terminal.send("q");
        terminal.status();
    }
    let all = |times: &[Duration]| times.iter().map(|time| time.as_millis().to_string()).collect::<Vec<_>>().join(" ");
    println!("`list` of a level of 200 000, from start to the first row: {} ms; goal: below 100", all(&listed));
    println!(
        "wizard, a level of 200 000, from Enter to the first row: {} ms; to the last: {} ms; peak {most}",
        all(&levels),
        all(&ended)
    );
}

/// The wizard before its organisations: everything is checked.
fn wizard(endpoint: &str, bucket: &str, home: &std::path::Path) -> Terminal {
    let source = format!("s3://{bucket}");
    let mut starter = Starter::new(&["--source", &source], home);
    for (name, value) in environment(endpoint) {
        starter = starter.env(name, &value);
    }
    let mut terminal = starter.start();
    terminal.wait_for("Where are the backups?");
    terminal.send("\r");
    terminal.wait_for("organisations on the first page");
    terminal
}

/// How long after `start` this stands on the screen.
fn until(terminal: &Terminal, start: Instant, wanted: &str) -> Duration {
    // What is so far is not all.
    while !terminal.screen().lines().any(|line| line.contains(wanted) && !line.contains("so far")) {
        assert!(start.elapsed().as_secs() < 120, "{wanted} does not come:\n{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(1));
    }
    start.elapsed()
}

/// The most memory that the wizard had at once.
fn peak(terminal: &Terminal) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.pid())).unwrap();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned()
}

/// A search of everything in the wizard: from its start to the end of the listing, and its peak of memory.
fn searched(endpoint: &str, objects: usize) {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = wizard(endpoint, BUCKET, home.path());
    terminal.send("\r");
    terminal.wait_for("► org-000");
    let start = Instant::now();
    terminal.send("\x06org-000199");
    let first = until(&terminal, start, "► org-000199");
    let ended = format!("{} objects", reseat::text::count(objects as u64));
    let last = until(&terminal, start, &ended);
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!(
        "wizard, search of {objects}: first hit {} ms, all {} ms, peak {peak}",
        first.as_millis(),
        last.as_millis()
    );
    terminal.send("\x1b");
    terminal.wait_for("Which organisation?");
    terminal.send("q");
    terminal.status();
}
