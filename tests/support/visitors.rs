//! Processes that open a database while it is replaced: the test binary itself, started once more.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

const VISIT: &str = "RESEAT_TEST_VISIT";

/// What a visitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visit {
    /// Reads once and keeps the database open.
    Idle,
    /// Keeps a transaction open that read something.
    Reader,
    /// Writes a row, or is refused, and leaves.
    Writer,
    /// Opens the database and waits until it may write a row.
    Waiter,
    /// Writes pairs of rows, one transaction after the other, until it may leave.
    Busy,
}

/// A visitor at work.
pub struct Visitor {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// Starts one, and waits until it has the database open (a writer: until it is done).
pub fn visit(what: Visit, target: &Path) -> Visitor {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "visitor", "--nocapture", "--test-threads=1"])
        .env(VISIT, serde_json::to_string(&(what, target)).unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut visitor = Visitor { child, stdin, stdout };
    visitor.wait_for("open");
    if what == Visit::Waiter {
        // Now it tries to get the lock.
        std::thread::sleep(Duration::from_millis(50));
    }
    visitor
}

impl Visitor {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(&format!("visitor: {word}")) {
            line.clear();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "the visitor ended");
        }
    }

    /// Lets it leave, and tells whether it wrote a row.
    pub fn leave(mut self) -> bool {
        drop(self.stdin.take());
        let mut wrote = false;
        for line in (&mut self.stdout).lines() {
            wrote |= line.unwrap().contains("visitor: wrote");
        }
        self.child.wait().unwrap();
        wrote
    }
}

/// The visitor's side: the whole of a test of each binary that has visitors.
pub fn visitor() {
    let Ok(asked) = std::env::var(VISIT) else { return };
    let (what, target): (Visit, PathBuf) = serde_json::from_str(&asked).unwrap();
    let say = |word: &str| {
        println!("visitor: {word}");
        std::io::stdout().flush().unwrap();
    };
    let connection = Connection::open(target).unwrap();
    let insert = "insert into Settings values ('visitor', 1)";
    match what {
        Visit::Idle | Visit::Reader => {
            if what == Visit::Reader {
                connection.execute_batch("begin").unwrap();
            }
            let read: i64 = connection.query_row("select count(*) from Settings", [], |row| row.get(0)).unwrap();
            assert!(read > 0);
            say("open");
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
        Visit::Busy => {
            connection.busy_timeout(Duration::from_secs(5)).unwrap();
            let leave = std::thread::spawn(|| std::io::stdin().read_line(&mut String::new()).unwrap());
            say("open");
            let pair = "begin immediate; insert into Cursors values (hex(randomblob(8)), 'one');
                update Cursors set v = v || 'x' where k = 'last'; insert into Cursors values (hex(randomblob(8)), 'two'); commit";
            while !leave.is_finished() {
                connection.execute_batch(pair).unwrap();
            }
        }
        Visit::Writer => {
            connection.busy_timeout(Duration::ZERO).unwrap();
            let word = if connection.execute(insert, []).is_ok() { "wrote" } else { "refused" };
            connection.close().unwrap();
            say("open");
            say(word);
        }
        Visit::Waiter => {
            connection.busy_timeout(Duration::from_secs(30)).unwrap();
            say("open");
            let done = connection.execute(insert, []);
            say(if done.is_ok() { "wrote" } else { "refused" });
        }
    }
}
