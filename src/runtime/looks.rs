//! What looks into backups told, kept by what cannot change under its name: the address with its version and its ETag. In
//! memory, and a line each in a file of the state folder, so that the next start shows names at once.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::Backup;
use crate::catalog::levels::Names;
use crate::identity::{self, ConnectorId};
use crate::text::Untrusted;
use crate::wizard::backup::{Barred, Seen};

/// The file in the state folder.
const FILE: &str = "looks.jsonl";
/// The version of a line. Lines of another version are passed over.
const VERSION: u32 = 1;
/// Lines from which on the file begins anew: about 2 MiB.
const MOST: usize = 8_000;

/// What was seen so far. Clones share it.
#[derive(Clone)]
pub(super) struct Looks {
    path: PathBuf,
    known: Arc<Mutex<Option<HashMap<String, Seen>>>>,
}

/// One line.
#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    of: String,
    name: Option<String>,
    kind: Option<String>,
    events: Option<u64>,
    newest: Option<Timestamp>,
    /// The code and the sentence of what stops it.
    barred: Option<(String, String)>,
}

impl Looks {
    /// Kept in this state folder, which is read when somebody asks first.
    pub(super) fn new(state: &Path) -> Self {
        Self { path: state.join(FILE), known: Arc::default() }
    }

    /// What a look into this backup told.
    pub(super) fn get(&self, backup: &Backup) -> Option<Seen> {
        let of = name_of(backup)?;
        self.known().as_ref()?.get(&of).cloned()
    }

    /// The names of all connectors into whose backups somebody has looked.
    pub(super) fn names(&self) -> Names {
        let known = self.known();
        let seen = known.iter().flatten().filter_map(|(of, seen)| Some((connector_of(of)?, seen.name.clone()?)));
        seen.collect()
    }

    /// Remembers what a look told. A file that cannot be written is done without.
    pub(super) fn keep(&self, backup: &Backup, seen: &Seen) {
        let Some(of) = name_of(backup) else { return };
        let mut known = self.known();
        let Some(known) = known.as_mut() else { return };
        let begin_anew = known.len() >= MOST;
        if begin_anew {
            known.clear();
        }
        // What takes a download to know may be known by a later version of this program.
        let barred = match &seen.barred {
            Some(Barred { code: None, .. }) => None,
            Some(Barred { code: Some(code), why }) => Some(Some((code.to_string(), why.clone()))),
            None => Some(None),
        };
        if let Some(barred) = barred {
            let raw = |text: &Option<Untrusted>| text.as_ref().map(|text| text.raw().to_owned());
            let (name, kind) = (raw(&seen.name), raw(&seen.kind));
            let line =
                Line { v: VERSION, of: of.clone(), name, kind, events: seen.events, newest: seen.newest, barred };
            if let Err(error) = self.write(&line, begin_anew) {
                tracing::debug!("what was seen of a backup could not be kept: {error}");
            }
        }
        known.insert(of, seen.clone());
    }

    fn known(&self) -> MutexGuard<'_, Option<HashMap<String, Seen>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| self.read());
        known
    }

    /// Reads what earlier runs kept; a line that makes no sense is passed over.
    fn read(&self) -> HashMap<String, Seen> {
        let text = fs::read(&self.path).unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        lines.filter(|line| line.v == VERSION).filter_map(|line| Some((line.of.clone(), seen(line)?))).collect()
    }

    fn write(&self, line: &Line, begin_anew: bool) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        // In one piece, so that two programs do not write into each other's lines.
        text.push(b'\n');
        let mut options = OpenOptions::new();
        options.create(true).mode(0o600);
        if begin_anew {
            options.write(true).truncate(true)
        } else {
            options.append(true)
        };
        options.open(&self.path)?.write_all(&text)
    }
}

fn seen(line: Line) -> Option<Seen> {
    let barred = match line.barred {
        Some((code, why)) => Some(Barred { code: Some(code.parse().ok()?), why }),
        None => None,
    };
    let (name, kind) = (line.name.map(Untrusted::new), line.kind.map(Untrusted::new));
    Some(Seen { name, kind, events: line.events, newest: line.newest, barred })
}

/// The connector of what a look is kept under.
fn connector_of(of: &str) -> Option<ConnectorId> {
    let (_, behind) = of.split_once("/connector/")?;
    identity::parse(behind.get(..36)?).ok().map(ConnectorId::from)
}

/// What names the bytes of a backup for ever; none where they may change under the same name.
fn name_of(backup: &Backup) -> Option<String> {
    let etag = backup.etag.as_deref().or_else(|| backup.is_fixed().then_some(""))?;
    let version = backup.version.as_deref().unwrap_or_default();
    // The key as it is: two keys may look alike.
    Some(format!("{} {:?} {version} {etag} {}", backup.source, backup.key.raw(), backup.size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    fn backup(etag: Option<&str>) -> Backup {
        let named = Backup::named("s3://bucket", "", "acme/datahub/x");
        Backup { etag: etag.map(str::to_owned), size: 7, ..named }
    }

    #[test]
    fn what_was_seen_is_there_at_the_next_start_and_only_for_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen {
            name: Some("Cellario \u{202e}Boston".into()),
            kind: Some("hrb-cellario".into()),
            events: Some(18_204),
            newest: Some("2026-11-17T02:51:00Z".parse().unwrap()),
            barred: None,
        };
        let cut = Seen {
            barred: Some(Barred { code: Some(Code::R203), why: "The file ends too early.".into() }),
            ..Seen::default()
        };
        let looks = Looks::new(folder.path());
        looks.keep(&backup(Some("one")), &seen);
        looks.keep(&backup(Some("two")), &cut);
        looks.keep(&backup(None), &seen);
        OpenOptions::new().append(true).open(folder.path().join(FILE)).unwrap().write_all(b"{torn").unwrap();
        let again = Looks::new(folder.path());
        assert_eq!(again.get(&backup(Some("one"))), Some(seen));
        assert_eq!(again.get(&backup(Some("two"))), Some(cut));
        assert_eq!((again.get(&backup(Some("three"))), again.get(&backup(None))), (None, None));
    }

    #[test]
    fn where_nothing_can_be_written_it_is_kept_in_memory() {
        let looks = Looks::new(Path::new("/nowhere/at/all"));
        looks.keep(&backup(Some("one")), &Seen { events: Some(1), ..Seen::default() });
        assert_eq!(looks.get(&backup(Some("one"))).unwrap().events, Some(1));
        looks.keep(&backup(Some("two")), &Seen::default());
        let unknown = Seen { barred: Some(Barred { code: None, why: "Too much.".into() }), ..Seen::default() };
        looks.keep(&backup(Some("three")), &unknown);
        assert_eq!(looks.get(&backup(Some("three"))), Some(unknown));
    }

    #[test]
    fn names_are_known_by_their_connectors() {
        let looks = Looks::new(Path::new("/nowhere/at/all"));
        let id = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";
        let key = format!("acme/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/{id}/sqlite.db");
        let of = Backup { etag: Some("e".into()), ..Backup::named("s3://bucket", "", &key) };
        looks.keep(&of, &Seen { name: Some("Cellario".into()), ..Seen::default() });
        looks.keep(&backup(Some("one")), &Seen { name: Some("no connector".into()), ..Seen::default() });
        assert_eq!(looks.names(), Names::from([(id.parse().unwrap(), "Cellario".into())]));
    }
}
