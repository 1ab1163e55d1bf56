//! A hub root with one connector whose database is to be replaced, in each state that an old database may be in.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use reseat::database::sample::Sample;
use reseat::files::Files;
use reseat::hub::helper::Helper;
use reseat::hub::place::{self, Kit, Placed, Stopped};
use reseat::hub::stage::{Order, Stage, StageLog};
use reseat::hub::undo::{self, Undone};
use reseat::identity::{ConnectorId, HubId};
use reseat::progress::Cancel;
use reseat::restore::Token;
use reseat::restore::journal::{self, Journal, JournalError};
use reseat::world::World;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::checker::Checker;

pub const HUB: &str = "b7740e12-5c9a-4f36-8e21-6a4d90c701aa";
pub const CONNECTOR: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";

/// In which state the old database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Old {
    Clean,
    Wal,
    Hot,
    Persist,
    Missing,
    /// Not even the connector's folder: placing makes it.
    NoFolder,
    Strays,
    Garbage,
    Ruined,
    Empty,
}

pub const ALL: [Old; 10] = [
    Old::Clean,
    Old::Wal,
    Old::Hot,
    Old::Persist,
    Old::Missing,
    Old::Strays,
    Old::Garbage,
    Old::Ruined,
    Old::Empty,
    Old::NoFolder,
];

/// Files by their names; what a folder holds, or a database with its side files.
pub type Set = BTreeMap<String, Vec<u8>>;

/// One place for a test.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    #[serde(skip)]
    _temp: Option<TempDir>,
    pub old: Old,
    pub base: PathBuf,
    pub root: PathBuf,
    pub target: PathBuf,
    pub order: Order,
    /// The old set, byte for byte.
    pub before: Set,
}

fn now() -> Timestamp {
    "2026-11-19T14:20:00Z".parse().unwrap()
}

pub fn sample(connector: &str, events: u64, wal: bool) -> Sample {
    let (hub, connector): (HubId, ConnectorId) = (HUB.parse().unwrap(), connector.parse().unwrap());
    Sample { events, wal, ..Sample::new(hub, connector, now()) }
}

impl Place {
    pub fn new(old: Old) -> Self {
        Self::within(old, TempDir::new().unwrap(), false)
    }

    /// In memory where that is possible: for tests that sync thousands of times.
    pub fn quick(old: Old) -> Self {
        let temp = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        Self::within(old, temp, old == Old::Clean)
    }

    /// The same with a new database in WAL mode.
    pub fn quick_with_wal(old: Old) -> Self {
        Self::within(old, TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap(), true)
    }

    /// The same with a new database that has no log.
    pub fn quick_without_wal(old: Old) -> Self {
        Self::within(old, TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap(), false)
    }

    /// With a new database in WAL mode.
    pub fn with_wal(old: Old) -> Self {
        Self::within(old, TempDir::new().unwrap(), true)
    }

    pub fn within(old: Old, temp: TempDir, wal: bool) -> Self {
        // The folder may be given through a link; the program resolves its own paths.
        let base = temp.path().canonicalize().unwrap();
        let root = base.join("datahub");
        let folder = root.join(CONNECTOR);
        fs::create_dir_all(if old == Old::NoFolder { &root } else { &folder }).unwrap();
        let state = base.join("state");
        fs::create_dir(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
        let target = folder.join("sqlite.db");
        make(old, &target, &base);
        let source = state.join("restored.db");
        sample(CONNECTOR, 300, wal).create(&source).unwrap();
        let order = Order {
            restore: "2026-11-19-1".to_owned(),
            token: "k3vq8z2m".to_owned(),
            person: "mk".to_owned(),
            hub: HUB.parse().unwrap(),
            connector: CONNECTOR.parse().unwrap(),
            target: target.clone(),
            sha256: sha256(&fs::read(&source).unwrap()),
            source,
            folder: state,
            accepts_unreadable: matches!(old, Old::Garbage | Old::Ruined),
            accepts_plain_rename: false,
            makes_folder: old == Old::NoFolder,
            online: false,
        };
        let before = set_at(&target);
        Self { _temp: Some(temp), old, base, root, target, order, before }
    }

    /// For another process.
    pub fn save(&self) -> PathBuf {
        let path = self.base.join("place.json");
        fs::write(&path, serde_json::to_vec(self).unwrap()).unwrap();
        path
    }

    pub fn load(path: &Path) -> Self {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    pub fn new_bytes(&self) -> Vec<u8> {
        fs::read(&self.order.source).unwrap()
    }

    /// What lies at the target and beside it.
    pub fn live(&self) -> Set {
        set_at(&self.target)
    }

    pub fn folder(&self) -> &Path {
        self.target.parent().unwrap()
    }

    /// Names in the connector's folder.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn log(&self, files: &'static dyn Files) -> FileLog {
        FileLog { path: self.base.join("journal.jsonl"), files }
    }

    pub fn stages(&self) -> Vec<Stage> {
        self.log(&reseat::files::Real).recorded()
    }

    pub fn place(&self, files: &'static dyn Files) -> Result<Placed, Stopped> {
        self.with(files, |kit| place::place(&self.order, kit))
    }

    pub fn proceed(&self, files: &'static dyn Files) -> Result<Placed, Stopped> {
        self.with(files, place::proceed)
    }

    pub fn undo(&self, files: &'static dyn Files) -> Result<Undone, Stopped> {
        self.with(files, undo::undo)
    }

    pub fn with<T>(&self, files: &'static dyn Files, act: impl FnOnce(&mut Kit<'_>) -> T) -> T {
        let mut log = self.log(files);
        act(&mut Kit {
            world: &World::real(),
            files,
            helper: &helper(),
            log: &mut log,
            cancel: &Cancel::default(),
            progress: &mut |_| (),
        })
    }

    /// Acts with the journal of the program itself, in the restore's folder. It is begun where there is none.
    pub fn with_journal<T>(
        &self,
        world: &World,
        files: &Arc<dyn Files>,
        act: impl FnOnce(&mut Kit<'_>) -> T,
    ) -> Result<T, JournalError> {
        let (folder, id) = (&self.order.folder, self.order.restore.parse().unwrap());
        let mut log = if self.journal().exists() {
            Journal::open(files, folder, &id, world)?
        } else {
            Journal::create(files, folder, id, Token::random(), world).unwrap()
        };
        let (helper, cancel) = (helper(), Cancel::default());
        let files = files.as_ref();
        Ok(act(&mut Kit { world, files, helper: &helper, log: &mut log, cancel: &cancel, progress: &mut |_| () }))
    }

    /// The stages in the journal of the program itself.
    pub fn journaled(&self) -> Result<Vec<Stage>, JournalError> {
        let id = self.order.restore.parse().unwrap();
        Ok(journal::read(&reseat::files::Real, &self.order.folder, &id)?.acts())
    }

    /// The journal of the program itself.
    pub fn journal(&self) -> PathBuf {
        self.order.folder.join(journal::NAME)
    }

    /// Knows how everything is now, and checks what becomes of it.
    pub fn checker(&self) -> Checker {
        Checker::new(&self.target, &self.order.source, &self.journal(), &self.order.folder)
    }

    /// The old set is back byte for byte, and nothing else is there.
    pub fn assert_as_before(&self) {
        assert_eq!(names_of(&self.live()), names_of(&self.before), "{:?}: the files of the old set", self.old);
        assert!(self.live() == self.before, "{:?}: the bytes of the old set", self.old);
        assert_eq!(self.names(), names_of(&self.before), "{:?}: nothing else is left", self.old);
        assert_eq!(self.folder().exists(), self.old != Old::NoFolder, "{:?}: the folder", self.old);
        self.assert_alone();
    }

    /// The new file is there, alone.
    pub fn assert_placed(&self) {
        assert_eq!(self.names(), ["sqlite.db"], "{:?}", self.old);
        assert!(fs::read(&self.target).unwrap() == self.new_bytes(), "{:?}: the new bytes", self.old);
        self.assert_alone();
    }

    /// Nothing of a restore lies among the connectors' folders.
    fn assert_alone(&self) {
        let left = fs::read_dir(&self.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(
            left.filter(|name| name.starts_with('.')).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{:?}",
            self.old
        );
    }

    /// The target holds wholly the old or wholly the new contents, as SQLite reads them with what lies beside.
    pub fn assert_whole(&self) -> bool {
        let (now, old, new) = (self.live(), contents(&self.before), contents_of_file(&self.order.source));
        let there = contents(&now);
        assert!(there == old || there == new, "{:?}: neither old nor new, but a mix: {:?}", self.old, names_of(&now));
        there == new
    }
}

fn names_of(set: &Set) -> Vec<String> {
    set.keys().cloned().collect()
}

/// The program itself, for fresh processes.
pub fn helper() -> Helper {
    Helper::at(env!("CARGO_BIN_EXE_reseat"))
}

pub fn sha256(bytes: &[u8]) -> String {
    reseat::text::hex(&Sha256::digest(bytes))
}

/// A database with its side files, but for `-shm`, by their names.
pub fn set_at(target: &Path) -> Set {
    let mut set = Set::new();
    for suffix in ["", "-wal", "-journal"] {
        let path = PathBuf::from(format!("{}{suffix}", target.display()));
        if let Ok(bytes) = fs::read(&path) {
            set.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), bytes);
        }
    }
    set
}

/// What SQLite reads from a set: all rows; or its bytes, where SQLite cannot open it.
pub fn contents(set: &Set) -> String {
    if !set.contains_key("sqlite.db") {
        return "nothing".to_owned();
    }
    let folder = TempDir::new().unwrap();
    for (name, bytes) in set {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    contents_of_file(&folder.path().join("sqlite.db"))
}

fn contents_of_file(path: &Path) -> String {
    let copy = TempDir::new().unwrap();
    for (name, bytes) in set_at(path) {
        let name = name.replace(path.file_name().unwrap().to_str().unwrap(), "sqlite.db");
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    let read = || -> rusqlite::Result<String> {
        let connection = Connection::open(copy.path().join("sqlite.db"))?;
        let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0))?;
        let mut digest = Sha256::new();
        for table in ["Integrations", "Events", "Settings", "Cursors"] {
            let exists: i64 =
                connection
                    .query_row("select count(*) from sqlite_schema where name = ?1", [table], |row| row.get(0))?;
            if exists == 0 {
                continue;
            }
            let mut statement = connection.prepare(&format!("select * from {table} order by rowid"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    digest.update(format!("{:?}", row.get_ref(column)?));
                }
            }
        }
        Ok(format!("{check} {}", reseat::text::hex(&digest.finalize())))
    };
    read().unwrap_or_else(|_| format!("bytes {}", sha256(&fs::read(path).unwrap())))
}

/// Makes the old set at `target`.
fn make(old: Old, target: &Path, scratch: &Path) {
    let work = scratch.join("old.db");
    let put = |from: &Path, suffix: &str| {
        fs::copy(format!("{}{suffix}", from.display()), format!("{}{suffix}", target.display())).unwrap();
    };
    match old {
        Old::Missing | Old::NoFolder => {}
        Old::Clean => sample(CONNECTOR, 40, false).create(target).unwrap(),
        Old::Empty => fs::write(target, b"").unwrap(),
        Old::Wal | Old::Strays => {
            sample(CONNECTOR, 40, true).create(&work).unwrap();
            let connection = Connection::open(&work).unwrap();
            connection.execute("insert into Settings values ('in the log', 1)", []).unwrap();
            if old == Old::Wal {
                put(&work, "");
            }
            put(&work, "-wal");
        }
        Old::Hot => {
            sample(CONNECTOR, 400, false).create(&work).unwrap();
            let connection = Connection::open(&work).unwrap();
            connection
                .execute_batch("pragma cache_size = 2; begin; update Events set payload = 'half' || payload")
                .unwrap();
            put(&work, "");
            put(&work, "-journal");
        }
        Old::Persist => {
            sample(CONNECTOR, 40, false).create(&work).unwrap();
            let connection = Connection::open(&work).unwrap();
            connection.execute_batch("pragma journal_mode = persist; update Settings set value = 7").unwrap();
            drop(connection);
            put(&work, "");
            put(&work, "-journal");
        }
        Old::Garbage => {
            fs::write(target, b"no database at all, but somebody's notes ".repeat(300)).unwrap();
            fs::write(format!("{}-journal", target.display()), b"a leftover of something else").unwrap();
        }
        Old::Ruined => {
            sample(CONNECTOR, 40, true).create(&work).unwrap();
            let connection = Connection::open(&work).unwrap();
            // The log does not cover page 1, so it cannot heal it.
            connection.execute("update Events set payload = 'x' where id = 7", []).unwrap();
            put(&work, "");
            put(&work, "-wal");
            let mut bytes = fs::read(target).unwrap();
            bytes[100..300].fill(0xff);
            fs::write(target, bytes).unwrap();
        }
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(format!("{}{suffix}", work.display()));
    }
}

/// The record of a placing in a file of JSON lines, through a door.
pub struct FileLog {
    path: PathBuf,
    files: &'static dyn Files,
}

impl StageLog for FileLog {
    fn record(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(stage)?;
        line.push(b'\n');
        let fresh = !self.path.exists();
        let handle = if fresh { self.files.create_new(&self.path)? } else { self.files.open_write(&self.path)? };
        let end = self.files.status(&handle)?.size;
        self.files.write(&handle, end, &line)?;
        self.files.sync(&handle)?;
        if fresh {
            self.files.sync_folder(self.path.parent().unwrap())?;
        }
        Ok(())
    }

    fn recorded(&self) -> Vec<Stage> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Lives as long as the test process: the doors of a few tests.
pub fn keep<T: 'static>(door: T) -> &'static T {
    Box::leak(Box::new(door))
}
