//! `reseat query`: SQL that reads, on a backup of the source, on a version, on a file.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::desk::{Desk, EVENTS, HUB, OLD, codes, hours_ago, key, sample, with_bucket};
use crate::support::bucket::{Ask, Fault};
use crate::support::terminal::Starter;

const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

/// So many rows, some 130 bytes each.
fn many(rows: u32) -> String {
    format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {rows})
         SELECT x, printf('%0120d', x) AS payload FROM n"
    )
}

#[test]
fn a_backup_is_asked_and_left_as_it_is() {
    let desk = Desk::new();
    let before = desk.tree();
    let sql =
        "SELECT kind, count(*) AS events, NULL AS n, x'0aff' AS b FROM Events GROUP BY kind ORDER BY kind LIMIT 1";
    let document = desk.reseat(&["query", &key(OLD), sql, "--json"]).is(0).json();
    assert_eq!(
        document,
        json!({"schema": 1, "columns": ["kind", "events", "n", "b"],
               "rows": [["order-finished", EVENTS / 4, null, {"blob": "0aff"}]]})
    );
    // Without a terminal it is CSV, with --csv too.
    let csv = desk.reseat(&["query", &key(OLD), sql]).is(0);
    assert_eq!(csv.stdout, "kind,events,n,b\norder-finished,50,,x'0aff'\n");
    assert_eq!(csv.stderr, "");
    assert_eq!(desk.reseat(&["query", &key(OLD), sql, "--csv"]).is(0).stdout, csv.stdout);
    assert_eq!(desk.tree(), before);
    // One download for all of them, kept under its digest.
    let kept = std::fs::read_dir(desk.state.join("backups")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(kept.filter(|path| path.extension().is_some_and(|end| end == "db")).count(), 1);
    assert_eq!(desk.reseat(&["restores", "--json"]).is(0).lines().len(), 1, "and it can be forgotten");
}

#[test]
fn a_version_and_a_file_can_be_asked() {
    let (desk, bucket) = with_bucket();
    bucket.versioned();
    let bytes = std::fs::read(desk.backup_path()).unwrap();
    let version = bucket.put(&key(OLD), bytes, &hours_ago(3).to_string()).unwrap();
    bucket.put(&key(OLD), "no database", &hours_ago(1).to_string());
    let sql = "SELECT count(*) FROM Events";
    let address = format!("{}/{}?versionId={version}", bucket.source(), key(OLD));
    assert_eq!(desk.reseat(&["query", &address, sql]).is(0).stdout, "count(*)\n200\n");
    assert!(!desk.state.join("backups").exists(), "it is asked where it lies");
    desk.reseat(&["inspect", &address]).is(0);
    bucket.clear_log();
    assert_eq!(desk.reseat(&["query", &address, sql]).is(0).stdout, "count(*)\n200\n");
    assert_eq!(bucket.log().len(), 1, "what is here is not fetched a second time");
    assert_eq!(desk.reseat(&["query", desk.backup_path().to_str().unwrap(), sql]).is(0).stdout, "count(*)\n200\n");
    // The newest is no database: a finding says so, before any SQL.
    let refused = desk.reseat(&["query", &key(OLD), "nonsense", "--json"]).is(3).json();
    assert!(codes(&refused).contains(&"R202".to_owned()), "{refused}");
    assert!(bucket.only_read());
}

#[test]
fn a_backup_in_a_bucket_is_asked_where_it_lies() {
    let (desk, bucket) = with_bucket();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    sample(HUB, OLD, 60_000).create(&file).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let size = bytes.len();
    assert!(size > 24 << 20, "{size}");
    bucket.put(&key(OLD), bytes, &hours_ago(3).to_string());
    let sql = "SELECT id FROM Events WHERE id > 59997";
    assert_eq!(desk.reseat(&["query", &key(OLD), sql]).is(0).stdout, "id\n59998\n59999\n60000\n");
    let log = bucket.log();
    println!("three rows by their keys: {} requests", log.len());
    assert!(log.len() <= 7 && log[0].method == "HEAD", "{log:?}");
    assert!(log[1..].iter().all(|request| request.if_match.is_some() && request.range.is_some()), "{log:?}");
    assert!(!desk.state.join("backups").exists(), "nothing is kept");
    // All of it would be too much: it says so, and what to do.
    let all = "SELECT id, length(payload) AS n FROM Events";
    let refused = desk.reseat(&["query", &key(OLD), all, "--json"]).is(1);
    let words = format!(
        "it would fetch more than 16.0 MiB or 200 requests of this backup of {}",
        reseat::text::size(size as u64)
    );
    let document = refused.json();
    assert!(document["error"].as_str().unwrap().contains(&words), "{}", document["error"]);
    assert!(document["rows"].as_array().unwrap().len() > 1_000, "what was read by then is given");
    assert!(refused.stderr.contains("`reseat inspect"), "{}", refused.stderr);
    desk.reseat(&["inspect", &key(OLD)]).is(0);
    assert_eq!(desk.reseat(&["query", &key(OLD), all]).is(0).stdout.lines().count(), 60_001);
    // It was replaced since: another object, which is asked where it lies, and never half of each.
    bucket.put(&key(OLD), std::fs::read(desk.backup_path()).unwrap(), &hours_ago(1).to_string());
    assert_eq!(desk.reseat(&["query", &key(OLD), "SELECT count(*) FROM Events"]).is(0).stdout, "count(*)\n200\n");
    bucket.fail(Ask::Get, 1, Fault::Status(412, "PreconditionFailed"));
    let refused = desk.reseat(&["query", &key(OLD), "SELECT 1", "--json"]).is(3).json();
    assert_eq!(codes(&refused), ["R108"]);
    // What is sorted is sorted in memory, of which there is not without end.
    let peak = desk.peak(&["query", &key(OLD), &format!("{} ORDER BY payload DESC LIMIT 1", many(100_000))]);
    println!("12 MB sorted: {peak} KiB");
    assert!(peak < 64 << 10, "{peak}");
    let sorted = format!("SELECT * FROM ({}) ORDER BY payload || payload DESC", many(400_000));
    let refused = desk.reseat(&["query", &key(OLD), &sorted]).is(1);
    assert!(refused.stderr.contains("out of memory"), "{}", refused.stderr);
}

#[test]
fn each_ending_has_its_status_and_a_sentence() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    for (sql, said) in [
        ("SELEC 1", "the SQL is wrong: near \"SELEC\""),
        ("SELECT * FROM Nowhere", "no such table: Nowhere"),
        ("DELETE FROM Events", "a query only reads"),
        ("ATTACH '/tmp/x.db' AS x", "a query only reads"),
        ("SELECT load_extension('x')", "not authorized to use function: load_extension"),
        ("PRAGMA user_version = 9", "a query only reads"),
        ("SELECT 1; SELECT 2", "one SQL statement is needed, and only one"),
        ("", "one SQL statement is needed"),
        ("SELECT '\u{1b}[2J' FROM x\u{202e}", "\\u{202e}"),
    ] {
        let ran = desk.reseat(&["query", &backup, sql]).is(2);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{sql}: {}", ran.stderr);
        assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']));
        let document = desk.reseat(&["query", &backup, sql, "--json"]).is(2).json();
        assert!(document["error"].as_str().unwrap().contains(said), "{document}");
    }
    desk.reseat(&["query", &backup, "SELECT 1", "--csv", "--json"]).is(2);
    desk.reseat(&["query", "/no/such/file", "SELECT 1"]).is(4);
    let cut = desk.folder.join("cut.db");
    let bytes = std::fs::read(&backup).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 4096]).unwrap();
    let ran = desk.reseat(&["query", cut.to_str().unwrap(), "SELECT 1", "--json"]).is(3);
    assert!(codes(&ran.json()).contains(&"R203".to_owned()), "{}", ran.stdout);
}

#[test]
fn a_fault_in_the_middle_leaves_a_document_that_can_be_read() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    let sql = "SELECT id, json(CASE id WHEN 3 THEN '{' ELSE '{}' END) AS j FROM Events";
    let ran = desk.reseat(&["query", &backup, sql, "--json"]).is(2);
    let document = ran.json();
    assert_eq!(document["rows"], json!([[1, "{}"], [2, "{}"]]));
    assert!(document["error"].as_str().unwrap().contains("malformed JSON"), "{document}");
    assert!(ran.stderr.contains("malformed JSON"));
    let ran = desk.reseat(&["query", &backup, sql]).is(2);
    assert_eq!(ran.stdout, "id,j\n1,{}\n2,{}\n");
}

#[test]
fn it_ends_in_time() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    let start = Instant::now();
    let ran = desk.reseat(&["query", &backup, ENDLESS, "--timeout", "1"]).is(1);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(ran.stderr.contains("it took longer than 1 s; --timeout allows more"), "{}", ran.stderr);
}

#[test]
fn ctrl_c_ends_it_at_once() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    for sql in [ENDLESS, "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"] {
        let mut child = desk
            .command(&["query", &backup, sql, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut head = String::new();
        if sql == ENDLESS {
            std::thread::sleep(Duration::from_secs(2));
        } else {
            out.read_line(&mut head).unwrap();
        }
        let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
        let asked = Instant::now();
        out.read_to_string(&mut head).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{sql}");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        // What was printed by then is a whole document.
        let document: serde_json::Value = serde_json::from_str(&head).unwrap();
        assert!(document["error"].as_str().unwrap().contains("stopped"), "{}", document["error"]);
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let mut child =
        desk.command(&["query", &backup, endless]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str(), first.as_str()), (Some(0), "", "x\n"));
}

#[test]
fn a_million_rows_stay_in_bounded_memory() {
    let desk = Desk::new();
    let backup = desk.backup_path().display().to_string();
    for words in [
        vec!["query", &backup, &many(1_000_000)],
        vec!["query", &backup, &many(200_000), "--json"],
        // Sorted outside memory: 100 MB.
        vec!["query", &backup, &format!("SELECT * FROM ({}) ORDER BY payload || payload DESC", many(400_000))],
    ] {
        let peak = desk.peak(&words);
        println!("{:?}: {peak} KiB", &words[3..]);
        assert!(peak < 64 << 10, "{words:?} took {peak} KiB");
    }
}

#[test]
fn secrets_are_covered_unless_asked_for() {
    let desk = Desk::new();
    let path = desk.backup_path();
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "INSERT INTO Settings VALUES ('db_password', 'Zq7hunter2Zq');
             UPDATE Events SET payload = '{\"apiKey\":\"Zq7hunter2Zq\",\"plate\":\"P1\"}' WHERE id = 1;",
        )
        .unwrap();
    drop(connection);
    let backup = path.display().to_string();
    for sql in [
        "SELECT * FROM Settings",
        "SELECT value AS x FROM Settings",
        "SELECT payload FROM Events",
        "SELECT substr(payload, 1, 22) AS beginning FROM Events WHERE id = 1",
    ] {
        for form in ["--csv", "--json"] {
            let ran = desk.reseat(&["query", &backup, sql, form]).is(0);
            assert!(!ran.stdout.contains("Zq7hunt") && ran.stdout.contains("••••••"), "{sql}: {}", ran.stdout);
            let ran = desk.reseat(&["query", &backup, sql, form, "--show-secrets"]).is(0);
            assert!(ran.stdout.contains("Zq7hunt") && !ran.stdout.contains('•'), "{sql}: {}", ran.stdout);
        }
    }
    let ran = desk.reseat(&["query", &backup, "SELECT value FROM Settings"]).is(0);
    assert!(ran.stderr.contains("covered, as it may hold a secret: value; --show-secrets prints it"), "{}", ran.stderr);
}

#[test]
fn hostile_cells_and_names_move_nothing() {
    let desk = Desk::new();
    let path = desk.backup_path();
    let hostile = "\u{1b}[2Jevil\u{202e}\u{200b}\u{7}\u{9b}";
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE Events SET payload = ?1", [hostile]).unwrap();
    connection
        .execute_batch(&format!("CREATE TABLE \"{hostile}\" (\"{hostile}\"); INSERT INTO \"{hostile}\" VALUES (1);"))
        .unwrap();
    drop(connection);
    let backup = path.display().to_string();
    let table = format!("SELECT * FROM \"{hostile}\"");
    for sql in ["SELECT payload FROM Events LIMIT 3", "SELECT name, sql FROM sqlite_schema", &table] {
        for form in ["--csv", "--json"] {
            let ran = desk.reseat(&["query", &backup, sql, form]).is(0);
            let raw = |c: char| hostile.contains(c) && !c.is_ascii_graphic();
            assert!(!ran.stdout.contains(raw) && !ran.stderr.contains(raw), "{sql}: {:?}", ran.stdout);
        }
    }
    // In JSON the value is the same all the same.
    let document = desk.reseat(&["query", &backup, "SELECT payload FROM Events LIMIT 1", "--json"]).is(0).json();
    assert_eq!(document["rows"][0][0], hostile);
}

#[test]
fn a_terminal_gets_a_table_of_its_width() {
    let desk = Desk::new();
    let mut long = sample(HUB, OLD, 5);
    long.payload = 400;
    let backup = desk.backup(&long).display().to_string();
    let home = tempfile::tempdir().unwrap();
    let start = |words: &[&str]| Starter::new(words, home.path()).size(60, 24).start();
    let mut terminal = start(&["query", &backup, "SELECT id, kind, payload, createdAt FROM Events"]);
    assert_eq!(terminal.status(), 0, "{}", terminal.screen());
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
    assert!(lines[0].starts_with("id  kind"), "{screen}");
    assert_eq!(lines.len(), 1 + 1 + 5 + 1, "one line a row, none wrapped: {screen}");
    assert!(lines[2].starts_with(" 1  order-st") && lines[2].contains('…'), "{screen}");
    assert_eq!(lines[7].trim(), "5 rows", "{screen}");
    let mut terminal = start(&["query", &backup, "SELECT id, kind FROM Events LIMIT 1", "--csv"]);
    assert_eq!(terminal.status(), 0);
    assert!(terminal.screen().starts_with("id,kind\n1,order-started"), "{}", terminal.screen());
    std::io::stdout().flush().unwrap();
}
