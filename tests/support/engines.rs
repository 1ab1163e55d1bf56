//! Engines in temporary folders: no clock, no commands, nobody's processes but those of the test.
#![allow(dead_code)] // Each test program uses a part.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use reseat::catalog::Backup;
use reseat::config::{Flags, Settings};
use reseat::database::sample::Sample;
use reseat::files::Real;
use reseat::hub::helper::Helper;
use reseat::identity::{Mapping, Renamed};
use reseat::progress::Cancel;
use reseat::restore::engine::{Engine, Session, ToPlace};
use reseat::restore::journal::{Downloaded, Event};
use reseat::restore::store::downloads::{self, Kept};
use reseat::world::{Ran, RunCommand, World};

pub const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
pub const OLD: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
pub const NEW: &str = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";

pub struct Always(bool);

impl RunCommand for Always {
    fn run(&self, _program: &str, _arguments: &[&str]) -> std::io::Result<Ran> {
        Ok(Ran { status: Some(i32::from(!self.0)), stdout: String::new(), stderr: "no such unit".into() })
    }
}

pub fn world(commands_work: bool) -> World {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    let mut world = World::real();
    world.clock = Arc::new(move || now);
    world.runner = Arc::new(Always(commands_work));
    world.environment.retain(|name, _| !name.to_string_lossy().starts_with("RESEAT_"));
    world.environment.insert("SUDO_USER".into(), "mk".into());
    world
}

pub fn engine_in(state: &Path, commands_work: bool) -> Engine {
    let world = world(commands_work);
    let flags = Flags { state_dir: Some(state.to_owned()), ..Flags::default() };
    let settings = Settings::load(&flags, &world).unwrap();
    Engine::with(world, settings, Arc::new(Real), Helper::at("/nowhere")).unwrap()
}

pub fn backup(size: u64, etag: &str) -> Backup {
    let key = format!("acme/datahub/{HUB}/connector/{OLD}/sqlite.db");
    Backup { size, etag: Some(etag.to_owned()), ..Backup::named("s3://bucket", "", &key) }
}

/// Puts `bytes` into the store as the download of a backup.
pub fn keep(engine: &Engine, bytes: &[u8], etag: &str) -> Kept {
    let file = engine.store.backups().unwrap().join("part");
    fs::write(&file, bytes).unwrap();
    let sha256 = downloads::digest(&file, &Cancel::default(), &mut |_| {}).unwrap();
    let kept = Kept {
        sha256,
        size: bytes.len() as u64,
        verified_by: None,
        unverified: None,
        backup: backup(bytes.len() as u64, etag).stored(),
        at: engine.world.now(),
        by: "mk".into(),
    };
    engine.store.keep(&file, &kept).unwrap();
    kept
}

pub fn with_download(engine: &Engine, session: &Session, kept: &Kept) {
    session.record(Event::Backup { backup: kept.backup.clone() }).unwrap();
    engine.store.link(&kept.sha256, &session.backup_path()).unwrap();
    let (sha256, size) = (kept.sha256.clone(), kept.size);
    session.record(Event::Downloaded(Downloaded { sha256, size, verified_by: None })).unwrap();
}

pub fn mapping() -> Mapping {
    Mapping {
        hub: Renamed { old: HUB.parse().unwrap(), new: HUB.parse().unwrap() },
        connector: Renamed { old: OLD.parse().unwrap(), new: NEW.parse().unwrap() },
    }
}

/// An engine whose fresh process is the real program, with a hub folder in which nobody works.
pub fn engine_on_hub(state: &Path) -> Engine {
    let mut world = world(true);
    world.proc = state.join("proc");
    fs::create_dir_all(&world.proc).unwrap();
    let flags = Flags { state_dir: Some(state.join("state")), ..Flags::default() };
    let settings = Settings::load(&flags, &world).unwrap();
    Engine::with(world, settings, Arc::new(Real), Helper::at(env!("CARGO_BIN_EXE_reseat"))).unwrap()
}

pub fn sample(path: &Path, events: u64) {
    let newest: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    let sample = Sample { events, ..Sample::new(HUB.parse().unwrap(), NEW.parse().unwrap(), newest) };
    sample.create(path).unwrap();
}

/// What is placed: a file of 20 events over a fresh database.
pub fn to_place(engine: &Engine, folder: &Path) -> ToPlace {
    let place = folder.join("hub").join(NEW);
    fs::create_dir_all(&place).unwrap();
    let (target, file) = (place.join("sqlite.db"), folder.join("restored.db"));
    sample(&target, 0);
    sample(&file, 20);
    let digest = engine.helper.digests(&[&file]).unwrap().remove(0).unwrap();
    ToPlace {
        file,
        sha256: digest.sha256,
        size: digest.size,
        hub: HUB.parse().unwrap(),
        connector: NEW.parse().unwrap(),
        target,
        events: 20,
        before: Some(0),
        accepts_unreadable: false,
        accepts_plain_rename: false,
        makes_folder: false,
        online: false,
    }
}
