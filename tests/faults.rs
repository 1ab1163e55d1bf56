//! What goes wrong, and what is odd: found by name, never a panic, and nothing is left behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::path::{Path, PathBuf};

use reseat::database::browse::{Browser, Page};
use reseat::database::facts::{Missing, WhichId};
use reseat::database::header::Length;
use reseat::database::rewrite::{self, RewriteStage, Seam};
use reseat::database::{self, DatabaseError, FileFacts, Plan, Refusal};
use reseat::finding::Code;
use reseat::identity::Mapping;
use reseat::progress::Cancel;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use support::samples::{self, Make, NEW_CONNECTOR, OLD_HUB};

fn inspect(path: &Path) -> FileFacts {
    database::inspect(path, &Cancel::default(), &mut |_| {}).unwrap()
}

fn plan(path: &Path, mapping: &Mapping) -> Plan {
    database::plan(path, mapping, None, &Cancel::default(), &mut |_| {}).unwrap()
}

fn refusals(path: &Path, mapping: &Mapping) -> Vec<Refusal> {
    match database::plan(path, mapping, None, &Cancel::default(), &mut |_| {}) {
        Err(DatabaseError::Refused(refusals)) => refusals,
        other => panic!("{other:?}"),
    }
}

fn altered(folder: &Path, make: Make, sql: &str) -> PathBuf {
    let _ = std::fs::remove_file(folder.join(format!("{make:?}.db").to_lowercase()));
    let path = samples::make(folder, make);
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    connection.execute_batch(sql).unwrap();
    path
}

struct Meddle {
    before: &'static str,
    after: &'static str,
}

impl Seam for Meddle {
    fn copied(&self, copy: &Path) {
        meddle(copy, self.before);
    }
    fn rewritten(&self, copy: &Path) {
        meddle(copy, self.after);
    }
}

fn meddle(copy: &Path, sql: &str) {
    if !sql.is_empty() {
        let connection = Connection::open(copy).unwrap();
        connection.execute_batch("PRAGMA foreign_keys=OFF; PRAGMA journal_mode=MEMORY").unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

/// Trap R502: a row is deleted, or gets another hub, between the plan and the rewrite.
/// Trap R503: a cell, a row, the schema or a setting of the file changes besides, before or after the rewrite.
/// Trap R505: an event of a hub that does not exist comes into the copy.
#[test]
fn whatever_else_changes_is_found() {
    let cases: [(Make, &str, &str, Code, &str); 14] = [
        (
            Make::Plain,
            "DELETE FROM Events WHERE nr = 3",
            "",
            Code::R502,
            "199 rows of Events changed, planned were 200",
        ),
        (Make::Plain, "UPDATE Events SET integration='x' WHERE nr=3", "", Code::R502, "199 rows of Events"),
        (
            Make::Plain,
            "UPDATE Settings SET value = 61 WHERE name = 'interval'",
            "",
            Code::R503,
            "Settings.value, row 1",
        ),
        (
            Make::Plain,
            "",
            "UPDATE Settings SET value = '60' WHERE name = 'interval'",
            Code::R503,
            "Settings.value, row 1: it must be 60 and is 60",
        ),
        (
            Make::Plain,
            "",
            "UPDATE Events SET payload = payload || ' ' WHERE nr = 200",
            Code::R503,
            "Events.payload, row 200",
        ),
        (Make::Plain, "", "UPDATE Events SET source = source || ' ' WHERE nr = 9", Code::R503, "Events.source, row 9"),
        (
            Make::Plain,
            "",
            "UPDATE Events SET payload = CAST(payload AS BLOB) WHERE nr = 2",
            Code::R503,
            "Events.payload, row 2",
        ),
        (Make::Plain, "", "DELETE FROM Events WHERE nr = 200", Code::R503, "Events: it ends after 199 rows"),
        (Make::Plain, "", "UPDATE Events SET nr = 1000 WHERE nr = 200", Code::R503, "another row stands here"),
        (Make::Plain, "", "PRAGMA user_version = 9", Code::R503, "user_version: it was 0 and is 9"),
        (Make::Plain, "", "CREATE TABLE more (x)", Code::R503, "schema: it held nothing and holds"),
        (Make::Plain, "", "UPDATE sqlite_sequence SET seq = 7", Code::R503, "sqlite_sequence.seq"),
        (
            Make::Plain,
            "",
            "INSERT INTO Events (integration, source) VALUES ('nobody', '{}')",
            Code::R505,
            "1 foreign keys are broken, 0 were before",
        ),
        (
            Make::WithoutRowid,
            "",
            "UPDATE Events SET nr = 1000 WHERE nr = 5",
            Code::R503,
            "it is not there under its new key",
        ),
    ];
    for (make, before, after, code, sentence) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = samples::make(folder.path(), make);
        let plan = plan(&path, &samples::mapping());
        let output = folder.path().join("out.db");
        let error =
            rewrite::rewrite_with(&path, &output, &plan, &Cancel::default(), &mut |_| {}, &Meddle { before, after })
                .unwrap_err();
        assert_eq!(error.code(), Some(code), "{before}{after}: {error}");
        assert!(error.to_string().contains(sentence), "{before}{after}: {error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the copy is left behind");
    }
}

/// Changes one byte behind the rewrite.
struct Bytes;
impl Seam for Bytes {
    fn rewritten(&self, copy: &Path) {
        let mut bytes = std::fs::read(copy).unwrap();
        let at = bytes.windows(36).enumerate().filter(|(at, window)| {
            *window == NEW_CONNECTOR.as_bytes() && *at > 0 && !bytes[at - 1].is_ascii_punctuation()
        });
        let at = at.map(|(at, _)| at).next_back().unwrap();
        bytes[at] = b'0';
        std::fs::write(copy, bytes).unwrap();
    }
}

#[test]
fn a_stored_column_that_does_not_follow_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::make(folder.path(), Make::Generated);
    let plan = plan(&path, &samples::mapping());
    // Stored columns cannot be set by SQL: a byte of the file is changed, where only the stored copy of the ID stands.
    let error =
        rewrite::rewrite_with(&path, &folder.path().join("out.db"), &plan, &Cancel::default(), &mut |_| {}, &Bytes)
            .unwrap_err();
    assert!(matches!(error.code(), Some(Code::R503 | Code::R204)), "{error}");
}

/// Trap R504: the backup's file changes between the plan and the rewrite.
#[test]
fn another_file_than_the_planned_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::make(folder.path(), Make::Plain);
    let plan = plan(&path, &samples::mapping());
    meddle(&path, "UPDATE Settings SET value = 61 WHERE name = 'interval'");
    let output = folder.path().join("out.db");
    let error = rewrite::rewrite(&path, &output, &plan, &Cancel::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), Some(Code::R504));
    assert!(!output.exists());
    std::fs::write(&output, "mine").unwrap();
    let error = rewrite::rewrite(&path, &output, &plan, &Cancel::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, DatabaseError::Io { .. }), "{error}");
    assert_eq!(std::fs::read(&output).unwrap(), b"mine");
    // A stale sidecar would be applied to the copy.
    std::fs::rename(&output, folder.path().join("out.db-wal")).unwrap();
    let error = rewrite::rewrite(&path, &output, &plan, &Cancel::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, DatabaseError::Io { .. }), "{error}");
    assert!(!output.exists());
}

/// Stopping in any stage leaves nothing behind.
#[test]
fn stopping_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::with_events(folder.path(), Make::Plain, 20_000);
    let plan = plan(&path, &samples::mapping());
    for stage in [RewriteStage::Copy, RewriteStage::Rewrite, RewriteStage::NotDamaged, RewriteStage::Compare] {
        let cancel = Cancel::default();
        let asked = cancel.clone();
        let mut seen = Vec::new();
        let answer = rewrite::rewrite(&path, &folder.path().join("out.db"), &plan, &cancel, &mut |progress| {
            assert!(seen.last().is_none_or(|last| *last <= progress.stage), "stages come in order");
            seen.push(progress.stage);
            if progress.stage == stage {
                asked.cancel();
            }
        });
        assert!(answer.unwrap_err().is_cancelled(), "{stage:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{stage:?}");
    }
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(database::inspect(&path, &cancel, &mut |_| {}).unwrap_err().is_cancelled());
}

#[test]
fn facts_of_odd_files() {
    let folder = tempfile::tempdir().unwrap();
    let of = |make, sql: &str| inspect(&altered(folder.path(), make, sql));

    let facts =
        of(Make::Plain, "UPDATE Events SET source = 'x' WHERE nr IN (4, 5); UPDATE Events SET source = NULL WHERE 0");
    assert_eq!((facts.json_problems.len(), facts.json_problems[0].rows), (1, 2));
    assert!(facts.json_problems[0].sentence().starts_with("Events.source in row 4 is no JSON"));

    let facts = of(Make::OtherHub, "");
    assert_eq!((facts.only_hub(), facts.integration_rows), (None, 2));
    assert_eq!(facts.events.as_ref().unwrap().hubs.iter().map(|hub| hub.rows).collect::<Vec<_>>(), [150, 50]);

    let facts = of(Make::NoCase, "");
    assert_eq!(
        facts.loose_ids.iter().map(|loose| (loose.column, loose.rows)).collect::<Vec<_>>(),
        [("integration", 40), ("source.integrationId", 40)]
    );

    let facts = of(Make::Renamed, "");
    let group = &facts.events.as_ref().unwrap().groups[0];
    assert_eq!((group.rows, group.differing, group.texts), (200, 200, 200));

    let facts = of(Make::BrokenKeys, "");
    assert_eq!(facts.foreign_keys.as_ref().unwrap().broken, 3);

    let facts = of(Make::Leftovers, "");
    let residue = facts.residue.as_ref().unwrap();
    assert_eq!(
        residue.iter().map(|one| (one.which, one.rows)).collect::<Vec<_>>(),
        [(WhichId::Hub, 4), (WhichId::Connector, 1)]
    );
    let shown: Vec<&str> = residue[0].example.iter().map(|(_, value)| value.raw()).collect();
    assert_eq!(shown, ["hub", OLD_HUB]);
    assert_eq!((residue[0].row_number, residue[0].table_rows), (2, 7));

    let facts = of(Make::Views, "");
    assert_eq!((facts.views.len(), facts.triggers.len()), (2, 1));
    let facts = of(Make::Fts5, "");
    assert_eq!(
        facts.virtual_tables.iter().map(|table| (table.module.raw(), table.full_text)).collect::<Vec<_>>(),
        [("fts5", true)]
    );

    let facts = of(Make::Plain, "DROP TABLE Integrations");
    assert_eq!(facts.missing, [Missing { table: "Integrations", column: None }]);
    assert!(!facts.complete());
}

/// A collation, a function or a module that only the connector has is told apart from damage.
#[test]
fn what_only_the_connector_has_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::make(folder.path(), Make::Plain);
    let connection = Connection::open(&path).unwrap();
    connection
        .create_scalar_function(
            "mine",
            1,
            FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS,
            |_| Ok(1),
        )
        .unwrap();
    connection.execute_batch("CREATE INDEX odd ON Events(payload COLLATE RTRIM)").unwrap();
    let good = std::fs::read(&path).unwrap();
    let at = good.windows(13).position(|window| window == b"COLLATE RTRIM").unwrap();
    let mut bytes = good.clone();
    bytes[at + 8..at + 13].copy_from_slice(b"LOCAL");
    std::fs::write(&path, &bytes).unwrap();
    let facts = inspect(&path);
    assert!(
        facts.needs.iter().any(|need| need.what.raw().contains("LOCAL")),
        "{:?} {:?}",
        facts.needs,
        facts.integrity
    );
    assert_eq!(refusals(&path, &samples::mapping())[0].code(), Code::R210);
    std::fs::write(&path, &good).unwrap();
    connection.execute_batch("DROP INDEX odd; CREATE INDEX odd ON Events(mine(payload))").unwrap();
    let facts = inspect(&path);
    assert!(facts.needs.iter().any(|need| need.what.raw().contains("mine")), "{:?} {:?}", facts.needs, facts.integrity);
    assert_eq!(refusals(&path, &samples::mapping())[0].code(), Code::R210);
}

#[test]
fn damage_is_told_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::make(folder.path(), Make::Page512);
    let whole = std::fs::read(&path).unwrap();
    let mut noticed = 0;
    for round in 0..60_usize {
        let mut bytes = whole.clone();
        let at = 100 + round * 7_919 % (bytes.len() - 100);
        let end = (at + 40).min(bytes.len());
        bytes[at..end].fill(u8::try_from(round).unwrap());
        std::fs::write(&path, &bytes).unwrap();
        let facts = inspect(&path);
        noticed += usize::from(facts.unreadable.is_some() || facts.integrity.is_none_or(|lines| !lines.is_empty()));
        let _ = database::plan(&path, &samples::mapping(), None, &Cancel::default(), &mut |_| {});
        if let Ok(browser) = Browser::open(&path, &Cancel::default()) {
            for table in browser.tables() {
                let _ = browser.rows(table.name.raw(), &Page::First, 50, 40);
                let _ = browser.rows(table.name.raw(), &Page::Last, 50, 40);
            }
        }
    }
    assert!(noticed > 5, "{noticed}");
    for cut in (0..whole.len()).step_by(512) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let facts = inspect(&path);
        assert!(cut == 0 || matches!(facts.header.length, Length::Shorter { .. }), "{cut}: {:?}", facts.header);
        assert!(!facts.complete());
    }
}
