//! Asserts the invariants I1 to I8 after a fault, by itself: it opens files, SQLite and journals on its own, and shares no
//! code with what it checks.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// An invariant does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: &'static str,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is violated: {}", self.invariant, self.what)
    }
}

pub type Checked<T = ()> = Result<T, Violation>;

fn hold(invariant: &'static str, holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation { invariant, what: what() }) }
}

/// What the target holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Old,
    New,
}

/// A database with its side files, by suffix.
type Files = BTreeMap<&'static str, Vec<u8>>;

/// Owner, group, mode and the attributes of a file.
type Looks = (u32, u32, u32, Vec<(String, Vec<u8>)>);

/// Knows how everything was before the act.
#[derive(Clone)]
pub struct Checker {
    pub target: PathBuf,
    pub journal: PathBuf,
    /// The restore's folder, which holds the safety copies.
    pub folder: PathBuf,
    source: Vec<u8>,
    before: Files,
    looks: Option<Looks>,
    old: String,
    new: String,
    /// What somebody made of the new contents since.
    written: Option<String>,
    /// It is written into the live file: the contents count, not the bytes.
    in_place: bool,
    seen: RefCell<HashMap<Vec<u8>, String>>,
}

impl Checker {
    /// Looks at everything before the act begins.
    pub fn new(target: &Path, source: &Path, journal: &Path, folder: &Path) -> Self {
        let before = read_set(target);
        let source = fs::read(source).unwrap();
        let new = contents(&Files::from([("", source.clone())]));
        Self {
            target: target.to_owned(),
            journal: journal.to_owned(),
            folder: folder.to_owned(),
            looks: target.exists().then(|| looks(target)),
            old: contents(&before),
            new,
            written: None,
            in_place: false,
            before,
            source,
            seen: RefCell::default(),
        }
    }

    /// Somebody wrote to the new database: what it holds now is what an undo must keep.
    pub fn somebody_wrote(&mut self) {
        self.written = Some(contents(&read_set(&self.target)));
    }

    /// Whatever comes next is written into the live file.
    pub fn in_place(&mut self) {
        self.in_place = true;
    }

    /// The same rows are read over and over.
    fn contents(&self, set: &Files) -> String {
        let mut key = Sha256::new();
        for (suffix, bytes) in set {
            key.update(suffix);
            key.update(bytes.len().to_le_bytes());
            key.update(bytes);
        }
        let key = key.finalize().to_vec();
        if let Some(known) = self.seen.borrow().get(&key) {
            return known.clone();
        }
        let contents = contents(set);
        self.seen.borrow_mut().insert(key, contents.clone());
        contents
    }

    /// I1: wholly the old or wholly the new contents, as SQLite reads them with the side files that lie there.
    pub fn i1_whole(&self) -> Checked<Holds> {
        let set = read_set(&self.target);
        let there = self.contents(&set);
        let names: Vec<_> = set.keys().collect();
        let new = self.written.as_ref().unwrap_or(&self.new);
        hold("I1", there == self.old || there == *new, || {
            format!("neither old nor new, with side files {names:?}: {}", &there[..there.len().min(60)])
        })?;
        Ok(if there == self.old { Holds::Old } else { Holds::New })
    }

    /// I2: each safety copy that the journal calls taken is there, whole, and holds the old contents; the first one byte
    /// for byte. What somebody wrote since is in the copy that undoing takes, before it goes.
    pub fn i2_safety_copies(&self) -> Checked {
        let (mut first, mut kept) = (true, false);
        for act in &self.acts() {
            match act["stage"].as_str() {
                // What an undo wrote into the live file are the old contents in other bytes.
                Some("undone") => first = !self.in_place,
                Some("safe") => {
                    self.i2_safety_copy(&act["safety"], &[&self.old], first.then_some(&self.before))?;
                    first = false;
                }
                Some("after") => {
                    // An undo may begin while the old database is still there, half folded.
                    let written = self.written.as_ref().unwrap_or(&self.new);
                    self.i2_safety_copy(&act["safety"], &[&self.old, written], None)?;
                    kept = true;
                }
                _ => {}
            }
        }
        let begun = self.acts().iter().any(|act| act["stage"] == "undo");
        let gone = begun && self.written.is_some() && self.i1_whole()? == Holds::Old;
        hold("I2", kept || !gone, || "what was written since is nowhere".to_owned())
    }

    fn i2_safety_copy(&self, safety: &Value, expected: &[&String], bytes: Option<&Files>) -> Checked {
        let folder = PathBuf::from(safety["folder"].as_str().unwrap());
        let mut raw = Files::new();
        for (suffix, field) in [("", "database"), ("-wal", "wal"), ("-journal", "journal")] {
            let name = format!("raw.{}", if field == "database" { "db" } else { field });
            if let Some(digest_there) = safety[field]["sha256"].as_str() {
                let bytes = fs::read(folder.join(&name)).unwrap_or_default();
                hold("I2", digest(&bytes) == digest_there, || format!("{name} is not what the journal says"))?;
                raw.insert(suffix, bytes);
            }
        }
        hold("I2", bytes.is_none_or(|bytes| raw == *bytes), || {
            "the safety copy is not the old set, byte for byte".to_owned()
        })?;
        hold("I2", expected.contains(&&self.contents(&raw)), || "the safety copy holds other contents".to_owned())?;
        if let Some(digest_there) = safety["folded"]["yes"]["sha256"].as_str() {
            let bytes = fs::read(folder.join("folded.db")).unwrap_or_default();
            hold("I2", digest(&bytes) == digest_there, || "folded.db is not what the journal says".to_owned())?;
            let same = self.contents(&Files::from([("", bytes)])) == self.contents(&raw);
            hold("I2", same, || "the folded copy holds other contents".to_owned())?;
        }
        Ok(())
    }

    /// I3: whatever was asked of S3, it was reading.
    pub fn i3_only_read<'a>(methods: impl IntoIterator<Item = &'a str>) -> Checked {
        for method in methods {
            hold("I3", matches!(method, "GET" | "HEAD" | "LIST"), || format!("S3 was asked to {method}"))?;
        }
        Ok(())
    }

    /// I4: what the journal says is so. `said` is what the program said when it ended, where it came to its end.
    pub fn i4_agrees(&self, said: Option<Holds>) -> Checked {
        let holds = self.i1_whole()?;
        let last = self.last_stage();
        let allowed = match last.as_deref() {
            None | Some("start" | "safe" | "stopped" | "restored" | "undone") => Some(Holds::Old),
            Some("placed") => Some(Holds::New),
            _ => None,
        };
        hold("I4", allowed.is_none_or(|allowed| allowed == holds), || {
            format!("the journal ends with {last:?}, and the target holds {holds:?}")
        })?;
        hold("I4", said.is_none_or(|said| said == holds), || format!("it said {said:?}, and there is {holds:?}"))?;
        let ended = match said {
            Some(Holds::New) => last.as_deref() == Some("placed"),
            Some(Holds::Old) => matches!(last.as_deref(), None | Some("undone" | "stopped")),
            None => true,
        };
        hold("I4", ended, || format!("it said {said:?}, and the journal ends with {last:?}"))
    }

    /// I4 for a person who looks into the folder: while a restore is at work there, its marker says where its journal is.
    pub fn i4_marked(&self) -> Checked {
        let own = own_files(&self.target);
        let (marker, others): (Vec<_>, Vec<_>) = own.into_iter().partition(|path| ends(path, ".json"));
        let done = matches!(self.last_stage().as_deref(), Some("placed" | "stopped" | "restored" | "undone"));
        if others.is_empty() || done {
            return Ok(());
        }
        let said = marker.first().and_then(|path| fs::read(path).ok());
        let said: Option<Value> = said.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let names = said.is_some_and(|said| said["journal"] == self.folder.to_str().unwrap());
        hold("I4", names, || "own files lie in the folder, and no marker says whose they are".to_owned())
    }

    /// I5 after undoing: the old set, byte for byte; in the live file its contents.
    pub fn i5_back(&self) -> Checked {
        let now = read_set(&self.target);
        if self.in_place {
            return hold("I5", self.contents(&now) == self.old, || "the old contents are not back".to_owned());
        }
        let names: Vec<_> = now.keys().collect();
        hold("I5", now == self.before, || format!("the old set is not back byte for byte: {names:?}"))
    }

    /// I5 after continuing: the new file alone; in the live file its contents.
    pub fn i5_placed(&self) -> Checked {
        if self.in_place {
            let now = self.contents(&read_set(&self.target));
            return hold("I5", now == self.new, || "the new contents are not there".to_owned());
        }
        let alone = read_set(&self.target) == Files::from([("", self.source.clone())]);
        hold("I5", alone, || "the new file is not there, alone".to_owned())
    }

    /// I6 in a final state: no temporary files, no side files but the old ones, no locks, no processes.
    pub fn i6_clean(&self) -> Checked {
        let own = own_files(&self.target);
        hold("I6", own.is_empty(), || format!("left in the folder: {own:?}"))?;
        self.i6_no_side_files()?;
        // A copy that was never called taken is half done, and the next attempt uses its folder again.
        for folder in self.acts().iter().filter_map(|act| act["safety"]["folder"].as_str()) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let file = entry.file_name().into_string().unwrap();
                let known = ["raw.db", "raw.wal", "raw.journal", "folded.db"].contains(&file.as_str());
                hold("I6", known, || format!("left in {folder}: {file}"))?;
            }
        }
        self.i6_no_locks()?;
        self.i6_no_processes()
    }

    fn i6_no_side_files(&self) -> Checked {
        if self.in_place {
            // They are those of whoever has it open.
            return Ok(());
        }
        let now = read_set(&self.target);
        let strangers: Vec<_> = now.keys().filter(|suffix| !suffix.is_empty() && now != self.before).copied().collect();
        hold("I6", strangers.is_empty(), || format!("side files are left: {strangers:?}"))?;
        let shm = PathBuf::from(format!("{}-shm", self.target.display()));
        hold("I6", !shm.exists(), || "a -shm is left".to_owned())
    }

    fn i6_no_locks(&self) -> Checked {
        // As they stand in the list of locks: device and number.
        let shown = |path: &Path| {
            let status = fs::metadata(path).ok()?;
            let (major, minor) = (rustix::fs::major(status.dev()), rustix::fs::minor(status.dev()));
            Some(format!(" {major:02x}:{minor:02x}:{} ", status.ino()))
        };
        let ours: Vec<String> =
            [shown(&self.target), self.target.parent().and_then(shown)].into_iter().flatten().collect();
        let held = || {
            // Room from the start, for few reads: each skips a lock for every one that went since the last.
            let mut locks = String::with_capacity(64 * 1024);
            fs::File::open("/proc/locks").unwrap().read_to_string(&mut locks).unwrap();
            locks.lines().find(|line| ours.iter().any(|shown| line.contains(shown))).map(str::to_owned)
        };
        // A process that is just being started holds a copy of every descriptor for a moment.
        for _ in 0..50 {
            if held().is_none() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(Violation { invariant: "I6", what: format!("a lock is left: {:?}", held()) })
    }

    fn i6_no_processes(&self) -> Checked {
        let target = self.target.to_str().unwrap();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            let left = line.contains("__helper") && line.contains(target);
            hold("I6", !left, || format!("a process is left: {line}"))?;
        }
        Ok(())
    }

    /// I7: owner, mode, ACL and label of the target are what they were.
    pub fn i7_looks(&self) -> Checked {
        let Some(before) = &self.looks else { return Ok(()) };
        if !self.target.exists() {
            return Ok(());
        }
        let now = looks(&self.target);
        hold("I7", now == *before, || format!("owner, mode or attributes were {before:?} and are {now:?}"))
    }

    /// I8: the secret stands in none of these texts, and in no file below these folders.
    pub fn i8_no_secret(secret: &str, texts: &[&str], folders: &[&Path]) -> Checked {
        for text in texts {
            hold("I8", !text.contains(secret), || "a secret is in what was said".to_owned())?;
        }
        for path in folders.iter().flat_map(|folder| files_below(folder)) {
            let bytes = fs::read(&path).unwrap_or_default();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            hold("I8", !found, || format!("a secret is in {}", path.display()))?;
        }
        Ok(())
    }

    /// I8: memory and time are bounded.
    pub fn i8_bounded(what: &str, used: u64, limit: u64) -> Checked {
        hold("I8", used <= limit, || format!("{what}: {used}, and at most {limit} are allowed"))
    }

    /// What holds at each moment, whatever happened.
    pub fn always(&self) -> Checked<Holds> {
        let holds = self.i1_whole()?;
        self.i2_safety_copies()?;
        self.i4_agrees(None)?;
        self.i7_looks()?;
        Ok(holds)
    }

    /// What holds after a placing, or an undoing, that came to its end.
    pub fn ended(&self, said: Holds) -> Checked {
        self.always()?;
        self.i4_agrees(Some(said))?;
        match said {
            Holds::New => self.i5_placed()?,
            Holds::Old => self.i5_back()?,
        }
        self.i6_clean()
    }

    /// The stages of placing that the journal holds, as they stand in it. A torn last line does not count.
    pub fn acts(&self) -> Vec<Value> {
        let bytes = fs::read(&self.journal).unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let values = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        let acts = values.map(|value| if value["act"].is_object() { value["act"].clone() } else { value });
        acts.filter(|act| act["stage"].is_string()).collect()
    }

    /// The last stage of placing or undoing.
    pub fn last_stage(&self) -> Option<String> {
        Some(self.acts().last()?["stage"].as_str()?.to_owned())
    }
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn ends(path: &Path, suffix: &str) -> bool {
    path.to_string_lossy().ends_with(suffix)
}

fn own_files(target: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(target.parent().unwrap()).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("/.reseat-")).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

fn read_set(target: &Path) -> Files {
    let path = |suffix| format!("{}{suffix}", target.display());
    ["", "-wal", "-journal"].into_iter().filter_map(|suffix| Some((suffix, fs::read(path(suffix)).ok()?))).collect()
}

fn looks(path: &Path) -> Looks {
    let status = fs::metadata(path).unwrap();
    let mut names = vec![0_u8; 4096];
    let size = rustix::fs::listxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..size].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut attributes: Vec<(String, Vec<u8>)> = names
        .map(|name| {
            let mut value = vec![0_u8; 4096];
            let size = rustix::fs::getxattr(path, name, &mut value[..]).unwrap();
            (String::from_utf8_lossy(name).into_owned(), value[..size].to_vec())
        })
        .collect();
    attributes.sort();
    (status.uid(), status.gid(), status.mode() & 0o7777, attributes)
}

/// What SQLite reads: the check, the schema and every row of every table; or the bytes, where it cannot open the database.
fn contents(set: &Files) -> String {
    let Some(bytes) = set.get("") else { return "nothing".to_owned() };
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let copy = folder.path().join("copy.db");
    for (suffix, bytes) in set {
        fs::write(format!("{}{suffix}", copy.display()), bytes).unwrap();
    }
    read_all(&copy).unwrap_or_else(|_| format!("bytes {}", digest(bytes)))
}

fn read_all(copy: &Path) -> rusqlite::Result<String> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0))?;
    let mut said = Sha256::new();
    let mut schema = connection.prepare("select type, name, ifnull(sql, '') from sqlite_schema order by name")?;
    let entries = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let entries: Vec<(String, String, String)> = entries.collect::<rusqlite::Result<_>>()?;
    for (kind, name, sql) in &entries {
        said.update(format!("{kind} {name} {sql};"));
        if kind != "table" {
            continue;
        }
        let mut rows = connection.prepare(&format!("select * from \"{name}\""))?;
        let columns = rows.column_count();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                said.update(format!("{:?},", row.get_ref(column)?));
            }
        }
    }
    Ok(format!("{check} {}", hex(&said.finalize())))
}
