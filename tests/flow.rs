//! A whole restore in the demo, by keys, in a pseudo-terminal: looked at in the file and in the journal, then rolled back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

mod support;
use support::terminal::{Starter, Terminal};

const OLD_HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const OLD: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
const NEW_HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
const NEW: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";

/// How many events the chosen version holds.
const EVENTS: i64 = 4820;

/// The demo in a terminal, and the folder that it works in.
struct Demo {
    terminal: Terminal,
    folder: PathBuf,
    // Last: the folder goes after the program.
    _home: tempfile::TempDir,
}

fn demo() -> Demo {
    let home = tempfile::tempdir().unwrap();
    let terminal = Starter::new(&["demo"], home.path()).start();
    terminal.wait_for("Where are the backups?");
    let made = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let folder = made.into_iter().find(|path| path.join("datahub").is_dir()).expect("the demo has a folder");
    Demo { terminal, folder, _home: home }
}

impl Demo {
    fn target(&self) -> PathBuf {
        self.folder.join("datahub").join(NEW).join("sqlite.db")
    }

    /// The folder of the only restore.
    fn restore(&self) -> PathBuf {
        let state = fs::read_dir(self.folder.join("state")).unwrap().map(|entry| entry.unwrap().path());
        state.into_iter().find(|path| path.join("journal.jsonl").is_file()).expect("there is a restore")
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.restore().join("journal.jsonl")).unwrap()
    }

    /// Source to Versions: the cursor stands where it should, so that Enter is enough.
    fn choose(&mut self) {
        self.terminal.send("\r");
        self.terminal.wait("the checks end", |screen| screen.contains("✓ Bucket"));
        self.terminal.send("\r");
        self.terminal.wait_for("Which organisation?");
        self.terminal.wait("the cursor finds the own hub", |screen| screen.contains("► acme-bio "));
        self.terminal.send("\r");
        self.terminal.wait("names come", |screen| screen.contains("► Cellario Boston  "));
        self.terminal.send("\r");
        self.terminal.wait_for("Which version of Cellario Boston?");
    }

    /// Versions to the proof.
    fn rewrite(&mut self) {
        self.terminal.send("\r");
        self.terminal.wait_for("✓ It is sound");
        self.terminal.send("\r");
        self.terminal.wait("the new connector appears", |screen| {
            screen.lines().any(|line| line.contains("►") && line.contains(NEW))
        });
        self.terminal.send("\r");
        self.terminal.wait_for("Is this what you want?");
        for accepted in ["1 is accepted", "2 are accepted", "3 are accepted"] {
            self.terminal.send("a");
            self.terminal.wait_for(accepted);
            if accepted == "2 are accepted" && std::env::var_os("RESEAT_PICTURE").is_some() {
                let picture = self.terminal.picture("reseat: what changes, and what is to be accepted");
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/wizard.svg");
                fs::write(path, picture).unwrap();
            }
        }
        self.terminal.wait_for("Enter rewrites");
        self.terminal.send("\r");
        self.terminal.wait_for("✓ Yes. Only what was planned");
    }

    /// The proof to the placed database.
    fn place(&mut self) {
        self.terminal.send("\r");
        self.terminal.wait_for("R601");
        self.terminal.send("o");
        self.terminal.wait_for("systemctl stop datahub.service");
        self.terminal.send("y");
        self.terminal.wait_for("ID from the platform");
        self.terminal.wait_for("datahub.service is STOPPED");
        self.terminal.type_slowly(&NEW[..8]);
        self.terminal.send("\r");
        self.terminal.wait_for("The restored database is in its place.");
    }
}

fn query(path: &Path, sql: &str) -> Vec<(String, i64)> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Trap R601: the demo's service has the new connector's database open; a key stops it, and Finish starts it again.
#[test]
fn a_whole_restore_by_keys_and_back() {
    let mut demo = demo();
    demo.choose();
    demo.terminal.resize(60, 20);
    demo.terminal.wait("the narrow screen", |screen| screen.contains("step 2 of 8"));
    demo.terminal.resize(80, 24);
    // A key that comes in the same moment as a new size would be read with the next key only.
    demo.terminal.wait("the wide screen", |screen| screen.contains("✓Source ─ ●Backup"));
    demo.rewrite();
    demo.place();

    // In the file: the new IDs, all events, and nothing else was touched.
    let target = demo.target();
    let hubs = query(&target, "select integration, count(*) from Events group by 1");
    assert_eq!(hubs, [(NEW_HUB.to_owned(), EVENTS)]);
    let sources = query(&target, "select source, count(*) from Events group by 1");
    assert_eq!(sources.len(), 1);
    assert!(sources[0].0.contains(NEW) && !sources[0].0.contains(OLD) && !sources[0].0.contains(OLD_HUB));
    let cursors = query(&target, "select v, count(*) from Cursors where k = 'hub'");
    assert_eq!(cursors, [(OLD_HUB.to_owned(), 1)], "what was accepted stays");
    let journal = demo.journal();
    for word in [NEW, "R309", "datahub.service"] {
        assert!(journal.contains(word), "the journal does not hold {word}");
    }

    // The checklist: the service, then what a person does in the platform.
    demo.terminal.send("\r");
    demo.terminal.wait_for("What is left to do?");
    demo.terminal.send("o");
    demo.terminal.wait("the service runs", |screen| !screen.contains("is STOPPED"));
    for step in 2..=4 {
        demo.terminal.send("d");
        demo.terminal.wait("the step is ticked", |screen| {
            screen.contains(&format!("» {step} ")) || screen.contains("runs on the new hub")
        });
    }
    demo.terminal.wait_for("runs on the new hub");
    assert!(demo.restore().join("report.md").is_file());

    // And back, byte for byte.
    demo.terminal.send("b");
    demo.terminal.wait_for("Put back what was there before");
    demo.terminal.wait_for("R601");
    demo.terminal.send("o");
    demo.terminal.wait_for("systemctl stop datahub.service");
    demo.terminal.send("y");
    demo.terminal.wait_for("Type  rollback");
    demo.terminal.type_slowly("rollback");
    demo.terminal.send("\r");
    demo.terminal.wait_for("Rolled back: the database is what it was");
    let back = fs::read(&target).unwrap();
    let copies = fs::read_dir(demo.restore().join("before")).unwrap().map(|entry| entry.unwrap().path());
    assert!(copies.into_iter().any(|copy| fs::read(copy).unwrap() == back), "it is not what the safety copy holds");
    assert_eq!(query(&target, "select 'events', count(*) from Events"), [("events".to_owned(), 0)]);

    demo.terminal.send("q");
    demo.terminal.quiet_for(std::time::Duration::from_millis(200));
    demo.terminal.send("q");
    assert_eq!(demo.terminal.status(), 0);
    assert!(!demo.folder.exists(), "nothing is left behind");
}

#[test]
fn ids_are_pasted_with_and_without_the_terminals_marks() {
    for marked in [true, false] {
        let mut demo = demo();
        demo.choose();
        demo.terminal.send("\r");
        demo.terminal.wait_for("✓ It is sound");
        demo.terminal.send("\r");
        demo.terminal.wait_for("Where shall it live?");
        demo.terminal.send("p");
        demo.terminal.wait_for("Paste the two new IDs");
        let address = format!("https://platform.example/hubs/{NEW_HUB}/connectors/{NEW}");
        if marked {
            demo.terminal.paste(&address);
        } else {
            // A terminal without bracketed paste sends the letters as if they were keys.
            demo.terminal.send(&address);
        }
        // One paste that holds both IDs fills both fields; the web address around them goes.
        demo.terminal.wait("both fields are filled", |screen| {
            let filled = |label: &str, id: &str| {
                screen.lines().any(|line| line.contains(label) && line.contains(id) && line.contains("36 of 36"))
            };
            filled("new hub ID", NEW_HUB) && filled("new connector ID", NEW)
        });
        assert!(!demo.terminal.screen().contains("platform.example"), "{}", demo.terminal.screen());
    }
}
